package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/storetest"
)

// idAt makes a UUIDv7 of another time than now.
func idAt(at time.Time) uuid.UUID {
	id := postgres.LowestID(at)
	random := storetest.NewID()
	copy(id[6:], random[6:])
	return id
}

func partitionOf(t *testing.T, s *postgres.Store, table, column string, id uuid.UUID) (name string) {
	t.Helper()
	if err := s.Pool().QueryRow(t.Context(), "SELECT tableoid::regclass::text FROM "+table+" WHERE "+column+" = $1", id).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPartitionsAhead(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	now, err := s.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	before, err := s.PartitionsUntil(t.Context())
	if err != nil || before.Before(now.Add(31*24*time.Hour)) {
		t.Fatalf("partitions until %s, %v", before, err)
	}
	if again, err := s.EnsurePartitions(t.Context(), 0); err != nil || !again.Equal(before) {
		t.Errorf("nothing is to be made: until %s, %v, want %s", again, err, before)
	}
	// Three arrivals: one of now, one of a clock that is five months ahead, one of a clock that begins in 1970.
	ahead := month.AddDate(0, 5, 3)
	ids := map[string]uuid.UUID{"now": storetest.NewID(), "ahead": idAt(ahead), "1970": idAt(time.Unix(86400, 0))}
	for _, id := range ids {
		a := storetest.Arrival(storetest.Carrier)
		a.ID = id
		if _, err := s.Accept(t.Context(), []gateway.Arrival{a}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want map[string]string) {
		t.Helper()
		for name, part := range want {
			for _, table := range []struct{ name, column string }{{"receipts", "id"}, {"bodies", "receipt"}} {
				if got := partitionOf(t, s, table.name, table.column, ids[name]); got != table.name+"_"+part {
					t.Errorf("%s of %s is in %s, want %s", table.name, name, got, part)
				}
			}
		}
	}
	check(map[string]string{"now": month.Format("200601"), "ahead": "default", "1970": "default"})
	until, err := s.EnsurePartitions(t.Context(), ahead.Sub(now))
	if err != nil || !until.Equal(month.AddDate(0, 6, 0)) {
		t.Fatalf("partitions until %s, %v, want %s", until, err, month.AddDate(0, 6, 0))
	}
	check(map[string]string{"now": month.Format("200601"), "ahead": ahead.Format("200601"), "1970": "default"})
	// All of them are worked on like any other.
	got, err := s.Claim(t.Context(), gateway.ClaimRequest{Owner: "n1", Max: 10, Lease: time.Minute})
	if err != nil || len(got) != 3 {
		t.Fatalf("claimed %d, %v, want 3", len(got), err)
	}
	for _, d := range []time.Duration{-1, 100 * 366 * 24 * time.Hour} {
		if _, err := s.EnsurePartitions(t.Context(), d); !errors.Is(err, gateway.ErrInput) {
			t.Errorf("partitions for %s ahead: %v", d, err)
		}
	}
}

// TestPartitionsWaitBriefly: while somebody reads for long, partitions are not made, nor is anybody held up by it.
func TestPartitionsWaitBriefly(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	reader, err := s.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback(t.Context())
	if _, err := reader.Exec(t.Context(), "SELECT count(*) FROM receipts"); err != nil {
		t.Fatal(err)
	}
	const far = 200 * 24 * time.Hour
	if _, err := s.EnsurePartitions(t.Context(), far); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("partitions beside a long reader: %v, want ErrUnavailable", err)
	}
	if err := reader.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if until, err := s.EnsurePartitions(t.Context(), far); err != nil || until.Before(time.Now().Add(far)) {
		t.Errorf("partitions until %s, %v", until, err)
	}
}
