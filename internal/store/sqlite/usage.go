package sqlite

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

const usageWindow = 24 * time.Hour

// usage counts what partners sent within the window, in memory and by second: it is asked for at each arrival.
type usage struct {
	mu sync.Mutex
	by map[sender]*sent // nil until it is loaded
}

type sender struct {
	partner partner.ID
	mode    cargo.Traffic
}

// sent is what one sender sent, by the second of arrival, oldest first.
type sent struct {
	seconds []second
	total   gateway.Usage
}

type second struct {
	at    int64
	files int64
	bytes int64
}

// add counts an arrival. It is called in the writer's turn, as load is, so that none is missed or counted twice.
func (u *usage) add(p partner.ID, mode cargo.Traffic, at time.Time, size int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by != nil {
		u.count(sender{p, mode}, second{at: at.Unix(), files: 1, bytes: size})
	}
}

func (u *usage) count(who sender, more second) {
	s := u.by[who]
	if s == nil {
		s = &sent{}
		u.by[who] = s
	}
	if n := len(s.seconds); n == 0 || s.seconds[n-1].at < more.at {
		s.seconds = append(s.seconds, second{at: more.at})
	}
	last := &s.seconds[len(s.seconds)-1]
	last.files += more.files
	last.bytes += more.bytes
	s.total.Files += more.files
	s.total.Bytes += more.bytes
}

// recent gives what a sender sent after a time, and forgets what came before it.
func (u *usage) recent(who sender, after time.Time) (total gateway.Usage, loaded bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by == nil {
		return gateway.Usage{}, false
	}
	s := u.by[who]
	if s == nil {
		return gateway.Usage{}, true
	}
	gone := 0
	for gone < len(s.seconds) && s.seconds[gone].at <= after.Unix() {
		s.total.Files -= s.seconds[gone].files
		s.total.Bytes -= s.seconds[gone].bytes
		gone++
	}
	if s.seconds = s.seconds[gone:]; len(s.seconds) == 0 {
		delete(u.by, who)
	}
	return s.total, true
}

// Usage gives what a partner sent in the last 24 hours, to the second.
func (s *Store) Usage(ctx context.Context, p partner.ID, mode cargo.Traffic) (gateway.Usage, error) {
	if _, err := modeCode(mode); err != nil {
		return gateway.Usage{}, err
	}
	for {
		total, loaded := s.usage.recent(sender{p, mode}, s.clock.read().Add(-usageWindow))
		if loaded {
			return total, nil
		}
		if err := s.loadUsage(ctx); err != nil {
			return gateway.Usage{}, err
		}
	}
}

// loadUsage reads the window from the database, from the newest receipt down to a page that is older.
func (s *Store) loadUsage(ctx context.Context) error {
	const page = 5000
	return s.accept.writer.tx(ctx, "usage", func(t *tx) error {
		after := s.clock.read().Add(-usageWindow)
		var found []row
		for before := int64(1) << 62; ; {
			rows, err := t.query(`SELECT partner, mode, received_at / 1000000, count(*), sum(size), min(seq) FROM
				(SELECT * FROM receipts WHERE seq < ? ORDER BY seq DESC LIMIT ?) GROUP BY 1, 2, 3`, before, page)
			if err != nil {
				return err
			}
			recent := false
			for _, r := range rows {
				before = min(before, r.values[5].(int64))
				if r.values[2].(int64) > after.Unix() {
					recent = true
					found = append(found, r)
				}
			}
			if !recent {
				break
			}
		}
		slices.SortStableFunc(found, func(a, b row) int { return cmp.Compare(a.values[2].(int64), b.values[2].(int64)) })
		s.usage.mu.Lock()
		defer s.usage.mu.Unlock()
		if s.usage.by != nil {
			return nil
		}
		s.usage.by = map[sender]*sent{}
		for i := range found {
			w := &found[i]
			s.usage.count(sender{partner.ID(w.text()), modeOf(w.int())}, second{at: w.int(), files: w.int(), bytes: w.int()})
		}
		return nil
	})
}
