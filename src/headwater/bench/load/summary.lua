-- Prints what wrk counted as one line of JSON, the last line of its output.

local summary = {}

local MEMBERS = '"requests":%d,"duration_us":%d,"failed_status":%d,"failed_socket":%d,'
   .. '"p50_us":%d,"p75_us":%d,"p90_us":%d,"p99_us":%d,"max_us":%d'

function summary.done(totals, latency, _)
   local errors = totals.errors
   local sockets = errors.connect + errors.read + errors.write + errors.timeout
   print("{" .. string.format(
      MEMBERS, totals.requests, totals.duration, errors.status, sockets,
      latency:percentile(50), latency:percentile(75), latency:percentile(90),
      latency:percentile(99), latency.max
   ) .. "}")
end

return summary
