package gateway

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cargogate/internal/outbox"
)

// A scene is a sequence of files in the order in which they are accepted.
type scene []string

// play accepts all files, then reads and settles them in the order given, on two nodes. What waits, or has to be read
// again, comes after the others. With ahead, everything is read before the first is settled.
func (sc scene) play(t *testing.T, order []int, ahead, together bool) *desk {
	t.Helper()
	d := newDesk(t, nil)
	nodes := [2]*Gateway{d.g, gatewayOver(t, d.store)}
	var todo []*Receipt
	for _, body := range sc {
		d.accept("NORDKAI", body)
	}
	for _, i := range order {
		todo = append(todo, d.store.receipts[i])
	}
	outs := map[*Receipt]*outcome{}
	step := func(n int, r *Receipt) bool {
		out := outs[r]
		delete(outs, r)
		if out == nil {
			d.g = nodes[n%2]
			out = d.read(r)
		}
		if out.verdict == waitFor {
			return false
		}
		again, err := nodes[n%2].settle(t.Context(), []*outcome{out})
		if err != nil {
			t.Fatal(err)
		}
		return len(again) == 0
	}
	if ahead || together {
		for n, r := range todo {
			d.g = nodes[n%2]
			outs[r] = d.read(r)
		}
	}
	for n := 0; len(todo) > 0; n++ {
		if n > 1000 {
			t.Fatal("it never ends")
		}
		if together {
			var batch []*outcome
			for _, r := range todo {
				if outs[r] == nil {
					outs[r] = d.read(r)
				}
				if outs[r].verdict == settleIt {
					batch = append(batch, outs[r])
				}
			}
			if _, err := d.g.settle(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			clear(outs)
			todo = slices.DeleteFunc(todo, func(r *Receipt) bool { return d.store.state(r).Final() })
			continue
		}
		r := todo[0]
		todo = todo[1:]
		if !step(n, r) {
			todo = append(todo, r)
		}
	}
	d.store.relink()
	return d
}

// heads gives documents, what is current, and links, without ids.
func (d *desk) heads() string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(d.store.documents)) {
		doc := d.store.documents[key]
		out = append(out, fmt.Sprintf("%s %s %d@%v", doc.Reference, doc.State, doc.Versions, doc.Current))
	}
	for _, c := range d.store.visible() {
		out = append(out, fmt.Sprintf("%d:%s %s %s", c.Order.Seq, c.Number, c.State, d.store.links[c.ID]))
	}
	return strings.Join(out, "\n")
}

func permutations(n int, f func([]int)) {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var walk func(k int)
	walk = func(k int) {
		if k == n {
			f(p)
			return
		}
		for i := k; i < n; i++ {
			p[k], p[i] = p[i], p[k]
			walk(k + 1)
			p[k], p[i] = p[i], p[k]
		}
	}
	walk(0)
}

// Whatever the order of settling, on two nodes, original, replacement, change, cancellation, master and house come to the
// same documents, states and links.
func TestSettleOrder(t *testing.T) {
	original, replace, change, cancel := one("1", "M1", "9", "BM:A", "BM:B"), one("2", "M1", "5", "BM:B", "BM:C"), one("3", "M1", "4", "BM:C", "BM:D"), one("4", "M1", "1")
	master, house := one("5", "M5", "9", "MB:MAST"), one("6", "M6", "9", "BH:HOUSE<MAST")
	remove := one("7", "M1", "3", "BM:C")
	for name, c := range map[string]struct {
		scene
		full bool
	}{
		"with a cancellation": {scene{original, replace, change, cancel, master, house}, true},
		"without":             {scene{house, original, change, replace, remove, master}, false},
		"refiled":             {scene{original, cancel, one("8", "M1", "9", "BM:E"), house, one("9", "M5", "9", "MB:MAST"), one("10", "M5", "5", "MB:MAST", "BM:Z")}, false},
		"A, B, A":             {scene{original, replace, original, change}, true},
		"repeats":             {scene{original, original, replace, replace, original}, false},
		"cancelled master":    {scene{master, house, one("8", "M5", "1"), one("9", "M5", "9", "MB:MAST")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inOrder := make([]int, len(c.scene))
			for i := range inOrder {
				inOrder[i] = i
			}
			want := c.play(t, inOrder, false, false).heads()
			n := 0
			permutations(len(c.scene), func(order []int) {
				if n++; (!c.full || testing.Short()) && n%7 != 0 {
					return
				}
				// Read ahead or one after the other, settled one by one or together: each order in one of these ways.
				for i, way := range [][2]bool{{false, false}, {true, false}, {false, true}} {
					if i != n%3 && len(order) > 4 {
						continue
					}
					if got := c.play(t, order, way[0], way[1]).heads(); got != want {
						t.Fatalf("order %v, read ahead %t, together %t:\n%s\nwant\n%s", order, way[0], way[1], got, want)
					}
				}
			})
		})
	}
}

// What amends a document after its cancellation has no effect, whether it was settled before the cancellation or
// after it.
func TestSettleAmendmentOfCancelled(t *testing.T) {
	sc := scene{one("1", "M1", "9", "BM:A"), one("2", "M1", "1"), one("3", "M1", "5", "BM:B"), one("4", "M1", "4", "BM:C")}
	permutations(4, func(order []int) {
		d := sc.play(t, order, false, false)
		doc := d.store.documents[DocumentKey("live", "NORDKAI", "CUSCAR", "M1")]
		if doc.State != DocumentCancelled || doc.Current.Seq != 2 || doc.Versions != 2 || strings.Contains(d.bills(), ":B accepted") || strings.Contains(d.bills(), ":A accepted") {
			t.Errorf("order %v: %+v, %s", slices.Clone(order), doc, d.bills())
		}
	})
}

// A batch in any order settles as its receipts one by one do, in one transaction; each has its own rows and events.
func TestSettleBatch(t *testing.T) {
	d := newDesk(t, nil)
	var batch []*outcome
	for i := range 5 {
		batch = append(batch, d.read(d.accept("NORDKAI", one(fmt.Sprint(i+1), fmt.Sprint("M", i%4), "9", fmt.Sprint("BM:", i)))))
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
	again, err := d.g.settle(t.Context(), batch)
	if err != nil || len(again) != 1 || again[0].order != 5 { // the fifth replaces the first, which it was not told of
		t.Fatalf("%v, %d again", err, len(again))
	}
	d.do(d.store.receipts[4])
	if d.bills() != "1:0 superseded, 2:1 accepted, 3:2 accepted, 4:3 accepted, 5:4 accepted" || len(d.store.calls) != 1 {
		t.Error(d.bills(), len(d.store.calls))
	}
	for _, c := range d.store.visible() {
		if c.Call != d.store.calls[0].ID {
			t.Errorf("%+v", c)
		}
	}
	kinds := map[string]int{}
	for _, e := range d.store.events {
		kinds[e.Type]++
	}
	if kinds[outbox.TypeSettled] != 5 || kinds[outbox.TypeConsignment] != 1 {
		t.Errorf("events %v", kinds)
	}
}

// An attempt that is not the current one settles nothing, nor does what stands beside it.
func TestSettleFenced(t *testing.T) {
	d := newDesk(t, nil)
	r, other := d.accept("NORDKAI", one("1", "M1", "9", "BM:A")), d.accept("NORDKAI", one("2", "M2", "9", "BM:B"))
	out, beside := d.read(r), d.read(other)
	r.Attempt = 2
	if _, err := d.g.settle(t.Context(), []*outcome{out, beside}); !errors.Is(err, ErrFenced) {
		t.Errorf("error %v", err)
	}
	if d.bills() != "" || len(d.store.events) > 0 || len(d.store.documents) > 0 {
		t.Error("something was settled")
	}
	if again, err := d.g.settle(t.Context(), []*outcome{d.read(r), beside}); err != nil || len(again) > 0 {
		t.Errorf("%v, %d again", err, len(again))
	}
	if _, err := d.g.settle(t.Context(), []*outcome{beside}); !errors.Is(err, ErrFenced) {
		t.Errorf("settled twice: %v", err)
	}
	if again, err := d.g.settle(t.Context(), nil); err != nil || len(again) > 0 {
		t.Errorf("nothing: %v", err)
	}
}
