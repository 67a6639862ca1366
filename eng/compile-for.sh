#!/usr/bin/env bash
# Compiles what users and plugin authors run, km, kmpkg and a plugin, for a system that it is not tested on. Native code cannot be made for
# another system here: this shows that the code for it compiles, and no more.
#   eng/compile-for.sh RID [OUT]      RID: win-x64, osx-arm64...; OUT: default artifacts/compiled/RID
set -euo pipefail
cd "$(dirname "$0")/.."
rid=${1:?usage: eng/compile-for.sh RID [OUT]}
out=${2:-artifacts/compiled/$rid}
for project in src/Kilometers.Cli src/Kilometers.Packager src/plugins/ConsoleLogger; do
  echo "compiling $project for $rid"
  dotnet build "$project" -c Release -r "$rid" --self-contained false --artifacts-path "$out" --nologo -v quiet -nodeReuse:false \
    -p:PublishAot=false -p:RestoreLockedMode=false -p:NuGetLockFilePath=obj/elsewhere.packages.lock.json
done
