-- +goose Up
-- The bills that an attempt has of no document, in their order, so that a page of them costs the same wherever it begins.
CREATE INDEX consignments_loose ON consignments (work, bill_key) WHERE document IS NULL;
CREATE INDEX consignments_loose_parent ON consignments (work, parent_key) WHERE document IS NULL AND parent_key <> '';

-- 1 while the attempt has staged consignments whose terms are not made: that is done in one go when all are staged.
ALTER TABLE works ADD COLUMN unindexed INTEGER NOT NULL DEFAULT 0;
