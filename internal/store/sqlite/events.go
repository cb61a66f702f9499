package sqlite

import (
	"context"
	"strings"

	"cargogate/internal/audit"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// Emit inserts events, deliveries and audit rows.
func (t *settling) Emit(_ context.Context, events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) error {
	for i := range events {
		if err := insertEvent(t.tx, &events[i]); err != nil {
			return err
		}
	}
	for i := range deliveries {
		if err := t.insertDelivery(&deliveries[i]); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if err := insertAudit(t.tx, "audit_new", r); err != nil {
			return err
		}
	}
	return nil
}

func insertEvent(t *tx, e *outbox.Event) error {
	_, err := t.exec("INSERT INTO events_new (id, type, subject, mode, partner, filer, at, data, trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		e.ID, e.Type, e.Subject, e.Mode, string(e.Partner), string(e.Filer), e.At, e.Data, e.TraceID)
	return err
}

// NumberEvents moves committed events to their positions. Only one transaction writes at a time, so positions have no
// gaps and become visible in order.
func (s *Store) NumberEvents(ctx context.Context, limit int) (int, error) {
	if limit <= 0 {
		return 0, nil
	}
	n, err := s.main.pool.number(ctx, "number events", "SELECT EXISTS (SELECT 1 FROM events_new)")
	if err != nil || n == 0 {
		return 0, err
	}
	var moved int64
	err = s.main.writer.tx(ctx, "number events", func(t *tx) error {
		last, err := t.number("SELECT max(position) FROM events")
		if err != nil {
			return err
		}
		if moved, err = t.exec(`INSERT INTO events (position, id, type, subject, mode, partner, filer, at, data, trace_id)
			SELECT ? + row_number() OVER (ORDER BY id), id, type, subject, mode, partner, filer, at, data, trace_id
			FROM (SELECT * FROM events_new ORDER BY id LIMIT ?)`, last, limit); err != nil {
			return err
		}
		_, err = t.exec("DELETE FROM events_new WHERE id IN (SELECT id FROM events WHERE position > ?)", last)
		return err
	})
	return int(moved), err
}

// Events gives numbered events in order of position.
func (s *Store) Events(ctx context.Context, q outbox.Query) ([]outbox.Event, error) {
	limit := bounded(q.Limit)
	const columns = "SELECT position, id, type, subject, mode, partner, filer, at, data, trace_id FROM events WHERE position > ?"
	where, args := "", []any{q.After}
	if q.Mode != "" {
		where, args = where+" AND mode = ?", append(args, q.Mode)
	}
	if len(q.Types) > 0 {
		where += " AND type IN (?" + strings.Repeat(", ?", len(q.Types)-1) + ")"
		for _, word := range q.Types {
			args = append(args, word)
		}
	}
	query := columns + where
	if q.Partner != "" {
		// Each half has an index; an event of one's own in both roles is in the first only.
		query = "SELECT * FROM (" + columns + where + " AND partner = ? ORDER BY position LIMIT ?) UNION ALL SELECT * FROM (" + columns + where +
			" AND filer = ? AND filer <> '' AND filer <> partner ORDER BY position LIMIT ?)"
		half := append(args, string(q.Partner), limit)
		args = append(half[:len(half):len(half)], half...)
	}
	rows, err := s.main.pool.query(ctx, "events", query+" ORDER BY position LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, err
	}
	out := make([]outbox.Event, len(rows))
	for i := range rows {
		w := &rows[i]
		out[i] = outbox.Event{
			Position: w.int(), ID: w.uuid(), Type: w.text(), Subject: w.text(), Mode: w.text(), Partner: partner.ID(w.text()),
			Filer: partner.ID(w.text()), At: w.time(), Data: w.text(), TraceID: w.text(),
		}
	}
	return out, nil
}

// LastPosition gives the highest position numbered.
func (s *Store) LastPosition(ctx context.Context) (int64, error) {
	return s.main.pool.number(ctx, "last position", "SELECT max(position) FROM events")
}
