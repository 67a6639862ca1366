-- Times are milliseconds since 1970. Tiers are the numbers of Kilometers.Contracts.Tier.
CREATE TABLE customers (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    tier integer NOT NULL,
    features_added text NOT NULL,
    features_removed text NOT NULL,
    created_at bigint NOT NULL,
    suspended_at bigint NULL
);
CREATE TABLE api_keys (
    id text NOT NULL PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers(id),
    name text NOT NULL,
    hash bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NULL,
    revoked_at bigint NULL
);
CREATE TABLE contents (
    digest text NOT NULL PRIMARY KEY,
    size bigint NOT NULL
);
CREATE TABLE content_parts (
    digest text NOT NULL REFERENCES contents(digest),
    part integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (digest, part)
);
CREATE TABLE releases (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    os text NOT NULL,
    arch text NOT NULL,
    release_sequence bigint NOT NULL,
    required_tier integer NOT NULL,
    manifest bytea NOT NULL,
    source text NOT NULL,
    source_commit text NOT NULL,
    built_at bigint NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (name, version, os, arch),
    UNIQUE (name, release_sequence, os, arch)
);
CREATE TABLE release_files (
    release_id text NOT NULL REFERENCES releases(id),
    path text NOT NULL,
    digest text NOT NULL REFERENCES contents(digest),
    is_executable boolean NOT NULL,
    PRIMARY KEY (release_id, path)
);
CREATE TABLE issuer_keys (
    id text NOT NULL PRIMARY KEY,
    public_key bytea NOT NULL,
    created_at bigint NOT NULL,
    activated_at bigint NULL,
    retired_at bigint NULL
);
CREATE TABLE builds (
    id text NOT NULL PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers(id),
    release_id text NOT NULL REFERENCES releases(id),
    key_id text NOT NULL REFERENCES api_keys(id),
    issuer_key_id text NOT NULL REFERENCES issuer_keys(id),
    signer_serial text NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint NULL,
    is_current boolean NOT NULL,
    digest text NULL REFERENCES contents(digest),
    size bigint NOT NULL,
    file_name text NOT NULL,
    payload_digest text NOT NULL,
    revoked_at bigint NULL
);
-- One build at a time for a customer's key: whoever inserts the row makes it, on whichever node.
CREATE UNIQUE INDEX builds_current ON builds (customer_id, release_id, key_id) WHERE is_current;
CREATE TABLE revocation_lists (
    number bigint NOT NULL PRIMARY KEY,
    content bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
