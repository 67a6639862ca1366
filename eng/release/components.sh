#!/usr/bin/env bash
# The list of what is inside, in the form of CycloneDX 1.6: OUT/km-VERSION.cdx.json. From the lock files, so it is what was restored.
# Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

runtime=$(dotnet msbuild src/Kilometers.Contracts/Kilometers.Contracts.csproj -getProperty:BundledNETCoreAppPackageVersion)
# A serial number that is the same for the same commit.
serial=$(printf '%s %s' "$VERSION" "$COMMIT" | sha256sum | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/')

# packages LOCK: one line per package: ID VERSION SHA512.
packages() {
  jq -r '.dependencies | to_entries[].value | to_entries[] | select(.value.type != "Project") | "\(.key) \(.value.resolved) \(.value.contentHash)"' "$1" |
    sort -u | while read -r id version hash; do echo "$id $version $(base64 -d <<<"$hash" | od -An -v -tx1 | tr -d ' \n')"; done
}

: >"$WORK/components"
# The programs that eng/publish.sh publishes.
for project in src/Kilometers.Api/Kilometers.Api.csproj $(grep -l '<PublishAot>true</PublishAot>' src/*/*.csproj src/plugins/*/*.csproj); do
  program=$(sed -nE 's|.*<AssemblyName>(.*)</AssemblyName>.*|\1|p' "$project")
  packages "$(dirname "$project")/packages.lock.json" | while read -r id version hash; do echo "$program $id $version $hash"; done >>"$WORK/components"
done

jq -n --rawfile rows "$WORK/components" --arg version "$VERSION" --arg serial "$serial" --arg runtime "$runtime" \
  --arg time "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$COMMIT" '
  ($rows | split("\n") | map(select(. != "") | split(" "))) as $rows
  | ($rows | map(.[0]) | unique) as $programs
  | def purl: "pkg:nuget/\(.[1])@\(.[2])";
  {
    bomFormat: "CycloneDX", specVersion: "1.6", serialNumber: "urn:uuid:\($serial)", version: 1,
    metadata: {
      timestamp: $time,
      component: {type: "application", "bom-ref": "kilometers", name: "kilometers", version: $version, licenses: [{license: {id: "MIT"}}],
        properties: [{name: "commit", value: $commit}]}
    },
    components: (
      [$programs[] | {type: "application", "bom-ref": ., name: ., version: $version, licenses: [{license: {id: "MIT"}}]}]
      + [{type: "framework", "bom-ref": "dotnet-runtime", name: ".NET runtime", version: $runtime, licenses: [{license: {id: "MIT"}}]}]
      + [$rows | unique_by(.[1:3])[] | {type: "library", "bom-ref": purl, name: .[1], version: .[2], purl: purl, hashes: [{alg: "SHA-512", content: .[3]}]}]
    ),
    dependencies: (
      [{ref: "kilometers", dependsOn: $programs}]
      + [$programs[] as $program | {ref: $program, dependsOn: (["dotnet-runtime"] + [$rows[] | select(.[0] == $program) | purl] | unique)}]
    )
  }' >"$OUT/km-$VERSION.cdx.json"
