#!/usr/bin/env bash
# Installs what the tests need, builds without a warning, runs every test, and ends with the plain line "N passed, N failed".
#   ./test.sh            everything, with a seeded sample of the long fault matrices
#   ./test.sh --faults   the whole fault matrices
set -uo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
[ "${1:-}" = "--faults" ] && export INCIDENT_FAULTS=full

fail() { echo "test.sh: $1" >&2; echo "0 passed, 1 failed"; exit 1; }

command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"

# The servers that the tests start themselves, each on a free loopback port and in a folder of its own.
missing=()
[ -n "$(compgen -G '/usr/lib/postgresql/*/bin/postgres')" ] || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  echo "test.sh: installing ${missing[*]}"
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  export DEBIAN_FRONTEND=noninteractive
  # No package may start a daemon of its own: the tests start theirs.
  policy=/usr/sbin/policy-rc.d; made=""
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null; $sudo chmod 755 $policy; made=yes; }
  { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/incident-apt.log 2>&1
  installed=$?
  [ -n "$made" ] && $sudo rm -f $policy
  [ $installed = 0 ] || { tail -n 20 /tmp/incident-apt.log >&2; fail "apt-get could not install: ${missing[*]}"; }
fi

dotnet tool restore >/dev/null || fail "dotnet tool restore failed"
dotnet csharpier check . || fail "run: dotnet csharpier format ."
dotnet build Incident.sln -v q || fail "the build has errors or warnings"

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
dotnet test Incident.sln --no-build --results-directory "$results" --logger "trx;LogFileName=tests.trx" --logger "console;verbosity=minimal"

trx=$results/tests.trx
[ -f "$trx" ] || fail "no test ran"
count() { grep -o "<Counters [^>]*" "$trx" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*'; }
passed=$(count passed); total=$(count total)
failed=$((total - passed))   # a test that was not executed counts as failed: nothing is skipped silently
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
