#!/usr/bin/env bash
# The packages of npm: OUT/kilometers-km-VERSION.tgz, which starts the program, and OUT/kilometers-km-PLATFORM-VERSION.tgz, which has it.
# npm installs the one for the machine (os, cpu, libc); no package has a script. Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

main=$WORK/npm/km platform=$WORK/npm/km-linux-$ARCH
mkdir -p "$main" "$platform/bin"
cp -a "$WORK"/tree/km/usr/lib/km/. "$platform/bin/"
cp LICENSE "$platform/"
cp eng/release/npm/km.js eng/release/npm/README.md LICENSE "$main/"
chmod 755 "$main/km.js"

# described NAME DESCRIPTION: the members that both have.
described() {
  jq -n --arg name "$1" --arg version "$VERSION" --arg description "$2" \
    '{name: $name, version: $version, description: $description, license: "MIT", author: "The Kilometers authors", homepage: "https://kilometers.ai"}'
}

described "@kilometers/km-linux-$ARCH" "The program of @kilometers/km for Linux ($ARCH, glibc)." |
  jq --arg cpu "$ARCH" '. + {os: ["linux"], cpu: [$cpu], libc: ["glibc"], preferUnplugged: true}' >"$platform/package.json"
# All platforms that are released, whichever this machine is: each machine makes the same main package.
described "@kilometers/km" "See the traffic between an MCP client and its servers." |
  jq --arg version "$VERSION" '. + {
    bin: {km: "km.js"}, engines: {node: ">=18"}, keywords: ["mcp", "model-context-protocol", "proxy", "debug"],
    optionalDependencies: {"@kilometers/km-linux-arm64": $version, "@kilometers/km-linux-x64": $version}
  }' >"$main/package.json"

# npm gives every file the same time.
for package in "$main" "$platform"; do (cd "$OUT" && npm pack --silent --ignore-scripts "$package" >/dev/null); done
