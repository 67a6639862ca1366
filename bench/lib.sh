# Shared by the bench scripts: reading a driver's JSON, medians, the machine in words. Sourced, not run.

# field NAME <JSON: a number of one line of flat JSON.
field() { sed -nE "s/.*\"$1\":(-?[0-9.]+).*/\1/p"; }

# list NAME <JSON: an array of numbers, one per line.
list() { sed -nE "s/.*\"$1\":\[([0-9.,-]*)\].*/\1/p" | tr ',' '\n'; }

# milliseconds COMMAND...: of one run, its output thrown away; its failure is the caller's.
milliseconds() {
  local start=$EPOCHREALTIME end
  "$@" >/dev/null 2>&1 || return
  end=$EPOCHREALTIME
  awk -v a="$start" -v b="$end" 'BEGIN { printf "%.3f\n", (b - a) * 1000 }'
}

# median: of the numbers on stdin.
median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# divide A B, with two digits; "-" where there is nothing to divide.
divide() { awk -v a="${1:-}" -v b="${2:-}" 'BEGIN { if (a == "" || b == "" || b == 0) print "-"; else printf "%.2f", a / b }'; }

# verdict VALUE most|least LIMIT
verdict() {
  awk -v value="$1" -v kind="$2" -v limit="$3" \
    'BEGIN { print (value == "-" || value == "") ? "not measured" : ((kind == "most" ? value <= limit : value >= limit) ? "OK" : "MISSED") }'
}

# machine: what the numbers were measured on, without names or paths.
machine() {
  local model memory
  model=$(sed -nE 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
  memory=$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)
  echo "$(nproc) × ${model:-unknown processor}, ${memory}, Linux $(uname -r | cut -d- -f1) $(uname -m)"
}

# native PROJECT OUT: compiles a project of the benches with Native AOT.
native() {
  local rid log
  rid=$(dotnet --info | sed -nE 's/^ *RID: *//p')
  log=$(dotnet publish "$(dirname "${BASH_SOURCE[0]}")/$1" -c Release -r "$rid" -p:RestoreLockedMode=false \
    -p:NuGetLockFilePath=obj/publish.packages.lock.json -o "$2" 2>&1) || { echo "$log" >&2 && exit 1; }
}

# subscribe PUBLISHED WORK: exports KM_HOME, a home in WORK with all plugins of km in it, those of a subscription from a km-api of this run, whose
# process is server.
subscribe() {
  local published=$1 work=$2 port=$((20000 + RANDOM % 10000)) key platform release i
  platform=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
  "$published/km-api" serve --dev --data "$work/api" --urls "http://127.0.0.1:$port" >"$work/api.log" 2>&1 &
  server=$!
  for ((i = 0; i < 1500; i++)); do grep -q '^Listening' "$work/api.log" && break || sleep 0.2; done
  (
    export KM_API_ENDPOINT=http://127.0.0.1:$port KM_API_OPERATOR_KEY_FILE=$work/api/operator.key
    for release in "$published"/releases/*/payload; do
      "$published/km-api" admin releases publish --manifest "${release%/payload}/manifest.json" --payload "$release" --platform "$platform" --source bench
    done
    "$published/km-api" admin customers create --name Bench --tier Pro --json >"$work/customer"
    "$published/km-api" admin keys create "$(grep -oE 'cus_[A-Za-z0-9]+' "$work/customer" | head -1)" --name bench --json >"$work/key"
  ) >"$work/admin.log" 2>&1 || { cat "$work/admin.log" >&2 && exit 1; }
  key=$(sed -nE 's/.*"key": *"([^"]*)".*/\1/p' "$work/key")
  export KM_HOME=$work/home
  mkdir -m 700 "$KM_HOME"
  {
    "$published/km" trust add "$work/api/development-keys/root/cert.pem" --yes
    "$published/km" config set credential-helper file
    KM_API_KEY=$key "$published/km" init --endpoint "http://127.0.0.1:$port" --auto-provision-plugins --yes
  } >"$work/init.log" 2>&1 </dev/null || { cat "$work/init.log" >&2 && exit 1; }
}

# upgrade PUBLISHED WORK TIER: changes the subscription of the home that subscribe made.
upgrade() {
  {
    KM_API_ENDPOINT=$("$1/km" config get endpoint) KM_API_OPERATOR_KEY_FILE=$2/api/operator.key \
      "$1/km-api" admin customers subscribe "$(grep -oE 'cus_[A-Za-z0-9]+' "$2/customer" | head -1)" --tier "$3"
    "$1/km" plugins refresh --yes
  } >"$2/upgrade.log" 2>&1 </dev/null || { cat "$2/upgrade.log" >&2 && exit 1; }
}

# only NAME...: of the plugins in KM_HOME, these run and no others, from now on.
only() {
  local package name target
  mkdir -p "$KM_HOME/set-aside"
  for package in "$KM_HOME"/plugins/*.kmpkg "$KM_HOME"/set-aside/*.kmpkg; do
    [ -f "$package" ] || continue
    name=${package##*/} name=${name%.kmpkg}
    case " $* " in *" $name "*) target=$KM_HOME/plugins ;; *) target=$KM_HOME/set-aside ;; esac
    [ "$target" = "${package%/*}" ] || mv "$package" "$target/"
  done
}
