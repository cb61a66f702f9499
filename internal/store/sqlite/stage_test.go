package sqlite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/store/storetest"
)

// What is sorted comes in order and whole, whether it is in memory or in runs, and leaves no file.
func TestSorter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ postings, runs int }{{0, 0}, {1, 0}, {5000, 0}, {400_000, 3}} {
		s := &sorter{dir: t.TempDir()}
		random := rand.New(rand.NewPCG(1, uint64(c.postings)))
		want := make([]string, c.postings)
		for i := range want {
			var id uuid.UUID
			id[0], id[15] = byte(random.Uint32()), byte(random.Uint32())
			term := fmt.Sprintf("lw:%x", random.IntN(1+c.postings/3))
			if i%10 == 0 {
				term = "l"[:i/10%2] // the shortest
			}
			want[i] = term + "\x00" + string(id[:])
			if err := s.add(term, id); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		next, err := s.sorted()
		must(t, err)
		for i := 0; ; i++ {
			p, ok, err := next()
			must(t, err)
			if !ok {
				if i != len(want) {
					t.Errorf("%d of %d postings", i, len(want))
				}
				break
			}
			if got := string(p.term) + "\x00" + string(p.id[:]); got != want[i] {
				t.Fatalf("%d postings: %d is %q, not %q", c.postings, i, got, want[i])
			}
		}
		if _, ok, err := next(); ok || err != nil {
			t.Errorf("behind the end: %t, %v", ok, err)
		}
		if len(s.runs) < c.runs || c.runs == 0 && len(s.runs) > 0 {
			t.Errorf("%d postings in %d runs", c.postings, len(s.runs))
		}
		if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v", left, err)
		}
		must(t, s.close())
	}
}

func TestSorterFails(t *testing.T) {
	t.Parallel()
	s := &sorter{dir: t.TempDir() + "/none"}
	if err := s.add(strings.Repeat("x", postingMax), uuid.New()); err == nil {
		t.Error("a term that cannot be written was taken")
	}
	fill := func() (err error) {
		for range 2 * sortRun / 1016 {
			if err = s.add(strings.Repeat("x", 1000), uuid.New()); err != nil {
				break
			}
		}
		return err
	}
	if err := fill(); err == nil {
		t.Error("a file was made where there is no folder")
	}
	s = &sorter{dir: t.TempDir()}
	must(t, fill())
	next, err := s.sorted()
	must(t, err)
	must(t, s.file.Truncate(s.end/2))
	for ok := true; ok && err == nil; {
		_, ok, err = next()
	}
	if err == nil {
		t.Error("half of a run was sorted")
	}
	must(t, s.close())
}

// Terms are made at the end of staging, the same that settling makes of rows that were not staged.
func TestStagedTerms(t *testing.T) {
	t.Parallel()
	s, dir := fresh(t)
	rowsOf := func(rc gateway.Receipt, from, n int) *gateway.Rows {
		rows := &gateway.Rows{}
		for i := from; i < from+n; i++ {
			c := storetest.Consignment(rc, int64(i))
			c.Terms = []string{fmt.Sprintf("d:%d", i*7919%1000), "w:one", fmt.Sprintf("w:%d", i%10)}
			rows.Consignments = append(rows.Consignments, c)
		}
		return rows
	}
	terms := func() []string {
		rows, err := s.main.pool.query(t.Context(), "test", "SELECT t.term, c.ordinal FROM terms t JOIN consignments c ON c.id = t.id ORDER BY 1, 2")
		must(t, err)
		out := make([]string, len(rows))
		for i := range rows {
			out[i] = fmt.Sprint(rows[i].text(), " ", rows[i].int())
		}
		return out
	}
	plain := taken(t, s)
	settle(t, s, plain, gateway.StateAccepted, rowsOf(plain, 0, 1300))
	want := terms()

	staged := taken(t, s)
	f := gateway.Fence{Receipt: staged.ID, Attempt: staged.Attempt}
	for part := range 2 {
		must(t, s.Stage(t.Context(), f, rowsOf(staged, 650*part, 650)))
	}
	if got := terms(); !slices.Equal(got, want) {
		t.Error("terms were made before the end of staging")
	}
	must(t, s.Close()) // what is staged outlives the process that did
	s = opened(t, dir)
	must(t, s.Staged(t.Context(), f))
	twice := make([]string, 0, 2*len(want))
	for _, term := range want {
		twice = append(twice, term, term)
	}
	if got := terms(); !slices.Equal(got, twice) {
		t.Errorf("%d terms, want %d", len(got), len(twice))
	}
	settle(t, s, staged, gateway.StateAccepted, nil)
	if left, err := s.main.pool.number(t.Context(), "test", "SELECT count(*) FROM works WHERE unindexed <> 0 OR settled = 0"); left != 0 || err != nil {
		t.Errorf("%d works are not done, %v", left, err)
	}
}
