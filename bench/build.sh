#!/usr/bin/env bash
# Builds the native parts of the benches: driver, relay, server.
#   bench/build.sh [OUT]        OUT: default bench/out (not tracked)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/out}
mkdir -p "$out"
flags=(-O2 -Wall -Wextra -Werror -std=gnu17)
gcc "${flags[@]}" -o "$out/driver" "$here/native/driver.c" "$here/native/modes.c" "$here/native/memory.c"
gcc "${flags[@]}" -pthread -o "$out/relay" "$here/native/relay.c"
gcc "${flags[@]}" -o "$out/server" "$here/native/server.c"
gcc "${flags[@]}" -o "$out/wakes" "$here/native/wakes.c"
