package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
	"cargogate/internal/caseq"
	"cargogate/internal/intake"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// A Gateway carries filings from a sender's bytes to their end state. It is a transport.Receiver at once after New; the
// work behind acceptance is done while Run runs.
type Gateway struct {
	store     Store
	blobs     blob.Store
	partners  *partner.Directory
	signer    *audit.Signer
	log       *slog.Logger
	opts      Options
	assessors *assessors // nil scores nothing
	replays   *replayer
	casePairs []caseq.Pair                                         // steps that take two persons
	cusres    func(dst []byte, r decisionResponse) ([]byte, error) // writes the answer to a decision

	notify  *notifier // of receipts that reached their end state, within this process
	metrics *metrics
	commits *committer
	pressed pressure
	steps   steps

	claimWake   wakes // work may be there to be claimed in the small lane
	largeWake   wakes // the same in the large lane
	eventsWake  wakes // events may be there to be numbered
	linkWake    wakes // events may have been numbered
	caseWake    wakes // events may have been linked
	deliverWake wakes // deliveries may be due

	draining atomic.Bool
	running  atomic.Bool
}

// New makes a gateway over its ports. signer may be nil: then nothing seals the audit log here. What opts leaves zero
// has its default.
func New(store Store, blobs blob.Store, partners *partner.Directory, signer *audit.Signer, opts Options) (*Gateway, error) {
	if store == nil || blobs == nil || partners == nil {
		return nil, errors.New("gateway: a store, a blob store and a directory of partners are needed")
	}
	opts.setDefaults()
	for _, r := range opts.Roles {
		if !slices.Contains([]string{RoleReceive, RoleProcess, RoleDeliver, RoleAll}, r) {
			return nil, fmt.Errorf("gateway: there is no role %q", r)
		}
	}
	g := &Gateway{
		store: store, blobs: blobs, partners: partners, signer: signer,
		log: opts.Log, opts: opts, assessors: newAssessors(opts.Scoring), replays: newReplayer(store, opts.Scoring), notify: newNotifier(),
		claimWake: newWakes(), largeWake: newWakes(), eventsWake: newWakes(), linkWake: newWakes(), caseWake: newWakes(), deliverWake: newWakes(),
	}
	var err error
	g.cusres = writeCUSRES
	if g.casePairs, err = readPairs(opts.CaseSecond); err != nil {
		return nil, err
	}
	m, err := newMetrics(opts.Registerer)
	if err != nil {
		return nil, fmt.Errorf("gateway: metrics: %w", err)
	}
	g.metrics = m
	g.commits = &committer{g: g}
	g.pressed.init(g)
	g.steps = steps{sniff: sniffHead, read: g.read, settle: g.settle, parked: g.parked}
	return g, nil
}

// steps are what accept and the workers ask of the reading half.
type steps struct {
	sniff  func(head []byte) (test bool, control string)
	read   func(ctx context.Context, r *Receipt, o Original) (*outcome, error)
	settle func(ctx context.Context, batch []*outcome) ([]*outcome, error)
	parked func(r Receipt, reason string) (Settlement, []outbox.Event, []audit.Row)
}

// sniffHead gives what the beginning of a body says of its first interchange.
func sniffHead(head []byte) (test bool, control string) {
	h := intake.SniffHead(head[:min(len(head), intake.HeadSize)])
	return h.OK && h.Test, h.Control
}

// Has reports whether this node has a role.
func (g *Gateway) Has(role string) bool {
	return slices.Contains(g.opts.Roles, RoleAll) || slices.Contains(g.opts.Roles, role)
}

// Drain makes Admit refuse. What was admitted is still received.
func (g *Gateway) Drain() { g.draining.Store(true) }

// Draining reports whether Drain was called.
func (g *Gateway) Draining() bool { return g.draining.Load() }

// Run does the work of the node's roles until ctx is done. Then it claims nothing more, ends what it has in hand, for
// at most Options.Grace, and returns. What it had to let go is taken over when its lease is over. It is an error to run
// twice at once.
func (g *Gateway) Run(ctx context.Context) error {
	if !g.running.CompareAndSwap(false, true) {
		return errors.New("gateway: it runs already")
	}
	defer g.running.Store(false)
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	ctx, end := context.WithCancel(ctx)
	defer end()
	var work sync.WaitGroup
	if g.Has(RoleProcess) {
		if err := g.keepArtifacts(ctx); err != nil {
			return fmt.Errorf("gateway: what scores depend on cannot be kept: %w", err)
		}
		g.runWorkers(ctx, hard, &work)
		work.Go(func() { g.runLinker(ctx) })
		if g.assessors != nil {
			work.Go(func() { g.runCaser(ctx) })
		}
		work.Go(func() { g.runSealer(ctx) })
	}
	if g.Has(RoleProcess) || g.Has(RoleDeliver) {
		work.Go(func() { g.runNumbering(ctx) })
	}
	work.Go(func() { g.runGauges(ctx) })
	failed := g.runJobs(ctx, hard, &work)
	if failed != nil {
		end()
	}
	<-ctx.Done()
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(g.opts.Grace):
		g.log.Warn("work in hand did not end in time: it is let go", "grace", g.opts.Grace)
		cut()
		<-done
	}
	return failed
}

// A wakes wakes one of those that wait, at least once after the last time it was asked to.
type wakes chan struct{}

func newWakes() wakes { return make(wakes, 1) }

// up wakes.
func (w wakes) up() {
	select {
	case w <- struct{}{}:
	default:
	}
}

// sleep waits until it is woken, d has passed or ctx is done; false where ctx is.
func (w wakes) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-w:
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
