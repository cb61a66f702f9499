//go:build linux

package crashtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"cargogate/internal/failpoint"
)

// On SQLite one process has the database, and it renews its leases as soon as it goes on after a standstill, so that
// standing still, as in TestStalled, comes to an overtaken attempt once in a hundred times. Here the test itself takes over
// what the process has in hand, by what a claim of an expired lease does: in the turn of main.db's writer, where it is not
// settled, with the next attempt and a lease of its own, which it lets run out. The receipt keeps the number of its last
// attempt, so the database alone says afterwards whether an attempt that was overtaken has settled.
const (
	takeOverQuery = `UPDATE a.receipts SET attempt = attempt + 1, due_at = ? WHERE state = 1 AND NOT EXISTS
		(SELECT 1 FROM settlements s WHERE s.receipt = receipts.id)`
	outrunQuery = `SELECT lower(hex(s.receipt)), s.attempt, r.attempt FROM settlements s JOIN a.receipts r ON r.id = s.receipt
		WHERE s.attempt < r.attempt`
)

// takeOver takes what is in hand for d, and gives how many receipts that were.
func takeOver(db *sql.DB, d time.Duration) (n int64, err error) {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil { // of both files
		return 0, err
	}
	r, err := conn.ExecContext(ctx, takeOverQuery, time.Now().Add(d).UnixMicro())
	if err != nil {
		_, back := conn.ExecContext(ctx, "ROLLBACK")
		return 0, errors.Join(err, back)
	}
	if n, err = r.RowsAffected(); err != nil {
		return 0, err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return n, err
}

// outrun finds settlements of attempts that were overtaken.
func outrun(db *sql.DB) (faults []string, err error) {
	var id string
	var settled, latest int
	err = each(db, outrunQuery, []any{&id, &settled, &latest}, func() {
		faults = append(faults, fmt.Sprintf("receipt %s was settled by attempt %d when attempt %d had begun", id, settled, latest))
	})
	return faults, err
}

// overtake takes receipts over from a process under load until there were as many as wanted, or enough says so.
func overtake(t *testing.T, sabotage failpoint.Sabotage, wanted int64, enough func(db *sql.DB) (bool, error)) []string {
	t.Helper()
	s := newSite(t, "sqlite")
	l := startLoad(s, 5*time.Millisecond, true, sender{"ALFA", false}, sender{"BRAVO", false}, sender{"CHARLIE", false})
	var overtaken int64
	err := func() error {
		if err := s.dropJobs(); err != nil {
			return err
		}
		p, err := s.start("", string(sabotage))
		if err != nil {
			return err
		}
		if err := s.view(func(db *sql.DB, _ string) error {
			for end := time.Now().Add(restWithin); overtaken < wanted && time.Now().Before(end); {
				l.want.large.n.Store(1) // to read and settle it takes long enough to be caught in it
				time.Sleep(time.Duration(s.rng.IntN(100)) * time.Millisecond)
				n, err := takeOver(db, 300*time.Millisecond)
				if err != nil {
					return fmt.Errorf("take over: %w", err)
				}
				overtaken += n
				if done, err := enough(db); done || err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		return s.kill(p)
	}()
	if err != nil { // which notices nothing
		l.stop(0)
		t.Fatal(err)
	}
	t.Logf("%d attempts were overtaken", overtaken)
	var faults []string
	if sabotage == "" {
		if overtaken < wanted {
			faults = append(faults, fmt.Sprintf("%d attempts were overtaken, want %d", overtaken, wanted))
		}
		faults = append(faults, judge(s, l, "", quiet)...)
	} else {
		l.stop(0) // the attempts alone are asked
	}
	s.must(s.view(func(db *sql.DB, _ string) error {
		more, err := outrun(db)
		faults = append(faults, more...)
		return err
	}))
	return faults
}

// TestOvertakenSQLite shows that what was taken over is settled once, by its last attempt.
func TestOvertakenSQLite(t *testing.T) {
	t.Parallel()
	for _, fault := range overtake(t, "", 30, func(*sql.DB) (bool, error) { return false, nil }) {
		t.Error(fault)
	}
}

// TestSabotageNoFenceSQLite takes over from a process that does not look whether an attempt is still the last one.
func TestSabotageNoFenceSQLite(t *testing.T) {
	t.Parallel()
	mustNotice(t, failpoint.NoFence, overtake(t, failpoint.NoFence, 500, func(db *sql.DB) (bool, error) {
		faults, err := outrun(db)
		return len(faults) > 0, err
	}))
}
