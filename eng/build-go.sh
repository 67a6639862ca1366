#!/usr/bin/env bash
# Builds the Go programs of tests/go and samples/hello-go into the directory OUT, with the real go-plugin. Usage: eng/build-go.sh OUT
# Needs Debian's golang-go golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev golang-github-hashicorp-go-hclog-dev.
set -euo pipefail
out=$(mkdir -p "${1:?usage: eng/build-go.sh OUT}" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
export GO111MODULE=off GOPATH="$PWD/tests/go:/usr/share/gocode"
for program in v1plugin host; do
  go build -o "$out/$program" "./tests/go/src/$program"
done
go build -o "$out/hello-go" ./samples/hello-go
