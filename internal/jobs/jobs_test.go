package jobs

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/gateway"
	"cargogate/internal/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// A node is a Runner with what it was asked to do.
type node struct {
	*Runner
	mu        sync.Mutex
	delivered []uuid.UUID
	runs      map[string]int
	changed   chan struct{}
	fail      error
}

func newNode(r *Runner) *node {
	return &node{Runner: r, runs: map[string]int{}, changed: make(chan struct{}, 1)}
}

func (n *node) did(f func()) {
	n.mu.Lock()
	f()
	n.mu.Unlock()
	select {
	case n.changed <- struct{}{}:
	default:
	}
}

func (n *node) deliver(_ context.Context, id uuid.UUID) error {
	n.did(func() { n.delivered = append(n.delivered, id) })
	return n.fail
}

func (n *node) periodic(name, role string, every time.Duration) gateway.Periodic {
	return gateway.Periodic{Name: name, Every: every, Role: role, Run: func(context.Context) error {
		n.did(func() { n.runs[name]++ })
		return n.fail
	}}
}

// until waits for something to be so.
func (n *node) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		n.mu.Lock()
		ok := is()
		n.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-n.changed:
		case <-deadline:
			t.Fatalf("not in 30 s: %s", what)
		}
	}
}

func quick(t *testing.T) Options {
	return Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil)), quick: true}
}

// openers are the databases that every test here runs on.
func openers(t *testing.T) map[string]func(t *testing.T) *Runner {
	return map[string]func(t *testing.T) *Runner{
		"sqlite": func(t *testing.T) *Runner {
			r, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "jobs #1?.db"), quick(t))
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
		"postgres": func(t *testing.T) *Runner { return openPostgres(t, emptyDatabase(t)) },
	}
}

func emptyDatabase(t *testing.T) string {
	return pgtest.Shared(t).Database(t, "jobs", func(context.Context, string) error { return nil })
}

func openPostgres(t *testing.T, dsn string) *Runner {
	r, err := OpenPostgres(t.Context(), dsn, quick(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// end stops and closes at the end of a test.
func (n *node) end(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
	defer cancel()
	if err := errors.Join(n.Stop(ctx), n.Close()); err != nil {
		t.Error(err)
	}
}

func TestDeliveriesAndMaintenance(t *testing.T) {
	for name, open := range openers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(open(t))
			defer n.end(t)
			list := []gateway.Periodic{n.periodic("sweep", gateway.RoleProcess, time.Second), n.periodic("due-deliveries", gateway.RoleDeliver, time.Second)}
			if err := n.Start(t.Context(), []string{gateway.RoleAll}, n.deliver, list); err != nil {
				t.Fatal(err)
			}
			if err := n.Start(t.Context(), nil, n.deliver, nil); err == nil {
				t.Error("it was started twice")
			}
			ids := []uuid.UUID{uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())}
			n.Wake(t.Context(), ids)
			n.until(t, "both deliveries made", func() bool {
				return slices.Contains(n.delivered, ids[0]) && slices.Contains(n.delivered, ids[1])
			})
			n.until(t, "each maintenance run twice", func() bool { return n.runs["sweep"] >= 2 && n.runs["due-deliveries"] >= 2 })
		})
	}
}

func TestRoleDecidesWhatIsWorked(t *testing.T) {
	for name, open := range openers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(open(t))
			defer n.end(t)
			list := []gateway.Periodic{n.periodic("sweep", gateway.RoleProcess, time.Second), n.periodic("due-deliveries", gateway.RoleDeliver, time.Second)}
			if err := n.Start(t.Context(), []string{gateway.RoleProcess}, n.deliver, list); err != nil {
				t.Fatal(err)
			}
			n.Wake(t.Context(), []uuid.UUID{uuid.New()})
			n.until(t, "its own maintenance run three times", func() bool { return n.runs["sweep"] >= 3 })
			n.mu.Lock()
			defer n.mu.Unlock()
			if len(n.delivered) > 0 || n.runs["due-deliveries"] > 0 {
				t.Errorf("it also made %d deliveries and ran %v", len(n.delivered), n.runs)
			}
		})
	}
}

func TestFailuresAreNotRepeatedByRiver(t *testing.T) {
	for name, open := range openers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(open(t))
			defer n.end(t)
			n.fail = errors.New("the database is gone")
			if err := n.Start(t.Context(), []string{gateway.RoleAll}, n.deliver, []gateway.Periodic{n.periodic("sweep", gateway.RoleProcess, time.Second)}); err != nil {
				t.Fatal(err)
			}
			id := uuid.New()
			n.Wake(t.Context(), []uuid.UUID{id})
			n.until(t, "maintenance goes on although it fails", func() bool { return n.runs["sweep"] >= 3 && len(n.delivered) > 0 })
			n.mu.Lock()
			defer n.mu.Unlock()
			if len(n.delivered) != 1 {
				t.Errorf("one job was made %d times: when it is tried again is said by its row", len(n.delivered))
			}
		})
	}
}

func TestStopLetsJobsEnd(t *testing.T) {
	for name, open := range openers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t)
			defer func() { _ = r.Close() }()
			begun, ended, let := make(chan struct{}), make(chan error, 1), make(chan struct{})
			deliver := func(ctx context.Context, _ uuid.UUID) error {
				close(begun)
				select {
				case <-let:
				case <-ctx.Done():
				}
				ended <- ctx.Err()
				return nil
			}
			if err := r.Start(t.Context(), []string{gateway.RoleDeliver}, deliver, nil); err != nil {
				t.Fatal(err)
			}
			r.Wake(t.Context(), []uuid.UUID{uuid.New()})
			<-begun
			stopped := make(chan error, 1)
			go func() { stopped <- r.Stop(context.Background()) }()
			close(let)
			if err := <-ended; err != nil {
				t.Errorf("the job was cut short: %v", err)
			}
			if err := <-stopped; err != nil {
				t.Error(err)
			}
			if err := r.Stop(t.Context()); err != nil {
				t.Errorf("stopping once more: %v", err)
			}
		})
	}
}

func TestStopCutsShortWhenItIsTold(t *testing.T) {
	for name, open := range openers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t)
			defer func() { _ = r.Close() }()
			begun := make(chan struct{})
			deliver := func(ctx context.Context, _ uuid.UUID) error {
				close(begun)
				<-ctx.Done()
				return ctx.Err()
			}
			if err := r.Start(t.Context(), []string{gateway.RoleDeliver}, deliver, nil); err != nil {
				t.Fatal(err)
			}
			r.Wake(t.Context(), []uuid.UUID{uuid.New()})
			<-begun
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := r.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTwoNodesRunMaintenanceOnce(t *testing.T) {
	t.Parallel()
	dsn := emptyDatabase(t)
	opened := make(chan *Runner, 2)
	for range 2 { // at once: they make the tables in turn
		go func() {
			r, err := OpenPostgres(t.Context(), dsn, quick(t))
			if err != nil {
				t.Error(err)
			}
			opened <- r
		}()
	}
	one, two := newNode(<-opened), newNode(<-opened)
	if one.Runner == nil || two.Runner == nil {
		t.FailNow()
	}
	two.runs, two.changed = one.runs, one.changed // counted together
	defer one.end(t)
	defer two.end(t)
	shared := one.periodic("sweep", gateway.RoleProcess, time.Second)
	begun := time.Now()
	for _, n := range []*node{one, two} {
		if err := n.Start(t.Context(), []string{gateway.RoleAll}, n.deliver, []gateway.Periodic{shared}); err != nil {
			t.Fatal(err)
		}
	}
	one.until(t, "maintenance run three times", func() bool { return one.runs["sweep"] >= 3 })
	one.mu.Lock()
	defer one.mu.Unlock()
	if most := int(time.Since(begun)/time.Second) + 2; one.runs["sweep"] > most {
		t.Errorf("%d runs by two nodes, at most %d were due", one.runs["sweep"], most)
	}
}

func TestTablesHaveASchemaOfTheirOwn(t *testing.T) {
	t.Parallel()
	dsn := emptyDatabase(t)
	r := openPostgres(t, dsn)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again := openPostgres(t, dsn) // tables that are there stay
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	var ours, others int
	if err := c.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE schemaname = $1), count(*) FILTER (WHERE schemaname = 'public') FROM pg_tables`, Schema).Scan(&ours, &others); err != nil {
		t.Fatal(err)
	}
	if ours == 0 || others != 0 {
		t.Errorf("%d tables in %s, %d beside the gateway's", ours, Schema, others)
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	run := func(context.Context) error { return nil }
	ok := gateway.Periodic{Name: "sweep", Every: time.Second, Run: run, Role: gateway.RoleProcess}
	for name, list := range map[string][]gateway.Periodic{
		"twice":     {ok, ok},
		"no period": {{Name: "sweep", Run: run}},
		"no run":    {{Name: "sweep", Every: time.Second}},
	} {
		r, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "jobs.db"), quick(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Start(t.Context(), nil, nil, list); err == nil {
			t.Errorf("%s: it started", name)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	if _, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder", "jobs.db"), quick(t)); err == nil {
		t.Error("a file in a folder that is not there")
	}
	if _, err := OpenPostgres(t.Context(), "postgres://u:hunter2@host:notaport/db", quick(t)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a connection string that is none: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := OpenPostgres(ctx, "postgres://u:hunter2@127.0.0.1:1/db", quick(t)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestWakeNeverWaits(t *testing.T) {
	t.Parallel()
	r, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "jobs.db"), quick(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	r.Wake(t.Context(), make([]uuid.UUID, 2*wakeQueue)) // nobody takes them
	if len(r.wakes) != wakeQueue {
		t.Errorf("%d are kept", len(r.wakes))
	}
}
