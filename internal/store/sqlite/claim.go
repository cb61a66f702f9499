package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// maxClaim bounds one claim, with the bodies that it gives.
const maxClaim = 256

// turns remembers when each partner was served last, by lane and partner, so that claims rotate over partners.
type turns struct {
	mu    sync.Mutex
	count int64
	last  map[turn]int64
}

type turn struct {
	lane    gateway.Lane
	partner string
}

// A queue is one partner with work that is due.
type queue struct {
	partner string
	oldest  int64 // seq
	last    int64 // when it was served
}

// order puts the queue that waited longest for its turn first, and the one with the oldest receipt among those.
func (u *turns) order(lane gateway.Lane, queues []queue) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range queues {
		queues[i].last = u.last[turn{lane, queues[i].partner}]
	}
	slices.SortFunc(queues, func(a, b queue) int { return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.oldest, b.oldest)) })
}

func (u *turns) served(lane gateway.Lane, partner string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[turn]int64{}
	}
	u.count++
	u.last[turn{lane, partner}] = u.count
}

// A candidate is a receipt that may be claimed.
type candidate struct {
	seq     int64
	id      uuid.UUID
	partner string
	attempt int
	state   code
}

// Claim takes work, oldest first and rotating over partners.
func (s *Store) Claim(ctx context.Context, req gateway.ClaimRequest) ([]gateway.Receipt, error) {
	limit := min(req.Max, maxClaim)
	if limit <= 0 {
		return nil, nil
	}
	if err := s.makeDue(ctx); err != nil {
		return nil, err
	}
	var out []gateway.Receipt
	// Candidates that turn out to be settled make room for others.
	for range 10 {
		found, err := s.candidates(ctx, req.Lane, limit-len(out))
		if err != nil || len(found) == 0 {
			return out, err
		}
		expired := slices.ContainsFunc(found, func(c candidate) bool { return c.state == reading })
		got, err := s.take(ctx, req, found, expired)
		out = append(out, got...)
		if err != nil || len(got) == len(found) {
			return out, err
		}
	}
	return out, nil
}

// makeDue marks receipts whose time has come. Nothing is written where there is none.
func (s *Store) makeDue(ctx context.Context) error {
	now := s.clock.read()
	n, err := s.accept.pool.number(ctx, "claim", "SELECT EXISTS (SELECT 1 FROM receipts WHERE state < 3 AND due_at > 0 AND due_at <= ?)", now)
	if err != nil || n == 0 {
		return err
	}
	return s.accept.writer.tx(ctx, "claim", func(t *tx) error {
		_, err := t.exec("UPDATE receipts SET due_at = 0 WHERE state < 3 AND due_at > 0 AND due_at <= ?", now)
		return err
	})
}

// candidates chooses receipts that are due: of each partner the oldest, partners taking turns.
func (s *Store) candidates(ctx context.Context, lane gateway.Lane, limit int) (found []candidate, err error) {
	err = s.accept.pool.snapshot(ctx, "claim", func(q *reader) error {
		// One probe of the index for each partner with work, whatever its number of receipts.
		rows, err := q.query(`WITH RECURSIVE p (partner) AS (
				SELECT min(partner) FROM receipts WHERE state < 3 AND due_at = 0 AND lane = ?1
				UNION ALL
				SELECT (SELECT min(partner) FROM receipts WHERE state < 3 AND due_at = 0 AND lane = ?1 AND partner > p.partner)
				FROM p WHERE p.partner IS NOT NULL)
			SELECT partner, (SELECT min(seq) FROM receipts WHERE state < 3 AND due_at = 0 AND lane = ?1 AND receipts.partner = p.partner)
			FROM p WHERE partner IS NOT NULL`, int64(lane))
		if err != nil {
			return err
		}
		queues := make([]queue, len(rows))
		for i := range rows {
			queues[i] = queue{partner: rows[i].text(), oldest: rows[i].int()}
		}
		s.turns.order(lane, queues)
		queues = queues[:min(len(queues), limit)]
		if len(queues) == 0 {
			return nil
		}
		// The first round takes one of each, the second another, and so on, until there are enough.
		share := make([][]candidate, len(queues))
		for i, k := range queues {
			if share[i], err = oldest(q, lane, k.partner, (limit+len(queues)-1)/len(queues)); err != nil {
				return err
			}
		}
		if short(share, limit) { // some have less than their share: the others may have more
			for i, k := range queues {
				if share[i], err = oldest(q, lane, k.partner, limit); err != nil {
					return err
				}
			}
		}
		found = deal(share, limit)
		return nil
	})
	return found, err
}

func oldest(q asker, lane gateway.Lane, partner string, limit int) ([]candidate, error) {
	rows, err := q.query(`SELECT seq, id, attempt, state FROM receipts WHERE state < 3 AND due_at = 0 AND lane = ? AND partner = ?
		ORDER BY seq LIMIT ?`, int64(lane), partner, limit)
	out := make([]candidate, len(rows))
	for i := range rows {
		w := &rows[i]
		out[i] = candidate{seq: w.int(), id: w.uuid(), attempt: int(w.int()), state: code(w.int()), partner: partner}
	}
	return out, err
}

func short(share [][]candidate, limit int) bool {
	n := 0
	for _, c := range share {
		n += len(c)
	}
	return n < limit && len(share) > 1
}

// deal takes from each in turn.
func deal(share [][]candidate, limit int) (out []candidate) {
	for round := 0; len(out) < limit; round++ {
		any := false
		for _, c := range share {
			if round < len(c) && len(out) < limit {
				out, any = append(out, c[round]), true
			}
		}
		if !any {
			break
		}
	}
	return out
}

// take leases candidates. Settled ones are brought in line instead. Where the lease of another worker has run out, that
// one may be settling at this moment: it is either seen as settled here, or sees itself fenced, as the look and the
// lease are made in the turn of main.db's writer.
func (s *Store) take(ctx context.Context, req gateway.ClaimRequest, found []candidate, expired bool) ([]gateway.Receipt, error) {
	if expired {
		if err := s.main.writer.lock(ctx); err != nil {
			return nil, err
		}
		defer s.main.writer.unlock()
	}
	ids := make([]uuid.UUID, len(found))
	for i, c := range found {
		ids[i] = c.id
	}
	ends, err := s.ends(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []gateway.Receipt
	err = s.accept.writer.tx(ctx, "claim", func(t *tx) error {
		out = nil
		until := s.clock.read().Add(req.Lease)
		for _, c := range found {
			if e, ok := ends[c.id]; ok {
				if err := writeEnd(t, c.id, e); err != nil {
					return err
				}
				continue
			}
			// Another claim may have been quicker.
			rows, err := t.query(`UPDATE receipts SET silent = silent + (state = 1), state = 1, attempt = attempt + 1, due_at = ?
				WHERE seq = ? AND state < 3 AND due_at = 0 AND attempt = ? RETURNING `+returnedColumns, until, c.seq, c.attempt)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				continue
			}
			r, err := receiptOf(&rows[0])
			if err != nil {
				return err
			}
			if r.Inline, err = body(t, r.Seq); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, r := range out {
		s.turns.served(req.Lane, string(r.Partner))
	}
	return out, nil
}

// isCurrent reports whether a fence is that of the attempt that has the receipt.
const isCurrent = "id = ? AND attempt = ? AND state = 1"

// unsettled is ErrFenced for a fence whose receipt is settled.
func (s *Store) unsettled(ctx context.Context, f gateway.Fence) error {
	ends, err := s.ends(ctx, []uuid.UUID{f.Receipt})
	if err != nil {
		return err
	}
	if _, ok := ends[f.Receipt]; ok {
		return fenced(f, "the receipt is settled")
	}
	return nil
}

func fenced(f gateway.Fence, why string) error {
	return fmt.Errorf("receipt %s, attempt %d: %w: %s", f.Receipt, f.Attempt, gateway.ErrFenced, why)
}

// Renew extends leases, and gives those that are no longer current.
func (s *Store) Renew(ctx context.Context, fences []gateway.Fence, lease time.Duration) (lost []gateway.Fence, err error) {
	if len(fences) == 0 {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(fences))
	for i, f := range fences {
		ids[i] = f.Receipt
	}
	ends, err := s.ends(ctx, ids)
	if err != nil {
		return nil, err
	}
	err = s.accept.writer.tx(ctx, "renew", func(t *tx) error {
		lost = nil
		until := s.clock.read().Add(lease)
		for _, f := range fences {
			if _, settled := ends[f.Receipt]; settled {
				lost = append(lost, f)
				continue
			}
			n, err := t.exec("UPDATE receipts SET due_at = ? WHERE "+isCurrent, until, f.Receipt, f.Attempt)
			if err != nil {
				return err
			}
			if n == 0 {
				lost = append(lost, f)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return lost, nil
}

// Wait gives a claim back for delay.
func (s *Store) Wait(ctx context.Context, f gateway.Fence, delay time.Duration) error {
	if err := s.unsettled(ctx, f); err != nil {
		return err
	}
	err := s.accept.writer.tx(ctx, "wait", func(t *tx) error {
		now := s.clock.read()
		n, err := t.exec("UPDATE receipts SET state = 2, due_at = ?, waiting_from = CASE waiting_from WHEN 0 THEN ? ELSE waiting_from END WHERE "+
			isCurrent, dueIn(now, delay), now, f.Receipt, f.Attempt)
		if err == nil && n == 0 {
			err = fenced(f, "another attempt has it")
		}
		return err
	})
	if err == nil && delay <= 0 {
		s.wakes.send()
	}
	return err
}

// dueIn is when a receipt is due that is given back for delay; 0 is now.
func dueIn(now time.Time, delay time.Duration) int64 {
	if delay <= 0 {
		return 0
	}
	return micros(now.Add(delay))
}

// Wake makes receipts of a partner that wait due now.
func (s *Store) Wake(ctx context.Context, p partner.ID, mode cargo.Traffic) error {
	m, err := modeCode(mode)
	if err != nil {
		return err
	}
	n, err := s.accept.pool.number(ctx, "wake",
		"SELECT EXISTS (SELECT 1 FROM receipts WHERE state < 3 AND state = 2 AND partner = ? AND mode = ? AND due_at > 0)", string(p), m)
	if err != nil || n == 0 {
		return err
	}
	err = s.accept.writer.tx(ctx, "wake", func(t *tx) error {
		_, err := t.exec("UPDATE receipts SET due_at = 0 WHERE state < 3 AND state = 2 AND partner = ? AND mode = ? AND due_at > 0",
			string(p), m)
		return err
	})
	if err == nil {
		s.wakes.send()
	}
	return err
}
