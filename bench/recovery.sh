#!/usr/bin/env bash
# From the kill of a plugin until its successor is Active, with the published console-logger, and what a thousand restarts leave behind.
#   bench/recovery.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Environment: RESTARTS (1000), RESULTS (bench/results/recovery.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=$(cd "${1:-$here/../artifacts/publish}" && pwd)
results=${RESULTS:-$here/results/recovery.md}
restarts=${RESTARTS:-1000}
out=$here/out
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
native HostBench "$out/aot"
load=$(cut -d' ' -f1 /proc/loadavg)
"$out/aot/km-host-bench" restarts "$published/plugins/km-plugin-console-logger" "$restarts" >"$work/restarts"
cat "$work/restarts" >&2
value() { field "$1" <"$work/restarts"; }
row() { echo "| $1 | $(value "$2_before") | $(value "$2_after") |"; }

{
  echo "# Recovery"
  echo
  echo "$(date +%F), $(machine), load average $load at the start. $restarts kills (SIGKILL) of one console-logger, one at a time; by \`bench/recovery.sh\`."
  echo "Time from the kill until the next process is Active. It includes the deliberate wait before a first restart, 80 to 120 ms."
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| kill to Active, median | ≤ 1000 ms | $(value recovery_p50_ms) ms | $(verdict "$(value recovery_p50_ms)" most 1000) |"
  echo "| kill to Active, p99 | ≤ 1000 ms | $(value recovery_p99_ms) ms | $(verdict "$(value recovery_p99_ms)" most 1000) |"
  echo "| kill to Active, max | — | $(value recovery_max_ms) ms | |"
  echo
  echo "| What the host uses | before | after $restarts restarts |"
  echo "|---|--:|--:|"
  row "open descriptors" descriptors
  row "of which sockets" sockets
  row "threads" threads
  row "children, zombies included" children
  row "files in the run directory" files
  row "resident memory, kB" resident_kb
  row "managed memory, kB" managed_kb
} >"$results"
cat "$results"
