#!/usr/bin/env bash
# What km wrap and km unwrap do to generated configurations: JSON with comments, TOML and YAML, every eighth damaged; once alone with them, and
# once while another process writes each of them. The tests of Kilometers.Clients make and check the files; here there are more of them.
#   bench/wrap.sh
# Environment: FILES (100000), RESULTS (bench/results/wrap.md). Takes half an hour.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
files=${FILES:-100000} results=${RESULTS:-$here/results/wrap.md}
tests=$here/../tests/Kilometers.Clients.Tests
dotnet build "$tests" -c Release -v quiet -nologo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# said CLASS: what the class says of its files.
said() {
  KM_TEST_CONFIG_FILES=$files KM_TEST_CONTENDED_FILES=$files "$tests/bin/Release/net10.0/Kilometers.Clients.Tests" --filter-class "*$1" \
    --no-ansi --progress off --xunit-diagnostics on >"$work/log" || { cat "$work/log" >&2 && exit 1; }
  grep -E '^[0-9]+ files from seed' "$work/log"
}
alone=$(said GeneratedFileTests)
contended=$(said ContendedFileTests)
{
  echo "# km wrap and generated configurations"
  echo
  echo "$(date +%F), by \`bench/wrap.sh\`. Every entry that was wrapped and unwrapped was checked: no byte outside it changed, and the whole file"
  echo "was as before to the byte, but for the updates of the other process, all of which had to be there."
  echo
  echo "- Alone: $alone."
  echo "- While another process appends to the file, writes it anew in place, or renames another one to it: $contended."
} | tee "$results"
