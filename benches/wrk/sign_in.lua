-- Signs people in with their right passwords, each from a network of its own: the limit counts by network.
-- Arguments: the password, then the addresses.
dofile(os.getenv("BENCH_WRK") .. "/report.lua")

refused = 0

function init(args)
  password, people = args[1], { select(2, unpack(args)) }
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Sec-Fetch-Site"] = "same-origin"
  math.randomseed(os.time() * 2 + number)
end

function request()
  wrk.headers["X-Forwarded-For"] = string.format("%d.%d.%d.1", math.random(11, 126), math.random(0, 255), math.random(0, 255))
  return wrk.format("POST", "/fn/sessions/open", nil, string.format("email=%s&password=%s", people[math.random(#people)], password))
end

function response(status, answer)
  if status ~= 303 or not (answer["location"] or ""):find("/o/", 1, true) then
    refused = refused + 1
  end
end
