#!/usr/bin/env bash
# A plugin's network through km against a direct connection, both to a server of this machine, in turns in one process.
#   bench/egress.sh
# Environment: MEGABYTES (100), ROUNDS (15), RESULTS (bench/results/egress.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
results=${RESULTS:-$here/results/egress.md}
megabytes=${MEGABYTES:-100} rounds=${ROUNDS:-15}
line=$(dotnet run --project "$here/HostBench" -c Release -v quiet -- egress "$megabytes" "$rounds")
echo "$line" >&2
direct=$(field direct_mb_per_s <<<"$line") through=$(field through_mb_per_s <<<"$line")
{
  echo "# Plugin network"
  echo
  echo "$(date +%F), $(machine). Medians of $rounds rounds, interleaved; by \`bench/egress.sh\`."
  echo "Both ends, and km's proxy if used, share one unpublished process."
  echo
  echo "| | direct | through km |"
  echo "|---|--:|--:|"
  echo "| $megabytes MB to a server on this machine, MB/s | $direct | $through |"
  echo "| time to connect, µs | $(field direct_connect_us <<<"$line") | $(field through_connect_us <<<"$line") |"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| through km | ≥ 100 MB/s: faster than the networks that plugins use | $through MB/s | $(verdict "$through" least 100) |"
} >"$results"
cat "$results"
