#!/usr/bin/env bash
# What km costs: processes, private memory, threads, wake-ups and processor time, for 1 and 10 sessions, idle and after traffic, beside a relay
# in C and, where node is installed, a tee in Node; with two plugins, and with all of km's own. Then how long a session's start and end take.
#   bench/footprint.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Environment: SECONDS_IDLE (20), SECONDS_SETTLE (10: before it is measured), MESSAGES (1000 per session), MANY (500000 calls of one session),
#   STARTS (15; 0: only the arms, on standard output), ARMS (all of: c node bare two six), SESSIONS (1 10), RESULTS
#   (bench/results/footprint.md), HOST_BENCH (bench/out/aot/km-host-bench: what measures the observer; compiled where it is not there).
#   A part, two minutes: ARMS=two SESSIONS=10 STARTS=0 bench/footprint.sh
# The plugins of a subscription come from a km-api of this run. Works on Linux; needs gcc.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=$(cd "${1:-$here/../artifacts/publish}" && pwd)
km=$published/km
idle=${SECONDS_IDLE:-20} settle=${SECONDS_SETTLE:-10} messages=${MESSAGES:-1000} many=${MANY:-500000} starts=${STARTS:-15}
arms=${ARMS:-c node bare two six}
results=${RESULTS:-$here/results/footprint.md}
host_bench=${HOST_BENCH:-$here/out/aot/km-host-bench}
work=$(mktemp -d) && : >"$work/kept"
"$here/build.sh" && bin=$here/out
started=() server=
end() {
  for pid in "${started[@]}" $(mine | cut -d' ' -f1) $server; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap end EXIT

# What this bench started, and what that started, has this in its environment; plugins have nothing of it.
export KM_BENCH=$work
has_mark() { grep -qzxF "KM_BENCH=$work" "/proc/$1/environ" 2>/dev/null; }

# mine: PID NAME of each process that is km's, its plugins', or a relay's that it is compared with; not of servers and shells.
mine() {
  local dir pid child exe
  for dir in /proc/[0-9]*; do
    pid=${dir#/proc/}
    has_mark "$pid" && exe=$(readlink "$dir/exe" 2>/dev/null) || continue
    case ${exe##*/} in
      km) if grep -qzxF __guard "$dir/cmdline" 2>/dev/null; then echo "$pid guardian"; else echo "$pid km monitor"; fi ;;
      relay) echo "$pid C relay" ;;
      node) echo "$pid tee in Node" ;;
      km-host-*)
        echo "$pid km-host"
        for child in $(cat "$dir"/task/*/children 2>/dev/null || true); do
          has_mark "$child" || echo "$child $(readlink "/proc/$child/exe" 2>/dev/null | sed 's|.*/km-plugin-||')"
        done
        ;;
    esac
  done 2>/dev/null
}

# sample: of each of these processes its id, kB of private memory and in proportion, and name.
sample() {
  local pid name memory
  mine | while read -r pid name; do
    memory=$(awk '/^Private_(Clean|Dirty)/ { p += $2 } /^Pss:/ { s += $2 } END { print p + 0, s + 0 }' "/proc/$pid/smaps_rollup" 2>/dev/null) || continue
    echo "$pid $memory $name"
  done
}

# threads PID...: of each thread PID/TID, and its wake-ups and processor time (ns) so far.
threads() {
  local pid
  for pid; do
    awk '
      /^voluntary/ { split(FILENAME, path, "/"); woken[path[5]] = $2 }
      FILENAME ~ /schedstat$/ { split(FILENAME, path, "/"); ran[path[5]] = $1 }
      END { for (id in woken) print path[3] "/" id, woken[id], ran[id] + 0 }' /proc/"$pid"/task/*/status /proc/"$pid"/task/*/schedstat 2>/dev/null || true
  done
}

# figures KEY TITLE: rows of all processes after seconds of silence, and one of the sum, which is kept. A thread that ends in that time takes its
# counts with it: what it did in it is missing.
figures() {
  local ids
  ids=$(mine | cut -d' ' -f1)
  threads $ids >"$work/before"
  sleep "$idle"
  threads $ids >"$work/after"
  sample >"$work/processes"
  awk -v key="$1" -v title="$2" -v seconds="$idle" -v kept="$work/kept" -v rows="$work/rows" '
    FILENAME ~ /before$/ { woken[$1] = $2; ran[$1] = $3; next }
    FILENAME ~ /after$/ { split($1, path, "/"); wake[path[1]] += $2 - woken[$1]; run[path[1]] += $3 - ran[$1]; live[path[1]]++; next }
    {
      name = $4; for (i = 5; i <= NF; i++) name = name " " $i
      if (!(name in count)) order[++names] = name
      count[name]++; private[name] += $2; pss[name] += $3; threads[name] += live[$1]; w[name] += wake[$1]; t[name] += run[$1]
    }
    END {
      for (i = 1; i <= names; i++) {
        n = order[i]; C += count[n]; P += private[n]; S += pss[n]; T += threads[n]; W += w[n]; R += t[n]
        printf "| | %s | %d | %.1f | %.1f | %d | %.1f | %.2f |\n", n, count[n], private[n] / 1024, pss[n] / 1024, threads[n], w[n] / seconds, t[n] / 1e6 / seconds >rows
        if (n == "km monitor") relay = private[n] / count[n]
      }
      printf "| **%s** | all | %d | **%.1f** | %.1f | %d | **%.1f** | **%.2f** |\n", title, C, P / 1024, S / 1024, T, W / seconds, R / 1e6 / seconds
      printf "%s %d %.2f %.2f %.2f %.2f\n", key, C, P / 1024, W / seconds, R / 1e6 / seconds, relay / 1024 >>kept
    }' "$work/before" "$work/after" "$work/processes"
  if [ "$names" = yes ]; then cat "$work/rows"; fi
}

# kept KEY COLUMN: a figure of all processes (2: how many, 3: private MB, 4: wake-ups/s, 5: CPU ms/s), or of one km monitor (6: private MB).
kept() { awk -v key="$1" -v column="$2" '$1 == key { print $column }' "$work/kept"; }

calls() { awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"search\",\"arguments\":{\"query\":\"a text of some length that is like others\"}}}\n", i }'; }

# open COMMAND...: starts a session, with its input in keep, its standard error in $work/errors-N, and waits for nothing.
open() {
  local i=${#keep[@]} fd
  rm -f "$work/in-$i" && mkfifo "$work/in-$i"
  : >"$work/errors-$i"
  # A session that held the input of an earlier one open would keep it from ending.
  (
    for fd in "${keep[@]}"; do exec {fd}>&-; done
    exec "$@" <"$work/in-$i" >/dev/null 2>"$work/errors-$i"
  ) &
  started+=($!)
  exec {fd}>"$work/in-$i"
  keep+=("$fd")
}

# close: ends all sessions, and waits until nothing of them is left.
close() {
  local fd i
  for fd in "${keep[@]}"; do exec {fd}>&-; done
  wait "${started[@]}" || true
  keep=() started=()
  for ((i = 0; i < 200; i++)); do [ -n "$(mine)" ] || return 0; sleep 0.1; done
  echo "still there: $(mine)" >&2 && exit 1
}
keep=()

# active COUNT: waits until each session has this many plugins.
active() {
  local i
  for ((i = 0; i < 600; i++)); do
    [ "$(cat "$work"/errors-* | grep -c '✓')" -ge $((${#keep[@]} * $1)) ] && return 0
    sleep 0.1
  done
  cat "$work"/errors-* >&2
  echo "not all plugins became active" >&2 && exit 1
}

# arm KEY TITLE PLUGINS COMMAND...: sessions in front of a server that echoes: idle, and after messages.
arm() {
  local key=$1 title=$2 plugins=$3 sessions fd i
  shift 3
  case " $arms " in *" $key "*) ;; *) return 0 ;; esac
  for sessions in ${SESSIONS:-1 10}; do
    names=$([ "$sessions" = 10 ] && echo yes || echo no)
    rm -f "$work"/errors-*
    for ((i = 0; i < sessions; i++)); do open "$@"; done
    [ "$plugins" = 0 ] || active "$plugins"
    sleep "$settle"
    echo "$title: $sessions, idle" >&2
    figures "$key-$sessions-idle" "$title, $sessions × idle"
    for fd in "${keep[@]}"; do calls "$messages" >&"$fd"; done
    sleep "$settle"
    figures "$key-$sessions-after" "$title, $sessions × after $messages calls each"
    if [ "$key-$sessions" = two-1 ]; then
      calls "$many" >&"${keep[0]}"
      sleep "$settle"
      figures "$key-many" "$title, 1 × after $many more calls"
    fi
    close
  done
}

# took: milliseconds since $1, a value of EPOCHREALTIME.
took() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", (b - a) * 1000 }'; }

# first COMMAND...: milliseconds from its start to its first answer.
first() { "$bin/driver" firstbyte 1 -- "$@" 2>/dev/null | field p50_ms; }

# ended COMMAND...: milliseconds from the end of a session's input to its end; what FREEZE says is stopped before.
ended() {
  local start plugin=
  rm -f "$work"/errors-*
  open "$@"
  if [ -n "${FREEZE:-}" ]; then
    active 1
    plugin=$(mine | awk -v name="$FREEZE" '$2 == name { print $1 }')
    kill -STOP "$plugin"
  fi
  echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' >&"${keep[0]}"
  sleep 0.3
  start=$EPOCHREALTIME
  local fd=${keep[0]}
  exec {fd}>&-
  wait "${started[0]}" || true
  took "$start"
  keep=() started=()
  [ -z "$plugin" ] || kill -KILL "$plugin" 2>/dev/null || true
}

# further: milliseconds from a session's start until its plugin is Active, beside one that has it already.
further() {
  local start=$EPOCHREALTIME line
  mkfifo "$work/said"
  "$km" monitor -- cat <"$work/hold" >/dev/null 2>"$work/said" &
  while read -r line; do case $line in *✓*) took "$start" && break ;; esac done <"$work/said"
  kill $! && wait $! 2>/dev/null || true
  rm "$work/said"
}

gone() { local i; for ((i = 0; i < 200; i++)); do [ -n "$(mine)" ] || return 0; sleep 0.05; done; }

# times: files of milliseconds: first answers, Active, ends.
times() {
  local i
  export KM_HOST_LINGER=0
  echo 'starts and ends' >&2
  for ((i = 0; i < starts; i++)); do
    first "$bin/server" >>"$work/first-direct"
    first "$km" monitor --quiet -- "$bin/server" >>"$work/first-cold"
    gone
    ended cat >>"$work/end-direct"
    FREEZE=console-logger ended "$km" monitor -- cat >>"$work/end-frozen"
    gone
  done
  mkfifo "$work/hold" && exec {hold}<>"$work/hold"
  rm -f "$work"/errors-*
  open "$km" monitor -- cat
  active 1
  for ((i = 0; i < starts; i++)); do
    first "$bin/server" >>"$work/first-direct"
    first "$km" monitor --quiet -- "$bin/server" >>"$work/first-warm"
    further >>"$work/further"
  done
  close
  exec {hold}<&-
}

# burst: a hundred calls of 1 MB at once, echoed; what the session's summary says of them.
burst() {
  awk 'BEGIN { for (s = "x"; length(s) < 1000000; s = s s); s = substr(s, 1, 1000000); for (i = 1; i <= 100; i++) printf "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\"}}\n", i, s }' >"$work/burst"
  rm -f "$work"/errors-*
  open "$km" monitor -- cat
  active 1
  cat "$work/burst" >&"${keep[0]}"
  sleep 3
  close
  sed -n '/messages (/p' "$work/errors-0" | tail -1
}

# budget WHAT VALUE LIMIT UNIT [WHY, where it is missed]
budget() {
  local verdict
  verdict=$(verdict "$2" most "$3")
  [ "$verdict" != MISSED ] || verdict+=${5:+": $5"}
  echo "| $1 | $2 $4 | ≤ $3 $4 | $verdict |"
}
middle() { median <"$work/$1"; }
added() { awk -v a="$(middle "$1")" -v b="$(middle "$2")" 'BEGIN { printf "%.1f", a - b }'; }
# per_session KEY COLUMN
per_session() { awk -v one="$(kept "$1-1-idle" "$2")" -v ten="$(kept "$1-10-idle" "$2")" 'BEGIN { if (one == "" || ten == "") print "-"; else printf "%.2f", (ten - one) / 9 }'; }

subscribe "$published" "$work"
load=$(cut -d' ' -f1-3 /proc/loadavg)
export KM_HOST_LINGER=2
{
  echo '| Arm | Process | how many | private MB | PSS MB | threads | wake-ups/s | CPU ms/s |'
  echo '|---|---|--:|--:|--:|--:|--:|--:|'
  arm c 'C relay' 0 "$bin/relay" cat
  if command -v node >/dev/null; then
    arm node 'Tee in Node' 0 node -e 'const c=require("child_process").spawn("cat",{stdio:["pipe","pipe","inherit"]});process.stdin.pipe(c.stdin);c.stdout.pipe(process.stdout);c.on("exit",s=>process.exit(s))'
  fi
  arm bare 'km, no plugins' 0 "$km" monitor --no-plugins --quiet -- cat
  only console-logger api-logger
  arm two 'km, console-logger and api-logger' 2 "$km" monitor -- cat
  only analytics api-logger console-logger guard otel recorder
  arm six 'km, all six plugins' 6 "$km" monitor -- cat
} >"$work/table"
if [ "$starts" = 0 ]; then cat "$work/table" && exit; fi
only console-logger
times
seen=$(burst)
[ -x "$host_bench" ] || native HostBench "$(dirname "$host_bench")"
observer=$("$host_bench" observer 500000)
ten=$(kept two-10-idle 3)
wake=$("$bin/wakes" "$idle")

{
  echo '# The footprint'
  echo
  echo "$(date +%F), $(machine), by \`bench/footprint.sh\`. Load of the machine at the start: $load. Each row is $idle seconds of silence, $settle s after"
  echo 'what came before. The servers (`cat`) are not counted. A wake-up is a voluntary context switch. One host serves all sessions of a row.'
  echo "A program in C that does nothing but wake up once a second takes $(field us <<<"$wake") µs of processor time for that."
  echo
  cat "$work/table"
  echo
  echo "Times are medians of $starts: first answer directly $(middle first-direct) ms, through a km whose host runs $(middle first-warm) ms, through"
  echo "one that starts it $(middle first-cold) ms. A session's end directly $(middle end-direct) ms, with a stopped plugin $(middle end-frozen) ms."
  echo
  echo '| Budget | Measured | Limit | |'
  echo '|---|--:|--:|---|'
  budget 'private memory of `km monitor`, idle' "$(kept two-10-idle 6)" 1.5 MB
  budget "private memory of \`km monitor\`, after $((2 * many)) messages, with its ring" "$(kept two-many 6)" 6 MB
  budget 'ten sessions, console-logger and api-logger: all processes, private' "$ten" 60 MB \
    'each of the three .NET processes unpacks 3 MB of its constants, the host holds 2.6 MB of certificate authorities, and 4 to 6 MB of code come back in large pieces, as this kernel maps files'
  budget 'each further session, private' "$(per_session two 3)" 2 MB
  budget 'each further session, processes' "$(per_session two 2)" 1 ''
  budget 'ten idle sessions with two plugins: wake-ups' "$(kept two-10-idle 4)" 5 /s
  budget 'ten idle sessions with two plugins: CPU' "$(kept two-10-idle 5)" 1 ms/s \
    "a wake-up alone, of a C program that does nothing else, takes $(field us <<<"$wake") µs here"
  budget 'first answer, host running: added to direct' "$(added first-warm first-direct)" 8 ms
  budget 'first answer, cold: added to direct' "$(added first-cold first-direct)" 20 ms
  budget 'plugins Active for a further session, after its start' "$(middle further)" 20 ms
  budget "a session's end with a frozen plugin: added to direct" "$(added end-frozen end-direct)" 50 ms
  budget 'observer, CPU per message of 200 bytes that two plugins want' "$(field payload_ns <<<"$observer")" 400 ns \
    "$(field metadata_ns <<<"$observer") ns without a copy of its bytes; see [observer.md](observer.md)"
  budget 'observer, allocation per message that nobody wants' "$(field nobody_bytes <<<"$observer")" 0 bytes
  echo "| burst of 100 × 1 MB and the answers, all seen whole | ${seen:-no summary} | 200 messages | $(grep -q '200 messages (100 in, 100 out).*nothing dropped' <<<"$seen" && echo OK || echo MISSED) |"
  echo '| latency, throughput and one big message beside the C relay; frozen plugin, frozen host | | | [relay.md](relay.md) |'
  echo '| plugin killed 1,000 times under traffic | | | [recovery.md](recovery.md) |'
} >"$work/report"
mv "$work/report" "$results"
cat "$results"
