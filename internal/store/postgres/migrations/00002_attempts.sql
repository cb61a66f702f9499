-- +goose Up
-- Attempts at a receipt that ended without a word: their lease ran out while they read. A message that ends the process
-- that reads it is known by them. They stay through a replay, as what was replayed may end the process again.
ALTER TABLE work ADD COLUMN silent int NOT NULL DEFAULT 0;

-- Attempts when a delivery was last sent again by hand: attempts themselves only grow, as they are the fence.
ALTER TABLE deliveries ADD COLUMN resent int NOT NULL DEFAULT 0;

-- Deliveries are held back by one flag alone. Where rows were, the flag is set.
INSERT INTO cursors (name, position) SELECT 'deliveries.paused', 1 WHERE EXISTS (SELECT FROM deliveries WHERE state = 'paused')
	ON CONFLICT (name) DO UPDATE SET position = 1;
UPDATE deliveries SET state = 'pending' WHERE state = 'paused';
DROP INDEX deliveries_paused;
