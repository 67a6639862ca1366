#!/usr/bin/env bash
# What it costs otel to report a message, and how much a call takes in its queue.
#   bench/otel.sh
# Environment: SESSIONS (200), CALLS (60), RESULTS (bench/results/otel.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
results=${RESULTS:-$here/results/otel.md}
sessions=${SESSIONS:-200} calls=${CALLS:-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
load=$(cut -d" " -f1 /proc/loadavg)
dotnet build "$here/OtelBench" -c Release -v quiet --nologo >&2

# row WHAT MODE: a run of its own, with a queue of its own.
row() {
  "$here/OtelBench/bin/Release/net10.0/km-otel-bench" "$work/$2" "$sessions" "$calls" "$2" >"$work/out"
  echo "| $1 | $(field message_us <"$work/out") µs | $(field operation_bytes <"$work/out") B | $(field metrics_ms <"$work/out") ms | $(field lost <"$work/out") |"
  rm -rf "${work:?}/$2"
}

{
  echo '# otel'
  echo
  echo "$(date +%F), $(machine), by \`bench/otel.sh\`: $sessions sessions of $calls calls, with three servers; the traffic of \`bench/analytics.sh\`. Load at the start: $load."
  echo 'Processor time of the plugin under the JIT, all threads, without the host, gRPC and sending. A message is a request, a response or an'
  echo 'event; each response waits until its span is on disk, as the plugin does, so no two spans share a file. The export of metrics is once in'
  echo '`metrics_interval` for each name of a server.'
  echo
  echo '| Settings | A message | A call in the queue | An export of metrics | Lost |'
  echo '|---|--:|--:|--:|--:|'
  row 'default: all spans' all
  row '`sample=0.1`' tenth
  row '`payloads=masked`' masked
} | tee "$results"
