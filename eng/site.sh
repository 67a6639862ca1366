#!/usr/bin/env bash
# Makes a static site of docs/, with search, and checks it: links, anchors, navigation, nothing from elsewhere. Needs npm (Node.js 20.11).
#   eng/site.sh OUT [BASE]     OUT: a folder that is empty or not there yet; BASE: the path that the site is served under, such as /km/
#   eng/site.sh --packages     only installs what it needs, in artifacts/site
# KM_SITE_SOURCE: the address of the repository's files on a code host, where links from the pages into the source lead.
set -euo pipefail
usage="usage: eng/site.sh OUT [BASE]"
out=$(realpath -m -- "${1:?$usage}") base=${2:-/}
cd "$(dirname "$0")/.."
work=$PWD/artifacts/site # pages are built in a copy, so that npm's packages stay away from the documents
mkdir -p "$work"

if ! cmp -s eng/site/package-lock.json "$work/node_modules/.installed"; then
  cp eng/site/package*.json "$work"
  npm --prefix "$work" ci --ignore-scripts --no-audit --no-fund
  cp eng/site/package-lock.json "$work/node_modules/.installed"
fi
[ "$1" != --packages ] || exit 0

[[ $base =~ ^/([A-Za-z0-9._~-]+/)*$ ]] || { echo "BASE begins and ends with /: $base" >&2 && exit 2; }
[ -z "$(ls -A "$out" 2>/dev/null)" ] || { echo "$out is not empty" >&2 && exit 2; }
rm -rf "${work:?}"/{.vitepress,docs,dist}
cp -R eng/site/. "$work"
cp -R docs "$work/docs"
mkdir "$work/docs/public"
cp eng/release/icon.png "$work/docs/public/"
cd "$work"
KM_SITE_BASE=$base node_modules/.bin/vitepress build
node check.mjs dist "$base" docs
mkdir -p "$out"
cp -R dist/. "$out"
