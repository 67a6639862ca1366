#!/usr/bin/env bash
# Proves that the tests of the package library see each gate: takes one gate out at a time, builds, runs them, and expects them to fail.
#   eng/mutate.sh [NAME...]      only the mutants whose name contains NAME
# Works in a copy; takes some minutes. Status 1 if any mutant survives.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "$root" ls-files -z --cached --others --exclude-standard | (cd "$root" && cpio -0pdm --quiet "$work" 2>/dev/null || rsync -a --from0 --files-from=- "$root/" "$work/")
cd "$work" || exit 1
verifier=src/Kilometers.Packaging/Verification/PackageVerifier.cs
survived=0 killed=0

# mutant NAME FILE FROM TO: FROM must stand in FILE exactly once.
mutant() {
  local name=$1 file=$2 from=$3 to=$4
  if [ ${#wanted[@]} -gt 0 ]; then
    local hit=
    for part in "${wanted[@]}"; do case $name in *"$part"*) hit=1 ;; esac done
    [ -n "$hit" ] || return 0
  fi
  cp "$file" "$work/original"
  if ! FROM=$from TO=$to perl -0pi -e 'BEGIN { $n = 0 } $n += s/\Q$ENV{FROM}\E/$ENV{TO}/g; END { exit($n == 1 ? 0 : 3) }' "$file" || cmp -s "$file" "$work/original"; then
    echo "BROKEN    $name: its text does not stand in $file once"
    survived=$((survived + 1))
    cp "$work/original" "$file"
    return 0
  fi
  if ! dotnet build tests/Kilometers.Packaging.Tests -c Release --nologo -v quiet -p:TreatWarningsAsErrors=false -p:RunAnalyzers=false >"$work/build.log" 2>&1; then
    echo "BROKEN    $name: does not build"
    grep -m 3 'error' "$work/build.log"
    survived=$((survived + 1))
  elif timeout 300 tests/Kilometers.Packaging.Tests/bin/Release/net10.0/Kilometers.Packaging.Tests -noColor -stopOnFail >"$work/test.log" 2>&1; then
    echo "SURVIVED  $name"
    survived=$((survived + 1))
  else
    echo "killed    $name: $(sed -nE 's/^ *(.*) \[FAIL\].*/\1/p' "$work/test.log" | head -n 1)"
    killed=$((killed + 1))
  fi
  cp "$work/original" "$file"
}

wanted=("$@")
