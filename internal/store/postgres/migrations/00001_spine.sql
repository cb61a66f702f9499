-- +goose Up

-- What is compared or sorted by the program is in byte order, whatever the locale of the database.

-- Counters that a row lock serialises; the last sealed row of the audit log and the last position of an event.
CREATE TABLE counters (
    name  text COLLATE "C" PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO counters VALUES ('audit', 0), ('events', 0), ('registry', 0), ('check', 0);

CREATE SEQUENCE receipt_seq;
CREATE SEQUENCE call_number;

-- Arrivals. Rows of receipts do not change, but for holds and purges.
CREATE TABLE receipts (
    id           uuid NOT NULL,
    seq          bigint NOT NULL,
    partner      text COLLATE "C" NOT NULL,
    principal    text NOT NULL,
    channel      text NOT NULL,
    kind         text NOT NULL,
    mode         text COLLATE "C" NOT NULL,
    name         text NOT NULL,
    content_type text NOT NULL,
    transport_id text NOT NULL,
    headers      text NOT NULL, -- JSON object, '' where there are none
    trace_id     text NOT NULL,
    size         bigint NOT NULL,
    sha256       bytea NOT NULL,
    control      text COLLATE "C" NOT NULL,
    lane         smallint NOT NULL,
    received_at  timestamptz NOT NULL,
    retention    text NOT NULL,
    expires_at   timestamptz,
    holds        text[],
    purged       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX receipts_seq ON receipts (seq);
CREATE INDEX receipts_partner_seq ON receipts (partner, seq);
CREATE INDEX receipts_usage ON receipts (partner, received_at) INCLUDE (mode, size);
CREATE INDEX receipts_sha256 ON receipts USING hash (sha256);
CREATE INDEX receipts_control ON receipts USING hash (control) WHERE control <> '';
CREATE INDEX receipts_expires ON receipts (expires_at) WHERE expires_at IS NOT NULL AND NOT purged;

-- Where the original is: inline, or in the blob store. Apart from receipts, because every row changes once.
CREATE TABLE bodies (
    receipt  uuid NOT NULL,
    inline   bytea,
    blob_key text COLLATE "C" NOT NULL,
    PRIMARY KEY (receipt)
) PARTITION BY RANGE (receipt);
ALTER TABLE bodies ALTER COLUMN inline SET STORAGE EXTERNAL; -- compressed already
CREATE INDEX bodies_inline ON bodies (receipt) WHERE inline IS NOT NULL;
CREATE INDEX bodies_blob_key ON bodies USING hash (blob_key) WHERE blob_key <> '';

-- Uniqueness lives in tables of its own, never on a partitioned one.
CREATE TABLE transport_acts (
    partner      text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    mode         text COLLATE "C" NOT NULL,
    transport_id text COLLATE "C" NOT NULL,
    receipt      uuid NOT NULL,
    until        timestamptz NOT NULL, -- infinity: for ever
    PRIMARY KEY (partner, kind, mode, transport_id)
);
CREATE INDEX transport_acts_until ON transport_acts (until) WHERE until < 'infinity';

-- What is not finished, and what is parked: small, so that claiming costs the same whatever was ever received. No index
-- holds a column that a claim changes, so that its updates stay within the page.
CREATE TABLE work (
    receipt      uuid PRIMARY KEY,
    seq          bigint NOT NULL,
    partner      text COLLATE "C" NOT NULL,
    mode         text COLLATE "C" NOT NULL,
    lane         smallint NOT NULL,
    parked       boolean NOT NULL DEFAULT false,
    state        text NOT NULL DEFAULT 'received',
    attempt      int NOT NULL DEFAULT 0,
    failures     int NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT '-infinity',
    lease_until  timestamptz NOT NULL DEFAULT '-infinity',
    waiting_from timestamptz,
    reason       text NOT NULL DEFAULT '',
    owner        text NOT NULL DEFAULT ''
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX work_claim ON work (lane, partner, seq) WHERE NOT parked;
CREATE INDEX work_partner ON work (partner, mode, seq) WHERE NOT parked;
CREATE INDEX work_age ON work (seq) WHERE NOT parked;

-- The truth on what is settled; a parked receipt is settled with attempt 0, so that no row of it is visible.
CREATE TABLE settled (
    receipt uuid PRIMARY KEY,
    attempt int NOT NULL
);
CREATE TABLE settlements (
    receipt      uuid NOT NULL,
    attempt      int NOT NULL,
    mode         text COLLATE "C" NOT NULL,
    state        text NOT NULL,
    duplicate_of uuid,
    reason       text NOT NULL,
    result       bytea,
    errors       bigint NOT NULL,
    warnings     bigint NOT NULL,
    notes        bigint NOT NULL,
    failures     int NOT NULL,
    waiting_from timestamptz,
    settled_at   timestamptz NOT NULL,
    PRIMARY KEY (receipt)
) PARTITION BY RANGE (receipt);
ALTER TABLE settlements ALTER COLUMN result SET STORAGE EXTERNAL;

-- Attempts that staged rows before they settled.
CREATE TABLE staged (
    receipt uuid NOT NULL,
    attempt int NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (receipt, attempt)
);

CREATE TABLE messages (
    receipt       uuid NOT NULL,
    attempt       int NOT NULL,
    message       int NOT NULL,
    seq           bigint NOT NULL,
    interchange   int NOT NULL,
    index         int NOT NULL,
    mode          text COLLATE "C" NOT NULL,
    type          text NOT NULL,
    version       text NOT NULL,
    reference     text NOT NULL,
    function      text NOT NULL,
    document_key  text COLLATE "C" NOT NULL,
    doc_reference text NOT NULL,
    op            text NOT NULL,
    original      boolean NOT NULL,
    took          boolean NOT NULL,
    accepted      boolean NOT NULL,
    partner       text NOT NULL,
    filer         text NOT NULL,
    carrier       text NOT NULL,
    responsible   text NOT NULL,
    registration  text NOT NULL,
    consignments  bigint NOT NULL,
    filing        bytea
) PARTITION BY RANGE (receipt);
ALTER TABLE messages ALTER COLUMN filing SET STORAGE EXTERNAL;
CREATE INDEX messages_receipt ON messages (receipt, message);
CREATE INDEX messages_document ON messages (document_key) WHERE document_key <> '';

CREATE TABLE consignments (
    id           uuid NOT NULL,
    receipt      uuid NOT NULL,
    attempt      int NOT NULL,
    message      int NOT NULL,
    seq          bigint NOT NULL,
    ordinal      bigint NOT NULL,
    packages     bigint NOT NULL,
    legal_at     timestamptz NOT NULL,
    eta          timestamptz,
    call         uuid,
    mode         text COLLATE "C" NOT NULL,
    document_key text COLLATE "C" NOT NULL,
    bill_key     text COLLATE "C" NOT NULL,
    parent_key   text COLLATE "C" NOT NULL,
    op           text NOT NULL,
    level        text NOT NULL,
    number       text NOT NULL,
    issuer       text NOT NULL,
    state        text NOT NULL,
    link         text NOT NULL,
    registration text NOT NULL,
    partner      text NOT NULL,
    filer        text NOT NULL,
    port         text NOT NULL,
    flow         text NOT NULL,
    terms        text[] COLLATE "C", -- with facets: see facets in search.go
    record       bytea,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
ALTER TABLE consignments ALTER COLUMN record SET STORAGE EXTERNAL;
CREATE INDEX consignments_receipt ON consignments (receipt, ordinal);
CREATE INDEX consignments_document ON consignments (document_key) WHERE document_key <> '';
CREATE INDEX consignments_bill ON consignments (bill_key) WHERE bill_key <> '';
CREATE INDEX consignments_parent ON consignments (parent_key) WHERE parent_key <> '';
CREATE INDEX consignments_terms ON consignments USING gin (terms);

CREATE TABLE equipment (
    id      uuid NOT NULL,
    receipt uuid NOT NULL,
    attempt int NOT NULL,
    message int NOT NULL,
    seq     bigint NOT NULL,
    mode    text COLLATE "C" NOT NULL,
    partner text NOT NULL,
    number  text NOT NULL,
    record  bytea,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
ALTER TABLE equipment ALTER COLUMN record SET STORAGE EXTERNAL;
CREATE INDEX equipment_receipt ON equipment (receipt);

CREATE TABLE controls (
    receipt uuid NOT NULL,
    attempt int NOT NULL,
    partner text COLLATE "C" NOT NULL,
    mode    text COLLATE "C" NOT NULL,
    control text COLLATE "C" NOT NULL
) PARTITION BY RANGE (receipt);
CREATE INDEX controls_receipt ON controls (receipt);
CREATE INDEX controls_control ON controls USING hash (control);

CREATE TABLE documents (
    key             text COLLATE "C" PRIMARY KEY,
    mode            text COLLATE "C" NOT NULL,
    type            text NOT NULL,
    reference       text NOT NULL,
    filer           text NOT NULL,
    state           text NOT NULL,
    versions        int NOT NULL,
    current_seq     bigint NOT NULL,
    current_message int NOT NULL,
    updated_at      timestamptz NOT NULL
) WITH (fillfactor = 70);

-- One row for each conveyance and place, locked while its calls are merged.
CREATE TABLE call_keys (
    mode   text COLLATE "C" NOT NULL,
    vessel text COLLATE "C" NOT NULL,
    port   text COLLATE "C" NOT NULL,
    PRIMARY KEY (mode, vessel, port)
);
CREATE TABLE calls (
    id        uuid PRIMARY KEY,
    mode      text COLLATE "C" NOT NULL,
    number    text NOT NULL UNIQUE,
    vessel    text COLLATE "C" NOT NULL,
    name      text NOT NULL,
    port      text COLLATE "C" NOT NULL,
    opened_at timestamptz NOT NULL
);
CREATE INDEX calls_vessel ON calls (vessel, port, mode, id);
CREATE INDEX calls_port ON calls (port, id);
CREATE TABLE call_aliases (
    call    uuid NOT NULL,
    partner text COLLATE "C" NOT NULL,
    voyage  text COLLATE "C" NOT NULL,
    carrier text NOT NULL,
    PRIMARY KEY (call, partner, voyage)
);
CREATE TABLE call_times (
    call    uuid NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    at      timestamptz NOT NULL,
    partner text COLLATE "C" NOT NULL,
    receipt uuid NOT NULL,
    PRIMARY KEY (call, kind, at, partner)
);
CREATE TABLE call_receipts (
    receipt uuid NOT NULL,
    call    uuid NOT NULL,
    partner text COLLATE "C" NOT NULL,
    PRIMARY KEY (receipt, call)
) PARTITION BY RANGE (receipt);
CREATE INDEX call_receipts_call ON call_receipts (call, partner);

-- Events wait here until the dispatcher has numbered them; then they stand in events, which only grows.
CREATE TABLE events_pending (
    id       uuid PRIMARY KEY,
    type     text COLLATE "C" NOT NULL,
    subject  text NOT NULL,
    mode     text COLLATE "C" NOT NULL,
    partner  text COLLATE "C" NOT NULL,
    filer    text COLLATE "C" NOT NULL,
    at       timestamptz NOT NULL,
    data     text NOT NULL,
    trace_id text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE TABLE events (
    id       uuid NOT NULL,
    position bigint NOT NULL,
    type     text COLLATE "C" NOT NULL,
    subject  text NOT NULL,
    mode     text COLLATE "C" NOT NULL,
    partner  text COLLATE "C" NOT NULL,
    filer    text COLLATE "C" NOT NULL,
    at       timestamptz NOT NULL,
    data     text NOT NULL,
    trace_id text NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX events_position ON events (position);
CREATE TABLE cursors (
    name     text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
);

CREATE TABLE answers (
    id          uuid NOT NULL,
    receipt     uuid NOT NULL,
    attempt     int NOT NULL,
    interchange int NOT NULL,
    kind        text NOT NULL,
    mode        text COLLATE "C" NOT NULL,
    body        bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX answers_receipt ON answers (receipt);
CREATE TABLE deliveries (
    id          uuid NOT NULL,
    answer      uuid NOT NULL,
    receipt     uuid NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    channel     text NOT NULL,
    kind        text NOT NULL,
    mode        text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    attempts    int NOT NULL,
    next_at     timestamptz NOT NULL,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    owner       text NOT NULL DEFAULT '', -- who has claimed it; '' between attempts
    last_error  text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX deliveries_receipt ON deliveries (receipt);
CREATE INDEX deliveries_pending ON deliveries (partner, id) WHERE state = 'pending';
CREATE INDEX deliveries_paused ON deliveries (id) WHERE state = 'paused';

-- Rows of the audit log wait for the sealer; then they stand in audit, which only grows.
CREATE TABLE audit_pending (
    id        uuid PRIMARY KEY,
    at        timestamptz NOT NULL,
    principal text NOT NULL,
    action    text NOT NULL,
    object    text NOT NULL,
    mode      text NOT NULL,
    detail    text NOT NULL,
    trace_id  text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE TABLE audit (
    id        uuid NOT NULL,
    seq       bigint NOT NULL,
    hash      bytea NOT NULL,
    at        timestamptz NOT NULL,
    principal text NOT NULL,
    action    text NOT NULL,
    object    text NOT NULL,
    mode      text NOT NULL,
    detail    text NOT NULL,
    trace_id  text NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX audit_seq ON audit (seq);
CREATE TABLE audit_heads (
    seq       bigint PRIMARY KEY,
    hash      bytea NOT NULL,
    at        timestamptz NOT NULL,
    key_id    text NOT NULL,
    signature bytea NOT NULL
);

CREATE TABLE tombstones (
    receipt uuid NOT NULL,
    sha256  bytea NOT NULL,
    size    bigint NOT NULL,
    why     text NOT NULL,
    who     text NOT NULL,
    at      timestamptz NOT NULL,
    derived bigint NOT NULL,
    PRIMARY KEY (receipt)
) PARTITION BY RANGE (receipt);
CREATE INDEX tombstones_at ON tombstones (at, receipt);

-- Partners and what belongs to them, each as its JSON document: hundreds of rows.
CREATE TABLE partners (id text COLLATE "C" PRIMARY KEY, doc jsonb NOT NULL);
CREATE TABLE mandates (id text COLLATE "C" PRIMARY KEY, doc jsonb NOT NULL);
CREATE TABLE keys     (id text COLLATE "C" PRIMARY KEY, doc jsonb NOT NULL, hash bytea NOT NULL);
CREATE TABLE channels (id text COLLATE "C" PRIMARY KEY, doc jsonb NOT NULL); -- partner, a line feed, name
CREATE TABLE users    (id text COLLATE "C" PRIMARY KEY, doc jsonb NOT NULL);
CREATE TABLE profiles (id text COLLATE "C" PRIMARY KEY, doc jsonb NOT NULL);

-- What no month holds: rows whose id comes from a clock that was wrong.
CREATE TABLE receipts_default      PARTITION OF receipts DEFAULT;
CREATE TABLE bodies_default        PARTITION OF bodies DEFAULT;
CREATE TABLE settlements_default   PARTITION OF settlements DEFAULT;
CREATE TABLE messages_default      PARTITION OF messages DEFAULT;
CREATE TABLE consignments_default  PARTITION OF consignments DEFAULT;
CREATE TABLE equipment_default     PARTITION OF equipment DEFAULT;
CREATE TABLE controls_default      PARTITION OF controls DEFAULT;
CREATE TABLE call_receipts_default PARTITION OF call_receipts DEFAULT;
CREATE TABLE events_default        PARTITION OF events DEFAULT;
CREATE TABLE answers_default       PARTITION OF answers DEFAULT;
CREATE TABLE deliveries_default    PARTITION OF deliveries DEFAULT;
CREATE TABLE audit_default         PARTITION OF audit DEFAULT;
CREATE TABLE tombstones_default    PARTITION OF tombstones DEFAULT;
