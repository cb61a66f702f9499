//go:build linux

package crashtest

import (
	"testing"
	"time"

	"cargogate/internal/crashtest/powerfs"
	"cargogate/internal/failpoint"
)

// shortQuiet is for runs that are to end badly: what is lost does not come however long one waits.
const shortQuiet = 12 * time.Second

// mustNotice fails a test whose oracle found nothing, and says what it found otherwise.
func mustNotice(t *testing.T, sabotage failpoint.Sabotage, faults []string) {
	t.Helper()
	if len(faults) == 0 {
		t.Errorf("with %s the oracle found nothing", sabotage)
		return
	}
	t.Logf("with %s the oracle found %d faults; the first: %.400s", sabotage, len(faults), faults[0])
}

// mishap is a load that a sabotage is to be noticed under: it kills some times, and judges.
func mishap(t *testing.T, kind string, sabotage failpoint.Sabotage, pause time.Duration, times int, kill func(s *site, l *load) error) []string {
	t.Helper()
	s := newSite(t, kind)
	l := startLoad(s, pause, true, sender{"ALFA", false}, sender{"BRAVO", false}, sender{"CHARLIE", false})
	for range times {
		if err := kill(s, l); err != nil {
			l.stop(0)
			return append(l.faults, err.Error())
		}
	}
	return judge(s, l, string(sabotage), shortQuiet)
}

// untilNoticed runs a mishap again until the oracle finds something, at most some times.
func untilNoticed(t *testing.T, sabotage failpoint.Sabotage, most int, run func() []string) {
	t.Helper()
	var faults []string
	for i := 0; i < most && len(faults) == 0; i++ {
		faults = run()
	}
	mustNotice(t, sabotage, faults)
}

// atAnswer kills as soon as a sender was answered, after the n-th time.
func atAnswer(sabotage failpoint.Sabotage, n int) func(s *site, l *load) error {
	return func(s *site, l *load) error {
		if err := s.dropJobs(); err != nil {
			return err
		}
		p, err := s.start("", string(sabotage))
		if err != nil {
			return err
		}
		for end := time.After(hitWithin); n > 0; {
			select {
			case <-l.heard:
				n--
			case <-end:
				n = 0
			}
		}
		return s.kill(p)
	}
}

// beforeAnswer kills between the commit and the answer, so that the sender asks again.
func beforeAnswer(sabotage failpoint.Sabotage) func(s *site, l *load) error {
	return func(s *site, l *load) error {
		_, err := s.crash(l, target{point: failpoint.BeforeAnswer}, 5, string(sabotage))
		return err
	}
}

// TestSabotageNot runs the kills of the tests below on the program as it is: then there is nothing to be found.
func TestSabotageNot(t *testing.T) {
	t.Parallel()
	both := func(s *site, l *load) error {
		if err := atAnswer("", 5)(s, l); err != nil {
			return err
		}
		return beforeAnswer("")(s, l)
	}
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, fault := range mishap(t, kind, "", 10*time.Millisecond, 2, both) {
			t.Errorf("%s: %s", kind, fault)
		}
	}
}

func TestSabotageAnswerFirst(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		untilNoticed(t, failpoint.AnswerFirst, 5, func() []string {
			return mishap(t, kind, failpoint.AnswerFirst, time.Millisecond, 5, atAnswer(failpoint.AnswerFirst, 10))
		})
	}
}

func TestSabotageNoDedupe(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		untilNoticed(t, failpoint.NoDedupe, 3, func() []string {
			return mishap(t, kind, failpoint.NoDedupe, 5*time.Millisecond, 2, beforeAnswer(failpoint.NoDedupe))
		})
	}
}

// TestSabotageNoFsync cuts the power of a program that forces nothing to disk.
func TestSabotageNoFsync(t *testing.T) {
	buildForInside(t)
	if !powerfs.Isolated(t) {
		return
	}
	untilNoticed(t, failpoint.NoFsync, 3, func() []string {
		cut := atAnswer(failpoint.NoFsync, 10)
		return mishap(t, "power", failpoint.NoFsync, 5*time.Millisecond, 1, func(s *site, l *load) error {
			// The first run keeps its word, so that there is something to lose from.
			if err := atAnswer("", 10)(s, l); err != nil {
				return err
			}
			s.cutPower()
			defer s.cutPower()
			return cut(s, l)
		})
	})
}
