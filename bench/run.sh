#!/usr/bin/env bash
# Measures the bot beside its peers and the machine's own limits, on this machine, in one run, and prints ratios.
#   bench/run.sh                     everything (about 40 minutes)
#   bench/run.sh --short             the rows that have a bar, one short run each (about 8 minutes)
#   ONLY="alerts steps" bench/run.sh some of: alerts steps slash first-step durable stored waiting footprint limits
# RUNS (3), SECS (5) and WARM (2): runs per cell (the median counts), measured and unmeasured seconds of each.
# WORK: where everything is installed, built and stored (default: incident-bench in the temporary directory).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case "${1:-}" in
  "") export RUNS=${RUNS:-3} SECS=${SECS:-5} WARM=${WARM:-2} SHORT= ;;
  --short) export RUNS=${RUNS:-1} SECS=${SECS:-3} WARM=${WARM:-1} SHORT=1 ;;
  *) sed -n '2,7p' run.sh | cut -c3-; exit 2 ;;
esac

source lib/machine.sh
source lib/results.sh
source lib/product.sh
source lib/peers.sh
trap stop_all EXIT
install_missing
publish_product
begin_results

for row in ${ONLY:-limits alerts steps slash first-step durable stored waiting footprint}; do
  [ -f "rows/$row.sh" ] || { echo "bench: there are no rows '$row'" >&2; exit 2; }
  echo "== $row" >&2
  source "rows/$row.sh"
  stop_all
done

print_results
