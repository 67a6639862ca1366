-- Releases of km itself.
CREATE TABLE km_releases (
    id TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    os TEXT NOT NULL,
    arch TEXT NOT NULL,
    release_sequence INTEGER NOT NULL,
    digest TEXT NOT NULL REFERENCES contents(digest),
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (version, os, arch),
    UNIQUE (release_sequence, os, arch)
);
