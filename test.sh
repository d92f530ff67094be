#!/usr/bin/env bash
# Installs what the tests need, builds without a warning, runs every test, and ends with the plain line "N passed, N failed".
#   ./test.sh            everything, with a seeded sample of the long fault matrices (INCIDENT_SEED=N for another sample)
#   ./test.sh --faults   the whole fault matrices, printed cell by cell
set -uo pipefail
cd "$(dirname "$0")"

fail() { echo "test.sh: $1" >&2; echo "0 passed, 1 failed"; exit 1; }

hang=10m # longer than any test takes
case "${1:-}" in
  "") ;;
  --faults) export INCIDENT_FAULTS=full hang=2h ;;
  *) echo "usage: ./test.sh [--faults]" >&2; exit 2 ;;
esac

# The real parts that the tests start themselves, each on free loopback ports and in a folder of its own: program and package.
needed='
  /usr/lib/postgresql/*/bin/postgres  postgresql
  /usr/bin/prometheus                 prometheus
  /usr/bin/prometheus-alertmanager    prometheus-alertmanager
  /usr/sbin/haproxy                   haproxy
  /usr/bin/socat                      socat
  /usr/bin/chromium                   chromium
  /usr/bin/node                       nodejs
  /usr/bin/npm                        npm
  /usr/bin/git                        git
  /usr/sbin/sshd                      openssh-server
  /usr/bin/ssh-keygen                 openssh-client
  /usr/bin/redis-server               redis-server
  /usr/bin/redis-sentinel             redis-sentinel
  /usr/bin/etcd                       etcd-server
  /usr/bin/prometheus-postgres-exporter prometheus-postgres-exporter
'

install_missing() {
  local missing=() program package
  while read -r program package; do
    [ -z "$program" ] || compgen -G "$program" >/dev/null || missing+=("$package")
  done <<<"$needed"
  [ ${#missing[@]} -gt 0 ] || return 0

  command -v apt-get >/dev/null || fail "these Debian packages are missing, and there is no apt-get: ${missing[*]}"
  local root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "run it as root or with sudo to install: ${missing[*]}"
    root=(sudo)
  fi

  echo "test.sh: installing ${missing[*]}"
  # No package may start a daemon of its own: the tests start theirs.
  local policy=/usr/sbin/policy-rc.d log
  log=$(mktemp)
  if [ ! -e $policy ]; then
    # shellcheck disable=SC2064 # expanded now: the names are local
    trap "${root[*]} rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null
    "${root[@]}" chmod 755 $policy
  fi
  "${root[@]}" apt-get update -qq >"$log" 2>&1 &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "apt-get could not install: ${missing[*]}"; }
  rm -f "$log"
}

command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
# In a subshell, so that its trap tidies up before the tests begin.
(install_missing) || exit 1

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# The SDK refuses to start without ICU, which a bare Debian lacks and nothing here needs.
ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

dotnet tool restore >/dev/null || fail "dotnet tool restore failed"
dotnet csharpier check . || fail "run: dotnet csharpier format ."
dotnet build Incident.sln -v q || fail "the build has errors or warnings"

# Folders of tests that were killed; those of a run beside this one are younger.
find "${TMPDIR:-/tmp}" -maxdepth 1 -type d -user "$(id -u)" \( -name 'incident-??????' -o -name 'incident-*-??????' \) -mtime +0 \
  -exec rm -rf --one-file-system {} + || fail "old folders of tests in ${TMPDIR:-/tmp} could not be removed"

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
rm -rf artifacts/faults
dotnet test Incident.sln --no-build --results-directory "$results" \
  --blame-hang-timeout $hang --blame-hang-dump-type none \
  --logger "trx;LogFileName=tests.trx" --logger "console;verbosity=minimal"
ended=$?

# What the fault suites counted: each cell in full, of a sample the heads alone.
for report in artifacts/faults/*.txt; do
  [ -f "$report" ] || continue
  if [ "${INCIDENT_FAULTS:-}" = full ]; then cat "$report"; else head -n 1 "$report"; fi
done

trx=$results/tests.trx
[ -f "$trx" ] || fail "no test ran"
count() { grep -o "<Counters [^>]*" "$trx" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*'; }
passed=$(count passed)
failed=$(($(count total) - passed)) # what was not executed counts as failed: nothing is skipped silently
if [ "$ended" != 0 ] && [ "$failed" = 0 ]; then
  echo "test.sh: the test run broke off (exit code $ended)" >&2
  failed=1
fi
[ -n "${INCIDENT_KUBERNETES:-}" ] || echo "Without INCIDENT_KUBERNETES no test ran on a real Kubernetes API server, which is in no package: see CONTRIBUTING.md"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
