#!/usr/bin/env bash
# The archives: OUT/NAME-VERSION-RID.tar.gz, one folder each, which runs wherever it is unpacked. Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

# archive NAME: packs WORK/archive/NAME-VERSION-RID.
archive() {
  local folder=$1-$VERSION-$RID
  install -D -m 644 LICENSE "$WORK/archive/$folder/LICENSE"
  find "$WORK/archive/$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  tar -C "$WORK/archive" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=go+rX,go-w --mtime="@$SOURCE_DATE_EPOCH" -cf - "$folder" |
    gzip "-${GZIP_LEVEL}n" >"$OUT/$folder.tar.gz"
}

km=$WORK/archive/km-$VERSION-$RID tree=$WORK/tree/km/usr
mkdir -p "$km/completions" "$km/man"
cp -a "$tree"/lib/km/. "$km/"
cp -a "$WORK"/tree/kmpkg/usr/lib/kmpkg/. "$km/"
cp "$tree/share/bash-completion/completions/km" "$km/completions/km.bash"
cp "$tree/share/zsh/site-functions/_km" "$km/completions/_km"
cp "$tree/share/fish/vendor_completions.d/km.fish" "$km/completions/"
cp -a "$tree"/share/man/. "$km/man/"
archive km

mkdir -p "$WORK/archive/km-api-$VERSION-$RID"
cp -a "$WORK"/tree/km-api/usr/lib/km-api/. eng/release/km-api/km-api.service eng/release/km-api/km-api.env "$WORK/archive/km-api-$VERSION-$RID/"
archive km-api

# What an API offers: releases of km for "km update", and of the plugins that are not free (docs/operations/api.md).
rm -rf "$OUT/releases" && cp -R "$PUBLISHED/releases" "$OUT/releases"
