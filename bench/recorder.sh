#!/usr/bin/env bash
# Recordings: what it costs to record a million messages, how large the file is, and how fast km answers from it.
#   bench/recorder.sh
# Environment: MESSAGES (1000000), ROUNDS (5), KM (artifacts/publish/km), RESULTS (bench/results/recorder.md), RECORDED (a KM_HOME with the
#   recordings and what the recorder's bench printed, in recorded.txt; by default they are made, which takes minutes), LONG (the same with all
#   messages in one session). Needs Chromium for the pages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
results=${RESULTS:-$here/results/recorder.md}
messages=${MESSAGES:-1000000} rounds=${ROUNDS:-5} km=${KM:-$here/../artifacts/publish/km}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# record HOME SESSIONS
record() {
  local folder=$1/state/recorder
  mkdir -m 700 "$1" "$1/state" "$folder"
  "$here/RecorderBench/bin/Release/net10.0/km-recorder-bench" "$folder" "$messages" "$here/.." "$2" | tee "$1/recorded.txt"
}
dotnet build "$here/PagesBench" -c Release -v quiet -nologo
dotnet build "$here/RecorderBench" -c Release -v quiet -nologo
export KM_HOME=${RECORDED:-$work/home}
long=${LONG:-$work/long}
[ -n "${RECORDED:-}" ] || record "$KM_HOME" 200
[ -n "${LONG:-}" ] || record "$long" 1
value() { sed -nE "s/^$1 //p" "$KM_HOME/recorded.txt"; }

# of COMMAND...: the medians of the time it takes and of the processor's, in ms, after one run that nobody counts.
of() {
  local TIMEFORMAT='%R %U %S'
  "$km" "$@" >"$work/answer" || { cat "$work/answer" >&2 && exit 1; }
  for ((round = 0; round < rounds; round++)); do
    { time "$km" "$@" >/dev/null; } 2>&1 | awk '{ print $1 * 1000, ($2 + $3) * 1000 }'
  done >"$work/times"
  echo "$(cut -d' ' -f1 "$work/times" | median) $(cut -d' ' -f2 "$work/times" | median)"
}

# row WHAT LIMIT COMMAND...
row() {
  local what=$1 limit=$2 time cpu
  shift 2
  read -r time cpu < <(of "$@")
  echo "| $what | ≤ $limit ms | $time ms | $cpu ms | $(verdict "$time" most "$limit") |"
}

# page WHAT LIMIT PATH: the same of a page that a browser asks for.
page() {
  local what=$1 limit=$2 path=$3 time before
  curl -sS -f -b "$work/cookies" -o "$work/answer" "$address$path"
  before=$(ticks "$server")
  for ((round = 0; round < rounds; round++)); do
    curl -sS -f -b "$work/cookies" -o /dev/null -w '%{time_total}\n' "$address$path" | awk '{ print $1 * 1000 }'
  done >"$work/times"
  time=$(median <"$work/times")
  echo "| $what | ≤ $limit ms | $time ms | $((($(ticks "$server") - before) * 10 / rounds)) ms | $(verdict "$time" most "$limit") |"
}

# ticks PROCESS: the processor time that it has used, in hundredths of a second.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# serve HOME: starts the pages' server, whose process is then server, and whose address with its token is entry. Standard input that stays
# open keeps it running.
serve() {
  rm -f "$work/open"
  mkfifo "$work/open"
  KM_HOME=$1 "$km" ui --no-browser --json <"$work/open" >"$work/pages" &
  pages=$!
  exec 3>"$work/open"
  trap 'kill "$pages" 2>/dev/null || true; rm -rf "$work"' EXIT
  until grep -q token= "$work/pages"; do kill -0 "$pages" && sleep 0.1; done
  server=$(pgrep -P "$pages" | head -1)
  entry=$(grep -oE 'http://[^"]*token=[^"]*' "$work/pages" | head -1)
  address=${entry%%\?*}
}

leave() {
  kill "$pages"
  exec 3>&-
  wait "$pages" || true
}

# browse ROUNDS paint|scroll PATH...
browse() { "$here/PagesBench/bin/Release/net10.0/km-pages-bench" "$entry" "$@"; }
seen() { sed -nE "s/^$1 //p" "$work/seen"; }
painted() { echo "| \`km ui\`: first paint of $1 | ≤ 200 ms | $(seen "$2") ms | | $(verdict "$(seen "$2")" most 200) |"; }

# The browser takes the token of one server, curl that of the next.
serve "$KM_HOME"
browse "$rounds" paint '' SESSION 'tools?since=30d' 'charts?since=7d' | sed 's/^ /SESSIONS /' >"$work/seen"
leave
serve "$long"
browse "$rounds" scroll SESSION >>"$work/seen"
leave
serve "$KM_HOME"
curl -sS -f -c "$work/cookies" -o /dev/null "$entry"

{
  echo '# Recordings'
  echo
  echo "$(date +%F), $(machine), by \`bench/recorder.sh\`: $(head -1 "$KM_HOME/recorded.txt")."
  echo
  echo "The messages are calls over this repository's own files; each session works on 15 of them. km starts for each answer;"
  read -r time cpu < <(of version)
  echo "\`km version\` alone takes $time ms, of which $cpu ms are the processor's."
  echo
  echo '| What | Limit | Measured | Processor | |'
  echo '|---|--:|--:|--:|---|'
  echo "| file, of the raw bytes | ≤ 0.35 | $(value ratio) | | $(verdict "$(value ratio)" most 0.35) |"
  echo "| the writer, per message | ≤ 3 µs | | $(value cpu) µs | $(verdict "$(value cpu)" most 3) |"
  row '`km logs`, first page' 100 logs
  row '`km logs status:error since:7d`' 100 logs status:error since:7d
  row '`km logs text:"permission denied"`' 300 logs text:'permission denied'
  row '`km logs text:generateMigration`, which is not there' 300 logs text:generateMigration
  row '`km logs text:"public sealed record" tool:search_code`' 300 logs text:'public sealed record' tool:search_code
  row '`km sessions show last`' 300 sessions show last
  row '`km stats --since 30d`' 500 stats --since 30d
  row '`km stats --by day --since 30d`' 500 stats --by day --since 30d
  page '`km ui`: sessions' 200 ''
  page '`km ui`: tools of 30 days' 200 'tools?since=30d'
  page '`km ui`: tools of all time, by server' 200 'tools?since=36500d&by=server'
  page '`km ui`: charts of 7 days' 200 'charts?since=7d'
  page '`km ui`: charts of 30 days' 200 'charts?since=30d'
  painted 'the sessions' SESSIONS
  painted 'a session' SESSION
  painted 'the tools of 30 days' 'tools\?since=30d'
  painted 'the charts of 7 days' 'charts\?since=7d'
  frames=$(seen wheel_frames_per_second) still=$(seen still_frames_per_second)
  echo "| \`km ui\`: frames per second, scrolling one session of all messages | ≥ 60 | $frames | | $(verdict "$frames" least 59) |"
  echo "| the same, of those while nothing moves | ≥ 0.98 | $(divide "$frames" "$still") | | $(verdict "$(divide "$frames" "$still")" least 0.98) |"
  echo "| the page's own work for one frame | ≤ 16.7 ms | $(seen wheel_busy) ms | | $(verdict "$(seen wheel_busy)" most 16.7) |"
  echo "| long tasks in $((300 * rounds)) frames; while nothing moves | | $(seen wheel_long_tasks); $(seen still_long_tasks) | | |"
  echo "| a jump to another place, until its rows are there | ≤ 200 ms | $(seen jump_wait) ms | | $(verdict "$(seen jump_wait)" most 200) |"
} | tee "$results"
