-- Changes one draft at a time by the form of the entry page. Arguments: a file with a line a draft (organisation, project's
-- code, project, period, indicator, version) and the number of threads, which share the drafts out.
dofile(os.getenv("BENCH_WRK") .. "/report.lua")

local drafts, at = {}, 0
refused = 0

function init(args)
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Sec-Fetch-Site"] = "same-origin"
  local line_number = 0
  for line in io.lines(args[1]) do
    if line_number % tonumber(args[2]) == number then
      local org, code, project, period, indicator, version = line:match("(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)")
      local back = string.format("/o/%s/projects/%s/entry", org, code)
      local fixed = string.format("org=%s&project=%s&period=%s&location=&back=%s&then=draft", org, project, period, back)
      table.insert(drafts, { fixed = fixed, indicator = indicator, version = tonumber(version) })
    end
    line_number = line_number + 1
  end
  -- wrk asks the first thread for one request that it never sends
  unsent = number == 0
end

function request()
  at = at % #drafts + 1
  local draft = drafts[at]
  local i, version = draft.indicator, draft.version
  if unsent then
    unsent, at = false, at - 1
  else
    draft.version = version + 1
  end
  local body = string.format("%s&value-%s=%d&version-%s=%d&comment-%s=", draft.fixed, i, 1000 + version, i, version, i)
  return wrk.format("POST", "/fn/entries/save", nil, body)
end

-- a refusal leads back too, with the name of what was typed
function response(status, answer)
  local to = answer["location"] or ""
  if status ~= 303 or to:find("flash=", 1, true) or not to:find("notice=saved", 1, true) then
    refused = refused + 1
  end
end
