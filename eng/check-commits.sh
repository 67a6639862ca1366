#!/usr/bin/env bash
# Checks the commits since the rule: "area: imperative subject" of at most 72 characters, without a full stop; a body that says why; no "wip".
#   eng/check-commits.sh [SINCE]    SINCE: the last commit that is not looked at
set -euo pipefail
cd "$(dirname "$0")/.."
since=${1:-a110cf69d50d405bffd8d381a34dbadd941084cc}
if ! git cat-file -e "$since^{commit}" 2>/dev/null; then
  echo "nothing to check: $since is not in this history"
  exit 0
fi
status=0
while IFS=$'\x1f' read -r -d $'\x1e' commit subject body; do
  commit=${commit#$'\n'}
  wrong=
  [[ $subject =~ ^[a-z][a-z0-9.-]*(,\ [a-z][a-z0-9.-]*)*:\ [a-z] ]] || wrong+=" it is not \"area: imperative subject\";"
  [ ${#subject} -le 72 ] || wrong+=" it has ${#subject} characters, 72 are allowed;"
  [[ $subject != *. ]] || wrong+=" it ends with a full stop;"
  [[ ! $subject =~ (^|[^a-z])(wip|WIP|fixup|squash)([^a-z]|$) ]] || wrong+=" it is not finished work;"
  [ -n "${body//[[:space:]]/}" ] || wrong+=" there is no body that says why;"
  [ -z "$wrong" ] && continue
  echo "$commit $subject"
  echo " $wrong"
  status=1
done < <(git log --no-merges --format='%h%x1f%s%x1f%b%x1e' "$since..HEAD")
exit $status
