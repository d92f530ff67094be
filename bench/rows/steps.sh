# Durable steps a second, in runs of ten: one request starts a run and is answered when it is over. Each step is on disk before
# it acts (effect: once) and after it acted. Latency is that of the whole run.
export UNITS=10
steps_of_product() { # STORE
  local in_flight
  start_product "$1"
  for in_flight in 64 16 1; do
    for _ in $(seq "$RUNS"); do
      emit "steps, $in_flight runs in flight" "incident $1" \
        "$(BODY='{"runbook":"ten-steps"}' PREFER=wait=30 TOKEN=$TOKEN measured $in_flight "$PRODUCT/api/v1/runs" runs.lua)"
    done
  done
  stop_product
}

npm_peer restate
npm_peer dbos
start_restate
for in_flight in 64 16 1; do
  for _ in $(seq "$RUNS"); do
    emit "steps, $in_flight runs in flight" restate "$(BODY='{}' measured $in_flight http://127.0.0.1:25181/flow/ten runs.lua)"
  done
done
stop_all
steps_of_product sqlite
steps_of_product postgres
prepare_dbos
for in_flight in 64 16 1; do
  for _ in $(seq "$RUNS"); do emit "steps, $in_flight runs in flight" dbos "$(dbos_run $in_flight)"; done
done
unset UNITS
