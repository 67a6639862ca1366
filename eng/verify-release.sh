#!/usr/bin/env bash
# Checks a downloaded release with openssl alone: the signer, the signature, and every file of SHA256SUMS that is there.
#   eng/verify-release.sh DIR ROOT     ROOT: the root certificate of Kilometers (PEM), from another place than DIR
set -euo pipefail
cd "${1:?usage: eng/verify-release.sh DIR ROOT}"
root=${2:?usage: eng/verify-release.sh DIR ROOT}

# Only a key for releases of km may sign them: the root vouches for signers of plugins too.
usage=2.25.232093706783960524998375774483585217153
openssl verify -x509_strict -CAfile "$root" -untrusted SHA256SUMS.pem SHA256SUMS.pem
openssl x509 -in SHA256SUMS.pem -noout -ext extendedKeyUsage | grep -qF "$usage" || { echo "the signer is not one for releases of km" >&2 && exit 1; }
openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \
  -verify <(openssl x509 -in SHA256SUMS.pem -noout -pubkey) -signature SHA256SUMS.sig SHA256SUMS
sha256sum --check --ignore-missing --quiet SHA256SUMS
