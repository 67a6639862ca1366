-- Where customers' audit logs stood, as they said, each with the receipt that they got.
CREATE TABLE audit_heads (
    customer_id text NOT NULL REFERENCES customers(id),
    installation text NOT NULL,
    log text NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL,
    time bigint NOT NULL,
    receipt text NOT NULL,
    issuer_key_id text NOT NULL,
    PRIMARY KEY (customer_id, installation, log, seq)
);
