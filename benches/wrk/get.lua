-- Gets pages at random. Arguments: the paths.
dofile(os.getenv("BENCH_WRK") .. "/report.lua")

function init(args)
  paths = args
  math.randomseed(number + 1)
end

function request()
  return wrk.format("GET", paths[math.random(#paths)])
end
