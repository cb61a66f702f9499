-- +goose Up
-- Cases: one for each bill of a filer, for ever. They are a few in a hundred of the consignments and stay through years, so
-- they are not partitioned. details is what no query looks at, as JSON; see caseq.Case.Details.
CREATE SEQUENCE case_number;
CREATE TABLE cases (
    id           uuid PRIMARY KEY,
    number       bigint NOT NULL UNIQUE,
    revision     bigint NOT NULL,
    filer        text COLLATE "C" NOT NULL,
    bill_key     text COLLATE "C" NOT NULL,
    bill         text NOT NULL,
    document_key text COLLATE "C" NOT NULL,
    partner      text COLLATE "C" NOT NULL,
    consignment  uuid, -- NULL once its message is purged
    receipt      uuid NOT NULL,
    call         uuid,
    port         text COLLATE "C" NOT NULL,
    cargo        text NOT NULL,
    state        text COLLATE "C" NOT NULL,
    points       int NOT NULL,
    base         int NOT NULL,
    band         text NOT NULL,
    assessable   boolean NOT NULL,
    due          timestamptz,
    assignee     text COLLATE "C" NOT NULL,
    lease        uuid,
    lease_until  timestamptz NOT NULL DEFAULT '-infinity',
    proposer     text COLLATE "C" NOT NULL, -- of a step that waits for a second person; '' where none does
    verdict      text NOT NULL, -- held, released: what the filer is told; '' where nothing is decided
    details      text NOT NULL,
    opened_at    timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    closed_at    timestamptz,
    UNIQUE (filer, bill_key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX cases_open ON cases (state) WHERE state <> 'closed';
CREATE INDEX cases_closed ON cases (closed_at, number) WHERE state = 'closed';
CREATE INDEX cases_bill ON cases (bill_key);
CREATE INDEX cases_receipt ON cases (receipt);

-- What a case is found by: caseq.Group.Key.
CREATE TABLE case_groups (
    grp     text COLLATE "C" NOT NULL,
    case_id uuid NOT NULL,
    PRIMARY KEY (grp, case_id)
);
CREATE INDEX case_groups_case ON case_groups (case_id);

CREATE TABLE case_history (
    case_id    uuid NOT NULL,
    seq        bigint NOT NULL,
    at         timestamptz NOT NULL,
    who        text NOT NULL,
    what       text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    points     int NOT NULL,
    reason     text NOT NULL,
    note       text NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- What opens a case, among all that is on file: selected, or not assessable (bits as in 00004_scores.sql).
CREATE INDEX consignments_flagged ON consignments (bill_key) WHERE scored IN (1, 3, 7) AND bill_key <> '';
