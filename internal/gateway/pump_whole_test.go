package gateway_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"cargogate/internal/audit"
	"cargogate/internal/blob/fs"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/jobs"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/synth"
	"cargogate/internal/transport"
)

// outTray is a Sender that counts what each delivery brought.
type outTray struct {
	mu      sync.Mutex
	answers map[uuid.UUID]int // by delivery
	of      map[uuid.UUID]int // by receipt
}

func (o *outTray) Send(_ context.Context, a *transport.Answer) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !bytes.HasPrefix(a.Body, []byte("UN")) {
		return fmt.Errorf("%w: an answer that begins with %q", transport.ErrUndeliverable, a.Body[:min(len(a.Body), 10)])
	}
	if o.answers[a.Delivery]++; o.answers[a.Delivery] == 1 {
		o.of[a.Receipt]++
	}
	return nil
}

// synthetic gives a small balanced file.
func synthetic(t *testing.T, seed int) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := synth.WriteCUSCAR(&b, synth.CUSCAROptions{Seed: uint64(seed), Size: 4000, MinBills: 1, MaxBills: 3, Balanced: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWholeWay sends many files at once to two gateways over one real database, and looks whether each comes to its end
// once, with its answer, its events and its audit rows, with the gateways' own loops and with River.
func TestWholeWay(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s := openSQLite(t)
		wholeWay(t, [2]gateway.Store{s, s}, nil)
	})
	t.Run("sqlite, river", func(t *testing.T) {
		t.Parallel()
		s := openSQLite(t)
		wholeWay(t, [2]gateway.Store{s, s}, func(o jobs.Options) (*jobs.Runner, error) {
			return jobs.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "jobs.db"), o)
		})
	})
	t.Run("postgres, two nodes, river", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.Shared(t).Database(t, "gateway", postgres.Migrate)
		wholeWay(t, [2]gateway.Store{openPostgres(t, dsn), openPostgres(t, dsn)}, func(o jobs.Options) (*jobs.Runner, error) {
			return jobs.OpenPostgres(t.Context(), dsn, o)
		})
	})
}

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func openPostgres(t *testing.T, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// wholeWay runs two nodes, each on its own opened store of the same database; river opens jobs for the first, or for both
// where each has its own store. nil is their own loops.
func wholeWay(t *testing.T, stores [2]gateway.Store, river func(jobs.Options) (*jobs.Runner, error)) {
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store := stores[0]
	blobs, err := fs.Open(filepath.Join(t.TempDir(), "originals"), fs.Options{})
	ok(err)
	const senders, each = 16, 3
	changes := []partner.Change{{Insert: true, Profile: &partner.Profile{Name: "answered", AnswerAll: true}}}
	for i := range senders {
		id := partner.ID(fmt.Sprintf("LINE%02d", i))
		changes = append(changes, partner.Change{Insert: true, Partner: &partner.Partner{ID: id, Name: "Line", Roles: []partner.Role{partner.RoleCarrier}, Profile: "answered"}},
			partner.Change{Insert: true, Channel: &partner.Channel{Partner: id, Name: "folder", Kind: transport.KindFolder, Mode: cargo.TrafficLive}})
	}
	ok(store.Apply(t.Context(), changes, partner.Act{Principal: "user:test", Action: "partner.add", Object: "partner:LINE"}))
	directory, err := partner.NewDirectory(t.Context(), store, nil)
	ok(err)
	_, private, err := ed25519.GenerateKey(nil)
	ok(err)
	tray := &outTray{answers: map[uuid.UUID]int{}, of: map[uuid.UUID]int{}}
	metrics := prometheus.NewRegistry()

	var nodes []*gateway.Gateway
	for i := range 2 {
		o := gateway.Options{Node: fmt.Sprintf("node-%d", i), Log: slog.New(slog.DiscardHandler), Workers: 2, DataFolder: t.TempDir(), DiskFloor: 1,
			Senders: map[string]transport.Sender{transport.KindFolder: tray}, ArchiveEvery: 100 * time.Millisecond, DeliverPoll: 100 * time.Millisecond}
		o.Registerer = prometheus.WrapRegistererWith(prometheus.Labels{"node": o.Node}, metrics)
		if river != nil && (i == 0 || stores[0] != stores[1]) {
			r, err := river(jobs.Options{Log: o.Log, Node: o.Node})
			ok(err)
			t.Cleanup(func() { _ = r.Close() })
			o.Jobs = r
		}
		g, err := gateway.New(stores[i], blobs, directory, audit.NewSigner(private), o)
		ok(err)
		nodes = append(nodes, g)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, g := range nodes {
		running.Go(func() {
			if err := g.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	defer running.Wait()
	defer stop()

	var mu sync.Mutex
	bodies := map[uuid.UUID][]byte{}
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			for j := range each {
				body := synthetic(t, i*each+j)
				p := partner.Principal{Kind: partner.KindPartner, ID: fmt.Sprintf("LINE%02d", i), Mode: cargo.TrafficLive}
				if err := nodes[j%2].Admit(ctx, p, int64(len(body))); err != nil {
					t.Error(err)
					return
				}
				r, err := nodes[j%2].Receive(ctx, &transport.Delivery{Principal: p, Channel: "folder", Kind: transport.KindFolder, Mode: cargo.TrafficLive,
					Name: "m.edi", TraceID: "0123456789abcdef0123456789abcdef", Body: bytes.NewReader(body), Size: int64(len(body))})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				bodies[r.ID] = body
				mu.Unlock()
			}
		})
	}
	sending.Wait()

	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	left := ""
	for done := false; !done; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not all came to their end in time: " + left)
		}
		backlog, err := store.Backlog(t.Context())
		ok(err)
		unarchived, err := store.Unarchived(t.Context(), 1)
		ok(err)
		unsealed, err := store.UnsealedAudit(t.Context())
		ok(err)
		tray.mu.Lock()
		answered := len(tray.of)
		tray.mu.Unlock()
		left = fmt.Sprintf("%d unfinished, inline %v, %d audit rows not sealed, %d of %d answered", backlog.Unfinished, len(unarchived) > 0, unsealed, answered, len(bodies))
		done = backlog.Unfinished == 0 && len(unarchived) == 0 && unsealed == 0 && answered == len(bodies)
	}
	stop()
	running.Wait()

	if len(bodies) != senders*each {
		t.Fatalf("%d of %d were accepted", len(bodies), senders*each)
	}
	for id, body := range bodies {
		r, err := store.Receipt(t.Context(), id)
		ok(err)
		s, err := store.Settlement(t.Context(), id)
		ok(err)
		if r.State != s.State || !r.State.Final() || r.State == gateway.StateParked || r.Failures != 0 {
			t.Errorf("receipt %s is %s, settled as %s (%s), with %d failures", id, r.State, s.State, s.Reason, r.Failures)
		}
		o, err := blobs.Open(t.Context(), r.BlobKey)
		ok(err)
		back := make([]byte, o.Size())
		if _, err := o.ReadAt(back, 0); err != nil || !bytes.Equal(back, body) {
			t.Errorf("the original of %s is not what came: %v", id, err)
		}
		ok(o.Close())
		if tray.of[id] != 1 {
			t.Errorf("receipt %s has %d answers", id, tray.of[id])
		}
		deliveries, err := store.Deliveries(t.Context(), id)
		ok(err)
		if len(deliveries) != 1 || deliveries[0].State != outbox.Delivered {
			t.Errorf("deliveries of %s: %+v", id, deliveries)
		}
	}
	if _, err := store.NumberEvents(t.Context(), 10000); err != nil {
		t.Fatal(err)
	}
	events, err := store.Events(t.Context(), outbox.Query{Limit: 100000})
	ok(err)
	settled := map[string]int{}
	for i, e := range events {
		if e.Position != int64(i+1) {
			t.Fatalf("event %d has position %d", i, e.Position)
		}
		if e.Type == outbox.TypeSettled {
			settled[e.Subject]++
		}
	}
	for id := range bodies {
		if n := settled["message/"+id.String()]; n != 1 {
			t.Errorf("receipt %s was told to be settled %d times", id, n)
		}
	}
	rows, err := store.SealedAudit(t.Context(), 0, 100000)
	ok(err)
	accepted := map[string]int{}
	for _, row := range rows {
		if row.Action == gateway.ActionAccept {
			accepted[row.Object]++
		}
	}
	for id := range bodies {
		if n := accepted["message:"+id.String()]; n != 1 {
			t.Errorf("receipt %s has %d audit rows of its acceptance", id, n)
		}
	}
	families, err := metrics.Gather()
	ok(err)
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			values[f.GetName()] += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount()) + m.GetGauge().GetValue()
		}
	}
	for _, name := range []string{"cargogate_accepted_total", "cargogate_accepted_bytes_total", "cargogate_commit_arrivals", "cargogate_settle_seconds"} {
		if values[name] <= 0 {
			t.Errorf("metric %s is %v", name, values[name])
		}
	}
}
