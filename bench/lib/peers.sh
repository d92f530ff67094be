# Sourced by run.sh: the peers that run steps.
start_restate() {
  npm_peer restate
  local node=$WORK/restate/node_modules/node/bin/node
  rm -rf "$WORK/restate-data"
  SERVICE_PORT=25180 NODE_ENV=production RESTATE_LOGGING=ERROR spawn restate-service "$node" "$WORK/restate/service.mjs"
  # One node with its default settings, which fsync.
  RESTATE_INGRESS__BIND_ADDRESS=127.0.0.1:25181 RESTATE_ADMIN__BIND_ADDRESS=127.0.0.1:25182 RESTATE_BIND_ADDRESS=127.0.0.1:25183 \
    RESTATE_ADVERTISED_ADDRESS=http://127.0.0.1:25183 RESTATE_NODE_NAME=bench RESTATE_BASE_DIR=$WORK/restate-data \
    RESTATE_LOG_FILTER=warn RESTATE_DISABLE_TELEMETRY=true DO_NOT_TRACK=1 \
    spawn restate env PATH="$(dirname "$node"):$PATH" "$WORK/restate/node_modules/.bin/restate-server"
  await_port 25180
  await_port 25181
  await_port 25182
  for _ in $(seq 100); do
    curl -sf -o /dev/null -X POST http://127.0.0.1:25182/deployments -H 'content-type: application/json' -d '{"uri":"http://127.0.0.1:25180"}' && break
    sleep 0.2
  done
  for _ in $(seq 100); do
    curl -sf -o /dev/null -X POST http://127.0.0.1:25181/flow/ten && return 0
    sleep 0.2
  done
  fail "Restate does not answer: $WORK/restate.log"
}

prepare_dbos() {
  npm_peer dbos
  start_postgres
  psql -qAt -c 'drop database if exists dbos with (force)' -c 'create database dbos' 2>/dev/null
}

dbos_run() { # IN_FLIGHT
  "$WORK/dbos/node_modules/node/bin/node" "$WORK/dbos/bench.mjs" "$1" "$SECS" "$WARM" "postgresql://postgres@127.0.0.1:$PG_PORT/dbos" \
    2>"$WORK/dbos.log" | grep '^{'
}
