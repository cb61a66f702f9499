package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"cargogate/internal/audit"
	"cargogate/internal/outbox"
)

// Pauses while the database does not answer.
const (
	pauseFirst = 100 * time.Millisecond
	pauseMax   = 5 * time.Second
)

// A claimed is a receipt that this node has claimed, from the claim until it is settled, given back or let go.
type claimed struct {
	receipt Receipt
	fence   Fence
	ctx     context.Context // ends when the lease is lost, or when the gateway is cut off
	cancel  context.CancelCauseFunc
	out     *outcome
	rereads int
}

// errLost is why the context of a claim ends whose lease another node has.
var errLost = fmt.Errorf("the lease was lost: %w", ErrFenced)

// lost reports whether another node has the receipt.
func (c *claimed) lost() bool { return errors.Is(context.Cause(c.ctx), ErrFenced) }

// A pump carries receipts from their claim to their end state.
type pump struct {
	g        *Gateway
	hard     context.Context // ends when what is in hand must be let go
	keeper   keeper
	settling *gathering
	inHand   sync.WaitGroup // claims
	after    aftermath
}

// runWorkers claims, reads and settles until ctx is done and what is in hand has ended.
func (g *Gateway) runWorkers(ctx, hard context.Context, work *sync.WaitGroup) {
	p := &pump{g: g, hard: hard, settling: newGathering(g.opts.SettleMessages, g.opts.SettleConsignments)}
	p.keeper.held = make(map[Fence]*claimed)
	p.after.p = p
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(hard))

	var lanes, rest sync.WaitGroup
	lanes.Go(func() { p.runLane(ctx, LaneSmall, g.opts.Workers, g.opts.Claim) })
	lanes.Go(func() { p.runLane(ctx, LaneLarge, 1, 1) })
	for range g.opts.Settlers {
		rest.Go(p.runSettler)
	}
	rest.Go(func() { p.keeper.run(keeping, g) })
	work.Go(func() { g.runSubscription(ctx) })
	work.Go(func() {
		lanes.Wait()
		p.inHand.Wait()
		p.settling.close()
		stopKeeping()
		rest.Wait()
	})
}

// runSubscription turns what the store tells of work into a wake. While it cannot, polling finds the work.
func (g *Gateway) runSubscription(ctx context.Context) {
	pause := pauseFirst
	for ctx.Err() == nil {
		ch, err := g.store.Subscribe(ctx)
		if err == nil {
			pause = pauseFirst
			for range ch {
				g.claimWake.up()
			}
		} else if ctx.Err() == nil {
			g.log.Warn("nobody tells of new work for now, it is polled for", "error", err)
		}
		sleep(ctx, pause)
		pause = min(2*pause, pauseMax)
	}
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// runLane claims for one lane and hands to its workers. The claim itself is not cut short by ctx: a claim that nobody
// knows of would lie until its lease is over.
func (p *pump) runLane(ctx context.Context, lane Lane, workers, most int) {
	g := p.g
	jobs := make(chan *claimed, most/2)
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for c := range jobs {
				p.work(c)
			}
		})
	}
	wake := g.claimWake
	if lane == LaneLarge {
		wake = g.largeWake
	}
	pause := pauseFirst
	for ctx.Err() == nil {
		got, err := p.claim(ctx, lane, most)
		if err != nil {
			if ctx.Err() == nil {
				g.log.Error("nothing can be claimed", "lane", lane, "error", err, "pause", pause)
			}
			sleep(ctx, pause)
			pause = min(2*pause, pauseMax)
			continue
		}
		pause = pauseFirst
		for _, r := range got {
			jobs <- p.take(r)
		}
		if len(got) < most {
			wake.sleep(ctx, g.opts.Poll)
		}
	}
	close(jobs)
	working.Wait()
}

func (p *pump) claim(ctx context.Context, lane Lane, most int) ([]Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.g.opts.Lease)
	defer cancel()
	return p.g.store.Claim(ctx, ClaimRequest{Owner: p.g.opts.Node, Lane: lane, Max: most, Lease: p.g.opts.Lease})
}

// take begins to hold a claim.
func (p *pump) take(r Receipt) *claimed {
	c := &claimed{receipt: r, fence: Fence{r.ID, r.Attempt}}
	c.ctx, c.cancel = context.WithCancelCause(p.hard)
	p.inHand.Add(1)
	p.keeper.add(c)
	return c
}

// release ends to hold it, whatever became of it.
func (p *pump) release(c *claimed) {
	p.keeper.remove(c)
	c.cancel(nil)
	c.out = nil
	p.inHand.Done()
}

// work reads one claimed receipt and sees to what comes of it.
func (p *pump) work(c *claimed) {
	if c.ctx.Err() != nil { // lost, or cut off, while it lay here
		p.letGo(c, context.Cause(c.ctx))
		return
	}
	out, err := p.read(c)
	switch {
	case err == nil && out.verdict == waitFor:
		p.giveBack(c, out.delay)
	case err == nil:
		c.out = out
		p.settling.put(c)
	case c.ctx.Err() != nil, errors.Is(err, ErrFenced):
		p.letGo(c, err)
	case errors.Is(err, ErrUnavailable):
		p.letGo(c, err)
		sleep(p.hard, pauseMax/10)
	default:
		p.fail(c, err)
	}
}

// read opens and reads one original. A panic is an error of this message alone.
func (p *pump) read(c *claimed) (out *outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.g.log.Error("panic while a message was read", p.attrs(c, "panic", v, "stack", string(debug.Stack()))...)
			out, err = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	o, err := p.g.open(c.ctx, &c.receipt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if err := p.probe(c, o); err != nil {
		return nil, err
	}
	out, err = p.g.steps.read(c.ctx, &c.receipt, o)
	if err == nil && out == nil {
		err = errors.New("reading came to nothing")
	}
	return out, err
}

// attrs are what every line about a claim says.
func (p *pump) attrs(c *claimed, more ...any) []any {
	return append([]any{"message_id", c.receipt.ID, "attempt", c.receipt.Attempt, "partner", c.receipt.Partner, "trace_id", c.receipt.TraceID}, more...)
}

// letGo leaves a claim to whoever takes it when its lease is over. It is no failure of the message.
func (p *pump) letGo(c *claimed, why error) {
	if c.lost() || errors.Is(why, ErrFenced) {
		p.g.metrics.lost.Inc()
		p.g.log.Info("an attempt was overtaken", p.attrs(c)...)
	} else {
		p.g.log.Warn("a message is let go for now", p.attrs(c, "error", why)...)
	}
	p.release(c)
}

// giveBack lets a receipt wait for what must come first.
func (p *pump) giveBack(c *claimed, delay time.Duration) {
	ctx, cancel := p.brief()
	defer cancel()
	if delay <= 0 {
		delay = p.g.opts.WaitDelay
	}
	if err := p.g.store.Wait(ctx, c.fence, delay); err != nil {
		p.letGo(c, err)
		return
	}
	p.release(c)
}

// brief is a context for a short write about a claim: it is done even where the claim itself was cut short.
func (p *pump) brief() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(p.hard), p.g.opts.Lease/2)
}

// maxReason bounds what is kept of an error.
const maxReason = 500

// fail counts a failure of the message, which parks it when it is the last that it has.
func (p *pump) fail(c *claimed, why error) {
	g := p.g
	g.metrics.failures.Inc()
	g.log.Error("an attempt at a message failed", p.attrs(c, "failures", c.receipt.Failures+1, "error", why)...)
	reason := clipReason(why.Error())
	ctx, cancel := p.brief()
	defer cancel()
	state, err := g.store.Fail(ctx, c.fence, reason, backoff(g.opts.RetryDelay, pauseMax*6, c.receipt.Failures), g.opts.MaxFailures,
		func(r Receipt) (Settlement, []outbox.Event, []audit.Row) { return g.steps.parked(r, reason) })
	if err != nil {
		p.letGo(c, err)
		return
	}
	if state == StateParked {
		g.log.Error("a message is parked", p.attrs(c, "reason", reason)...)
		g.metrics.settled.WithLabelValues(string(StateParked)).Inc()
		if err := g.store.Wake(ctx, c.receipt.Partner, c.receipt.Mode); err != nil {
			g.log.Warn("receipts that wait could not be woken, they look by themselves", "partner", c.receipt.Partner, "error", err)
		}
		g.notify.settled(c.receipt.ID)
		g.eventsWake.up()
		g.claimWake.up()
	}
	p.release(c)
}

// clipReason makes a short text of an error that every database takes.
func clipReason(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
	if len(s) <= maxReason {
		return s
	}
	return strings.ToValidUTF8(s[:maxReason], "") + " …"
}

// backoff gives first doubled n times, at most most.
func backoff(first, most time.Duration, n int) time.Duration {
	d := first
	for ; n > 0 && d < most; n-- {
		d *= 2
	}
	return min(d, most)
}
