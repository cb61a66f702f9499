package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

// NumberEvents gives positions to committed events. The row of the counter is locked until the commit, so positions are
// seen in their order, and the statement behind the lock sees all that was committed before it. A dispatcher that finds
// nothing writes nothing.
func (s *Store) NumberEvents(ctx context.Context, limit int) (int, error) {
	limit = clampBulk(limit)
	var some bool
	if err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM events_pending)").Scan(&some); err != nil || !some {
		return 0, mapError(ctx, err)
	}
	var n int
	err := s.inTxOf(ctx, lookups, func(tx pgx.Tx) error {
		var batch pgx.Batch
		batch.Queue("SELECT value FROM counters WHERE name = 'events' FOR UPDATE")
		batch.Queue(`
			WITH moved AS (
				DELETE FROM events_pending WHERE id IN (SELECT id FROM events_pending ORDER BY id LIMIT $1) RETURNING *
			), numbered AS (
				INSERT INTO events (id, position, type, subject, mode, partner, filer, at, data, trace_id)
				SELECT id, (SELECT value FROM counters WHERE name = 'events') + row_number() OVER (ORDER BY id), type, subject, mode, partner, filer,
					at, data, trace_id FROM moved RETURNING 1
			)
			UPDATE counters SET value = value + (SELECT count(*) FROM numbered) WHERE name = 'events' RETURNING (SELECT count(*) FROM numbered)`, limit)
		results := tx.SendBatch(ctx, &batch)
		defer results.Close()
		if _, err := results.Exec(); err != nil {
			return err
		}
		if err := results.QueryRow().Scan(&n); err != nil {
			return err
		}
		return results.Close()
	})
	if err != nil {
		return 0, fmt.Errorf("postgres: number events: %w", err)
	}
	return n, nil
}

// clampBulk is clamp for work that is done in the database.
func clampBulk(limit int) int {
	const most = 10_000
	if limit <= 0 {
		return defaultLimit
	}
	return min(limit, most)
}

// Events gives numbered events in order of position.
func (s *Store) Events(ctx context.Context, q outbox.Query) ([]outbox.Event, error) {
	var types []string
	if len(q.Types) > 0 {
		types = q.Types
	}
	rows, err := s.pool.Query(ctx, `
		SELECT id, position, type, subject, mode, partner, filer, at, data, trace_id FROM events
		WHERE position > $1 AND ($2 = '' OR mode = $2) AND ($3 = '' OR partner = $3 OR filer = $3) AND ($4::text[] IS NULL OR type = ANY ($4))
		ORDER BY position LIMIT $5`, q.After, q.Mode, string(q.Partner), types, clamp(q.Limit))
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (outbox.Event, error) {
		var e outbox.Event
		err := row.Scan(&e.ID, &e.Position, &e.Type, &e.Subject, &e.Mode, &e.Partner, &e.Filer, &e.At, &e.Data, &e.TraceID)
		e.At = e.At.UTC()
		return e, err
	})
	return out, mapError(ctx, err)
}

// LastPosition gives the highest position numbered.
func (s *Store) LastPosition(ctx context.Context) (int64, error) {
	var n int64
	err := s.pool.QueryRow(ctx, "SELECT value FROM counters WHERE name = 'events'").Scan(&n)
	return n, mapError(ctx, err)
}

// Cursor gives the position that a named consumer has done.
func (s *Store) Cursor(ctx context.Context, name string) (int64, error) {
	var n int64
	err := s.pool.QueryRow(ctx, "SELECT position FROM cursors WHERE name = $1", name).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return n, mapError(ctx, err)
}

// SetCursor stores how far a named consumer is.
func (t *tx) SetCursor(ctx context.Context, name string, from, to int64) error {
	if err := t.ready(); err != nil {
		return err
	}
	// The row is made first, so that two who begin at once wait for each other.
	if _, err := t.exec(ctx, "INSERT INTO cursors VALUES ($1, 0) ON CONFLICT DO NOTHING", name); err != nil {
		return t.note(ctx, "set cursor", err)
	}
	tag, err := t.exec(ctx, "UPDATE cursors SET position = $3 WHERE name = $1 AND position = $2", name, from, to)
	if err == nil && tag.RowsAffected() == 0 {
		return fmt.Errorf("%w: cursor %s is not at %d", gateway.ErrFenced, name, from)
	}
	return t.note(ctx, "set cursor", err)
}
