-- As it was before it had a number: it may be there already.
CREATE TABLE IF NOT EXISTS events (
    customer text NOT NULL, day integer NOT NULL, id blob NOT NULL, time integer NOT NULL, sequence integer NOT NULL, size integer NOT NULL,
    direction integer NOT NULL, kind integer NOT NULL, truncated integer NOT NULL, redacted integer NOT NULL,
    session text NOT NULL, server text NOT NULL, correlation text, method text, name text, request text, payload blob
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS events_key ON events (customer, day, id);
