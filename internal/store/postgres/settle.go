package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
	"cargogate/internal/failpoint"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

// settleSQL locks the row of work and looks whether the attempt is the current one. Only then it makes the receipt
// settled, ends the work, lets the rows of the attempt be seen, and keeps what the attempt came to.
const settleSQL = `
WITH mine AS MATERIALIZED (
	SELECT w.receipt FROM work w WHERE w.receipt = $1 AND ` + current + ` FOR UPDATE
), one AS (
	INSERT INTO settled (receipt, attempt) SELECT receipt, $2 FROM mine ON CONFLICT (receipt) DO NOTHING RETURNING receipt
), over AS (
	DELETE FROM work w USING one WHERE w.receipt = one.receipt AND $4 <> 'parked' RETURNING w.receipt, w.failures, w.waiting_from, w.reason
), parked AS (
	UPDATE work w SET parked = true, state = 'parked', lease_until = '-infinity' FROM one WHERE w.receipt = one.receipt AND $4 = 'parked'
	RETURNING w.receipt, w.failures, w.waiting_from, w.reason
), done AS (
	SELECT * FROM over UNION ALL SELECT * FROM parked
), unstaged AS (
	DELETE FROM staged USING one WHERE staged.receipt = one.receipt AND staged.attempt = $2
)
INSERT INTO settlements (receipt, attempt, mode, state, duplicate_of, reason, result, errors, warnings, notes, failures, waiting_from, settled_at)
SELECT receipt, $2, $3, $4, $5, coalesce(nullif($6, ''), reason), $7, $8, $9, $10, failures, waiting_from, clock_timestamp() FROM done`

// settleUnfenced is settleSQL with its protections taken away, for the tests that must notice: without $11 the attempt
// is not compared, with $12 a receipt is settled as often as somebody says so.
const settleUnfenced = `
WITH mine AS MATERIALIZED (
	SELECT $1::uuid AS receipt WHERE NOT $11 OR EXISTS (SELECT FROM work w WHERE w.receipt = $1 AND ` + current + `)
), one AS (
	INSERT INTO settled (receipt, attempt) SELECT receipt, $2 FROM mine
	ON CONFLICT (receipt) DO UPDATE SET attempt = excluded.attempt WHERE $12 RETURNING receipt
), done AS (
	DELETE FROM work w USING one WHERE w.receipt = one.receipt
)
INSERT INTO settlements (receipt, attempt, mode, state, duplicate_of, reason, result, errors, warnings, notes, failures, settled_at)
SELECT receipt, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, clock_timestamp() FROM one
ON CONFLICT (receipt) DO UPDATE SET attempt = excluded.attempt, state = excluded.state, duplicate_of = excluded.duplicate_of,
	reason = excluded.reason, result = excluded.result, errors = excluded.errors, warnings = excluded.warnings, notes = excluded.notes,
	settled_at = excluded.settled_at`

// Settle inserts the settlement.
func (t *tx) Settle(ctx context.Context, s gateway.Settlement) error {
	if err := t.ready(); err != nil {
		return err
	}
	if !s.State.Final() {
		return inputError("receipt %s cannot be settled as %q", s.Receipt, s.State)
	}
	sql := settleSQL
	args := []any{s.Receipt, s.Attempt, s.Mode, s.State, idOrNull(s.DuplicateOf), s.Reason, s.Result, s.Errors, s.Warnings, s.Notes}
	if fence, dedupe := !failpoint.Sabotaged(failpoint.NoFence), !failpoint.Sabotaged(failpoint.NoDedupe); !fence || !dedupe {
		sql = settleUnfenced
		args = append(args, fence, !dedupe)
	}
	tag, err := t.exec(ctx, sql, args...)
	if err != nil {
		return t.note(ctx, "settle", err)
	}
	if tag.RowsAffected() == 0 {
		return fenced(s.Fence)
	}
	return nil
}

// Settled has nothing to do: the state of a receipt is read from what was settled.
func (s *Store) Settled(context.Context, []gateway.Settlement) error { return nil }

// Settlement gives that of a receipt.
func (s *Store) Settlement(ctx context.Context, id uuid.UUID) (gateway.Settlement, error) {
	var st gateway.Settlement
	var dup *uuid.UUID
	err := s.pool.QueryRow(ctx, `SELECT receipt, attempt, mode, state, duplicate_of, reason, result, errors, warnings, notes, settled_at
		FROM settlements WHERE receipt = $1`, id).Scan(&st.Receipt, &st.Attempt, &st.Mode, &st.State, &dup, &st.Reason, &st.Result,
		&st.Errors, &st.Warnings, &st.Notes, &st.SettledAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return st, notFound("settlement of receipt", id)
	}
	st.DuplicateOf, st.SettledAt = idOrNil(dup), st.SettledAt.UTC()
	return st, mapError(ctx, err)
}

// Fail gives a claim back as failed, or parks the receipt.
func (s *Store) Fail(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, maxFailures int,
	parked func(gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row)) (gateway.State, error) {
	var state gateway.State
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		state = gateway.StateReceived
		var failures int
		err := tx.QueryRow(ctx, `
			UPDATE work w SET state = 'received', failures = w.failures + 1, reason = $3, owner = '',
				due_at = clock_timestamp() + $4::float8 * interval '1 second', lease_until = '-infinity'
			WHERE w.receipt = $1 AND `+current+` RETURNING w.failures`, f.Receipt, f.Attempt, reason, seconds(delay)).Scan(&failures)
		if errors.Is(err, pgx.ErrNoRows) {
			return fenced(f)
		}
		if err != nil || failures < maxFailures {
			return err
		}
		state = gateway.StateParked
		return park(ctx, tx, f, reason, parked)
	})
	if err != nil {
		return "", err
	}
	return state, nil
}

// park settles a receipt as parked. The row of work stays, out of the way, until somebody replays or purges it. Staged
// rows of the attempt are not visible and are swept.
func park(ctx context.Context, tx pgx.Tx, f gateway.Fence, reason string,
	parked func(gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row)) error {
	if _, err := tx.Exec(ctx, "UPDATE work SET parked = true, state = 'parked' WHERE receipt = $1", f.Receipt); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "SELECT "+receiptColumns+fromReceipts+"WHERE r.id = $1", f.Receipt)
	if err != nil {
		return err
	}
	rc, err := pgx.CollectExactlyOneRow(rows, scanReceipt)
	if err != nil {
		return err
	}
	st := gateway.Settlement{Fence: f, Mode: rc.Mode, Reason: reason}
	var events []outbox.Event
	var acts []audit.Row
	if parked != nil {
		st, events, acts = parked(rc)
	}
	var batch pgx.Batch
	batch.Queue("INSERT INTO settled (receipt, attempt) VALUES ($1, 0)", f.Receipt)
	batch.Queue(`INSERT INTO settlements (receipt, attempt, mode, state, duplicate_of, reason, result, errors, warnings, notes, failures,
			waiting_from, settled_at)
		VALUES ($1, $2, $3, 'parked', $4, coalesce(nullif($5, ''), $6), $7, $8, $9, $10, $11, $12, clock_timestamp())`,
		f.Receipt, f.Attempt, rc.Mode, idOrNull(st.DuplicateOf), st.Reason, reason, st.Result, st.Errors, st.Warnings, st.Notes, rc.Failures,
		orNull(rc.WaitingFrom))
	queueEvents(&batch, events)
	queueAudit(&batch, acts)
	return tx.SendBatch(ctx, &batch).Close()
}

// Replay makes a parked receipt due again.
func (s *Store) Replay(ctx context.Context, id uuid.UUID, row audit.Row) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE work SET parked = false, state = 'received', failures = 0, reason = '', waiting_from = NULL,
			due_at = clock_timestamp(), lease_until = '-infinity' WHERE receipt = $1 AND parked`, id)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			var there bool
			if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM receipts WHERE id = $1)", id).Scan(&there); err != nil {
				return err
			}
			if there {
				return inputError("receipt %s is not parked", id)
			}
			return notFound("receipt", id)
		}
		if _, err := deleteDerived(ctx, tx, id); err != nil {
			return err
		}
		var batch pgx.Batch
		batch.Queue("DELETE FROM settlements WHERE receipt = $1", id)
		batch.Queue("DELETE FROM settled WHERE receipt = $1", id)
		queueAudit(&batch, []audit.Row{row})
		batch.Queue(notifyWork)
		return tx.SendBatch(ctx, &batch).Close()
	})
}
