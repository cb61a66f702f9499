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

// What the rows that settle are measured with.
const (
	bills      = 50  // consignments of a message
	inFlight   = 256 // messages that are received and not settled, at most
	feeders    = 8   // senders
	commitOf   = 10  // messages in a commit of the other side
	settleMost = 1200
)

// settleTraffic makes enough messages for a turn.
func (b *bench) settleTraffic(seed uint64) (*traffic, error) {
	return newTraffic(b.Dir, 20+int(settleMost*b.Span.Seconds()), bills, bills, seed)
}

// settle measures how many messages are received, read, validated, normalised and stored in a second.
func (b *bench) settle(ctx context.Context) error {
	t, err := b.settleTraffic(3)
	if err != nil {
		return err
	}
	defer t.close()
	var rate turns
	var stored storage
	for range b.Turns {
		if err := b.settleTurn(ctx, t, &rate, &stored); err != nil {
			return err
		}
	}
	f := rate.figure(Figure{Row: RowSettle, What: fmt.Sprintf("receive → settled, %d consignments a message", bills), Unit: "msg/s", Target: "≥ 0.6"})
	f.Note = fmt.Sprintf("%.0f consignments a second", f.Value*bills)
	b.rate = f.Value
	b.add(f)
	b.add(Figure{Row: RowSettle, What: "bytes in the database for a consignment", Value: stored.total, Least: stored.total, Most: stored.total, Unit: "bytes",
		Note: fmt.Sprintf("%.0f of them the values, the rest indexes and pages", stored.values)})
	return nil
}

// A storage says what a consignment takes, with its share of all else.
type storage struct{ total, values float64 }

func (b *bench) settleTurn(ctx context.Context, t *traffic, rate *turns, stored *storage) (err error) {
	p, err := b.newPlace(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.drop()) }()
	before, err := b.sizeOf(ctx, p)
	if err != nil {
		return err
	}
	n, took, err := b.feed(ctx, p, t, 1)
	if err != nil {
		return err
	}
	after, err := b.sizeOf(ctx, p)
	if err != nil {
		return err
	}
	return b.beside(ctx, p, n, took, rate, func(l *limit) {
		values := int64(0)
		for _, s := range l.streams {
			values += s.bytes
		}
		*stored = storage{float64(after-before) / float64(n*bills), float64(values) / float64(n*bills)}
	})
}

// beside has the other side write what n messages left at a place, and adds both rates. look, which may be nil, sees what
// is going to be written.
func (b *bench) beside(ctx context.Context, p *place, n int, took time.Duration, rate *turns, look func(*limit)) (err error) {
	l, err := b.newLimit(ctx, p, n, mainFile, acceptFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if look != nil {
		look(l)
	}
	limit, _, err := l.run(ctx, commitOf)
	if err != nil {
		return err
	}
	rate.add(perSecond(n, took), perSecond(n, limit))
	return nil
}

// feed sends to some nodes at one place for as long as a turn is, as fast as they settle, waits until all is settled, and
// gives how many messages that were and how long it took from the first receipt to the last settlement, or to the last case
// where messages are scored.
func (b *bench) feed(ctx context.Context, p *place, t *traffic, nodes int) (n int, took time.Duration, err error) {
	t.again()
	var rigs []*rig
	defer func() {
		for _, r := range rigs {
			err = errors.Join(err, r.close())
		}
	}()
	w := newWatch()
	for range nodes {
		r, err := b.openRig(ctx, p, gateway.RoleAll, t.parties())
		if err != nil {
			return 0, 0, err
		}
		r.share(w)
		rigs = append(rigs, r)
		r.start(ctx)
	}
	room := make(chan struct{}, inFlight)
	stop := make(chan struct{})
	go func() { // what is settled makes room
		for {
			select {
			case <-w.settle:
				<-room
			case <-stop:
				return
			}
		}
	}()
	defer close(stop)

	var mu sync.Mutex
	var errs []error
	var sent int
	var senders sync.WaitGroup
	begun := time.Now()
	for i := range feeders {
		senders.Go(func() {
			for time.Since(begun) < b.Span && ctx.Err() == nil {
				body, sender, ok := t.take()
				if !ok {
					return
				}
				room <- struct{}{}
				_, err := rigs[i%nodes].receive(ctx, body, sender)
				mu.Lock()
				if err == nil {
					sent++
				} else {
					errs = append(errs, err)
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	senders.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return 0, 0, err
	}
	last, err := w.wait(ctx, sent)
	if err == nil && b.engine != nil {
		var cased map[uuid.UUID]time.Time
		cased, err = rigs[0].cased(ctx, sent)
		last = latest(cased)
	}
	return sent, last.Sub(begun), err
}

// share has a rig's settlements be seen by w.
func (r *rig) share(w *watch) { r.watch.to = w }

// patience is how long the last messages of a turn may take.
const patience = time.Minute

// wait waits until so many are settled, and gives when the last one was.
func (w *watch) wait(ctx context.Context, n int) (time.Time, error) {
	deadline := time.Now().Add(patience)
	for {
		got, err := w.done()
		switch {
		case err != nil:
			return time.Time{}, err
		case got >= n:
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.last, nil
		case time.Now().After(deadline):
			return time.Time{}, fmt.Errorf("of %d messages %d were settled after %s", n, got, patience)
		}
		select {
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// nodes measures two nodes on one database against one.
func (b *bench) nodes(ctx context.Context) error {
	t, err := b.settleTraffic(5)
	if err != nil {
		return err
	}
	defer t.close()
	var rate turns
	for range b.Turns {
		var got [2]float64
		for i, nodes := range []int{2, 1} {
			p, err := b.newPlace(ctx)
			if err != nil {
				return err
			}
			n, took, err := b.feed(ctx, p, t, nodes)
			if err = errors.Join(err, p.drop()); err != nil {
				return err
			}
			got[i] = perSecond(n, took)
		}
		rate.add(got[0], got[1])
	}
	b.add(rate.figure(Figure{Row: RowNodes, What: "receive → settled, two nodes beside one", Unit: "msg/s", Note: "nodes, database and senders share the machine"}))
	return nil
}
