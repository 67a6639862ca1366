#!/usr/bin/env bash
# The API as its customers' km meet it: how long authenticate takes under load, alone and beside the ingest of events, and how long a customer
# waits for a package of 30 MB of files that is made for them.
#   bench/api.sh [PUBLISHED]      PUBLISHED: what eng/publish.sh wrote; default artifacts/publish
# Environment: SECONDS_EACH (15), CONNECTIONS (4), CUSTOMERS (15), RESULTS (bench/results/api.md). Needs wrk and curl. The database is SQLite.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
published=$(cd "${1:-$here/../artifacts/publish}" && pwd)
results=${RESULTS:-$here/results/api.md}
seconds=${SECONDS_EACH:-15} connections=${CONNECTIONS:-4} customers=${CUSTOMERS:-15}
command -v wrk >/dev/null || { echo "wrk is not installed" >&2 && exit 1; }
work=$(mktemp -d)
api=$published/km-api
url=http://127.0.0.1:$((20000 + RANDOM % 10000))
export KM_API__Limits__AddressPerSecond=1000000 KM_API__Limits__AddressBurst=1000000 KM_API__Limits__KeyPerSecond=1000000 KM_API__Limits__KeyBurst=1000000
"$api" serve --dev --data "$work/data" --urls "$url" >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
for ((i = 0; i < 100; i++)); do grep -q '^Listening' "$work/log" && break || sleep 0.2; done
export KM_API_ENDPOINT=$url KM_API_OPERATOR_KEY_FILE=$work/data/operator.key

# ask PATH BODY KEY: a request's answer.
ask() { curl -sS --fail-with-body -H "Authorization: Bearer $3" -H 'Content-Type: application/json' -d "$2" "$url$1"; }
operator=$(tr -d '\n' <"$work/data/operator.key")
text() { sed -nE "s/.*\"$1\":\"([^\"]*)\".*/\1/p"; }
customer() {
  local id
  id=$(ask /api/admin/customers '{"name":"Bench","tier":"Pro"}' "$operator" | text id)
  ask "/api/admin/customers/$id/keys" '{"name":"bench"}' "$operator" | text key
}

# The real api-logger with a second program beside it, native code both.
cp -r "$published/releases/api-logger/payload" "$work/payload"
cp "$published/plugins/km-plugin-console-logger" "$work/payload/helper"
files=$(find "$work/payload" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%.1f", s / 1e6 }')
"$api" admin releases publish --manifest "$published/releases/api-logger/manifest.json" --payload "$work/payload" --platform linux-x64 --source bench >"$work/published"

provision() { ask /api/plugins/provision '{"platform":"linux-x64","plugins":["api-logger"]}' "$1" >"$work/answer"; }
for ((i = 0; i <= customers; i++)); do
  key=$(customer)
  milliseconds provision "$key" >"$work/one"
  [ "$i" -gt 0 ] && cat "$work/one" >>"$work/provision" # the first one warms the server up
done
answer=$(cat "$work/answer")
size=$(sed -nE 's/.*"size":([0-9]+).*/\1/p' <<<"$answer")
build=$(sed -nE 's/.*"packages":\[\{"id":"([^"]*)".*/\1/p' <<<"$answer") version=$(text version <<<"$answer")
# The same bytes, read once: what any program needs that looks at all of them.
read_all() { tar -c -C "$work/payload" . | sha256sum; }
for ((i = 0; i < 5; i++)); do milliseconds read_all >>"$work/sha"; done

nonce=$(head -c 16 /dev/urandom | base64)
cat >"$work/authenticate.lua" <<LUA
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer $key"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{"nonce":"$nonce","cliVersion":"1.0.0","plugins":[{"name":"api-logger","version":"$version","buildId":"$build"}]}]]
done = function(summary, latency)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('{"count":%d,"wrong":%d,"p50":%.2f,"p99":%.2f,"max":%.2f,"seconds":%.3f}\n', summary.requests, wrong,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000, summary.duration / 1e6))
end
LUA
cat >"$work/events.lua" <<LUA
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer $key"
wrk.headers["Content-Type"] = "application/json"
local payload = string.rep("eHh4eHh4", 170)
local number = 0
local threads = {}
refused = 0
function setup(thread) table.insert(threads, thread) end
function response(status, headers, body)
  if status ~= 202 or not body:find('"accepted":100', 1, true) then refused = refused + 1 end
end
function request()
  local events = {}
  local time = string.format("%012x", os.time() * 1000)
  for i = 1, 100 do
    number = number + 1
    events[i] = string.format('{"id":"%s-%s-7000-8000-%012x","timestamp":"%s","direction":"inbound","kind":"request","method":"tools/call","payload":"%s","size":1020,"sessionId":"bench","server":"bench","sequence":%d,"truncated":false,"redacted":false}',
      time:sub(1, 8), time:sub(9), number, os.date("!%Y-%m-%dT%H:%M:%S.000000Z"), payload, number)
  end
  return wrk.format(nil, "/api/events/batch", nil, '{"events":[' .. table.concat(events, ",") .. '],"correlationId":"bench","cliVersion":"1.0.0","batchTimestamp":"' .. os.date("!%Y-%m-%dT%H:%M:%S.000000Z") .. '"}')
end
done = function(summary)
  local wrong = summary.errors.status
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("refused") end
  io.write(string.format('{"count":%d,"wrong":%d,"seconds":%.3f}\n', summary.requests, wrong, summary.duration / 1e6))
end
LUA
load() { wrk -t1 -c"$connections" -d"$1" -s "$work/authenticate.lua" "$url/api/plugins/authenticate" | tail -1; }
load 5s >/dev/null
alone=$(load "${seconds}s")
wrk -t1 -c2 -d"$((seconds + 2))s" -s "$work/events.lua" "$url" | tail -1 >"$work/events" &
ingest=$!
sleep 1
beside=$(load "${seconds}s")
wait "$ingest"
events=$(cat "$work/events")
for line in "$alone" "$beside" "$events"; do [ "$(field wrong <<<"$line")" = 0 ] || { echo "some requests failed: $line" >&2 && exit 1; }; done

per_second() { divide "$(awk -v n="$(field count <<<"$1")" -v f="${2:-1}" 'BEGIN { print n * f }')" "$(field seconds <<<"$1")" | sed 's/\..*//'; }
row() { echo "| $1 | $(per_second "$2") | $(field p50 <<<"$2") | $(field p99 <<<"$2") | $(field max <<<"$2") |"; }
made=$(median <"$work/provision") slowest=$(sort -g "$work/provision" | tail -1)
{
  echo "# The API"
  echo
  echo "$(date +%F), $(machine). By \`bench/api.sh\`: the published km-api on SQLite, with the load generator on the same machine."
  echo
  echo "| \`authenticate\`, $connections connections at once, each sending its next request immediately | per second | p50 ms | p99 ms | slowest ms |"
  echo "|---|--:|--:|--:|--:|"
  row "alone" "$alone"
  row "with $(per_second "$events" 100) events per second" "$beside"
  echo
  echo "| $files MB of files, a package of $(awk -v s="$size" 'BEGIN { printf "%.1f", s / 1e6 }') MB, for a new customer: stamp, pack, sign, store | ms |"
  echo "|---|--:|"
  echo "| median of $customers customers | $made |"
  echo "| slowest | $slowest |"
  echo "| \`tar\` and \`sha256sum\` of its files | $(median <"$work/sha") |"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| authenticate, p99, alone | ≤ 250 ms | $(field p99 <<<"$alone") ms | $(verdict "$(field p99 <<<"$alone")" most 250) |"
  echo "| authenticate, p99, during ingest | ≤ 500 ms | $(field p99 <<<"$beside") ms | $(verdict "$(field p99 <<<"$beside")" most 500) |"
  echo "| provisioning, slowest | ≤ 1000 ms | $slowest ms | $(verdict "$slowest" most 1000) |"
} >"$results"
cat "$results"
