#!/usr/bin/env bash
# km monitor against a minimal C relay, in one interleaved run: latency, throughput, one big message, first byte, memory.
#   bench/relay.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Then what it costs a call that the administrator's policy has held until guard allows it: against the same session without that policy.
# Environment: KM_GO_PLUGIN (a version 1 Go plugin; artifacts/go/v1plugin), ROUNDS (5), QUICK=1 for a short run,
#   SETTLE_MS (2500: plugins load in it), RESULTS (bench/results/relay.md), ARMS (of those below; empty: held calls alone).
# The plugins of a subscription come from a km-api of this run. A policy is seen in a mount namespace of its own, which needs unshare.
# What is missing is reported by name; the rest is measured. Exit status 0, whatever the figures say.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=$(cd "${1:-$here/../artifacts/publish}" && pwd)
km=$published/km
go_plugin=${KM_GO_PLUGIN:-${KM_TEST_GO_DIR:-$here/../artifacts/go}/v1plugin}
results=${RESULTS:-$here/results/relay.md}
rounds=${ROUNDS:-5}
settle=${SETTLE_MS:-2500}
calls=20000 warmup=2000 pipelined=300000 big=100000000 starts=11 memory_calls=500000 pace=10000
if [ "${QUICK:-}" = 1 ]; then rounds=2 calls=3000 warmup=300 pipelined=50000 big=20000000 starts=3 memory_calls=50000; fi
out=$here/out
"$here/build.sh" "$out"
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null; wait; rm -rf "$work"' EXIT

# freeze.sh: stops the host of this run, or its plugins, as a debugger or a fault would.
cat >"$work/freeze.sh" <<'SCRIPT'
for host in /proc/[0-9]*; do
  case $(readlink "$host/exe" 2>/dev/null) in */km-host-*) ;; *) continue ;; esac
  tr '\0' '\n' <"$host/environ" | grep -qxF "KM_HOME=$KM_HOME" || continue
  for pid in ${host#/proc/} $(cat "$host"/task/*/children); do
    case $(cat "/proc/$pid/comm") in $1*) kill -STOP "$pid" && echo "$pid" >>"$FROZEN" ;; esac
  done
done
[ -s "$FROZEN" ] || { echo "nothing to freeze" >&2; exit 1; }
SCRIPT

read -ra arms <<<"${ARMS-direct relay none logger six go frozen asleep}"
declare -A title=([direct]="direct, nothing between" [relay]="C relay" [none]="km, no plugin" [logger]="km, console-logger"
  [six]="km, all six plugins" [go]="km, version 1 Go plugin" [frozen]="km, frozen plugin" [asleep]="km, frozen host"
  [guard]="km, guard" [held]="km, guard, every call held")
declare -A missing=() settles=([direct]=0 [relay]=0 [none]=200 [logger]=$settle [six]=$settle [go]=$settle [frozen]=$settle [asleep]=$settle
  [guard]=$settle [held]=$settle)
# What a session has to say before it is measured: a ✓ for each plugin.
declare -A loads=([logger]=1 [six]=6 [go]=1 [frozen]=1 [asleep]=1)
[ -x "$go_plugin" ] || missing[go]="no version 1 Go plugin (KM_GO_PLUGIN)"
# Each arm has a host of its own.
export KM_HOST_LINGER=0
subscribe "$published" "$work"

# set_command ARM: sets command to the arm's command line, and which plugins are installed. Its stderr goes to LOG (default: nowhere); the extra sh is the same for all arms.
set_command() {
  command=("$out/server")
  case $1 in
    relay) command=("$out/relay" "${command[@]}") ;;
    none) command=("$km" monitor --no-plugins --quiet -- "${command[@]}") ;;
    logger | frozen | asleep) only console-logger && command=("$km" monitor -- "${command[@]}") ;;
    six) only analytics api-logger console-logger guard otel recorder && command=("$km" monitor -- "${command[@]}") ;;
    go) only && command=("$km" monitor --dev-plugin "$go_plugin" -- "${command[@]}") ;;
    # A host that another session started would see that session's policy.
    guard) only guard && command=(env KM_HOST=private "$km" monitor -- "${command[@]}") ;;
    held) only guard && command=("${over[@]}" env KM_HOST=private "$km" monitor -- "${command[@]}") ;;
  esac
  command=(sh -c 'exec "$@" 2>>"$0"' "${LOG:-/dev/null}" "${command[@]}")
}

# over: runs a command where /etc has the administrator's policy.
over=(unshare --mount)
[ "$(id -u)" = 0 ] || over+=(--map-root-user)
over+=(sh -c 'mount -t overlay overlay -o lowerdir="$1":/etc /etc && shift && exec "$@"' sh "$work/etc")
mkdir -p "$work/etc/km"
echo '{"version":1,"intercept":[{"plugin":"guard","methods":["tools/call"],"deadlineMilliseconds":10000}]}' >"$work/etc/km/policy.json"
chmod -R u=rwX,go=rX "$work/etc"

# measure ARM DRIVER-ARGS... : one line of JSON, or nothing when the arm failed.
measure() {
  local arm=$1 command hook=(-settle "${settles[$1]}")
  shift
  set_command "$arm"
  case $arm in
    frozen) hook+=(-hook "sh $work/freeze.sh km-plugin") ;;
    asleep) hook+=(-hook "sh $work/freeze.sh km-host") ;;
  esac
  [ "$1" = firstbyte ] && hook=()
  : >"$work/frozen"
  FROZEN=$work/frozen "$out/driver" "${hook[@]}" ${memory:+-memory km-plugin} "$@" -- "${command[@]}" 2>"$work/stderr" ||
    { sed -n "s/^driver:/$arm:/p" "$work/stderr" >&2; echo "$arm" >>"$work/failed"; }
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$work/frozen"
}

# An arm whose plugins do not load would measure something else: km says "✓ NAME" for each that does.
for arm in "${arms[@]}"; do
  [ -n "${loads[$arm]:-}" ] || continue
  [ -n "${missing[$arm]:-}" ] && continue
  : >"$work/km.log"
  LOG=$work/km.log measure "$arm" latency 10 10 >/dev/null
  [ "$(grep -c '✓' "$work/km.log")" -ge "${loads[$arm]}" ] || missing[$arm]="its plugins did not load within $settle ms"
done

for round in $(seq "$rounds"); do
  for step in "${!arms[@]}"; do # every round starts with another arm
    arm=${arms[(step + round - 1) % ${#arms[@]}]}
    [ -n "${missing[$arm]:-}" ] && continue
    echo "round $round of $rounds: ${title[$arm]}" >&2
    measure "$arm" latency $calls $warmup >>"$work/$arm.latency"
    measure "$arm" throughput $pipelined 256 >>"$work/$arm.throughput"
    measure "$arm" big $big >>"$work/$arm.big"
    case $arm in direct | relay | none | logger) measure "$arm" firstbyte $starts >>"$work/$arm.firstbyte" ;; esac
  done
done
if [[ " ${arms[*]} " = *" logger "* && -z "${missing[logger]:-}" ]]; then
  echo "memory: $((2 * memory_calls)) messages" >&2
  memory=1 measure logger -pace $pace throughput $memory_calls 256 >"$work/logger.memory"
  echo "memory, as fast as it goes" >&2
  memory=1 measure logger throughput $memory_calls 256 >"$work/logger.flood"
fi

# Nothing shows that a call was held and allowed. So first without the subscription: then policy stops what nobody may decide about.
if ! "${over[@]}" true 2>/dev/null; then
  missing[held]="this machine lets us make no mount namespaces"
else
  : >"$work/km.log"
  LOG=$work/km.log measure held latency 10 10 >/dev/null
  grep -q PLG_ICP_002 "$work/km.log" || missing[held]="its calls are not held"
  upgrade "$published" "$work" Enterprise
  : >"$work/held.log"
  for round in $(seq "$rounds"); do
    echo "held calls: round $round of $rounds" >&2
    for arm in guard held; do
      LOG=$work/$arm.log measure "$arm" latency $calls $warmup >>"$work/$arm.latency"
    done
  done
  [ "$(grep -c '✓ guard' "$work/held.log")" = "$rounds" ] && ! grep -q PLG_ICP "$work/held.log" || missing[held]="not all calls were decided"
fi

# value ARM MODE FIELD: the median of the rounds.
value() { if [ -s "$work/$1.$2" ]; then field "$3" <"$work/$1.$2" | median; fi; }
number() { awk -v x="${1:-}" -v digits="${2:-1}" 'BEGIN { if (x == "") print "-"; else printf "%.*f", digits, x }'; }

# budget WHAT most|least LIMIT VALUE UNIT
budget() { printf '| %s | %s %s%s | %s%s | %s |\n' "$1" "$([ "$2" = most ] && echo ≤ || echo ≥)" "$3" "$5" "$4" "$5" "$(verdict "$4" "$2" "$3")"; }

report() {
  echo "# The relay"
  echo
  echo "$(date -u +%Y-%m-%d), $(machine). Medians of $rounds rounds, arms in rotation; by \`bench/relay.sh\`."
  echo "Latency: $calls sequential tools/call of about 200 bytes. Pipelined: $pipelined requests, 256 in flight, both directions counted."
  echo "Held: the administrator's policy has each call wait until guard, which has no rules, allows it. Load at the end: $(cut -d' ' -f1-3 /proc/loadavg)."
  echo "Big: one message of $((big / 1000000)) MB there and back. Plugins get $settle ms to load before measurement starts."
  echo
  echo "| Arm | p50 µs | p99 µs | msg/s | big MB/s | first answer ms | p50 ÷ C | p99 ÷ C | msg/s ÷ C | big ÷ C |"
  echo "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
  local arm
  for arm in "${arms[@]}" guard held; do
    if [ -n "${missing[$arm]:-}" ]; then
      echo "| ${title[$arm]} | MISSING: ${missing[$arm]} | | | | | | | | |"
      continue
    fi
    local ratios=""
    for pair in latency:p50_us latency:p99_us throughput:msg_per_s big:mb_per_s; do
      ratios+=" $(divide "$(value "$arm" "${pair%:*}" "${pair#*:}")" "$(value relay "${pair%:*}" "${pair#*:}")") |"
    done
    echo "| ${title[$arm]} | $(number "$(value "$arm" latency p50_us)") | $(number "$(value "$arm" latency p99_us)")" \
      "| $(number "$(value "$arm" throughput msg_per_s)" 0) | $(number "$(value "$arm" big mb_per_s)" 0)" \
      "| $(number "$(value "$arm" firstbyte p50_ms)") |$ratios"
  done
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  for arm in logger six go frozen asleep; do
    [[ " ${arms[*]} " = *" $arm "* ]] || continue
    budget "${title[$arm]}: p50 ÷ C relay" most 1.5 "$(divide "$(value $arm latency p50_us)" "$(value relay latency p50_us)")" " ×"
    budget "${title[$arm]}: p99 ÷ C relay" most 2 "$(divide "$(value $arm latency p99_us)" "$(value relay latency p99_us)")" " ×"
    budget "${title[$arm]}: pipelined ÷ C relay" least 0.9 "$(divide "$(value $arm throughput msg_per_s)" "$(value relay throughput msg_per_s)")" " ×"
    budget "${title[$arm]}: one big message ÷ C relay" least 0.9 "$(divide "$(value $arm big mb_per_s)" "$(value relay big mb_per_s)")" " ×"
  done
  local added="-"
  [ -n "${missing[held]:-}" ] ||
    added=$(awk -v a="$(value held latency p50_us)" -v b="$(value guard latency p50_us)" 'BEGIN { print (a == "" || b == "") ? "-" : sprintf("%.1f", a - b) }')
  budget "a held call that guard allows: p50 added to one that it only sees" most 300 "$added" " µs"
  if [[ " ${arms[*]} " = *" logger "* ]]; then report_start && report_memory; fi
  if [ -s "$work/failed" ]; then
    echo
    echo "Failed runs, not counted: $(sort "$work/failed" | uniq -c | awk '{ printf "%s%s × %s", (NR > 1 ? ", " : ""), $1, $2 }')."
  fi
}

report_start() {
  local added
  added=$(awk -v a="$(value logger firstbyte p50_ms)" -v b="$(value direct firstbyte p50_ms)" 'BEGIN { print (a == "" || b == "") ? "-" : sprintf("%.1f", a - b) }')
  budget "first answer, cold, added to direct (while console-logger loads)" most 20 "$added" " ms"
}

megabytes() { awk '{ printf "%.1f", $1 / 1000 }'; }

report_memory() {
  local peak="-" growth="-" plugin="-"
  if [ -s "$work/logger.memory" ]; then
    peak=$(field peak_kb <"$work/logger.memory" | megabytes)
    growth=$(list rss_kb <"$work/logger.memory" | awk '{ v[NR] = $1 } END { if (NR > 4) printf "%.2f", v[NR] / v[int(NR / 4)] }')
    plugin=$(list plugin_rss_kb <"$work/logger.memory" | awk 'END { printf "%.1f", $1 / 1000 }')
  fi
  budget "peak memory of km, $((2 * memory_calls)) messages at $((2 * pace)) per second, console-logger" most 60 "$peak" " MB"
  budget "memory of km: at the end ÷ after a quarter" most 1.1 "$growth" " ×"
  printf '| memory of the plugin at the end | | %s MB | |\n' "$plugin"
  printf '| peak memory of km when the same messages arrive at full speed, with a backlog up to the limits | | %s MB | |\n' \
    "$(field peak_kb <"$work/logger.flood" | megabytes)"
}

mkdir -p "$(dirname "$results")"
report | tee "$results"
