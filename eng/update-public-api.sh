#!/usr/bin/env bash
# Adds every public symbol that PublicAPI.Unshipped.txt lacks, and drops the ones that are gone, for each project that ships alone.
# Read the difference before you commit it: it is the public API.
set -u
cd "$(dirname "$0")/.."
for project in $(grep -l '<TracksPublicApi>true' src/*/*.csproj); do
  folder=$(dirname "$project")
  log=$(dotnet build "$project" -c Release --no-restore --no-incremental -p:BuildProjectReferences=false 2>&1)
  printf '%s\n' "$log" | sed -nE "s/.*error RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" >"$folder/api.add"
  printf '%s\n' "$log" | sed -nE "s/.*error RS0017: Symbol '(.*)' is part of the declared API, but.*/\1/p" >"$folder/api.drop"
  { echo '#nullable enable'
    cat "$folder/PublicAPI.Unshipped.txt" "$folder/api.add" | grep -v '^#nullable' | grep -vxFf "$folder/api.drop" | LC_ALL=C sort -u
  } >"$folder/api.new"
  [ -s "$folder/api.drop" ] || { { echo '#nullable enable'; cat "$folder/PublicAPI.Unshipped.txt" "$folder/api.add" | grep -v '^#nullable' | LC_ALL=C sort -u; } >"$folder/api.new"; }
  mv "$folder/api.new" "$folder/PublicAPI.Unshipped.txt"
  rm -f "$folder/api.add" "$folder/api.drop"
done
