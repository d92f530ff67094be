# Proof that what is answered is on disk. One connection: no two requests can share a flush, so there are at least as many
# fsyncs as answers. And a kill -9 in the middle of a storm: every alert that was answered is there after the restart.
fsyncs_while() { # STORE: alerts answered a second over one connection, fsyncs counted by the kernel meanwhile
  local trace=$WORK/fsyncs.txt pids pid attach=() answered
  pids=$PRODUCT_PID
  # On PostgreSQL its backends flush.
  [ "$1" = sqlite ] || pids=$(pgrep -x postgres)
  for pid in $pids; do attach+=(-p "$pid"); done
  strace -f -qq -c -e trace=fsync,fdatasync -o "$trace" "${attach[@]}" 2>/dev/null &
  local tracer=$!
  sleep 0.5
  answered=$(SHAPE=webhook UNITS=1 KEYS=1 RUN_ID=f TOKEN=$TOKEN wrk_json 3 1 "$PRODUCT/alerts/bench" alerts.lua)
  kill -INT $tracer
  wait $tracer || true
  awk -v answered="$answered" 'BEGIN {match(answered, /"rate":[0-9.]+/); rate = substr(answered, RSTART + 7, RLENGTH - 7)}
    /fsync|fdatasync/ && $4 ~ /^[0-9]+$/ {syncs += $4}
    END {printf "{\"value\":%.3f,\"unit\":\"fsyncs per answer\"}", syncs / (rate * 3)}' "$trace"
}

killed_in_a_storm() { # STORE
  local acked=$WORK/acked.txt storm
  "$TOOL" storm "$PRODUCT/alerts/bench" "$TOKEN" 1000000 10 32 "$acked" >/dev/null &
  storm=$!
  sleep 2
  kill -KILL -- "-$PRODUCT_PID"
  wait $storm || true
  start_product "$1" keep
  stored "$1" 'select fingerprint from alerts' | sort >"$WORK/kept.txt"
  sort -o "$acked" "$acked"
  emit "kill -9 in a storm: alerts answered" "incident $1" "{\"value\":$(wc -l <"$acked"),\"unit\":\"alerts\"}"
  emit "kill -9 in a storm: of these lost" "incident $1" "{\"value\":$(comm -23 "$acked" "$WORK/kept.txt" | wc -l),\"unit\":\"alerts\"}"
}

for store in sqlite postgres; do
  start_product $store
  emit "fsyncs per answered request, 1 connection" "incident $store" "$(fsyncs_while $store)"
  killed_in_a_storm $store
  stop_product
done
