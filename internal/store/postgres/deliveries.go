package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/outbox"
)

const deliveryColumns = `d.id, d.answer, d.receipt, d.partner, d.channel, d.kind, d.mode, d.state, d.attempts, d.resent, d.next_at, d.last_error,
	d.created_at, d.updated_at`

func scanDelivery(row pgx.CollectableRow) (outbox.Delivery, error) {
	var d outbox.Delivery
	err := row.Scan(&d.ID, &d.Answer, &d.Receipt, &d.Partner, &d.Channel, &d.Kind, &d.Mode, &d.State, &d.Attempts, &d.Resent, &d.NextAt, &d.LastError,
		&d.CreatedAt, &d.UpdatedAt)
	d.NextAt, d.CreatedAt, d.UpdatedAt = d.NextAt.UTC(), d.CreatedAt.UTC(), d.UpdatedAt.UTC()
	return d, err
}

// isDue is the condition of a delivery d that can be claimed.
const isDue = "d.state = 'pending' AND d.next_at <= clock_timestamp() AND d.lease_until <= clock_timestamp()"

// claimDeliveriesSQL goes over partners as claimSQL does.
const claimDeliveriesSQL = `
WITH RECURSIVE hop AS (
	(SELECT partner FROM deliveries WHERE state = 'pending' ORDER BY partner LIMIT 1)
	UNION ALL
	SELECT (SELECT d.partner FROM deliveries d WHERE d.state = 'pending' AND d.partner > hop.partner ORDER BY d.partner LIMIT 1)
	FROM hop WHERE hop.partner IS NOT NULL
), due AS MATERIALIZED (
	SELECT c.id, row_number() OVER (PARTITION BY hop.partner ORDER BY c.id) AS turn,
		coalesce(array_position($4::text[], hop.partner::text), 0) AS served
	FROM hop CROSS JOIN LATERAL (
		SELECT d.id FROM deliveries d WHERE d.partner = hop.partner AND ` + isDue + ` ORDER BY d.id LIMIT 2 * $1::int + 8) c
	WHERE hop.partner IS NOT NULL
), pick AS MATERIALIZED (
	SELECT d.id, due.turn, due.served FROM due JOIN deliveries d ON d.id = due.id WHERE ` + isDue + `
	ORDER BY due.turn, due.served, d.id LIMIT $1 FOR UPDATE OF d SKIP LOCKED
), taken AS (
	UPDATE deliveries d SET attempts = d.attempts + 1, owner = $2, updated_at = clock_timestamp(),
		lease_until = clock_timestamp() + $3::float8 * interval '1 second'
	FROM pick WHERE d.id = pick.id RETURNING d.*, pick.turn, pick.served
)
SELECT ` + deliveryColumns + ` FROM taken d ORDER BY d.turn, d.served, d.id`

// ClaimDeliveries takes pending deliveries that are due.
func (s *Store) ClaimDeliveries(ctx context.Context, owner string, limit int, lease time.Duration) ([]outbox.Delivery, error) {
	if owner == "" || lease <= 0 {
		return nil, inputError("a claim of deliveries by %q for %s", owner, lease)
	}
	var out []outbox.Delivery
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, claimDeliveriesSQL, clamp(limit), owner, seconds(lease), s.deliveries.order())
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanDelivery)
		return err
	})
	if err != nil {
		return nil, err
	}
	served := make([]string, len(out))
	for i := range out {
		served[i] = string(out[i].Partner)
	}
	s.deliveries.serve(served)
	return out, nil
}

// ClaimDelivery takes one.
func (s *Store) ClaimDelivery(ctx context.Context, id uuid.UUID, owner string, lease time.Duration) (outbox.Delivery, bool, error) {
	if owner == "" || lease <= 0 {
		return outbox.Delivery{}, false, inputError("a claim of a delivery by %q for %s", owner, lease)
	}
	rows, err := s.pool.Query(ctx, `
		UPDATE deliveries d SET attempts = d.attempts + 1, owner = $2, updated_at = clock_timestamp(),
			lease_until = clock_timestamp() + $3::float8 * interval '1 second'
		WHERE d.id = $1 AND `+isDue+` RETURNING `+deliveryColumns, id, owner, seconds(lease))
	if err != nil {
		return outbox.Delivery{}, false, mapError(ctx, err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDelivery)
	if errors.Is(err, pgx.ErrNoRows) {
		return outbox.Delivery{}, false, nil
	}
	return d, err == nil, mapError(ctx, err)
}

// FinishDelivery writes the outcome of an attempt.
func (s *Store) FinishDelivery(ctx context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, delay time.Duration, events []outbox.Event) (bool, error) {
	switch state {
	case outbox.Pending, outbox.Available, outbox.Delivered, outbox.Parked:
	default:
		return false, inputError("a delivery cannot become %q", state)
	}
	ok := false
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE deliveries SET state = $3, last_error = $4, owner = '', lease_until = '-infinity',
				next_at = clock_timestamp() + $5::float8 * interval '1 second', updated_at = clock_timestamp()
			WHERE id = $1 AND attempts = $2 AND owner <> '' AND state = 'pending'`, id, attempt, string(state), reason, seconds(delay))
		if err != nil {
			return err
		}
		if ok = tag.RowsAffected() == 1; !ok || len(events) == 0 {
			return nil
		}
		var batch pgx.Batch
		queueEvents(&batch, events)
		return tx.SendBatch(ctx, &batch).Close()
	})
	return ok && err == nil, err
}

// Delivery gives one.
func (s *Store) Delivery(ctx context.Context, id uuid.UUID) (outbox.Delivery, error) {
	found, err := s.listDeliveries(ctx, "d.id = $1", id)
	if err == nil && len(found) == 0 {
		err = notFound("delivery", id)
	}
	if err != nil {
		return outbox.Delivery{}, err
	}
	return found[0], nil
}

// Deliveries gives those of a receipt, oldest first.
func (s *Store) Deliveries(ctx context.Context, receipt uuid.UUID) ([]outbox.Delivery, error) {
	return s.listDeliveries(ctx, "d.receipt = $1", receipt)
}

func (s *Store) listDeliveries(ctx context.Context, where string, arg any) ([]outbox.Delivery, error) {
	rows, err := s.pool.Query(ctx, "SELECT "+deliveryColumns+" FROM deliveries d WHERE "+where+" ORDER BY d.id", arg)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, scanDelivery)
	return out, mapError(ctx, err)
}

// ResendDelivery makes a delivery pending again.
func (s *Store) ResendDelivery(ctx context.Context, id uuid.UUID) error {
	tag, err := s.pool.Exec(ctx, `UPDATE deliveries SET state = 'pending', resent = attempts, owner = '', lease_until = '-infinity', last_error = '',
		next_at = clock_timestamp(), updated_at = clock_timestamp() WHERE id = $1`, id)
	if err == nil && tag.RowsAffected() == 0 {
		return notFound("delivery", id)
	}
	return mapError(ctx, err)
}

// PendingDeliveries gives how many are pending.
func (s *Store) PendingDeliveries(ctx context.Context) (n int64, err error) {
	err = s.pool.QueryRow(ctx, "SELECT count(*) FROM deliveries WHERE state = 'pending'").Scan(&n)
	return n, mapError(ctx, err)
}

// visibleAnswer is the condition of an answer a of a settled attempt.
const visibleAnswer = "EXISTS (SELECT FROM settled s WHERE s.receipt = a.receipt AND s.attempt = a.attempt)"

// Answer gives one with its body.
func (s *Store) Answer(ctx context.Context, id uuid.UUID) (outbox.Answer, error) {
	found, err := s.listAnswers(ctx, "a.body", "a.id = $1", id)
	if err == nil && len(found) == 0 {
		err = notFound("answer", id)
	}
	if err != nil {
		return outbox.Answer{}, err
	}
	return found[0], nil
}

// Answers gives those of a receipt without bodies, oldest first.
func (s *Store) Answers(ctx context.Context, receipt uuid.UUID) ([]outbox.Answer, error) {
	return s.listAnswers(ctx, "NULL::bytea", "a.receipt = $1", receipt)
}

func (s *Store) listAnswers(ctx context.Context, body, where string, arg any) ([]outbox.Answer, error) {
	rows, err := s.pool.Query(ctx, "SELECT a.id, a.receipt, a.attempt, a.interchange, a.kind, a.mode, "+body+", a.created_at FROM answers a WHERE "+
		where+" AND "+visibleAnswer+" ORDER BY a.id", arg)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (outbox.Answer, error) {
		var a outbox.Answer
		err := row.Scan(&a.ID, &a.Receipt, &a.Attempt, &a.Interchange, &a.Kind, &a.Mode, &a.Body, &a.CreatedAt)
		a.CreatedAt = a.CreatedAt.UTC()
		return a, err
	})
	return out, mapError(ctx, err)
}
