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

if [ -d "$out/apt" ] && has apt-get "the repository of Debian packages"; then
  # apt with folders of its own: this machine's lists and packages stay as they are.
  mkdir -p "$work"/apt/{lists/partial,cache/archives/partial,state,downloads}
  touch "$work/apt/state/status"
  # The repository is read as root: apt's own user may not enter our folder.
  apt=(apt-get -o Dir::State="$work/apt/state" -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root
    -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::State::status="$work/apt/state/status" -o APT::Architecture="$deb" -q)
  echo "deb [signed-by=$out/apt/kilometers.gpg] file:$out/apt stable main" >"$work/apt/sources.list"
  check "apt accepts the repository" "${apt[@]}" -o APT::Update::Error-Mode=any update
  download() (cd "$work/apt/downloads" && "${apt[@]}" download km kmpkg km-api && cmp km_*.deb "$out"/km_*.deb)
  check "apt gets the packages from it" download
  sed -i 's/^Origin: .*/Origin: Somebody/' "$out/apt/dists/stable/InRelease"
  rm -rf "$work/apt/lists" && mkdir -p "$work/apt/lists/partial"
  check "apt refuses a repository that was changed" refuses "${apt[@]}" -o APT::Update::Error-Mode=any update
fi
if [ -d "$out/rpm" ]; then
  verified() { gpgv --keyring "$work/rpm.gpg" "$out/rpm/repodata/repomd.xml.asc" "$out/rpm/repodata/repomd.xml"; }
  gpg --dearmor <"$out/rpm/kilometers.asc" >"$work/rpm.gpg"
  check "the metadata of the RPM repository is signed" verified
fi

# twice: two releases of the same programs, compared byte by byte.
twice() {
  local folder
  for folder in first second; do KM_RELEASE_ONLY="archives debian rpm npm components" eng/release.sh "$work/$folder" || return; done
  diff -r "$work/first" "$work/second"
}
check "the same commit gives the same bytes" twice
