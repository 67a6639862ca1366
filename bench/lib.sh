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
