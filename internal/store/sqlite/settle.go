package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/failpoint"
	"cargogate/internal/gateway"
)

// A settling is a gateway.Tx on main.db.
type settling struct {
	*tx
	store *Store
	at    time.Time
	works map[gateway.Fence]int64
	docs  map[string]int64

	staging bool // terms come later
}

var _ gateway.Tx = (*settling)(nil)

func (s *Store) settling(t *tx) *settling {
	return &settling{tx: t, store: s, at: s.clock.read(), works: map[gateway.Fence]int64{}, docs: map[string]int64{}}
}

// Update runs f in one transaction of settling.
func (s *Store) Update(ctx context.Context, f func(gateway.Tx) error) error {
	return s.main.writer.tx(ctx, "update", func(t *tx) error { return f(s.settling(t)) })
}

// Now is the database's time at the beginning of the transaction.
func (t *settling) Now() time.Time { return t.at }

// work gives the number of an attempt, making it if it has none.
func (t *settling) work(f gateway.Fence) (int64, error) {
	if n, ok := t.works[f]; ok {
		return n, nil
	}
	n, err := t.number("SELECT n FROM works WHERE receipt = ? AND attempt = ?", f.Receipt, f.Attempt)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		if n, err = t.insert("INSERT INTO works (receipt, attempt, settled, created_at) VALUES (?, ?, 0, ?)", f.Receipt, f.Attempt, t.at); err != nil {
			return 0, err
		}
	}
	t.works[f] = n
	return n, nil
}

// fence is ErrFenced where the attempt is not the current one, by accept.db, or the receipt is settled.
func (t *settling) fence(ctx context.Context, f gateway.Fence) error {
	if !failpoint.Sabotaged(failpoint.NoFence) {
		n, err := t.store.accept.pool.number(ctx, "fence", "SELECT EXISTS (SELECT 1 FROM receipts WHERE "+isCurrent+")", f.Receipt, f.Attempt)
		if err != nil {
			return err
		}
		if n == 0 {
			return fenced(f, "it is not the current attempt")
		}
	}
	if failpoint.Sabotaged(failpoint.NoDedupe) {
		return nil
	}
	n, err := t.number("SELECT EXISTS (SELECT 1 FROM settlements WHERE receipt = ?)", f.Receipt)
	if err == nil && n != 0 {
		err = fenced(f, "the receipt is settled")
	}
	return err
}

// Settle inserts the settlement of the current attempt, and makes its rows visible.
func (t *settling) Settle(ctx context.Context, s gateway.Settlement) error {
	state, err := states.encode(string(s.State))
	if err != nil {
		return err
	}
	if !s.State.Final() {
		return fmt.Errorf("sqlite: %w: a receipt is not settled as %s", gateway.ErrInput, s.State)
	}
	mode, err := modeCode(s.Mode)
	if err != nil {
		return err
	}
	if err := t.fence(ctx, s.Fence); err != nil {
		return err
	}
	work, err := t.work(s.Fence)
	if err != nil {
		return err
	}
	n, err := t.exec(`INSERT INTO settlements (receipt, work, attempt, mode, state, errors, warnings, notes, settled_at, duplicate_of, reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) `+onSettled(), s.Receipt, work, s.Attempt, mode, state, s.Errors, s.Warnings, s.Notes,
		t.at, s.DuplicateOf, s.Reason)
	if err != nil {
		return err
	}
	if n == 0 {
		return fenced(s.Fence, "the receipt is settled")
	}
	if s.Result != nil {
		if _, err := t.exec("INSERT OR REPLACE INTO results (work, result) VALUES (?, ?)", work, s.Result); err != nil {
			return err
		}
	}
	if err := t.index(ctx, work); err != nil {
		return err
	}
	_, err = t.exec("UPDATE works SET settled = 1 WHERE n = ?", work)
	return err
}

// onSettled is what happens to the second settlement of a receipt.
func onSettled() string {
	if failpoint.Sabotaged(failpoint.NoDedupe) {
		return `ON CONFLICT (receipt) DO UPDATE SET work = excluded.work, attempt = excluded.attempt, state = excluded.state,
			settled_at = excluded.settled_at, duplicate_of = excluded.duplicate_of, reason = excluded.reason`
	}
	return "ON CONFLICT (receipt) DO NOTHING"
}

// Settled writes the cached state of receipts that were settled.
func (s *Store) Settled(ctx context.Context, settled []gateway.Settlement) error {
	if len(settled) == 0 {
		return nil
	}
	return s.accept.writer.tx(ctx, "settled", func(t *tx) error {
		for _, e := range settled {
			state, err := states.encode(string(e.State))
			if err != nil {
				return err
			}
			// Of another attempt, the sweeper knows better.
			if _, err := t.exec("UPDATE receipts SET state = ?, due_at = 0, reason = ?, duplicate_of = ? WHERE id = ? AND attempt = ? AND state < 3",
				state, e.Reason, e.DuplicateOf, e.Receipt, e.Attempt); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeEnd brings an unfinished receipt in line with its settlement.
func writeEnd(t *tx, id uuid.UUID, e end) error {
	_, err := t.exec("UPDATE receipts SET state = ?, due_at = 0, reason = ?, duplicate_of = ? WHERE id = ? AND (state < 3 OR state <> ?)",
		e.state, e.reason, e.duplicateOf, id, e.state)
	return err
}

// Settlement gives that of a receipt.
func (s *Store) Settlement(ctx context.Context, id uuid.UUID) (gateway.Settlement, error) {
	rows, err := s.main.pool.query(ctx, "settlement", `SELECT s.attempt, s.mode, s.state, s.errors, s.warnings, s.notes, s.settled_at,
		s.duplicate_of, s.reason, r.result FROM settlements s LEFT JOIN results r ON r.work = s.work WHERE s.receipt = ?`, id)
	if err != nil {
		return gateway.Settlement{}, err
	}
	if len(rows) == 0 {
		return gateway.Settlement{}, fmt.Errorf("settlement of receipt %s: %w", id, gateway.ErrNotFound)
	}
	w := &rows[0]
	var out gateway.Settlement
	out.Receipt, out.Attempt, out.Mode, out.State = id, int(w.int()), modeOf(w.int()), stateOf(w.int())
	out.Errors, out.Warnings, out.Notes, out.SettledAt = w.int(), w.int(), w.int(), w.time()
	out.DuplicateOf, out.Reason, out.Result = w.uuid(), w.text(), w.blob()
	return out, nil
}

// SetCursor stores how far a named consumer is.
func (t *settling) SetCursor(_ context.Context, name string, from, to int64) error {
	at, err := t.number("SELECT position FROM cursors WHERE name = ?", name)
	if err != nil {
		return err
	}
	if at != from {
		return fmt.Errorf("cursor %s is at %d, not at %d: %w", name, at, from, gateway.ErrFenced)
	}
	_, err = t.exec("INSERT INTO cursors (name, position) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position", name, to)
	return err
}

// Cursor gives the position that a named consumer has done.
func (s *Store) Cursor(ctx context.Context, name string) (int64, error) {
	return s.main.pool.number(ctx, "cursor", "SELECT position FROM cursors WHERE name = ?", name)
}
