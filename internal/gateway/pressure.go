package gateway

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// How long a sender is asked to stay away, by what is short.
const (
	retryDraining = 5 * time.Second
	retrySpool    = 2 * time.Second
	retryDatabase = 5 * time.Second
	retryBacklog  = 15 * time.Second
	retryDisk     = time.Minute
	retryQuota    = 10 * time.Minute
)

// pressureTimeout bounds a look at the database or the blob store: one that does not answer is as good as gone.
const pressureTimeout = 3 * time.Second

// pressure is what decides whether more is taken, each part looked at when it is asked for and kept for a second.
type pressure struct {
	g        *Gateway
	inFlight atomic.Int64 // bytes of bodies in memory that are not committed
	backlog  glance[Backlog]
	disk     glance[*transport.BusyError]

	mu    sync.Mutex
	usage map[usageKey]*glance[Usage]
}

type usageKey struct {
	partner partner.ID
	mode    cargo.Traffic
}

func (p *pressure) init(g *Gateway) {
	p.g, p.usage = g, make(map[usageKey]*glance[Usage])
}

// A glance is a value that is looked up again when it is old. Those who come while it is looked up wait for it.
type glance[T any] struct {
	mu    sync.Mutex
	at    time.Time
	known bool
	value T
	err   error
}

func (c *glance[T]) get(ctx context.Context, now time.Time, old time.Duration, look func(ctx context.Context) (T, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age := now.Sub(c.at); c.known && age >= 0 && age < old {
		return c.value, c.err
	}
	// Not the sender's own context: what it finds out is for all.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pressureTimeout)
	defer cancel()
	c.value, c.err = look(ctx)
	c.at, c.known = now, true
	return c.value, c.err
}

// busy is an error that tells the sender to come again, and the log why.
func busy(b *transport.BusyError, err error) error {
	if err == nil {
		return b
	}
	return fmt.Errorf("%w: %w", b, err)
}

// Admit says whether a delivery of about size bytes (-1 where unknown) by p would be taken now. See
// transport.Receiver.
func (g *Gateway) Admit(ctx context.Context, p partner.Principal, size int64) error {
	if err := partner.Authorise(p, partner.MessageSubmit, partner.Object{}); err != nil {
		return err
	}
	if size > g.opts.MaxBody {
		return fmt.Errorf("%w: %d bytes, at most %d are taken", transport.ErrTooLarge, size, g.opts.MaxBody)
	}
	err := g.admit(ctx, p, max(size, 0))
	if b, ok := asBusy(err); ok {
		g.metrics.refused.WithLabelValues(b.Reason).Inc()
	}
	return err
}

func (g *Gateway) admit(ctx context.Context, p partner.Principal, size int64) error {
	o, now := &g.opts, g.opts.Now()
	if g.draining.Load() {
		return &transport.BusyError{Reason: "draining", RetryAfter: retryDraining}
	}
	if g.pressed.inFlight.Load()+min(size, MaxInline) > o.MaxInFlight {
		return &transport.BusyError{Reason: "spool", RetryAfter: retrySpool}
	}
	b, err := g.pressed.backlog.get(ctx, now, o.PressureRefresh, g.store.Backlog)
	switch {
	case err != nil:
		return busy(&transport.BusyError{Reason: "database", RetryAfter: retryDatabase}, err)
	case o.MaxBacklog > 0 && b.Unfinished > o.MaxBacklog, o.MaxBacklogAge > 0 && b.Oldest > o.MaxBacklogAge:
		return &transport.BusyError{Reason: "backlog", RetryAfter: retryBacklog}
	}
	short, err := g.pressed.disk.get(ctx, now, o.PressureRefresh, g.shortOfDisk)
	switch {
	case err != nil:
		return busy(&transport.BusyError{Reason: "spool", RetryAfter: retryDatabase}, err)
	case short != nil:
		return short
	}
	return g.overQuota(ctx, p, size, now)
}

// shortOfDisk looks at what is free for bodies and for the database; nil where it is enough or cannot be told.
func (g *Gateway) shortOfDisk(ctx context.Context) (*transport.BusyError, error) {
	if g.opts.DiskFloor < 0 {
		return nil, nil
	}
	free, ok, err := g.blobs.Free(ctx)
	if err != nil {
		return nil, fmt.Errorf("gateway: free space for originals: %w", err)
	}
	if ok && free < g.opts.DiskFloor {
		return &transport.BusyError{Reason: "disk", RetryAfter: retryDisk}, nil
	}
	if g.opts.DataFolder == "" {
		return nil, nil
	}
	free, ok, err = freeSpace(g.opts.DataFolder)
	if err != nil {
		return nil, fmt.Errorf("gateway: free space of the data folder: %w", err)
	}
	if ok && free < g.opts.DiskFloor {
		return &transport.BusyError{Reason: "disk", RetryAfter: retryDisk}, nil
	}
	return nil, nil
}

// overQuota compares what a partner sent in the last day with what was agreed. What it sends by a live key counts as
// live, whatever the envelope says later.
func (g *Gateway) overQuota(ctx context.Context, p partner.Principal, size int64, now time.Time) error {
	who, ok := g.partners.Partner(p.Partner())
	if !ok {
		return fmt.Errorf("%w: there is no partner %s", partner.ErrDenied, p.Partner())
	}
	if who.Suspended {
		return fmt.Errorf("%w: %s is suspended", partner.ErrDenied, who.ID)
	}
	if who.DailyFiles == 0 && who.DailyBytes == 0 {
		return nil
	}
	key := usageKey{who.ID, p.Mode}
	g.pressed.mu.Lock()
	c := g.pressed.usage[key]
	if c == nil {
		c = new(glance[Usage])
		g.pressed.usage[key] = c
	}
	g.pressed.mu.Unlock()
	u, err := c.get(ctx, now, g.opts.PressureRefresh, func(ctx context.Context) (Usage, error) { return g.store.Usage(ctx, who.ID, p.Mode) })
	if err != nil {
		return busy(&transport.BusyError{Reason: "database", RetryAfter: retryDatabase}, err)
	}
	if who.DailyFiles > 0 && u.Files >= who.DailyFiles || who.DailyBytes > 0 && (u.Bytes >= who.DailyBytes || u.Bytes+size > who.DailyBytes) {
		return &transport.BusyError{Reason: "quota", RetryAfter: retryQuota, Partner: true}
	}
	return nil
}

// reserve takes n bytes of memory for a body, false where there are not so many left.
func (p *pressure) reserve(n int64) bool {
	if p.inFlight.Add(n) > p.g.opts.MaxInFlight {
		p.inFlight.Add(-n)
		return false
	}
	return true
}

func (p *pressure) release(n int64) { p.inFlight.Add(-n) }
