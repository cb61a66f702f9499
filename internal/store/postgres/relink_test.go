package postgres_test

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"cargogate/internal/gateway"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/storetest"
)

// A page of bills reads about a page of rows, wherever it begins in a document or in what is of none, and whether or not
// the planner knows how many there are.
func TestBillPageReadsAPage(t *testing.T) {
	t.Parallel()
	const rows, page = 6000, 100
	dsn := pgtest.Shared(t).Database(t, "bills", postgres.Migrate)
	s := open(t, dsn)
	read := regexp.MustCompile(`actual rows=([0-9.]+) loops=([0-9]+)`)
	for _, doc := range []string{"live|CUSCAR|large", ""} {
		a := storetest.Arrival(storetest.Carrier)
		if _, err := s.Accept(t.Context(), []gateway.Arrival{a}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Claim(t.Context(), gateway.ClaimRequest{Owner: "a", Max: 1, Lease: 1 << 40})
		if err != nil || len(got) != 1 {
			t.Fatalf("claimed %d, %v", len(got), err)
		}
		rc := got[0]
		f := gateway.Fence{Receipt: rc.ID, Attempt: rc.Attempt}
		for from := 0; from < rows; from += 2000 {
			some := &gateway.Rows{}
			for i := from; i < from+2000; i++ {
				some.Consignments = append(some.Consignments, storetest.Consignment(rc, int64(i), func(c *gateway.ConsignmentRow) {
					c.DocumentKey, c.BillKey, c.ParentKey, c.Terms = doc, fmt.Sprintf("B%06d", i), fmt.Sprintf("P%06d", i/2), nil
				}))
			}
			if err := s.Stage(t.Context(), f, some); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Update(t.Context(), func(tx gateway.Tx) error {
			if err := tx.Settle(t.Context(), storetest.Settlement(rc, gateway.StateAccepted)); err != nil {
				return err
			}
			return tx.Insert(t.Context(), &gateway.Rows{Messages: []gateway.MessageRow{storetest.Message(rc, 1, func(m *gateway.MessageRow) { m.DocumentKey = doc })}})
		}); err != nil {
			t.Fatal(err)
		}
		for _, analyzed := range []bool{false, true} {
			if analyzed {
				exec(t, dsn, "ANALYZE")
			}
			for _, after := range []string{"", "B003000", "P001500"} {
				tx, err := s.Pool().Begin(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tx.Exec(t.Context(), postgres.BillPageBefore); err != nil {
					t.Fatal(err)
				}
				plan, err := tx.Query(t.Context(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "+postgres.BillPageSQL, rc.ID, after, page)
				if err != nil {
					t.Fatal(err)
				}
				text, most := "", 0.0
				for plan.Next() {
					var line string
					if err := plan.Scan(&line); err != nil {
						t.Fatal(err)
					}
					text += line + "\n"
					if m := read.FindStringSubmatch(line); m != nil {
						n, err1 := strconv.ParseFloat(m[1], 64)
						loops, err2 := strconv.ParseFloat(m[2], 64)
						if err1 != nil || err2 != nil {
							t.Fatal(line)
						}
						most = max(most, n*loops)
					}
				}
				if err := errors.Join(plan.Err(), tx.Rollback(t.Context())); err != nil {
					t.Fatal(err)
				}
				if most < page || most > 5*page {
					t.Errorf("document %q after %q, analyzed %t: %.0f rows were read for a page of %d:\n%s", doc, after, analyzed, most, page, text)
				}
			}
		}
	}
}
