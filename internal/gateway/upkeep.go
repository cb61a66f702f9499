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

// periodics is all maintenance, with the roles that run it.
func (g *Gateway) periodics() []Periodic {
	o := &g.opts
	list := []Periodic{
		{Name: "sweep", Every: o.SweepEvery, Run: g.sweep, Role: RoleProcess},
		{Name: "archive", Every: o.ArchiveEvery, Run: g.archive, Role: RoleProcess},
		{Name: "retention", Every: o.RetentionEvery, Run: g.retire, Role: RoleProcess},
		{Name: "partitions", Every: o.PartitionEvery, Run: g.partitions, Role: RoleProcess},
		{Name: "orphans", Every: o.OrphanEvery, Run: g.checkOrphans, Role: RoleProcess},
		{Name: "due-deliveries", Every: o.DeliverPoll, Run: g.deliverAllDue, Role: RoleDeliver},
	}
	for i := range list {
		p := &list[i]
		run := p.Run
		p.Run = func(ctx context.Context) error { return g.upkeep(ctx, p.Name, run) }
	}
	return list
}

// upkeep is one run of maintenance: a panic is an error of it, and what came of it is counted.
func (g *Gateway) upkeep(ctx context.Context, name string, run func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			g.log.Error("panic in maintenance", "job", name, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("gateway: %s: panic: %v", name, v)
		}
		result := "ok"
		if err != nil && ctx.Err() == nil {
			result = "error"
			g.log.Warn("maintenance did not end well, it is tried again", "job", name, "error", err)
		}
		g.metrics.upkeep.WithLabelValues(name, result).Inc()
	}()
	return run(ctx)
}

// runJobs does deliveries and maintenance until ctx is done: by Options.Jobs, or by loops of our own.
func (g *Gateway) runJobs(ctx, hard context.Context, work *sync.WaitGroup) error {
	list := slices.DeleteFunc(g.periodics(), func(p Periodic) bool {
		return p.Role == RoleDeliver && len(g.opts.Senders) == 0
	})
	if jobs := g.opts.Jobs; jobs != nil {
		if !g.Has(RoleProcess) && !g.Has(RoleDeliver) {
			return nil
		}
		if err := jobs.Start(context.WithoutCancel(ctx), g.opts.Roles, g.Deliver, list); err != nil {
			return fmt.Errorf("gateway: jobs: %w", err)
		}
		work.Go(func() {
			<-ctx.Done()
			if err := jobs.Stop(hard); err != nil && !errors.Is(err, context.Canceled) {
				g.log.Warn("jobs did not end well", "error", err)
			}
		})
		return nil
	}
	for _, p := range list {
		if !g.Has(p.Role) || p.Role == RoleDeliver {
			continue
		}
		work.Go(func() {
			for ctx.Err() == nil {
				_ = p.Run(ctx) // told by upkeep
				sleep(ctx, p.Every)
			}
		})
	}
	if g.Has(RoleDeliver) && len(g.opts.Senders) > 0 {
		work.Go(func() { g.runDeliveries(ctx, hard) })
	}
	return nil
}

// deliverAllDue delivers until nothing is due.
func (g *Gateway) deliverAllDue(ctx context.Context) error {
	for {
		n, err := g.deliverDue(ctx, ctx)
		if err != nil || n < g.opts.Deliverers || ctx.Err() != nil {
			return err
		}
	}
}

// sweep mends what a crash left.
func (g *Gateway) sweep(ctx context.Context) error {
	n, err := g.store.Sweep(ctx, g.opts.StagedIdle)
	if err != nil {
		return fmt.Errorf("gateway: sweep: %w", err)
	}
	if n > 0 {
		g.metrics.swept.Add(float64(n))
		g.log.Info("the sweeper mended what was left", "rows", n)
	}
	return nil
}

// partitions makes partitions ahead.
func (g *Gateway) partitions(ctx context.Context) error {
	until, err := g.store.EnsurePartitions(ctx, g.opts.PartitionAhead)
	if err != nil {
		return fmt.Errorf("gateway: partitions: %w", err)
	}
	if !until.IsZero() {
		g.log.Debug("partitions are made", "until", until.Format(time.DateOnly))
	}
	return nil
}
