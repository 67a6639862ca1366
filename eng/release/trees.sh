#!/usr/bin/env bash
# Lays out the files as they are on a user's machine, once for all formats: WORK/tree/km, WORK/tree/kmpkg, WORK/tree/km-api.
# Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
km=$WORK/tree/km kmpkg=$WORK/tree/kmpkg api=$WORK/tree/km-api

# put MODE FILE TARGET: a copy with that mode, its folders included.
put() { install -D -m "$1" "$2" "$3"; }

# licence TREE NAME
licence() {
  put 644 LICENSE "$1/usr/share/doc/$2/copyright"
  put 644 CHANGELOG.md "$1/usr/share/doc/$2/changelog"
  gzip -9n "$1/usr/share/doc/$2/changelog"
}

# km finds the packages that came with it, km-ui and km-http beside its own file, so all are in a folder of their own.
put 755 "$PUBLISHED/km" "$km/usr/lib/km/km"
put 755 "$PUBLISHED/km-host-$VERSION" "$km/usr/lib/km/km-host-$VERSION"
put 755 "$PUBLISHED/km-ui-$VERSION" "$km/usr/lib/km/km-ui-$VERSION"
put 755 "$PUBLISHED/km-http-$VERSION" "$km/usr/lib/km/km-http-$VERSION"
for package in "$PUBLISHED"/packages/*.kmpkg; do put 644 "$package" "$km/usr/lib/km/packages/$(basename "$package")"; done
mkdir -p "$km/usr/bin" && ln -s ../lib/km/km "$km/usr/bin/km"
licence "$km" km
export KM_HOME=$WORK/home
"$PUBLISHED/km" completion bash >"$WORK/bash" && put 644 "$WORK/bash" "$km/usr/share/bash-completion/completions/km"
"$PUBLISHED/km" completion zsh >"$WORK/zsh" && put 644 "$WORK/zsh" "$km/usr/share/zsh/site-functions/_km"
"$PUBLISHED/km" completion fish >"$WORK/fish" && put 644 "$WORK/fish" "$km/usr/share/fish/vendor_completions.d/km.fish"
"$PUBLISHED/km" __man "$WORK/man" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)"
for page in "$WORK"/man/*; do
  put 644 "$page" "$km/usr/share/man/man${page##*.}/$(basename "$page")"
  gzip -9n "$km/usr/share/man/man${page##*.}/$(basename "$page")"
done

# So does kmpkg find the SDK that came with it.
put 755 "$PUBLISHED/kmpkg" "$kmpkg/usr/lib/kmpkg/kmpkg"
mkdir -p "$kmpkg/usr/bin" && ln -s ../lib/kmpkg/kmpkg "$kmpkg/usr/bin/kmpkg"
if [ -d "$WORK/sdk" ]; then for package in "$WORK"/sdk/*.nupkg; do put 644 "$package" "$kmpkg/usr/lib/kmpkg/sdk/$(basename "$package")"; done; fi
licence "$kmpkg" kmpkg

put 755 "$PUBLISHED/km-api" "$api/usr/lib/km-api/km-api"
put 644 "$PUBLISHED/libe_sqlite3.so" "$api/usr/lib/km-api/libe_sqlite3.so"
mkdir -p "$api/usr/bin" && ln -s ../lib/km-api/km-api "$api/usr/bin/km-api"
put 644 eng/release/km-api/km-api.service "$api/usr/lib/systemd/system/km-api.service"
put 644 eng/release/km-api/sysusers.conf "$api/usr/lib/sysusers.d/km-api.conf"
put 640 eng/release/km-api/km-api.env "$api/etc/km-api/km-api.env"
licence "$api" km-api

# What has no time of its own has that of the commit.
find "$WORK/tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
