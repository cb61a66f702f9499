//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/blob/fs"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/sqlite"
	"cargogate/internal/transport"
)

// kinds are the two databases.
var kinds = []string{"sqlite", "postgres"}

// openTwice opens a new database for two nodes: on PostgreSQL each has its own connections, on SQLite there is one
// process and one store. now is the clock of the process; nil is that of the machine.
func openTwice(t *testing.T, kind string, now func() time.Time) [2]gateway.Store {
	t.Helper()
	if kind == "sqlite" {
		dir := t.TempDir()
		must(t, sqlite.Migrate(t.Context(), dir))
		s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir, Now: now})
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		return [2]gateway.Store{s, s}
	}
	dsn := pgtest.Shared(t).Database(t, "faulttest", postgres.Migrate)
	var out [2]gateway.Store
	for i := range out {
		s, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn})
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		out[i] = s
	}
	return out
}

// A pair is two gateways of one database, as two nodes would run them.
type pair struct {
	t     *testing.T
	nodes [2]*gateway.Gateway
	store gateway.Store // that of the first node
	stop  func()
}

// newPair makes two gateways over stores, for partners; run starts them.
func newPair(t *testing.T, stores [2]gateway.Store, partners []partner.Partner, change func(node int, o *gateway.Options)) *pair {
	t.Helper()
	var changes []partner.Change
	seen := map[string]bool{}
	for i := range partners {
		if p := partners[i].Profile; p == refiling && !seen[p] {
			seen[p] = true
			changes = append(changes, partner.Change{Insert: true, Profile: &partner.Profile{Name: refiling, RefileAfterCancel: true}})
		}
		partners[i].Name, partners[i].Roles = "Line "+string(partners[i].ID), []partner.Role{partner.RoleCarrier}
		changes = append(changes, partner.Change{Insert: true, Partner: &partners[i]})
	}
	must(t, stores[0].Apply(t.Context(), changes, partner.Act{Principal: "user:test", Action: "partner.add", Object: "partner:LINE"}))
	directory, err := partner.NewDirectory(t.Context(), stores[0], nil)
	must(t, err)
	blobs, err := fs.Open(filepath.Join(t.TempDir(), "originals"), fs.Options{})
	must(t, err)
	p := &pair{t: t, store: stores[0]}
	for i := range p.nodes {
		o := gateway.Options{Node: fmt.Sprintf("node-%d", i), Log: quiet(), DiskFloor: -1, Workers: 4, Poll: 25 * time.Millisecond,
			WaitDelay: 5 * time.Millisecond, LinkEvery: 100 * time.Millisecond, ArchiveEvery: time.Hour}
		if change != nil {
			change(i, &o)
		}
		p.nodes[i], err = gateway.New(stores[i], blobs, directory, nil, o)
		must(t, err)
	}
	return p
}

// refiling is the profile of partners for whom the same original after a cancellation is a new filing.
const refiling = "refiling"

// quiet is the log of tests: what goes wrong shows in what comes of it. CARGOGATE_FAULTTEST_LOG=1 writes it.
func quiet() *slog.Logger {
	if os.Getenv("CARGOGATE_FAULTTEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// run runs both nodes until stop, or the end of the test.
func (p *pair) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, g := range p.nodes {
		running.Go(func() {
			if err := g.Run(ctx); err != nil {
				p.t.Error(err)
			}
		})
	}
	p.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	p.t.Cleanup(p.stop)
}

// send has a node receive a body.
func (p *pair) send(node int, from partner.ID, body []byte) (uuid.UUID, error) {
	who := partner.Principal{Kind: partner.KindPartner, ID: string(from), Mode: cargo.TrafficLive}
	if err := p.nodes[node].Admit(p.t.Context(), who, int64(len(body))); err != nil {
		return uuid.Nil, err
	}
	r, err := p.nodes[node].Receive(p.t.Context(), &transport.Delivery{Principal: who, Channel: "https", Kind: transport.KindHTTPS, Mode: cargo.TrafficLive,
		Name: "m.edi", TraceID: transport.NewTraceID(), Body: bytes.NewReader(body), Size: int64(len(body))})
	return r.ID, err
}

// settled waits until nothing is unfinished and all links are made.
func (p *pair) settled(limit time.Duration) {
	p.t.Helper()
	wait(p.t, limit, func(ctx context.Context) error {
		b, err := p.store.Backlog(ctx)
		if err != nil {
			return err
		}
		if b.Unfinished > 0 {
			return fmt.Errorf("%w: %d receipts are unfinished", errNotYet, b.Unfinished)
		}
		if n, err := p.store.NumberEvents(ctx, 1000); err != nil || n > 0 {
			return fmt.Errorf("%w: %d events had no position: %v", errNotYet, n, err)
		}
		last, err := p.store.LastPosition(ctx)
		if err != nil {
			return err
		}
		at, err := p.store.Cursor(ctx, "linker")
		if err != nil {
			return err
		}
		if at < last {
			return fmt.Errorf("%w: links are made up to %d of %d", errNotYet, at, last)
		}
		return nil
	})
}

// patience is how much longer a busy machine may take than a quiet one: each turn of a process here waits for those of
// others, and a disk of ours is a process as well.
const patience = 5

// wait asks again and again until there is no error. limit is that of a quiet machine; a busy one gets more.
func wait(t testing.TB, limit time.Duration, f func(ctx context.Context) error) {
	t.Helper()
	limit *= patience
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for {
		err := f(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s: %v", limit, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
