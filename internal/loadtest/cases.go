package loadtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/scoring"
)

// caserCursor is how far the gateway's caser has come.
const caserCursor = "caser"

// caseThreshold is from how many points on a consignment becomes a case here. The values of this traffic are put together
// at random, so that more than half of it reaches the usual threshold; from these on it is about 2 %, as in a service.
const caseThreshold = 115

// cases measures the whole way with scoring on, from the receipt to the commit in which the cases of the message were
// opened: first as fast as it goes, then at half that rate. The other side writes the rows of both, scores and cases too.
func (b *bench) cases(ctx context.Context) (err error) {
	rules, err := scoring.BuiltinRules()
	if err != nil {
		return err
	}
	rules.Threshold = caseThreshold
	if b.engine, err = scoring.NewEngine(scoring.Options{Rules: rules}); err != nil {
		return err
	}
	defer func() { b.engine = nil }()
	t, err := b.settleTraffic(6)
	if err != nil {
		return err
	}
	defer t.close()
	var rate turns
	share := 0.0
	for range b.Turns {
		if err := b.caseTurn(ctx, t, &rate, &share); err != nil {
			return err
		}
	}
	f := rate.figure(Figure{Row: RowCases, What: fmt.Sprintf("receive → case, scoring on, %d consignments a message", bills), Unit: "msg/s", Target: "≥ 0.6"})
	f.Note = fmt.Sprintf("%.0f consignments a second, %.1f %% of them cases", f.Value*bills, 100*share)
	b.add(f)
	kept := b.rate
	defer func() { b.rate = kept }()
	b.rate = f.Value
	return b.latencies(ctx, t, RowCases, "receive → case", "")
}

func (b *bench) caseTurn(ctx context.Context, t *traffic, rate *turns, share *float64) (err error) {
	p, err := b.newPlace(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.drop()) }()
	n, took, err := b.feed(ctx, p, t, 1)
	if err != nil {
		return err
	}
	opened, err := b.opened(ctx, p)
	if err != nil {
		return err
	}
	*share = float64(opened) / float64(n*bills)
	return b.beside(ctx, p, n, took, rate, nil)
}

// opened gives how many cases were opened at a place.
func (b *bench) opened(ctx context.Context, p *place) (n int, err error) {
	r, err := b.openRig(ctx, p, gateway.RoleReceive, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	err = eachEvent(ctx, r.store, outbox.TypeCaseOpened, func(outbox.Event) error { n++; return nil })
	return n, err
}

// eachEvent reads all events of a type that are numbered.
func eachEvent(ctx context.Context, store gateway.Store, kind string, f func(outbox.Event) error) error {
	const page = 1000
	for after := int64(0); ; {
		events, err := store.Events(ctx, outbox.Query{After: after, Limit: page, Types: []string{kind}})
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := f(e); err != nil {
				return err
			}
			after = e.Position
		}
		if len(events) < page {
			return nil
		}
	}
}

// A step is a commit that moved the cursor of the caser.
type step struct {
	to int64
	at time.Time
}

// cased waits until the cases of n settled messages are opened, and gives when that was for each.
func (r *rig) cased(ctx context.Context, n int) (map[uuid.UUID]time.Time, error) {
	w := r.watch
	if w.to != nil {
		w = w.to
	}
	positions := map[uuid.UUID]int64{}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := int64(0)
		if len(positions) < n {
			if err := eachEvent(ctx, r.store, outbox.TypeSettled, func(e outbox.Event) error {
				id, err := uuid.Parse(strings.TrimPrefix(e.Subject, "message/"))
				positions[id] = e.Position
				return err
			}); err != nil {
				return nil, err
			}
		}
		for _, at := range positions {
			last = max(last, at)
		}
		w.mu.Lock()
		steps := slices.Clone(w.steps)
		w.mu.Unlock()
		if len(positions) >= n && len(steps) > 0 && steps[len(steps)-1].to >= last {
			out := make(map[uuid.UUID]time.Time, len(positions))
			for id, at := range positions {
				out[id] = steps[sort.Search(len(steps), func(i int) bool { return steps[i].to >= at })].at
			}
			return out, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("of %d messages %d are numbered, and the cases are not all there after %s", n, len(positions), patience)
		}
	}
}

// latest gives the last of some times.
func latest(all map[uuid.UUID]time.Time) (last time.Time) {
	for _, at := range all {
		if at.After(last) {
			last = at
		}
	}
	return last
}

// SetCursor moves a cursor.
func (t watchedTx) SetCursor(ctx context.Context, name string, from, to int64) error {
	err := t.Tx.SetCursor(ctx, name, from, to)
	if err == nil && name == caserCursor {
		*t.cased = to
	}
	return err
}
