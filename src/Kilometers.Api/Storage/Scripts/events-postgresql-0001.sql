-- As it was before it had a number: it may be there already.
-- "C": customers are compared by their bytes, which is fast, and never otherwise after an upgrade of the system's locales.
CREATE TABLE IF NOT EXISTS events (
    customer text COLLATE "C" NOT NULL, day integer NOT NULL, id uuid NOT NULL, time bigint NOT NULL, sequence bigint NOT NULL, size bigint NOT NULL,
    direction smallint NOT NULL, kind smallint NOT NULL, truncated boolean NOT NULL, redacted boolean NOT NULL,
    session text NOT NULL, server text NOT NULL, correlation text, method text, name text, request text, payload bytea,
    PRIMARY KEY (customer, day, id)
) PARTITION BY RANGE (day);
