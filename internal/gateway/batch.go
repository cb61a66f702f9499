package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// runSettler settles what is read, in batches of what is ready: while one batch is settled the next gathers.
func (p *pump) runSettler() {
	o := &p.g.opts
	var carry *claimed
	for {
		first := carry
		if carry = nil; first == nil {
			var ok bool
			if first, ok = <-p.settling; !ok {
				return
			}
		}
		batch, rows := []*claimed{first}, len(first.out.rows.Consignments)
	gather:
		for len(batch) < o.SettleMessages && rows < o.SettleConsignments {
			select {
			case c, ok := <-p.settling:
				if !ok {
					break gather
				}
				if rows += len(c.out.rows.Consignments); rows > o.SettleConsignments {
					carry = c
					break gather
				}
				batch = append(batch, c)
			default:
				break gather
			}
		}
		p.settleBatch(batch)
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
