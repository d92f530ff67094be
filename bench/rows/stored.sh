# Nothing on a hot path grows with what is stored: the same load on a database that is nearly empty (100 alerts), and on one with
# 1,000,000 alerts and 100,000 incidents (a tenth of it with --short).
full=$([ -n "$SHORT" ] && echo 100000 || echo 1000000)
stored_row() { # STORE WHO
  emit "new alerts, 10 per request, 16 connections, with much stored" "$2" \
    "$(SHAPE=webhook UNITS=10 KEYS=2000 TOKEN=$TOKEN measured 16 "$PRODUCT/alerts/bench" alerts.lua)"
  emit "steps, 16 runs in flight, with much stored" "$2" \
    "$(UNITS=10 BODY='{"runbook":"ten-steps"}' PREFER=wait=30 TOKEN=$TOKEN measured 16 "$PRODUCT/api/v1/runs" runs.lua)"
}

for store in sqlite postgres; do
  start_product $store
  "$TOOL" storm "$PRODUCT/alerts/bench" "$TOKEN" 100 10 1 /dev/null >/dev/null
  stored_row $store "$store nearly empty"
  "$TOOL" storm "$PRODUCT/alerts/bench" "$TOKEN" "$full" 10 16 /dev/null >/dev/null
  stop_product
  start_product $store keep
  emit "start to ready with $full alerts and $((full / 10)) incidents" "incident $store" "{\"value\":$(ready_ms),\"unit\":\"ms\"}"
  stored_row $store "incident $store"
  stop_product
done
