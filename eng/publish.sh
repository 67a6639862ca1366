#!/usr/bin/env bash
# Publishes the programs for this machine: OUT/km, OUT/km-host-VERSION, OUT/km-ui-VERSION, OUT/km-http-VERSION, OUT/kmpkg and
# OUT/plugins/km-plugin-NAME (Native AOT), and OUT/km-api (one file with its own .NET, and SQLite's library, which belongs beside it). The
# free plugins become signed packages,
# OUT/packages/*.kmpkg, which the km beside them installs on "km init"; the others are laid out for "km-api admin releases publish":
# OUT/releases/NAME/manifest.json and OUT/releases/NAME/payload/.
# For "km-api admin km publish": OUT/releases/km/km-HASH.kmpkg, km itself, signed like the packages.
#   eng/publish.sh [--symbols] [--tests] OUT [NAME...]
#     --symbols  keep the debug symbols in OUT/symbols
#     --tests    the programs that the tests start most often, too: OUT/tests/NAME
#     NAME       only these programs, no packages
# Plugins are signed by KM_RELEASE_SIGNER (a command for kmpkg sign) with the certificates KM_RELEASE_CHAIN, km by KM_RELEASE_KM_SIGNER with
# KM_RELEASE_KM_CHAIN, both under the root KM_RELEASE_ROOT, where those are set; else under a development root, made once in KM_KEYS (default:
# the folder of "kmpkg keys"). The root is built into km.
# Fails on any warning, those of the trimmer and the AOT compiler (IL....) included. Needs clang or gcc.
set -euo pipefail
symbols='' tests=''
while :; do
  case ${1:-} in
    --symbols) symbols=1 && shift ;;
    --tests) tests=1 && shift ;;
    *) break ;;
  esac
done
out=$(mkdir -p "${1:?usage: eng/publish.sh [--symbols] [--tests] OUT [NAME...]}" && cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."

case $(uname -s) in Darwin) system=osx ;; *) system=linux ;; esac
if [ $system = linux ] && ls /lib/ld-musl-* >/dev/null 2>&1; then system=linux-musl; fi
case $(uname -m) in aarch64 | arm64) rid=$system-arm64 ;; *) rid=$system-x64 ;; esac

# The build (test.sh) runs the analyzers; the AOT compiler warns for itself.
# Without symbols the compiler and the linker need a sixth less time; the program is the same.
native=''
[ -n "$symbols" ] || native+=';NativeDebugSymbols=false'
command -v clang >/dev/null || native+=';CppCompilerAndLinker=gcc'
version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# name PROJECT: of the program.
name() { sed -nE 's|.*<AssemblyName>(.*)</AssemblyName>.*|\1|p' "$1"; }

# publish PROJECT...
publish() {
  local step project name target file
  for project; do echo "publishing $(name "$project") ($rid)"; done
  for step in Restore Publish; do
    if ! RID=$rid NATIVE=${native#;} PROGRAMS=$(printf "$PWD/%s;" "$@") \
      dotnet msbuild eng/publish.proj -t:$step -m -nologo -v:quiet -nodeReuse:false >"$work/log" 2>&1 </dev/null ||
      grep -E 'warning [A-Z]+[0-9]+' "$work/log"; then
      cat "$work/log" >&2
      echo "publishing failed" >&2
      exit 1
    fi
  done
  for project; do
    name=$(name "$project")
    case $project in src/plugins/*) target=$out/plugins ;; tests/*) target=$out/tests ;; *) target=$out ;; esac
    mkdir -p "$target"
    # The names of what lies beside km carry the version: an update puts the new ones beside the old.
    file=$name
    case $name in km-host | km-ui | km-http) file=$name-$version ;; esac
    local made=${project%/*}/bin/Release/net10.0/$rid/publish
    install -m 755 "$made/$name" "$target/$file.new" && mv "$target/$file.new" "$target/$file" # a running one is replaced, not written into
    if [ -n "$symbols" ]; then
      mkdir -p "$out/symbols"
      find "$made" \( -name '*.dbg' -o -name '*.dSYM' \) -exec cp -R {} "$out/symbols/" \;
    fi
  done
}

# EF Core is not made for Native AOT: the runtime goes into the file, and most code as native code (ReadyToRun), which a server and each
# "km-api admin" would otherwise compile at every start; not composite, which would compile all of .NET again. SQLite's library lies beside
# it: .NET would unpack one that is in the file, for which a user without a home or a read-only system has no place.
publish_api() {
  echo "publishing km-api ($rid)"
  local options=(-c Release -r "$rid" --nologo -v quiet -p:RestoreLockedMode=false -p:NuGetLockFilePath=obj/publish.packages.lock.json
    -p:TrimmerSingleWarn=false -p:RunAnalyzers=false)
  options+=(--self-contained -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=false)
  if ! dotnet publish src/Kilometers.Api/Kilometers.Api.csproj "${options[@]}" -o "$work/km-api" >"$work/log" 2>&1 </dev/null; then
    cat "$work/log" >&2
    echo "publishing km-api failed" >&2
    exit 1
  fi
  local file mode
  for file in "$work"/km-api/km-api "$work"/km-api/libe_sqlite3.{so,dylib}; do
    case $file in */km-api) mode=755 ;; *) mode=644 ;; esac
    [ -e "$file" ] || continue # a system has one of the two
    install -m $mode "$file" "$out/${file##*/}.new" && mv "$out/${file##*/}.new" "$out/${file##*/}" || return 1
  done
}

aot='<PublishAot>true</PublishAot>'
projects=$(grep -l "$aot" src/*/*.csproj src/plugins/*/*.csproj)
test_projects=$(grep -l "$aot" tests/*/*.csproj)
if [ $# -gt 0 ]; then
  named=()
  for name in "$@"; do
    [ "$name" = km-api ] || named+=("$(grep -l "<AssemblyName>$name</AssemblyName>" $projects $test_projects)") || { echo "no program is called $name" >&2 && exit 1; }
  done
  # Without its root, km refuses the packages that a full publish signed.
  root=${KM_RELEASE_ROOT:-${KM_KEYS:-$HOME/.config/kilometers/keys}/root/cert.pem}
  if [ -f "$root" ]; then export KmTrustRoot; KmTrustRoot=$(realpath "$root"); fi
  [ ${#named[@]} = 0 ] || publish "${named[@]}"
  case " $* " in *" km-api "*) publish_api ;; esac
  exit
fi

# kmpkg comes first: it makes the root that is built into km.
publish src/Kilometers.Packager/Kilometers.Packager.csproj
kmpkg=$out/kmpkg
if [ -n "${KM_RELEASE_SIGNER:-}" ]; then
  root=${KM_RELEASE_ROOT:?KM_RELEASE_SIGNER needs KM_RELEASE_ROOT}
  sign=(--signer "$KM_RELEASE_SIGNER" --certificate "${KM_RELEASE_CHAIN:?KM_RELEASE_SIGNER needs KM_RELEASE_CHAIN}")
  sign_km=(--signer "${KM_RELEASE_KM_SIGNER:?KM_RELEASE_SIGNER needs KM_RELEASE_KM_SIGNER}" --certificate "${KM_RELEASE_KM_CHAIN:?KM_RELEASE_KM_SIGNER needs KM_RELEASE_KM_CHAIN}")
else
  keys=${KM_KEYS:-$HOME/.config/kilometers/keys}
  [ -f "$keys/root/cert.pem" ] || KM_KEYS=$keys "$kmpkg" keys init --kilometers
  # A folder of an older kmpkg has no keys for releases of km yet.
  grep -q '"activeKmLeaf"' "$keys/state.json" || KM_KEYS=$keys "$kmpkg" keys rotate --km
  root=$keys/root/cert.pem sign=(--keys "$keys") sign_km=(--keys "$keys" --km)
fi
root=$(cd "$(dirname "$root")" && pwd)/$(basename "$root")
# In the environment: what only one of the programs uses must not differ between them (eng/publish.proj).
export KmTrustRoot=$root
publish $(grep -v Kilometers.Packager.csproj <<<"$projects") ${tests:+$test_projects}

publish_api

case $rid in osx-*) os=macos ;; *) os=linux ;; esac
rm -rf "$out/packages" "$out/releases"
mkdir -p "$out/packages"
for manifest in src/plugins/*/manifest.json; do
  name=$(sed -nE 's|.*"entrypoint": *"([^"]*)".*|\1|p' "$manifest")
  if ! grep -q '"requiredTier": *"Free"' "$manifest"; then
    release=$out/releases/${name#km-plugin-}
    mkdir -p "$release/payload"
    cp "$manifest" "$release/"
    cp "$out/plugins/$name" "$release/payload/"
    echo "laid out ${release#"$out"/}"
    continue
  fi
  mkdir -p "$work/payload/$name"
  cp "$out/plugins/$name" "$work/payload/$name/"
  "$kmpkg" pack --manifest "$manifest" --payload "$work/payload/$name" --os "$os" --arch "${rid##*-}" --output "$out/packages" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
done
mkdir -p "$out/releases/km" "$work/payload/km"
cp "$out/km" "$out/km-host-$version" "$out/km-ui-$version" "$out/km-http-$version" "$work/payload/km/"
"$kmpkg" pack --manifest src/Kilometers.Cli/manifest.json --payload "$work/payload/km" --os "$os" --arch "${rid##*-}" --output "$out/releases/km" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
# sign PACKAGE OPTIONS...
sign() {
  "$kmpkg" sign "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
  echo "packed $(basename "$1")"
}
for package in "$out"/packages/*.kmpkg; do sign "$package" "${sign[@]}"; done
for package in "$out"/releases/km/*.kmpkg; do sign "$package" "${sign_km[@]}"; done
