#!/usr/bin/env bash
# Checks white space, line ends and final newlines of the C# files against .editorconfig, without loading a project. Style and names are
# checked by the build (warnings are errors), the order of using directives by tests/Kilometers.Architecture.Tests.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet format whitespace . --folder --verify-no-changes --include src/ tests/ samples/ bench/ --exclude '**/obj/**' -v detailed |
  grep -v '^  ' # not every file's name
[ "${PIPESTATUS[0]}" -eq 0 ]
