-- Times are milliseconds since 1970. Tiers are the numbers of Kilometers.Contracts.Tier.
CREATE TABLE customers (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    tier INTEGER NOT NULL,
    features_added TEXT NOT NULL,
    features_removed TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    suspended_at INTEGER NULL
);
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers(id),
    name TEXT NOT NULL,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NULL,
    revoked_at INTEGER NULL
);
CREATE TABLE contents (
    digest TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL
);
CREATE TABLE content_parts (
    digest TEXT NOT NULL REFERENCES contents(digest),
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (digest, part)
);
CREATE TABLE releases (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    os TEXT NOT NULL,
    arch TEXT NOT NULL,
    release_sequence INTEGER NOT NULL,
    required_tier INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    source TEXT NOT NULL,
    source_commit TEXT NOT NULL,
    built_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (name, version, os, arch),
    UNIQUE (name, release_sequence, os, arch)
);
CREATE TABLE release_files (
    release_id TEXT NOT NULL REFERENCES releases(id),
    path TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES contents(digest),
    is_executable INTEGER NOT NULL,
    PRIMARY KEY (release_id, path)
);
CREATE TABLE issuer_keys (
    id TEXT NOT NULL PRIMARY KEY,
    public_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    activated_at INTEGER NULL,
    retired_at INTEGER NULL
);
CREATE TABLE builds (
    id TEXT NOT NULL PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers(id),
    release_id TEXT NOT NULL REFERENCES releases(id),
    key_id TEXT NOT NULL REFERENCES api_keys(id),
    issuer_key_id TEXT NOT NULL REFERENCES issuer_keys(id),
    signer_serial TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NULL,
    is_current INTEGER NOT NULL,
    digest TEXT NULL REFERENCES contents(digest),
    size INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    payload_digest TEXT NOT NULL,
    revoked_at INTEGER NULL
);
-- One build at a time for a customer's key: whoever inserts the row makes it, on whichever node.
CREATE UNIQUE INDEX builds_current ON builds (customer_id, release_id, key_id) WHERE is_current = 1;
CREATE TABLE revocation_lists (
    number INTEGER NOT NULL PRIMARY KEY,
    content BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
