#!/usr/bin/env bash
# Builds everything and runs every test.
#   ./test.sh                     install what the tests need where that can be done (Debian, root; npm), build, check, publish, test
#   ./test.sh NAME...             the same, but only the test projects whose name contains NAME
#   ./test.sh --quick [NAME...]   the inner loop: build (Debug, without analyzers) what these tests need, and run them, and nothing else
# Each step has a log in artifacts/log. What cannot run is named in a line SKIPPED: <what>: <why>. The last line is "N passed, N failed" or
# "N passed, N failed, N skipped"; the status is 1 if anything failed, a build or a check included.
# KM_TEST_TIMEOUT: seconds per test project (2400). KM_TEST_RELEASE=1: also the slow tests of the packages (eng/test-release.sh).
set -uo pipefail
cd "$(dirname "$0")"
. eng/test-steps.sh
quick=
configuration=Release
if [ "${1:-}" = --quick ]; then quick=1 configuration=Debug && shift; fi
build=(-c $configuration --nologo -v minimal -nodeReuse:false)
start

if [ -z "$quick" ]; then install_debian_packages && install_npm_packages && install_site_packages && install_dashboard && install_promtool; fi
find_npm_packages
find_promtool
command -v dotnet >/dev/null || { failed_step dotnet "the .NET SDK of global.json is not installed" && finish; }
sort_projects "$@"

if [ -n "$quick" ]; then
  skipped "AOT binaries" "--quick"
  if need_go; then build_go && use_go; fi
  [ $# -gt 0 ] || step build dotnet build Km.slnx "${build[@]}" || finish
  for project in ${portable[@]+"${portable[@]}"} ${published[@]+"${published[@]}"}; do
    [ $# -eq 0 ] || step "build-$(basename "$project")" dotnet build "$project" "${build[@]}" || continue
    run_tests "$project"
  done
  finish
fi

# Two processors have work all the time: what must wait for nothing runs beside what others wait for.
beside build_go
beside nicely step format eng/check-format.sh
beside nicely step commits eng/check-commits.sh
if has_site_packages; then beside nicely site; else skipped "the documentation site" "npm is not installed, or could not install VitePress"; fi
step build dotnet build Km.slnx "${build[@]}" || finish
wait_for build_go
use_go
beside nicely step compile-for eng/compile-for.sh win-x64 osx-arm64
beside publish
beside run_tests ${portable[@]+"${portable[@]}"}
wait_for publish
wait_for run_tests ${portable[@]+"${portable[@]}"} # what follows fills the machine alone
use_published
beside release
# The largest beside all others, one after the other: more at once would only wait for the processors, and time out.
beside run_tests ${published[@]+"${published[@]:0:1}"}
beside run_tests ${published[@]+"${published[@]:1}"}
finish
