-- +goose Up
-- Attempts when a delivery was last sent again by hand: attempts themselves only grow, as they are the fence.
ALTER TABLE deliveries ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;

-- Deliveries are held back by one flag alone. Where rows were, the flag is set.
INSERT INTO cursors (name, position) SELECT 'deliveries.paused', 1 WHERE EXISTS (SELECT 1 FROM deliveries WHERE state = 'paused')
	ON CONFLICT (name) DO UPDATE SET position = 1;
UPDATE deliveries SET state = 'pending', due_at = next_at WHERE state = 'paused';
DROP INDEX deliveries_paused;
