#!/usr/bin/env bash
# What guard's searches cost per KB, what they find of a labelled corpus, and how often they are wrong on what real MCP servers send.
#   bench/guard.sh
# Needs node and npm, from whose registry the servers come. Environment: RESULTS (bench/results/guard.md); SHOW=1: what was found in the
# traffic of good servers; SHOW=held-out or SHOW=tuning: what was found in the definitions of good servers of that part.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/redaction-calls.sh"
results=${RESULTS:-$here/results/guard.md}
corpus=$here/GuardBench/Corpus
held_out_seed=20261130
tuning_seed=20261201
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build "$here/RedactionBench" -c Release -v quiet --nologo >&2
dotnet build "$here/GuardBench" -c Release -v quiet --nologo >&2
record=("$here/RedactionBench/bin/Release/net10.0/km-redaction-bench" record)
guard=$here/GuardBench/bin/Release/net10.0/km-guard-bench

# Those of the first line send traffic; those of the others are listed: definitions that rules may be tuned on, and that they may not.
npm install --ignore-scripts --no-audit --no-fund --prefix "$work" \
  @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31 @modelcontextprotocol/server-memory@2026.8.31 \
  @playwright/mcp@0.0.83 @antv/mcp-server-chart@0.9.10 @angiejones/mcp-selenium@0.2.3 \
  chrome-devtools-mcp@1.11.0 @cyanheads/git-mcp-server@2.15.3 @notionhq/notion-mcp-server@2.5.2 firecrawl-mcp@3.26.0 \
  @circleci/mcp-server-circleci@0.20.0 @wonderwhy-er/desktop-commander@0.2.52 \
  >"$work/npm.log" 2>&1 || { cat "$work/npm.log" >&2 && exit 1; }
servers=$work/node_modules/@modelcontextprotocol
everything_calls | "${record[@]}" "$work/everything" node "$servers/server-everything/dist/index.js"
memory_calls | MEMORY_FILE_PATH=$work/memory.json "${record[@]}" "$work/memory" node "$servers/server-memory/dist/index.js"
filesystem_calls "$work/node_modules" | "${record[@]}" "$work/filesystem" node "$servers/server-filesystem/dist/index.js" "$work/node_modules"
# Some want a key to start; none is used to list.
list() {
  FIRECRAWL_API_KEY=none CIRCLECI_TOKEN=none NOTION_TOKEN=none HOME=$work \
    "${record[@]}" "$work/list-$1" "$work/node_modules/.bin/$1" </dev/null
}
tuning=(playwright-mcp mcp-server-chart mcp-selenium)
held_out=(chrome-devtools-mcp git-mcp-server notion-mcp-server firecrawl-mcp mcp-server-circleci desktop-commander)
for name in "${tuning[@]}" "${held_out[@]}"; do list "$name"; done

"$guard" "$work/everything" "$work/memory" "$work/filesystem" >"$work/out"
"$guard" generate "$corpus/held-out.txt" "$held_out_seed" "$work/held-out"
"$guard" generate "$corpus/tuning.txt" "$tuning_seed" "$work/tuning"
# The held-out part is the one that was written before the rules were read.
(cd "$work/held-out" && sha256sum --quiet -c "$corpus/held-out.sha256")
"$guard" score held-out "$work/held-out" "${held_out[@]/#/$work/list-}" >"$work/score"
"$guard" score tuning "$work/tuning" "${tuning[@]/#/$work/list-}" "$work/everything" "$work/memory" "$work/filesystem" >>"$work/score"
"$guard" left-out "$work/tuning" >>"$work/score"

# cost NAME: microseconds per KB.
cost() { grep "\"kind\":\"$1\"" "$work/out" | field us_per_kb; }
# rows KIND PART: name, attacks, found, good ones, wrong; tabs between.
rows() {
  { grep "\"kind\":\"$1\",\"part\":\"$2\"" "$work/score" || true; } |
    sed -E 's/.*"name":"([^"]*)","attacks":([0-9]+),"found":([0-9]+),"fair":([0-9]+),"wrong":([0-9]+).*/\1\t\2\t\3\t\4\t\5/'
}
# table PART: precision and recall of each class.
table() {
  echo "| Class | Attacks | Found | Recall | Good ones | Wrong | False alarms | Precision |"
  echo "|---|--:|--:|--:|--:|--:|--:|--:|"
  rows class "$1" | awk -F'\t' '{
    printf "| %s | %d | %d | %.1f %% | %d | %d | %.1f %% | %s |\n", $1, $2, $3, $3 * 100 / $2, $4, $5, $5 * 100 / $4,
      $3 + $5 ? sprintf("%.1f %%", $3 * 100 / ($3 + $5)) : "-" }'
}
# real PART: definitions of real servers, all together.
real() { rows real "$1" | awk -F'\t' '{ n += $4; w += $5 } END { printf "%d of %d definitions (%.1f %%)", w, n, n ? w * 100 / n : 0 }'; }
# reached recall|alarms CLASS: in percent.
reached() {
  rows class held-out | awk -F'\t' -v class="$2" -v kind="$1" '$1 == class { printf "%.1f", kind == "recall" ? $3 * 100 / $2 : $5 * 100 / $4 }'
}
# budget WHAT SIGN LIMIT VALUE most|least
budget() { echo "| $1, % | $2 $3 | $4 | $(verdict "$4" "$5" "$3") |"; }

count=$(field messages <"$work/out")
wrong=$(awk -v a="$(grep -c '"kind":"finding"' "$work/out")" -v b="$count" 'BEGIN { printf "%.2f", a * 100 / b }')
{
  echo "# guard"
  echo
  echo "$(date +%F), $(machine), JIT; by \`bench/guard.sh\`."
  echo
  echo "## Cost"
  echo
  echo "On $count messages, $(field kb <"$work/out") KB, of three servers from npm. Processor time; load average: $(cut -d' ' -f1 /proc/loadavg)."
  echo
  echo "| Search | µs per KB |"
  echo "|---|--:|"
  echo "| the strings of messages, which every search but rules needs once | $(cost decoding) |"
  echo "| results: hidden characters | $(cost "results, HiddenCharacters") |"
  echo "| results: encoded text | $(cost "results, EncodedText") |"
  echo "| results: instructions | $(cost "results, InstructionText") |"
  echo "| results: all three | $(cost results) |"
  echo "| secrets and account numbers | $(cost secrets) |"
  echo "| flows: fingerprints of results and arguments | $(cost flows) |"
  echo "| rules: 20 rules on each request | $(cost rules) |"
  echo "| all | $(cost all) |"
  echo
  echo "| Budget | Limit | Measured | |"
  echo "|---|--:|--:|---|"
  echo "| cost of all searches, µs per KB | ≤ 50 | $(cost all) | $(verdict "$(cost all)" most 50) |"
  echo "| findings in the traffic of good servers, % of messages | ≤ 1 | $wrong | $(verdict "$wrong" most 1) |"
  for class in "changed definitions" "hidden characters" "encoded text" names secrets "account numbers"; do
    budget "$class: recall" "≥" 99 "$(reached recall "$class")" least
    budget "$class: false alarms" "≤" 0.5 "$(reached alarms "$class")" most
  done
  for class in "text in definitions" "text in results"; do
    budget "$class: recall" "≥" 90 "$(reached recall "$class")" least
    budget "$class: false alarms" "≤" 1 "$(reached alarms "$class")" most
  done
  echo
  echo "## The held-out part"
  echo
  echo "$(wc -l <"$work/held-out/cases.jsonl") cases by \`GuardBench/Corpus/held-out.txt\`, seed $held_out_seed, whose sums are \`held-out.sha256\`: paraphrased from"
  echo "descriptions of published attacks before their author read the rules; no phrase was changed since (the tokens of 14 services were added). The model of instructions was"
  echo "written and trained by somebody who never saw the cases, but knew the names of these families, saw these figures three times, and added training text after the first. Attacks and good cases are half of each"
  echo "provable class; precision depends on that share. Wrong on the definitions of six real servers: $(real held-out)."
  echo
  table held-out
  echo
  echo "Text, by family:"
  echo
  echo "| Family | Cases | Found |"
  echo "|---|--:|--:|"
  rows family held-out | awk -F'\t' '{ printf "| %s | %d | %d |\n", ($2 ? $1 : $1 " (good)"), $2 + $4, $3 + $5 }'
  echo
  echo "## The part that rules may be tuned on"
  echo
  echo "$(wc -l <"$work/tuning/cases.jsonl") cases by \`tuning.txt\`, seed $tuning_seed. Wrong on the definitions of six real servers: $(real tuning)."
  echo
  table tuning
  echo
  echo "Leave one family out: each family is searched with the rules that also match another one."
  echo
  echo "| Family | Attacks | Found |"
  echo "|---|--:|--:|"
  sed -nE 's/.*"kind":"left-out","name":"([^"]*)","attacks":([0-9]+),"found":([0-9]+).*/| \1 | \2 | \3 |/p' "$work/score"
  echo
  echo "## Findings in the traffic of good servers"
  echo
  echo "| Findings | Number |"
  echo "|---|--:|"
  sed -nE 's/.*"code":"([A-Z0-9_]+)","severity":"([A-Za-z]+)".*/\1 \2/p' "$work/out" | sort | uniq -c | awk '{ print "| " $2 " " $3 " | " $1 " |" }'
} >"$results"
cat "$results"
[ -z "${SHOW:-}" ] || grep '"kind":"finding"' "$work/out" | sort | uniq -c | sort -rn | head -100
