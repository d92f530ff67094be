# Sourced by run.sh: results are lines of JSON, one per run; the tool makes the table of them.
begin_results() {
  OUT=$WORK/results.jsonl
  : >"$OUT"
}

# emit ROW WHO JSON: one run's result.
emit() {
  [ -n "$3" ] || fail "no result of $2 for '$1'"
  printf '{"row":"%s","who":"%s",%s\n' "$1" "$2" "${3#\{}" | tee -a "$OUT" >&2
}

print_results() {
  echo
  describe_machine
  echo
  "$TOOL" table "$OUT" "$BENCH/bars.tsv" | tee "$WORK/results.md"
}

describe_machine() {
  local cpu
  cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  echo "$(nproc) × $cpu, $(awk '/MemTotal/{printf "%.0f GB", $2/1e6}' /proc/meminfo), Linux $(uname -r), $(df --output=fstype "$WORK" | tail -n 1) on one disk."
  echo "Product at $(git -C "$ROOT" rev-parse --short HEAD), .NET $(dotnet --version), PostgreSQL $("$PG_BIN/postgres" -V | grep -o '[0-9.]*' | head -n 1)," \
    "Alertmanager $(dpkg-query -W -f '${Version}' prometheus-alertmanager)," \
    "Restate $(sed -n 's/.*restate-server": "\([^"]*\)".*/\1/p' "$BENCH/peers/restate/package.json")," \
    "DBOS $(sed -n 's/.*dbos-sdk": "\([^"]*\)".*/\1/p' "$BENCH/peers/dbos/package.json")."
  echo "RUNS=$RUNS SECS=$SECS WARM=$WARM; generator and server share the cores; medians over the runs."
}

# wrk_json SECONDS CONNECTIONS URL SCRIPT: the numbers of one run as JSON, by load/report.lua.
wrk_json() { (cd "$BENCH/load" && wrk -t1 -c"$2" -d"$1s" --timeout 30s -s "$4" "$3") | sed -n 's/^JSON //p'; }

# measured CONNECTIONS URL SCRIPT: warmed up, then measured.
measured() {
  [ "$WARM" = 0 ] || RUN_ID=w wrk_json "$WARM" "$@" >/dev/null
  RUN_ID=m wrk_json "$SECS" "$@"
}
