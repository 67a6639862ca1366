# The slow part of eng/test-release.sh: packages for plugin authors, repositories, a second build. Sourced, not run.

# An author outside of the checkout, with packages of their own, no feed and a new home.
author=$work/author
mkdir -p "$author"
(
  export DOTNET_CLI_HOME=$author/home NUGET_PACKAGES=$author/packages DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
  cd "$author"
  check "the template installs" dotnet new install "$out/Kilometers.Templates.$version.nupkg"
  check "the template makes a project" dotnet new km-plugin --name my-logger --output template
  check "kmpkg makes a project from what it carries" "$work/archive/kmpkg" new my-logger --output carried --offline
  cp -R carried same && sed -i '/<Restore/d' same/*.csproj same/tests/*.csproj
  check "both are the same project" diff -r --exclude README.md template same
  check "it builds without a feed" dotnet build carried/my-logger.csproj -c Release -o carried/out --nologo -v quiet
  check "it passes kmpkg's tests" "$work/archive/kmpkg" test carried/out/km-plugin-my-logger
  mkdir payload && cp -a carried/out/. payload/ && rm -f payload/manifest.json
  check "it packs and is signed" "$work/archive/kmpkg" pack --manifest carried/manifest.json --payload payload --output packed --sign
  rm -rf "$KM_HOME"
  check "km installs and test-starts it" "$work/archive/km" plugins install packed/*.kmpkg --yes
  mkdir page
  page() { sed -n '/^```sh$/,/^```$/{/^```/!p}' "$root/docs/start/write-a-plugin.md" >page.sh && WORK=$PWD/page KM_HOME=$PWD/km PATH=$work/archive:$PATH bash -euo pipefail page.sh; }
  check "the page on writing a plugin is true outside of the checkout" page
  check "its plugin is installed" [ -e km/plugins/greeter.kmpkg ]
  exit $failed
) || failed=1
for package in "$out"/Kilometers.*."$version".nupkg; do
  listed() { [ "$(unzip -Z1 "$package" | grep -cxE 'icon.png|README.md')" = 2 ]; }
  check "$(basename "$package") has readme and icon" listed
done
documented() {
  local name
  for name in Contracts Plugin.Sdk GoPlugin.Client GoPlugin.Server; do
    [ "$(unzip -Z1 "$out/Kilometers.$name.$version.nupkg" | grep -c "/Kilometers.$name.xml$")" = 1 ] || return 1
    [ -f "$out/Kilometers.$name.$version.snupkg" ] || return 1
  done
}
check "the packages have documentation and symbols" documented

# A second revision of the packages, in repositories that keep the first.
second() { KM_RELEASE_REVISION=2 KM_RELEASE_EARLIER=$out KM_RELEASE_ONLY="debian rpm repositories" eng/release.sh "$work/revision"; }
if [ -d "$out/apt" ]; then check "a second revision is made, and the first stays in its repositories" second; fi

if [ -d "$out/apt" ] && has apt-get "the repository of Debian packages"; then
  # apt with a system and folders of its own, on which what our packages depend on is installed. This machine stays as it is, and the
  # repository is read as root: apt's own user may not enter our folder.
  system=$work/apt/system
  mkdir -p "$work"/apt/{lists/partial,cache/archives/partial,state,downloads} "$system"/var/lib/dpkg/{info,updates} && touch "$system/var/lib/dpkg/available"
  for package in libc6 libssl3 libgcc-s1 libstdc++6 ca-certificates adduser; do
    printf '%s\n' "Package: $package" "Status: install ok installed" "Architecture: $deb" "Version: 99" "Maintainer: somebody" "Description: of the system" ""
  done >"$system/var/lib/dpkg/status"
  printf '#!/bin/sh\nexec dpkg --root=%q --force-not-root --force-script-chrootless --log=/dev/null "$@"\n' "$system" >"$work/apt/dpkg" && chmod +x "$work/apt/dpkg"
  cat >"$work/apt/apt.conf" <<CONFIGURATION
Dir::Etc { main "-"; parts "-"; sourceparts "-"; preferencesparts "-"; sourcelist "$work/apt/sources.list"; }
Dir::State "$work/apt/state";
Dir::State::lists "$work/apt/lists";
Dir::State::status "$system/var/lib/dpkg/status";
Dir::Cache "$work/apt/cache";
Dir::Log "$work/apt/state";
Dir::Bin::dpkg "$work/apt/dpkg";
APT::Architecture "$deb";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
CONFIGURATION
  apt() { APT_CONFIG=$work/apt/apt.conf apt-get -q -y "$@"; }
  # offered FOLDER: apt knows what the repository there offers.
  offered() { echo "deb [signed-by=$1/apt/kilometers.gpg] file:$1/apt stable main" >"$work/apt/sources.list" && apt update; }
  # installed REVISION: km and km-api are there in this one.
  installed() { [ "$(debian -W km km-api | cut -f2 | sort -u)" = "$1" ]; }
  debian() { dpkg-query --admindir="$system/var/lib/dpkg" "$@"; }
  check "apt accepts the repository" offered "$out"
  download() (cd "$work/apt/downloads" && apt download km kmpkg km-api && cmp km_*.deb "$out"/km_*.deb)
  check "apt gets the packages from it" download
  installs() { apt install km kmpkg km-api && installed "$version"; }
  check "apt installs them" installs
  check "apt's km runs a session with the plugin that came with it" session "$system/usr/bin/km"
  upgrades() { echo '# mine' >>"$system/etc/km-api/km-api.env" && offered "$work/revision" && apt upgrade && installed "$version-2"; }
  check "apt upgrades them" upgrades
  check "the upgraded km runs a session" session "$system/usr/bin/km"
  goes_back() { apt install --allow-downgrades "km=$version" "kmpkg=$version" "km-api=$version" && installed "$version"; }
  check "apt goes back to the first revision" goes_back
  check "the older km runs a session" session "$system/usr/bin/km"
  check "the settings stayed" grep -q '^# mine' "$system/etc/km-api/km-api.env"
  purges() { apt purge km kmpkg km-api && [ -z "$(files)" ]; }
  check "apt removes everything" purges
  sed -i 's/^Origin: .*/Origin: Somebody/' "$out/apt/dists/stable/InRelease"
  rm -rf "$work/apt/lists" && mkdir -p "$work/apt/lists/partial"
  check "apt refuses a repository that was changed" refuses offered "$out"
fi
if [ -d "$out/rpm" ]; then
  verified() { gpgv --keyring "$work/rpm.gpg" "$out/rpm/repodata/repomd.xml.asc" "$out/rpm/repodata/repomd.xml"; }
  gpg --dearmor <"$out/rpm/kilometers.asc" >"$work/rpm.gpg"
  check "the metadata of the RPM repository is signed" verified
fi
if [ -d "$out/rpm" ] && has dnf "the repository of RPM packages"; then
  # dnf with a system of its own, where a package says that it is what ours depend on. Scripts need its tools.
  system=$work/dnf/system
  mkdir -p "$work/dnf/base" "$system"
  printf '%s\n' "Name: base" "Version: 1" "Release: 1" "Summary: The system" "License: MIT" "BuildArch: noarch" \
    "Provides: glibc, openssl-libs, ca-certificates, libgcc, libstdc++, /bin/sh" %description "What a system has." %files >"$work/dnf/base.spec"
  base() { rpmbuild -bb --quiet --define "_topdir $work/dnf/build" --define "_rpmdir $work/dnf/base" "$work/dnf/base.spec" && createrepo_c --quiet "$work/dnf/base"; }
  check "a system for dnf is made" base
  printf '%s\n' "[main]" "reposdir=-" "cachedir=$work/dnf/cache" "logdir=$work/dnf/log" "persistdir=$work/dnf/state" "plugins=0" "tsflags=noscripts" \
    "[base]" "name=base" "baseurl=file://$work/dnf/base" "gpgcheck=0" >"$work/dnf/dnf.conf"
  # of FOLDER COMMAND...: dnf with the repository there.
  of() {
    local folder=$1
    shift
    { cat "$work/dnf/dnf.conf" && printf '%s\n' "[km]" "name=km" "baseurl=file://$folder/rpm" "gpgcheck=0" "repo_gpgcheck=1" "gpgkey=file://$folder/rpm/kilometers.asc"; } >"$work/dnf/of.conf"
    dnf --config="$work/dnf/of.conf" --installroot="$system" --releasever=1 --assumeyes --refresh "$@"
  }
  installed() { [ "$(rpm --root "$system" -q --queryformat '%{version}-%{release}\n' km km-api | sort -u)" = "$1" ]; }
  installs() { of "$out" install km kmpkg km-api && installed "$version-1"; }
  check "dnf installs from the repository" installs
  check "dnf's km runs a session with the plugin that came with it" session "$system/usr/bin/km"
  upgrades() { echo '# mine' >>"$system/etc/km-api/km-api.env" && of "$work/revision" upgrade && installed "$version-2"; }
  check "dnf upgrades" upgrades
  goes_back() { of "$work/revision" downgrade km kmpkg km-api && installed "$version-1" && grep -q '^# mine' "$system/etc/km-api/km-api.env"; }
  check "dnf goes back to the first revision, with the settings" goes_back
  check "the older km runs a session" session "$system/usr/bin/km"
  removes() { of "$out" remove km kmpkg km-api && [ -z "$(find "$system"/usr/{bin,lib/km,lib/kmpkg,lib/km-api} -type f 2>/dev/null)" ]; }
  check "dnf removes the programs" removes
fi

# twice: two releases of the same programs, compared byte by byte.
twice() {
  local folder
  for folder in first second; do KM_RELEASE_ONLY="archives debian rpm npm components" eng/release.sh "$work/$folder" || return; done
  diff -r "$work/first" "$work/second"
}
check "the same commit gives the same bytes" twice
