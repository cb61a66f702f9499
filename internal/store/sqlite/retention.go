package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
)

// unarchivedBytes bounds the bodies that one Unarchived gives, beside the first.
const unarchivedBytes = 8 << 20

// Unarchived gives final receipts whose body is inline, oldest first, with bodies.
func (s *Store) Unarchived(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	var out []gateway.Receipt
	err := s.accept.pool.snapshot(ctx, "unarchived", func(q *reader) error {
		rows, err := q.query("SELECT "+receiptColumns+` FROM bodies b CROSS JOIN receipts r ON r.seq = b.seq
			WHERE r.state >= 3 ORDER BY b.seq LIMIT ?`, bounded(limit))
		if err != nil {
			return err
		}
		size := 0
		for i := range rows {
			r, err := receiptOf(&rows[i])
			if err != nil {
				return err
			}
			if r.Inline, err = body(q, r.Seq); err != nil {
				return err
			}
			if size += len(r.Inline); i > 0 && size > unarchivedBytes {
				break
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// Archived notes that the body of a receipt is in the blob store, and lets go of the inline one.
func (s *Store) Archived(ctx context.Context, id uuid.UUID, key string) error {
	if key == "" {
		return fmt.Errorf("sqlite: %w: archived under no key", gateway.ErrInput)
	}
	return s.accept.writer.tx(ctx, "archived", func(t *tx) error {
		rows, err := t.query("UPDATE receipts SET blob_key = ? WHERE id = ? AND purged = 0 RETURNING seq", key, id)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return noReceipt(id)
		}
		_, err = t.exec("DELETE FROM bodies WHERE seq = ?", rows[0].int())
		return err
	})
}

func noReceipt(id uuid.UUID) error { return fmt.Errorf("receipt %s: %w", id, gateway.ErrNotFound) }

// Missing gives those keys that no receipt names.
func (s *Store) Missing(ctx context.Context, keys []string) ([]string, error) {
	var out []string
	err := s.accept.pool.snapshot(ctx, "missing", func(q *reader) error {
		for _, key := range keys {
			n, err := q.number("SELECT EXISTS (SELECT 1 FROM receipts WHERE blob_key = ? AND blob_key <> '')", key)
			if err != nil {
				return err
			}
			if n == 0 {
				out = append(out, key)
			}
		}
		return nil
	})
	return out, err
}

// Hold adds a hold by name.
func (s *Store) Hold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error {
	if name == "" {
		return fmt.Errorf("sqlite: %w: a hold without a name", gateway.ErrInput)
	}
	return s.changeHolds(ctx, id, row, func(holds []string) []string {
		if slices.Contains(holds, name) {
			return holds
		}
		return append(holds, name)
	})
}

// Unhold removes a hold.
func (s *Store) Unhold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error {
	return s.changeHolds(ctx, id, row, func(holds []string) []string {
		return slices.DeleteFunc(holds, func(h string) bool { return h == name })
	})
}

func (s *Store) changeHolds(ctx context.Context, id uuid.UUID, act audit.Row, change func([]string) []string) error {
	free, err := s.only(ctx, s.holds, holdsLock)
	if err != nil {
		return err
	}
	defer free()
	return s.accept.writer.tx(ctx, "hold", func(t *tx) error {
		rows, err := t.query("SELECT holds FROM receipts WHERE id = ?", id)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return noReceipt(id)
		}
		holds := change(splitLines(rows[0].text()))
		if _, err := t.exec("UPDATE receipts SET holds = ? WHERE id = ?", joinLines(holds), id); err != nil {
			return err
		}
		return insertAuditIfAny(t, "audit", act)
	})
}

// Expired gives final receipts that are past their time, under no hold and not purged, oldest first.
func (s *Store) Expired(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	rows, err := s.accept.pool.query(ctx, "expired", "SELECT "+receiptColumns+` FROM receipts r
		WHERE r.expires_at > 0 AND r.purged = 0 AND r.expires_at <= ? AND r.state >= 3 AND r.holds = '' ORDER BY r.expires_at, r.seq LIMIT ?`,
		s.clock.read(), bounded(limit))
	if err != nil {
		return nil, err
	}
	return receiptsOf(rows)
}

// Purge removes the inline body and all that was derived from a receipt. The tombstone in main.db is the truth: it is
// written with the removal in one transaction, and the row in accept.db is brought in line after it, by the sweeper or a
// second call where we do not get to it.
func (s *Store) Purge(ctx context.Context, tomb gateway.Tombstone, act audit.Row) (gateway.Tombstone, error) {
	freeAlone, err := s.standStill(ctx)
	if err != nil {
		return gateway.Tombstone{}, err
	}
	defer freeAlone()
	freeHolds, err := s.only(ctx, s.holds, holdsLock)
	if err != nil {
		return gateway.Tombstone{}, err
	}
	defer freeHolds()
	r, err := s.Receipt(ctx, tomb.Receipt)
	if err != nil {
		return gateway.Tombstone{}, err
	}
	switch {
	case len(r.Holds) > 0:
		return gateway.Tombstone{}, fmt.Errorf("receipt %s: %w: %q", r.ID, gateway.ErrHeld, r.Holds)
	case !r.State.Final():
		return gateway.Tombstone{}, fmt.Errorf("receipt %s: %w: it is %s, not finished", r.ID, gateway.ErrInput, r.State)
	}
	tomb.SHA256, tomb.Size = r.SHA256, r.Size
	err = s.main.writer.tx(ctx, "purge", func(t *tx) error {
		earlier, err := tombstones(t, "receipt = ?", tomb.Receipt)
		if err != nil {
			return err
		}
		if len(earlier) > 0 {
			tomb = earlier[0]
			return recheck(t, tomb.Receipt)
		}
		tomb.At = s.clock.read()
		p := gateway.Purging{Receipt: r.ID, Mode: r.Mode, TraceID: r.TraceID}
		if p.Documents, err = documentsOf(t, r.ID); err != nil {
			return err
		}
		err = p.Around(ctx, s.settling(t), func() (err error) {
			tomb.Derived, err = removeDerived(t, tomb.Receipt)
			return err
		})
		if err != nil {
			return err
		}
		if _, err := t.exec("INSERT INTO tombstones (receipt, sha256, size, why, who, at, derived) VALUES (?, ?, ?, ?, ?, ?, ?)",
			tomb.Receipt, tomb.SHA256, tomb.Size, tomb.Why, tomb.Who, tomb.At, tomb.Derived); err != nil {
			return err
		}
		if err := recheck(t, tomb.Receipt); err != nil {
			return err
		}
		return insertAuditIfAny(t, "audit_new", act)
	})
	if err != nil {
		return gateway.Tombstone{}, err
	}
	return tomb, s.finishRecheck(ctx, tomb.Receipt)
}

func tombstones(q asker, where string, args ...any) ([]gateway.Tombstone, error) {
	rows, err := q.query("SELECT receipt, sha256, size, why, who, at, derived FROM tombstones WHERE "+where, args...)
	out := make([]gateway.Tombstone, len(rows))
	for i := range rows {
		w := &rows[i]
		out[i] = gateway.Tombstone{
			Receipt: w.uuid(), SHA256: w.digest(), Size: w.int(), Why: w.text(), Who: w.text(), At: w.time(), Derived: w.int(),
		}
	}
	return out, err
}

// Tombstones lists them in order of their time.
func (s *Store) Tombstones(ctx context.Context, since time.Time, limit int) (out []gateway.Tombstone, err error) {
	err = s.main.pool.read(ctx, "tombstones", func(q *reader) error {
		out, err = tombstones(q, "at >= ? ORDER BY at, receipt LIMIT ?", since, bounded(limit))
		return err
	})
	return out, err
}

// Adopt inserts a receipt whose row was lost with a database.
func (s *Store) Adopt(ctx context.Context, r gateway.Receipt, act audit.Row) (ok bool, err error) {
	if r.ID == uuid.Nil {
		return false, fmt.Errorf("sqlite: adopt: %w: a receipt without an id", gateway.ErrInput)
	}
	mode, err := modeCode(r.Mode)
	if err != nil {
		return false, err
	}
	err = s.accept.writer.tx(ctx, "adopt", func(t *tx) error {
		n, err := t.number("SELECT EXISTS (SELECT 1 FROM receipts WHERE id = ?)", r.ID)
		if err != nil || n != 0 {
			return err
		}
		seq, err := t.number("SELECT value + 1 FROM meta WHERE name = 'seq'")
		if err != nil {
			return err
		}
		at := r.ReceivedAt
		if at.IsZero() {
			at = s.clock.read()
		}
		if err := insertRow(t, &r, seq, at, r.ExpiresAt); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE meta SET value = ? WHERE name = 'seq'", seq); err != nil {
			return err
		}
		if r.TransportID != "" { // how long it was to be kept is not known any more: for ever is safe
			if _, err := t.exec("INSERT OR IGNORE INTO acts (transport_id, partner, kind, mode, seq, expires_at) VALUES (?, ?, ?, ?, ?, 0)",
				r.TransportID, string(r.Partner), r.Kind, mode, seq); err != nil {
				return err
			}
		}
		ok = true
		return insertAuditIfAny(t, "audit", act)
	})
	if err != nil {
		return false, err
	}
	if ok {
		s.wakes.send()
	}
	return ok, nil
}
