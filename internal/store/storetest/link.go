package storetest

import (
	"slices"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A bill is a transport document for the link rules: its key, that of its parent, and what it holds.
type bill struct {
	level, key, parent string
	packages           int64
}

func master(key string, packages int64) bill        { return bill{"master", key, "", packages} }
func house(key, parent string, packages int64) bill { return bill{"house", key, parent, packages} }

// bills settles one consignment a bill, all of one receipt, and gives their ids. It links nothing.
func (r *rig) bills(p partner.ID, mode cargo.Traffic, all ...bill) []uuid.UUID {
	r.Helper()
	rc := r.receive(Arrival(p, inMode(mode)))
	rows := &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1, ofDocument("doc-"+rc.ID.String(), gateway.OpSet))}}
	var out []uuid.UUID
	for i, b := range all {
		c := Consignment(rc, int64(i+1), func(c *gateway.ConsignmentRow) {
			c.DocumentKey, c.Level, c.BillKey, c.Number, c.ParentKey, c.Packages = "doc-"+rc.ID.String(), b.level, b.key, b.key, b.parent, b.packages
		})
		rows.Consignments, out = append(rows.Consignments, c), append(out, c.ID)
	}
	r.settle(rc, rows)
	return out
}

// linked fails where a consignment's Link, parents or houses are others.
func (r *rig) linked(id uuid.UUID, link string, parents, houses []uuid.UUID) {
	r.Helper()
	r.equal(r.consignment(id).Link, link, "Link")
	gotParents, gotHouses, err := r.store.Links(r.ctx, id)
	r.ok(err, "links")
	byID := func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }
	r.equal(gotParents, slices.SortedFunc(slices.Values(parents), byID), "parents")
	r.equal(gotHouses, slices.SortedFunc(slices.Values(houses), byID), "houses")
}

// cancel cancels the document of a receipt that bills made.
func (r *rig) cancel(id uuid.UUID) {
	r.Helper()
	c := r.consignment(id)
	r.refold(gateway.Plan{Key: c.DocumentKey, Epoch: c.Order, Cancelled: true}, 100)
}

var linkRules = []Rule{
	{"relink/a house that comes after its master", func(r *rig) {
		m := r.bills(Carrier, "live", master("M1", 10))
		r.relink("live", "M1")
		r.linked(m[0], "houses_missing", nil, nil)
		h := r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.linked(m[0], "complete", nil, h)
		r.linked(h[0], "matched", m, nil)
	}},
	{"relink/a house that comes before its master", func(r *rig) {
		h := r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.linked(h[0], "not_matched", nil, nil)
		m := r.bills(Carrier, "live", master("M1", 10))
		r.relink("live", "M1")
		r.linked(m[0], "complete", nil, h)
		r.linked(h[0], "matched", m, nil)
	}},
	{"relink/a master is complete when its houses hold all its packages", func(r *rig) {
		m := r.bills(Carrier, "live", master("M1", 10))
		h := r.bills(Forwarder, "live", house("H1", "M1", 4), house("H2", "M1", 5))
		r.relink("live", "H1", "H2", "M1")
		r.linked(m[0], "houses_missing", nil, h)
		h = append(h, r.bills(Bureau, "live", house("H3", "M1", 1))...)
		r.relink("live", "H3", "M1")
		r.linked(m[0], "complete", nil, h)
	}},
	{"relink/a master that states no packages is complete with any house", func(r *rig) {
		m := r.bills(Carrier, "live", master("M1", 0))
		h := r.bills(Forwarder, "live", house("H1", "M1", 0))
		r.relink("live", "H1", "M1")
		r.linked(m[0], "complete", nil, h)
	}},
	{"relink/what has neither parent nor houses takes no part", func(r *rig) {
		got := r.bills(Carrier, "live", bill{"simple", "S1", "", 10}, bill{"house", "H1", "", 10})
		r.equal(len(r.relink("live", "S1", "H1")), 0, "changed")
		r.linked(got[0], "", nil, nil)
		r.linked(got[1], "", nil, nil)
	}},
	{"relink/a house below a house", func(r *rig) {
		m := r.bills(Carrier, "live", master("M1", 10))
		h := r.bills(Forwarder, "live", house("H1", "M1", 10), bill{"sub_house", "S1", "H1", 3})
		r.relink("live", "H1", "M1", "S1")
		r.linked(m[0], "complete", nil, h[:1])
		r.linked(h[0], "matched", m, h[1:])
		r.linked(h[1], "matched", h[:1], nil)
	}},
	{"relink/a simple one that has houses is as a master", func(r *rig) {
		s := r.bills(Carrier, "live", bill{"simple", "S1", "", 10})
		h := r.bills(Forwarder, "live", house("H1", "S1", 9))
		r.relink("live", "H1", "S1")
		r.linked(s[0], "houses_missing", nil, h)
	}},
	{"relink/two masters of one number", func(r *rig) {
		one, two := r.bills(Carrier, "live", master("M1", 10)), r.bills(Bureau, "live", master("M1", 20))
		h := r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.linked(h[0], "matched", append(one, two...), nil)
		r.linked(one[0], "complete", nil, h)
		r.linked(two[0], "houses_missing", nil, h)
	}},
	{"relink/modes are apart", func(r *rig) {
		live := r.bills(Carrier, "live", master("M1", 10))
		test := r.bills(Forwarder, "test", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.relink("test", "H1", "M1")
		r.linked(live[0], "houses_missing", nil, nil)
		r.linked(test[0], "not_matched", nil, nil)
	}},
	{"relink/a master that is no longer accepted lets go", func(r *rig) {
		m, h := r.bills(Carrier, "live", master("M1", 10)), r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.linked(h[0], "matched", m, nil)
		r.cancel(m[0])
		r.relink("live", "M1")
		r.linked(h[0], "not_matched", nil, nil)
		r.linkless(m[0])
		again := r.bills(Carrier, "live", master("M1", 10))
		r.relink("live", "M1")
		r.linked(h[0], "matched", again, nil)
		r.linked(again[0], "complete", nil, h)
	}},
	{"relink/a house that is no longer accepted lets go", func(r *rig) {
		m, h := r.bills(Carrier, "live", master("M1", 10)), r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.cancel(h[0])
		r.relink("live", "H1", "M1")
		r.linked(m[0], "houses_missing", nil, nil)
		r.linkless(h[0])
	}},
	{"relink/what is unaccepted links nothing", func(r *rig) {
		h := r.bills(Forwarder, "live", house("H1", "M1", 10))
		rc := r.receive(Arrival(Carrier))
		m := Consignment(rc, 1, func(c *gateway.ConsignmentRow) { c.Level, c.BillKey, c.State = "master", "M1", "unaccepted" })
		r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}, Consignments: []gateway.ConsignmentRow{m}})
		r.relink("live", "H1", "M1")
		r.linked(h[0], "not_matched", nil, nil)
		r.linkless(m.ID)
	}},
	{"relink/what is not visible links nothing", func(r *rig) {
		h := r.bills(Forwarder, "live", house("H1", "M1", 10))
		rc := r.receive(Arrival(Carrier))
		m := Consignment(rc, 1, func(c *gateway.ConsignmentRow) { c.Level, c.BillKey = "master", "M1" })
		r.ok(r.store.Stage(r.ctx, fence(rc), &gateway.Rows{Consignments: []gateway.ConsignmentRow{m}}), "stage")
		r.relink("live", "H1", "M1")
		r.linked(h[0], "not_matched", nil, nil)
		r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}})
		r.relink("live", "H1", "M1")
		r.linked(h[0], "matched", []uuid.UUID{m.ID}, nil)
	}},
	{"relink/tells whose Link changed, and again changes nothing", func(r *rig) {
		m, h := r.bills(Carrier, "live", master("M1", 10)), r.bills(Forwarder, "live", house("H1", "M1", 10))
		got := r.relink("live", "H1", "M1")
		change := func(id uuid.UUID, is string) gateway.Changed {
			c := r.consignment(id)
			return gateway.Changed{ID: id, Receipt: c.Receipt, Partner: c.Partner, Filer: c.Filer, Number: c.Number, Is: is}
		}
		slices.SortFunc(got, func(a, b gateway.Changed) int { return slices.Compare(a.ID[:], b.ID[:]) })
		r.equal(got, []gateway.Changed{change(m[0], "complete"), change(h[0], "matched")}, "changed")
		r.equal(len(r.relink("live", "H1", "M1")), 0, "changed again")
		r.linked(m[0], "complete", nil, h)
	}},
	{"relink/other bills are left alone", func(r *rig) {
		m, h := r.bills(Carrier, "live", master("M1", 10)), r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.bills(Carrier, "live", master("M2", 10), house("H2", "M2", 10))
		r.relink("live", "H2", "M2")
		r.linked(m[0], "complete", nil, h)
		r.linked(h[0], "matched", m, nil)
	}},
	{"links/of what is not there", func(r *rig) {
		_, _, err := r.store.Links(r.ctx, NewID())
		r.is(err, gateway.ErrNotFound, "links of an unknown consignment")
	}},
	{"bills/own and parent keys of the documents that a receipt touches, in pages", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		row := func(rc gateway.Receipt, n int64, doc, key, parent string) gateway.ConsignmentRow {
			return Consignment(rc, n, func(c *gateway.ConsignmentRow) { c.DocumentKey, c.BillKey, c.ParentKey = doc, key, parent })
		}
		r.settle(rc, &gateway.Rows{
			Messages: []gateway.MessageRow{Message(rc, 1, ofDocument("doc", gateway.OpSet)), Message(rc, 2, ofDocument("doc-2", gateway.OpSet))},
			Consignments: []gateway.ConsignmentRow{row(rc, 1, "doc", "H3", "M1"), row(rc, 2, "doc", "H1", "M1"), row(rc, 3, "doc", "M1", ""),
				row(rc, 4, "doc-2", "H9", "M9")},
		})
		next := r.receive(Arrival(Carrier))
		r.settle(next, &gateway.Rows{
			Messages:     []gateway.MessageRow{Message(next, 1, ofDocument("doc", gateway.OpSet))},
			Consignments: []gateway.ConsignmentRow{row(next, 1, "doc", "H2", "M2")},
		})
		pages := func(id uuid.UUID) []string {
			var all []string
			r.update(func(tx gateway.Tx) error {
				for after := ""; ; {
					page, err := tx.BillPage(r.ctx, id, after, 2)
					if err != nil || len(page) == 0 {
						return err
					}
					all, after = append(all, page...), page[len(page)-1]
					if len(page) > 2 || len(all) > 20 {
						r.Fatalf("pages of at most 2 gave %v", all)
					}
				}
			})
			return all
		}
		r.equal(pages(next.ID), []string{"H1", "H2", "H3", "M1", "M2"}, "bills of the document that the second receipt touches")
		r.equal(pages(rc.ID), []string{"H1", "H2", "H3", "H9", "M1", "M2", "M9"}, "bills of the documents that the first receipt touches")
		r.equal(pages(NewID()), []string(nil), "bills of an unknown receipt")
	}},
}

// linkless fails where a consignment has parents or houses.
func (r *rig) linkless(id uuid.UUID) {
	r.Helper()
	parents, houses, err := r.store.Links(r.ctx, id)
	r.ok(err, "links")
	r.equal([]int{len(parents), len(houses)}, []int{0, 0}, "parents and houses")
}
