package sqlite

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/store/storetest"
)

func opened(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func fresh(t *testing.T) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	if err := Migrate(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return opened(t, dir), dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// taken accepts an arrival and claims it.
func taken(t *testing.T, s *Store) gateway.Receipt {
	t.Helper()
	_, err := s.Accept(t.Context(), []gateway.Arrival{storetest.Arrival(storetest.Carrier)})
	must(t, err)
	return claimed(t, s)
}

func claimed(t *testing.T, s *Store) gateway.Receipt {
	t.Helper()
	got, err := s.Claim(t.Context(), gateway.ClaimRequest{Owner: "a", Max: 1, Lease: time.Hour})
	if err != nil || len(got) != 1 {
		t.Fatalf("claimed %d, %v", len(got), err)
	}
	return got[0]
}

func settle(t *testing.T, s *Store, rc gateway.Receipt, state gateway.State, rows *gateway.Rows) gateway.Settlement {
	t.Helper()
	settlement := storetest.Settlement(rc, state)
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
		if err := tx.Settle(t.Context(), settlement); err != nil || rows == nil {
			return err
		}
		return tx.Insert(t.Context(), rows)
	}))
	return settlement
}

// cached is the state in accept.db, whatever main.db says.
func cached(t *testing.T, s *Store, id uuid.UUID) gateway.State {
	t.Helper()
	n, err := s.accept.pool.number(t.Context(), "test", "SELECT state FROM receipts WHERE id = ?", id)
	must(t, err)
	return stateOf(n)
}

// failOnce has the next change of a file fail as on a disk that went away: the connection is replaced after it.
func failOnce(t *testing.T, f *file) {
	t.Helper()
	must(t, f.writer.lock(t.Context()))
	defer f.writer.unlock()
	_, err := f.writer.conn.exec(t.Context(), "PRAGMA query_only = 1")
	must(t, err)
}

// Statements give values: only conn touches the driver's cursors, so no transaction can leave one open.
func TestCursorsStayInConn(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	must(t, err)
	seen := false
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		must(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "gateway" {
				return true // gateway.Rows are values
			}
			switch sel.Sel.Name {
			case "QueryContext", "QueryRowContext", "Rows", "ExecContext", "raw":
				if seen = true; name != "conn.go" {
					t.Errorf("%s names %s", name, sel.Sel.Name)
				}
			}
			return true
		})
	}
	if !seen {
		t.Error("conn.go does not name what this test looks for")
	}
}

// A statement for each row of another one is a nested query where cursors are used; here it is one after the other.
func TestStatementsForRows(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	n := 0
	must(t, s.main.writer.tx(t.Context(), "test", func(x *tx) error {
		rows, err := x.query("WITH RECURSIVE k (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 100) SELECT n FROM k")
		for i := range rows {
			more, err := x.query("WITH RECURSIVE k (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 100) SELECT n FROM k")
			if err != nil {
				return err
			}
			if n += len(more); rows[i].int() != int64(i+1) {
				t.Errorf("row %d changed while another statement ran", i)
			}
		}
		return err
	}))
	if n != 100*100 {
		t.Errorf("%d rows", n)
	}
}

func TestTransactionIsOver(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	var kept gateway.Tx
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error { kept = tx; return nil }))
	if err := kept.SetCursor(t.Context(), "c", 0, 1); !errors.Is(err, errTxDone) {
		t.Errorf("a statement after the transaction: %v", err)
	}
}

func TestFailedStatementIsNotCommitted(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	err := s.main.writer.tx(t.Context(), "test", func(x *tx) error {
		_, _ = x.exec("INSERT INTO cursors (name, position) VALUES ('a', 1)")
		_, _ = x.exec("INSERT INTO cursors (name, position) VALUES ('a', 2)") // fails, and is not looked at
		return nil
	})
	if err == nil {
		t.Error("committed")
	}
	if at, err := s.Cursor(t.Context(), "a"); at != 0 || err != nil {
		t.Errorf("cursor at %d, %v", at, err)
	}
}

func TestPanicRollsBack(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Update(t.Context(), func(tx gateway.Tx) error {
			if err := tx.SetCursor(t.Context(), "c", 0, 7); err != nil {
				t.Error(err)
			}
			panic("a fault of ours")
		})
	}()
	if at, err := s.Cursor(t.Context(), "c"); at != 0 || err != nil {
		t.Errorf("cursor at %d, %v", at, err)
	}
	must(t, s.Check(t.Context()))
}

// The process ends after the settling commit and before the cached state is written.
func TestCrashBetweenSettleAndCache(t *testing.T) {
	t.Parallel()
	s, dir := fresh(t)
	rc := taken(t, s)
	settle(t, s, rc, gateway.StateAccepted, nil)
	must(t, s.Close())

	s = opened(t, dir)
	if c := cached(t, s, rc.ID); c != gateway.StateReading {
		t.Fatalf("cached as %s, so this shows nothing", c)
	}
	got, err := s.Receipt(t.Context(), rc.ID)
	if err != nil || got.State != gateway.StateAccepted {
		t.Errorf("told as %s, %v", got.State, err)
	}
	n, err := s.Sweep(t.Context(), time.Hour)
	if n != 1 || err != nil {
		t.Errorf("sweep mended %d, %v", n, err)
	}
	if c := cached(t, s, rc.ID); c != gateway.StateAccepted {
		t.Errorf("cached as %s after the sweep", c)
	}
	if n, err := s.Sweep(t.Context(), time.Hour); n != 0 || err != nil {
		t.Errorf("the second sweep mended %d, %v", n, err)
	}
}

// The same, with the lease run out before any sweep: the claim has to see the settlement.
func TestClaimSeesSettlement(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	rc := taken(t, s)
	settle(t, s, rc, gateway.StateAccepted, nil)
	must(t, s.accept.writer.tx(t.Context(), "test", func(x *tx) error {
		_, err := x.exec("UPDATE receipts SET due_at = 0 WHERE id = ?", rc.ID)
		return err
	}))
	got, err := s.Claim(t.Context(), gateway.ClaimRequest{Max: 5, Lease: time.Hour})
	if len(got) != 0 || err != nil {
		t.Errorf("claimed %d, %v", len(got), err)
	}
	if c := cached(t, s, rc.ID); c != gateway.StateAccepted {
		t.Errorf("cached as %s", c)
	}
}

// accept.db fails after main.db has committed: what is left is done by the sweeper.
func TestHalfReplay(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	rc := taken(t, s)
	must(t, s.Settled(t.Context(), []gateway.Settlement{settle(t, s, rc, gateway.StateParked, nil)}))
	failOnce(t, s.accept)
	if err := s.Replay(t.Context(), rc.ID, audit.Row{}); !errors.Is(err, gateway.ErrUnavailable) {
		t.Fatalf("replay with accept.db gone: %v", err)
	}
	if c := cached(t, s, rc.ID); c != gateway.StateParked {
		t.Fatalf("cached as %s, so this shows nothing", c)
	}
	if n, err := s.Sweep(t.Context(), time.Hour); n < 1 || err != nil {
		t.Fatalf("sweep mended %d, %v", n, err)
	}
	if again := claimed(t, s); again.ID != rc.ID || again.Attempt != 2 {
		t.Errorf("claimed %s, attempt %d", again.ID, again.Attempt)
	}
}

func TestHalfPurge(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	rc := taken(t, s)
	rows := &gateway.Rows{
		Consignments: []gateway.ConsignmentRow{storetest.Consignment(rc, 1)}, Messages: []gateway.MessageRow{storetest.Message(rc, 1)},
	}
	must(t, s.Settled(t.Context(), []gateway.Settlement{settle(t, s, rc, gateway.StateAccepted, rows)}))
	failOnce(t, s.accept)
	_, err := s.Purge(t.Context(), gateway.Tombstone{Receipt: rc.ID, Why: "expired", Who: "service:gateway"}, audit.Row{})
	if !errors.Is(err, gateway.ErrUnavailable) {
		t.Fatalf("purge with accept.db gone: %v", err)
	}
	again, err := s.Purge(t.Context(), gateway.Tombstone{Receipt: rc.ID, Why: "again", Who: "service:gateway"}, audit.Row{})
	if err != nil || again.Why != "expired" || again.Derived == 0 {
		t.Errorf("the second call: %+v, %v", again, err)
	}
	got, err := s.Receipt(t.Context(), rc.ID)
	if err != nil || !got.Purged || got.Inline != nil || got.State != gateway.StateAccepted {
		t.Errorf("receipt %+v, %v", got, err)
	}
	n, err := s.main.pool.number(t.Context(), "test", "SELECT (SELECT count(*) FROM terms) + (SELECT count(*) FROM consignments)")
	if n != 0 || err != nil {
		t.Errorf("%d rows left, %v", n, err)
	}
}

func TestHalfSeal(t *testing.T) {
	t.Parallel()
	s, dir := fresh(t)
	taken(t, s) // one row in accept.db
	must(t, s.AppendAudit(t.Context(), []audit.Row{storetest.AuditRow("consignment.read")}))
	seal := func(last audit.Sealed, rows []audit.Row) (out []audit.Sealed, head audit.Head, err error) {
		for _, r := range rows {
			out = append(out, audit.Sealed{Row: r, Seq: last.Seq + int64(len(out)) + 1})
		}
		return out, audit.Head{Seq: last.Seq + int64(len(out)), At: time.Now()}, nil
	}
	failOnce(t, s.accept)
	if n, err := s.SealAudit(t.Context(), 10, seal); n != 2 || err != nil {
		t.Fatalf("sealed %d, %v", n, err)
	}
	if n, err := s.accept.pool.number(t.Context(), "test", "SELECT count(*) FROM audit"); n != 1 || err != nil {
		t.Fatalf("%d rows in accept.db, %v: this shows nothing", n, err)
	}
	if n, err := s.UnsealedAudit(t.Context()); n != 0 || err != nil {
		t.Errorf("%d unsealed, %v", n, err)
	}
	must(t, s.Close())
	s = opened(t, dir)
	if n, err := s.SealAudit(t.Context(), 10, seal); n != 0 || err != nil {
		t.Errorf("sealed %d more, %v", n, err)
	}
	rows, err := s.SealedAudit(t.Context(), 0, 10)
	if err != nil || len(rows) != 2 {
		t.Errorf("%d rows in the chain, %v", len(rows), err)
	}
	if n, err := s.accept.pool.number(t.Context(), "test", "SELECT count(*) FROM audit"); n != 0 || err != nil {
		t.Errorf("%d rows left in accept.db, %v", n, err)
	}
}

func TestHalfParking(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	rc := taken(t, s)
	failOnce(t, s.accept)
	state, err := s.Fail(t.Context(), gateway.Fence{Receipt: rc.ID, Attempt: rc.Attempt}, "no sense in it", 0, 1,
		func(rc gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row) {
			return storetest.Settlement(rc, gateway.StateParked), nil, nil
		})
	if state != gateway.StateParked || err != nil {
		t.Fatalf("%s, %v", state, err)
	}
	if c := cached(t, s, rc.ID); c != gateway.StateReading {
		t.Fatalf("cached as %s, so this shows nothing", c)
	}
	if n, err := s.Sweep(t.Context(), time.Hour); n != 1 || err != nil {
		t.Errorf("sweep mended %d, %v", n, err)
	}
	got, err := s.Receipt(t.Context(), rc.ID)
	if err != nil || got.State != gateway.StateParked || got.Reason != "no sense in it" {
		t.Errorf("%s %q, %v", got.State, got.Reason, err)
	}
}

// A receipt is settled between the copies of the two files: in what is restored it is due again.
func TestSettledBetweenCopies(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	rc := taken(t, s)
	to := t.TempDir()
	must(t, s.copyFile(t.Context(), mainFile, filepath.Join(to, mainFile)))
	must(t, s.Settled(t.Context(), []gateway.Settlement{settle(t, s, rc, gateway.StateAccepted, nil)}))
	must(t, s.copyFile(t.Context(), acceptFile, filepath.Join(to, acceptFile)))
	must(t, mark(t.Context(), filepath.Join(to, acceptFile)))

	restored := opened(t, to)
	again := claimed(t, restored)
	if again.ID != rc.ID || again.Attempt != rc.Attempt+1 {
		t.Errorf("claimed %s, attempt %d", again.ID, again.Attempt)
	}
	settle(t, restored, again, gateway.StateAccepted, nil)
}

// Files of different age that nobody marked: the sweeper finds it.
func TestSweepFindsFinalWithoutSettlement(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	rc := taken(t, s)
	must(t, s.Settled(t.Context(), []gateway.Settlement{storetest.Settlement(rc, gateway.StateAccepted)}))
	if n, err := s.Sweep(t.Context(), time.Hour); n != 1 || err != nil {
		t.Errorf("sweep mended %d, %v", n, err)
	}
	if again := claimed(t, s); again.ID != rc.ID {
		t.Errorf("claimed %s", again.ID)
	}
}

func TestSnapshotUnderLoad(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	ctx, stop := context.WithCancel(t.Context())
	var acknowledged sync.Map
	var load sync.WaitGroup
	var settled atomic.Int64
	load.Go(func() {
		for ctx.Err() == nil {
			arrivals := []gateway.Arrival{storetest.Arrival(storetest.Carrier), storetest.Arrival(storetest.Forwarder)}
			if got, err := s.Accept(t.Context(), arrivals); err != nil {
				t.Error(err)
			} else {
				acknowledged.Store(got[0].ID, true)
				acknowledged.Store(got[1].ID, true)
			}
		}
	})
	load.Go(func() {
		for ctx.Err() == nil {
			receipts, err := s.Claim(t.Context(), gateway.ClaimRequest{Max: 4, Lease: time.Hour})
			if err != nil {
				t.Error(err)
			}
			for _, rc := range receipts {
				rows := &gateway.Rows{Consignments: []gateway.ConsignmentRow{storetest.Consignment(rc, 1)}}
				settlement := storetest.Settlement(rc, gateway.StateAccepted)
				err := s.Update(t.Context(), func(tx gateway.Tx) error {
					if err := tx.Settle(t.Context(), settlement); err != nil {
						return err
					}
					return tx.Insert(t.Context(), rows)
				})
				if err == nil {
					err = s.Settled(t.Context(), []gateway.Settlement{settlement})
				}
				if err != nil {
					t.Error(err)
				}
				settled.Add(1)
			}
		}
	})
	for settled.Load() < 20 {
		time.Sleep(time.Millisecond)
	}
	var before []uuid.UUID
	acknowledged.Range(func(id, _ any) bool { before = append(before, id.(uuid.UUID)); return true })
	to := t.TempDir()
	names, err := s.Snapshot(t.Context(), to)
	stop()
	load.Wait()
	if err != nil || !slices.Equal(names, []string{mainFile, acceptFile}) {
		t.Fatalf("%q, %v", names, err)
	}

	restored := opened(t, to)
	for _, id := range before {
		if _, err := restored.Receipt(t.Context(), id); err != nil {
			t.Errorf("acknowledged before the snapshot: %v", err)
		}
	}
	_, err = restored.Sweep(t.Context(), time.Hour) // settled in the one copy, not yet said so in the other
	must(t, err)
	for { // every receipt reaches its end once
		receipts, err := restored.Claim(t.Context(), gateway.ClaimRequest{Max: 100, Lease: time.Hour})
		must(t, err)
		if len(receipts) == 0 {
			break
		}
		for _, rc := range receipts {
			must(t, restored.Settled(t.Context(), []gateway.Settlement{settle(t, restored, rc, gateway.StateAccepted, nil)}))
		}
	}
	total, err := restored.accept.pool.number(t.Context(), "test", "SELECT count(*) FROM receipts WHERE state = 3")
	must(t, err)
	reading, err := restored.accept.pool.number(t.Context(), "test", "SELECT count(*) FROM receipts WHERE state < 3")
	must(t, err)
	ends, err := restored.main.pool.number(t.Context(), "test", "SELECT count(*) FROM settlements")
	must(t, err)
	if total != ends || reading > 4 { // those that were claimed as the copy was made still have their lease
		t.Errorf("%d receipts are final, %d settled, %d still read", total, ends, reading)
	}
}

// The process is killed: the logs are there, their index and the lock are not. All that was acknowledged is.
func TestOpenAfterKill(t *testing.T) {
	t.Parallel()
	s, dir := fresh(t)
	s.accept.check.done() // so that nothing is brought into the files while they are copied
	s.main.check.done()
	rc := taken(t, s)
	settle(t, s, rc, gateway.StateAccepted, nil)
	to := t.TempDir()
	for _, name := range []string{acceptFile, mainFile, acceptFile + "-wal", mainFile + "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, name), b, 0o600))
	}
	got, err := opened(t, to).Receipt(t.Context(), rc.ID)
	if err != nil || got.State != gateway.StateAccepted || len(got.Inline) == 0 {
		t.Errorf("receipt %+v, %v", got, err)
	}
}

func TestSnapshotRefusesFolder(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "main.db"), nil, 0o600))
	if _, err := s.Snapshot(t.Context(), dir); !errors.Is(err, gateway.ErrInput) {
		t.Errorf("into a folder that is not empty: %v", err)
	}
	if _, err := s.Snapshot(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into no folder: %v", err)
	}
}

// full lets a file grow no more, and gives the function that makes room.
func full(t *testing.T, f *file) (room func()) {
	t.Helper()
	limit := func(pages int64) {
		must(t, f.writer.lock(t.Context()))
		defer f.writer.unlock()
		_, err := f.writer.conn.number(t.Context(), fmt.Sprint("PRAGMA max_page_count = ", pages))
		must(t, err)
	}
	limit(1) // SQLite makes it the present size
	return func() { limit(1 << 30) }
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	big := func(a *gateway.Arrival) { a.Inline = make([]byte, 64<<10) }
	kept, lost := storetest.Arrival(storetest.Carrier), storetest.Arrival(storetest.Carrier, big)
	_, err := s.Accept(t.Context(), []gateway.Arrival{kept})
	must(t, err)

	room := full(t, s.accept)
	if _, err := s.Accept(t.Context(), []gateway.Arrival{storetest.Arrival(storetest.Carrier), lost}); !errors.Is(err, gateway.ErrUnavailable) {
		t.Fatalf("accept on a full disk: %v", err)
	}
	if _, err := s.Receipt(t.Context(), kept.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Receipt(t.Context(), lost.ID); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("what was not acknowledged: %v", err)
	}
	room()
	got, err := s.Accept(t.Context(), []gateway.Arrival{lost})
	if err != nil || got[0].Seq != 2 {
		t.Errorf("with room again: %+v, %v", got, err)
	}

	rc := claimed(t, s)
	room = full(t, s.main)
	large := storetest.Consignment(rc, 1, func(c *gateway.ConsignmentRow) { c.Record = make([]byte, 64<<10) })
	rows := &gateway.Rows{Consignments: []gateway.ConsignmentRow{large}}
	update := func() error {
		return s.Update(t.Context(), func(tx gateway.Tx) error {
			if err := tx.Settle(t.Context(), storetest.Settlement(rc, gateway.StateAccepted)); err != nil {
				return err
			}
			return tx.Insert(t.Context(), rows)
		})
	}
	if err := update(); !errors.Is(err, gateway.ErrUnavailable) {
		t.Fatalf("settle on a full disk: %v", err)
	}
	if _, err := s.Settlement(t.Context(), rc.ID); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("half a settlement: %v", err)
	}
	room()
	must(t, update())
}

// What is asked at each claim and each arrival must not cost more as history grows.
func TestPlansUseIndexes(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	for _, tt := range []struct {
		file  *file
		query string
		index string
	}{
		{s.accept, "SELECT min(partner) FROM receipts WHERE state < 3 AND due_at = 0 AND lane = ?1", "receipts_ready"},
		{s.accept, "SELECT min(partner) FROM receipts WHERE state < 3 AND due_at = 0 AND lane = ?1 AND partner > 'A'", "receipts_ready"},
		{s.accept, "SELECT seq, id, attempt, state FROM receipts WHERE state < 3 AND due_at = 0 AND lane = ? AND partner = ? ORDER BY seq LIMIT ?",
			"receipts_ready"},
		{s.accept, "UPDATE receipts SET due_at = 0 WHERE state < 3 AND due_at > 0 AND due_at <= ?", "receipts_later"},
		{s.accept, "SELECT seq, id FROM receipts WHERE state < 3 AND partner = ? AND mode = ? AND seq > ? AND seq < ? ORDER BY seq LIMIT 20",
			"receipts_unfinished"},
		{s.accept, "UPDATE receipts SET due_at = 0 WHERE state < 3 AND state = 2 AND partner = ? AND mode = ? AND due_at > 0", "receipts_"},
		{s.accept, `SELECT 1 FROM receipts r WHERE r.expires_at > 0 AND r.purged = 0 AND r.expires_at <= ? AND r.state >= 3 AND r.holds = ''
			ORDER BY r.expires_at, r.seq`, "receipts_expires"},
		{s.main, linkedColumns + "c.bill_key = ? AND c.bill_key <> '' AND c.mode = ?", "consignments_bill"},
		{s.main, loosePage("bill_key"), "consignments_loose "},
		{s.main, loosePage("parent_key"), "consignments_loose_parent "},
		{s.main, stagedTerms, "consignments_work "},
		{s.main, linkedColumns + "c.parent_key = ? AND c.parent_key <> '' AND c.mode = ?", "consignments_parent"},
		{s.main, "SELECT id FROM deliveries WHERE state = 'pending' AND partner = ? AND due_at <= ?1 ORDER BY due_at, id LIMIT 4",
			"deliveries_pending"},
	} {
		rows, err := tt.file.pool.query(t.Context(), "plan", "EXPLAIN QUERY PLAN "+tt.query, make([]any, strings.Count(tt.query, "?"))...)
		must(t, err)
		var plan []string
		for i := range rows {
			rows[i].next = 3
			plan = append(plan, rows[i].text())
		}
		text := strings.Join(plan, "; ")
		if !strings.Contains(text, tt.index) || strings.Contains(text, "TEMP B-TREE") || strings.Contains(text, "SCAN receipts;") {
			t.Errorf("%s\n\tplan: %s\n\twant %s", tt.query, text, tt.index)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := newClock(func() time.Time { return wall })
	first := c.read()
	wall = wall.Add(-time.Hour)
	if got := c.read(); !got.Equal(first) {
		t.Errorf("set back by an hour, it reads %s after %s", got, first)
	}
	wall = wall.Add(30 * time.Minute) // still behind: half speed
	if got, want := c.read(), first.Add(15*time.Minute); !got.Equal(want) {
		t.Errorf("half an hour later it reads %s, want %s", got, want)
	}
	wall = first.Add(time.Hour)
	if got := c.read(); !got.Equal(wall) {
		t.Errorf("caught up, it reads %s, want %s", got, wall)
	}
}

func TestClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		wall := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		c := newClock(func() time.Time { return wall })
		last := c.read()
		for _, step := range rapid.SliceOf(rapid.Int64Range(-1e12, 1e12)).Draw(t, "steps") {
			wall = wall.Add(time.Duration(step))
			got := c.read()
			if got.Before(last) {
				t.Fatalf("%s after %s", got, last)
			}
			last = got
		}
	})
}

func TestLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
		text := rapid.OneOf(bytes, rapid.StringOf(rapid.SampledFrom([]rune("\\\n\"n a"))))
		list := rapid.SliceOf(text).Draw(t, "list")
		if got := splitLines(joinLines(list)); !slices.Equal(got, list) {
			t.Fatalf("%q came back as %q", list, got)
		}
		headers := rapid.MapOf(text, text).Draw(t, "headers")
		got, err := splitHeaders(joinHeaders(headers))
		if err != nil || len(got) != len(headers) {
			t.Fatalf("%q came back as %q, %v", headers, got, err)
		}
		for k, v := range headers {
			if got[k] != v {
				t.Fatalf("%q: %q came back as %q", k, v, got[k])
			}
		}
	})
	for _, damaged := range []string{"x", `"a"`, `"a" "b"`, `"a" b` + "\n", `"a""b"` + "\n"} {
		if got, err := splitHeaders(damaged); err == nil {
			t.Errorf("%q was read as %q", damaged, got)
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	kind, key := tokenKind("calls", "live"), []byte("0123456789abcdef")
	token := makeToken(kind, key)
	if got, err := readToken(kind, token, 16); err != nil || string(got) != string(key) {
		t.Errorf("%q, %v", got, err)
	}
	for what, bad := range map[string]string{"no base64": "!", "empty": "", "short": token[:8], "long": token + "AAAA", "changed": "A" + token[1:]} {
		if bad == token {
			continue
		}
		if _, err := readToken(kind, bad, 16); !errors.Is(err, gateway.ErrInput) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := readToken(tokenKind("calls", "test"), token, 16); !errors.Is(err, gateway.ErrInput) {
		t.Errorf("a token of another query: %v", err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	s, dir := fresh(t)
	must(t, s.main.writer.tx(t.Context(), "test", func(x *tx) error {
		_, err := x.exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
		return err
	}))
	must(t, s.Close())
	_, open := Open(t.Context(), Options{Dir: dir})
	_, plan := Plan(t.Context(), dir)
	for what, err := range map[string]error{"open": open, "plan": plan, "migrate": Migrate(t.Context(), dir)} {
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "cargogate migrate up") || !strings.Contains(err.Error(), "99999") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A store that a wrong clock opened gave leases that never end.
func TestFarLeaseEndsAtOpen(t *testing.T) {
	t.Parallel()
	s, dir := fresh(t)
	must(t, s.Close())
	ahead, err := Open(t.Context(), Options{Dir: dir, Now: func() time.Time { return time.Now().Add(240 * time.Hour) }})
	must(t, err)
	rc := taken(t, ahead)
	must(t, ahead.Close())
	if again := claimed(t, opened(t, dir)); again.ID != rc.ID || again.Attempt != 2 {
		t.Errorf("claimed %s, attempt %d", again.ID, again.Attempt)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t)
	rc := taken(t, s)
	other := func(a *gateway.Arrival) { a.Mode = "staging" }
	nameless := func(a *gateway.Arrival) { a.ID = uuid.Nil }
	in := func(f func(gateway.Tx) error) error { return s.Update(t.Context(), f) }
	accept := func(a gateway.Arrival) error {
		_, err := s.Accept(t.Context(), []gateway.Arrival{a})
		return err
	}
	_, searched := s.Consignments(t.Context(), gateway.ConsignmentQuery{Terms: make([]string, maxTerms+1)})
	_, listed := s.Receipts(t.Context(), gateway.ReceiptQuery{Mode: "live", States: []gateway.State{"lost"}})
	_, states := s.Consignments(t.Context(), gateway.ConsignmentQuery{Mode: "live", States: []string{"lost"}})
	_, finished := s.FinishDelivery(t.Context(), storetest.NewID(), 1, "lost", "", 0, nil)
	_, adopted := s.Adopt(t.Context(), gateway.Receipt{}, audit.Row{})
	for what, err := range map[string]error{
		"an unknown mode": accept(storetest.Arrival(storetest.Carrier, other)), "no id": accept(storetest.Arrival(storetest.Carrier, nameless)),
		"too many terms": searched, "an unknown state of receipts": listed, "an unknown state of consignments": states,
		"an unknown state of a delivery": finished, "a receipt without id": adopted,
		"a hold without a name": s.Hold(t.Context(), rc.ID, "", audit.Row{}), "no key": s.Archived(t.Context(), rc.ID, ""),
		"settled as reading": in(func(tx gateway.Tx) error {
			return tx.Settle(t.Context(), storetest.Settlement(rc, gateway.StateReading))
		}),
		"a document without a key": in(func(tx gateway.Tx) error {
			_, err := tx.LockDocuments(t.Context(), []gateway.Document{{Mode: "live"}})
			return err
		}),
		"a consignment of an unknown state": in(func(tx gateway.Tx) error {
			c := storetest.Consignment(rc, 1, func(c *gateway.ConsignmentRow) { c.State = "lost" })
			return tx.Insert(t.Context(), &gateway.Rows{Consignments: []gateway.ConsignmentRow{c}})
		}),
	} {
		if !errors.Is(err, gateway.ErrInput) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// An operator's command works beside the process that has the folder, and repairs nothing that is not its own.
func TestBeside(t *testing.T) {
	t.Parallel()
	s, dir := fresh(t)
	rc := taken(t, s)
	settlement := settle(t, s, rc, gateway.StateAccepted, nil)
	b, err := Open(t.Context(), Options{Dir: dir, Beside: true})
	must(t, err)
	defer func() { must(t, b.Close()) }()
	if c := cached(t, s, rc.ID); c != gateway.StateReading {
		t.Errorf("opening beside wrote %s", c)
	}
	must(t, s.Settled(t.Context(), []gateway.Settlement{settlement}))
	must(t, b.Hold(t.Context(), rc.ID, "inquiry", audit.Row{}))
	if _, err := s.Purge(t.Context(), gateway.Tombstone{Receipt: rc.ID}, audit.Row{}); !errors.Is(err, gateway.ErrHeld) {
		t.Errorf("purge of what another process holds: %v", err)
	}
	free, err := b.standStill(t.Context())
	must(t, err)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.SealAudit(short, 10, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sealed while another process makes a snapshot: %v", err)
	}
	free()
	_, err = b.Snapshot(t.Context(), t.TempDir())
	must(t, err)
}
