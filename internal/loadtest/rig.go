package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
	"cargogate/internal/cargo"
	"cargogate/internal/config"
	"cargogate/internal/gateway"
	"cargogate/internal/jobs"
	"cargogate/internal/node"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A place is where the data of one turn is: a folder, and on PostgreSQL a database.
type place struct {
	dir, dsn string
	drop     func() error
}

// newPlace makes an empty one with the schema of the gateway.
func (b *bench) newPlace(ctx context.Context) (p *place, err error) {
	p = &place{}
	if p.dir, err = os.MkdirTemp(b.Dir, "place-*"); err != nil {
		return nil, err
	}
	p.drop = func() error { return os.RemoveAll(p.dir) }
	if b.databases == nil {
		return p, node.Migrate(ctx, p.config(b.Store))
	}
	name, err := b.databases.create(ctx)
	if err != nil {
		return nil, errors.Join(err, p.drop())
	}
	p.dsn = b.databases.dsn(name)
	p.drop = func() error {
		return errors.Join(b.databases.drop(context.WithoutCancel(ctx), name), os.RemoveAll(p.dir))
	}
	return p, nil
}

// config is that of a gateway at this place.
func (p *place) config(kind string) *config.Config {
	c := config.Default()
	c.Data, c.Store.Kind, c.Store.DSN = p.dir, kind, config.Secret(p.dsn)
	return &c
}

// A rig is a gateway with all that it has in service but for its listeners: originals in a folder, River for jobs, the
// audit log signed.
type rig struct {
	store    gateway.Store
	blobs    blob.Store
	jobs     *jobs.Runner
	partners *partner.Directory
	gateway  *gateway.Gateway
	watch    *watch
	stop     func() error // ends what start began
}

// openRig opens a gateway at a place. parties are those that send; they are registered where they are not there.
func (b *bench) openRig(ctx context.Context, p *place, role string, parties []string) (r *rig, err error) {
	r = &rig{watch: newWatch(), stop: func() error { return nil }}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	c := p.config(b.Store)
	store, err := node.OpenStore(ctx, c, node.Alone)
	if err != nil {
		return r, err
	}
	r.store = watched{store, r.watch}
	if r.blobs, err = node.OpenBlobs(c); err != nil {
		return r, err
	}
	signer, err := audit.LoadOrCreate(c.AuditKey())
	if err != nil {
		return r, err
	}
	if err := register(ctx, store, parties); err != nil {
		return r, err
	}
	if r.partners, err = partner.NewDirectory(ctx, store, nil); err != nil {
		return r, err
	}
	log := slog.New(slog.NewTextHandler(b.Out, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if b.Out == io.Discard {
		log = slog.New(slog.DiscardHandler)
	}
	if role != gateway.RoleReceive {
		name := "bench-" + uuid.NewString()[:8]
		if b.databases != nil {
			r.jobs, err = jobs.OpenPostgres(ctx, p.dsn, jobs.Options{Log: log, Node: name})
		} else {
			r.jobs, err = jobs.OpenSQLite(ctx, filepath.Join(p.dir, "jobs.db"), jobs.Options{Log: log, Node: name})
		}
		if err != nil {
			return r, err
		}
	}
	o := gateway.Options{Roles: []string{role}, Log: log, DataFolder: p.dir, Settlers: node.Settlers(&c.Store), Scoring: b.engine}
	if r.jobs != nil {
		o.Jobs = keepInline{r.jobs}
	}
	r.gateway, err = gateway.New(r.store, r.blobs, r.partners, signer, o)
	return r, err
}

// keepInline runs all jobs but the one that moves originals out of the database: the other side writes them there too.
type keepInline struct{ gateway.Jobs }

// Start begins work.
func (k keepInline) Start(ctx context.Context, roles []string, deliver func(ctx context.Context, id uuid.UUID) error, periodic []gateway.Periodic) error {
	return k.Jobs.Start(ctx, roles, deliver, slices.DeleteFunc(periodic, func(p gateway.Periodic) bool { return p.Name == "archive" }))
}

// start has the gateway work on what it accepts.
func (r *rig) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- r.gateway.Run(ctx) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
}

func (r *rig) close() error {
	err := r.stop()
	if r.jobs != nil {
		err = errors.Join(err, r.jobs.Close())
	}
	if r.store != nil {
		err = errors.Join(err, r.store.Close())
	}
	return err
}

var operator = partner.By{Principal: partner.LocalOperator("bench")}

// register makes those who send known, each under its address in UNB.
func register(ctx context.Context, store gateway.Store, parties []string) error {
	there, err := store.Partners(ctx)
	if err != nil || len(there) > 0 {
		return err
	}
	s := partner.NewService(store, nil)
	for _, p := range parties {
		one := partner.Partner{ID: partner.ID(p), Name: "Sender " + p, Roles: []partner.Role{partner.RoleCarrier},
			Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: p}}}
		if _, err := s.AddPartner(ctx, operator, one); err != nil {
			return fmt.Errorf("partner %s: %w", p, err)
		}
	}
	return nil
}

// receive sends one message.
func (r *rig) receive(ctx context.Context, body *io.SectionReader, sender string) (transport.Receipt, error) {
	d := transport.Delivery{
		Principal: partner.Principal{Kind: partner.KindPartner, ID: sender, Mode: cargo.TrafficLive}, Channel: "https", Kind: transport.KindHTTPS,
		Mode: cargo.TrafficLive, Name: "manifest.edi", ContentType: "application/edifact", TraceID: transport.NewTraceID(), Body: body, Size: body.Size(),
	}
	if err := r.gateway.Admit(ctx, d.Principal, d.Size); err != nil {
		return transport.Receipt{}, err
	}
	return r.gateway.Receive(ctx, &d)
}

// A watch knows when receipts were settled.
type watch struct {
	mu     sync.Mutex
	at     map[uuid.UUID]time.Time
	states map[gateway.State]int
	last   time.Time
	steps  []step        // of the caser
	settle chan struct{} // one for each receipt
	to     *watch        // that is told instead, where several nodes are watched as one
}

func newWatch() *watch {
	return &watch{at: map[uuid.UUID]time.Time{}, states: map[gateway.State]int{}, settle: make(chan struct{}, 1<<20)}
}

func (w *watch) add(all []gateway.Settlement) {
	if w.to != nil {
		w.to.add(all)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Now()
	for i := range all {
		w.at[all[i].Receipt] = w.last
		w.states[all[i].State]++
		w.settle <- struct{}{}
	}
}

// moved notes how far the caser is.
func (w *watch) moved(to int64) {
	if w.to != nil {
		w.to.moved(to)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = append(w.steps, step{to, time.Now()})
}

// done gives how many are settled, and an error where not all of them were accepted.
func (w *watch) done() (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := w.states[gateway.StateAccepted]; n != len(w.at) {
		return len(w.at), fmt.Errorf("of %d messages %d were accepted: %v", len(w.at), n, w.states)
	}
	return len(w.at), nil
}

// watched is a store that tells a watch what was settled, once the commit is over.
type watched struct {
	gateway.Store
	w *watch
}

// Update runs f in one transaction.
func (s watched) Update(ctx context.Context, f func(gateway.Tx) error) error {
	var settled []gateway.Settlement
	var cased int64
	err := s.Store.Update(ctx, func(tx gateway.Tx) error {
		settled, cased = settled[:0], 0
		return f(watchedTx{tx, &settled, &cased})
	})
	if err == nil && len(settled) > 0 {
		s.w.add(settled)
	}
	if err == nil && cased > 0 {
		s.w.moved(cased)
	}
	return err
}

type watchedTx struct {
	gateway.Tx
	settled *[]gateway.Settlement
	cased   *int64
}

// Settle inserts a settlement.
func (t watchedTx) Settle(ctx context.Context, s gateway.Settlement) error {
	err := t.Tx.Settle(ctx, s)
	if err == nil {
		*t.settled = append(*t.settled, gateway.Settlement{Fence: s.Fence, State: s.State})
	}
	return err
}
