#!/usr/bin/env bash
# The tools of .NET: OUT/km.VERSION.nupkg and OUT/kmpkg.VERSION.nupkg name a package for each platform, and OUT/km.RID.VERSION.nupkg and
# OUT/kmpkg.RID.VERSION.nupkg have the programs. "dotnet tool install" and "dnx" get the one for the machine. Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

# described FOLDER ID TYPE DESCRIPTION: what a package says of itself; what is in it is FOLDER.
described() {
  cat <<END
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2012/06/nuspec.xsd">
  <metadata>
    <id>$2</id>
    <version>$VERSION</version>
    <description>$4</description>
    <authors>The Kilometers authors</authors>
    <license type="expression">MIT</license>
    <projectUrl>https://kilometers.ai</projectUrl>
    <icon>icon.png</icon>
    <readme>README.md</readme>
    <tags>mcp model-context-protocol proxy debug</tags>
    <packageTypes><packageType name="$3" /></packageTypes>
  </metadata>
  <files><file src="$1/**" target="" /></files>
</package>
END
}

# settings COMMAND [PACKAGES]: which program a package has, or which package is for which platform.
settings() {
  cat <<END
<?xml version="1.0" encoding="utf-8"?>
<DotNetCliTool Version="2">
  <Commands>$1</Commands>${2:+
  <RuntimeIdentifierPackages>$2</RuntimeIdentifierPackages>}
</DotNetCliTool>
END
}

# pack FOLDER ID TYPE DESCRIPTION
pack() {
  cp eng/release/icon.png LICENSE "$1/"
  find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  described "$@" >"$WORK/tools/$2.nuspec"
  dotnet pack "$WORK/tools/$2.nuspec" --nologo -v quiet -o "$OUT"
}

# tool NAME DESCRIPTION
tool() {
  local pointer=$WORK/tools/$1 program=$WORK/tools/$1.$RID platform packages=
  mkdir -p "$pointer/tools/any/any" "$program/tools/any/$RID"
  cp "eng/release/tools/$1.md" "$pointer/README.md"
  cp "eng/release/tools/$1.md" "$program/README.md"
  # All platforms that are released, whichever this machine is: each machine makes the same package.
  for platform in linux-arm64 linux-x64; do packages+="<RuntimeIdentifierPackage RuntimeIdentifier=\"$platform\" Id=\"$1.$platform\" />"; done
  settings "<Command Name=\"$1\" />" "$packages" >"$pointer/tools/any/any/DotnetToolSettings.xml"
  pack "$pointer" "$1" DotnetTool "$2"

  # All that lies beside the program comes along. NuGet makes files that it unpacks executable for their owner.
  cp -a "$WORK/tree/$1/usr/lib/$1/." "$program/tools/any/$RID/"
  settings "<Command Name=\"$1\" EntryPoint=\"$1\" Runner=\"executable\" />" >"$program/tools/any/$RID/DotnetToolSettings.xml"
  pack "$program" "$1.$RID" DotnetToolRidPackage "$2 The program for Linux ($ARCH, glibc)."
}

mkdir "$WORK/tools"
tool km "See the traffic between an MCP client and its servers."
tool kmpkg "Make, test, pack and sign plugins of km."
