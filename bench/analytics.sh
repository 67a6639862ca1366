#!/usr/bin/env bash
# What it costs analytics to count a message, how large its file becomes, and how fast km report answers from it.
#   bench/analytics.sh
# Environment: SESSIONS (500), CALLS (60), ROUNDS (5), KM (artifacts/publish/km), RESULTS (bench/results/analytics.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
results=${RESULTS:-$here/results/analytics.md}
sessions=${SESSIONS:-500} calls=${CALLS:-60} rounds=${ROUNDS:-5} km=${KM:-$here/../artifacts/publish/km}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KM_HOME=$work/home
mkdir -m 700 "$KM_HOME" "$KM_HOME/state"
dotnet build "$here/AnalyticsBench" -c Release -v quiet --nologo >&2
"$here/AnalyticsBench/bin/Release/net10.0/km-analytics-bench" "$KM_HOME/state/analytics" "$sessions" "$calls" 30 >"$work/out"
"$here/AnalyticsBench/bin/Release/net10.0/km-analytics-bench" anomalies cost 5 >"$work/judging"
of() { field "$1" <"$work/out"; }

# row WHAT LIMIT OPTIONS...: the median of the time that km report takes.
row() {
  local what=$1 limit=$2 time
  shift 2
  "$km" report "$@" >/dev/null
  time=$(for ((round = 0; round < rounds; round++)); do milliseconds "$km" report "$@"; done | median)
  echo "| $what | ≤ $limit ms | $time ms | $(verdict "$time" most "$limit") |"
}

{
  echo '# analytics'
  echo
  echo "$(date +%F), $(machine), by \`bench/analytics.sh\`: $(of messages) messages of $(of sessions) sessions over 30 days, with three servers."
  echo 'Processor time of the plugin under the JIT, without the host and gRPC. A write is one transaction; there is one a second at most, for all'
  echo 'sessions. `km report` is the native program, its start included.'
  echo
  echo '| What | Limit | Measured | |'
  echo '|---|--:|--:|---|'
  echo "| counting a message | | $(of count_us) µs | |"
  echo "| judging a call for alarms (Enterprise) | | $(field judge_us <"$work/judging") µs | |"
  echo "| what is learned of a tool | | $(field tool_bytes <"$work/judging") B | |"
  echo "| a write | | $(of write_us) µs | |"
  echo "| the file | ≤ 20,000 kB | $(of file_kb) kB | $(verdict "$(of file_kb)" most 20000) |"
  row '`km report --since 30d`' 500 --since 30d
  row '`km report --since 30d --format html`' 500 --since 30d --format html
} | tee "$results"
