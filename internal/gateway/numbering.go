package gateway

import (
	"context"

	"cargogate/internal/audit"
)

// numberBatch is how many events get their position in one transaction.
const numberBatch = 500

// runNumbering gives events their positions. It is woken by what emits them here, and looks by itself for what was
// emitted elsewhere.
func (g *Gateway) runNumbering(ctx context.Context) {
	pause := g.opts.NumberEvery
	for ctx.Err() == nil {
		n, err := g.store.NumberEvents(ctx, numberBatch)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				g.log.Warn("events cannot be numbered", "error", err)
			}
			sleep(ctx, pause)
			pause = min(2*pause, pauseMax)
		case n == 0:
			pause = g.opts.NumberEvery
			g.eventsWake.sleep(ctx, pause)
		default:
			pause = g.opts.NumberEvery
			g.linkWake.up()
			if n < numberBatch {
				sleep(ctx, gatherEvents)
			}
		}
	}
}

// runSealer seals the audit log while there is a key to sign with.
func (g *Gateway) runSealer(ctx context.Context) {
	if g.signer == nil {
		g.log.Info("the audit log is not sealed by this node: it has no key")
		return
	}
	s := &audit.Sealer{Store: g.store, Signer: g.signer, Log: g.log, Every: g.opts.SealEvery, Now: g.opts.Now}
	s.Run(ctx)
}
