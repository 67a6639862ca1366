#!/usr/bin/env bash
# Takes the pictures of docs/pictures anew: what km shows in a terminal and in a browser, of real sessions with a real server.
#   eng/site/pictures.sh PUBLISHED [OUT]     PUBLISHED: what eng/publish.sh wrote; OUT: default docs/pictures
# Needs tmux, aha and chromium (Debian), node, and npm's @modelcontextprotocol/server-everything in artifacts/npm (test.sh installs it).
set -euo pipefail
published=$(cd "${1:?usage: eng/site/pictures.sh PUBLISHED [OUT]}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
out=$(mkdir -p "${2:-docs/pictures}" && cd "${2:-docs/pictures}" && pwd)
work=$(mktemp -d)
export KM_HOME=$work/home PATH=$published:$PATH
unset KM_HOST
tmux=(tmux -S "$work/tmux" -f /dev/null)
trap '"${tmux[@]}" kill-server 2>/dev/null || true; kill $(jobs -p) 2>/dev/null || true; sleep 1; rm -rf "$work"' EXIT
km init --yes >/dev/null

# client N: speaks for a while, with pauses as a model makes them; one call is never answered in time.
client() {
  local id=2 text
  call() { printf '{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"%s","arguments":%s}}\n' "$((id++))" "$1" "$2"; }
  echo '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"claude-code","version":"2.1.0"}}}'
  sleep 2
  echo '{"jsonrpc":"2.0","method":"notifications/initialized"}'
  echo '{"jsonrpc":"2.0","id":"tools","method":"tools/list"}'
  sleep 1
  [ "$1" != 1 ] || call trigger-long-running-operation '{"duration":60,"steps":4}'
  for text in one two three four five six seven eight; do
    call echo "{\"message\":\"$text\"}"
    sleep 0.7
    call get-sum "{\"a\":$id,\"b\":3}"
    sleep 0.4
    [ "$1" != 1 ] || call get-structured-content '{"location":"Chicago"}'
    [ $((id % 4)) != 0 ] || call get-sum '{"a":"x"}'
    sleep 0.6
  done
  sleep "${2:-20}"
}

# terminal ANSI WIDTH HEIGHT NAME: what a terminal shows, as a picture.
terminal() {
  aha --no-header --black <"$1" >"$work/body"
  {
    echo '<!doctype html><meta charset=utf-8><style>body{margin:0;background:#1b1e24}pre{margin:0;padding:14px 18px;color:#d7dae0;font:14px/1.35 "DejaVu Sans Mono",monospace}</style><pre>'
    cat "$work/body"
    echo '</pre>'
  } >"$work/page.html"
  chromium --headless --no-sandbox --hide-scrollbars --force-device-scale-factor=1 --window-size="$2,$3" --screenshot="$out/$4.png" "file://$work/page.html" >/dev/null 2>&1
}

# page ARGUMENTS... NAME: what km ui shows, in a browser. The address works once.
page() {
  local name=${*: -1} ui url
  km ui "${@:1:$#-1}" --json >"$work/ui" 2>&1 &
  ui=$!
  for _ in $(seq 100); do if grep -q '"url"' "$work/ui"; then break; fi && sleep 0.1; done
  url=$(sed -nE 's/.*"url": *"([^"]*)".*/\1/p' "$work/ui")
  (cd "$here/../../artifacts/npm" && node "$here/picture.mjs" "$url" get-sum 1200 760 "$out/$name.png")
  kill "$ui" && wait "$ui" || true
}
# A session as a person sees it who starts a server in a terminal; then the page of it.
cd artifacts/npm/node_modules/@modelcontextprotocol # so that the server's command is short
mkfifo "$work/client"
"${tmux[@]}" new-session -d -x 112 -y 24 -s monitor "km monitor --name everything -- node server-everything/dist/index.js <'$work/client' >/dev/null; sleep 60"
client 3 1 >"$work/client" &
sleep 8
"${tmux[@]}" capture-pane -e -p -t monitor >"$work/seen"
terminal "$work/seen" 1000 490 monitor
wait $!
page last session

# Two sessions at once.
client 1 40 | km monitor --name everything -- node server-everything/dist/index.js >/dev/null 2>&1 &
client 2 40 | km monitor --name files -- node server-everything/dist/index.js >/dev/null 2>&1 &
"${tmux[@]}" new-session -d -x 112 -y 24 -s top "km top"
sleep 12
"${tmux[@]}" capture-pane -e -p -t top >"$work/seen"
terminal "$work/seen" 1000 490 top
ls -l "$out"
