#!/usr/bin/env bash
# Builds a plugin, packs it for one customer or for everybody, and signs it.
#   ./build-plugin.sh --plugin=NAME|DIR [--customer=ID --api-key=KEY] [--tier=TIER] [--sign] [MORE] [-- PACK-OPTIONS...]
#     --plugin=NAME    a plugin of src/plugins, like console-logger
#     --plugin=DIR     the folder of a plugin, anywhere: its manifest.json, and a build.sh that fills DIR/out, or a .NET project. For
#                      this, the script also works outside a checkout.
#     --customer=ID    the only customer that may run it
#     --api-key=KEY    the customer's API key, km_live_<id>_<secret>; better in KM_API_KEY, where no list of processes shows it.
#                      Only its id goes into the package; no other program gets to see the key.
#     --tier=TIER      Free, Pro or Enterprise, not below what the plugin requires
#     --sign           sign it with the keys of `kmpkg keys init` (KM_KEYS), or as PACK-OPTIONS say (--signer, --certificate)
#     --build=ID       the id of this build; by default a random one, which makes every customer's package unique
#     --issuer=URL     who issues the customer's entitlements (https://api.kilometers.ai)
#     --output=DIR     where the package goes (the current folder)
#     --published=DIR  take what was built there: for NAME what eng/publish.sh has published, for a plugin's own folder its files.
#                      Nothing is built, and it takes about a second
# The last line printed is the package's name, km-plugin-NAME-HASH.kmpkg. KMPKG: the kmpkg to use, else a published one, that of PATH, or,
# in a checkout, a built one.
set -euo pipefail

fail() { echo "build-plugin.sh: $1" >&2 && exit 2; }

plugin='' customer='' tier='' sign='' build='' issuer=https://api.kilometers.ai output=. published=''
key=${KM_API_KEY:-}
unset KM_API_KEY # from here on no program that we start gets it
while [ $# -gt 0 ]; do
  case $1 in
    --plugin=*) plugin=${1#*=} ;;
    --customer=*) customer=${1#*=} ;;
    --api-key=*) key=${1#*=} ;;
    --tier=*) tier=${1#*=} ;;
    --sign) sign=1 ;;
    --build=*) build=${1#*=} ;;
    --issuer=*) issuer=${1#*=} ;;
    --output=*) output=${1#*=} ;;
    --published=*) published=${1#*=} ;;
    --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" && exit ;;
    --) shift && break ;;
    *) fail "unknown argument; see --help" ;; # not printed: it may be a misspelt key
  esac
  shift
done
[ -n "$plugin" ] || fail "--plugin=NAME is missing"

options=()
if [ -n "$customer" ]; then
  [[ $key =~ ^km_live_([A-Za-z0-9-]{1,64})_[A-Za-z0-9_-]+$ ]] ||
    fail "--customer needs the customer's API key, km_live_<id>_<secret>, in KM_API_KEY or --api-key"
  id=${BASH_REMATCH[1]}
  [ -n "$build" ] || build=build-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  options+=(--customer "$customer" --build "$build" --key-id "$id" --issuer "$issuer")
fi
unset key
[ -z "$tier" ] || options+=(--tier "$tier")
[ -z "$sign" ] || options+=(--sign)
options+=("$@")

mkdir -p "$output"
output=$(cd "$output" && pwd)
[ -z "$published" ] || published=$(cd "$published" && pwd)
[ -z "${KMPKG:-}" ] || case $KMPKG in */*) KMPKG=$(cd "$(dirname "$KMPKG")" && pwd)/$(basename "$KMPKG") ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log

# build COMMAND...: its output is shown if it fails.
build() { "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2 && exit 1; }; }

# first_party: a plugin of this checkout, as eng/publish.sh makes it. Sets published, manifest and payload.
first_party() {
  local project programs=("km-plugin-$plugin")
  project=$(grep -lF "<AssemblyName>km-plugin-$plugin</AssemblyName>" src/plugins/*/*.csproj 2>/dev/null) || fail "src/plugins has no plugin $plugin"
  if [ -z "$published" ]; then
    published=$work/published
    [ -n "${KMPKG:-}" ] || programs+=(kmpkg)
    eng/publish.sh "$published" "${programs[@]}"
  fi
  [ -n "${KMPKG:-}" ] || KMPKG=$published/kmpkg
  manifest=$(dirname "$project")/manifest.json payload=$work/payload
  mkdir "$payload"
  install -m 755 "$published/plugins/km-plugin-$plugin" "$payload/"
  options=(--source kilometers ${options[@]+"${options[@]}"})
}

# anywhere: a plugin in a folder of its own. Sets manifest and payload.
anywhere() {
  local projects=(*.csproj)
  manifest=$PWD/manifest.json payload=$published
  [ -f "$manifest" ] || fail "$plugin has no manifest.json"
  if [ -n "$payload" ]; then
    return 0
  elif [ -x build.sh ]; then
    echo "building with build.sh"
    build ./build.sh
    payload=$PWD/out
    [ -d "$payload" ] || fail "build.sh of $plugin left no folder out"
  elif [ -f "${projects[0]}" ]; then
    [ ${#projects[@]} = 1 ] || fail "$plugin has more than one project: ${projects[*]}"
    echo "publishing ${projects[0]}"
    payload=$work/payload
    build dotnet publish "${projects[0]}" -c Release --nologo -v quiet -o "$payload"
  else
    fail "$plugin has neither a build.sh nor a .NET project"
  fi
}

checkout=$(cd "$(dirname "$0")" && pwd)
case $plugin in
  . | .. | */*)
    cd "$plugin" 2>/dev/null || fail "there is no folder $plugin"
    anywhere
    ;;
  *)
    cd "$checkout"
    first_party
    ;;
esac
if [ -z "${KMPKG:-}" ] && ! KMPKG=$(command -v kmpkg); then
  [ -f "$checkout/eng/publish.sh" ] || fail "kmpkg is not installed; see docs/install.md, or name it in KMPKG"
  "$checkout/eng/publish.sh" "$work/published" kmpkg
  KMPKG=$work/published/kmpkg
fi

# Only of an unchanged checkout can it be said what it was built from.
if git rev-parse --verify -q HEAD >/dev/null 2>&1 && [ -z "$(git status --porcelain)" ]; then
  options+=(--commit "$(git rev-parse HEAD)")
fi
"$KMPKG" pack --manifest "$manifest" --payload "$payload" --output "$output" \
  ${options[@]+"${options[@]}"} >"$log" || { cat "$log" && exit 1; }
sed '$d' "$log"
basename "$(tail -n 1 "$log")"
