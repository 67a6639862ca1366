#!/usr/bin/env bash
# Makes the packages of a release from programs that are published, and installs and runs them as a user would.
#   eng/test-release.sh PUBLISHED
# With KM_TEST_RELEASE=1 also NuGet packages, the template, the repositories, and a second build that must have the same bytes.
# What cannot be tested here is named in a line SKIPPED. The status is 1 if anything failed.
set -euo pipefail
published=$(cd "${1:?usage: eng/test-release.sh PUBLISHED}" && pwd)
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check WORDS COMMAND...: one statement, and the command that shows that it holds.
check() {
  local words=$1
  shift
  if "$@" >"$work/log" 2>&1 </dev/null; then echo "passed: $words"; else
    echo "FAILED: $words"
    tail -n 20 "$work/log"
    failed=1
  fi
}
refuses() { ! "$@"; }
gives() { # gives STATUS COMMAND...
  local expected=$1 status=0
  shift
  "$@" || status=$?
  [ "$status" = "$expected" ]
}
has() { command -v "$1" >/dev/null || { echo "SKIPPED: $2: $1 is not installed" && return 1; }; }

export KM_RELEASE_PUBLISHED=$published KM_RELEASE_UNCLEAN=1 KM_RELEASE_COMPRESSION=fast KM_KEYS=${KM_KEYS:-$HOME/.config/kilometers/keys}
version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
steps="archives tools"
if has dpkg-deb "Debian packages"; then steps+=" debian"; fi
if has rpmbuild "RPM packages"; then steps+=" rpm"; fi
if has npm "npm packages"; then steps+=" npm"; fi
if has jq "components, provenance and the container image"; then steps+=" container components checksums"; fi
if [ -n "${KM_TEST_RELEASE:-}" ]; then
  steps="nuget $steps"
  if has apt-ftparchive repositories && has createrepo_c repositories; then steps+=" repositories"; fi
fi
out=$work/out
KM_RELEASE_ONLY=$steps eng/release.sh "$out" >"$work/release.log" 2>&1 || { cat "$work/release.log" && echo "FAILED: eng/release.sh" && exit 1; }

mkdir -p "$work/checkout/eng" "$work/checkout/src/Kilometers.Cli"
cp eng/set-version.sh "$work/checkout/eng/" && cp Directory.Build.props "$work/checkout/" && cp src/Kilometers.Cli/manifest.json "$work/checkout/src/Kilometers.Cli/"
raised() {
  "$work/checkout/eng/set-version.sh" 7.8.9-rc.1
  grep -q '<Version>7.8.9-rc.1</Version>' "$work/checkout/Directory.Build.props" && grep -q '"version": "7.8.9-rc.1"' "$work/checkout/src/Kilometers.Cli/manifest.json"
}
check "one command raises the version" raised
check "a release of another version is refused" refuses eng/release.sh "$work/other" 7.8.9

export KM_HOME=$work/home
# session KM: a message goes through a session, and the plugin that came with that km shows it. The client stays until it does.
session() {
  rm -rf "$KM_HOME" "$work/shown"
  "$1" init --yes && { echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' && wait_for '\[console-logger\].*ping' "$work/shown"; } |
    "$1" monitor -- cat 2>"$work/shown" | grep '"ping"' && grep -q '\[console-logger\].*ping' "$work/shown"
}
# serves KM: km ui prints the address of pages that its own km-ui serves, and ends with Ctrl+C.
serves() {
  local status=0 pages
  "$1" ui --json >"$work/address" 2>&1 &
  pages=$!
  wait_for '"url"' "$work/address"
  kill -TERM $pages && wait $pages || status=$?
  grep -q '"url": *"http://127.0.0.1:' "$work/address" && [ $status = 0 ]
}
# wait_for PATTERN FILE: until the file has it, at most a minute.
wait_for() { for _ in $(seq 600); do if grep -qs "$1" "$2"; then return; fi && sleep 0.1; done; }
unpack() { mkdir -p "$2" && tar -C "$2" --strip-components=1 -xzf "$1"; }

case $(uname -m) in aarch64) rid=linux-arm64 deb=arm64 rpm=aarch64 ;; *) rid=linux-x64 deb=amd64 rpm=x86_64 ;; esac
unpack "$out/km-$version-$rid.tar.gz" "$work/archive"
check "the archive's km is of this version" [ "$("$work/archive/km" version)" = "km $version" ]
check "the archive's km runs a session with the plugin that came with it" session "$work/archive/km"
check "the archive's km shows its pages" serves "$work/archive/km"
check "the archive has completion and manual pages" ls "$work"/archive/completions/{km.bash,_km,km.fish} "$work/archive/man/man1/km-monitor.1.gz" "$work/archive/man/man7/km-files.7.gz"
# tools: .NET with a home and a cache of its own, and no feed but the release.
tools() { DOTNET_CLI_HOME=$work/dotnet NUGET_PACKAGES=$work/dotnet/packages DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet "$@"; }
feed=$work/tools.config
echo "<configuration><packageSources><clear /><add key=\"release\" value=\"$out\" /></packageSources></configuration>" >"$feed"
check ".NET installs km as a tool" tools tool install km --version "$version" --tool-path "$work/tools" --configfile "$feed"
check "the tool's km is of this version" [ "$("$work/tools/km" version)" = "km $version" ]
check "the tool's km runs a session with the plugin that came with it" session "$work/tools/km"
check "the tool's km shows its pages" serves "$work/tools/km"
named() { "$work/tools/km" uninstall | grep -q 'remove it with: dotnet tool uninstall --global km'; }
check "the tool's km says how it is removed" named
check ".NET removes it" tools tool uninstall km --tool-path "$work/tools"
check "dnx runs km without installing it" [ "$(tools dnx "km@$version" --yes --configfile "$feed" version)" = "km $version" ]
check "dnx runs kmpkg" tools dnx "kmpkg@$version" --yes --configfile "$feed" version

if has mandoc "manual pages"; then
  pages() { gzip -d -k "$work"/archive/man/man?/*.gz && mandoc -T lint -W warning "$work"/archive/man/man?/*.[17]; }
  check "the manual pages have no mistakes" pages
fi

if [ -e "$out/SHA256SUMS" ]; then
  check "the release verifies" eng/verify-release.sh "$out" "$KM_KEYS/root/cert.pem"
  copy() { rm -rf "$work/copy" && mkdir "$work/copy" && cp "$out"/SHA256SUMS* "$out"/*.json "$work/copy"; }
  copy && echo >>"$work/copy/km-$version.cdx.json"
  check "a changed file does not verify" refuses eng/verify-release.sh "$work/copy" "$KM_KEYS/root/cert.pem"
  copy && sed -i 's/^./0/' "$work/copy/SHA256SUMS"
  check "changed sums do not verify" refuses eng/verify-release.sh "$work/copy" "$KM_KEYS/root/cert.pem"
  leaf=$KM_KEYS/$(jq -r .activeLeaf "$KM_KEYS/state.json")
  copy && cp "$leaf/chain.pem" "$work/copy/SHA256SUMS.pem"
  openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign "$leaf/key.pem" "$work/copy/SHA256SUMS" >"$work/copy/SHA256SUMS.sig"
  check "sums signed by a signer of plugins do not verify" refuses eng/verify-release.sh "$work/copy" "$KM_KEYS/root/cert.pem"
  subject() { jq -r .payload "$out/km-$version.intoto.jsonl" | base64 -d | jq -e --arg sum "$(sha256sum <"$out/km-$version-$rid.tar.gz" | cut -d' ' -f1)" 'any(.subject[]; .digest.sha256 == $sum)'; }
  check "the provenance names the archive" subject
  check "the list of components names what km is built on" jq -e 'any(.components[]; .purl == "pkg:nuget/Grpc.Net.Client@2.85.0")' "$out/km-$version.cdx.json"
fi

if ls "$out"/*.deb >/dev/null 2>&1; then
  # Scripts of packages run outside, with DPKG_ROOT: nothing of this machine is changed.
  system=$work/debian
  mkdir -p "$system/var/lib/dpkg/info" "$system/var/lib/dpkg/updates" && touch "$system/var/lib/dpkg/status" "$system/var/lib/dpkg/available"
  debian() { dpkg --root="$system" --force-depends --force-not-root --force-script-chrootless --log=/dev/null "$@"; }
  files() { (cd "$system" && find . -path ./var/lib/dpkg -prune -o \( -type f -o -type l \) -print); }
  check "Debian's packages install" debian --install "$out/km_${version}_$deb.deb" "$out/kmpkg_${version}_$deb.deb" "$out/km-api_${version}_$deb.deb"
  check "Debian's km runs a session with the plugin that came with it" session "$system/usr/bin/km"
  check "Debian's kmpkg runs" "$system/usr/bin/kmpkg" version
  # serves: the server of the package starts where there is no .NET, and answers.
  serves() {
    local dotnet port=5$((RANDOM % 900 + 100)) status=1 server
    dotnet=$(dirname "$(readlink -f "$(command -v dotnet || echo /nonexistent/dotnet)")")
    mkdir -p -m 700 "$work/api"
    env -i PATH=/usr/bin:/bin \
      bwrap --bind / / --dev-bind /dev /dev --tmpfs "$dotnet" --die-with-parent "$system/usr/bin/km-api" serve --data "$work/api/data" --urls "http://127.0.0.1:$port" &
    server=$!
    for _ in $(seq 600); do
      if curl -fsS "http://127.0.0.1:$port/health/ready"; then status=0 && break; fi
      kill -0 $server 2>/dev/null || break
      sleep 0.2
    done
    kill $server 2>/dev/null
    wait $server || true
    return $status
  }
  if has bwrap "km-api without .NET" && has curl "km-api without .NET"; then check "Debian's km-api serves on a machine without .NET" serves; fi
  echo '# mine' >>"$system/etc/km-api/km-api.env"
  check "an upgrade installs" debian --install "$out/km-api_${version}_$deb.deb"
  check "an upgrade keeps the settings" grep -q '^# mine' "$system/etc/km-api/km-api.env"
  mkdir -p "$system/var/lib/km-api" && touch "$system/var/lib/km-api/km-api.db"
  debian --remove km kmpkg km-api >/dev/null 2>&1
  check "removing keeps settings and state" [ "$(files | sort | tr '\n' ' ')" = "./etc/km-api/km-api.env ./var/lib/km-api/km-api.db " ]
  debian --purge km kmpkg km-api >/dev/null 2>&1
  check "purging removes everything" [ -z "$(files)" ]
fi

image=$out/km-api-$version-$rid.oci.tar
if [ -e "$image" ]; then
  if has skopeo "the image's form"; then
    check "skopeo reads the image" [ "$(skopeo inspect --config "oci-archive:$image" | jq -r .config.User)" = 64000:64000 ]
  fi
  blob() { tar -xOf "$image" "blobs/sha256/${1#sha256:}"; }
  manifest=$(blob "$(tar -xOf "$image" index.json | jq -r '.manifests[0].digest')")
  check "the image's blobs have the hashes that are their names" sh -c 'mkdir "$1" && tar -C "$1" -xf "$2" && cd "$1/blobs/sha256" && for one in *; do echo "$one  $one"; done | sha256sum -c --quiet' - "$work/layout" "$image"
  # contained: as a container runs it: another root that nobody can change, another user, no capabilities; it is ready, and ends when told.
  contained() {
    local port=6$((RANDOM % 900 + 100)) status=1 server
    mkdir -p "$work/contained/root" && mkdir -m 700 "$work/contained/state" && chown 64000:64000 "$work/contained/state"
    blob "$(jq -r '.layers[0].digest' <<<"$manifest")" | tar -C "$work/contained/root" -xz
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m --propagation private sh -ec 'mount --bind "$1/root" "$1/root" && mount -o remount,ro,bind "$1/root"
      mount --bind "$1/state" "$1/root/var/lib/km-api" && mount -t proc proc "$1/root/proc" && mount --rbind /dev "$1/root/dev"
      exec env -i PATH=/usr/bin KM_API__Urls="http://0.0.0.0:$2" \
        "$(command -v chroot)" --userspec=64000:64000 "$1/root" /usr/bin/km-api serve --data /var/lib/km-api' - "$work/contained" "$port" &
    server=$!
    for _ in $(seq 600); do
      if "$published/km-api" health --url "http://127.0.0.1:$port" 2>/dev/null; then status=0 && break; fi
      kill -0 $server 2>/dev/null || break
      sleep 0.2
    done
    kill $server && wait $server && return $status
  }
  if [ "$(id -u)" = 0 ] && has unshare "the image as a container"; then check "the image's km-api serves without a shell, as another user, on a root that is read-only" contained; fi
fi

if ls "$out"/*.rpm >/dev/null 2>&1; then
  system=$work/redhat
  # Dependencies are those of another system, and its scripts need its tools.
  redhat() { rpm --root "$system" --nodeps --noscripts "$@"; }
  check "RPM's packages install" redhat --install --ignorearch "$out/km-$version-1.$rpm.rpm" "$out/kmpkg-$version-1.$rpm.rpm" "$out/km-api-$version-1.$rpm.rpm"
  check "RPM's km runs a session with the plugin that came with it" session "$system/usr/bin/km"
  check "RPM knows the server's settings as configuration" [ "$(rpm -qp --configfiles "$out/km-api-$version-1.$rpm.rpm" 2>/dev/null)" = /etc/km-api/km-api.env ]
  check "RPM's packages are removed" redhat --erase km kmpkg km-api
  check "removing leaves no program" [ -z "$(find "$system/usr" -type f 2>/dev/null)" ]
fi

if ls "$out"/*.tgz >/dev/null 2>&1; then
  mkdir "$work/npm" && cd "$work/npm" && echo '{}' >package.json
  export npm_config_cache=$work/npm-cache npm_config_update_notifier=false
  check "npm installs it without a network and without scripts" npm install --offline --ignore-scripts --no-audit --no-fund "$out/kilometers-km-$version.tgz" "$out/kilometers-km-$rid-$version.tgz"
  check "npx runs it" [ "$(npx --offline km version)" = "km $version" ]
  check "npx's km runs a session with the plugin that came with it" session "$work/npm/node_modules/.bin/km"
  check "the server's exit status comes through npx" gives 7 npx --offline km monitor --no-plugins -- sh -c 'exit 7'
  check "a signal that ends the server ends npx's km alike" gives 143 node_modules/.bin/km monitor --no-plugins -- sh -c 'kill -TERM $$'
  rm -rf "node_modules/@kilometers/km-$rid"
  check "without its program it says what is missing" gives 127 node_modules/.bin/km version
  cd "$root"
fi

if [ -n "${KM_TEST_RELEASE:-}" ]; then . eng/test-release-thorough.sh; fi
exit $failed
