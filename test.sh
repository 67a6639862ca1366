#!/usr/bin/env bash
# Builds everything and runs every test.
#   ./test.sh                     install what the tests need where that can be done (Debian, root; npm), build, check, publish, test
#   ./test.sh --quick [NAME...]   the inner loop: no installs, no publishing, no format check
#   ./test.sh NAME...             only the test projects whose name contains NAME
# What cannot run is named in a line SKIPPED: <what>: <why>. The last line is "N passed, N failed" or "N passed, N failed, N skipped";
# the status is 1 if anything failed, a build or a check included. KM_TEST_TIMEOUT: seconds per test project (2400).
set -uo pipefail
cd "$(dirname "$0")"
. eng/test-steps.sh
quick=
if [ "${1:-}" = --quick ]; then quick=1 && shift; fi
configuration=Release
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
mkdir -p artifacts/log

if [ -z "$quick" ]; then install_debian_packages && install_npm_packages; fi
find_npm_packages

if ! command -v dotnet >/dev/null; then
  failed_step "dotnet" "the .NET SDK of global.json is not installed"
  finish
fi
step restore dotnet restore Km.slnx || finish
step build dotnet build Km.slnx --no-restore -c $configuration -v minimal -nodeReuse:false || finish
if [ -z "$quick" ]; then step format dotnet format Km.slnx --verify-no-changes --no-restore; fi
if [ -z "$quick" ]; then for rid in win-x64 osx-arm64; do step "compile for $rid" eng/compile-for.sh "$rid"; done; fi

if [ ! -x eng/build-go.sh ]; then
  skipped "Go plugins and hosts" "eng/build-go.sh is missing"
elif ! command -v go >/dev/null || [ ! -d "${KM_GO_PACKAGES:-/usr/share/gocode}/src/github.com/hashicorp/go-plugin" ]; then
  skipped "Go plugins and hosts" "Go and Debian's $go_packages are not installed"
elif step build-go eng/build-go.sh artifacts/go; then
  export KM_TEST_GO_DIR=$PWD/artifacts/go
fi

if [ -n "$quick" ]; then
  skipped "AOT binaries" "--quick"
elif ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then
  skipped "AOT binaries" "neither clang nor gcc is installed"
elif step publish eng/publish.sh artifacts/publish; then
  export KM_TEST_PUBLISH_DIR=$PWD/artifacts/publish
fi

for project in tests/*.Tests; do
  name=$(basename "$project")
  wanted "$name" "$@" && run_tests "$name" "$project/bin/$configuration/net10.0/$name"
done
finish
