package gateway

import (
	"context"
	"sync"
	"time"
)

// A keeper renews the leases of what this node has in hand, and ends the work on what it has lost.
type keeper struct {
	mu   sync.Mutex
	held map[Fence]*claimed
}

func (k *keeper) add(c *claimed) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held[c.fence] = c
}

func (k *keeper) remove(c *claimed) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.held, c.fence)
}

// run renews each third of a lease until ctx is done.
func (k *keeper) run(ctx context.Context, g *Gateway) {
	t := time.NewTicker(max(g.opts.Lease/3, time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-t.C:
			k.renew(ctx, g)
		case <-ctx.Done():
			return
		}
	}
}

// renew extends all leases at once. While the database does not answer, work goes on: if another node takes a receipt
// meanwhile, settling finds that out.
func (k *keeper) renew(ctx context.Context, g *Gateway) {
	k.mu.Lock()
	fences := make([]Fence, 0, len(k.held))
	for f := range k.held {
		fences = append(fences, f)
	}
	k.mu.Unlock()
	if len(fences) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, g.opts.Lease/3)
	defer cancel()
	lost, err := g.store.Renew(ctx, fences, g.opts.Lease)
	if err != nil {
		if ctx.Err() == nil {
			g.log.Warn("leases could not be renewed", "leases", len(fences), "error", err)
		}
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range lost {
		if c := k.held[f]; c != nil {
			c.cancel(errLost)
		}
	}
}
