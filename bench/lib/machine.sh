# Sourced by run.sh: what the machine needs, processes that are started and stopped, how busy it is.
BENCH=$PWD
ROOT=$(dirname "$PWD")
WORK=${WORK:-${TMPDIR:-/tmp}/incident-bench}
mkdir -p "$WORK"
chmod 755 "$WORK"
PG_BIN=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)
PG_PORT=25432
PRODUCT=http://127.0.0.1:25080
# Let go by stop_all, newest first.
STARTED_GROUPS=()

say() { echo "bench: $*" >&2; }
fail() { say "$@"; exit 1; }

install_missing() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
  ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  local missing=() needed program package
  needed='
    /usr/bin/wrk wrk
    /usr/bin/strace strace
    /usr/bin/curl curl
    /usr/bin/sqlite3 sqlite3
    /usr/bin/npm npm
    /usr/bin/prometheus-alertmanager prometheus-alertmanager
    /usr/lib/postgresql/*/bin/postgres postgresql'
  while read -r program package; do
    [ -z "$program" ] || compgen -G "$program" >/dev/null || missing+=("$package")
  done <<<"$needed"
  if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    # No package may start a daemon of its own.
    local policy=/usr/sbin/policy-rc.d mine=
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; mine=1; }
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    [ -z "$mine" ] || rm -f $policy
  fi
  PG_BIN=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A server left over from elsewhere would be measured instead of ours.
must_be_free() { ! listens "$1" || fail "something listens on port $1 already"; }

# spawn LOG COMMAND…: starts a server in a process group of its own; $SPAWNED is its id. Not in a subshell: it would be lost.
spawn() {
  local log=$1
  shift
  setsid "$@" >"$WORK/$log.log" 2>&1 &
  SPAWNED=$!
  STARTED_GROUPS+=("$SPAWNED")
}

stop_group() {
  kill -TERM -- "-$1" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 -- "-$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$1" 2>/dev/null || true
}

stop_all() {
  local i
  for ((i = ${#STARTED_GROUPS[@]} - 1; i >= 0; i--)); do stop_group "${STARTED_GROUPS[i]}"; done
  STARTED_GROUPS=()
}

await_port() {
  for _ in $(seq 300); do
    listens "$1" && return 0
    sleep 0.1
  done
  fail "nothing listens on port $1"
}

# How many percent of all cores other work takes: the mean over one second.
busy() {
  local a b total=0 i
  read -r -a a </proc/stat
  sleep 1
  read -r -a b </proc/stat
  for i in 1 2 3 4 5 6 7 8; do total=$((total + b[i] - a[i])); done
  echo $((100 - 100 * (b[4] + b[5] - a[4] - a[5]) / (total > 0 ? total : 1)))
}

# Node packages of a peer, with the versions that its package.json pins.
npm_peer() {
  local to=$WORK/$1
  mkdir -p "$to"
  cp "$BENCH/peers/$1/"* "$to/"
  cmp -s "$to/package.json" "$to/installed.json" && return 0
  say "installing $1 from npm"
  (cd "$to" && npm install --no-audit --no-fund >npm.log 2>&1) || fail "npm could not install $1: $to/npm.log"
  cp "$to/package.json" "$to/installed.json"
}

# A cluster of its own with PostgreSQL's default durability, for the product, DBOS and pgbench.
start_postgres() {
  listens $PG_PORT && return 0
  local data=$WORK/postgres
  local run=()
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$data"
    chown postgres "$data"
    run=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  fi
  [ -f "$data/PG_VERSION" ] ||
    "${run[@]}" "$PG_BIN/initdb" -D "$data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >"$WORK/initdb.log"
  spawn postgres "${run[@]}" "$PG_BIN/postgres" -D "$data" -p $PG_PORT -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_connections=300
  await_port $PG_PORT
  until psql -qAtc 'select 1' >/dev/null 2>&1; do sleep 0.1; done
}
export PGHOST=127.0.0.1 PGPORT=$PG_PORT PGUSER=postgres PGDATABASE=postgres
