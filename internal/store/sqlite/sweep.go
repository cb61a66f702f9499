package sqlite

import (
	"context"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
)

const (
	sweepBatch = 500   // rows of one transaction of the sweeper
	sweepMost  = 20000 // rows that one sweep looks at in each of its parts
)

// recheck notes, in a transaction of main.db, that a receipt's row in accept.db has to be brought in line.
func recheck(t *tx, id uuid.UUID) error {
	_, err := t.exec("INSERT OR IGNORE INTO rechecks (receipt) VALUES (?)", id)
	return err
}

// finishRecheck brings a receipt's row in line and removes the note.
func (s *Store) finishRecheck(ctx context.Context, id uuid.UUID) error {
	if _, err := s.align(ctx, []uuid.UUID{id}); err != nil {
		return err
	}
	return s.main.writer.tx(ctx, "recheck", func(t *tx) error {
		_, err := t.exec("DELETE FROM rechecks WHERE receipt = ?", id)
		return err
	})
}

// align brings rows of accept.db in line with main.db: settled ones get their end, final ones without a settlement are
// due again, purged ones lose their body. It gives how many were not in line.
func (s *Store) align(ctx context.Context, ids []uuid.UUID) (int64, error) {
	// In the turn of main.db's writer, so that nothing is settled, replayed or purged meanwhile.
	if err := s.main.writer.lock(ctx); err != nil {
		return 0, err
	}
	defer s.main.writer.unlock()
	ends, err := s.ends(ctx, ids)
	if err != nil {
		return 0, err
	}
	dead := map[uuid.UUID]bool{}
	err = s.main.pool.read(ctx, "sweep", func(q *reader) error {
		for _, id := range ids {
			n, err := q.number("SELECT EXISTS (SELECT 1 FROM tombstones WHERE receipt = ?)", id)
			if err != nil {
				return err
			}
			dead[id] = n != 0
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	var mended int64
	err = s.accept.writer.tx(ctx, "sweep", func(t *tx) error {
		mended = 0
		for _, id := range ids {
			rows, err := t.query("SELECT seq, state, purged FROM receipts WHERE id = ?", id)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				continue
			}
			w := &rows[0]
			seq, state, purged := w.int(), code(w.int()), w.bool()
			e, settled := ends[id]
			switch {
			case settled && state != e.state:
				err = writeEnd(t, id, e)
			case !settled && state >= accepted && !dead[id]:
				_, err = t.exec(`UPDATE receipts SET state = 0, failures = 0, due_at = 0, waiting_from = 0, reason = '', duplicate_of = NULL
					WHERE seq = ?`, seq)
			case dead[id] && !purged:
				err = nil
			default:
				continue
			}
			if err != nil {
				return err
			}
			if dead[id] && !purged {
				if err := dropBody(t, seq); err != nil {
					return err
				}
			}
			mended++
		}
		return nil
	})
	return mended, err
}

// dropBody makes a receipt's row what stays of it beside its tombstone.
func dropBody(t *tx, seq int64) error {
	if _, err := t.exec("DELETE FROM bodies WHERE seq = ?", seq); err != nil {
		return err
	}
	_, err := t.exec("UPDATE receipts SET purged = 1, blob_key = '', headers = '' WHERE seq = ?", seq)
	return err
}

// Sweep repairs what a crash left. Each part is bounded: what is left over is done by the next sweep.
func (s *Store) Sweep(ctx context.Context, idle time.Duration) (int64, error) {
	var mended int64
	for _, part := range []func(context.Context) (int64, error){
		s.sweepRechecks, s.sweepUnfinished, s.sweepFinal,
		func(ctx context.Context) (int64, error) { return s.sweepStaged(ctx, idle) },
		s.sweepActs,
	} {
		n, err := part(ctx)
		mended += n
		if err != nil {
			return mended, err
		}
	}
	return mended, nil
}

func (s *Store) sweepRechecks(ctx context.Context) (int64, error) {
	rows, err := s.main.pool.query(ctx, "sweep", "SELECT receipt FROM rechecks LIMIT ?", sweepMost)
	if err != nil {
		return 0, err
	}
	for i := range rows {
		if err := s.finishRecheck(ctx, rows[i].uuid()); err != nil {
			return int64(i), err
		}
	}
	return int64(len(rows)), nil
}

// sweepUnfinished looks for receipts that were worked on and are settled.
func (s *Store) sweepUnfinished(ctx context.Context) (int64, error) {
	rows, err := s.accept.pool.query(ctx, "sweep",
		"SELECT id FROM receipts INDEXED BY receipts_unfinished WHERE state < 3 AND attempt > 0 LIMIT ?", sweepMost)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids := make([]uuid.UUID, len(rows))
	for i := range rows {
		ids[i] = rows[i].uuid()
	}
	ends, err := s.ends(ctx, ids)
	if err != nil {
		return 0, err
	}
	var late []uuid.UUID
	for _, id := range ids {
		if _, ok := ends[id]; ok {
			late = append(late, id)
		}
	}
	var mended int64
	for len(late) > 0 {
		n := min(len(late), sweepBatch)
		m, err := s.align(ctx, late[:n])
		if mended += m; err != nil {
			return mended, err
		}
		late = late[n:]
	}
	return mended, nil
}

// sweepFinal compares some final receipts with their settlements, and goes on from there the next time. There is nothing
// to find but after files of different age were put together.
func (s *Store) sweepFinal(ctx context.Context) (int64, error) {
	s.verified.Lock()
	defer s.verified.Unlock()
	mended, next, err := s.verify(ctx, s.verified.seq, 4*sweepBatch)
	if err != nil {
		return mended, err
	}
	s.verified.seq = next
	return mended, nil
}

// verify compares at most limit receipts after a number, and gives where it stopped: 0 is the end.
func (s *Store) verify(ctx context.Context, after int64, limit int) (mended, next int64, err error) {
	rows, err := s.accept.pool.query(ctx, "sweep", "SELECT seq, id, state FROM receipts WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
	if err != nil {
		return 0, after, err
	}
	var ids []uuid.UUID
	states := map[uuid.UUID]code{}
	for i := range rows {
		w := &rows[i]
		next = w.int()
		id := w.uuid()
		if state := code(w.int()); state >= accepted {
			ids, states[id] = append(ids, id), state
		}
	}
	if len(rows) < limit {
		next = 0
	}
	ends, err := s.ends(ctx, ids)
	if err != nil {
		return 0, after, err
	}
	var wrong []uuid.UUID
	for _, id := range ids {
		if e, ok := ends[id]; !ok || e.state != states[id] {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) > 0 {
		mended, err = s.align(ctx, wrong)
	}
	if mended > 0 {
		s.wakes.send()
	}
	return mended, next, err
}

// sweepStaged removes rows of attempts that cannot settle any more.
func (s *Store) sweepStaged(ctx context.Context, idle time.Duration) (int64, error) {
	rows, err := s.main.pool.query(ctx, "sweep",
		"SELECT n, receipt, attempt FROM works WHERE settled = 0 AND created_at <= ? ORDER BY created_at LIMIT ?", s.clock.read().Add(-idle), sweepMost)
	if err != nil {
		return 0, err
	}
	var mended int64
	for i := range rows {
		w := &rows[i]
		work, f := w.int(), gateway.Fence{Receipt: w.uuid(), Attempt: int(w.int())}
		n, err := s.removeStaged(ctx, work, f)
		if mended += n; err != nil {
			return mended, err
		}
	}
	return mended, nil
}

// removeStaged removes what an attempt staged, in bounded transactions, unless it can still settle.
func (s *Store) removeStaged(ctx context.Context, work int64, f gateway.Fence) (total int64, err error) {
	for more := true; more; {
		err := s.main.writer.tx(ctx, "sweep", func(t *tx) error {
			more = false
			settled, err := t.number("SELECT EXISTS (SELECT 1 FROM settlements WHERE receipt = ?)", f.Receipt)
			if err != nil {
				return err
			}
			if settled == 0 {
				n, err := s.accept.pool.number(ctx, "sweep", "SELECT EXISTS (SELECT 1 FROM receipts WHERE "+isCurrent+")", f.Receipt, f.Attempt)
				if err != nil || n != 0 {
					return err
				}
			}
			// It may have been settled since the list was made: then its rows are visible, and stay.
			n, err := t.number("SELECT EXISTS (SELECT 1 FROM works WHERE n = ? AND settled = 0)", work)
			if err != nil || n == 0 {
				return err
			}
			if n, more, err = removeWork(t, work, sweepBatch); err != nil {
				return err
			}
			total += n
			if more {
				return nil
			}
			total++
			_, err = t.exec("DELETE FROM works WHERE n = ?", work)
			return err
		})
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// sweepActs removes keys of transport acts that ran out.
func (s *Store) sweepActs(ctx context.Context) (int64, error) {
	var mended int64
	for range sweepMost / sweepBatch {
		now := s.clock.read()
		n, err := s.accept.pool.number(ctx, "sweep", "SELECT EXISTS (SELECT 1 FROM acts WHERE expires_at > 0 AND expires_at <= ?)", now)
		if err != nil || n == 0 {
			return mended, err
		}
		err = s.accept.writer.tx(ctx, "sweep", func(t *tx) error {
			n, err = t.exec(`DELETE FROM acts WHERE (transport_id, partner, kind, mode) IN
				(SELECT transport_id, partner, kind, mode FROM acts WHERE expires_at > 0 AND expires_at <= ? LIMIT ?)`, now, sweepBatch)
			return err
		})
		if err != nil {
			return mended, err
		}
		mended += n
	}
	return mended, nil
}

// farLease is longer than any lease: one that ends later was given by a clock that went wrong.
const farLease = 2 * time.Hour

// repairAtOpen does at once what must not wait for the sweeper. In a copy that Snapshot made, receipts may have ends that
// the copy of main.db, which was made before, does not know.
func (s *Store) repairAtOpen(ctx context.Context) error {
	n, err := s.accept.pool.number(ctx, "open", "SELECT value FROM meta WHERE name = 'reconcile'")
	if err != nil {
		return err
	}
	if n != 0 {
		for after, more := int64(0), true; more; more = after != 0 {
			if _, after, err = s.verify(ctx, after, sweepBatch); err != nil {
				return err
			}
		}
	}
	far := s.clock.read().Add(farLease)
	return s.accept.writer.tx(ctx, "open", func(t *tx) error {
		if _, err := t.exec("UPDATE receipts SET due_at = 0 WHERE state < 3 AND state = 1 AND due_at > 0 AND due_at > ?", far); err != nil {
			return err
		}
		_, err := t.exec("UPDATE meta SET value = 0 WHERE name = 'reconcile' AND value <> 0")
		return err
	})
}
