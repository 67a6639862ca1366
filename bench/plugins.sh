#!/usr/bin/env bash
# km's plugin host and SDK against the real go-plugin, Go to Go, both with AutoMTLS and 1 KB messages, in one interleaved run:
# launch, five at once, messages per second.
#   bench/plugins.sh
# Environment: ROUNDS (3), MESSAGES (500000), RESULTS (bench/results/plugins.md). Needs Go with Debian's packages, and gcc.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
results=${RESULTS:-$here/results/plugins.md}
rounds=${ROUNDS:-3} messages=${MESSAGES:-500000}
out=$here/out
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/go-pair/build.sh" >&2
native HostBench "$out/aot"
native BenchPlugin "$out/aot"

# middle FILE NAME: the median of a number over the rounds.
middle() { field "$2" <"$work/$1" | median; }

for ((round = 0; round < rounds; round++)); do
  "$out/go-pair-host" "$out/go-pair-plugin" >>"$work/go"
  "$out/aot/km-host-bench" plugin "$out/aot/km-bench-plugin" "$messages" >>"$work/deliver"
  "$out/aot/km-host-bench" launch "$out/aot/km-bench-plugin" 10 >>"$work/launch"
  "$out/aot/km-host-bench" load "$out/aot/km-bench-plugin" 5 5 >>"$work/load"
  "$out/aot/km-host-bench" observer >>"$work/observer"
done
cat "$work"/* >&2

unary=$(middle go unary_8_calls_per_s) stream=$(middle go stream_msg_per_s) go_launch=$(middle go launch_p50_ms)
rate=$(middle deliver msg_per_s) launch=$(middle launch active_p50_ms) five=$(middle load active_p50_ms)
cores=$(nproc)
# row NAME most|least LIMIT A B
row() {
  local ratio
  ratio=$(divide "$4" "$5")
  echo "| $1 | $([ "$2" = most ] && echo ≤ || echo ≥) $3 × | $ratio × | $(verdict "$ratio" "$2" "$3") |"
}

{
  echo "# Plugins"
  echo
  echo "$(date +%F), $(machine). Medians of $rounds rounds, arms in rotation; by \`bench/plugins.sh\`."
  echo "AutoMTLS on, 1 KB messages, all acknowledged. Go: go-plugin 1.0.1 and Go $(go version | grep -oE '[0-9]+\.[0-9.]+' | head -n 1), host and plugin."
  echo
  echo "| | |"
  echo "|---|--:|"
  echo "| Go pair: unary calls/s, 8 callers | $unary |"
  echo "| Go pair: client stream, messages/s | $stream |"
  echo "| Go pair: launch to first answer, ms | $go_launch |"
  echo "| km host to one SDK plugin, messages/s | $rate |"
  echo "| km: launch to Active, ms | $launch |"
  echo "| km: five plugins at once, until all are Active, ms | $five |"
  echo "| km: CPU of the observer per message of 200 B, its bytes wanted, ns | $(middle observer payload_ns) |"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  row "host to plugin ÷ Go unary with 8 callers" least 3 "$rate" "$unary"
  row "host to plugin ÷ Go client stream" least 1 "$rate" "$stream"
  row "launch to Active ÷ Go launch" most 2 "$launch" "$go_launch"
  row "five plugins at once ÷ one after the other on $cores cores" most 1.5 "$five" "$(awk -v l="$launch" -v c="$cores" 'BEGIN { print l * 5 / c }')"
} >"$results"
cat "$results"
