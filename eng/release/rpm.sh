#!/usr/bin/env bash
# The packages of RPM: OUT/NAME-VERSION-REVISION.ARCH.rpm. Run by eng/release.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

# package NAME REQUIRES SUMMARY SCRIPTS DESCRIPTION
package() {
  local name=$1 tree=$WORK/tree/$1 spec=$WORK/rpm/$1.spec
  mkdir -p "$WORK/rpm"
  {
    cat <<SPEC
Name: $name
Version: $PACKAGE_VERSION
Release: $REVISION
Summary: $3
License: MIT
URL: https://kilometers.ai
Vendor: The Kilometers authors
Requires: $2
AutoReqProv: no
%define debug_package %{nil}
%define __os_install_post %{nil}
%define _build_id_links none
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define _buildhost localhost
%define _binary_payload $RPM_COMPRESSION
%description
$5
%install
cp -a $tree/. %{buildroot}/
$4
%files
SPEC
    (cd "$tree" && find . \( -type f -o -type l \) | sort | sed 's|^\.||') | sed -E \
      -e 's|^(/etc/.*)|%attr(0640, root, km-api) %config(noreplace) \1|' \
      -e 's|^(/usr/share/doc/.*)|%doc \1|'
    (cd "$tree" && find usr/lib/"$name" -type d | sort | sed 's|^|%dir /|')
    if [ "$name" = km-api ]; then printf '%s\n' "%dir /etc/km-api" "%dir %attr(0700, km-api, km-api) /var/lib/km-api"; fi
  } >"$spec"
  rpmbuild -bb --quiet --target "$RPM_ARCH" --define "_topdir $WORK/rpm" --define "_rpmdir $WORK/rpm/out" --buildroot "$WORK/rpm/root-$name" "$spec" >"$WORK/rpm/log" 2>&1 || { cat "$WORK/rpm/log" >&2 && exit 1; }
  cp "$WORK/rpm/out/$RPM_ARCH/$name-$PACKAGE_VERSION-$REVISION.$RPM_ARCH.rpm" "$OUT/"
}

package km "glibc, openssl-libs, ca-certificates" "See the traffic between an MCP client and its servers" "" \
  "km runs between an MCP client and an MCP server. It passes every byte through
unchanged, and shows a copy of each message to plugins, which are signed
packages and run isolated in their own processes."
package kmpkg "glibc, openssl-libs" "Make, test, pack and sign plugins for km" "" \
  "kmpkg is what the author and the publisher of a plugin for km need: it makes
projects, tests plugins in km's own host, packs and signs them, and keeps keys."
package km-api "glibc, libgcc, libstdc++, openssl-libs, ca-certificates" "Server of customers, entitlements and plugins for km" \
  'mkdir -p %{buildroot}/var/lib/km-api
%pre
getent passwd km-api >/dev/null || useradd --system --user-group --home-dir /var/lib/km-api --no-create-home --shell /sbin/nologin --comment "Kilometers API server" km-api
%post
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
%preun
if [ "$1" = 0 ] && [ -d /run/systemd/system ]; then systemctl disable --now km-api.service; fi
%postun
if [ -d /run/systemd/system ]; then systemctl daemon-reload; if [ "$1" -ge 1 ]; then systemctl try-restart km-api.service; fi; fi' \
  "km-api manages customers and their subscriptions, makes each customer's
packages, issues entitlements and stores events. It uses SQLite or PostgreSQL,
and contains its own .NET runtime."
