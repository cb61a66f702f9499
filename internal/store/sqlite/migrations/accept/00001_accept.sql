-- Arrivals. Times are microseconds since 1970, UTC; 0 is none. Ids are the 16 bytes of a UUID.
-- +goose Up
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('seq', 0), ('reconcile', 0);

-- state: 0 received, 1 reading, 2 waiting, 3 accepted, 4 partly accepted, 5 rejected, 6 parked; below 3 is unfinished.
-- due_at: when an unfinished receipt may be taken, 0 is now; while it is read, the end of its lease.
CREATE TABLE receipts (
	seq          INTEGER PRIMARY KEY,
	id           BLOB NOT NULL UNIQUE,
	partner      TEXT NOT NULL,
	mode         INTEGER NOT NULL,
	state        INTEGER NOT NULL,
	lane         INTEGER NOT NULL,
	attempt      INTEGER NOT NULL,
	failures     INTEGER NOT NULL,
	due_at       INTEGER NOT NULL,
	waiting_from INTEGER NOT NULL,
	received_at  INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	size         INTEGER NOT NULL,
	purged       INTEGER NOT NULL,
	sha256       BLOB NOT NULL,
	digest       INTEGER NOT NULL, -- first 8 bytes of sha256: a small index
	control      TEXT NOT NULL,
	blob_key     TEXT NOT NULL,
	principal    TEXT NOT NULL,
	channel      TEXT NOT NULL,
	kind         TEXT NOT NULL,
	name         TEXT NOT NULL,
	content_type TEXT NOT NULL,
	transport_id TEXT NOT NULL,
	headers      TEXT NOT NULL, -- a quoted name and value a line
	trace_id     TEXT NOT NULL,
	reason       TEXT NOT NULL,
	duplicate_of BLOB,
	retention    TEXT NOT NULL,
	holds        TEXT NOT NULL -- one a line
);
CREATE INDEX receipts_partner ON receipts (partner, mode, seq);
CREATE INDEX receipts_digest ON receipts (digest, seq);
CREATE INDEX receipts_control ON receipts (control, seq) WHERE control <> '';
CREATE INDEX receipts_blob ON receipts (blob_key) WHERE blob_key <> '';
CREATE INDEX receipts_expires ON receipts (expires_at, seq) WHERE expires_at > 0 AND purged = 0;
CREATE INDEX receipts_unfinished ON receipts (partner, mode, seq) WHERE state < 3;
CREATE INDEX receipts_ready ON receipts (lane, partner, seq) WHERE state < 3 AND due_at = 0;
CREATE INDEX receipts_later ON receipts (due_at) WHERE state < 3 AND due_at > 0;
CREATE INDEX receipts_parked ON receipts (seq) WHERE state = 6;

-- Bodies stand apart, so that a change of state does not write them again.
CREATE TABLE bodies (
	seq  INTEGER PRIMARY KEY,
	body BLOB NOT NULL
);

CREATE TABLE acts (
	transport_id TEXT NOT NULL,
	partner      TEXT NOT NULL,
	kind         TEXT NOT NULL,
	mode         INTEGER NOT NULL,
	seq          INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	PRIMARY KEY (transport_id, partner, kind, mode)
) WITHOUT ROWID;
CREATE INDEX acts_expires ON acts (expires_at) WHERE expires_at > 0;

-- Audit rows of acts on receipts, until they are sealed in main.db.
CREATE TABLE audit (
	id        BLOB PRIMARY KEY,
	at        INTEGER NOT NULL,
	principal TEXT NOT NULL,
	action    TEXT NOT NULL,
	object    TEXT NOT NULL,
	mode      TEXT NOT NULL,
	detail    TEXT NOT NULL,
	trace_id  TEXT NOT NULL
) WITHOUT ROWID;
