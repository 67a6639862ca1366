-- What is the same for all customers is compressed once.
ALTER TABLE release_files ADD COLUMN packed_digest text REFERENCES contents(digest);
