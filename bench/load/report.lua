-- Prints one JSON object when wrk is done. UNITS: how many alerts or steps one request carries.
UNITS = tonumber(os.getenv("UNITS") or "1")

function done(summary, latency)
  local seconds = summary.duration / 1e6
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  print(string.format('JSON {"rate":%.1f,"p50":%.3f,"p99":%.3f,"failed":%d}',
    (summary.requests - errors.status) * UNITS / seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
