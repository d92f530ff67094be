# What this machine can do at all: durable records by group commit into a bare file, and PostgreSQL's own commits.
for writers in 1 16 64; do
  for _ in $(seq "$RUNS"); do
    emit "fsync journal, $writers writers" machine "$("$TOOL" journal "$writers" "$SECS" "$WORK")"
  done
done

start_postgres
psql -qAt -c 'drop table if exists limit_rows' -c 'create table limit_rows (id bigserial primary key, data text)'
echo "insert into limit_rows (data) values (repeat('x', 500));" >"$WORK/one.sql"
echo "insert into limit_rows (data) select repeat('x', 500) from generate_series(1, 100);" >"$WORK/hundred.sql"
pgbench_row() { # NAME SCRIPT ROWS CLIENTS
  local tps
  psql -qAt -c 'truncate limit_rows'
  rm -f "$WORK"/pgbench.log.*
  tps=$("$PG_BIN/pgbench" -n -M prepared -c "$4" -j 2 -T "$SECS" -l --log-prefix="$WORK/pgbench.log" -f "$2" | awk '/^tps/ {print $3}')
  cat "$WORK"/pgbench.log.* | awk '{print $3 / 1000}' | sort -n |
    awk -v rate="$tps" -v rows="$3" '{t[NR] = $1} END {printf "{\"rate\":%.1f,\"p50\":%.3f,\"p99\":%.3f}", rate * rows, t[int(NR * .5) + 1], t[int(NR * .99) + 1]}'
}
for _ in $(seq "$RUNS"); do
  emit "pgbench rows, 1 a commit, 64 clients" machine "$(pgbench_row one "$WORK/one.sql" 1 64)"
  emit "pgbench rows, 100 a commit, 16 clients" machine "$(pgbench_row hundred "$WORK/hundred.sql" 100 16)"
done
