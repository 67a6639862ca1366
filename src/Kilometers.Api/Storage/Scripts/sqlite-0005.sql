-- What every node must have alike, by what can be shown of it: two nodes with different ones would each refuse what the other made.
CREATE TABLE shared_secrets (
    name text NOT NULL PRIMARY KEY,
    fingerprint text NOT NULL
);
-- Copies of all nodes' audit logs, to be looked at together; what counts is each node's own chained log.
CREATE TABLE audit_records (
    node text NOT NULL,
    seq bigint NOT NULL,
    time bigint NOT NULL,
    event text NOT NULL,
    decision text NOT NULL,
    plugin text NULL,
    version text NULL,
    digest text NULL,
    code text NULL,
    detail text NULL,
    PRIMARY KEY (node, seq)
);
CREATE INDEX audit_records_time ON audit_records (time);
