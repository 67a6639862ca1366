#!/usr/bin/env bash
# What starting km through npm's package costs: "km version" directly, through the package's km.js, and node with nothing to do, in turns.
#   bench/npm.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Environment: NODES, the programs of node to try, separated by spaces (node); ROUNDS (100), RESULTS (bench/results/npm.md). Needs npm and jq.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=$(cd "${1:-$here/../artifacts/publish}" && pwd)
results=$(realpath -m "${RESULTS:-$here/results/npm.md}")
rounds=${ROUNDS:-100}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

KM_RELEASE_PUBLISHED=$published KM_RELEASE_UNCLEAN=1 KM_RELEASE_COMPRESSION=fast KM_RELEASE_ONLY=npm "$here/../eng/release.sh" "$work/out" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2 && exit 1; }
cd "$work"
echo '{}' >package.json
npm_config_cache=$work/cache npm install --offline --ignore-scripts --no-audit --no-fund ./out/*.tgz >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }

directly() { node_modules/@kilometers/km-linux-*/bin/km version; }
nothing() { "$node" -e 0; }
packaged() { "$node" node_modules/@kilometers/km/km.js version; }
middle() { median <"$work/$1"; }
late() { sort -g "$work/$1" | awk '{ v[NR] = $1 } END { print v[int(NR * 0.95)] }'; }
less() { awk -v a="$(middle "$1")" -v b="$(middle "$2")" 'BEGIN { printf "%.1f", a - b }'; }

{
  echo "# Starting km through npm"
  echo
  echo "$(date +%F), $(machine). Medians of $rounds rounds, interleaved; by \`bench/npm.sh\`. \`km version\`, by a shell; npm's own \`npx\` comes on top."
  echo
  echo "| | median ms | p95 ms | added to km | of that, node itself |"
  echo "|---|--:|--:|--:|--:|"
} >"$work/table"
rows=
for node in ${NODES:-node}; do
  rm -f "$work"/{directly,nothing,packaged}
  for ((round = 0; round < rounds; round++)); do
    for arm in directly nothing packaged; do milliseconds "$arm" >>"$work/$arm"; done
  done
  how=$("$node" -p 'process.execve ? "its process becomes km" : "it starts km and stays"')
  echo "| km itself | $(middle directly) | $(late directly) | | |" >>"$work/table"
  echo "| \`km.js\` by Node.js $("$node" -p process.versions.node): $how | $(middle packaged) | $(late packaged) | $(less packaged directly) ms | $(middle nothing) ms |" >>"$work/table"
  rows+="| added by the package, Node.js $("$node" -p process.versions.node) | ≤ 40 ms | $(less packaged directly) ms | $(verdict "$(less packaged directly)" most 40) |"$'\n'
done
{
  cat "$work/table"
  echo
  echo "| Goal | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  printf '%s' "$rows"
} >"$results"
cat "$results"
