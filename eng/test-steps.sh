# The parts of test.sh: installs, steps, test runs, the summary. Sourced, not run.

total_passed=0 total_failed=0 total_skipped=0
summary=()
portable=()  # test projects that need no published binaries
published=() # those that do
jobs=()      # what runs beside: "PID NAME"
logs=$PWD/artifacts/log
go_packages="golang-go golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev golang-github-hashicorp-go-hclog-dev"
python_packages="python3-grpcio python3-grpc-tools python3-protobuf python3-cryptography"
signing_packages="openssl softhsm2 libengine-pkcs11-openssl opensc"
credential_packages="golang-docker-credential-helpers pass gnupg"
database_packages="postgresql-15"
release_packages="unzip rpm apt-utils createrepo-c jq mandoc skopeo zsh fish"
browser_packages="chromium fonts-dejavu-core"
npm_packages="@modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/inspector@2.12.0 axe-core@4.14.1"
npm_dir=$PWD/artifacts/npm
promtool=$PWD/artifacts/promtool/promtool

# start: a new run. Its builds share one compiler, which has to load itself and the analyzers once only; it is ours and ends with us.
start() {
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
  export UseSharedCompilation=true SharedCompilationId=km-test-$$
  # Most programs here run for seconds: neither what measuring their code costs comes back, nor what compiling it again does after 30 calls.
  # A start of km-api takes 2.0 s of processor time with both, 2.7 s with the first alone, 3.4 s with neither.
  export DOTNET_TieredPGO=0 DOTNET_TC_CallCountThreshold=400 # hexadecimal
  mkdir -p "$logs"
  rm -f "$logs"/*.status "$logs"/*.xml "$logs"/*.Tests.log # coverage is in *.xml, too
  trap stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  set -m # else what runs in the background, the tests included, would ignore SIGINT
}

# stop: ends what still runs, and the compiler.
stop() {
  local child running=()
  for child in $(jobs -p); do while IFS= read -r child; do running+=("$child"); done < <(tree "$child"); done
  [ ${#running[@]} -eq 0 ] || kill "${running[@]}" 2>/dev/null
  local compiler
  compiler=$(dirname "$(readlink -f "$(command -v dotnet)")")/sdk/$(dotnet --version 2>/dev/null)/Roslyn/bincore/VBCSCompiler.dll
  [ ! -f "$compiler" ] || dotnet "$compiler" -pipename:"$SharedCompilationId" -shutdown >/dev/null 2>&1
}

# tree PID: the process and all below it.
tree() {
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do tree "$child"; done
}

skipped() { echo "SKIPPED: $1: $2"; summary+=("skipped  $1: $2"); }

failed_step() {
  echo "FAILED: $1: $2"
  total_failed=$((total_failed + 1))
  summary+=("FAILED   $1: $2")
}

# beside COMMAND...: starts a command of this file in the background. What it did is read from its files in artifacts/log.
beside() {
  { set -m && "$@"; } &
  jobs+=("$! $*")
}

# wait_for NAME: until what runs beside under that name has ended.
wait_for() {
  local job
  for job in ${jobs[@]+"${jobs[@]}"}; do if [ "${job#* }" = "$*" ]; then wait "${job%% *}"; fi; done
}

# nicely COMMAND...: with what the others leave of the machine.
nicely() {
  renice -n 19 -p "${BASHPID:-}" >/dev/null 2>&1
  "$@"
}

# attempt NAME SECONDS COMMAND...: runs it within that time, with its output in a log, and leaves "STATUS SECONDS" in NAME.status.
attempt() {
  local name=$1 limit=$2 begin=$SECONDS status=0
  shift 2
  echo "== $name"
  echo "unfinished $name" >"$logs/$name.status"
  timeout --kill-after=30 "$limit" "$@" >"$logs/$name.log" 2>&1 </dev/null & # bash would put off its traps until a foreground command ends
  wait $! || status=$?
  echo "$status $((SECONDS - begin))" >"$logs/$name.status"
  return "$status"
}

# step NAME COMMAND...: a build or a check. Shows the log's end when it fails.
step() {
  local name=$1
  shift
  attempt "$name" 3600 "$@" && return 0
  tail -n 60 "$logs/$name.log"
  return 1
}

# count_steps: adds every step that was begun to the result.
count_steps() {
  local file name status seconds
  for file in "$logs"/*.status; do
    name=$(basename "$file" .status)
    case $name in build-*) ;; *.Tests | '*') continue ;; esac
    read -r status seconds <"$file"
    if [ "$status" = 0 ]; then summary+=("passed   $name: $seconds s"); else failed_step "$name" "see artifacts/log/$name.log"; fi
  done
}

install_debian_packages() {
  local missing=()
  for package in $go_packages $python_packages $signing_packages $credential_packages $database_packages $release_packages $browser_packages gcc strace faketime bubblewrap; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    skipped "installing ${missing[*]}" "not Debian, or not root"
    return 0
  fi
  echo "== installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >artifacts/log/apt.log 2>&1 </dev/null ||
    skipped "installing ${missing[*]}" "apt-get failed, see artifacts/log/apt.log"
  return 0
}

has_npm_packages() {
  local package
  for package in $npm_packages; do
    grep -qs "\"version\": *\"${package##*@}\"" "$npm_dir/node_modules/${package%@*}/package.json" || return 1
  done
}

install_npm_packages() {
  has_npm_packages && return 0
  if ! command -v npm >/dev/null; then return 0; fi
  echo "== installing $npm_packages"
  mkdir -p "$npm_dir"
  # shellcheck disable=SC2086 # two words are meant
  timeout 600 npm install --no-save --no-package-lock --no-audit --no-fund --prefix "$npm_dir" $npm_packages >artifacts/log/npm.log 2>&1 </dev/null ||
    skipped "installing $npm_packages" "npm failed, see artifacts/log/npm.log"
  return 0
}

has_site_packages() { cmp -s eng/site/package-lock.json artifacts/site/node_modules/.installed; }

install_site_packages() {
  if has_site_packages || ! command -v npm >/dev/null; then return 0; fi
  echo "== installing what makes the documentation site"
  timeout 600 eng/site.sh --packages >artifacts/log/site-packages.log 2>&1 </dev/null ||
    skipped "installing what makes the documentation site" "npm failed, see artifacts/log/site-packages.log"
  return 0
}

# site: makes the documentation site for a path of its own, with all checks.
site() {
  rm -rf artifacts/docs
  step site eng/site.sh artifacts/docs /km/
}

install_dashboard() {
  local folder=${NUGET_PACKAGES:-$HOME/.nuget/packages}/aspire.dashboard.sdk.linux-x64
  if [ -e "$folder" ] || [ "$(uname -sm)" != "Linux x86_64" ]; then return 0; fi
  echo "== installing the Aspire dashboard"
  timeout 300 dotnet restore eng/dashboard.proj >artifacts/log/dashboard.log 2>&1 </dev/null ||
    skipped "installing the Aspire dashboard" "dotnet restore failed, see artifacts/log/dashboard.log"
  return 0
}

# install_promtool: takes the one program out of Debian's package, which would start a server. Needs no root.
install_promtool() {
  if [ -x /usr/bin/promtool ] || [ -x "$promtool" ] || ! command -v apt-get dpkg-deb >/dev/null; then return 0; fi
  echo "== installing promtool"
  mkdir -p "$(dirname "$promtool")"
  (
    cd "$(dirname "$promtool")" || exit
    timeout 120 apt-get download prometheus || { [ "$(id -u)" = 0 ] && apt-get update && timeout 120 apt-get download prometheus; } || exit
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >promtool.new && chmod +x promtool.new && mv promtool.new promtool
    rm -f prometheus_*.deb
  ) >artifacts/log/promtool.log 2>&1 </dev/null ||
    skipped "installing promtool" "apt-get failed, see artifacts/log/promtool.log"
  return 0
}

find_promtool() {
  local program
  for program in /usr/bin/promtool "$promtool"; do
    if [ -x "$program" ]; then
      export KM_TEST_PROMTOOL=$program
      return 0
    fi
  done
  skipped "the check of Prometheus rules" "promtool (Debian: prometheus) is not installed"
}

find_npm_packages() {
  if has_npm_packages && command -v node >/dev/null; then
    export KM_TEST_NPM_DIR=$npm_dir
  else
    skipped "tests with npm's MCP server, inspector and axe" "$npm_packages are not installed, or node is not"
  fi
}

# sort_projects PARTS...: the test projects whose name contains one of the parts (all, if there are none), the largest first.
sort_projects() {
  local project
  while read -r _ project; do
    wanted "$(basename "$project")" "$@" || continue
    if grep -rqs --include='*.cs' KM_TEST_PUBLISH_DIR "$project"; then published+=("$project"); else portable+=("$project"); fi
  done < <(for project in tests/*.Tests; do echo "$(find "$project" -name '*.cs' -not -path '*/obj/*' -exec cat {} + | wc -c) $project"; done | sort -rn)
  [ $((${#portable[@]} + ${#published[@]})) -gt 0 ] || failed_step "$*" "no test project has such a name"
}

# wanted NAME PARTS...: no parts, or NAME contains one of them.
wanted() {
  local name=$1 part
  shift
  [ $# -eq 0 ] && return 0
  for part in "$@"; do case $name in *"$part"*) return 0 ;; esac done
  return 1
}

# need_go: whether a project to be run has tests with Go programs.
need_go() {
  local project
  for project in ${portable[@]+"${portable[@]}"} ${published[@]+"${published[@]}"}; do
    grep -rqsE --include='*.cs' 'KM_TEST_GO_DIR|Programs\.Go\(' "$project" && return 0
  done
  return 1
}

has_go() { command -v go >/dev/null && [ -d "${KM_GO_PACKAGES:-/usr/share/gocode}/src/github.com/hashicorp/go-plugin" ]; }

build_go() { ! has_go || step build-go eng/build-go.sh artifacts/go; }

use_go() {
  if ! has_go; then
    skipped "Go plugins and hosts" "Go and Debian's $go_packages are not installed"
  elif succeeded build-go; then
    export KM_TEST_GO_DIR=$PWD/artifacts/go
  fi
}

has_compiler() { command -v clang >/dev/null || command -v gcc >/dev/null; }

publish() { ! has_compiler || step publish eng/publish.sh --tests artifacts/publish; }

use_published() {
  if ! has_compiler; then
    skipped "AOT binaries" "neither clang nor gcc is installed"
  elif succeeded publish; then
    export KM_TEST_PUBLISH_DIR=$PWD/artifacts/publish
  fi
}

# release: installs and runs what a user installs. The programs must be published.
release() { ! succeeded publish || step release eng/test-release.sh artifacts/publish; }

# name_skipped: what the release could not test.
name_skipped() {
  local line
  [ -f "$logs/release.status" ] || return 0
  while IFS= read -r line; do
    line=${line#SKIPPED: }
    skipped "${line%%: *}" "${line#*: }"
  done < <(grep '^SKIPPED: ' "$logs/release.log")
}

# succeeded NAME: whether the step has run and ended well.
succeeded() { [ "$(cut -d' ' -f1 "$logs/$1.status" 2>/dev/null)" = 0 ]; }

# run_tests PROJECT...: runs test projects one after the other.
run_tests() {
  local project name executable options
  for project in "$@"; do
    name=$(basename "$project") executable=$project/bin/$configuration/net10.0/$(basename "$project")
    options=(--no-ansi --progress off --results-directory "$logs" --report-xunit-xml --report-xunit-xml-filename "$name.xml")
    [ -n "${quick:-}" ] || while IFS= read -r option; do options+=("$option"); done < <(coverage "$project")
    attempt "$name" "${KM_TEST_TIMEOUT:-2400}" "$executable" "${options[@]}"
    if [ "$(count total "$logs/$name.log")" -eq 0 ] || [ "$(count failed "$logs/$name.log")" -ne 0 ] || ! succeeded "$name"; then tail -n 200 "$logs/$name.log"; fi
    sed -nE '/^skipped /{s/^skipped (.*) \([^()]*\)$/SKIPPED: \1:/;N;p}' "$logs/$name.log"
  done
}

# coverage PROJECT: the options that measure how much of the library or program of the same name its tests run within their own process.
# Generated code does not count. Nothing for the others, whose tests start programs.
coverage() {
  local name source assembly
  name=$(basename "$1" .Tests)
  for source in "src/$name/$name.csproj" "src/plugins/$name/$name.csproj"; do
    [ -f "$source" ] || continue
    assembly=$(sed -nE 's|.*<AssemblyName>(.*)</AssemblyName>.*|\1|p' "$source")
    assembly=${assembly:-$name}
    # coverlet takes no filter with a hyphen, and would measure everything.
    printf '%s\n' --coverlet --coverlet-include "[${assembly//-/*}]*" --coverlet-exclude-by-file '**/obj/**' --coverlet-single-hit \
      --coverlet-output-format cobertura --coverlet-file-prefix "$name"
  done
}

# covered NAME: ", N% of lines, N% of branches" where that was measured.
covered() {
  sed -nE 's/^ +Total - Line: ([0-9.]+%)$/, \1 of lines/p; s/^ +Total - Branch: ([0-9.]+%)$/, \1 of branches/p' "$logs/$1.log" 2>/dev/null | tr -d '\n'
}

# count_tests PROJECT...: adds the counts that the projects' tests have printed.
count_tests() {
  local project name log status seconds total failed skips test
  for project in "$@"; do
    name=$(basename "$project") log=$logs/$(basename "$project").log status='' seconds=''
    read -r status seconds 2>/dev/null <"$logs/$name.status"
    total=$(count total "$log") failed=$(count failed "$log") skips=$(count skipped "$log")
    if [ "$total" -eq 0 ] || { [ "$status" != 0 ] && [ "$failed" -eq 0 ]; }; then
      failed=$((failed + 1))
      case $status in
        124 | 137) summary+=("FAILED   $name: no end within ${KM_TEST_TIMEOUT:-2400} s") ;;
        126 | 127) summary+=("FAILED   $name: not built; is it in Km.slnx?") ;;
        *) summary+=("FAILED   $name: status ${status:-unknown}, $total tests run") ;;
      esac
      total=$((total + 1))
    fi
    total_passed=$((total_passed + total - failed - skips))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skips))
    summary+=("$(printf '%-8s %s: %d passed, %d failed, %d skipped, %s s%s' "$([ "$failed" -eq 0 ] && echo passed || echo FAILED)" "$name" \
      $((total - failed - skips)) "$failed" "$skips" "$seconds" "$(covered "$name")")")
    # The failed ones are in the summary too, with what each says first: a build server may keep the end of the output only.
    while IFS= read -r test; do summary+=("           $test"); done < <(failures "$log")
  done
}

# failures LOG: the name of each failed test and the first four lines of its message, cut to the width of a page.
failures() {
  awk '/^failed .*\(.*\)$/ { sub(/^failed /, ""); sub(/ \([^()]*\)$/, ""); print; left = 4; next }
    /^[^ ]/ { left = 0 }
    left > 0 && NF { sub(/^ */, ""); print "  " substr($0, 1, 200); left-- }' "$1" 2>/dev/null
}

# count WORD LOG: the number in the last line "WORD: N" of the summary; 0 if there is none.
count() {
  local number
  number=$(sed -nE "s/^  $1: ([0-9]+)$/\1/p" "$2" 2>/dev/null | tail -1)
  echo "${number:-0}"
}

# print_slowest: the tests that took longest, from the reports of all projects.
print_slowest() {
  cat "$logs"/*.xml 2>/dev/null | tr '<' '\n' |
    sed -nE 's/^test .* name="([^"]*)".* time="([0-9.]+)".*/\2 \1/p' | sort -rn | head -n 20 |
    sed -e 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | awk '{ time = $1; $1 = ""; printf "%8.1f s %s\n", time, $0 }'
}

# finish: waits for what runs beside, adds everything up and ends.
finish() {
  wait
  jobs=()
  name_skipped
  count_steps
  if succeeded build || [ ! -e "$logs/build.status" ]; then count_tests ${portable[@]+"${portable[@]}"} ${published[@]+"${published[@]}"}; fi
  local slowest
  slowest=$(print_slowest)
  [ -z "$slowest" ] || printf '\nThe slowest tests:\n%s\n' "$slowest"
  echo
  printf '%s\n' ${summary[@]+"${summary[@]}"}
  echo "$((SECONDS / 60)) min $((SECONDS % 60)) s"
  local line="$total_passed passed, $total_failed failed"
  [ "$total_skipped" -gt 0 ] && line+=", $total_skipped skipped"
  echo "$line"
  [ "$total_failed" -eq 0 ]
  exit
}
