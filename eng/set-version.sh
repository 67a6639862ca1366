#!/usr/bin/env bash
# Raises the version of km, kmpkg, km-api and the SDK: in Directory.Build.props, and in the manifest of km's own release, whose
# releaseSequence goes up by one. Everything else takes it from there.
#   eng/set-version.sh VERSION
set -euo pipefail
version=${1:?usage: eng/set-version.sh VERSION}
cd "$(dirname "$0")/.."
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || { echo "'$version' is not a version like 1.2.0 or 1.2.0-rc.1" >&2 && exit 1; }
manifest=src/Kilometers.Cli/manifest.json
sequence=$(sed -nE 's|.*"releaseSequence": *([0-9]+).*|\1|p' $manifest)
sed -i -E "s|<Version>.*</Version>|<Version>$version</Version>|" Directory.Build.props
sed -i -E "s|(\"version\": *\")[^\"]*|\1$version|; s|(\"releaseSequence\": *)[0-9]+|\1$((sequence + 1))|" $manifest
echo "version $version, releaseSequence $((sequence + 1))"
