#!/usr/bin/env bash
# Proves that the tests of the package library see each gate: takes one gate out at a time, builds, runs them, and expects them to fail.
#   eng/mutate.sh [NAME...]      only the mutants whose name contains NAME
# Works in a copy; takes some minutes. Status 1 if any mutant survives.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -cf -) | tar -xf - -C "$work"
cd "$work" || exit 1
verifier=src/Kilometers.Packaging/Verification/PackageVerifier.cs
survived=0 killed=0

# mutant NAME FILE FROM TO: FROM must stand in FILE exactly once.
mutant() {
  local name=$1 file=$2 from=$3 to=$4
  if [ ${#wanted[@]} -gt 0 ]; then
    local hit=
    for part in "${wanted[@]}"; do case $name in *"$part"*) hit=1 ;; esac done
    [ -n "$hit" ] || return 0
  fi
  cp "$file" "$work/original"
  if ! FROM=$from TO=$to perl -0pi -e 'BEGIN { $n = 0 } $n += s/\Q$ENV{FROM}\E/$ENV{TO}/g; END { exit($n == 1 ? 0 : 3) }' "$file" || cmp -s "$file" "$work/original"; then
    echo "BROKEN    $name: its text does not stand in $file once"
    survived=$((survived + 1))
    cp "$work/original" "$file"
    return 0
  fi
  if ! dotnet build tests/Kilometers.Packaging.Tests -c Release --nologo -v quiet -p:TreatWarningsAsErrors=false -p:RunAnalyzers=false >"$work/build.log" 2>&1; then
    echo "BROKEN    $name: does not build"
    grep -m 3 'error' "$work/build.log"
    survived=$((survived + 1))
  elif timeout 300 tests/Kilometers.Packaging.Tests/bin/Release/net10.0/Kilometers.Packaging.Tests -noColor -stopOnFail >"$work/test.log" 2>&1; then
    echo "SURVIVED  $name"
    survived=$((survived + 1))
  else
    echo "killed    $name: $(sed -nE 's/^ *(.*) \[FAIL\].*/\1/p' "$work/test.log" | head -n 1)"
    killed=$((killed + 1))
  fi
  cp "$work/original" "$file"
}

wanted=("$@")
extractor=src/Kilometers.Packaging/Archive/PayloadExtractor.cs
reader=src/Kilometers.Packaging/Archive/PackageReader.cs
chain=src/Kilometers.Packaging/Trust/CertificateChain.cs
statements=src/Kilometers.Packaging/Verification/PackageStatements.cs

mutant container-order src/Kilometers.Packaging/Archive/UstarHeader.cs 'return header.SequenceEqual(expected) ? size : -1;' 'return size;'
mutant container-padding $reader 'if (zeros[..count].ContainsAnyExcept((byte)0)) throw' 'if (false) throw'
mutant container-end $reader 'if (package.Read(more) != 0) throw' 'if (false) throw'
mutant container-size $reader 'if (size > limit) throw' 'if (false) throw'
mutant signature $verifier 'if (!envelope.IsSignedBy(chain.Key)) throw' 'if (false) throw'
mutant chain $chain 'if (!chain.Build(Leaf) || role == SignerRole.None) throw Explain(chain, roots.Count);' 'chain.Build(Leaf);'
# Whether the root is a trusted one is asked twice, while the chain is built and after: only both together can be missed.
mutant chain-root $chain 'if (!chain.Build(Leaf) || role == SignerRole.None) throw Explain(chain, roots.Count);
            var last = chain.ChainElements[^1].Certificate;
            var trusted = roots.FirstOrDefault(root => root.Certificate.RawDataMemory.Span.SequenceEqual(last.RawDataMemory.Span))
                ?? throw Refuse("The signer'"'"'s certificates lead to no trusted root");' 'if (!chain.Build(Leaf) && chain.ChainStatus.Any(s => s.Status is not (X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain))) throw Explain(chain, roots.Count);
            var last = chain.ChainElements[^1].Certificate;
            var trusted = roots[0];'
mutant chain-time $chain 'chain.ChainPolicy.VerificationTimeIgnored = false;' 'chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;'
mutant chain-usage $chain '|| !HasRole(Leaf, role))' ')'
mutant statement $verifier 'PackageStatements.CheckTypes(envelope);' ''
mutant manifest $statements 'return faults.Count > 0 ? throw' 'return faults.Count > 99999 ? throw'
mutant manifest-size $verifier 'if (reader.PayloadSize != manifest.PayloadSize) throw' 'if (false) throw'
mutant revocation $verifier 'if (policy.Revocations.WhyRevoked(signer, verification.PayloadDigest, manifest) is { } why) throw' 'if (policy.Revocations.WhyRevoked(signer, verification.PayloadDigest, manifest) is { } why && false) throw'
mutant customer $verifier 'if (manifest.Customer is { } customer && host is not null && (' 'if (manifest.Customer is { } customer && host is not null && false && ('
mutant tier $verifier '(host is not null && tier > host.Tier)' 'false'
mutant compatibility $verifier 'if (host is not null) CheckHost(manifest, host);' ''
mutant sequence $verifier 'if (manifest.ReleaseSequence < highest && !policy.AllowDowngrade)' 'if (false)'
mutant payload $verifier 'if (!string.Equals(Convert.ToHexStringLower(hash.GetCurrentHash()), verification.PayloadDigest, StringComparison.Ordinal))' 'if (false)'
mutant files-header $extractor 'if (header.SequenceEqual(expected)) return;' 'return;'
mutant files-digest $extractor 'return string.Equals(Convert.ToHexStringLower(hash.GetCurrentHash()), file.Sha256, StringComparison.Ordinal)' 'return true'
mutant files-end $extractor 'if (gzip.ReadByte() >= 0) throw' 'if (false) throw'
mutant seal $verifier 'verification.Pass(gate, SealGate.Check(manifest, seal));' 'verification.Pass(gate, "");'

echo
echo "$killed killed, $survived survived"
[ "$survived" -eq 0 ]
