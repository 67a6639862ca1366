#!/usr/bin/env bash
# Builds a first-party plugin, packs it for one customer or for everybody, and signs it.
#   ./build-plugin.sh --plugin=NAME [--customer=ID --api-key=KEY] [--tier=TIER] [--sign] [MORE] [-- PACK-OPTIONS...]
#     --plugin=NAME    a plugin of src/plugins, like console-logger
#     --customer=ID    the only customer that may run it
#     --api-key=KEY    the customer's API key, km_live_<id>_<secret>; better in KM_API_KEY, where no list of processes shows it.
#                      Only its id goes into the package; no other program gets to see the key.
#     --tier=TIER      Free, Pro or Enterprise, not below what the plugin requires
#     --sign           sign it with the keys of `kmpkg keys init` (KM_KEYS), or as PACK-OPTIONS say (--signer, --certificate)
#     --build=ID       the id of this build; by default a random one, which makes every customer's package unique
#     --issuer=URL     who issues the customer's entitlements (https://api.kilometers.ai)
#     --output=DIR     where the package goes (the current folder)
#     --published=DIR  take the programs that eng/publish.sh has published there; nothing is built, and it takes less than a second
# The last line printed is the package's name, km-plugin-NAME-HASH.kmpkg. KMPKG: the kmpkg to use, else the published or a built one.
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
cd "$(dirname "$0")"
project=$(grep -lF "<AssemblyName>km-plugin-$plugin</AssemblyName>" src/plugins/*/*.csproj) || fail "src/plugins has no plugin $plugin"
manifest=$(dirname "$project")/manifest.json

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$published" ]; then
  published=$work/published
  programs=("km-plugin-$plugin")
  [ -n "${KMPKG:-}" ] || programs+=(kmpkg)
  eng/publish.sh "$published" "${programs[@]}"
fi
KMPKG=${KMPKG:-$published/kmpkg}
mkdir "$work/payload"
install -m 755 "$published/plugins/km-plugin-$plugin" "$work/payload/"

# Only of an unchanged checkout can it be said what it was built from.
if git rev-parse --verify -q HEAD >/dev/null 2>&1 && [ -z "$(git status --porcelain)" ]; then
  options+=(--commit "$(git rev-parse HEAD)")
fi
"$KMPKG" pack --manifest "$manifest" --payload "$work/payload" --source kilometers --output "$output" \
  "${options[@]}" >"$work/log" || { cat "$work/log" && exit 1; }
sed '$d' "$work/log"
basename "$(tail -n 1 "$work/log")"
