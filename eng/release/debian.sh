#!/usr/bin/env bash
# The packages of Debian: OUT/NAME_VERSION_ARCH.deb, from the second revision on NAME_VERSION-REVISION_ARCH.deb. Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

maintainer="The Kilometers authors <packages@kilometers.ai>"

package_version=$PACKAGE_VERSION
if [ "$REVISION" -gt 1 ]; then package_version+=-$REVISION; fi

# glibc PROGRAM: the oldest glibc that has all that the program calls.
glibc() { objdump -T "$1" | sed -nE 's/.*GLIBC_([0-9.]+).*/\1/p' | sort -uV | tail -n 1; }

# package NAME SECTION DEPENDS SUGGESTS DESCRIPTION...: further lines of the description are paragraphs.
package() {
  local name=$1 section=$2 depends=$3 suggests=$4 tree=$WORK/deb/$1
  shift 4
  mkdir -p "$WORK/deb" && cp -a "$WORK/tree/$name" "$tree"
  # Here zsh looks for functions of packages elsewhere.
  if [ -d "$tree/usr/share/zsh/site-functions" ]; then mv "$tree/usr/share/zsh/site-functions" "$tree/usr/share/zsh/vendor-completions"; fi
  mv "$tree/usr/share/doc/$name/changelog.gz" "$tree/usr/share/doc/$name/NEWS.gz"
  printf '%s (%s) stable; urgency=medium\n\n  * The changes are in NEWS.gz.\n\n -- %s  %s\n' \
    "$name" "$package_version" "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$tree/usr/share/doc/$name/changelog.gz"
  mkdir "$tree/DEBIAN"
  (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  if [ -d "$tree/etc" ]; then (cd "$tree" && find etc -type f | sort | sed 's|^|/|') >"$tree/DEBIAN/conffiles"; fi
  for script in eng/release/debian/"$name"/*; do
    if [ -f "$script" ]; then install -m 755 "$script" "$tree/DEBIAN/"; fi
  done
  {
    echo "Package: $name"
    echo "Version: $package_version"
    echo "Architecture: $DEB_ARCH"
    echo "Section: $section"
    echo "Priority: optional"
    echo "Maintainer: $maintainer"
    echo "Homepage: https://kilometers.ai"
    echo "Installed-Size: $(du -k -s --apparent-size "$tree" | cut -f1)"
    echo "Depends: $depends"
    if [ -n "$suggests" ]; then echo "Suggests: $suggests"; fi
    echo "Description: $1"
    shift
    printf ' %s\n' "$@"
  } >"$tree/DEBIAN/control"
  find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  # shellcheck disable=SC2086 # two words are meant
  dpkg-deb --root-owner-group $DEB_COMPRESSION --build "$tree" "$OUT/${name}_${package_version}_$DEB_ARCH.deb" >/dev/null
}

# OpenSSL is loaded at run time: the programs' headers do not name it.
openssl="libssl3t64 | libssl3"
package km utils "libc6 (>= $(glibc "$WORK/tree/km/usr/lib/km/km-host-$VERSION")), $openssl, ca-certificates" "kmpkg" \
  "see the traffic between an MCP client and its servers" \
  "km runs between an MCP client and an MCP server. It passes every byte through" \
  "unchanged, and shows a copy of each message to plugins, which are signed" \
  "packages and run isolated in their own processes."
package kmpkg devel "libc6 (>= $(glibc "$WORK/tree/kmpkg/usr/lib/kmpkg/kmpkg")), $openssl" "km, dotnet-sdk-10.0" \
  "make, test, pack and sign plugins for km" \
  "kmpkg is what the author and the publisher of a plugin for km need: it makes" \
  "projects, tests plugins in km's own host, packs and signs them, and keeps keys."
package km-api net \
  "libc6 (>= $(glibc "$WORK/tree/km-api/usr/lib/km-api/km-api")), libgcc-s1, libstdc++6, $openssl, ca-certificates, adduser" "postgresql (>= 15)" \
  "server of customers, entitlements and plugins for km" \
  "km-api manages customers and their subscriptions, makes each customer's" \
  "packages, issues entitlements and stores events. It uses SQLite or PostgreSQL," \
  "and contains its own .NET runtime. The service is not started at installation:" \
  "set its address in /etc/km-api/km-api.env first."
