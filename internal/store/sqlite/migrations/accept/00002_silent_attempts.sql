-- Attempts that ended without a word: their lease ran out while they read. A message that ends the process that reads it
-- is known by them. They stay through a replay, as what was replayed may end the process again.
-- +goose Up
ALTER TABLE receipts ADD COLUMN silent INTEGER NOT NULL DEFAULT 0;
