#!/usr/bin/env bash
# Regenerates tests/go/src/kilometersplugin and kilometerspluginv2 from the contracts in proto/kilometers. The result is committed, so that only
# this script needs the generator: Debian's protobuf-compiler and protoc-gen-go-1-3 (the newer protoc-gen-go does not match Debian's grpc-go).
set -euo pipefail
cd "$(dirname "$0")/.."
options=plugins=grpc,paths=source_relative,Mgoogle/protobuf/timestamp.proto=github.com/golang/protobuf/ptypes/timestamp
protoc --proto_path=proto/kilometers --go_out="$options:tests/go/src/kilometersplugin" plugin_v1.proto
protoc --proto_path=proto/kilometers --go_out="$options:tests/go/src/kilometerspluginv2" plugin_v2.proto
