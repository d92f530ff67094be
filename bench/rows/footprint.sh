# Start to ready, and memory when idle: the resident set half a minute after the start (ten seconds with --short).
for store in sqlite postgres; do
  for run in $(seq "$RUNS"); do
    start_product $store
    emit "start to ready, new database" "incident $store" "{\"value\":$(ready_ms),\"unit\":\"ms\"}"
    stop_product
    start_product $store keep
    emit "start to ready" "incident $store" "{\"value\":$(ready_ms),\"unit\":\"ms\"}"
    [ "$run" = "$RUNS" ] || stop_product
  done
  sleep "$([ -n "$SHORT" ] && echo 10 || echo 30)"
  emit "memory, idle" "incident $store" "{\"value\":$(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$PRODUCT_PID/status"),\"unit\":\"MB\"}"
  stop_product
done
