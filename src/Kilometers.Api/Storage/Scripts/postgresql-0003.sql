-- Releases of km itself.
CREATE TABLE km_releases (
    id text NOT NULL PRIMARY KEY,
    version text NOT NULL,
    os text NOT NULL,
    arch text NOT NULL,
    release_sequence bigint NOT NULL,
    digest text NOT NULL REFERENCES contents(digest),
    size bigint NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (version, os, arch),
    UNIQUE (release_sequence, os, arch)
);
