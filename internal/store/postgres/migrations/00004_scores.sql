-- +goose Up
-- What a consignment scored: bits (1 scored, 2 selected, 4 assessable), points, and what the score is replayed from.
ALTER TABLE consignments ADD COLUMN points int NOT NULL DEFAULT 0, ADD COLUMN scored smallint NOT NULL DEFAULT 0, ADD COLUMN score bytea;
ALTER TABLE consignments ALTER COLUMN score SET STORAGE EXTERNAL;

-- What scores depend on, by content, for ever.
CREATE TABLE artifacts (
    id   text PRIMARY KEY,
    kind text NOT NULL,
    body bytea NOT NULL,
    at   timestamptz NOT NULL DEFAULT now()
);
