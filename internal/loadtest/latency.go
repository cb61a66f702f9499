package loadtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
)

// latency measures how long it takes from the time at which a message was meant to be sent to the commit that settles
// it, while messages come at half the rate that the gateway can do. Who is late with sending is late: it is not the
// sender that waits for the gateway. The other side is how long the bare commits of one message take.
func (b *bench) latency(ctx context.Context) error {
	t, err := b.settleTraffic(4)
	if err != nil {
		return err
	}
	defer t.close()
	if b.rate == 0 {
		p, err := b.newPlace(ctx)
		if err != nil {
			return err
		}
		n, took, err := b.feed(ctx, p, t, 1)
		if err = errors.Join(err, p.drop()); err != nil {
			return err
		}
		b.rate = perSecond(n, took)
	}
	return b.latencies(ctx, t, RowLatency, "receive → settled", "≤ 5")
}

// latencies measures in turns at half the rate, and adds the middle and the slow end as figures of a row.
func (b *bench) latencies(ctx context.Context, t *traffic, row, what, target string) error {
	var p50, p99 turns
	for range b.Turns {
		ours, bare, err := b.latencyTurn(ctx, t)
		if err != nil {
			return err
		}
		p50.add(millis(percentile(ours, 0.5)), millis(percentile(bare, 0.5)))
		p99.add(millis(percentile(ours, 0.99)), millis(percentile(bare, 0.99)))
	}
	what += fmt.Sprintf(" at %.0f msg/s, open loop", b.rate/2)
	b.add(p50.figure(Figure{Row: row, What: what + ", p50", Unit: "ms"}))
	b.add(p99.figure(Figure{Row: row, What: what + ", p99", Unit: "ms", Target: target}))
	return nil
}

func (b *bench) latencyTurn(ctx context.Context, t *traffic) (ours, bare []time.Duration, err error) {
	p, err := b.newPlace(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, p.drop()) }()
	if ours, err = b.openLoop(ctx, p, t); err != nil {
		return nil, nil, err
	}
	l, err := b.newLimit(ctx, p, len(ours), mainFile, acceptFile)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	_, bare, err = l.run(ctx, 1)
	return ours, bare, err
}

// openLoop sends at half the rate for as long as a turn is, each message at its time whatever became of those before.
func (b *bench) openLoop(ctx context.Context, p *place, t *traffic) (lat []time.Duration, err error) {
	t.again()
	r, err := b.openRig(ctx, p, gateway.RoleAll, t.parties())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	r.start(ctx)
	var mu sync.Mutex
	var errs []error
	due := map[uuid.UUID]time.Time{}
	var sending sync.WaitGroup
	every := time.Duration(float64(time.Second) / max(b.rate/2, 1))
	begun := time.Now()
	for i := 0; ctx.Err() == nil; i++ {
		at := begun.Add(time.Duration(i) * every)
		if at.Sub(begun) >= b.Span {
			break
		}
		time.Sleep(time.Until(at))
		body, sender, ok := t.take()
		if !ok {
			break
		}
		sending.Go(func() {
			receipt, err := r.receive(ctx, body, sender)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			due[receipt.ID] = at
		})
	}
	sending.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return nil, err
	}
	if _, err := r.watch.wait(ctx, len(due)); err != nil {
		return nil, err
	}
	ends := r.watch.at
	if b.engine != nil {
		if ends, err = r.cased(ctx, len(due)); err != nil {
			return nil, err
		}
	}
	r.watch.mu.Lock()
	defer r.watch.mu.Unlock()
	for id, at := range due {
		lat = append(lat, ends[id].Sub(at))
	}
	return lat, nil
}
