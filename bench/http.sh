#!/usr/bin/env bash
# What km costs in front of a server over HTTP, in one run: directly, through the minimal reverse proxy of Go, through km proxy, and through km
# bridge. The ways take turns, and the median of the rounds counts. The host observes each session, without plugins.
#   bench/http.sh
# Environment: KM (artifacts/publish/km), ROUNDS (3), MS (3000: of each load), RESULTS (bench/results/http.md). Needs Go.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
program=${KM:-$here/../artifacts/publish/km} rounds=${ROUNDS:-3} length=${MS:-3000} results=${RESULTS:-$here/results/http.md}
work=$(mktemp -d)
pair=$work/http-pair
(cd "$here/http-pair" && GOFLAGS=-buildvcs=false go build -o "$pair" .)
export KM_HOME=$work/home KM_HOST_LINGER=0
mkdir -m 700 "$KM_HOME"
ended=()
end() {
  for id in "${ended[@]}"; do kill "$id" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap end EXIT

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
await() { for _ in $(seq 300); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; echo "nothing listens on $1" >&2; exit 1; }

server=$(port) go=$(port) km=$(port)
"$pair" serve "127.0.0.1:$server" & ended+=($!)
"$pair" proxy "127.0.0.1:$go" "http://127.0.0.1:$server" & ended+=($!)
"$program" proxy --to "http://127.0.0.1:$server/mcp" --listen "127.0.0.1:$km" --no-plugins --quiet >"$work/proxy" 2>&1 & ended+=($!) proxy=$!
for one in "$server" "$go" "$km"; do await "$one"; done

for _ in $(seq "$rounds"); do
  for way in server go km; do
    at=http://127.0.0.1:${!way}/mcp
    read -r _ p50 p99 < <("$pair" load "$at" 1 "$length")
    read -r rate _ _ < <("$pair" load "$at" 32 "$length")
    read -r headers first < <("$pair" events "$at" "http://127.0.0.1:$server/event")
    echo "$p50" >>"$work/$way.p50"; echo "$p99" >>"$work/$way.p99"; echo "$rate" >>"$work/$way.rate"
    echo "$headers" >>"$work/$way.headers"; echo "$first" >>"$work/$way.first"
  done
  read -r _ p50 p99 < <("$pair" stdio 3000 "$program" bridge "http://127.0.0.1:$server/mcp" --no-plugins --quiet)
  echo "$p50" >>"$work/bridge.p50"; echo "$p99" >>"$work/bridge.p99"
done

value() { median <"$work/$1.$2"; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a - b }'; }
row() { printf '| %s | %s | %s | %s | %s | %s |\n' "$1" "$(value "$2" p50)" "$(value "$2" p99)" "$(value "$2" rate)" "$(value "$2" headers)" "$(value "$2" first)"; }
line() { printf '| %s | %s | %s %s | %s |\n' "$1" "$2" "$3" "$4" "$(verdict "$2" "$3" "$4")"; }
private() { awk '/^Private/ { kb += $2 } END { printf "%.1f", kb / 1024 }' "/proc/$proxy/smaps_rollup"; }
after_load=$(private)
sleep 25 # it gives back what only the work needed
at_rest=$(private)
added=$(less "$(value km p50)" "$(value server p50)") go_added=$(less "$(value go p50)" "$(value server p50)")
rate=$(divide "$(value km rate)" "$(value server rate)") go_rate=$(divide "$(value go rate)" "$(value server rate)")
{
  echo "# Servers over HTTP"
  echo
  echo "\`bench/http.sh\`, $rounds rounds, on $(machine). Requests are \`tools/call\` with a small answer; load and server run on the same machine."
  echo
  echo "| Way | p50, µs | p99, µs | requests/s, 32 connections | headers of an idle stream, ms | first event, ms |"
  echo "|---|---|---|---|---|---|"
  row direct server
  row "Go's ReverseProxy" go
  row "km proxy" km
  echo "| km bridge | $(value bridge p50) | $(value bridge p99) | – | – | – |"
  echo
  echo "| What | Measured | Budget | |"
  echo "|---|---|---|---|"
  line "km proxy adds at p50, µs" "$added" most 60
  line "the same, ÷ what Go's proxy adds" "$(divide "$added" "$go_added")" most 1
  line "requests/s at 32 connections, ÷ direct" "$rate" least 0.6
  line "the same, ÷ Go's proxy" "$(divide "$rate" "$go_rate")" least 1
  line "headers of an idle stream after direct, ms" "$(less "$(value km headers)" "$(value server headers)")" most 5
  line "first event after direct, ms" "$(less "$(value km first)" "$(value server first)")" most 5
  line "private memory of km-http at rest, MB ($after_load right after the load)" "$at_rest" most 10
  line "km bridge adds at p50, µs" "$(less "$(value bridge p50)" "$(value server p50)")" most 300
} >"$results"
cat "$results"
