package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
)

// AppendAudit inserts rows in a transaction of their own.
func (s *Store) AppendAudit(ctx context.Context, rows []audit.Row) error {
	var batch pgx.Batch
	queueAudit(&batch, rows)
	if batch.Len() == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
}

const sealedColumns = "id, seq, hash, at, principal, action, object, mode, detail, trace_id"

func scanSealed(row pgx.CollectableRow) (audit.Sealed, error) {
	var r audit.Sealed
	var hash []byte
	err := row.Scan(&r.ID, &r.Seq, &hash, &r.At, &r.Principal, &r.Action, &r.Object, &r.Mode, &r.Detail, &r.TraceID)
	copy(r.Hash[:], hash)
	r.At = r.At.UTC()
	return r, err
}

// SealAudit seals committed rows under the lock of the counter's row: another sealer waits and goes on behind.
func (s *Store) SealAudit(ctx context.Context, limit int, seal func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error)) (int, error) {
	var some bool
	if err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM audit_pending)").Scan(&some); err != nil || !some {
		return 0, mapError(ctx, err)
	}
	n := 0
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		n, err = sealAudit(ctx, tx, clampBulk(limit), seal)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func sealAudit(ctx context.Context, tx pgx.Tx, limit int, seal func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error)) (int, error) {
	var seq int64
	if err := tx.QueryRow(ctx, "SELECT value FROM counters WHERE name = 'audit' FOR UPDATE").Scan(&seq); err != nil {
		return 0, err
	}
	var last audit.Sealed
	if seq > 0 {
		rows, err := tx.Query(ctx, "SELECT "+sealedColumns+" FROM audit WHERE seq = $1", seq)
		if err != nil {
			return 0, err
		}
		if last, err = pgx.CollectExactlyOneRow(rows, scanSealed); err != nil {
			return 0, fmt.Errorf("postgres: sealed row %d of the audit log: %w", seq, err)
		}
	}
	rows, err := tx.Query(ctx, `SELECT id, at, principal, action, object, mode, detail, trace_id FROM audit_pending ORDER BY id LIMIT $1`, limit)
	if err != nil {
		return 0, err
	}
	ids := []uuid.UUID{}
	pending, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (audit.Row, error) {
		var r audit.Row
		err := row.Scan(&r.ID, &r.At, &r.Principal, &r.Action, &r.Object, &r.Mode, &r.Detail, &r.TraceID)
		r.At = r.At.UTC()
		ids = append(ids, r.ID)
		return r, err
	})
	if err != nil || len(pending) == 0 {
		return 0, err
	}
	sealed, head, err := seal(last, pending)
	if err != nil {
		return 0, err
	}
	if err := checkSealed(seq, ids, sealed, head); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM audit_pending WHERE id = ANY ($1)", ids); err != nil {
		return 0, err
	}
	if err := copyRows(ctx, tx, "audit", []string{"id", "seq", "hash", "at", "principal", "action", "object", "mode", "detail", "trace_id"}, sealed,
		func(c *copying, r *audit.Sealed) {
			c.uuid(r.ID)
			c.int8(r.Seq)
			c.bytea(r.Hash[:])
			c.timestamptz(r.At)
			for _, s := range [...]string{r.Principal, r.Action, r.Object, r.Mode, r.Detail, r.TraceID} {
				c.text(s)
			}
		}); err != nil {
		return 0, err
	}
	var batch pgx.Batch
	batch.Queue("INSERT INTO audit_heads (seq, hash, at, key_id, signature) VALUES ($1, $2, $3, $4, $5)", head.Seq, head.Hash[:], head.At,
		head.KeyID, nonNil(head.Signature))
	batch.Queue("UPDATE counters SET value = $1 WHERE name = 'audit'", head.Seq)
	return len(sealed), tx.SendBatch(ctx, &batch).Close()
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// checkSealed sees to it that every row that was handed out has the next number, and the head is that of the last.
func checkSealed(seq int64, ids []uuid.UUID, sealed []audit.Sealed, head audit.Head) error {
	if len(sealed) != len(ids) {
		return fmt.Errorf("postgres: %d rows of the audit log were sealed as %d", len(ids), len(sealed))
	}
	there := map[uuid.UUID]bool{}
	for _, id := range ids {
		there[id] = true
	}
	for i := range sealed {
		if sealed[i].Seq != seq+int64(i)+1 || !there[sealed[i].ID] {
			return fmt.Errorf("postgres: row %s of the audit log was sealed as number %d, after %d", sealed[i].ID, sealed[i].Seq, seq+int64(i))
		}
		delete(there, sealed[i].ID)
	}
	if n := len(sealed); head.Seq != sealed[n-1].Seq || head.Hash != sealed[n-1].Hash {
		return errors.New("postgres: the head of the audit log is not its last row")
	}
	return nil
}

// SealedAudit gives sealed rows with Seq greater than after, in order.
func (s *Store) SealedAudit(ctx context.Context, after int64, limit int) ([]audit.Sealed, error) {
	rows, err := s.pool.Query(ctx, "SELECT "+sealedColumns+" FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2", after, clamp(limit))
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, scanSealed)
	return out, mapError(ctx, err)
}

// AuditHeads gives heads with Seq greater than after, in order.
func (s *Store) AuditHeads(ctx context.Context, after int64, limit int) ([]audit.Head, error) {
	rows, err := s.pool.Query(ctx, "SELECT seq, hash, at, key_id, signature FROM audit_heads WHERE seq > $1 ORDER BY seq LIMIT $2", after, clamp(limit))
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (audit.Head, error) {
		var h audit.Head
		var hash []byte
		err := row.Scan(&h.Seq, &hash, &h.At, &h.KeyID, &h.Signature)
		copy(h.Hash[:], hash)
		h.At = h.At.UTC()
		return h, err
	})
	return out, mapError(ctx, err)
}

// UnsealedAudit gives the number of rows that wait for the sealer.
func (s *Store) UnsealedAudit(ctx context.Context) (int64, error) {
	var n int64
	err := s.pool.QueryRow(ctx, "SELECT count(*) FROM audit_pending").Scan(&n)
	return n, mapError(ctx, err)
}
