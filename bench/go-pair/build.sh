#!/usr/bin/env bash
# Builds the Go pair on Debian's go-plugin: OUT/go-pair-host and OUT/go-pair-plugin.
#   bench/go-pair/build.sh [OUT]        OUT: default bench/out (not tracked)
# Needs: golang-go golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev
# After a change of bench.proto: (cd src/pair/wire && go generate), with protoc-gen-go-1-3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../out}
mkdir -p "$out"
export GO111MODULE=off GOPATH="$here:${KM_GO_PACKAGES:-/usr/share/gocode}" GOFLAGS=
go build -o "$out/go-pair-host" pair/host
go build -o "$out/go-pair-plugin" pair/plugin
