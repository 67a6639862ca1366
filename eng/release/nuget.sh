#!/usr/bin/env bash
# The packages of NuGet for plugin authors: OUT/Kilometers.*.VERSION.nupkg with symbols (.snupkg), and Kilometers.Templates.
# Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

dotnet pack eng/release/packages.slnf -c Release --nologo -v quiet -p:RunAnalyzers=false -p:ContinuousIntegrationBuild=true -o "$OUT"

# A copy: a kmpkg that lies in a checkout refers to the SDK's source there.
templates=$WORK/templates
mkdir "$templates" && cp eng/release/templates/{README.md,template.json} eng/release/icon.png "$templates/"
cp eng/release/templates/Kilometers.Templates.csproj.template "$templates/Kilometers.Templates.csproj"
cp "$PUBLISHED/kmpkg" "$WORK/kmpkg"
mkdir "$templates/content"
(cd "$WORK" && ./kmpkg new template-name --output "$templates/content/km-plugin" >/dev/null)
install -D -m 644 "$templates/template.json" "$templates/content/km-plugin/.template.config/template.json"
find "$templates" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dotnet pack "$templates/Kilometers.Templates.csproj" -c Release --nologo -v quiet -p:Version="$VERSION" -o "$OUT"

# What kmpkg carries for "kmpkg new --offline": the SDK and all that a project on it restores.
mkdir "$WORK/sdk"
project=$templates/content/km-plugin/template-name.csproj
NUGET_PACKAGES=$WORK/restored dotnet restore "$project" --nologo -v quiet -p:RestoreAdditionalProjectSources="$OUT"
jq -r '.libraries | keys[]' "$templates/content/km-plugin/obj/project.assets.json" | while IFS=/ read -r id version; do
  install -m 644 "$WORK/restored/${id,,}/$version/${id,,}.$version.nupkg" "$WORK/sdk/$id.$version.nupkg"
done
