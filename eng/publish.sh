#!/usr/bin/env bash
# Publishes the Native AOT programs for this machine: OUT/km (and what else in src/ is an AOT program) and OUT/plugins/km-plugin-NAME.
#   eng/publish.sh [--symbols] OUT [NAME...]    --symbols: keep the debug symbols in OUT/symbols; NAME: only these programs
# Fails on any warning, those of the trimmer and the AOT compiler (IL....) included. Needs clang or gcc.
set -euo pipefail
symbols=
if [ "${1:-}" = --symbols ]; then symbols=1 && shift; fi
out=$(mkdir -p "${1:?usage: eng/publish.sh [--symbols] OUT [NAME...]}" && cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."

case $(uname -s) in Darwin) system=osx ;; *) system=linux ;; esac
if [ $system = linux ] && ls /lib/ld-musl-* >/dev/null 2>&1; then system=linux-musl; fi
case $(uname -m) in aarch64 | arm64) rid=$system-arm64 ;; *) rid=$system-x64 ;; esac

# The AOT compiler's packages differ by machine, so this restore keeps a lock file of its own beside the assets; the versions of
# everything else are the same exact pins.
options=(-c Release -r "$rid" --nologo -v quiet -p:RestoreLockedMode=false -p:NuGetLockFilePath=obj/publish.packages.lock.json
  -p:TrimmerSingleWarn=false)
command -v clang >/dev/null || options+=(-p:CppCompilerAndLinker=gcc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for project in $(grep -l '<PublishAot>true</PublishAot>' src/*/*.csproj src/plugins/*/*.csproj); do
  name=$(sed -nE 's|.*<AssemblyName>(.*)</AssemblyName>.*|\1|p' "$project")
  case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
  case $project in src/plugins/*) target=$out/plugins ;; *) target=$out ;; esac
  echo "publishing $name ($rid)"
  if ! dotnet publish "$project" "${options[@]}" -o "$work/$name" >"$work/log" 2>&1 </dev/null || grep -E 'warning [A-Z]+[0-9]+' "$work/log"; then
    cat "$work/log" >&2
    echo "publishing $name failed" >&2
    exit 1
  fi
  mkdir -p "$target"
  install -m 755 "$work/$name/$name" "$target/$name.new" && mv "$target/$name.new" "$target/$name" # a running one is replaced, not written into
  if [ -n "$symbols" ]; then
    mkdir -p "$out/symbols"
    find "$work/$name" \( -name '*.dbg' -o -name '*.dSYM' \) -exec cp -R {} "$out/symbols/" \;
  fi
done
