# Accepted alerts a second: the bot, which has them on disk before it answers, beside Alertmanager, which keeps them in memory.
# Each side starts afresh for every run and gets the same seconds of warm-up.
start_alertmanager() {
  must_be_free 25093
  rm -rf "$WORK/alertmanager"
  spawn alertmanager prometheus-alertmanager --config.file="$BENCH/peers/alertmanager.yml" --storage.path="$WORK/alertmanager" \
    --web.listen-address=127.0.0.1:25093 --cluster.listen-address= --log.level=error
  await_port 25093
}

alerts_row() { # UNITS REPEAT CONNECTIONS
  local kind=new row store
  [ "$2" = 0 ] || kind=repeated
  row="$kind alerts, $1 per request, $3 connections"
  export UNITS=$1 REPEAT=$2 KEYS=2000 TOKEN
  for _ in $(seq "$RUNS"); do
    start_alertmanager
    emit "$row" alertmanager "$(SHAPE=api measured "$3" http://127.0.0.1:25093/api/v2/alerts alerts.lua)"
    stop_group "$SPAWNED"
    for store in sqlite postgres; do
      start_product $store
      emit "$row" "incident $store" "$(SHAPE=webhook measured "$3" "$PRODUCT/alerts/bench" alerts.lua)"
      stop_product
    done
  done
  unset UNITS REPEAT KEYS
}

if [ -n "$SHORT" ]; then
  alerts_row 100 0 16
  alerts_row 1 0 64
  alerts_row 100 1000 16
else
  for connections in 16 64; do
    for repeat in 0 1000; do
      for units in 1 10 100; do alerts_row $units $repeat $connections; done
    done
  done
fi
