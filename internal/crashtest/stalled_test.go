//go:build linux

package crashtest

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"cargogate/internal/failpoint"
)

// A watcher looks all the time which attempts are under way. An attempt that was overtaken must not be the one that
// settles: the fence is broken where one does, even if nothing else shows.
type watcher struct {
	mu       sync.Mutex
	attempts map[string]int // the highest seen, by receipt
	busy     int            // receipts that are leased, at the last look
	overs    int            // attempts that were seen to be overtaken
}

const leasedQuery = "SELECT replace(receipt::text, '-', ''), attempt, lease_until > clock_timestamp() FROM work WHERE attempt > 0 AND NOT parked"

func (w *watcher) look(db *sql.DB) error {
	var id string
	var attempt int
	var leased bool
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = 0
	return each(db, leasedQuery, []any{&id, &attempt, &leased}, func() {
		if leased {
			w.busy++
		}
		if was := w.attempts[id]; attempt > was {
			if was > 0 {
				w.overs++
			}
			w.attempts[id] = attempt
		}
	})
}

// seen gives how many receipts are leased now, and how many attempts were overtaken so far.
func (w *watcher) seen() (busy, overs int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy, w.overs
}

// run looks until ctx is done.
func (w *watcher) run(ctx context.Context, db *sql.DB) error {
	for ctx.Err() == nil {
		if err := w.look(db); err != nil {
			return err
		}
	}
	return nil
}

// judge finds settlements of attempts that were overtaken.
func (w *watcher) judge(db *sql.DB) (faults []string, err error) {
	var id string
	var attempt int
	err = each(db, "SELECT replace(receipt::text, '-', ''), attempt FROM settlements", []any{&id, &attempt}, func() {
		if latest := w.attempts[id]; attempt < latest {
			faults = append(faults, fmt.Sprintf("receipt %s was settled by attempt %d when attempt %d had begun", id, attempt, latest))
		}
	})
	return faults, err
}

// stall lets two nodes work, and one of them stand still again and again until its leases are over.
func stall(t *testing.T, sabotage failpoint.Sabotage, most int, enough func(w *watcher, db *sql.DB) bool) []string {
	t.Helper()
	s := newSite(t, "postgres")
	db, err := s.open("")
	s.must(err)
	defer db.Close()
	l := startLoad(s, 20*time.Millisecond, true, sender{"ALFA", false}, sender{"BRAVO", false}, sender{"CHARLIE", false})
	w := &watcher{attempts: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan error, 1)
	go func() { watched <- w.run(ctx, db) }()
	err = s.stalls(l, w, sabotage, most, func() bool { return enough(w, db) })
	if err != nil {
		l.stop(0)
		cancel()
		<-watched
		return append(l.faults, err.Error())
	}
	var faults []string
	if sabotage == "" {
		faults = judge(s, l, "", quiet)
	} else {
		l.stop(0) // the watcher alone is asked
	}
	cancel()
	if err := <-watched; err != nil {
		faults = append(faults, err.Error())
	}
	more, err := w.judge(db)
	if err != nil {
		faults = append(faults, err.Error())
	}
	if _, overs := w.seen(); overs == 0 && sabotage == "" {
		faults = append(faults, "no attempt was overtaken: nothing was tried")
	}
	return append(faults, more...)
}

func (s *site) stalls(l *load, w *watcher, sabotage failpoint.Sabotage, most int, enough func() bool) error {
	if err := s.dropJobs(); err != nil {
		return err
	}
	first, err := s.start("", string(sabotage))
	if err != nil {
		return err
	}
	second, err := s.start("", string(sabotage)) // the one that is sent to
	if err != nil {
		return err
	}
	for range most {
		if enough() {
			break
		}
		l.want.large.n.Store(1) // to settle it takes long enough to be caught in it
		time.Sleep(time.Duration(s.rng.IntN(150)) * time.Millisecond)
		_, before := w.seen()
		if err := first.signal(syscall.SIGSTOP); err != nil {
			return err
		}
		// The other takes over what the first had, if it had anything.
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if _, overs := w.seen(); overs > before {
				break
			}
		}
		if err := first.signal(syscall.SIGCONT); err != nil {
			return err
		}
	}
	for _, p := range []*process{first, second} {
		if err := s.kill(p); err != nil {
			return err
		}
	}
	return nil
}

// TestStalled shows that what was taken over is settled once, by who has it.
func TestStalled(t *testing.T) {
	t.Parallel()
	for _, fault := range stall(t, "", 2, func(*watcher, *sql.DB) bool { return false }) {
		t.Error(fault)
	}
}

// TestSabotageNoFence stalls nodes that do not look whether an attempt is still their own.
func TestSabotageNoFence(t *testing.T) {
	t.Parallel()
	mustNotice(t, failpoint.NoFence, stall(t, failpoint.NoFence, 30, func(w *watcher, db *sql.DB) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		faults, err := w.judge(db)
		return err != nil || len(faults) > 0
	}))
}
