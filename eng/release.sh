#!/usr/bin/env bash
# Makes everything that a person installs, for this machine's platform, from a clean checkout:
#   eng/release.sh OUT [VERSION]     VERSION: checked against Directory.Build.props, the one place where it is (eng/set-version.sh)
#   OUT/                 archives, the container image of km-api, packages of Debian, RPM, npm and NuGet, tools of .NET,
#                        components, SHA256SUMS and its signature, provenance
#   OUT/apt, OUT/rpm     package repositories with signed metadata
#   OUT/releases         what the API offers
# The same commit and programs give the same bytes, except signatures, repositories (they are signed) and NuGet packages (their format has
# random names).
# KM_RELEASE_PUBLISHED=DIR   take the programs that eng/publish.sh has published there; nothing is compiled
# KM_RELEASE_ONLY="NAMES"    only these steps of eng/release/, such as "archives debian"; without nuget, kmpkg carries no SDK
# KM_RELEASE_COMPRESSION     best (default), or fast, for tests
# KM_RELEASE_GPG_KEY=ID      the OpenPGP key that signs the repositories; else a development key, made once in KM_KEYS/gpg
# KM_RELEASE_REVISION=N      of the packages of Debian and RPM: 1 (default), or more for new packages of a version that is out
# KM_RELEASE_EARLIER=DIR     a release whose packages the repositories keep, so that people can go back to them
# KM_RELEASE_SOURCE=URI      where the source is, for the provenance
# KM_RELEASE_KM_SIGNER, KM_RELEASE_KM_CHAIN, KM_KEYS: who signs, as in eng/publish.sh
# Needs dpkg-dev, apt-utils, rpm, createrepo-c, npm, jq, openssl and gpg. A step whose tool is missing fails.
set -euo pipefail
out=$(mkdir -p "${1:?usage: eng/release.sh OUT [VERSION]}" && cd "$1" && pwd)
cd "$(dirname "$0")/.."

version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
if [ -n "${2:-}" ] && [ "$2" != "$version" ]; then
  echo "this checkout is version $version, not $2; see eng/set-version.sh" >&2
  exit 1
fi
commit=$(git rev-parse HEAD)
if [ -n "$(git status --porcelain)" ]; then
  [ -n "${KM_RELEASE_UNCLEAN:-}" ] || { echo "the checkout has changes that are not committed; for a try, set KM_RELEASE_UNCLEAN=1" >&2 && exit 1; }
  commit=$commit-changed
fi

case $(uname -m) in aarch64 | arm64) arch=arm64 deb_arch=arm64 rpm_arch=aarch64 ;; *) arch=x64 deb_arch=amd64 rpm_arch=x86_64 ;; esac
export OUT=$out VERSION=$version COMMIT=$commit ARCH=$arch DEB_ARCH=$deb_arch RPM_ARCH=$rpm_arch RID=linux-$arch
# A pre-release comes before its release: 1.2.0-rc.1 is 1.2.0~rc.1 for dpkg and rpm.
export PACKAGE_VERSION=${version/-/'~'} REVISION=${KM_RELEASE_REVISION:-1}
[[ $REVISION =~ ^[1-9][0-9]*$ ]] || { echo "KM_RELEASE_REVISION is a number from 1 on" >&2 && exit 1; }
case ${KM_RELEASE_COMPRESSION:-best} in
  best) export GZIP_LEVEL=9 DEB_COMPRESSION="-Zxz -z6" RPM_COMPRESSION=w19.zstdio ;;
  fast) export GZIP_LEVEL=1 DEB_COMPRESSION="-Zgzip -z1" RPM_COMPRESSION=w1.gzdio ;;
  *) echo "KM_RELEASE_COMPRESSION is best or fast" >&2 && exit 1 ;;
esac
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
umask 022
WORK=$(mktemp -d)
export WORK
trap 'rm -rf "$WORK"' EXIT

export KM_KEYS=${KM_KEYS:-$HOME/.config/kilometers/keys}
export PUBLISHED=${KM_RELEASE_PUBLISHED:-$WORK/published}
[ -n "${KM_RELEASE_PUBLISHED:-}" ] || eng/publish.sh "$PUBLISHED"
PUBLISHED=$(cd "$PUBLISHED" && pwd)

for step in nuget trees archives container debian rpm npm tools components checksums repositories; do
  case " trees ${KM_RELEASE_ONLY:-$step} " in *" $step "*) ;; *) continue ;; esac
  echo "== $step"
  "eng/release/$step.sh"
done
