package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what an operator sees of the gateway. They have no labels that grow with partners or messages.
type metrics struct {
	accepted   *prometheus.CounterVec // kind, mode
	bytes      *prometheus.CounterVec // kind, mode
	repeated   prometheus.Counter
	refused    *prometheus.CounterVec // reason
	commitSize prometheus.Histogram
	settleSize prometheus.Histogram
	settled    *prometheus.CounterVec // state
	latency    prometheus.Histogram
	failures   prometheus.Counter
	lost       prometheus.Counter
	deliveries *prometheus.CounterVec // state
	swept      prometheus.Counter
	archived   prometheus.Counter
	purged     prometheus.Counter
	relinked   prometheus.Counter
	cases      *prometheus.CounterVec // what
	upkeep     *prometheus.CounterVec // job, result

	backlog    prometheus.Gauge
	backlogAge prometheus.Gauge
	inFlight   prometheus.Gauge
	sealerLag  prometheus.Gauge
	linkerLag  prometheus.Gauge
	caserLag   prometheus.Gauge
	orphans    prometheus.Gauge
}

// newMetrics makes them, and registers them where reg is not nil.
func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	var all []prometheus.Collector
	add := func(c prometheus.Collector) { all = append(all, c) }
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "cargogate", Name: name, Help: help})
		add(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "cargogate", Name: name, Help: help}, labels)
		add(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		c := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "cargogate", Name: name, Help: help})
		add(c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		c := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "cargogate", Name: name, Help: help, Buckets: buckets})
		add(c)
		return c
	}
	sizes := []float64{1, 2, 4, 8, 16, 32, 64}
	m := &metrics{
		accepted:   counters("accepted_total", "Messages accepted, by kind of channel and mode.", "kind", "mode"),
		bytes:      counters("accepted_bytes_total", "Bytes of accepted messages, as they came.", "kind", "mode"),
		repeated:   counter("accept_repeated_total", "Deliveries whose transport act had come before."),
		refused:    counters("refused_total", "Deliveries refused before their body was read, by reason.", "reason"),
		commitSize: histogram("commit_arrivals", "Arrivals made durable in one commit.", sizes),
		settleSize: histogram("settle_messages", "Messages settled in one transaction.", sizes),
		settled:    counters("settled_total", "Messages that reached an end state, by state.", "state"),
		latency: histogram("settle_seconds", "Time from receipt to end state.",
			[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800}),
		failures:   counter("attempt_failures_total", "Attempts at a message that failed."),
		lost:       counter("attempts_lost_total", "Attempts whose lease was lost before they ended."),
		deliveries: counters("deliveries_total", "Attempts to deliver an answer, by the state that they left.", "state"),
		swept:      counter("swept_total", "Rows mended by the sweeper."),
		archived:   counter("archived_total", "Inline bodies moved to the blob store."),
		purged:     counter("purged_total", "Messages purged."),
		relinked:   counter("relinked_total", "Consignments whose link status changed."),
		cases:      counters("cases_total", "What happened to cases, by the word of their histories.", "what"),
		upkeep:     counters("upkeep_total", "Runs of maintenance, by job and result.", "job", "result"),
		backlog:    gauge("backlog_messages", "Messages that are not finished."),
		backlogAge: gauge("backlog_age_seconds", "Age of the oldest message that is not finished."),
		inFlight:   gauge("inflight_bytes", "Bytes of bodies in memory that are not committed."),
		sealerLag:  gauge("audit_unsealed_rows", "Audit rows that wait for the sealer."),
		linkerLag:  gauge("linker_lag_events", "Events that the linker has not done."),
		caserLag:   gauge("caser_lag_events", "Events whose cases are not opened."),
		orphans:    gauge("orphan_bodies", "Bodies in the blob store without a receipt, when last looked for."),
	}
	if reg == nil {
		return m, nil
	}
	var errs []error
	for _, c := range all {
		errs = append(errs, reg.Register(c))
	}
	return m, errors.Join(errs...)
}

// gaugesEvery is how often the gauges are set that have to be asked for.
const gaugesEvery = 5 * time.Second

// runGauges sets what has to be asked for from time to time. What cannot be asked for now keeps its last value.
func (g *Gateway) runGauges(ctx context.Context) {
	t := time.NewTicker(gaugesEvery)
	defer t.Stop()
	for {
		g.setGauges(ctx)
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

func (g *Gateway) setGauges(ctx context.Context) {
	g.metrics.inFlight.Set(float64(g.pressed.inFlight.Load()))
	if b, err := g.pressed.backlog.get(ctx, g.opts.Now(), g.opts.PressureRefresh, g.store.Backlog); err == nil {
		g.metrics.backlog.Set(float64(b.Unfinished))
		g.metrics.backlogAge.Set(b.Oldest.Seconds())
	}
	if n, err := g.store.UnsealedAudit(ctx); err == nil {
		g.metrics.sealerLag.Set(float64(n))
	}
	last, err := g.store.LastPosition(ctx)
	if err != nil {
		return
	}
	if at, err := g.store.Cursor(ctx, linkerCursor); err == nil {
		g.metrics.linkerLag.Set(float64(max(last-at, 0)))
	}
	if g.assessors == nil {
		return
	}
	if n, err := g.caseLag(ctx, last); err == nil {
		g.metrics.caserLag.Set(float64(n))
	}
}
