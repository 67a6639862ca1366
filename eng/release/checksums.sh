#!/usr/bin/env bash
# What proves where the files come from: OUT/SHA256SUMS with its signature (SHA256SUMS.sig, SHA256SUMS.pem), and the provenance
# OUT/km-VERSION.intoto.jsonl: an in-toto statement in the SLSA v1 form, in a DSSE envelope. Both are signed by the key for releases of km:
# KM_RELEASE_KM_SIGNER with KM_RELEASE_KM_CHAIN, else the active one of KM_KEYS. Run by eng/release.sh.
set -euo pipefail
cd "$OUT"

if [ -n "${KM_RELEASE_KM_SIGNER:-}" ]; then
  chain=${KM_RELEASE_KM_CHAIN:?KM_RELEASE_KM_SIGNER needs KM_RELEASE_KM_CHAIN}
  # Words as kmpkg reads them: quotes hold a word together, and no shell runs the command.
  mapfile -t signer < <(xargs -n1 printf '%s\n' <<<"$KM_RELEASE_KM_SIGNER")
else
  leaf=$KM_KEYS/$(jq -r .activeKmLeaf "$KM_KEYS/state.json")
  chain=$leaf/chain.pem
  signer=(openssl pkeyutl -sign -inkey "$leaf/key.pem" -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32)
fi

# sign: the signature (RSASSA-PSS, SHA-256) of what is on standard input.
sign() { openssl dgst -sha256 -binary | "${signer[@]}"; }

rm -f SHA256SUMS* ./*.intoto.jsonl
find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs -d '\n' sha256sum >SHA256SUMS
sign <SHA256SUMS >SHA256SUMS.sig
cp "$chain" SHA256SUMS.pem
chmod 644 SHA256SUMS*

jq -cn --rawfile sums SHA256SUMS --arg version "$VERSION" --arg commit "${COMMIT%-changed}" --arg rid "$RID" \
  --arg source "${KM_RELEASE_SOURCE:-git+https://kilometers.ai/km}" --arg sdk "$(dotnet --version)" '{
    _type: "https://in-toto.io/Statement/v1",
    subject: ($sums | split("\n") | map(select(. != "") | {name: .[66:], digest: {sha256: .[:64]}})),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "https://kilometers.ai/release/v1",
        externalParameters: {version: $version, platform: $rid, source: $source},
        internalParameters: {sdk: $sdk},
        resolvedDependencies: [{uri: $source, digest: {gitCommit: $commit}}]
      },
      runDetails: {builder: {id: "https://kilometers.ai/release/builder/v1"}}
    }
  }' | tr -d '\n' >"$WORK/statement"
type=application/vnd.in-toto+json
{ printf 'DSSEv1 %d %s %d ' ${#type} "$type" "$(stat -c %s "$WORK/statement")" && cat "$WORK/statement"; } >"$WORK/signed"
keyid=$(openssl x509 -in "$chain" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
jq -cn --arg payload "$(base64 -w0 "$WORK/statement")" --arg type "$type" --arg signature "$(sign <"$WORK/signed" | base64 -w0)" --arg keyid "$keyid" \
  '{payloadType: $type, payload: $payload, signatures: [{keyid: $keyid, sig: $signature}]}' >"km-$VERSION.intoto.jsonl"
