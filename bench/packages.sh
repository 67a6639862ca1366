#!/usr/bin/env bash
# Verifying and installing a package of 30 MB against sha256sum of the same file, in turns.
#   bench/packages.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Environment: ROUNDS (15), RESULTS (bench/results/packages.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=$(cd "${1:-$here/../artifacts/publish}" && pwd)
results=${RESULTS:-$here/results/packages.md}
rounds=${ROUNDS:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KM_HOME=$work/home KM_KEYS=$work/keys

mkdir "$work/payload"
cp "$published/plugins/km-plugin-console-logger" "$work/payload/"
head -c 26000000 /dev/urandom >"$work/payload/data.bin"
"$published/kmpkg" keys init --organization "The bench" >/dev/null
"$published/kmpkg" pack --manifest "$here/../src/plugins/ConsoleLogger/manifest.json" --payload "$work/payload" --output "$work" --sign >/dev/null
# What is measured is verifying and storing; a test start costs what the plugin costs.
export KM_TEST_START=false
package=$(ls "$work"/*.kmpkg)
"$published/km" trust add "$work/keys/root/cert.pem" --yes >/dev/null 2>&1

# milliseconds COMMAND...: of one run, its output thrown away.
milliseconds() {
  local start=$EPOCHREALTIME
  "$@" >/dev/null 2>&1
  local end=$EPOCHREALTIME
  awk -v a="$start" -v b="$end" 'BEGIN { printf "%.2f\n", (b - a) * 1000 }'
}

for ((round = 0; round < rounds; round++)); do
  milliseconds sha256sum "$package" >>"$work/sum"
  milliseconds "$published/km" plugins install "$package" --yes >>"$work/install"
  milliseconds "$published/km" plugins list >>"$work/list"
  milliseconds "$published/km" version >>"$work/version"
done
sum=$(median <"$work/sum") install=$(median <"$work/install") list=$(median <"$work/list") version=$(median <"$work/version")
limit=$(awk -v s="$sum" 'BEGIN { printf "%.1f", 3 * s + 150 }')
for other in second third fourth fifth; do # five plugins: the same files under other names
  sed "s/\"console-logger\"/\"$other\"/" "$here/../src/plugins/ConsoleLogger/manifest.json" >"$work/manifest.json"
  mkdir "$work/$other" && cp "$published/plugins/km-plugin-console-logger" "$work/$other/"
  "$published/kmpkg" pack --manifest "$work/manifest.json" --payload "$work/$other" --output "$work/$other.kmpkg" --sign >/dev/null
  "$published/km" plugins install "$work/$other.kmpkg" --yes >/dev/null 2>&1
done
for ((round = 0; round < rounds; round++)); do milliseconds "$published/km" plugins list >>"$work/list5"; done
list5=$(median <"$work/list5")

{
  echo "# Packages"
  echo
  echo "$(date +%F), $(machine). Medians of $rounds rounds, interleaved; by \`bench/packages.sh\`."
  echo "Package size: $(awk -v b="$(stat -c %s "$package")" 'BEGIN { printf "%.1f", b / 1e6 }') MB."
  echo
  echo "| | ms |"
  echo "|---|--:|"
  echo "| \`sha256sum\` of the package | $sum |"
  echo "| \`km plugins install\`, verified and durable | $install |"
  echo "| \`km version\` | $version |"
  echo "| \`km plugins list\`, one plugin | $list |"
  echo "| \`km plugins list\`, five plugins | $list5 |"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| verify and install | ≤ 3 × sha256sum + 150 = $limit ms | $install ms | $(verdict "$install" most "$limit") |"
  echo "| \`km plugins list\` with five plugins | ≤ 60 ms | $list5 ms | $(verdict "$list5" most 60) |"
} >"$results"
cat "$results"
