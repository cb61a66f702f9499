package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// EndLeases makes due now what is claimed.
func (s *Store) EndLeases(ctx context.Context) (n int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		work, err := tx.Exec(ctx, `UPDATE work SET state = 'received', owner = '', lease_until = '-infinity', due_at = '-infinity'
			WHERE state = 'reading' AND NOT parked`)
		if err != nil {
			return err
		}
		out, err := tx.Exec(ctx, "UPDATE deliveries SET owner = '', lease_until = '-infinity' WHERE owner <> ''")
		n = work.RowsAffected() + out.RowsAffected()
		return err
	})
	return n, err
}
