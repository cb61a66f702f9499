package loadtest

import (
	"context"
	"errors"
	"time"

	"cargogate/internal/gateway"
)

// Messages of the rows that only accept: 5 to 20 KB.
const smallest, largest = 6, 20 // consignments

// accept measures one sender that calls the gateway in this process.
func (b *bench) accept(ctx context.Context) error {
	t, err := newTraffic(b.Dir, 1+int(4000*b.Span.Seconds()), smallest, largest, 1)
	if err != nil {
		return err
	}
	defer t.close()
	var rate turns
	var ours, bare []time.Duration
	for range b.Turns {
		if err := b.acceptTurn(ctx, t, &rate, &ours, &bare); err != nil {
			return err
		}
	}
	b.add(rate.figure(Figure{Row: RowAccept, What: "accept, one sender, 5 to 20 KB", Unit: "msg/s", Target: "≥ 0.8",
		Note: latencies(ours) + "; limit: " + latencies(bare)}))
	return nil
}

func (b *bench) acceptTurn(ctx context.Context, t *traffic, rate *turns, ours, bare *[]time.Duration) (err error) {
	p, err := b.newPlace(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.drop()) }()
	r, err := b.openRig(ctx, p, gateway.RoleReceive, t.parties())
	if err != nil {
		return err
	}
	t.again()
	n, begun := 0, time.Now()
	for time.Since(begun) < b.Span {
		body, sender, ok := t.take()
		if !ok {
			break
		}
		start := time.Now()
		if _, err := r.receive(ctx, body, sender); err != nil {
			return errors.Join(err, r.close())
		}
		*ours = append(*ours, time.Since(start))
		n++
	}
	took := time.Since(begun)
	if err := r.close(); err != nil {
		return err
	}
	l, err := b.newLimit(ctx, p, n, acceptFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	for _, s := range l.streams {
		s.workers = one(s.workers)
	}
	limit, commits, err := l.run(ctx, 1)
	if err != nil {
		return err
	}
	*bare = append(*bare, commits...)
	rate.add(perSecond(n, took), perSecond(n, limit))
	return nil
}

// one leaves one worker.
func one(all []loader) []loader {
	for _, w := range all[1:] {
		_ = w.close() // it has done nothing
	}
	return all[:1]
}

func latencies(d []time.Duration) string {
	return "p50 " + quantity(millis(percentile(d, 0.5)), "ms") + ", p99 " + quantity(millis(percentile(d, 0.99)), "ms")
}
