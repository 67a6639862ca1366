#!/usr/bin/env bash
# What km costs while it does nothing: processes, private memory, threads, wake-ups and processor time, for 1 and 10 sessions, idle and after
# traffic, beside a relay in C and, where node is installed, a tee in Node.
#   bench/footprint.sh
# Environment: KM (artifacts/publish/km, with its plugins beside it), SECONDS_IDLE (10), MESSAGES (1000 per session), RESULTS
# (bench/results/footprint.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
km=${KM:-$here/../artifacts/publish/km} idle=${SECONDS_IDLE:-10} messages=${MESSAGES:-1000}
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

# figures NAME SESSIONS: one row, after so many seconds of silence.
figures() {
  local pids pid memory=0 pss=0 threads=0 before=0 after=0 cpu_before=0 cpu_after=0 count=0
  pids=$(mine)
  ticks() { for pid in $pids; do awk '{ print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || true; done | awk '{ s += $1 } END { print s + 0 }'; }
  switches() { for pid in $pids; do cat /proc/"$pid"/task/*/status 2>/dev/null || true; done | awk '/ctxt_switches/ { s += $2 } END { print s + 0 }'; }
  before=$(switches) cpu_before=$(ticks)
  sleep "$idle"
  after=$(switches) cpu_after=$(ticks)
  for pid in $pids; do
    read -r private share < <(awk '/^Private_(Clean|Dirty)/ { p += $2 } /^Pss:/ { s += $2 } END { print p, s }' "/proc/$pid/smaps_rollup")
    memory=$((memory + private)) pss=$((pss + share)) count=$((count + 1))
    threads=$((threads + $(awk '/^Threads/ { print $2 }' "/proc/$pid/status")))
  done
  awk -v name="$1" -v n="$count" -v m="$memory" -v s="$pss" -v t="$threads" -v w=$((after - before)) -v c=$((cpu_after - cpu_before)) -v d="$idle" -v hz="$(getconf CLK_TCK)" \
    'BEGIN { printf "| %s | %d | %.1f | %.1f | %d | %.1f | %.2f |\n", name, n, m / 1024, s / 1024, t, w / d, c * 1000 / hz / d }'
}

# arm NAME SESSIONS COMMAND...: starts sessions in front of a server that echoes, measures idle, sends messages, and measures again.
arm() {
  local name=$1 sessions=$2 i
  shift 2
  for ((i = 0; i < sessions; i++)); do
    rm -f "$work/in$i" && mkfifo "$work/in$i"
    "$@" <"$work/in$i" >"$work/out$i" 2>>"$work/errors" &
    started+=($!)
    eval "exec {keep$i}>\"$work/in$i\""
  done
  sleep 4
  figures "$name, $sessions × idle"
  for ((i = 0; i < sessions; i++)); do
    eval "awk -v n=$messages 'BEGIN { for (i = 1; i <= n; i++) printf \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":%d,\\\"method\\\":\\\"tools/call\\\",\\\"params\\\":{\\\"name\\\":\\\"search\\\",\\\"arguments\\\":{\\\"query\\\":\\\"a text of some length that is like others\\\"}}}\\n\", i }' >&\$keep$i"
  done
  sleep 4
  figures "$name, $sessions × after $messages messages each"
  for ((i = 0; i < sessions; i++)); do eval "exec {keep$i}>&-"; done
  wait "${started[@]}" 2>/dev/null || true
  started=()
  for ((i = 0; i < 100; i++)); do [ -z "$(mine)" ] && break || sleep 0.1; done
}

{
  echo '# The footprint'
  echo
  echo "$(date +%F), $(machine), by \`bench/footprint.sh\`: seconds of silence measured: $idle. The servers (\`cat\`) are not counted."
  echo
  echo '| Arm | processes | private MB | PSS MB | threads | wake-ups/s | CPU ms/s |'
  echo '|---|--:|--:|--:|--:|--:|--:|'
  for sessions in 1 10; do
    arm 'C relay' "$sessions" "$bin/relay" cat
    arm 'km, no plugins' "$sessions" "$km" monitor --no-plugins --quiet -- cat
    arm 'km, installed plugins' "$sessions" "$km" monitor --quiet -- cat
    if command -v node >/dev/null; then
      arm 'tee in Node' "$sessions" node -e 'const c=require("child_process").spawn("cat",{stdio:["pipe","pipe","inherit"]});process.stdin.pipe(c.stdin);c.stdout.pipe(process.stdout);c.on("exit",s=>process.exit(s))'
    fi
  done
  echo
  echo "Installed plugins: $("$km" plugins list --json 2>/dev/null | grep -oE '"name": *"[^"]*"' | cut -d'"' -f4 | tr '\n' ' ')"
} >"$work/table"
mv "$work/table" "$results"
cat "$results"
