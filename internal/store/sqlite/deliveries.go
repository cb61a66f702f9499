package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

const deliveryColumns = `id, answer, receipt, partner, channel, kind, mode, state, attempts, resent, next_at, last_error, created_at, updated_at`

func deliveryOf(w *row) outbox.Delivery {
	return outbox.Delivery{
		ID: w.uuid(), Answer: w.uuid(), Receipt: w.uuid(), Partner: partner.ID(w.text()), Channel: w.text(), Kind: w.text(), Mode: w.text(),
		State: outbox.DeliveryState(w.text()), Attempts: int(w.int()), Resent: int(w.int()), NextAt: w.time(), LastError: w.text(), CreatedAt: w.time(), UpdatedAt: w.time(),
	}
}

func (t *settling) insertDelivery(d *outbox.Delivery) error {
	created, updated := d.CreatedAt, d.UpdatedAt
	if created.IsZero() {
		created = t.at
	}
	if updated.IsZero() {
		updated = created
	}
	_, err := t.exec(`INSERT INTO deliveries (id, answer, receipt, partner, channel, kind, mode, state, attempts, next_at, due_at, owner,
		last_error, created_at, updated_at, resent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)`,
		d.ID, d.Answer, d.Receipt, string(d.Partner), d.Channel, d.Kind, d.Mode, string(d.State), d.Attempts, d.NextAt, d.NextAt, d.LastError,
		created, updated, d.Resent)
	return err
}

// ClaimDeliveries takes pending deliveries that are due, oldest first, partners taking turns.
func (s *Store) ClaimDeliveries(ctx context.Context, owner string, limit int, lease time.Duration) ([]outbox.Delivery, error) {
	if limit = min(limit, 1000); limit <= 0 {
		return nil, nil
	}
	now := s.clock.read()
	var ids []uuid.UUID
	err := s.main.pool.snapshot(ctx, "claim deliveries", func(q *reader) error {
		// Due ones of each partner are taken in the order of their ids, so in that of their making.
		rows, err := q.query(`WITH RECURSIVE p (partner) AS (
				SELECT min(partner) FROM deliveries WHERE state = 'pending'
				UNION ALL
				SELECT (SELECT min(partner) FROM deliveries WHERE state = 'pending' AND partner > p.partner) FROM p WHERE p.partner IS NOT NULL)
			SELECT d.id FROM p JOIN deliveries d ON d.id IN (SELECT id FROM (SELECT id FROM deliveries
				WHERE state = 'pending' AND partner = p.partner AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2 * 4) ORDER BY id LIMIT ?2)
			WHERE p.partner IS NOT NULL ORDER BY row_number() OVER (PARTITION BY p.partner ORDER BY d.id), d.id LIMIT ?2`, now, limit)
		for i := range rows {
			ids = append(ids, rows[i].uuid())
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var out []outbox.Delivery
	err = s.main.writer.tx(ctx, "claim deliveries", func(t *tx) error {
		out = nil
		for _, id := range ids {
			d, ok, err := s.leaseDelivery(t, id, owner, lease)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, d)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Store) leaseDelivery(t *tx, id uuid.UUID, owner string, lease time.Duration) (outbox.Delivery, bool, error) {
	now := s.clock.read()
	if owner == "" {
		owner = "?" // the column tells that somebody has it
	}
	rows, err := t.query(`UPDATE deliveries SET attempts = attempts + 1, owner = ?, due_at = ?, updated_at = ?
		WHERE id = ? AND state = 'pending' AND due_at <= ? RETURNING `+deliveryColumns, owner, now.Add(lease), now, id, now)
	if err != nil || len(rows) == 0 {
		return outbox.Delivery{}, false, err
	}
	return deliveryOf(&rows[0]), true, nil
}

// ClaimDelivery is ClaimDeliveries for one.
func (s *Store) ClaimDelivery(ctx context.Context, id uuid.UUID, owner string, lease time.Duration) (d outbox.Delivery, ok bool, err error) {
	err = s.main.writer.tx(ctx, "claim delivery", func(t *tx) error {
		if d, ok, err = s.leaseDelivery(t, id, owner, lease); err != nil || ok {
			return err
		}
		n, err := t.number("SELECT EXISTS (SELECT 1 FROM deliveries WHERE id = ?)", id)
		if err == nil && n == 0 {
			err = noDelivery(id)
		}
		return err
	})
	if err != nil {
		return outbox.Delivery{}, false, err
	}
	return d, ok, nil
}

func noDelivery(id uuid.UUID) error { return fmt.Errorf("delivery %s: %w", id, gateway.ErrNotFound) }

// FinishDelivery writes the outcome of an attempt.
func (s *Store) FinishDelivery(ctx context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, delay time.Duration,
	events []outbox.Event) (ok bool, err error) {
	switch state {
	case outbox.Pending, outbox.Available, outbox.Delivered, outbox.Parked:
	default:
		return false, fmt.Errorf("sqlite: %w: state of a delivery %q", gateway.ErrInput, state)
	}
	err = s.main.writer.tx(ctx, "finish delivery", func(t *tx) error {
		now := s.clock.read()
		next := now
		if state == outbox.Pending && delay > 0 {
			next = now.Add(delay)
		}
		n, err := t.exec(`UPDATE deliveries SET state = ?, last_error = ?, next_at = ?, due_at = ?, owner = '', updated_at = ?
			WHERE id = ? AND attempts = ? AND state = 'pending' AND owner <> ''`, string(state), reason, next, next, now, id, attempt)
		if err != nil || n == 0 {
			return err
		}
		ok = true
		for i := range events {
			if err := insertEvent(t, &events[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return ok && err == nil, err
}

// Delivery gives one.
func (s *Store) Delivery(ctx context.Context, id uuid.UUID) (outbox.Delivery, error) {
	rows, err := s.main.pool.query(ctx, "delivery", "SELECT "+deliveryColumns+" FROM deliveries WHERE id = ?", id)
	if err != nil {
		return outbox.Delivery{}, err
	}
	if len(rows) == 0 {
		return outbox.Delivery{}, noDelivery(id)
	}
	return deliveryOf(&rows[0]), nil
}

// Deliveries gives those of a receipt, oldest first.
func (s *Store) Deliveries(ctx context.Context, receipt uuid.UUID) ([]outbox.Delivery, error) {
	rows, err := s.main.pool.query(ctx, "deliveries", "SELECT "+deliveryColumns+" FROM deliveries WHERE receipt = ? ORDER BY id", receipt)
	out := make([]outbox.Delivery, len(rows))
	for i := range rows {
		out[i] = deliveryOf(&rows[i])
	}
	return out, err
}

// ResendDelivery makes a delivery pending again, due now.
func (s *Store) ResendDelivery(ctx context.Context, id uuid.UUID) error {
	return s.main.writer.tx(ctx, "resend delivery", func(t *tx) error {
		now := s.clock.read()
		n, err := t.exec(`UPDATE deliveries SET state = 'pending', resent = attempts, next_at = ?1, due_at = ?1, owner = '', last_error = '',
			updated_at = ?1 WHERE id = ?2`, now, id)
		if err == nil && n == 0 {
			err = noDelivery(id)
		}
		return err
	})
}

// PendingDeliveries gives how many are pending.
func (s *Store) PendingDeliveries(ctx context.Context) (int64, error) {
	return s.main.pool.number(ctx, "pending deliveries", "SELECT count(*) FROM deliveries WHERE state = 'pending'")
}

const answerColumns = "a.id, w.receipt, w.attempt, a.interchange, a.kind, a.mode, a.created_at"

func answerOf(w *row) outbox.Answer {
	return outbox.Answer{
		ID: w.uuid(), Receipt: w.uuid(), Attempt: int(w.int()), Interchange: int(w.int()), Kind: w.text(), Mode: w.text(), CreatedAt: w.time(),
	}
}

// Answer gives one of a settled receipt, with its body.
func (s *Store) Answer(ctx context.Context, id uuid.UUID) (outbox.Answer, error) {
	rows, err := s.main.pool.query(ctx, "answer", "SELECT "+answerColumns+`, a.body FROM answers a
		JOIN works w ON w.n = a.work AND w.settled = 1 WHERE a.id = ?`, id)
	if err != nil {
		return outbox.Answer{}, err
	}
	if len(rows) == 0 {
		return outbox.Answer{}, fmt.Errorf("answer %s: %w", id, gateway.ErrNotFound)
	}
	a := answerOf(&rows[0])
	a.Body = rows[0].blob()
	return a, nil
}

// Answers gives those of a settled receipt, oldest first, without bodies.
func (s *Store) Answers(ctx context.Context, receipt uuid.UUID) ([]outbox.Answer, error) {
	rows, err := s.main.pool.query(ctx, "answers", "SELECT "+answerColumns+` FROM works w JOIN answers a ON a.work = w.n
		WHERE w.receipt = ? AND w.settled = 1 ORDER BY a.id`, receipt)
	out := make([]outbox.Answer, len(rows))
	for i := range rows {
		out[i] = answerOf(&rows[i])
	}
	return out, err
}
