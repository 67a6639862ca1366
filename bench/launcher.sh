#!/usr/bin/env bash
# What km's launcher costs a plugin's start: a program that does nothing, started directly and through "km __launch" with all layers, in turns.
#   bench/launcher.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Environment: KM names a binary to use instead; ROUNDS (200), RESULTS (bench/results/launcher.md). Needs gcc.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=${1:-$here/../artifacts/publish}
km=${KM:-$published/km}
results=${RESULTS:-$here/results/launcher.md}
rounds=${ROUNDS:-200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/plugin" "$work/state" "$work/socket"
echo 'int main(void) { return 0; }' | gcc -O2 -x c -o "$work/plugin/nothing" -

# As a packaged plugin's: its files, the system's libraries, a state directory, limits.
profile=(rx="$work/plugin" rx=/lib rx=/lib64 rx=/usr/lib r=/etc/localtime r=/usr/share/zoneinfo r=/dev/urandom r=/proc/self
  rw=/dev/null rw="$work/state" socket="$work/socket" data=1610612736 files=1024 fsize=1073741824)
directly() { "$work/plugin/nothing"; }
launched() { "$km" __launch "${profile[@]}" -- "$work/plugin/nothing"; }
version() { "$km" version; }

# It must be the program that ends with 0, and it must be confined.
launched
if "$km" __launch "${profile[@]}" -- /bin/cat "$here/lib.sh" >/dev/null 2>&1; then echo "the launcher did not confine" >&2 && exit 1; fi

for ((round = 0; round < rounds; round++)); do
  for arm in directly launched version; do
    milliseconds "$arm" >>"$work/$arm"
  done
done
middle() { median <"$work/$1"; }
late() { sort -g "$work/$1" | awk '{ v[NR] = $1 } END { print v[int(NR * 0.95)] }'; }
added=$(awk -v a="$(middle launched)" -v b="$(middle directly)" 'BEGIN { printf "%.1f", a - b }')
own=$(awk -v a="$(middle version)" -v b="$(middle directly)" 'BEGIN { printf "%.1f", a - b }')

{
  echo "# The launcher"
  echo
  echo "$(date +%F), $(machine). Medians of $rounds rounds, interleaved; by \`bench/launcher.sh\`. A shell starts a program that does nothing."
  echo
  echo "| | median ms | p95 ms |"
  echo "|---|--:|--:|"
  echo "| direct | $(middle directly) | $(late directly) |"
  echo "| through the launcher: limits, no capabilities, Landlock, seccomp | $(middle launched) | $(late launched) |"
  echo "| \`km version\`: km's own start, included above | $(middle version) | $(late version) |"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| added to a plugin's start | ≤ \`km version\` + 5 ms = $(awk -v o="$own" 'BEGIN { printf "%.1f", o + 5 }') ms | $added ms | $(verdict "$added" most "$(awk -v o="$own" 'BEGIN { print o + 5 }')") |"
} >"$results"
cat "$results"
