package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// gatherMost is how long what is read waits for others while a settler is at work.
const gatherMost = 100 * time.Millisecond

// A gathering is what is read and not yet settled. A settler takes what there is while no other one is at work; then
// batches that are full, or of which the first message has waited for long. So a message that comes alone waits for
// nobody, and where many come they share a transaction rather than being settled in many small ones side by side.
type gathering struct {
	mu       sync.Mutex
	changed  *sync.Cond // with mu
	most     int        // messages of a batch
	mostRows int        // consignments of a batch, but for a message alone
	queue    []*claimed
	since    time.Time // when the first of the queue could have been taken
	busy     int       // settlers that are at work
	closed   bool
}

func newGathering(most, mostRows int) *gathering {
	g := &gathering{most: most, mostRows: mostRows}
	g.changed = sync.NewCond(&g.mu)
	return g
}

// put adds what is to be settled. It waits while there is a whole batch of it.
func (g *gathering) put(c *claimed) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.queue) >= g.most {
		g.changed.Wait()
	}
	if g.queue = append(g.queue, c); len(g.queue) == 1 {
		g.begin()
	}
	g.changed.Broadcast()
}

// begin begins to count how long the queue waits.
func (g *gathering) begin() {
	g.since = time.Now()
	time.AfterFunc(gatherMost, g.changed.Broadcast)
}

// close says that nothing more is put.
func (g *gathering) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.changed.Broadcast()
}

// take gives a batch to a settler, and none when all is settled or in work. The settler is at work until it calls done.
func (g *gathering) take() []*claimed {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		n, full := g.next()
		if n > 0 && (g.busy == 0 || full || g.closed || time.Since(g.since) >= gatherMost) {
			g.busy++
			batch := slices.Clone(g.queue[:n])
			g.queue = slices.Delete(g.queue, 0, n)
			if len(g.queue) > 0 {
				g.begin()
			}
			g.changed.Broadcast()
			return batch
		}
		if n == 0 && g.closed {
			return nil
		}
		g.changed.Wait()
	}
}

// next says how many of the queue make the next batch, and whether it will not get larger.
func (g *gathering) next() (n int, full bool) {
	rows := 0
	for n < len(g.queue) && n < g.most {
		if rows += len(g.queue[n].out.rows.Consignments); n > 0 && rows > g.mostRows {
			return n, true
		}
		n++
	}
	return n, n == g.most || rows >= g.mostRows
}

func (g *gathering) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	g.changed.Broadcast()
}

// runSettler settles what is read until there is nothing more to come.
func (p *pump) runSettler() {
	for batch := p.settling.take(); batch != nil; batch = p.settling.take() {
		p.settleBatch(batch)
		p.settling.done()
	}
}

// settleBatch brings a batch to its end, together, or one by one where that fails.
func (p *pump) settleBatch(batch []*claimed) {
	live := batch[:0:0]
	for _, c := range batch {
		if c.ctx.Err() != nil {
			p.letGo(c, context.Cause(c.ctx))
			continue
		}
		live = append(live, c)
	}
	if len(live) == 0 {
		return
	}
	begun, pause := p.g.opts.Now(), pauseFirst
	for {
		again, err := p.settle(live)
		switch {
		case err == nil:
			p.settledBatch(live, again)
			return
		case errors.Is(err, ErrUnavailable):
			// The work is done and only the database is gone: it is kept for as long as the leases may still be ours.
			if p.hard.Err() == nil && p.g.opts.Now().Sub(begun) < p.g.opts.Lease {
				p.g.log.Warn("settling waits for the database", "messages", len(live), "error", err)
				sleep(p.hard, pause)
				pause = min(2*pause, pauseMax)
				continue
			}
			for _, c := range live {
				p.letGo(c, err)
			}
			return
		case len(live) > 1:
			p.g.log.Info("messages could not be settled together, they are tried one by one", "messages", len(live), "error", err)
			for i := range live {
				p.settleBatch(live[i : i+1])
			}
			return
		case errors.Is(err, ErrFenced), live[0].ctx.Err() != nil:
			p.letGo(live[0], err)
			return
		}
		p.fail(live[0], err)
		return
	}
}

// settle is one transaction; a panic is an error of it.
func (p *pump) settle(batch []*claimed) (again []*outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.g.log.Error("panic while messages were settled", "messages", len(batch), "panic", v, "stack", string(debug.Stack()))
			again, err = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	outs := make([]*outcome, len(batch))
	for i, c := range batch {
		outs[i] = c.out
	}
	// Several messages are not cut short by one's lease: the fence in the transaction decides.
	ctx, cancel := context.WithTimeout(p.hard, 2*p.g.opts.Lease)
	defer cancel()
	return p.g.steps.settle(ctx, outs)
}

// settledBatch sees to what comes after a commit. Those in again changed under their reader and are read once more.
func (p *pump) settledBatch(batch []*claimed, again []*outcome) {
	redo := make(map[*outcome]bool, len(again))
	for _, o := range again {
		redo[o] = true
	}
	done := batch[:0:0]
	for _, c := range batch {
		if !redo[c.out] {
			done = append(done, c)
			continue
		}
		if c.out.staged {
			// Rows of this attempt are in the database already: it takes another attempt to write them anew.
			p.giveBack(c, time.Millisecond)
			p.g.claimWake.up()
			continue
		}
		c.rereads++
		go func() {
			sleep(c.ctx, time.Duration(c.rereads-1)*10*time.Millisecond)
			p.work(c)
		}()
	}
	if len(done) == 0 {
		return
	}
	p.g.metrics.settleSize.Observe(float64(len(done)))
	p.g.eventsWake.up()
	p.after.add(done)
}
