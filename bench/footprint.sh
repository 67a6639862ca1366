#!/usr/bin/env bash
# What km costs while it does nothing: processes, private memory, threads, wake-ups and processor time, for 1 and 10 sessions, idle and after
# traffic, beside a relay in C and, where node is installed, a tee in Node.
#   bench/footprint.sh
# Environment: KM (artifacts/publish/km, with its plugins beside it), SECONDS_IDLE (10), SECONDS_SETTLE (8: before it is measured), MESSAGES
# (1000 per session), RESULTS (bench/results/footprint.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
km=${KM:-$here/../artifacts/publish/km} idle=${SECONDS_IDLE:-10} settle=${SECONDS_SETTLE:-8} messages=${MESSAGES:-1000}
results=${RESULTS:-$here/results/footprint.md}
work=$(mktemp -d)
"$here/build.sh" && bin=$here/out
started=()
end() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap end EXIT
export KM_HOME=$work/home KM_HOST_LINGER=5
mkdir -m 700 "$KM_HOME"
"$km" init --yes >/dev/null 2>&1 </dev/null || true

# mine: the processes of this bench that are km's, its plugins', or the relays' that it is compared with; servers and shells are not.
mine() {
  local dir exe
  for dir in /proc/[0-9]*; do
    exe=$(readlink "$dir/exe" 2>/dev/null) || continue
    grep -qzxF "KM_BENCH=$work" "$dir/environ" 2>/dev/null || continue
    case ${exe##*/} in
      km | relay | node) echo "${dir#/proc/}" ;;
      km-host*)
        echo "${dir#/proc/}"
        # Plugins do not get the environment. The guardian does.
        for child in $(cat "$dir"/task/*/children 2>/dev/null); do
          grep -qzxF "KM_BENCH=$work" "/proc/$child/environ" 2>/dev/null || echo "$child"
        done
        ;;
    esac
  done
}
export KM_BENCH=$work

# private PID...: kilobytes of private memory, and of memory in proportion, of all of them.
private() {
  for pid in "$@"; do cat "/proc/$pid/smaps_rollup" 2>/dev/null || true; done |
    awk '/^Private_(Clean|Dirty)/ { p += $2 } /^Pss:/ { s += $2 } END { print p + 0, s + 0 }'
}

# relays PID...: those of them that relay a session.
relays() { for pid in "$@"; do grep -qzxF monitor "/proc/$pid/cmdline" 2>/dev/null && echo "$pid" || true; done; }

ticks() { for pid in "$@"; do awk '{ print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || true; done | awk '{ s += $1 } END { print s + 0 }'; }
switches() { for pid in "$@"; do cat /proc/"$pid"/task/*/status 2>/dev/null || true; done | awk '/ctxt_switches/ { s += $2 } END { print s + 0 }'; }

# figures NAME KEY: one row, after this many seconds of silence. What budgets are about is kept as KEY.
figures() {
  local pids memory pss relay threads=0 woken ran
  read -ra pids < <(mine | tr '\n' ' ')
  woken=$(switches "${pids[@]}") ran=$(ticks "${pids[@]}")
  sleep "$idle"
  woken=$(($(switches "${pids[@]}") - woken)) ran=$(($(ticks "${pids[@]}") - ran))
  read -r memory pss < <(private "${pids[@]}")
  for pid in "${pids[@]}"; do threads=$((threads + $(awk '/^Threads/ { print $2 }' "/proc/$pid/status" 2>/dev/null || echo 0))); done
  read -ra relay < <(relays "${pids[@]}" | tr '\n' ' ')
  awk -v key="$2" -v n="${#pids[@]}" -v m="$memory" -v w="$woken" -v c="$ran" -v d="$idle" -v hz="$(getconf CLK_TCK)" -v r="${#relay[@]}" \
    -v p="$(private "${relay[@]}" | cut -d' ' -f1)" \
    'BEGIN { printf "%s %d %.1f %.1f %.2f %.2f\n", key, n, m / 1024, w / d, c * 1000 / hz / d, r ? p / r / 1024 : 0 }' >>"$work/kept"
  awk -v name="$1" -v n="${#pids[@]}" -v m="$memory" -v s="$pss" -v t="$threads" -v w="$woken" -v c="$ran" -v d="$idle" -v hz="$(getconf CLK_TCK)" \
    'BEGIN { printf "| %s | %d | %.1f | %.1f | %d | %.1f | %.2f |\n", name, n, m / 1024, s / 1024, t, w / d, c * 1000 / hz / d }'
}

# kept KEY COLUMN: a figure (2: processes, 3: private MB, 4: wake-ups/s, 5: CPU ms/s, 6: private MB of a relay).
kept() { awk -v key="$1" -v column="$2" '$1 == key { print $column }' "$work/kept"; }

# arm NAME KEY SESSIONS COMMAND...: starts sessions in front of a server that echoes, measures idle, sends messages, and measures again.
arm() {
  local name=$1 key=$2 sessions=$3 i fd
  local -a keep=()
  shift 3
  for ((i = 0; i < sessions; i++)); do
    rm -f "$work/in$i" && mkfifo "$work/in$i"
    # A session that held the input of an earlier one open would keep it from ending.
    (
      for fd in "${keep[@]}"; do exec {fd}>&-; done
      exec "$@" <"$work/in$i" >"$work/out$i" 2>>"$work/errors"
    ) &
    started+=($!)
    exec {fd}>"$work/in$i"
    keep+=("$fd")
  done
  sleep "$settle"
  figures "$name, $sessions × idle" "$key-$sessions-idle"
  for fd in "${keep[@]}"; do
    awk -v n="$messages" 'BEGIN { for (i = 1; i <= n; i++) printf "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"search\",\"arguments\":{\"query\":\"a text of some length that is like others\"}}}\n", i }' >&"$fd"
  done
  sleep "$settle"
  figures "$name, $sessions × after $messages messages each" "$key-$sessions-after"
  for fd in "${keep[@]}"; do exec {fd}>&-; done
  wait "${started[@]}" 2>/dev/null || true
  started=()
  for ((i = 0; i < 100; i++)); do [ -z "$(mine)" ] && break || sleep 0.1; done
}

# budget WHAT VALUE LIMIT UNIT
budget() { echo "| $1 | $2 $4 | ≤ $3 $4 | $(verdict "$2" most "$3") |"; }

{
  echo '# The footprint'
  echo
  echo "$(date +%F), $(machine), by \`bench/footprint.sh\`: seconds of silence measured: $idle. The servers (\`cat\`) are not counted. Load of the"
  echo "machine at the start: $(cut -d' ' -f1-3 /proc/loadavg)."
  echo
  echo '| Arm | processes | private MB | PSS MB | threads | wake-ups/s | CPU ms/s |'
  echo '|---|--:|--:|--:|--:|--:|--:|'
  for sessions in 1 10; do
    arm 'C relay' c "$sessions" "$bin/relay" cat
    arm 'km, no plugins' bare "$sessions" "$km" monitor --no-plugins --quiet -- cat
    arm 'km, installed plugins' km "$sessions" "$km" monitor --quiet -- cat
    if command -v node >/dev/null; then
      arm 'tee in Node' node "$sessions" node -e 'const c=require("child_process").spawn("cat",{stdio:["pipe","pipe","inherit"]});process.stdin.pipe(c.stdin);c.stdout.pipe(process.stdout);c.on("exit",s=>process.exit(s))'
    fi
  done
  echo
  echo "Installed plugins: $("$km" plugins list --json 2>/dev/null | grep -oE '"name": *"[^"]*"' | cut -d'"' -f4 | tr '\n' ' ')"
  echo
  echo '| Budget | Measured | Limit | |'
  echo '|---|--:|--:|---|'
  budget 'private memory of `km monitor`, idle' "$(kept km-10-idle 6)" 1.5 MB
  budget "private memory of \`km monitor\`, after $messages messages, with its ring" "$(kept km-10-after 6)" 6 MB
  budget 'ten sessions, idle: all processes of km and plugins, private' "$(kept km-10-idle 3)" 60 MB
  budget 'each further session, private' "$(awk -v one="$(kept km-1-idle 3)" -v ten="$(kept km-10-idle 3)" 'BEGIN { printf "%.2f", (ten - one) / 9 }')" 2 MB
  budget 'each further session, processes' "$(awk -v one="$(kept km-1-idle 2)" -v ten="$(kept km-10-idle 2)" 'BEGIN { printf "%.2f", (ten - one) / 9 }')" 1 ''
  budget 'ten idle sessions with plugins, wake-ups' "$(kept km-10-idle 4)" 5 per second
  budget 'ten idle sessions with plugins, CPU' "$(kept km-10-idle 5)" 1 ms/s
} >"$work/table"
mv "$work/table" "$results"
cat "$results"
