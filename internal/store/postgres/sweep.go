package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/gateway"
)

// sweepRows bounds what one transaction of the sweeper removes.
const sweepRows = 5000

// Sweep removes staged rows of attempts that cannot settle any more, and keys of transport acts that ran out. Cached
// states do not lag behind here: there are none.
func (s *Store) Sweep(ctx context.Context, idle time.Duration) (int64, error) {
	rows, err := s.pool.Query(ctx, `SELECT receipt, attempt FROM staged WHERE at <= clock_timestamp() - $1::float8 * interval '1 second'
		ORDER BY at LIMIT $2`, seconds(max(idle, 0)), maxLimit)
	if err != nil {
		return 0, mapError(ctx, err)
	}
	old, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (gateway.Fence, error) {
		var f gateway.Fence
		return f, row.Scan(&f.Receipt, &f.Attempt)
	})
	if err != nil {
		return 0, mapError(ctx, err)
	}
	var mended int64
	for _, f := range old {
		n, err := s.sweepAttempt(ctx, f)
		mended += n
		if err != nil {
			return mended, err
		}
	}
	for {
		tag, err := s.pool.Exec(ctx, `DELETE FROM transport_acts WHERE (partner, kind, mode, transport_id) IN (
			SELECT partner, kind, mode, transport_id FROM transport_acts WHERE until < 'infinity' AND until <= clock_timestamp()
			ORDER BY until LIMIT $1 FOR UPDATE SKIP LOCKED)`, sweepRows)
		mended += tag.RowsAffected()
		if err != nil || tag.RowsAffected() < sweepRows {
			return mended, mapError(ctx, err)
		}
	}
}

// stagedKeys are the columns that name one row of each table that rows are staged in.
var stagedKeys = []struct{ table, key string }{
	{"messages", "message"}, {"consignments", "id"}, {"equipment", "id"}, {"answers", "id"}, {"controls", "control"},
}

// sweepAttempt removes the rows of one attempt, if it cannot settle, some at a time.
func (s *Store) sweepAttempt(ctx context.Context, f gateway.Fence) (int64, error) {
	var removed int64
	for {
		var n int64
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			n = 0
			lost, err := isLost(ctx, tx, f)
			if err != nil || !lost {
				return err
			}
			for _, k := range stagedKeys {
				tag, err := tx.Exec(ctx, "DELETE FROM "+k.table+" WHERE receipt = $1 AND attempt = $2 AND "+k.key+" IN (SELECT "+k.key+" FROM "+k.table+
					" WHERE receipt = $1 AND attempt = $2 LIMIT $3)", f.Receipt, f.Attempt, sweepRows)
				if err != nil {
					return err
				}
				n += tag.RowsAffected()
			}
			if n == 0 {
				_, err = tx.Exec(ctx, "DELETE FROM staged WHERE receipt = $1 AND attempt = $2", f.Receipt, f.Attempt)
			}
			return err
		})
		removed += n
		if err != nil || n == 0 {
			return removed, err
		}
	}
}

// isLost tells whether an attempt can never settle: another one came, it was given back, or it is over. What is settled
// is not lost; and the row of work, as long as it is there, is locked until the end of the transaction.
func isLost(ctx context.Context, tx pgx.Tx, f gateway.Fence) (bool, error) {
	var mine bool
	err := tx.QueryRow(ctx, "SELECT "+current+" FROM work w WHERE w.receipt = $1 FOR UPDATE", f.Receipt, f.Attempt).Scan(&mine)
	if err == nil && mine || err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, err
	}
	var id uuid.UUID
	err = tx.QueryRow(ctx, "SELECT receipt FROM settled WHERE receipt = $1 AND attempt = $2", f.Receipt, f.Attempt).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return true, nil
	}
	return false, err
}
