#!/usr/bin/env bash
# What guard's searches cost per KB, and how often they are wrong, on the traffic of real MCP servers.
#   bench/guard.sh
# Needs node and npm, from whose registry the servers come. Environment: RESULTS (bench/results/guard.md).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/redaction-calls.sh"
results=${RESULTS:-$here/results/guard.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build "$here/RedactionBench" -c Release -v quiet --nologo >&2
dotnet build "$here/GuardBench" -c Release -v quiet --nologo >&2
record=("$here/RedactionBench/bin/Release/net10.0/km-redaction-bench" record)

npm install --ignore-scripts --prefix "$work" @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31 \
  @modelcontextprotocol/server-memory@2026.8.31 >"$work/npm.log" 2>&1 || { cat "$work/npm.log" >&2 && exit 1; }
servers=$work/node_modules/@modelcontextprotocol
everything_calls | "${record[@]}" "$work/everything" node "$servers/server-everything/dist/index.js"
memory_calls | MEMORY_FILE_PATH=$work/memory.json "${record[@]}" "$work/memory" node "$servers/server-memory/dist/index.js"
filesystem_calls "$work/node_modules" | "${record[@]}" "$work/filesystem" node "$servers/server-filesystem/dist/index.js" "$work/node_modules"
"$here/GuardBench/bin/Release/net10.0/km-guard-bench" "$work/everything" "$work/memory" "$work/filesystem" >"$work/out"

# cost NAME: microseconds per KB.
cost() { grep "\"kind\":\"$1\"" "$work/out" | field us_per_kb; }
count=$(field messages <"$work/out")
wrong=$(awk -v a="$(grep -c '"kind":"finding"' "$work/out")" -v b="$count" 'BEGIN { printf "%.2f", a * 100 / b }')
{
  echo "# guard"
  echo
  echo "$(date +%F), $(machine), JIT; by \`bench/guard.sh\`: $count messages, $(field kb <"$work/out") KB, of three servers."
  echo
  echo "| Search | µs per KB |"
  echo "|---|--:|"
  echo "| results: hidden, encoded, instructions | $(cost results) |"
  echo "| secrets and account numbers | $(cost secrets) |"
  echo "| both | $(cost both) |"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| cost of all searches, µs per KB | ≤ 50 | $(cost both) | $(verdict "$(cost both)" most 50) |"
  echo "| findings in the traffic of good servers, % of messages | ≤ 1 | $wrong | $(verdict "$wrong" most 1) |"
  echo
  echo "| Findings | Number |"
  echo "|---|--:|"
  sed -nE 's/.*"code":"([A-Z0-9_]+)","severity":"([A-Za-z]+)".*/\1 \2/p' "$work/out" | sort | uniq -c | awk '{ print "| " $2 " " $3 " | " $1 " |" }'
} >"$results"
cat "$results"
[ -z "${SHOW:-}" ] || grep '"kind":"finding"' "$work/out" | sort | uniq -c | sort -rn | head -100
