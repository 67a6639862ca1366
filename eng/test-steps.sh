# The parts of test.sh: installs, steps, test runs, the summary. Sourced, not run.

total_passed=0 total_failed=0 total_skipped=0
summary=()
go_packages="golang-go golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev golang-github-hashicorp-go-hclog-dev"
signing_packages="openssl softhsm2 libengine-pkcs11-openssl opensc"
credential_packages="golang-docker-credential-helpers pass gnupg"
database_packages="postgresql-15"
npm_packages="@modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/inspector@2.12.0"
npm_dir=$PWD/artifacts/npm

skipped() { echo "SKIPPED: $1: $2"; summary+=("skipped  $1: $2"); }

failed_step() {
  echo "FAILED: $1: $2"
  total_failed=$((total_failed + 1))
  summary+=("FAILED   $1: $2")
}

# step NAME COMMAND...: runs it with its output in a log; shows the log's end when it fails.
step() {
  local name=$1 log=artifacts/log/$1.log
  shift
  echo "== $name"
  "$@" >"$log" 2>&1 </dev/null && return 0
  tail -n 60 "$log"
  failed_step "$name" "see $log"
  return 1
}

install_debian_packages() {
  local missing=()
  for package in $go_packages $signing_packages $credential_packages $database_packages gcc strace faketime; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
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

find_npm_packages() {
  if has_npm_packages && command -v node >/dev/null; then
    export KM_TEST_NPM_DIR=$npm_dir
  else
    skipped "tests with npm's MCP server and inspector" "$npm_packages are not installed, or node is not"
  fi
}

# wanted NAME PARTS...: no parts, or NAME contains one of them.
wanted() {
  local name=$1 part
  shift
  [ $# -eq 0 ] && return 0
  for part in "$@"; do case $name in *"$part"*) return 0 ;; esac done
  return 1
}

# run_tests NAME EXECUTABLE: runs one test project and adds its counts, read from the summary it prints.
run_tests() {
  local name=$1 executable=$2 log=artifacts/log/$1.log status=0 total=0 failed=0 skips=0
  echo "== $name"
  if [ ! -x "$executable" ]; then
    failed_step "$name" "not built; is it in Km.slnx?"
    return
  fi
  timeout --kill-after=30 "${KM_TEST_TIMEOUT:-2400}" "$executable" -noColor >"$log" 2>&1 </dev/null || status=$?
  total=$(count Total "$log") failed=$(($(count Failed "$log") + $(count Errors "$log"))) skips=$(count Skipped "$log")
  if [ "$status" -ne 0 ] || [ "$failed" -ne 0 ] || [ "$total" -eq 0 ]; then tail -n 200 "$log"; fi
  grep -F -A1 '[SKIP]' "$log" | sed -nE 's/^ *(.*) \[SKIP\].*/SKIPPED: \1:/p; s/^ {6,}(.*)/  \1/p' || true
  if [ "$total" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; }; then
    failed=$((failed + 1))
    case $status in
      124 | 137) summary+=("FAILED   $name: no end within ${KM_TEST_TIMEOUT:-2400} s") ;;
      *) summary+=("FAILED   $name: status $status, $total tests run") ;;
    esac
    total=$((total + 1))
  fi
  total_passed=$((total_passed + total - failed - skips))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skips))
  summary+=("$(printf '%-8s %s: %d passed, %d failed, %d skipped' "$([ "$failed" -eq 0 ] && echo passed || echo FAILED)" "$name" \
    $((total - failed - skips)) "$failed" "$skips")")
  # The names of the failed ones stand in the summary too: a build server may keep the end of the output only.
  local test
  while IFS= read -r test; do summary+=("           $test"); done < <(sed -nE 's/^ *(.*) \[FAIL\].*/\1/p' "$log")
}

# count WORD LOG: the number in "WORD: N" of the summary line; 0 if there is none.
count() {
  local number
  number=$(sed -nE "s/.* Total: .*/,&,/; s/.*[ ,]$1: ([0-9]+),.*/\1/p" "$2" | tail -1)
  echo "${number:-0}"
}

finish() {
  echo
  printf '%s\n' "${summary[@]+"${summary[@]}"}"
  local line="$total_passed passed, $total_failed failed"
  [ "$total_skipped" -gt 0 ] && line+=", $total_skipped skipped"
  echo "$line"
  [ "$total_failed" -eq 0 ]
  exit
}
