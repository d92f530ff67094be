# From the moment a request is sent to the moment the first step, which is on disk by then, begins to act. Both sides say when
# that was by the machine's clock; the client is the same.
count=$([ -n "$SHORT" ] && echo 1000 || echo 3000)
start_restate
for in_flight in 1 16; do
  for _ in $(seq "$RUNS"); do
    emit "first step, $in_flight in flight" restate "$("$TOOL" first-step http://127.0.0.1:25181/flow/first '{}' "" $in_flight "$count")"
  done
done
stop_all
for store in sqlite postgres; do
  start_product $store
  for in_flight in 1 16; do
    for _ in $(seq "$RUNS"); do
      emit "first step, $in_flight in flight" "incident $store" \
        "$("$TOOL" first-step "$PRODUCT/api/v1/runs" '{"runbook":"first-step"}' "$TOKEN" $in_flight "$count")"
    done
  done
  stop_product
done
