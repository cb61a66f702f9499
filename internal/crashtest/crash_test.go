//go:build linux

package crashtest

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"cargogate/internal/failpoint"
)

// A target is a failpoint and how it is brought about.
type target struct {
	point failpoint.Point
	most  int // it kills at a random passing up to this one
	large int // large files that are asked for
	huge  int // and files that are staged in chunks
}

// targets are all failpoints.
var targets = []target{
	{failpoint.AfterSpool, 3, 3, 0},
	{failpoint.AfterCommit, 20, 0, 0},
	{failpoint.BeforeAnswer, 20, 0, 0},
	{failpoint.MidRead, 20, 0, 0},
	{failpoint.MidSettle, 6, 0, 0},
	{failpoint.AfterSettle, 6, 0, 0},
	{failpoint.MidChunk, 5, 0, 1},
	{failpoint.MidArchive, 3, 0, 0},
	{failpoint.MidDelivery, 4, 0, 0},
}

const (
	// hitWithin is how long a failpoint may take to kill. After that the process is killed all the same, and it is tried
	// again with the first passing.
	hitWithin = 6 * time.Second
	tries     = 6
)

// everyone is senders of all kinds.
var everyone = []sender{{"ALFA", false}, {"BRAVO", false}, {"CHARLIE", false}, {"ALFA", true}, {"DELTA", true}}

// crash kills the gateway at a failpoint, and reports whether it was there that it died.
func (s *site) crash(l *load, g target, nth int, sabotage string) (hit bool, err error) {
	l.want.large.n.Store(int64(g.large))
	l.want.huge.n.Store(int64(g.huge))
	if err := s.dropJobs(); err != nil {
		return false, err
	}
	p, err := s.start(fmt.Sprintf("%s:%d", g.point, nth), sabotage)
	if err != nil {
		return false, err
	}
	hit = p.ended(hitWithin)
	if err := s.kill(p); err != nil {
		return false, err
	}
	if hit && !p.killed() {
		return false, fmt.Errorf("serve ended by itself (%s):\n%s", p.state, p.log())
	}
	return hit, nil
}

// round kills at every target as often as is asked for, in a random order, and gives what it did.
func (s *site) round(l *load, times int, after func()) (map[failpoint.Point]int, error) {
	var order []target
	for range times {
		order = append(order, targets...)
	}
	s.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	done := map[failpoint.Point]int{}
	for i, g := range order {
		if i > 0 && i%len(targets) == 0 {
			if err := s.rest(l); err != nil {
				return done, err
			}
		}
		hit := false
		for try := range tries {
			nth := 1
			if try == 0 {
				nth += s.rng.IntN(g.most)
			}
			var err error
			if hit, err = s.crash(l, g, nth, ""); err != nil {
				return done, fmt.Errorf("%s: %w", g.point, err)
			}
			if after != nil {
				after()
			}
			if hit {
				break
			}
		}
		if !hit {
			return done, fmt.Errorf("%s was not passed in %d runs of %s", g.point, tries, hitWithin)
		}
		done[g.point]++
	}
	return done, nil
}

// A gateway that is killed three times a second works off less than comes in, and then a failpoint far down the way is
// behind all that waits. So the senders rest now and then, until few are left.
const (
	restUntil  = 50
	restWithin = time.Minute
)

// rest lets the gateway work undisturbed for a while.
func (s *site) rest(l *load) error {
	l.held.Store(true)
	defer l.held.Store(false)
	if err := s.dropJobs(); err != nil {
		return err
	}
	p, err := s.start("", "")
	if err != nil {
		return err
	}
	for begun := time.Now(); ; {
		var left int64
		look := time.Now()
		if err := s.view(func(db *sql.DB, _ string) error {
			return db.QueryRow(factsOf[s.kind].pending[unsettled]).Scan(&left)
		}); err != nil {
			return err
		}
		if left < restUntil {
			break
		}
		if time.Since(begun) > restWithin {
			return fmt.Errorf("after %s of rest %d receipts are not settled", restWithin, left)
		}
		time.Sleep(max(100*time.Millisecond, 3*time.Since(look)))
	}
	return s.kill(p)
}

// report says how often which failpoint killed.
func report(done map[failpoint.Point]int) string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(done)) {
		out = append(out, fmt.Sprintf("%s %d", p, done[p]))
	}
	return strings.Join(out, ", ")
}

func testCrash(t *testing.T, kind string, times int, quiet time.Duration) {
	s := newSite(t, kind)
	l := startLoad(s, 100*time.Millisecond, false, everyone...)
	begun := time.Now()
	done, err := s.round(l, times, nil)
	killing := time.Since(begun)
	t.Logf("killed in %s: %s", killing.Round(time.Second), report(done))
	for _, fault := range judge(s, l, "", quiet) {
		t.Error(fault)
	}
	if err != nil {
		t.Error(err)
	}
	for _, g := range targets {
		if done[g.point] < times && err == nil {
			t.Errorf("%s killed %d times, want %d", g.point, done[g.point], times)
		}
	}
	t.Logf("%d files sent, %d answers; kills in %s: %s; judged in %s", len(l.files), l.answers.Load(), killing.Round(time.Second), report(done),
		(time.Since(begun) - killing).Round(time.Second))
}

// quiet is how long all may take to come to its end after the last kill.
const quiet = 2 * time.Minute

func TestCrashSQLite(t *testing.T) {
	t.Parallel()
	testCrash(t, "sqlite", kills(t), quiet)
}

func TestCrashPostgres(t *testing.T) {
	t.Parallel()
	testCrash(t, "postgres", kills(t), quiet)
}
