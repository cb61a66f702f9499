package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"cargogate/internal/failpoint"
	"cargogate/internal/transport"
)

// A committer makes arrivals durable, many in one transaction. While one commit is in progress the next batch gathers; an
// arrival that finds none in progress begins one by itself and waits for nobody.
type committer struct {
	g *Gateway

	mu    sync.Mutex
	queue []*pending
	busy  bool
}

// A pending is an arrival that waits to be durable. accepted and err are set when done is closed.
type pending struct {
	arrival  *Arrival
	done     chan struct{}
	accepted Accepted
	err      error
	release  func() // of the memory it holds
}

// add puts an arrival into the next batch. One that finds no commit in progress is committed here and now, in its sender's
// own goroutine: to wake another and to be woken by it costs a good part of what a commit costs on a fast disk. Whoever
// came meanwhile is not this sender's affair.
func (c *committer) add(p *pending) {
	c.mu.Lock()
	c.queue = append(c.queue, p)
	begin := !c.busy
	c.busy = true
	c.mu.Unlock()
	if !begin {
		return
	}
	c.commit(c.take()) // it is the first
	if c.idle() {
		return
	}
	go c.run()
}

// idle ends the commits where nothing waits.
func (c *committer) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 {
		return false
	}
	c.busy, c.queue = false, nil
	return true
}

// withdraw takes an arrival back, false where its commit has begun.
func (c *committer) withdraw(p *pending) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.queue, p)
	if i < 0 {
		return false
	}
	c.queue = slices.Delete(c.queue, i, i+1)
	return true
}

// take gives the next batch, within its bounds, and none when there is nothing to do: then run has ended.
func (c *committer) take() []*pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, bytes := 0, 0
	for n < len(c.queue) && n < c.g.opts.CommitArrivals {
		if bytes += len(c.queue[n].arrival.Inline); n > 0 && bytes > c.g.opts.CommitBytes {
			break
		}
		n++
	}
	if n == 0 {
		c.busy, c.queue = false, nil
		return nil
	}
	batch := slices.Clone(c.queue[:n])
	clear(c.queue[:n])
	c.queue = c.queue[n:]
	return batch
}

func (c *committer) run() {
	for batch := c.take(); batch != nil; batch = c.take() {
		c.commit(batch)
	}
}

// commit makes a batch durable, and one by one what failed together, unless the database is gone: then trying 64 times
// would only keep 64 senders waiting.
func (c *committer) commit(batch []*pending) {
	err := c.attempt(batch)
	if err != nil && len(batch) > 1 && !errors.Is(err, ErrUnavailable) {
		c.g.log.Warn("arrivals could not be committed together, they are tried one by one", "arrivals", len(batch), "error", err)
		for i := range batch {
			one := batch[i : i+1]
			c.finish(one, c.attempt(one))
		}
		return
	}
	c.finish(batch, err)
}

// attempt is one transaction. A panic on the way is an error of it.
func (c *committer) attempt(batch []*pending) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.g.log.Error("panic while arrivals were committed", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("gateway: accept: panic: %v", p)
		}
	}()
	arrivals := make([]Arrival, len(batch))
	for i, p := range batch {
		arrivals[i] = *p.arrival
	}
	// The senders may be gone by now: what they sent is taken all the same.
	ctx, cancel := context.WithTimeout(context.Background(), c.g.opts.CommitTimeout)
	defer cancel()
	accepted, err := c.g.store.Accept(ctx, arrivals)
	if err != nil {
		return err
	}
	if len(accepted) != len(batch) {
		return fmt.Errorf("gateway: accept: the store answered for %d of %d arrivals", len(accepted), len(batch))
	}
	for i, p := range batch {
		p.accepted = accepted[i]
	}
	return nil
}

// finish answers those who wait.
func (c *committer) finish(batch []*pending, err error) {
	if err == nil {
		failpoint.Hit(failpoint.AfterCommit)
		c.g.metrics.commitSize.Observe(float64(len(batch)))
	} else {
		c.g.log.Error("arrivals could not be committed", "arrivals", len(batch), "error", err)
	}
	for _, p := range batch {
		a := p.arrival
		switch {
		case err != nil:
			// The commit may have reached the database and only its answer been lost, so a spooled body stays: if there
			// is no receipt, it is found by the check for orphans.
			p.err = busy(&transport.BusyError{Reason: "database", RetryAfter: retryDatabase}, err)
			if !errors.Is(err, ErrUnavailable) {
				p.err = fmt.Errorf("gateway: accept: %w", err)
			}
		case p.accepted.Repeated && !p.accepted.SameBytes:
			p.err = fmt.Errorf("%w: %s", transport.ErrTransportID, p.accepted.ID)
			c.g.metrics.repeated.Inc()
		case p.accepted.Repeated:
			c.g.metrics.repeated.Inc()
		default:
			c.g.metrics.accepted.WithLabelValues(a.Kind, string(a.Mode)).Inc()
			c.g.metrics.bytes.WithLabelValues(a.Kind, string(a.Mode)).Add(float64(a.Size))
		}
		p.release()
		close(p.done)
	}
	for _, p := range batch {
		if err == nil && p.accepted.Repeated {
			c.g.unspool(p.arrival) // of large bodies: the first receipt has its own
		}
	}
	if err != nil {
		return
	}
	c.g.claimWake.up()
	if slices.ContainsFunc(batch, func(p *pending) bool { return p.arrival.Lane == LaneLarge }) {
		c.g.largeWake.up()
	}
}
