package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// A claimer is a store whose Claim is another.
type claimer struct {
	gateway.Store
	claim func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error)
}

func (s claimer) Claim(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
	return s.claim(ctx, r)
}

// giving changes the receipts that Claim gives.
func giving(edit func(*gateway.Receipt)) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return claimer{s, func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
			got, err := s.Claim(ctx, r)
			for i := range got {
				edit(&got[i])
			}
			return got, err
		}}
	}
}

// hoarding takes all that is due at its first claim and gives it out in an order of its own.
func hoarding(order func(a, b gateway.Receipt) int) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		var mu sync.Mutex
		var hoard []gateway.Receipt
		return claimer{s, func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
			mu.Lock()
			defer mu.Unlock()
			limit := r.Max
			r.Max = 1000
			got, err := s.Claim(ctx, r)
			hoard = append(hoard, got...)
			slices.SortStableFunc(hoard, order)
			out := slices.Clone(hoard[:min(limit, len(hoard))])
			hoard = hoard[len(out):]
			return out, err
		}}
	}
}

// A renewer is a store whose Renew is another.
type renewer struct {
	gateway.Store
	renew func(ctx context.Context, fences []gateway.Fence, lease time.Duration) ([]gateway.Fence, error)
}

func (s renewer) Renew(ctx context.Context, fences []gateway.Fence, lease time.Duration) ([]gateway.Fence, error) {
	return s.renew(ctx, fences, lease)
}

// A waiter is a store whose Wait is another.
type waiter struct {
	gateway.Store
	wait func(ctx context.Context, f gateway.Fence, delay time.Duration) error
}

func (s waiter) Wait(ctx context.Context, f gateway.Fence, delay time.Duration) error {
	return s.wait(ctx, f, delay)
}

// A failer is a store whose Fail is another.
type failer struct {
	gateway.Store
	fail func(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, maxFailures int, parked parker) (gateway.State, error)
}

type parker = func(gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row)

func (s failer) Fail(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, maxFailures int, parked func(gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row)) (gateway.State, error) {
	return s.fail(ctx, f, reason, delay, maxFailures, parked)
}

// A replayer is a store whose Replay is another.
type replayer struct {
	gateway.Store
	replay func(ctx context.Context, id uuid.UUID, row audit.Row) error
}

func (s replayer) Replay(ctx context.Context, id uuid.UUID, row audit.Row) error {
	return s.replay(ctx, id, row)
}

// A waker is a store whose Wake is another.
type waker struct {
	gateway.Store
	wake func(ctx context.Context, p partner.ID, mode cargo.Traffic) error
}

func (s waker) Wake(ctx context.Context, p partner.ID, mode cargo.Traffic) error {
	return s.wake(ctx, p, mode)
}

type deaf struct{ gateway.Store }

func (deaf) Subscribe(context.Context) (<-chan struct{}, error) { return make(chan struct{}), nil }

// earlierOf asks for more than the partner and mode, or counts what is parked.
type earlierOf struct {
	gateway.Store
	modes    []cargo.Traffic
	partners []partner.ID
	parked   bool
}

func (s earlierOf) Earlier(ctx context.Context, p partner.ID, mode cargo.Traffic, before int64) (bool, error) {
	for _, m := range append(s.modes, mode) {
		for _, p := range append(s.partners, p) {
			if got, err := s.Store.Earlier(ctx, p, m, before); got || err != nil {
				return got, err
			}
		}
	}
	if !s.parked {
		return false, nil
	}
	got, err := s.Receipts(ctx, gateway.ReceiptQuery{Mode: mode, Partner: p, Before: before, States: []gateway.State{gateway.StateParked}})
	return len(got) > 0, err
}

// A priors is a store whose Priors are others.
type priors struct {
	gateway.Store
	change func(control *string, since *time.Time)
	edit   func([]gateway.Prior) []gateway.Prior
}

func (s priors) Priors(ctx context.Context, p partner.ID, mode cargo.Traffic, sha [32]byte, control string, before int64, since time.Time) ([]gateway.Prior, error) {
	if s.change != nil {
		s.change(&control, &since)
	}
	got, err := s.Store.Priors(ctx, p, mode, sha, control, before, since)
	if s.edit != nil {
		got = s.edit(got)
	}
	return got, err
}

var brokenClaim = []Breakage{
	{"claim does not rotate", "claim/rotates over partners", hoarding(func(a, b gateway.Receipt) int { return int(a.Seq - b.Seq) })},
	{"claim rotates within one claim only", "claim/rotates over partners from claim to claim", hoarding(func(a, b gateway.Receipt) int { return int(a.Seq - b.Seq) })},
	{"claim takes the newest first", "claim/oldest first", hoarding(func(a, b gateway.Receipt) int { return int(b.Seq - a.Seq) })},
	{"claim gives out what is leased", "claim/leased ones are not given again", func(s gateway.Store) gateway.Store {
		var mu sync.Mutex
		var given []gateway.Receipt
		return claimer{s, func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
			mu.Lock()
			defer mu.Unlock()
			got, err := s.Claim(ctx, r)
			if len(got) == 0 && len(given) > 0 {
				return given[:1], err
			}
			given = append(given, got...)
			return got, err
		}}
	}},
	{"claim does not count", "claim/an expired lease is taken again with the next attempt", giving(func(rc *gateway.Receipt) { rc.Attempt = 1 })},
	{"claim leases for ever", "claim/an expired lease is taken again with the next attempt", func(s gateway.Store) gateway.Store {
		return claimer{s, func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
			r.Lease = 1000 * time.Hour
			return s.Claim(ctx, r)
		}}
	}},
	{"claim leases by another clock", "claim/sets the lease by database time", giving(func(rc *gateway.Receipt) { rc.LeaseUntil = rc.LeaseUntil.Add(-time.Hour) })},
	{"claim gives no bodies", "claim/gives receipts with their bodies", giving(func(rc *gateway.Receipt) { rc.Inline = nil })},
	{"claim mixes the lanes", "claim/lanes are apart", func(s gateway.Store) gateway.Store {
		return claimer{s, func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
			small, err := s.Claim(ctx, r)
			r.Lane = gateway.LaneLarge
			large, largeErr := s.Claim(ctx, r)
			return append(small, large...), errors.Join(err, largeErr)
		}}
	}},
	{"claim takes what still waits", "claim/what waits is taken when its time has come", func(s gateway.Store) gateway.Store {
		return claimer{s, func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
			if err := s.Wake(ctx, Carrier, cargo.TrafficLive); err != nil {
				return nil, err
			}
			return s.Claim(ctx, r)
		}}
	}},
	{"claim reads tests only when asked", "claim/live and test are both taken", func(s gateway.Store) gateway.Store {
		return claimer{s, func(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
			got, err := s.Claim(ctx, r)
			return slices.DeleteFunc(got, func(rc gateway.Receipt) bool { return rc.Mode == cargo.TrafficTest }), err
		}}
	}},
	{"renew does nothing", "renew/extends the lease", func(s gateway.Store) gateway.Store {
		return renewer{s, func(context.Context, []gateway.Fence, time.Duration) ([]gateway.Fence, error) { return nil, nil }}
	}},
	{"renew does not tell of the lost", "renew/tells which are lost", func(s gateway.Store) gateway.Store {
		return renewer{s, func(ctx context.Context, f []gateway.Fence, lease time.Duration) ([]gateway.Fence, error) {
			_, err := s.Renew(ctx, f, lease)
			return nil, err
		}}
	}},
	{"renew extends lost leases", "renew/a lost lease is not extended", func(s gateway.Store) gateway.Store {
		return renewer{s, func(ctx context.Context, f []gateway.Fence, lease time.Duration) ([]gateway.Fence, error) {
			for i := range f {
				rc, err := s.Receipt(ctx, f[i].Receipt)
				if err != nil {
					return nil, err
				}
				f[i] = fence(rc)
			}
			return s.Renew(ctx, f, lease)
		}}
	}},
	{"wait is a failure", "wait/is no failure", func(s gateway.Store) gateway.Store {
		return waiter{s, func(ctx context.Context, f gateway.Fence, delay time.Duration) error {
			_, err := s.Fail(ctx, f, "waits", delay, 100, parking)
			return err
		}}
	}},
	{"wait forgets when it began", "wait/remembers when it first waited", giving(func(rc *gateway.Receipt) {
		if !rc.WaitingFrom.IsZero() {
			rc.WaitingFrom = rc.LeaseUntil
		}
	})},
	{"wait has no fence", "wait/of a lost attempt changes nothing", func(s gateway.Store) gateway.Store {
		return waiter{s, func(ctx context.Context, f gateway.Fence, delay time.Duration) error {
			rc, err := s.Receipt(ctx, f.Receipt)
			return errors.Join(err, s.Wait(ctx, fence(rc), delay))
		}}
	}},
	{"wake wakes nobody", "wake/makes those of the partner and mode due", func(s gateway.Store) gateway.Store {
		return waker{s, func(context.Context, partner.ID, cargo.Traffic) error { return nil }}
	}},
	{"wake wakes everybody", "wake/makes those of the partner and mode due", func(s gateway.Store) gateway.Store {
		return waker{s, func(ctx context.Context, p partner.ID, _ cargo.Traffic) error {
			return errors.Join(s.Wake(ctx, p, cargo.TrafficLive), s.Wake(ctx, p, cargo.TrafficTest), s.Wake(ctx, Forwarder, cargo.TrafficLive))
		}}
	}},
	{"nobody is told of work", "subscribe/wakes when work comes, on every node", func(s gateway.Store) gateway.Store { return deaf{s} }},
	{"fail never parks", "fail/three park", func(s gateway.Store) gateway.Store {
		return failer{s, func(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, _ int, parked parker) (gateway.State, error) {
			return s.Fail(ctx, f, reason, delay, 100, parked)
		}}
	}},
	{"fail parks at once", "fail/three park", func(s gateway.Store) gateway.Store {
		return failer{s, func(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, _ int, parked parker) (gateway.State, error) {
			return s.Fail(ctx, f, reason, delay, 1, parked)
		}}
	}},
	{"fail parks without a word", "fail/parking is a settlement, with its event and audit row", func(s gateway.Store) gateway.Store {
		return failer{s, func(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, n int, parked parker) (gateway.State, error) {
			return s.Fail(ctx, f, reason, delay, n, func(rc gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row) {
				settlement, _, _ := parked(rc)
				return settlement, nil, nil
			})
		}}
	}},
	{"fail does not wait", "fail/due again after the delay", func(s gateway.Store) gateway.Store {
		return failer{s, func(ctx context.Context, f gateway.Fence, reason string, _ time.Duration, n int, parked parker) (gateway.State, error) {
			return s.Fail(ctx, f, reason, 0, n, parked)
		}}
	}},
	{"fail has no fence", "fail/of a lost attempt changes nothing", func(s gateway.Store) gateway.Store {
		return failer{s, func(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, n int, parked parker) (gateway.State, error) {
			rc, err := s.Receipt(ctx, f.Receipt)
			if err != nil {
				return "", err
			}
			return s.Fail(ctx, fence(rc), reason, delay, n, parked)
		}}
	}},
	{"replay does nothing", "replay/makes a parked receipt due with no failures", func(s gateway.Store) gateway.Store {
		return replayer{s, func(context.Context, uuid.UUID, audit.Row) error { return nil }}
	}},
	{"replay takes whatever is named", "replay/of what is not parked changes nothing", func(s gateway.Store) gateway.Store {
		return replayer{s, func(ctx context.Context, id uuid.UUID, row audit.Row) error { _ = s.Replay(ctx, id, row); return nil }}
	}},
	{"claim does not tell of silent attempts", "claim/counts the attempts that ended without a word", giving(func(rc *gateway.Receipt) { rc.Silent = 0 })},
	{"claim takes every attempt for silent", "claim/counts the attempts that ended without a word", giving(func(rc *gateway.Receipt) { rc.Silent = rc.Attempt - 1 })},
	{"replay keeps the failures", "replay/makes a parked receipt due with no failures", giving(func(rc *gateway.Receipt) { rc.Failures = 2 })},
	{"earlier counts tests", "earlier/unfinished ones of the partner and mode", func(s gateway.Store) gateway.Store {
		return earlierOf{s, []cargo.Traffic{cargo.TrafficLive}, nil, false}
	}},
	{"earlier counts another's", "earlier/unfinished ones of the partner and mode", func(s gateway.Store) gateway.Store {
		return earlierOf{s, nil, []partner.ID{Carrier}, false}
	}},
	{"earlier counts what is parked", "earlier/a parked one is finished", func(s gateway.Store) gateway.Store { return earlierOf{s, nil, nil, true} }},
	{"priors know no control key", "priors/equal bytes or an equal control key", func(s gateway.Store) gateway.Store {
		return priors{s, func(control *string, _ *time.Time) { *control = "" }, nil}
	}},
	{"priors know no window", "priors/none from before the window", func(s gateway.Store) gateway.Store {
		return priors{s, func(_ *string, since *time.Time) { *since = time.Time{} }, nil}
	}},
	{"priors come oldest first", "priors/equal bytes or an equal control key", func(s gateway.Store) gateway.Store {
		return priors{s, nil, func(p []gateway.Prior) []gateway.Prior { slices.Reverse(p); return p }}
	}},
	{"priors come twice", "priors/one receipt comes once, and at most 20", func(s gateway.Store) gateway.Store {
		return priors{s, nil, func(p []gateway.Prior) []gateway.Prior { return append(p, p...) }}
	}},
}
