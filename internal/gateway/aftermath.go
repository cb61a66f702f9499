package gateway

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"cargogate/internal/failpoint"
	"cargogate/internal/outbox"
)

// An aftermath does what follows a commit of settlements and need not hold up the next one: the cached states, those that
// wait, those who asked. What gathers while it works is done together. A crash before it is mended by the sweeper.
type aftermath struct {
	p *pump

	mu    sync.Mutex
	queue []*claimed
	busy  bool
}

func (a *aftermath) add(done []*claimed) {
	a.mu.Lock()
	a.queue = append(a.queue, done...)
	begin := !a.busy
	a.busy = true
	a.mu.Unlock()
	if begin {
		go a.run()
	}
}

func (a *aftermath) run() {
	for {
		a.mu.Lock()
		done := a.queue
		a.queue = nil
		a.busy = len(done) > 0
		a.mu.Unlock()
		if len(done) == 0 {
			return
		}
		a.do(done)
	}
}

func (a *aftermath) do(done []*claimed) {
	g := a.p.g
	failpoint.Hit(failpoint.AfterSettle)
	settlements := make([]Settlement, len(done))
	var deliveries []uuid.UUID
	waiting := make(map[usageKey]bool)
	for i, c := range done {
		settlements[i] = c.out.settlement
		waiting[usageKey{c.receipt.Partner, c.receipt.Mode}] = true
		for _, d := range c.out.deliveries {
			if d.State == outbox.Pending {
				deliveries = append(deliveries, d.ID)
			}
		}
	}
	g.wakeDeliveries(deliveries)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.p.hard), g.opts.Lease)
	defer cancel()
	if err := g.store.Settled(ctx, settlements); err != nil {
		g.log.Warn("cached states are left to the sweeper", "receipts", len(done), "error", err)
	}
	for k := range waiting {
		if err := g.store.Wake(ctx, k.partner, k.mode); err != nil {
			g.log.Warn("receipts that wait could not be woken, they look by themselves", "partner", k.partner, "error", err)
		}
	}
	now := g.opts.Now()
	for _, c := range done {
		g.metrics.settled.WithLabelValues(string(c.out.settlement.State)).Inc()
		took := max(now.Sub(c.receipt.ReceivedAt), 0)
		g.metrics.latency.Observe(took.Seconds())
		s := &c.out.settlement
		g.log.Info("settled", a.p.attrs(c, "state", s.State, "errors", s.Errors, "warnings", s.Warnings, "mode", c.receipt.Mode, "took", took)...)
		g.notify.settled(c.receipt.ID)
		a.p.release(c)
	}
}
