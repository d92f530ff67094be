# Slash commands acknowledged a second: the bot, which has the command on disk, decided, before it answers, beside an app of Slack's
# own Bolt that acknowledges and does nothing else. Both check signatures. The bot has 50 incidents open, brings their channels up to
# date in a stand-in for Slack on this machine, and each command is one that it has not seen before.
SECRET=bench-signing-secret
STAND_IN=http://127.0.0.1:25190

signed() { SIGNED=$WORK/signed.tsv "$TOOL" slash $SECRET "$1" "$2" >"$WORK/signed.tsv" || fail "no signed commands"; }

start_bolt() {
  must_be_free 25191
  PORT=25191 SECRET=$SECRET NODE_ENV=production spawn bolt "$WORK/bolt/node_modules/node/bin/node" "$WORK/bolt/server.mjs"
  await_port 25191
}

start_bot_with_slack() { # STORE
  must_be_free 25190
  spawn stand-in "$TOOL" stand-in-slack $STAND_IN
  SLACK_PID=$SPAWNED
  await_port 25190
  export Slack__BotToken=xoxb-bench Slack__SigningSecret=$SECRET Slack__ApiUrl=$STAND_IN/api/
  start_product "$1"
  unset Slack__BotToken Slack__SigningSecret Slack__ApiUrl
  signed 50 declare
  "$TOOL" rate "$PRODUCT/slack/events" "$WORK/signed.tsv" 50 1 >/dev/null
}

slash_row() { # COMMAND
  local row="slash command ($1), 64 connections" steady="slash command ($1), 200 a second" store
  for _ in $(seq "$RUNS"); do
    start_bolt
    signed 100000 "$1"
    emit "$row" bolt "$(SIGNED=$WORK/signed.tsv measured 64 http://127.0.0.1:25191/slack/events slash.lua)"
    stop_group "$SPAWNED"
    for store in sqlite postgres; do
      start_bot_with_slack $store
      if [ "$WARM" != 0 ]; then
        signed $((200 * WARM)) "$1"
        "$TOOL" rate "$PRODUCT/slack/events" "$WORK/signed.tsv" 200 "$WARM" >/dev/null
      fi
      signed $((200 * SECS)) "$1"
      emit "$steady" "incident $store" "$("$TOOL" rate "$PRODUCT/slack/events" "$WORK/signed.tsv" 200 "$SECS")"
      # The same file for warm-up and measurement would repeat triggers, which are answered from memory of the first time.
      local warm=$WARM
      if [ "$warm" != 0 ]; then
        signed $((30000 * warm)) "$1"
        SIGNED=$WORK/signed.tsv wrk_json "$warm" 64 "$PRODUCT/slack/events" slash.lua >/dev/null
      fi
      signed $((30000 * SECS)) "$1"
      emit "$row" "incident $store" "$(SIGNED=$WORK/signed.tsv wrk_json "$SECS" 64 "$PRODUCT/slack/events" slash.lua)"
      stop_product
      stop_group "$SLACK_PID"
    done
  done
}

npm_peer bolt
slash_row note
[ -n "$SHORT" ] || slash_row declare
