#!/usr/bin/env bash
# What km plugins status --running --json takes while sessions run under traffic, each with a plugin; and with one of them stopped.
#   bench/status.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Environment: SESSIONS (10), RATE (200 calls/s in each), ROUNDS (25),
#   RESULTS (bench/results/status.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=$(cd "${1:-$here/../artifacts/publish}" && pwd)
km=$published/km
results=${RESULTS:-$here/results/status.md}
sessions=${SESSIONS:-10} rate=${RATE:-200} rounds=${ROUNDS:-25}
out=$here/out
"$here/build.sh" "$out"
work=$(mktemp -d)
export KM_HOME=$work/home
mkdir -m 700 "$KM_HOME"
"$km" init --yes >"$work/init.log" 2>&1 </dev/null || { cat "$work/init.log" >&2 && exit 1; }
only console-logger
pids=()
trap 'for pid in "${pids[@]}"; do kill -CONT "$pid" 2>/dev/null; kill "$pid" 2>/dev/null; done; wait; rm -rf "$work"' EXIT

# One process writes the calls of all sessions: ten at a time, so that the shell has little to do.
calls=$(for id in 1 2 3 4 5 6 7 8 9 10; do echo '{"jsonrpc":"2.0","id":'$id',"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}'; done)
for ((n = 0; n < sessions; n++)); do
  mkfifo "$work/in$n"
  "$km" monitor --quiet --name "server-$n" -- "$out/server" <"$work/in$n" >/dev/null 2>&1 &
  pids+=($!)
  exec {pipe}>"$work/in$n"
  pipes+=("$pipe")
done
(while sleep "$(awk -v r="$rate" 'BEGIN { print 10 / r }')"; do for pipe in "${pipes[@]}"; do echo "$calls" >&"$pipe"; done; done) 2>/dev/null &
pids+=($!)

# Until all plugins are Active.
for ((wait = 0; ; wait++)); do
  active=$("$km" plugins status --running --json | grep -c '"state": "Active",' || true)
  [ "$active" -ge "$sessions" ] && break
  [ "$wait" -lt 200 ] || { echo "only $active of $sessions plugins became active" >&2 && exit 1; }
  sleep 0.3
done
sleep 5 # rates are known from the second look of a session on

# Its exit status says whether all answered.
ask() { "$km" plugins status --running --json || true; }

for ((round = 0; round < rounds; round++)); do
  milliseconds ask >>"$work/status"
  milliseconds "$km" version >>"$work/version"
done
ask >"$work/last"
kill -STOP "${pids[0]}"
for ((round = 0; round < 5; round++)); do milliseconds ask >>"$work/stopped"; done
kill -CONT "${pids[0]}"
unanswered=$(grep -c '"answers": false' "$work/last" || true)
p50=$(median <"$work/status") worst=$(sort -g "$work/status" | tail -1) version=$(median <"$work/version") stopped=$(median <"$work/stopped")
delivered=$(sed -nE 's/.*"deliveredPerSecond": ([0-9.]+).*/\1/p' "$work/last" | awk '{ s += $1 } END { printf "%.0f", s }')

{
  echo "# Status under load"
  echo
  echo "$(date +%F), $(machine), load $(cut -d' ' -f1 /proc/loadavg) (1 min). Medians of $rounds rounds; by \`bench/status.sh\`.${NOTE:+ $NOTE}"
  echo "$sessions sessions, each with console-logger and $rate calls/s; their plugins report $delivered items/s in total."
  echo
  echo "| | ms |"
  echo "|---|--:|"
  echo "| \`km version\` | $version |"
  echo "| \`km plugins status --running --json\`, $sessions sessions | $p50 |"
  echo "| the same, slowest of $rounds | $worst |"
  echo "| the same, one session stopped | $stopped |"
  echo
  echo "Sessions that did not answer in time in the last round: $unanswered of $sessions."
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  budget() { echo "| $1 | ≤ $4 | $2 | $(verdict "$2" most "$3") |"; }
  times=$(divide "$p50" "$version")
  budget "status of $sessions sessions ÷ \`km version\`" "$times" 2 "2 ×"
  budget 'with one session stopped ÷ `km version`' "$(divide "$stopped" "$version")" 2 "2 ×"
} >"$results"
cat "$results"
