#!/usr/bin/env bash
# Builds the plugin into the folder OUT: its own files, and those that gRPC's generator makes of the contracts in proto.
# Usage: samples/hello-python/build.sh OUT. Needs Debian's python3-grpcio python3-grpc-tools python3-cryptography.
set -euo pipefail
out=$(mkdir -p "${1:?usage: samples/hello-python/build.sh OUT}" && cd "$1" && pwd)
cd "$(dirname "$0")"
contracts=../../proto
/usr/bin/python3 -m grpc_tools.protoc -I "$contracts/kilometers" -I "$contracts/go-plugin" --python_out="$out" --grpc_python_out="$out" \
  plugin_v2.proto health.proto controller.proto
install -m 644 goplugin.py manifest.json "$out"
install -m 755 km-plugin-hello-python "$out"
