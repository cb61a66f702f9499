package sqlite

import "context"

// EndLeases makes due now what is claimed.
func (s *Store) EndLeases(ctx context.Context) (n int64, err error) {
	var work, out int64
	err = s.accept.writer.tx(ctx, "end leases", func(t *tx) error {
		work, err = t.exec("UPDATE receipts SET state = 0, due_at = 0 WHERE state = 1")
		return err
	})
	if err != nil {
		return 0, err
	}
	err = s.main.writer.tx(ctx, "end leases of deliveries", func(t *tx) error {
		out, err = t.exec("UPDATE deliveries SET owner = '', due_at = next_at WHERE owner <> ''")
		return err
	})
	if work > 0 {
		s.wakes.send()
	}
	return work + out, err
}
