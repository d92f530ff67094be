# Runs that wait for an approval cost no threads, and a start after a crash with 10,000 of them is quick.
threads() { ls "/proc/$PRODUCT_PID/task" | wc -l; }
for store in sqlite postgres; do
  start_product $store
  "$TOOL" runs "$PRODUCT/api/v1/runs" "$TOKEN" waits 100 16 >/dev/null
  emit "threads with 100 runs waiting" "incident $store" "{\"value\":$(threads),\"unit\":\"threads\"}"
  "$TOOL" runs "$PRODUCT/api/v1/runs" "$TOKEN" waits 9900 16 >/dev/null
  emit "threads with 10,000 runs waiting" "incident $store" "{\"value\":$(threads),\"unit\":\"threads\"}"
  kill -KILL -- "-$PRODUCT_PID"
  start_product $store keep
  emit "start to ready after kill -9 with 10,000 runs waiting" "incident $store" "{\"value\":$(ready_ms),\"unit\":\"ms\"}"
  stop_product
done
