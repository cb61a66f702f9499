package downstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

// A Store is what is followed: the part of gateway.Store that this needs.
type Store interface {
	Now(ctx context.Context) (time.Time, error)
	Cursor(ctx context.Context, name string) (int64, error)
	LastPosition(ctx context.Context) (int64, error)
	Events(ctx context.Context, q outbox.Query) ([]outbox.Event, error)
	Update(ctx context.Context, f func(gateway.Tx) error) error
}

// A Route is a sink with what it gets.
type Route struct {
	Name  string   // under which it is known how far it is: letters, digits, '-', '_', '.'
	Types []string // of events; none is all of cases
	Sink  Sink
}

// Options say how sinks are followed. What is zero has the default named.
type Options struct {
	Log        *slog.Logger          // slog.Default
	Registerer prometheus.Registerer // nowhere
	Every      time.Duration         // how often new events are looked for; 1 s
	First      time.Duration         // before the second attempt, then doubled; 1 s
	Max        time.Duration         // most between two attempts; 5 min
	Gone       time.Duration         // before an attempt after ErrGone; 1 h
	Lease      time.Duration         // after so long without a sign another node takes a sink over; 1 min
}

const (
	readMost   = 100 // events read at a time
	commitMost = 20  // events sent before it is written down how far the sink is
)

// A Follower brings events to sinks.
type Follower struct {
	store  Store
	routes []Route
	o      Options

	sent, failed *prometheus.CounterVec
	lag          *prometheus.GaugeVec
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// New makes a follower.
func New(store Store, routes []Route, o Options) (*Follower, error) {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.Every, time.Second)
	def(&o.First, time.Second)
	def(&o.Max, 5*time.Minute)
	def(&o.Gone, time.Hour)
	def(&o.Lease, time.Minute)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	f := &Follower{store: store, routes: slices.Clone(routes), o: o,
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "cargogate", Name: "downstream_sent_total",
			Help: "Events that a system downstream took, by sink."}, []string{"sink"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "cargogate", Name: "downstream_failures_total",
			Help: "Attempts to bring an event to a system downstream that failed, by sink."}, []string{"sink"}),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cargogate", Name: "downstream_lag_events",
			Help: "Positions of events that a sink has not gone over, as the node knows that has it."}, []string{"sink"})}
	for i := range f.routes {
		r := &f.routes[i]
		if !nameForm.MatchString(r.Name) {
			return nil, fmt.Errorf("downstream: %q is no name for a sink: letters, digits, '-', '_', '.', at most 40", r.Name)
		}
		if slices.ContainsFunc(f.routes[:i], func(o Route) bool { return o.Name == r.Name }) {
			return nil, fmt.Errorf("downstream: two sinks are called %s", r.Name)
		}
		for _, t := range r.Types {
			if !slices.Contains(outbox.CaseTypes(), t) {
				return nil, fmt.Errorf("downstream: sink %s: there is no event of cases with the type %q", r.Name, t)
			}
		}
		if len(r.Types) == 0 {
			r.Types = outbox.CaseTypes()
		}
	}
	if o.Registerer != nil {
		for _, c := range []prometheus.Collector{f.sent, f.failed, f.lag} {
			if err := o.Registerer.Register(c); err != nil {
				return nil, fmt.Errorf("downstream: metrics: %w", err)
			}
		}
	}
	return f, nil
}

// Run brings events to all sinks until ctx is done.
func (f *Follower) Run(ctx context.Context) {
	var all sync.WaitGroup
	for i := range f.routes {
		all.Go(func() { f.follow(ctx, &f.routes[i]) })
	}
	all.Wait()
}

// A hold is a sink that this node has.
type hold struct {
	at    int64 // position that the sink has gone over
	lease int64 // when the lease ends, ms since 1970 by the database's clock: as it stands in the database
	kept  time.Time
}

// Cursors of a sink: how far it is, and until when a node has it.
func (r *Route) cursor() string { return "downstream/" + r.Name }
func (r *Route) leased() string { return "downstream/" + r.Name + "/lease" }

// errTaken says that another node has the sink.
var errTaken = errors.New("another node has it")

// take takes a sink that nobody has.
func (f *Follower) take(ctx context.Context, r *Route) (*hold, error) {
	was, err := f.store.Cursor(ctx, r.leased())
	if err != nil {
		return nil, err
	}
	now, err := f.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	if was > now.UnixMilli() { // known without writing
		return nil, errTaken
	}
	h := &hold{lease: was}
	if h.at, err = f.store.Cursor(ctx, r.cursor()); err != nil {
		return nil, err
	}
	if err := f.keep(ctx, r, h, h.at, true); err != nil {
		return nil, err
	}
	return h, nil
}

// keep writes down that the sink has gone over all up to position, and has the lease go on. With fresh, the lease must be
// over. It is errTaken where another node was here in between.
func (f *Follower) keep(ctx context.Context, r *Route, h *hold, position int64, fresh bool) error {
	var until int64
	err := f.store.Update(ctx, func(tx gateway.Tx) error {
		now := tx.Now().UnixMilli()
		if fresh && h.lease > now {
			return errTaken
		}
		until = max(now+f.o.Lease.Milliseconds(), h.lease+1) // never the same value twice: it is the fence
		if err := tx.SetCursor(ctx, r.leased(), h.lease, until); err != nil {
			return err
		}
		if position == h.at && !fresh {
			return nil
		}
		return tx.SetCursor(ctx, r.cursor(), h.at, position)
	})
	switch {
	case errors.Is(err, gateway.ErrFenced):
		return errTaken
	case err != nil:
		return err
	}
	h.at, h.lease, h.kept = position, until, time.Now()
	return nil
}

// giveUp ends the lease, so that another node need not wait for its end.
func (f *Follower) giveUp(ctx context.Context, r *Route, h *hold) {
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer end()
	err := f.store.Update(ctx, func(tx gateway.Tx) error { return tx.SetCursor(ctx, r.leased(), h.lease, tx.Now().UnixMilli()) })
	if err != nil && !errors.Is(err, gateway.ErrFenced) {
		f.o.Log.Warn("the lease of a sink is left to end by itself", "sink", r.Name, "error", err)
	}
}

// follow brings events to one sink until ctx is done.
func (f *Follower) follow(ctx context.Context, r *Route) {
	for ctx.Err() == nil {
		h, err := f.take(ctx, r)
		if err == nil {
			f.o.Log.Info("events are brought downstream", "sink", r.Name, "position", h.at)
			err = f.serve(ctx, r, h)
			f.giveUp(ctx, r, h)
		}
		if err != nil && !errors.Is(err, errTaken) && ctx.Err() == nil {
			f.o.Log.Warn("events cannot be brought downstream", "sink", r.Name, "error", err)
		}
		sleep(ctx, f.o.Every)
	}
}

// serve brings events to a sink that this node has. It returns where the database cannot be asked, or another has the sink.
func (f *Follower) serve(ctx context.Context, r *Route, h *hold) error {
	for ctx.Err() == nil {
		// Asked for before the events, so that all positions up to it are in what is read then.
		last, err := f.store.LastPosition(ctx)
		if err != nil {
			return err
		}
		events, err := f.store.Events(ctx, outbox.Query{After: h.at, Limit: readMost, Types: r.Types, Mode: string(cargo.TrafficLive)})
		if err != nil {
			return err
		}
		f.lag.WithLabelValues(r.Name).Set(float64(max(last-h.at, 0)))
		if err := f.bring(ctx, r, h, events); err != nil {
			return err
		}
		if len(events) == readMost {
			continue
		}
		if last > h.at || time.Since(h.kept) > f.o.Lease/3 { // an idle gateway writes little
			if err := f.keep(ctx, r, h, max(h.at, last), false); err != nil {
				return err
			}
		}
		f.lag.WithLabelValues(r.Name).Set(0)
		sleep(ctx, f.o.Every)
	}
	return nil
}

// bring sends events one after the other, each until it is taken.
func (f *Follower) bring(ctx context.Context, r *Route, h *hold, events []outbox.Event) error {
	unkept := 0
	for i := range events {
		e := &events[i]
		body, err := gateway.CloudEvent(e)
		if err != nil {
			return err
		}
		out := Event{ID: e.ID.String(), Type: e.Type, Position: e.Position, Body: body}
		for attempt := 0; ; attempt++ {
			err := f.send(ctx, r, out)
			if err == nil {
				break
			}
			if ctx.Err() != nil { // this one may not have been taken, those before it were
				return f.keep(context.WithoutCancel(ctx), r, h, max(h.at, before(events, i)), false)
			}
			// What was taken before is written down before the wait, and the lease is kept through it.
			if kerr := f.keep(ctx, r, h, max(h.at, before(events, i)), false); kerr != nil {
				return kerr
			}
			unkept = 0
			if werr := f.wait(ctx, r, h, err, attempt, out); werr != nil || ctx.Err() != nil {
				return werr
			}
		}
		f.sent.WithLabelValues(r.Name).Inc()
		if unkept++; unkept == commitMost || i == len(events)-1 || ctx.Err() != nil {
			if err := f.keep(context.WithoutCancel(ctx), r, h, e.Position, false); err != nil {
				return err
			}
			unkept = 0
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	return nil
}

// before gives the position of the event before the one with index i, 0 where it is the first.
func before(events []outbox.Event, i int) int64 {
	if i == 0 {
		return 0
	}
	return events[i-1].Position
}

// send sends one event, for less time than a lease lasts.
func (f *Follower) send(ctx context.Context, r *Route, e Event) error {
	ctx, end := context.WithTimeout(ctx, f.o.Lease/2)
	defer end()
	return r.Sink.Send(ctx, e)
}

// wait waits after a failure, and keeps the lease meanwhile.
func (f *Follower) wait(ctx context.Context, r *Route, h *hold, failure error, attempt int, e Event) error {
	d := min(f.o.First<<min(attempt, 20), f.o.Max)
	d -= time.Duration(rand.Int64N(int64(d)/4 + 1)) // so that nodes and sinks do not come all at once
	var asked waitError
	if errors.As(failure, &asked) {
		d = max(d, asked.wait)
	}
	if errors.Is(failure, ErrGone) {
		d = f.o.Gone
	}
	f.failed.WithLabelValues(r.Name).Inc()
	f.o.Log.Warn("an event is not taken downstream", "sink", r.Name, "event", e.ID, "type", e.Type, "position", e.Position, "attempt", attempt+1,
		"again_in", d.Round(time.Millisecond), "error", failure)
	for end := time.Now().Add(d); ctx.Err() == nil; {
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		sleep(ctx, min(left, f.o.Lease/3))
		if time.Until(end) > 0 && ctx.Err() == nil {
			if err := f.keep(ctx, r, h, h.at, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// sleep waits for d, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
