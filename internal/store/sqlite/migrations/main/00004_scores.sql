-- +goose Up
-- What a consignment scored: bits (1 scored, 2 selected, 4 assessable), points, and what the score is replayed from.
ALTER TABLE consignments ADD COLUMN points INTEGER NOT NULL DEFAULT 0;
ALTER TABLE consignments ADD COLUMN scored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE consignments ADD COLUMN score BLOB;

-- What scores depend on, by content, for ever.
CREATE TABLE artifacts (
	id   TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	body BLOB NOT NULL,
	at   INTEGER NOT NULL
);
