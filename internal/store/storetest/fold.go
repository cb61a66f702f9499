package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A step is one message of a document: what it does, and the bills that it names. A bill that begins with "-" is
// refused: its consignment is unaccepted.
type step struct {
	op    gateway.Op
	bills []string
}

func steps(all ...step) []step { return all }

func does(op gateway.Op, bills ...string) step { return step{op, bills} }

var foldRules = []Rule{
	{"refold/an original alone is accepted", foldTest(does(gateway.OpSet, "A", "B"))},
	{"refold/a replacement supersedes what was before it", foldTest(does(gateway.OpSet, "A", "B"), does(gateway.OpSet, "B", "C"))},
	{"refold/a change supersedes the bills that it names", foldTest(does(gateway.OpSet, "A", "B"), does(gateway.OpChange, "B"))},
	{"refold/an addition leaves the others", foldTest(does(gateway.OpSet, "A"), does(gateway.OpAdd, "B"), does(gateway.OpAdd, "C"))},
	{"refold/a deletion cancels the bills that it names", foldTest(does(gateway.OpSet, "A", "B"), does(gateway.OpDelete, "A"))},
	{"refold/what was deleted can be added again", foldTest(does(gateway.OpSet, "A", "B"), does(gateway.OpDelete, "A"), does(gateway.OpAdd, "A"))},
	{"refold/a cancellation cancels all, the superseded too", foldTest(does(gateway.OpSet, "A", "B"), does(gateway.OpChange, "A"), does(gateway.OpCancel))},
	{"refold/a cancellation leaves what was superseded before the last original", foldTest(
		does(gateway.OpSet, "A"), does(gateway.OpSet, "B"), does(gateway.OpCancel))},
	{"refold/an original after a cancellation begins anew", foldTest(does(gateway.OpSet, "A"), does(gateway.OpCancel), does(gateway.OpSet, "A", "C"))},
	{"refold/of a bill that is repeated in one message the last counts", foldTest(does(gateway.OpSet, "A", "B", "A", "A"))},
	{"refold/of a bill that is repeated in one change the last counts", foldTest(does(gateway.OpSet, "A", "B"), does(gateway.OpChange, "B", "B"))},
	{"refold/unaccepted stays", foldTest(does(gateway.OpSet, "-A", "B"), does(gateway.OpSet, "A"), does(gateway.OpChange, "-A"), does(gateway.OpCancel))},
	{"refold/what is unaccepted supersedes nothing", foldTest(does(gateway.OpSet, "A", "B"), does(gateway.OpChange, "-A"))},
	{"refold/none changes nothing", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1, ofDocument("doc", gateway.OpChange))}}
		for i, state := range []string{"accepted", "unaccepted", "accepted"} {
			rows.Consignments = append(rows.Consignments, Consignment(rc, int64(i+1), func(c *gateway.ConsignmentRow) {
				c.DocumentKey, c.State, c.BillKey = "doc", state, "A"
			}))
		}
		r.settle(rc, rows)
		r.equal(len(r.refold(gateway.Plan{Key: "doc", None: true}, 100)), 0, "changed")
		for _, c := range rows.Consignments {
			r.equal(r.consignment(c.ID).State, c.State, "state")
		}
	}},
	{"refold/again changes nothing", func(r *rig) {
		d := r.document("doc", Carrier, steps(does(gateway.OpSet, "A", "B"), does(gateway.OpChange, "B"), does(gateway.OpDelete, "A")))
		d.settleAll()
		r.equal(len(r.refold(d.plan(), 100)), 0, "changed by the same plan")
		d.check()
	}},
	{"refold/tells what changed, from what to what", func(r *rig) {
		d := r.document("doc", Carrier, steps(does(gateway.OpSet, "A", "-B", "C"), does(gateway.OpSet, "A")))
		d.settleAll()
		plan := d.plan()
		plan.Cancelled = true
		got := r.refold(plan, 100)
		last := d.rows[1].Consignments[0]
		r.equal(got, []gateway.Changed{{
			ID: last.ID, Receipt: last.Receipt, Partner: last.Partner, Filer: last.Filer, Number: last.Number, Was: "accepted", Is: "cancelled",
		}}, "changed")
	}},
	{"refold/changes all and tells no more than the limit", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1, ofDocument("doc", gateway.OpSet))}}
		for i := range 30 {
			rows.Consignments = append(rows.Consignments, Consignment(rc, int64(i+1), func(c *gateway.ConsignmentRow) { c.DocumentKey = "doc" }))
		}
		r.settle(rc, rows)
		r.equal(len(r.refold(gateway.Plan{Key: "doc", Epoch: rows.Messages[0].Order, Cancelled: true}, 7)), 7, "told")
		for _, c := range rows.Consignments {
			r.equal(r.consignment(c.ID).State, "cancelled", "state")
		}
	}},
	{"refold/leaves other documents alone", func(r *rig) {
		one := r.document("doc", Carrier, steps(does(gateway.OpSet, "A", "B"), does(gateway.OpChange, "B")))
		two := r.document("doc-2", Forwarder, steps(does(gateway.OpSet, "A", "B")))
		two.settleAll()
		one.settleAll()
		one.check()
		two.check()
	}},
	{"refold/leaves what is not visible alone", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.ok(r.store.Stage(r.ctx, fence(rc), r.rowsOf(rc, "doc")), "stage")
		r.equal(len(r.refold(gateway.Plan{Key: "doc", Epoch: gateway.Order{Seq: rc.Seq, Message: 1}, Cancelled: true}, 100)), 0, "changed")
		r.settle(rc, nil)
		got := r.search(gateway.ConsignmentQuery{Mode: rc.Mode, Receipt: rc.ID})
		if len(got.Items) != 1 || got.Items[0].State != "accepted" {
			r.Errorf("consignments %+v, want one that is accepted", got.Items)
		}
	}},
	{"refold/any order of settling comes to the same", func(r *rig) {
		all := steps(does(gateway.OpSet, "A", "B", "-X"), does(gateway.OpSet, "B", "C", "C"), does(gateway.OpChange, "C"), does(gateway.OpDelete, "B"),
			does(gateway.OpAdd, "D", "B"))
		random := rand.New(rand.NewPCG(3, 14))
		for n := range 12 {
			d := r.document(fmt.Sprint("doc-", n), Carrier, all)
			for _, i := range random.Perm(len(all)) {
				d.settle(i)
			}
			d.check()
		}
	}},
	{"refold/random documents in a random order", func(r *rig) {
		random := rand.New(rand.NewPCG(26, 53))
		ops := []gateway.Op{gateway.OpSet, gateway.OpSet, gateway.OpChange, gateway.OpAdd, gateway.OpDelete, gateway.OpCancel}
		for n := range 12 {
			all := steps(does(gateway.OpSet, "A", "B"))
			for range 1 + random.IntN(4) {
				s := step{op: ops[random.IntN(len(ops))]}
				for range random.IntN(4) {
					s.bills = append(s.bills, []string{"A", "B", "C", "-A", "-C"}[random.IntN(5)])
				}
				if s.op == gateway.OpCancel {
					s.bills = nil
				}
				all = append(all, s)
			}
			r.Logf("document %d: %v", n, all)
			d := r.document(fmt.Sprint("doc-", n), Carrier, all)
			for _, i := range random.Perm(len(all)) {
				d.settle(i)
			}
			d.check()
		}
	}},
}

// foldTest settles the messages of a document in order, and in reverse order for another document.
func foldTest(all ...step) func(*rig) {
	return func(r *rig) {
		forth, back := r.document("doc", Carrier, all), r.document("doc-2", Carrier, all)
		forth.settleAll()
		forth.check()
		for i := range all {
			back.settle(len(all) - 1 - i)
		}
		back.check()
	}
}

// A paper is a document whose messages are received and claimed, one a receipt, and settled in any order.
type paper struct {
	r        *rig
	key      string
	receipts []gateway.Receipt
	rows     []*gateway.Rows
	settled  map[int]bool
}

func (r *rig) document(key string, p partner.ID, all []step) *paper {
	r.Helper()
	d := &paper{r: r, key: key, settled: map[int]bool{}}
	for _, s := range all {
		rc := r.receive(Arrival(p))
		rows := &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1, ofDocument(key, s.op))}}
		for i, bill := range s.bills {
			rows.Consignments = append(rows.Consignments, Consignment(rc, int64(i+1), func(c *gateway.ConsignmentRow) {
				c.DocumentKey, c.Op, c.BillKey = key, s.op, bill
				if bill[0] == '-' {
					c.BillKey, c.State, c.Registration = bill[1:], "unaccepted", ""
				}
			}))
		}
		d.receipts, d.rows = append(d.receipts, rc), append(d.rows, rows)
	}
	return d
}

func (d *paper) settleAll() {
	d.r.Helper()
	for i := range d.rows {
		d.settle(i)
	}
}

// settle ends the i-th message as the gateway does: with what the versions come to, its own among them.
func (d *paper) settle(i int) {
	d.r.Helper()
	d.settled[i] = true
	d.r.settle(d.receipts[i], d.rows[i], func(tx gateway.Tx) error {
		_, err := tx.Refold(d.r.ctx, d.plan(), 100)
		return err
	})
}

// plan is what the settled messages come to.
func (d *paper) plan() gateway.Plan {
	p := gateway.Plan{Key: d.key, None: true}
	for i, rows := range d.rows {
		if !d.settled[i] {
			continue
		}
		switch m := rows.Messages[0]; {
		case m.Op == gateway.OpSet:
			p = gateway.Plan{Key: d.key, Epoch: m.Order}
		case m.Op == gateway.OpCancel && !p.None:
			p.Cancelled = true
		}
	}
	return p
}

// check compares the states of all consignments with those of the plainest fold.
func (d *paper) check() {
	d.r.Helper()
	var all []gateway.ConsignmentRow
	for _, rows := range d.rows {
		all = append(all, rows.Consignments...)
	}
	want := folded(d.plan(), all)
	got := map[uuid.UUID]string{}
	for _, c := range all {
		got[c.ID] = d.r.consignment(c.ID).State
	}
	if !maps.Equal(got, want) {
		for _, c := range all {
			if got[c.ID] != want[c.ID] {
				d.r.Errorf("%s: bill %s of message %d, ordinal %d, is %s, want %s", d.key, c.BillKey, c.Order.Seq, c.Ordinal, got[c.ID], want[c.ID])
			}
		}
	}
}

// folded gives the states that a plan says, as gateway.Plan puts it, sentence by sentence.
func folded(p gateway.Plan, rows []gateway.ConsignmentRow) map[uuid.UUID]string {
	states := map[uuid.UUID]string{}
	last := map[string]gateway.ConsignmentRow{} // by bill, of those from the epoch on
	for _, c := range rows {
		states[c.ID] = c.State
		if c.State == "unaccepted" || c.Order.Less(p.Epoch) {
			continue
		}
		if l, ok := last[c.BillKey]; !ok || l.Order.Less(c.Order) || l.Order == c.Order && l.Ordinal < c.Ordinal {
			last[c.BillKey] = c
		}
	}
	if p.None {
		return states
	}
	for _, c := range rows {
		l := last[c.BillKey]
		switch {
		case c.State == "unaccepted":
		case c.Order.Less(p.Epoch):
			states[c.ID] = "superseded"
		case p.Cancelled, l.Op == gateway.OpDelete:
			states[c.ID] = "cancelled"
		case l.ID == c.ID:
			states[c.ID] = "accepted"
		default:
			states[c.ID] = "superseded"
		}
	}
	return states
}

// refold does it in a transaction of its own.
func (r *rig) refold(p gateway.Plan, limit int) []gateway.Changed {
	r.Helper()
	var got []gateway.Changed
	r.update(func(tx gateway.Tx) (err error) {
		if _, err = tx.LockDocuments(r.ctx, []gateway.Document{{Key: p.Key, Mode: cargo.TrafficLive, Type: "CUSCAR", Filer: Carrier, State: "none"}}); err != nil {
			return err
		}
		got, err = tx.Refold(r.ctx, p, limit)
		return err
	})
	return got
}

// relink makes links in a transaction of its own.
func (r *rig) relink(mode cargo.Traffic, bills ...string) []gateway.Changed {
	r.Helper()
	slices.Sort(bills)
	var got []gateway.Changed
	r.update(func(tx gateway.Tx) (err error) {
		got, err = tx.Relink(r.ctx, mode, slices.Compact(bills))
		return err
	})
	return got
}

func (r *rig) consignment(id uuid.UUID) gateway.ConsignmentRow {
	r.Helper()
	got, err := r.store.Consignment(r.ctx, id)
	r.ok(err, "consignment")
	return got
}
