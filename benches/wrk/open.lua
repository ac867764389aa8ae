-- Opens donor links at random, each opening from a network of its own, as donors come: the limit counts by network.
-- Arguments: the highest number of an organisation, and of a link in each; what the form at the door holds.
dofile(os.getenv("BENCH_WRK") .. "/report.lua")

refused = 0

function init(args)
  organisations, links, door = tonumber(args[1]), tonumber(args[2]), args[3]
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Sec-Fetch-Site"] = "same-origin"
  math.randomseed(os.time() * 2 + number)
end

function request()
  local link = math.random(organisations) * 10000 + math.random(links)
  wrk.headers["X-Forwarded-For"] = string.format("%d.%d.%d.1", math.random(11, 126), math.random(0, 255), math.random(0, 255))
  return wrk.format("POST", "/fn/visits/open", nil, string.format("public_id=bench%011d&secret=secret+of+%d&door=%s", link, link, door))
end

function response(status, answer)
  if status ~= 303 or answer["location"] ~= "/donor" then
    refused = refused + 1
  end
end
