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

# packages SUFFIX: those of this release, and of the one whose packages are kept.
packages() { find "$OUT" ${KM_RELEASE_EARLIER:+"$KM_RELEASE_EARLIER"} -type f -name "*.$1" -not -path "$OUT/apt/*" -not -path "$OUT/rpm/*"; }

if compgen -G "$OUT/*.deb" >/dev/null; then
  rm -rf "$OUT/apt" && mkdir -p "$OUT"/apt/{pool/main,dists/stable}
  packages deb | while read -r package; do cp "$package" "$OUT/apt/pool/main/"; done
  cd "$OUT/apt"
  for arch in amd64 arm64; do
    mkdir -p "dists/stable/main/binary-$arch"
    apt-ftparchive --arch "$arch" packages pool >"dists/stable/main/binary-$arch/Packages"
    gzip -9nk "dists/stable/main/binary-$arch/Packages"
  done
  release=()
  for field in Origin=Kilometers Label=Kilometers Suite=stable Codename=stable Components=main "Architectures=amd64 arm64" "Description=km, kmpkg and km-api"; do
    release+=(-o "APT::FTPArchive::Release::$field")
  done
  apt-ftparchive "${release[@]}" release dists/stable >"$WORK/Release" && mv "$WORK/Release" dists/stable/
  gpg --batch --yes --local-user "$KM_RELEASE_GPG_KEY" --clearsign --output dists/stable/InRelease dists/stable/Release
  gpg --batch --yes --local-user "$KM_RELEASE_GPG_KEY" --armor --detach-sign --output dists/stable/Release.gpg dists/stable/Release
  gpg --batch --export "$KM_RELEASE_GPG_KEY" >kilometers.gpg
fi

if compgen -G "$OUT/*.rpm" >/dev/null; then
  rm -rf "$OUT/rpm" && mkdir "$OUT/rpm"
  packages rpm | while read -r package; do cp "$package" "$OUT/rpm/"; done
  createrepo_c --quiet --checksum sha256 --revision "$SOURCE_DATE_EPOCH" --set-timestamp-to-revision "$OUT/rpm"
  gpg --batch --yes --local-user "$KM_RELEASE_GPG_KEY" --armor --detach-sign "$OUT/rpm/repodata/repomd.xml"
  gpg --batch --armor --export "$KM_RELEASE_GPG_KEY" >"$OUT/rpm/kilometers.asc"
fi
