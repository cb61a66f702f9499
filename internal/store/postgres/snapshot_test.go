package postgres_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/storetest"
)

// fill brings a database to have something of everything that a snapshot must keep.
func fill(t *testing.T, s *postgres.Store) gateway.Receipt {
	t.Helper()
	accept(t, s, 3)
	rc := claim(t, s, 1)[0]
	answer := storetest.Answer(rc)
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
		if err := tx.Settle(t.Context(), storetest.Settlement(rc, gateway.StateAccepted)); err != nil {
			return err
		}
		if _, err := tx.MergeCalls(t.Context(), []gateway.CallRow{storetest.Call(rc)}); err != nil {
			return err
		}
		if err := tx.Insert(t.Context(), &gateway.Rows{
			Messages: []gateway.MessageRow{storetest.Message(rc, 1)}, Consignments: []gateway.ConsignmentRow{storetest.Consignment(rc, 1), storetest.Consignment(rc, 2)},
			Answers: []outbox.Answer{answer},
		}); err != nil {
			return err
		}
		return tx.Emit(t.Context(), []outbox.Event{storetest.Event(rc.Partner)}, []outbox.Delivery{storetest.Delivery(rc, answer.ID)}, []audit.Row{storetest.AuditRow("x")})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.NumberEvents(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SealAudit(t.Context(), 10, sealing); err != nil {
		t.Fatal(err)
	}
	return rc
}

// state gives what readers see.
func state(t *testing.T, s *postgres.Store) map[string]any {
	t.Helper()
	out := map[string]any{}
	get := func(name string, v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = v
	}
	receipts, err := s.Receipts(t.Context(), gateway.ReceiptQuery{Mode: "live"})
	get("receipts", receipts, err)
	for _, r := range receipts {
		full, err := s.Receipt(t.Context(), r.ID)
		get("receipt "+r.ID.String(), full, err)
		deliveries, err := s.Deliveries(t.Context(), r.ID)
		get("deliveries "+r.ID.String(), deliveries, err)
		answers, err := s.Answers(t.Context(), r.ID)
		get("answers "+r.ID.String(), answers, err)
	}
	page, err := s.Consignments(t.Context(), gateway.ConsignmentQuery{Mode: "live", Terms: []string{"w:bicycles"}})
	get("consignments", page, err)
	calls, _, err := s.Calls(t.Context(), gateway.CallQuery{Mode: "live"})
	get("calls", calls, err)
	events, err := s.Events(t.Context(), outbox.Query{})
	get("events", events, err)
	sealed, err := s.SealedAudit(t.Context(), 0, 100)
	get("audit", sealed, err)
	backlog, err := s.Backlog(t.Context())
	get("backlog", backlog.Unfinished, err)
	return out
}

func TestSnapshotAndRestore(t *testing.T) {
	t.Parallel()
	c := pgtest.Shared(t)
	s := open(t, c.Database(t, "store", postgres.Migrate))
	fill(t, s)
	old := storetest.Arrival(storetest.Forwarder) // of a month that a new database has no partition for
	old.ID = idAt(time.Now().AddDate(0, -7, 0))
	if _, err := s.Accept(t.Context(), []gateway.Arrival{old}); err != nil {
		t.Fatal(err)
	}
	want := state(t, s)

	// Work goes on while the snapshot is taken: it is consistent all the same.
	ctx, stop := context.WithCancel(t.Context())
	working := make(chan struct{})
	go func() {
		defer close(working)
		for ctx.Err() == nil {
			_, _ = s.Accept(ctx, []gateway.Arrival{storetest.Arrival(storetest.Bureau)}) // may be cancelled half-way
		}
	}()
	dir := t.TempDir()
	files, err := s.Snapshot(t.Context(), dir)
	stop()
	<-working
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(files) || !slices.Contains(files, "manifest.json") {
		t.Errorf("files %q, %d in the folder: %v", files, len(entries), err)
	}
	if err := postgres.VerifySnapshot(t.Context(), dir); err != nil {
		t.Error(err)
	}
	if _, err := s.Snapshot(t.Context(), dir); !errors.Is(err, gateway.ErrInput) {
		t.Errorf("a snapshot into a folder that is in use: %v", err)
	}

	into := c.Database(t, "store", postgres.Migrate)
	if err := postgres.Restore(t.Context(), into, dir); err != nil {
		t.Fatal(err)
	}
	restored := open(t, into)
	got := state(t, restored)
	// What the worker managed to accept before the snapshot is there as well.
	receipts, more := []gateway.Receipt{}, int64(0)
	for _, r := range got["receipts"].([]gateway.Receipt) {
		if r.Partner == storetest.Bureau {
			more++
			for _, k := range []string{"receipt ", "deliveries ", "answers "} {
				delete(got, k+r.ID.String())
			}
			continue
		}
		receipts = append(receipts, r)
	}
	got["receipts"], got["backlog"] = receipts, got["backlog"].(int64)-more
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("after restore (-want +got):\n%s", diff)
	}
	if name := partitionOf(t, restored, "receipts", "id", old.ID); name == "receipts_default" {
		t.Error("a receipt of an old month is in the default partition")
	}
	// What comes next goes on behind what was restored.
	next, err := restored.Accept(t.Context(), []gateway.Arrival{storetest.Arrival(storetest.Carrier)})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range receipts {
		if next[0].Seq <= r.Seq {
			t.Errorf("a new receipt has seq %d, a restored one %d", next[0].Seq, r.Seq)
		}
	}
	if err := postgres.Restore(t.Context(), into, dir); !errors.Is(err, gateway.ErrInput) {
		t.Errorf("a restore into a database with rows: %v", err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	c := pgtest.Shared(t)
	s := open(t, c.Database(t, "store", postgres.Migrate))
	fill(t, s)
	whole := t.TempDir()
	if _, err := s.Snapshot(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	into := c.Database(t, "store", postgres.Migrate)
	for name, spoil := range map[string]func(dir string) error{
		"a byte changed": func(dir string) error {
			path := filepath.Join(dir, "bodies.copy")
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 1
			return os.WriteFile(path, b, 0o600)
		},
		"cut short":          func(dir string) error { return os.Truncate(filepath.Join(dir, "receipts.copy"), 30) },
		"a file is missing":  func(dir string) error { return os.Remove(filepath.Join(dir, "settled.copy")) },
		"no manifest":        func(dir string) error { return os.Remove(filepath.Join(dir, "manifest.json")) },
		"manifest of no use": func(dir string) error { return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{"), 0o600) },
		"another format": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"format":9}`), 0o600)
		},
		"no tables": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"format":1}`), 0o600)
		},
		"a table not ours": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"format":1,"tables":[{"name":"pg_authid","file":"../x"}]}`), 0o600)
		},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if err := postgres.Restore(t.Context(), into, dir); err == nil {
			t.Errorf("%s: restored", name)
		}
		if err := postgres.VerifySnapshot(t.Context(), dir); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
	if err := postgres.Restore(t.Context(), c.Database(t, "empty", nil), whole); !errors.Is(err, postgres.ErrSchema) {
		t.Errorf("into a database without tables: %v", err)
	}
	if err := postgres.Restore(t.Context(), into, whole); err != nil {
		t.Errorf("after all that was refused: %v", err)
	}
}
