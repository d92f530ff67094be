# Sourced by run.sh: the product as it is installed, a published Release build, and the tool of this folder.
TOKEN=bench-token
APP=$WORK/app/incident
TOOL=$WORK/tool/bench
SYNC=${SYNC:-}

publish_product() {
  [ -z "${NO_BUILD:-}" ] || return 0
  say "publishing the product and the bench's own tool"
  dotnet publish "$ROOT/bot" -c Release -o "$WORK/app" -v q >"$WORK/publish.log" 2>&1 || fail "publishing failed: $WORK/publish.log"
  dotnet publish "$BENCH" -c Release -o "$WORK/tool" -v q >>"$WORK/publish.log" 2>&1 || fail "publishing failed: $WORK/publish.log"
}

# start_product sqlite|postgres [keep]: on a fresh database, or on the one that is there. $PRODUCT_PID is its process.
start_product() {
  local store=$1 connection
  must_be_free "${PRODUCT##*:}"
  if [ "$store" = postgres ]; then
    start_postgres
    [ "${2:-}" = keep ] || psql -qAt -c 'drop database if exists incident with (force)' -c 'create database incident' 2>/dev/null
    connection="Host=127.0.0.1;Port=$PG_PORT;Username=postgres;Database=incident;Maximum Pool Size=40"
  else
    [ "${2:-}" = keep ] || rm -rf "$WORK/data"
    connection="Data Source=$WORK/data/incident.db"
  fi
  # Settings come from appsettings.json beside the program, as installed; what is not said here is its default.
  STARTED_AT=$(date +%s%N)
  Urls=$PRODUCT Storage__ConnectionString=$connection Access__BootstrapToken=$TOKEN Node__Name=bench \
    Alerts__Sources__bench__Kind=alertmanager Alerts__Sources__bench__Token=$TOKEN \
    Runbooks__Paths__0=$BENCH/runbooks spawn product env -C "$WORK/app" "$APP"
  PRODUCT_PID=$SPAWNED
  await_ready
}

await_ready() {
  for _ in $(seq 3000); do
    curl -sf -o /dev/null "$PRODUCT/health/ready" && { READY_AT=$(date +%s%N); return 0; }
    kill -0 "$PRODUCT_PID" 2>/dev/null || fail "the product ended: $WORK/product.log"
    sleep 0.01
  done
  fail "the product does not get ready: $WORK/product.log"
}

stop_product() { stop_group "$PRODUCT_PID"; }

ready_ms() { echo $(((READY_AT - STARTED_AT) / 1000000)); }

# One value of a query on the product's database.
stored() {
  if [ "$1" = postgres ]; then
    psql -qAt -d incident -c "$2"
  else
    sqlite3 -readonly "$WORK/data/incident.db" "$2"
  fi
}
