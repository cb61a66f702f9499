package gateway

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// versionsOf writes versions as words: "O9" is an original of receipt 9, R replacement, C change, A addition, D deletion,
// X cancellation; "-" before it says that it was refused.
func versionsOf(words string) (out []Version) {
	for _, w := range strings.Fields(words) {
		v := Version{Took: true}
		if rest, refused := strings.CutPrefix(w, "-"); refused {
			v.Took, w = false, rest
		}
		v.Op = map[byte]Op{'O': OpSet, 'R': OpSet, 'C': OpChange, 'A': OpAdd, 'D': OpDelete, 'X': OpCancel}[w[0]]
		v.Original = w[0] == 'O'
		if _, err := fmt.Sscanf(w[1:], "%d", &v.Order.Seq); err != nil {
			panic(err)
		}
		v.Order.Message = 1
		out = append(out, v)
	}
	return out
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		versions, state string
		epoch, current  int64
		n               int
	}{
		{"", DocumentNone, 0, 0, 0},
		{"O1", DocumentCurrent, 1, 1, 1},
		{"-O1", DocumentNone, 0, 0, 0},
		{"O1 C2 A3 D4", DocumentCurrent, 1, 4, 4},
		{"O1 C2 R3", DocumentCurrent, 3, 3, 3},
		{"O1 O2", DocumentCurrent, 2, 2, 2},
		{"O1 -R2 C3", DocumentCurrent, 1, 3, 2},
		{"O1 X2", DocumentCancelled, 1, 2, 2},
		{"O1 X2 O3", DocumentCurrent, 3, 3, 3},
		{"O1 X2 R3", DocumentCancelled, 1, 2, 2},
		{"O1 X2 C3 A4 D5 X6", DocumentCancelled, 1, 2, 2},
		{"X1", DocumentNone, 0, 0, 0},
		{"X1 O2", DocumentCurrent, 2, 2, 1},
		{"C1 C2", DocumentCurrent, 1, 2, 2},
		{"R1 C2", DocumentCurrent, 1, 2, 2},
		{"C3 O1 R2", DocumentCurrent, 2, 3, 3}, // in any order
	} {
		plan, d := Fold(versionsOf(c.versions))
		if d.State != c.state || plan.Epoch.Seq != c.epoch || d.Current.Seq != c.current || d.Versions != c.n ||
			plan.None != (c.state == DocumentNone) || plan.Cancelled != (c.state == DocumentCancelled) {
			t.Errorf("%q: plan %+v, document %+v", c.versions, plan, d)
		}
	}
}

func genVersions(t *rapid.T) []Version {
	ops := []Op{OpSet, OpChange, OpAdd, OpDelete, OpCancel}
	n := rapid.IntRange(0, 8).Draw(t, "n")
	out := make([]Version, n)
	for i := range out {
		out[i] = Version{Order: Order{int64(i/2 + 1), i%2 + 1}, Op: rapid.SampledFrom(ops).Draw(t, "op"), Original: rapid.Bool().Draw(t, "original"), Took: rapid.IntRange(0, 4).Draw(t, "took") > 0}
	}
	return out
}

// Whatever the order in which versions are inserted, and however many of the prefixes were folded on the way, the plan,
// the head and the states of all bills are the same.
func TestFoldAnyInsertion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		versions := genVersions(t)
		bills := map[Order][]Bill{}
		for _, v := range versions {
			for k := range rapid.IntRange(0, 3).Draw(t, "bills") {
				b := Bill{v.Order, int64(v.Order.Message*10 + k), rapid.SampledFrom([]string{"A", "B"}).Draw(t, "key"), v.Op, ConsignmentAccepted}
				if !v.Took || rapid.IntRange(0, 5).Draw(t, "refused") == 0 {
					b.State = ConsignmentUnaccepted
				}
				bills[v.Order] = append(bills[v.Order], b)
			}
		}
		settle := func(order []int) (Plan, Document, string) {
			var in []Version
			var rows []Bill
			var plan Plan
			var d Document
			for _, i := range order {
				in = append(in, versions[i])
				rows = append(rows, bills[versions[i].Order]...)
				before := slices.Clone(in)
				plan, d = Fold(in)
				if !slices.Equal(before, in) {
					t.Fatal("Fold changed what it was given")
				}
				for k, s := range BillStates(plan, rows) {
					rows[k].State = s
				}
			}
			slices.SortFunc(rows, func(a, b Bill) int { return int(a.Order.Seq*1000+a.Ordinal) - int(b.Order.Seq*1000+b.Ordinal) })
			return plan, d, fmt.Sprint(rows)
		}
		order := make([]int, len(versions))
		for i := range order {
			order[i] = i
		}
		plan, d, states := settle(order)
		for seed := range uint64(6) {
			rand.New(rand.NewPCG(seed, 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			if p2, d2, s2 := settle(order); p2 != plan || d2 != d || s2 != states {
				t.Fatalf("order %v: %+v %+v %s\nwant %+v %+v %s", order, p2, d2, s2, plan, d, states)
			}
		}
	})
}

func TestBillStates(t *testing.T) {
	bill := func(seq int64, ordinal int64, key string, op Op, state string) Bill {
		return Bill{Order{seq, 1}, ordinal, key, op, state}
	}
	bills := []Bill{
		bill(1, 1, "A", OpSet, "accepted"), bill(1, 2, "B", OpSet, "accepted"), bill(2, 1, "A", OpSet, "accepted"), bill(2, 2, "B", OpSet, "unaccepted"),
		bill(2, 3, "C", OpSet, "accepted"), bill(3, 1, "A", OpChange, "accepted"), bill(4, 1, "C", OpDelete, "accepted"), bill(5, 1, "D", OpAdd, "accepted"),
	}
	for _, c := range []struct {
		plan Plan
		want string
	}{
		{Plan{None: true}, "accepted accepted accepted unaccepted accepted accepted accepted accepted"},
		{Plan{Epoch: Order{2, 1}}, "superseded superseded superseded unaccepted cancelled accepted cancelled accepted"},
		{Plan{Epoch: Order{1, 1}}, "superseded accepted superseded unaccepted cancelled accepted cancelled accepted"},
		{Plan{Epoch: Order{2, 1}, Cancelled: true}, "superseded superseded cancelled unaccepted cancelled cancelled cancelled cancelled"},
	} {
		if got := strings.Join(BillStates(c.plan, bills), " "); got != c.want {
			t.Errorf("%+v:\n     %s\nwant %s", c.plan, got, c.want)
		}
	}
}
