#!/usr/bin/env bash
# Builds the plugin into the folder OUT: its own files, and those that gRPC's generator makes of the contracts in proto.
# Usage: samples/hello-python/build.sh [OUT]; by default the folder out beside this script. Needs Debian's python3-grpcio python3-grpc-tools python3-cryptography.
set -euo pipefail
out=${1:-$(dirname "$0")/out}
out=$(mkdir -p "$out" && cd "$out" && pwd)
cd "$(dirname "$0")"
contracts=../../proto
/usr/bin/python3 -m grpc_tools.protoc -I "$contracts/kilometers" -I "$contracts/go-plugin" --python_out="$out" --grpc_python_out="$out" \
  plugin_v2.proto health.proto controller.proto
install -m 644 goplugin.py manifest.json "$out"
install -m 755 km-plugin-hello-python "$out"
