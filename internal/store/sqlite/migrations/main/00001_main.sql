-- All that is settled. Times are microseconds since 1970, UTC; 0 is none. Ids are the 16 bytes of a UUID.
-- +goose Up
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('generation', 0);

-- One attempt at one receipt, as a small number. Its rows are visible once it is settled.
CREATE TABLE works (
	n          INTEGER PRIMARY KEY,
	receipt    BLOB NOT NULL,
	attempt    INTEGER NOT NULL,
	settled    INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	UNIQUE (receipt, attempt)
);
CREATE INDEX works_staged ON works (created_at) WHERE settled = 0;

-- The truth on receipts. state as in accept.db.
CREATE TABLE settlements (
	receipt      BLOB PRIMARY KEY,
	work         INTEGER NOT NULL,
	attempt      INTEGER NOT NULL,
	mode         INTEGER NOT NULL,
	state        INTEGER NOT NULL,
	errors       INTEGER NOT NULL,
	warnings     INTEGER NOT NULL,
	notes        INTEGER NOT NULL,
	settled_at   INTEGER NOT NULL,
	duplicate_of BLOB,
	reason       TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE results (
	work   INTEGER PRIMARY KEY,
	result BLOB NOT NULL
);

-- Receipts whose row in accept.db is to be brought in line with this file.
CREATE TABLE rechecks (
	receipt BLOB PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE documents (
	n               INTEGER PRIMARY KEY,
	key             TEXT NOT NULL UNIQUE,
	mode            INTEGER NOT NULL,
	type            TEXT NOT NULL,
	reference       TEXT NOT NULL,
	filer           TEXT NOT NULL,
	state           TEXT NOT NULL,
	versions        INTEGER NOT NULL,
	current_seq     INTEGER NOT NULL,
	current_message INTEGER NOT NULL,
	updated_at      INTEGER NOT NULL
);

CREATE TABLE messages (
	n             INTEGER PRIMARY KEY,
	work          INTEGER NOT NULL,
	seq           INTEGER NOT NULL,
	message       INTEGER NOT NULL,
	document      INTEGER,
	interchange   INTEGER NOT NULL,
	position      INTEGER NOT NULL, -- in the interchange
	mode          INTEGER NOT NULL,
	original      INTEGER NOT NULL,
	took          INTEGER NOT NULL,
	accepted      INTEGER NOT NULL,
	consignments  INTEGER NOT NULL,
	op            TEXT NOT NULL,
	type          TEXT NOT NULL,
	version       TEXT NOT NULL,
	reference     TEXT NOT NULL,
	function      TEXT NOT NULL,
	doc_reference TEXT NOT NULL,
	partner       TEXT NOT NULL,
	filer         TEXT NOT NULL,
	carrier       TEXT NOT NULL,
	responsible   TEXT NOT NULL,
	registration  TEXT NOT NULL,
	filing        BLOB
);
CREATE UNIQUE INDEX messages_work ON messages (work, seq, message);
CREATE INDEX messages_document ON messages (document, seq, message) WHERE document IS NOT NULL;

CREATE TABLE consignments (
	n            INTEGER PRIMARY KEY,
	id           BLOB NOT NULL UNIQUE,
	work         INTEGER NOT NULL,
	seq          INTEGER NOT NULL,
	message      INTEGER NOT NULL,
	ordinal      INTEGER NOT NULL,
	mode         INTEGER NOT NULL,
	document     INTEGER,
	state        INTEGER NOT NULL, -- 0 accepted, 1 unaccepted, 2 superseded, 3 cancelled
	packages     INTEGER NOT NULL,
	legal_at     INTEGER NOT NULL,
	eta          INTEGER NOT NULL,
	link         TEXT NOT NULL,
	op           TEXT NOT NULL,
	level        TEXT NOT NULL,
	bill_key     TEXT NOT NULL,
	parent_key   TEXT NOT NULL,
	number       TEXT NOT NULL,
	issuer       TEXT NOT NULL,
	registration TEXT NOT NULL,
	partner      TEXT NOT NULL,
	filer        TEXT NOT NULL,
	port         TEXT NOT NULL,
	flow         TEXT NOT NULL,
	call         BLOB,
	terms        TEXT NOT NULL, -- one a line: what has to be removed with the row
	record       BLOB
);
CREATE INDEX consignments_work ON consignments (work, ordinal);
CREATE INDEX consignments_document ON consignments (document, bill_key) WHERE document IS NOT NULL;
CREATE INDEX consignments_document_parent ON consignments (document, parent_key) WHERE document IS NOT NULL AND parent_key <> '';
CREATE INDEX consignments_bill ON consignments (bill_key, mode) WHERE bill_key <> '';
CREATE INDEX consignments_parent ON consignments (parent_key, mode) WHERE parent_key <> '';

-- What a consignment is found by. term begins with the mode: l or t.
CREATE TABLE terms (
	term TEXT NOT NULL,
	id   BLOB NOT NULL,
	PRIMARY KEY (term, id)
) WITHOUT ROWID;

-- By n of consignments.
CREATE TABLE links (
	parent INTEGER NOT NULL,
	house  INTEGER NOT NULL,
	PRIMARY KEY (parent, house)
) WITHOUT ROWID;
CREATE INDEX links_house ON links (house, parent);

CREATE TABLE equipment (
	n       INTEGER PRIMARY KEY,
	id      BLOB NOT NULL UNIQUE,
	work    INTEGER NOT NULL,
	seq     INTEGER NOT NULL,
	message INTEGER NOT NULL,
	mode    INTEGER NOT NULL,
	partner TEXT NOT NULL,
	number  TEXT NOT NULL,
	record  BLOB
);
CREATE INDEX equipment_work ON equipment (work);

CREATE TABLE controls (
	n       INTEGER PRIMARY KEY,
	control TEXT NOT NULL,
	partner TEXT NOT NULL,
	mode    INTEGER NOT NULL,
	work    INTEGER NOT NULL
);
CREATE INDEX controls_control ON controls (control, work);
CREATE INDEX controls_work ON controls (work);

CREATE TABLE calls (
	n         INTEGER PRIMARY KEY AUTOINCREMENT,
	id        BLOB NOT NULL UNIQUE,
	mode      INTEGER NOT NULL,
	vessel    TEXT NOT NULL,
	name      TEXT NOT NULL,
	port      TEXT NOT NULL,
	opened_at INTEGER NOT NULL
);
CREATE INDEX calls_vessel ON calls (vessel, port, mode);
CREATE TABLE call_aliases (
	call    INTEGER NOT NULL,
	partner TEXT NOT NULL,
	voyage  TEXT NOT NULL,
	carrier TEXT NOT NULL,
	PRIMARY KEY (call, partner, voyage, carrier)
) WITHOUT ROWID;
-- kind: 0 ETA, 1 ATA
CREATE TABLE call_times (
	call    INTEGER NOT NULL,
	kind    INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	partner TEXT NOT NULL,
	receipt BLOB NOT NULL,
	PRIMARY KEY (call, kind, at, partner, receipt)
) WITHOUT ROWID;
CREATE TABLE call_receipts (
	call    INTEGER NOT NULL,
	receipt BLOB NOT NULL,
	partner TEXT NOT NULL,
	PRIMARY KEY (call, receipt)
) WITHOUT ROWID;
CREATE INDEX call_receipts_receipt ON call_receipts (receipt);

CREATE TABLE answers (
	n           INTEGER PRIMARY KEY,
	id          BLOB NOT NULL UNIQUE,
	work        INTEGER NOT NULL,
	interchange INTEGER NOT NULL,
	kind        TEXT NOT NULL,
	mode        TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	body        BLOB
);
CREATE INDEX answers_work ON answers (work);

-- due_at: not before this while pending: the next attempt, or the end of a lease. owner: who has it, or empty.
CREATE TABLE deliveries (
	id         BLOB PRIMARY KEY,
	answer     BLOB NOT NULL,
	receipt    BLOB NOT NULL,
	partner    TEXT NOT NULL,
	channel    TEXT NOT NULL,
	kind       TEXT NOT NULL,
	mode       TEXT NOT NULL,
	state      TEXT NOT NULL,
	attempts   INTEGER NOT NULL,
	next_at    INTEGER NOT NULL,
	due_at     INTEGER NOT NULL,
	owner      TEXT NOT NULL,
	last_error TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX deliveries_receipt ON deliveries (receipt, id);
CREATE INDEX deliveries_pending ON deliveries (partner, due_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_paused ON deliveries (id) WHERE state = 'paused';

-- Committed events without a position, then with one.
CREATE TABLE events_new (
	id       BLOB PRIMARY KEY,
	type     TEXT NOT NULL,
	subject  TEXT NOT NULL,
	mode     TEXT NOT NULL,
	partner  TEXT NOT NULL,
	filer    TEXT NOT NULL,
	at       INTEGER NOT NULL,
	data     TEXT NOT NULL,
	trace_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE events (
	position INTEGER PRIMARY KEY,
	id       BLOB NOT NULL,
	type     TEXT NOT NULL,
	subject  TEXT NOT NULL,
	mode     TEXT NOT NULL,
	partner  TEXT NOT NULL,
	filer    TEXT NOT NULL,
	at       INTEGER NOT NULL,
	data     TEXT NOT NULL,
	trace_id TEXT NOT NULL
);
CREATE INDEX events_partner ON events (partner, position);
CREATE INDEX events_filer ON events (filer, position) WHERE filer <> '' AND filer <> partner;

CREATE TABLE cursors (
	name     TEXT PRIMARY KEY,
	position INTEGER NOT NULL
) WITHOUT ROWID;

-- Audit rows that are not sealed, then the chain.
CREATE TABLE audit_new (
	id        BLOB PRIMARY KEY,
	at        INTEGER NOT NULL,
	principal TEXT NOT NULL,
	action    TEXT NOT NULL,
	object    TEXT NOT NULL,
	mode      TEXT NOT NULL,
	detail    TEXT NOT NULL,
	trace_id  TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE audit (
	seq       INTEGER PRIMARY KEY,
	hash      BLOB NOT NULL,
	id        BLOB NOT NULL,
	at        INTEGER NOT NULL,
	principal TEXT NOT NULL,
	action    TEXT NOT NULL,
	object    TEXT NOT NULL,
	mode      TEXT NOT NULL,
	detail    TEXT NOT NULL,
	trace_id  TEXT NOT NULL
);
CREATE TABLE audit_heads (
	seq       INTEGER PRIMARY KEY,
	hash      BLOB NOT NULL,
	at        INTEGER NOT NULL,
	key_id    TEXT NOT NULL,
	signature BLOB
);
-- Rows of accept.db that are sealed here and not yet removed there.
CREATE TABLE audit_taken (
	id BLOB PRIMARY KEY
) WITHOUT ROWID;

-- Partners, mandates, keys, channels, users and profiles: hundreds of rows that are read whole.
CREATE TABLE registry (
	kind INTEGER NOT NULL,
	id   TEXT NOT NULL,
	part TEXT NOT NULL, -- name of a channel
	doc  TEXT NOT NULL, -- JSON
	hash BLOB,          -- of a key
	PRIMARY KEY (kind, id, part)
) WITHOUT ROWID;

CREATE TABLE tombstones (
	receipt BLOB PRIMARY KEY,
	sha256  BLOB NOT NULL,
	size    INTEGER NOT NULL,
	why     TEXT NOT NULL,
	who     TEXT NOT NULL,
	at      INTEGER NOT NULL,
	derived INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tombstones_at ON tombstones (at, receipt);
