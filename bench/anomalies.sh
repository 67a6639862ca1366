#!/usr/bin/env bash
# How many false alarms analytics raises where nothing is unusual, and how much it finds of what is planted.
#   bench/anomalies.sh
# Generated streams: seeds from 1 on were looked at while the method was chosen; the results are of seeds from 100001 on, which were not.
# Recorded streams (bench/quiet/record.mjs): of the minutes before 14, the same is true; the results are of those after.
# Environment: STREAMS (4), HOURS (1000), PLANTED (12), RESULTS (bench/results/anomalies.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
results=${RESULTS:-$here/results/anomalies.md}
streams=${STREAMS:-4} hours=${HOURS:-1000} planted=${PLANTED:-12} seed=100001
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$here/AnalyticsBench" -c Release -v quiet --nologo >&2
bench=$here/AnalyticsBench/bin/Release/net10.0/km-analytics-bench
gunzip -c "$here/quiet/calls.csv.gz" >"$work/calls.csv"

{
  echo '# Alarms of analytics'
  echo
  echo "$(date +%F), $(machine), by \`bench/anomalies.sh\`. Nothing here was looked at while the method was chosen: generated streams have the seeds"
  echo "from $seed on, recorded ones are the minutes after the fourteenth. A rate is in alarms per 1,000 hours of sessions."
  echo
  echo '## Nothing is unusual: all alarms are false'
  echo
  echo 'Generated: four servers with 3 to 8 tools; sessions differ, the machine is busy for hours, calls stall with a heavy tail, and failures come in'
  echo 'runs. Recorded: 39 sessions at a time with server-everything, server-filesystem and server-memory, in real time, on a machine that was'
  echo 'compiling for others.'
  echo
  echo '| Streams | `alarm_rate` | Hours | Alarms | Rate | By kind |'
  echo '|---|--:|--:|--:|--:|---|'
  for rate in 1 10 100 1000; do "$bench" anomalies generated $rate $seed "$streams" "$hours"; done
  for rate in 10 100 1000; do "$bench" anomalies recorded $rate "$work/calls.csv" 14 1000; done
  for rate in 10 100; do
    echo
    echo "## Something is planted, \`alarm_rate=$rate\`"
    echo
    echo "$planted streams each, 400 hours learned, then 16 hours with the change; of single calls, one call. Found: an alarm of this kind, of the tool"
    echo 'where the kind has one. The delay is the middle of those found; calls are those of the tool, or of the server.'
    echo
    echo '| Planted | Alarm | Found | Minutes | Calls |'
    echo '|---|---|--:|--:|--:|'
    "$bench" anomalies planted $rate $seed "$planted"
  done
} | tee "$results"
