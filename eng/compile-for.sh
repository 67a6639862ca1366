#!/usr/bin/env bash
# Compiles what users and plugin authors run, km, kmpkg and a plugin, for systems that it is not tested on. Native code cannot be made for
# another system here: this shows that the code for it compiles, and no more. The analyzers have seen the code in the build already.
#   eng/compile-for.sh RID...      win-x64, osx-arm64...; the result is in artifacts/compiled
set -euo pipefail
cd "$(dirname "$0")/.."
: "${1:?usage: eng/compile-for.sh RID...}"
systems=$(IFS=';' && echo "$*")
# Only the restore may see all systems: a library that knows them would be compiled for each.
RuntimeIdentifiers=$systems dotnet msbuild eng/compile-for.proj -t:Restore -nologo -v:minimal -nodeReuse:false
Systems=$systems dotnet msbuild eng/compile-for.proj -t:Build -m -nologo -v:minimal -nodeReuse:false
