package downstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/downstream"
	"cargogate/internal/durable"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/store/sqlite"
)

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	dir := t.TempDir()
	if err := sqlite.Migrate(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// tell commits events and has them numbered.
func tell(t *testing.T, s *sqlite.Store, types ...string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
		var events []outbox.Event
		for _, kind := range types {
			mode := "live"
			if k, ok := strings.CutPrefix(kind, "test:"); ok {
				kind, mode = k, "test"
			}
			events = append(events, outbox.Event{ID: uuid.Must(uuid.NewV7()), Type: kind, Subject: "case/" + uuid.NewString(), Mode: mode, At: tx.Now(), Data: `{"points":42}`})
		}
		return tx.Emit(t.Context(), events, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.NumberEvents(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
}

// A sink that remembers, and fails while it is told to.
type sink struct {
	mu   sync.Mutex
	got  []downstream.Event
	fail error
	took func()
}

func (s *sink) Send(_ context.Context, e downstream.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.got = append(s.got, e)
	if s.took != nil {
		s.took()
	}
	return nil
}

func (s *sink) set(err error) { s.mu.Lock(); s.fail = err; s.mu.Unlock() }

func (s *sink) positions() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []int64
	for _, e := range s.got {
		out = append(out, e.Position)
	}
	return out
}

func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("not within 20 s: %s", what)
}

var quick = downstream.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Every: 5 * time.Millisecond, First: time.Millisecond, Max: 5 * time.Millisecond,
	Gone: 10 * time.Millisecond, Lease: 300 * time.Millisecond}

// run follows until the function that it gives is called.
func run(t *testing.T, s downstream.Store, o downstream.Options, routes ...downstream.Route) (stop func()) {
	t.Helper()
	f, err := downstream.New(s, routes, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); f.Run(ctx) }()
	stop = func() { end(); <-done }
	t.Cleanup(stop)
	return stop
}

// TestFollow: every event of cases in live traffic comes, in order, whatever lies between; a sink that is down delays itself
// alone; after a restart it goes on.
func TestFollow(t *testing.T) {
	t.Parallel()
	store := open(t)
	const opened, decided, other = outbox.TypeCaseOpened, outbox.TypeCaseDecided, outbox.TypeSettled
	tell(t, store, opened, other, "test:"+opened, decided, other)
	all, some, down := &sink{}, &sink{}, &sink{fail: errors.New("down")}
	routes := []downstream.Route{{Name: "all", Sink: all}, {Name: "some", Types: []string{decided}, Sink: some}, {Name: "down", Sink: down}}
	stop := run(t, store, quick, routes...)
	until(t, "the first come", func() bool {
		return slices.Equal(all.positions(), []int64{1, 4}) && slices.Equal(some.positions(), []int64{4})
	})
	for range 30 {
		tell(t, store, slices.Repeat([]string{opened, other}, 10)...)
	}
	until(t, "all come", func() bool { return len(all.positions()) == 302 })
	if p := all.positions(); !slices.IsSorted(p) || len(slices.Compact(slices.Clone(p))) != 302 {
		t.Errorf("not each once in order: %d", p)
	}
	if len(down.positions()) != 0 {
		t.Error("one that is down took some")
	}
	stop()
	tell(t, store, decided)
	down.set(downstream.ErrGone) // it may come back all the same
	stop = run(t, store, quick, routes...)
	until(t, "it goes on", func() bool { return len(all.positions()) == 303 && slices.Equal(some.positions(), []int64{4, 606}) })
	down.set(nil)
	until(t, "one that was down gets all", func() bool { return len(down.positions()) == 303 })
	if p := down.positions(); !slices.IsSorted(p) || p[0] != 1 {
		t.Errorf("not in order: %d", p)
	}
	stop()
	var e struct {
		SpecVersion, ID, Type, Source, Subject, Sequence string
		Data                                             struct{ Points int }
	}
	got := all.got[0]
	if err := json.Unmarshal(got.Body, &e); err != nil || e.SpecVersion != "1.0" || e.ID != got.ID || e.Type != opened || e.Data.Points != 42 || e.Source == "" ||
		!strings.HasPrefix(e.Subject, "case/") {
		t.Errorf("%+v, %v of %s", e, err, got.Body)
	}
}

// TestOneHasIt: of several nodes one has a sink; when it ends in order another goes on at once, and when it is gone, after
// the lease. No event is lost, and none comes twice but those that were on their way.
func TestOneHasIt(t *testing.T) {
	t.Parallel()
	store := open(t)
	s := &sink{}
	route := downstream.Route{Name: "one", Sink: s}
	o := quick
	o.Lease = 5 * time.Second // not lost on a machine that has other things to do
	stops := []func(){run(t, store, o, route), run(t, store, o, route), run(t, store, o, route)}
	for i := range 40 {
		tell(t, store, slices.Repeat([]string{outbox.TypeCaseUpdated}, 5)...)
		if i == 15 || i == 25 {
			stops[i/10-1]()
		}
	}
	until(t, "all come", func() bool { return len(s.positions()) >= 200 })
	p := s.positions()
	if !slices.IsSorted(p) || len(p) != 200 {
		t.Errorf("%d events, in order %v", len(p), slices.IsSorted(p))
	}
	// A node that died has the lease still: nobody gave it up.
	now, err := store.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stops[2]()
	was, err := store.Cursor(t.Context(), "downstream/one/lease")
	if err != nil || was > now.Add(4*time.Second).UnixMilli() {
		t.Fatalf("the lease was not given up: %d, %v", was, err)
	}
	until60 := time.Now().Add(200 * time.Millisecond)
	err = store.Update(t.Context(), func(tx gateway.Tx) error {
		return tx.SetCursor(t.Context(), "downstream/one/lease", was, tx.Now().Add(200*time.Millisecond).UnixMilli())
	})
	if err != nil {
		t.Fatal(err)
	}
	tell(t, store, outbox.TypeCaseClosed)
	var early bool
	s.mu.Lock()
	s.took = func() { early = time.Now().Before(until60.Add(-20 * time.Millisecond)) }
	s.mu.Unlock()
	run(t, store, quick, route)
	until(t, "another takes over", func() bool { return len(s.positions()) == 201 })
	if early {
		t.Error("a lease was not waited for")
	}
}

// TestFolder: each event is a file, whole, in order by name; one that cannot be written is tried again.
func TestFolder(t *testing.T) {
	t.Parallel()
	store := open(t)
	dir := filepath.Join(t.TempDir(), "out")
	tell(t, store, outbox.TypeCaseOpened, outbox.TypeCaseDecided)
	run(t, store, quick, downstream.Route{Name: "yard", Sink: downstream.Folder{Dir: dir, FS: durable.OS{}}})
	time.Sleep(20 * time.Millisecond) // the folder is not there
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprintf("%020d-%s.json", 1, outbox.TypeCaseOpened), fmt.Sprintf("%020d-%s.json", 2, outbox.TypeCaseDecided)}
	names := func() (out []string) {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range files {
			out = append(out, filepath.Base(f))
		}
		return out
	}
	until(t, "both files", func() bool { return slices.Equal(names(), want) })
	b, err := os.ReadFile(filepath.Join(dir, want[1]))
	if err != nil || !json.Valid(b) || b[len(b)-1] != '\n' {
		t.Errorf("%s, %v", b, err)
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := &sink{}
	for want, routes := range map[string][]downstream.Route{
		"no name for a sink": {{Name: "a b", Sink: s}}, "are called a": {{Name: "a", Sink: s}, {Name: "a", Sink: s}},
		"no event of cases": {{Name: "a", Types: []string{outbox.TypeSettled}, Sink: s}},
	} {
		if _, err := downstream.New(nil, routes, downstream.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
