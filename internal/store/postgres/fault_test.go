package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/storetest"
)

func accept(t *testing.T, s *postgres.Store, n int) []gateway.Arrival {
	t.Helper()
	arrivals := make([]gateway.Arrival, n)
	for i := range arrivals {
		arrivals[i] = storetest.Arrival(storetest.Carrier)
	}
	if _, err := s.Accept(t.Context(), arrivals); err != nil {
		t.Fatal(err)
	}
	return arrivals
}

func claim(t *testing.T, s *postgres.Store, n int) []gateway.Receipt {
	t.Helper()
	got, err := s.Claim(t.Context(), gateway.ClaimRequest{Owner: "n1", Max: n, Lease: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// soon waits for what comes without anybody's doing.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not come", what)
		}
	}
}

func TestServerGoneAndBack(t *testing.T) {
	t.Parallel()
	c := pgtest.Private(t, pgtest.Options{})
	s := open(t, c.Database(t, "store", postgres.Migrate))
	wakes, err := s.Subscribe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []func() error{c.StopImmediate, c.Kill} {
		acknowledged := accept(t, s, 5)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Accept(t.Context(), []gateway.Arrival{storetest.Arrival(storetest.Carrier)}); !errors.Is(err, gateway.ErrUnavailable) {
			t.Errorf("accept without a server: %v", err)
		}
		if err := s.Check(t.Context()); !errors.Is(err, gateway.ErrUnavailable) {
			t.Errorf("check without a server: %v", err)
		}
		if _, err := s.Claim(t.Context(), gateway.ClaimRequest{Owner: "n1", Max: 1, Lease: time.Second}); !errors.Is(err, gateway.ErrUnavailable) {
			t.Errorf("claim without a server: %v", err)
		}
		if err := s.Update(t.Context(), func(gateway.Tx) error { return nil }); !errors.Is(err, gateway.ErrUnavailable) {
			t.Errorf("update without a server: %v", err)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		soon(t, "the database", func() bool { return s.Check(t.Context()) == nil })
		for _, a := range acknowledged {
			if rc, err := s.Receipt(t.Context(), a.ID); err != nil || string(rc.Inline) != string(a.Inline) {
				t.Errorf("an acknowledged receipt after the crash: %v", err)
			}
		}
		for len(wakes) > 0 {
			<-wakes
		}
		// The subscription connects again by itself: each accept wakes, once it listens.
		soon(t, "a wake", func() bool {
			accept(t, s, 1)
			select {
			case <-wakes:
				return true
			case <-time.After(100 * time.Millisecond):
				return false
			}
		})
	}
}

func TestSubscribeReconnectsAndEnds(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wakes, err := s.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var ended bool
	if err := s.Pool().QueryRow(ctx, `SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE application_name = 'cargogate listen' AND datname = current_database()`).Scan(&ended); err != nil || !ended {
		t.Fatalf("ending the listener: %v, %v", ended, err)
	}
	select {
	case <-wakes: // something may have been missed
	case <-time.After(10 * time.Second):
		t.Fatal("no wake after the connection was lost")
	}
	accept(t, s, 1)
	select {
	case <-wakes:
	case <-time.After(10 * time.Second):
		t.Fatal("no wake after an accept")
	}
	cancel()
	soon(t, "the end of the subscription", func() bool {
		select {
		case _, ok := <-wakes:
			return !ok
		default:
			return false
		}
	})
}

// TestDeadlockIsRetried lets two transactions lock two rows crosswise: one of them is ended by the server and runs again.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	var runs atomic.Int32
	var both sync.WaitGroup
	both.Add(2)
	cross := func(first, second string) error {
		tried := false
		return s.Update(t.Context(), func(tx gateway.Tx) error {
			runs.Add(1)
			if err := tx.SetCursor(t.Context(), first, 0, 0); err != nil {
				return err
			}
			if !tried {
				tried = true
				both.Done()
				both.Wait()
			}
			return tx.SetCursor(t.Context(), second, 0, 0)
		})
	}
	var wg sync.WaitGroup
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		wg.Go(func() {
			if err := cross(names[0], names[1]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := runs.Load(); n < 3 {
		t.Errorf("%d runs of two transactions that lock crosswise, want one more", n)
	}
}

// TestRetriesEnd: what never stops failing is given up, as something that passes.
func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	exec(t, s.Pool().Config().ConnString(), `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '40001'; END $$;
		CREATE TRIGGER fail BEFORE INSERT ON cursors FOR EACH ROW EXECUTE FUNCTION fail()`)
	runs := 0
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
		runs++
		return tx.SetCursor(t.Context(), "a", 0, 1)
	})
	if !errors.Is(err, gateway.ErrUnavailable) || runs != 6 {
		t.Errorf("%d runs, %v, want 6 and ErrUnavailable", runs, err)
	}
}

func TestUpdateIsOver(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	var kept gateway.Tx
	if err := s.Update(t.Context(), func(tx gateway.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := kept.SetCursor(t.Context(), "a", 0, 1); err == nil {
		t.Error("a transaction works after its end")
	}
	// A statement that failed spoils the whole, even where f does not tell.
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
		if err := tx.SetCursor(t.Context(), "a", 0, 1); err != nil {
			return err
		}
		_ = tx.Emit(t.Context(), []outbox.Event{storetest.Event(storetest.Carrier, func(e *outbox.Event) { e.Subject = "NUL \x00" })}, nil, nil)
		return nil
	})
	if !errors.Is(err, gateway.ErrInput) {
		t.Errorf("update with a failed statement: %v, want ErrInput", err)
	}
	if n, err := s.Cursor(t.Context(), "a"); err != nil || n != 0 {
		t.Errorf("cursor at %d, %v", n, err)
	}
	closed, err := postgres.Open(t.Context(), postgres.Options{DSN: s.Pool().Config().ConnString()})
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := closed.Now(t.Context()); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("a closed store: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Update(ctx, func(gateway.Tx) error { return nil }); !errors.Is(err, context.Canceled) || errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("update with a cancelled context: %v", err)
	}
}

func TestReadOnlyIsUnavailable(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shared(t).Database(t, "store", postgres.Migrate)
	s := open(t, dsn+" options='-c default_transaction_read_only=on'")
	if err := s.Check(t.Context()); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("check of a database that cannot be written to: %v", err)
	}
	if _, err := s.Accept(t.Context(), []gateway.Arrival{storetest.Arrival(storetest.Carrier)}); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("accept: %v", err)
	}
}

// TestHeldOpenWriter: a writer is held open, a later one commits, a consumer reads, the first commits. Nothing is missed,
// neither of the events nor of the audit log.
func TestHeldOpenWriter(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shared(t).Database(t, "store", postgres.Migrate)
	s, other := open(t, dsn), open(t, dsn)
	emit := func(s *postgres.Store, before func()) (uuid.UUID, error) {
		e, row := storetest.Event(storetest.Carrier), storetest.AuditRow("message.settle")
		return e.ID, s.Update(context.Background(), func(tx gateway.Tx) error {
			if err := tx.Emit(context.Background(), []outbox.Event{e}, nil, []audit.Row{row}); err != nil {
				return err
			}
			before()
			return nil
		})
	}
	inserted, release := make(chan struct{}), make(chan struct{})
	var first uuid.UUID
	done := make(chan error, 1)
	go func() {
		id, err := emit(s, func() { close(inserted); <-release })
		first = id
		done <- err
	}()
	<-inserted
	second, err := emit(other, func() {})
	if err != nil {
		t.Fatal(err)
	}
	number := func() (ids []uuid.UUID) {
		for _, node := range []*postgres.Store{s, other} {
			if _, err := node.NumberEvents(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
			if _, err := node.SealAudit(t.Context(), 10, sealing); err != nil {
				t.Fatal(err)
			}
		}
		events, err := s.Events(t.Context(), outbox.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range events {
			if e.Position != int64(i+1) {
				t.Errorf("event %d has position %d", i+1, e.Position)
			}
			ids = append(ids, e.ID)
		}
		sealed, err := s.SealedAudit(t.Context(), 0, 10)
		if err != nil || len(sealed) != len(events) {
			t.Errorf("%d rows are sealed, want %d: %v", len(sealed), len(events), err)
		}
		return ids
	}
	if got := number(); len(got) != 1 || got[0] != second {
		t.Errorf("before the first commits: %v, want %s", got, second)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := number(); len(got) != 2 || got[1] != first {
		t.Errorf("after the first committed: %v, want %s last", got, first)
	}
}

// sealing numbers rows as a sealer does.
func sealing(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
	out := make([]audit.Sealed, len(rows))
	for i, r := range rows {
		out[i] = audit.Sealed{Row: r, Seq: last.Seq + int64(i) + 1, Hash: [32]byte{1, byte(i)}}
	}
	end := out[len(out)-1]
	return out, audit.Head{Seq: end.Seq, Hash: end.Hash, At: time.Now(), KeyID: "k", Signature: []byte("s")}, nil
}

func TestSealIsChecked(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	if err := s.AppendAudit(t.Context(), []audit.Row{storetest.AuditRow("a"), storetest.AuditRow("b")}); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func([]audit.Sealed, *audit.Head) []audit.Sealed{
		"a row is lost":    func(s []audit.Sealed, _ *audit.Head) []audit.Sealed { return s[:1] },
		"a gap":            func(s []audit.Sealed, h *audit.Head) []audit.Sealed { s[1].Seq++; h.Seq++; return s },
		"a row twice":      func(s []audit.Sealed, _ *audit.Head) []audit.Sealed { s[1].ID = s[0].ID; return s },
		"an earlier head":  func(s []audit.Sealed, h *audit.Head) []audit.Sealed { h.Seq--; return s },
		"a row of its own": func(s []audit.Sealed, _ *audit.Head) []audit.Sealed { s[0].ID = storetest.NewID(); return s },
	} {
		if _, err := s.SealAudit(t.Context(), 10, func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
			sealed, head, err := sealing(last, rows)
			return spoil(sealed, &head), head, err
		}); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
	if n, err := s.UnsealedAudit(t.Context()); err != nil || n != 2 {
		t.Errorf("%d rows wait, %v, want 2", n, err)
	}
}

// TestNodesRace lets two nodes claim and settle what they can get: no attempt is handed out twice, nothing settles twice.
func TestNodesRace(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shared(t).Database(t, "store", postgres.Migrate)
	nodes := []*postgres.Store{open(t, dsn), open(t, dsn)}
	const n = 120
	accept(t, nodes[0], n)
	var mu sync.Mutex
	claimed, settled := map[gateway.Fence]int{}, map[uuid.UUID]int{}
	var wg sync.WaitGroup
	for w := range 6 {
		wg.Go(func() {
			s := nodes[w%2]
			for {
				got, err := s.Claim(t.Context(), gateway.ClaimRequest{Owner: fmt.Sprint("n", w), Max: 3, Lease: 60 * time.Millisecond})
				if err != nil {
					t.Error(err)
					return
				}
				b, err := s.Backlog(t.Context())
				if err != nil || b.Unfinished == 0 {
					return
				}
				for i, rc := range got {
					f := gateway.Fence{Receipt: rc.ID, Attempt: rc.Attempt}
					mu.Lock()
					claimed[f]++
					mu.Unlock()
					if (w+i)%4 == 0 && rc.Attempt == 1 { // outlives its lease; somebody else may have it then
						time.Sleep(80 * time.Millisecond)
					}
					err := s.Update(t.Context(), func(tx gateway.Tx) error {
						return tx.Settle(t.Context(), gateway.Settlement{Fence: f, Mode: rc.Mode, State: gateway.StateAccepted})
					})
					mu.Lock()
					if err == nil {
						settled[rc.ID]++
					} else if !errors.Is(err, gateway.ErrFenced) {
						t.Error(err)
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for f, times := range claimed {
		if times != 1 {
			t.Errorf("attempt %d at %s was handed out %d times", f.Attempt, f.Receipt, times)
		}
	}
	if len(settled) != n {
		t.Errorf("%d receipts settled, want %d", len(settled), n)
	}
	for id, times := range settled {
		if times != 1 {
			t.Errorf("receipt %s was settled %d times", id, times)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	if err := postgres.MapError(t.Context(), pgx.ErrNoRows); errors.Is(err, gateway.ErrUnavailable) || errors.Is(err, gateway.ErrInput) {
		t.Errorf("no rows: %v", err)
	}
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	a := storetest.Arrival(storetest.Carrier)
	for name, edit := range map[string]func(*gateway.Arrival){
		"no id":        func(a *gateway.Arrival) { a.ID = uuid.Nil },
		"no partner":   func(a *gateway.Arrival) { a.Partner = "" },
		"no mode":      func(a *gateway.Arrival) { a.Mode = "" },
		"two bodies":   func(a *gateway.Arrival) { a.BlobKey = "originals/x" },
		"NUL":          func(a *gateway.Arrival) { a.Name = "a\x00b" },
		"not UTF-8":    func(a *gateway.Arrival) { a.Name = "a\xffb" },
		"negative age": func(a *gateway.Arrival) { a.RetainFor = -1 },
	} {
		bad := a
		edit(&bad)
		if _, err := s.Accept(t.Context(), []gateway.Arrival{bad}); !errors.Is(err, gateway.ErrInput) {
			t.Errorf("accept with %s: %v", name, err)
		}
	}
	if _, err := s.Accept(t.Context(), []gateway.Arrival{a}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), []gateway.Arrival{a}); !errors.Is(err, gateway.ErrInput) {
		t.Errorf("the same id twice: %v", err)
	}
	rc := claim(t, s, 1)[0]
	for name, f := range map[string]func(tx gateway.Tx) error{
		"a state that is not final": func(tx gateway.Tx) error {
			return tx.Settle(t.Context(), storetest.Settlement(rc, gateway.StateReading))
		},
		"unsorted documents": func(tx gateway.Tx) error {
			_, err := tx.LockDocuments(t.Context(), []gateway.Document{{Key: "b"}, {Key: "a"}})
			return err
		},
		"the same document twice": func(tx gateway.Tx) error {
			_, err := tx.LockDocuments(t.Context(), []gateway.Document{{Key: "a"}, {Key: "a"}})
			return err
		},
		"locking twice": func(tx gateway.Tx) error {
			if _, err := tx.LockDocuments(t.Context(), nil); err != nil {
				return err
			}
			_, err := tx.LockDocuments(t.Context(), nil)
			return err
		},
	} {
		if err := s.Update(t.Context(), f); !errors.Is(err, gateway.ErrInput) {
			t.Errorf("%s: %v, want ErrInput", name, err)
		}
	}
}
