-- Where customers' audit logs stood, as they said, each with the receipt that they got.
CREATE TABLE audit_heads (
    customer_id TEXT NOT NULL REFERENCES customers(id),
    installation TEXT NOT NULL,
    log TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    time INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    issuer_key_id TEXT NOT NULL,
    PRIMARY KEY (customer_id, installation, log, seq)
);
