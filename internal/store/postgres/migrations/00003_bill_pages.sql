-- +goose Up
-- The bills of a document in their order, so that a page of them costs the same wherever it begins: a document may have a
-- million. The same for what a receipt has that is of no document, which is little.
CREATE INDEX consignments_document_bill ON consignments (document_key, bill_key) WHERE document_key <> '';
CREATE INDEX consignments_document_parent ON consignments (document_key, parent_key) WHERE document_key <> '' AND parent_key <> '';
CREATE INDEX consignments_loose_bill ON consignments (receipt, bill_key) WHERE document_key = '';
CREATE INDEX consignments_loose_parent ON consignments (receipt, parent_key) WHERE document_key = '' AND parent_key <> '';
DROP INDEX consignments_document;
