#!/usr/bin/env bash
# The container image of km-api, as an OCI layout in an archive: OUT/km-api-VERSION-RID.oci.tar. Made without a daemon and without a base image:
# the libraries that the program needs, certificates and time zones, from this system's packages, and the program. Run by eng/release.sh.
# skopeo copy oci-archive:FILE docker://REGISTRY/km-api:VERSION puts it into a registry.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$WORK/container/root layout=$WORK/container/layout
mkdir -p "$root"/{dev,proc,run,sys,etc/ssl/certs,usr/bin,usr/lib/km-api,usr/share/doc/km-api,tmp,var/lib/km-api} "$layout/blobs/sha256"
chmod 1777 "$root/tmp"

# As in Debian: /lib and /lib64 are links.
ln -s usr/lib "$root/lib" && ln -s usr/lib64 "$root/lib64" && mkdir -p "$root/usr/lib64"
echo 'km-api:x:64000:64000:Kilometers API server:/var/lib/km-api:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'km-api:x:64000:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -a /usr/share/zoneinfo "$root/usr/share/" && rm -rf "$root"/usr/share/zoneinfo/{posix,right,localtime}
install -m 755 "$PUBLISHED/km-api" "$root/usr/lib/km-api/km-api" && ln -s ../lib/km-api/km-api "$root/usr/bin/km-api"
install -m 644 "$PUBLISHED"/libe_sqlite3.so "$root/usr/lib/km-api/"
install -m 644 LICENSE "$root/usr/share/doc/km-api/"

# library FILE: a library and what it needs, where the system has it.
library() {
  local file=$1 place
  place=$root$(dirname "$file" | sed 's|^/lib|/usr/lib|')
  [ ! -e "$place/$(basename "$file")" ] || return 0
  mkdir -p "$place"
  cp -L "$file" "$place/"
  needs "$file"
}
needs() {
  local needed
  while read -r needed; do library "$needed"; done < <(ldd "$1" | sed -nE 's|^[^/]*(/[^ ]+) \(0x.*$|\1|p')
}
needs "$PUBLISHED/km-api"
needs "$PUBLISHED/libe_sqlite3.so"
# Those that the runtime and the C library load when they are needed: TLS, names.
for name in libssl.so.3 libcrypto.so.3 libnss_files.so.2 libnss_dns.so.2 libresolv.so.2; do
  file=$(ldconfig -p | sed -nE "s|^\s*$name .*=> (.*)\$|\1|p" | head -1)
  [ -z "$file" ] || library "$file"
done

# blob MEDIA-TYPE FILE: stores a file by its hash and prints its descriptor.
blob() {
  local hash size
  hash=$(sha256sum "$2" | cut -d' ' -f1) size=$(stat -c %s "$2")
  cp "$2" "$layout/blobs/sha256/$hash"
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$1" "$hash" "$size"
}
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
tar -C "$root" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --exclude=./var/lib/km-api -cf "$WORK/container/layer.tar" .
chmod 700 "$root/var/lib/km-api"
tar -C "$root" --format=ustar --owner=64000 --group=64000 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -rf "$WORK/container/layer.tar" ./var/lib/km-api
difference=$(sha256sum "$WORK/container/layer.tar" | cut -d' ' -f1)
gzip "-${GZIP_LEVEL}n" "$WORK/container/layer.tar"
layer=$(blob application/vnd.oci.image.layer.v1.tar+gzip "$WORK/container/layer.tar.gz")

case $ARCH in x64) platform=amd64 ;; *) platform=arm64 ;; esac
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
jq -nc --arg arch "$platform" --arg created "$created" --arg version "$VERSION" --arg commit "$COMMIT" --arg layer "sha256:$difference" '{
  created: $created, architecture: $arch, os: "linux",
  config: {
    User: "64000:64000",
    Entrypoint: ["/usr/bin/km-api"],
    Cmd: ["serve", "--data", "/var/lib/km-api"],
    WorkingDir: "/var/lib/km-api",
    Env: ["PATH=/usr/bin", "KM_API__Urls=http://0.0.0.0:5080", "SSL_CERT_DIR=/etc/ssl/certs"],
    ExposedPorts: { "5080/tcp": {} },
    Volumes: { "/var/lib/km-api": {} },
    StopSignal: "SIGTERM",
    Healthcheck: { Test: ["CMD", "/usr/bin/km-api", "health"], Interval: 30000000000, Timeout: 10000000000, StartPeriod: 30000000000, Retries: 3 },
    Labels: {
      "org.opencontainers.image.title": "km-api", "org.opencontainers.image.description": "The Kilometers API server",
      "org.opencontainers.image.version": $version, "org.opencontainers.image.revision": $commit, "org.opencontainers.image.licenses": "MIT"
    }
  },
  rootfs: { type: "layers", diff_ids: [$layer] },
  history: [{ created: $created, created_by: "eng/release/container.sh" }]
}' >"$WORK/container/config.json"
config=$(blob application/vnd.oci.image.config.v1+json "$WORK/container/config.json")
jq -nc --argjson config "$config" --argjson layer "$layer" \
  '{ schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: [$layer] }' >"$WORK/container/manifest.json"
manifest=$(blob application/vnd.oci.image.manifest.v1+json "$WORK/container/manifest.json")
echo -n '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
jq -nc --argjson manifest "$manifest" --arg version "$VERSION" --arg arch "$platform" '{
  schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [$manifest + { platform: { architecture: $arch, os: "linux" }, annotations: { "org.opencontainers.image.ref.name": $version } }]
}' >"$layout/index.json"
find "$layout" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
tar -C "$layout" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf "$OUT/km-api-$VERSION-$RID.oci.tar" oci-layout index.json blobs
