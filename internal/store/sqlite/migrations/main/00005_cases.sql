-- +goose Up
-- Cases: one for each bill of a filer, for ever; n is its number. details is what no query looks at, as JSON; see
-- caseq.Case.Details.
CREATE TABLE cases (
	n            INTEGER PRIMARY KEY AUTOINCREMENT,
	id           BLOB NOT NULL UNIQUE,
	revision     INTEGER NOT NULL,
	filer        TEXT NOT NULL,
	bill_key     TEXT NOT NULL,
	bill         TEXT NOT NULL,
	document_key TEXT NOT NULL,
	partner      TEXT NOT NULL,
	consignment  BLOB, -- NULL once its message is purged
	receipt      BLOB NOT NULL,
	call         BLOB,
	port         TEXT NOT NULL,
	cargo        TEXT NOT NULL,
	state        TEXT NOT NULL,
	points       INTEGER NOT NULL,
	base         INTEGER NOT NULL,
	band         TEXT NOT NULL,
	assessable   INTEGER NOT NULL,
	due          INTEGER NOT NULL,
	assignee     TEXT NOT NULL,
	lease        BLOB,
	lease_until  INTEGER NOT NULL,
	proposer     TEXT NOT NULL, -- of a step that waits for a second person; '' where none does
	verdict      TEXT NOT NULL, -- held, released: what the filer is told; '' where nothing is decided
	details      TEXT NOT NULL,
	opened_at    INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	closed_at    INTEGER NOT NULL,
	UNIQUE (bill_key, filer)
);
CREATE INDEX cases_open ON cases (state) WHERE state <> 'closed';
CREATE INDEX cases_closed ON cases (closed_at, n) WHERE state = 'closed';
CREATE INDEX cases_receipt ON cases (receipt);

-- What a case is found by: caseq.Group.Key.
CREATE TABLE case_groups (
	grp    TEXT NOT NULL,
	case_n INTEGER NOT NULL,
	PRIMARY KEY (grp, case_n)
) WITHOUT ROWID;
CREATE INDEX case_groups_case ON case_groups (case_n);

CREATE TABLE case_history (
	case_n     INTEGER NOT NULL,
	seq        INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	who        TEXT NOT NULL,
	what       TEXT NOT NULL,
	from_state TEXT NOT NULL,
	to_state   TEXT NOT NULL,
	points     INTEGER NOT NULL,
	reason     TEXT NOT NULL,
	note       TEXT NOT NULL,
	PRIMARY KEY (case_n, seq)
) WITHOUT ROWID;

-- What opens a case, among all that is on file: selected, or not assessable (bits as in 00004_scores.sql).
CREATE INDEX consignments_flagged ON consignments (bill_key) WHERE scored IN (1, 3, 7) AND bill_key <> '';
