#!/usr/bin/env bash
# The package repositories, with signed metadata: OUT/apt (pool, dists) and OUT/rpm (repodata), each with the public key beside it.
# KM_RELEASE_GPG_KEY names the OpenPGP key; else a development key is made once in KM_KEYS/gpg. Run by eng/release.sh.
set -euo pipefail

if [ -z "${KM_RELEASE_GPG_KEY:-}" ]; then
  export GNUPGHOME=$KM_KEYS/gpg
  mkdir -p -m 700 "$GNUPGHOME"
  trap 'gpgconf --kill all' EXIT # its agent is ours and ends with us
  user="Kilometers packages (development)"
  gpg --batch --quiet --list-secret-keys "$user" >/dev/null 2>&1 || gpg --batch --quiet --passphrase '' --quick-gen-key "$user" ed25519 sign never
  KM_RELEASE_GPG_KEY=$(gpg --batch --with-colons --list-secret-keys "$user" | sed -nE 's/^fpr:+([^:]+):.*/\1/p' | head -n 1)
fi

if compgen -G "$OUT/*.deb" >/dev/null; then
  rm -rf "$OUT/apt" && mkdir -p "$WORK/apt/conf"
  cat >"$WORK/apt/conf/distributions" <<DISTRIBUTION
Origin: Kilometers
Label: Kilometers
Codename: stable
Architectures: amd64 arm64
Components: main
Description: km, kmpkg and km-api
SignWith: $KM_RELEASE_GPG_KEY
DISTRIBUTION
  for package in "$OUT"/*.deb; do reprepro --silent --basedir "$WORK/apt" --outdir "$OUT/apt" includedeb stable "$package"; done
  gpg --batch --export "$KM_RELEASE_GPG_KEY" >"$OUT/apt/kilometers.gpg"
fi

if compgen -G "$OUT/*.rpm" >/dev/null; then
  rm -rf "$OUT/rpm" && mkdir "$OUT/rpm"
  cp "$OUT"/*.rpm "$OUT/rpm/"
  createrepo_c --quiet --checksum sha256 --revision "$SOURCE_DATE_EPOCH" --set-timestamp-to-revision "$OUT/rpm"
  gpg --batch --yes --local-user "$KM_RELEASE_GPG_KEY" --armor --detach-sign "$OUT/rpm/repodata/repomd.xml"
  gpg --batch --armor --export "$KM_RELEASE_GPG_KEY" >"$OUT/rpm/kilometers.asc"
fi
