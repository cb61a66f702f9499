package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

// TestProbe: what ended two attempts without a word is tried apart first. Only what is fatal there is a failure, and parks
// the message alone; what was merely at work beside it is read as ever, and what cannot be tried apart is not read here.
func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		tried, read := map[uuid.UUID]int{}, map[uuid.UUID]int{}
		answers := map[uuid.UUID]error{}
		b := newBench(t, func(o *Options) {
			o.Lease = 10 * time.Second
			o.Probe = func(_ context.Context, tr Trial, body Original) error {
				mu.Lock()
				defer mu.Unlock()
				if tr.Receipt.Inline != nil || tr.Partner.ID != "ACME" || tr.Profile.Name == "" || body.Size != tr.Receipt.Size {
					t.Errorf("trial %+v", tr)
				}
				tried[tr.Receipt.ID]++
				return answers[tr.Receipt.ID]
			}
		})
		ids := b.put(t, "ACME", 5)
		fresh, once, beside, fatal, away := ids[0], ids[1], ids[2], ids[3], ids[4]
		answers[fatal] = fmt.Errorf("%w: exit status 2: fatal error: stack overflow", ErrFatal)
		answers[away] = errors.New("fork: no memory")
		b.store.mu.Lock()
		for i, id := range ids {
			b.store.find(id).Silent = []int{0, 1, 2, 2, 2}[i]
		}
		b.store.mu.Unlock()
		b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
			mu.Lock()
			defer mu.Unlock()
			read[r.ID]++
			return acceptAll(r), nil
		}
		stop := b.start(t)
		pass(time.Minute)
		synctest.Wait()
		for _, id := range []uuid.UUID{fresh, once, beside} {
			b.want(t, id, StateAccepted)
		}
		b.want(t, fatal, StateParked)
		s, err := b.store.Settlement(t.Context(), fatal)
		if err != nil || !strings.Contains(s.Reason, "the reading ended its process: exit status 2: fatal error: stack overflow") {
			t.Errorf("parked with %q, %v", s.Reason, err)
		}
		if state, failures := b.state(t, away); state.Final() || failures != 0 {
			t.Errorf("what could not be tried is %s with %d failures", state, failures)
		}
		mu.Lock()
		if tried[fresh]+tried[once] != 0 || tried[beside] != 1 || tried[fatal] != 3 || tried[away] < 2 {
			t.Errorf("tried %v", tried)
		}
		if read[fatal]+read[away] != 0 || read[fresh] != 1 || read[beside] != 1 {
			t.Errorf("read %v", read)
		}
		delete(answers, away) // and once it can be tried again, it goes its way
		mu.Unlock()
		pass(time.Minute)
		synctest.Wait()
		b.want(t, away, StateAccepted)
		stop()
	})
}

// TestProbeCutShort: a trial that ends with its lease is no failure of the message.
func TestProbeCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *Options) {
			o.Probe = func(ctx context.Context, _ Trial, _ Original) error {
				<-ctx.Done()
				return errors.New("signal: killed")
			}
			o.Grace = time.Second
		})
		id := b.put(t, "ACME", 1)[0]
		b.store.mu.Lock()
		b.store.find(id).Silent = 7
		b.store.mu.Unlock()
		stop := b.start(t)
		synctest.Wait()
		stop()
		if state, failures := b.state(t, id); state.Final() || failures != 0 {
			t.Errorf("%s with %d failures", state, failures)
		}
	})
}

// TestTry: a reading with nothing on file comes to its end, whatever is in it, and a panic of it is an error.
func TestTry(t *testing.T) {
	trial := func(body string) (Trial, Original) {
		tr := Trial{Receipt: Receipt{ID: newID(), Seq: 9, Partner: "NORDKAI", Mode: cargo.TrafficLive, Size: int64(len(body)), Attempt: 3},
			Partner: partner.Partner{ID: "NORDKAI", Profile: "own"}, Profile: partner.Profile{Name: "default"}}
		return tr, tr.Original(strings.NewReader(body))
	}
	many := make([]string, 6000) // more than one message holds without being staged
	for i := range many {
		many[i] = fmt.Sprintf("BM:B%d", i)
	}
	for name, body := range map[string]string{
		"an original": one("1", "M1", "9", "BM:A"), "a change": one("2", "M1", "4", "BM:A"), "a house": one("3", "M1", "9", "BH:H<A"),
		"many": one("4", "M1", "9", many...), "nothing": "", "no message": "\x00\x01",
	} {
		tr, o := trial(body)
		if err := Try(t.Context(), tr, o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	tr, _ := trial("x")
	if err := Try(t.Context(), tr, tr.Original(nil)); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("a panic: %v", err)
	}
}
