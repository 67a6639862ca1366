#!/usr/bin/env bash
# Checks the layout of the C# files with CSharpier. To mend it: dotnet csharpier format . (after dotnet tool restore). Style and names are
# checked by the build (warnings are errors), the order of using directives by tests/Kilometers.Architecture.Tests.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore --verbosity quiet
dotnet csharpier check .
