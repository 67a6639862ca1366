-- What an operator lists no longer reads whole tables.
CREATE INDEX api_keys_customer ON api_keys (customer_id);
CREATE INDEX builds_release ON builds (release_id);
