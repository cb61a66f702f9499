package storetest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

var errUndo = errors.New("storetest: changed its mind")

// search gives one page.
func (r *rig) search(q gateway.ConsignmentQuery) gateway.ConsignmentPage {
	r.Helper()
	got, err := r.store.Consignments(r.ctx, q)
	r.ok(err, "consignments")
	return got
}

// paged gives all pages, and calls between after each.
func (r *rig) paged(q gateway.ConsignmentQuery, between func()) []uuid.UUID {
	r.Helper()
	var all []uuid.UUID
	for range 1000 {
		page := r.search(q)
		if q.Limit > 0 && len(page.Items) > q.Limit {
			r.Fatalf("a page of at most %d has %d", q.Limit, len(page.Items))
		}
		for _, c := range page.Items {
			all = append(all, c.ID)
		}
		if page.Next == "" {
			return all
		}
		q.After = page.Next
		if between != nil {
			between()
		}
	}
	r.Fatalf("pages do not end")
	return nil
}

// cargo settles one receipt with n consignments and gives them.
func (r *rig) cargo(p partner.ID, n int, edits ...func(*gateway.ConsignmentRow)) []gateway.ConsignmentRow {
	r.Helper()
	rc := r.receive(Arrival(p))
	rows := &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}}
	for i := range n {
		rows.Consignments = append(rows.Consignments, Consignment(rc, int64(i+1), edits...))
	}
	r.settle(rc, rows)
	return rows.Consignments
}

// refuses fails where a list takes a token that it did not give.
func (r *rig) refuses(list string, with func(token string) error) {
	r.Helper()
	for _, token := range []string{"x", "%%%", "'; --", base64.RawURLEncoding.EncodeToString([]byte("not a key")), base64.RawURLEncoding.EncodeToString(make([]byte, 16))} {
		if err := with(token); !errors.Is(err, gateway.ErrInput) {
			r.Errorf("%s after the token %q: error %v, want one of bad input", list, token, err)
		}
	}
}

var searchRules = []Rule{
	{"search/keeps all that it is given", func(r *rig) {
		rc := r.receive(Arrival(Bureau))
		call := Call(rc)
		var want gateway.ConsignmentRow
		r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1, ofDocument("doc", gateway.OpSet))}}, func(tx gateway.Tx) error {
			ids, err := tx.MergeCalls(r.ctx, []gateway.CallRow{call})
			if err != nil {
				return err
			}
			want = Consignment(rc, 1<<33, func(c *gateway.ConsignmentRow) {
				c.DocumentKey, c.ParentKey, c.Level, c.Call, c.Filer, c.Packages = "doc", "M1", "house", ids[0], Forwarder, 1<<40
				c.Number, c.Order.Message = "nkai / 001", 1
				c.Score = gateway.Scored{Done: true, Selected: true, Points: 1234, Blob: []byte{0, 1, 0xff}}
			})
			return tx.Insert(r.ctx, &gateway.Rows{Consignments: []gateway.ConsignmentRow{want}})
		})
		want.Terms = nil // not given back
		r.equal(r.consignment(want.ID), want, "consignment")
		r.equal(r.search(gateway.ConsignmentQuery{Mode: "live"}).Items, []gateway.ConsignmentRow{want}, "found")
		got := r.consignment(want.ID)
		r.utc(got.LegalAt)
		r.utc(got.ETA)
	}},
	{"search/keeps what is absent absent", func(r *rig) {
		want := r.cargo(Carrier, 1, func(c *gateway.ConsignmentRow) {
			c.BillKey, c.Number, c.Issuer, c.Registration, c.Port, c.Flow, c.ETA, c.Terms, c.Packages, c.State = "", "", "", "", "", "", time.Time{}, nil, 0, "unaccepted"
		})[0]
		r.equal(r.consignment(want.ID), want, "consignment")
	}},
	{"search/of what is not there", func(r *rig) {
		_, err := r.store.Consignment(r.ctx, NewID())
		r.is(err, gateway.ErrNotFound, "unknown consignment")
		got := r.search(gateway.ConsignmentQuery{Mode: "live", Terms: []string{"w:none"}})
		r.equal([]any{len(got.Items), got.Next}, []any{0, ""}, "page")
	}},
	{"search/all terms must be there", func(r *rig) {
		terms := func(all ...string) func(*gateway.ConsignmentRow) {
			return func(c *gateway.ConsignmentRow) { c.Terms = all }
		}
		one := r.cargo(Carrier, 1, terms("d:A1", "w:red", "w:bicycles"))[0].ID
		two := r.cargo(Carrier, 1, terms("d:A2", "w:blue", "w:bicycles", "p:red"))[0].ID
		three := r.cargo(Carrier, 1, terms("w:bicyclesx", "d:a1"))[0].ID
		for _, tt := range []struct {
			terms []string
			want  []uuid.UUID
		}{
			{[]string{"w:bicycles"}, []uuid.UUID{two, one}},
			{[]string{"w:bicycles", "w:red"}, []uuid.UUID{one}},
			{[]string{"w:red", "w:blue"}, nil},
			{[]string{"d:A1"}, []uuid.UUID{one}},
			{[]string{"p:red"}, []uuid.UUID{two}},
			{[]string{"w:bicycles", "w:bicycles"}, []uuid.UUID{two, one}},
			{[]string{"w:bicycles", "w:red", "d:A1"}, []uuid.UUID{one}},
			{nil, []uuid.UUID{three, two, one}},
		} {
			r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: tt.terms}, nil), tt.want, fmt.Sprintf("found by %q", tt.terms))
		}
	}},
	{"search/a viewer sees what it transmitted or filed", func(r *rig) {
		transmitted := r.cargo(Bureau, 1)[0].ID
		filed := r.cargo(Carrier, 1, func(c *gateway.ConsignmentRow) { c.Filer = Bureau })[0].ID
		r.cargo(Carrier, 1)
		for _, q := range []gateway.ConsignmentQuery{{}, {Terms: []string{"w:bicycles"}}, {Port: "NLRTM"}, {Terms: []string{"w:bicycles"}, Limit: 1}} {
			q.Mode, q.Viewer = "live", Bureau
			r.equal(r.paged(q, nil), []uuid.UUID{filed, transmitted}, fmt.Sprintf("found by %+v", q))
			q.Viewer = Forwarder
			r.equal(len(r.paged(q, nil)), 0, "found by a viewer who has none")
		}
		theirs := r.search(gateway.ConsignmentQuery{Mode: "live", Viewer: Carrier}).Items
		r.equal(len(theirs), 2, "consignments of the other")
		got := r.search(gateway.ConsignmentQuery{Mode: "live", Viewer: Bureau, Receipt: theirs[0].Receipt})
		r.equal(len(got.Items), 0, "found in another's receipt")
	}},
	{"search/modes are apart", func(r *rig) {
		live := r.cargo(Carrier, 1)[0]
		rc := r.receive(Arrival(Carrier, inMode("test")))
		test := Consignment(rc, 1)
		r.settle(rc, &gateway.Rows{Consignments: []gateway.ConsignmentRow{test}})
		for _, q := range []gateway.ConsignmentQuery{{}, {Terms: []string{"w:bicycles"}}, {Viewer: Carrier}} {
			q.Mode = "live"
			r.equal(r.paged(q, nil), []uuid.UUID{live.ID}, "live")
			q.Mode = "test"
			r.equal(r.paged(q, nil), []uuid.UUID{test.ID}, "test")
		}
	}},
	{"search/by port and states", func(r *rig) {
		port := r.cargo(Carrier, 1, func(c *gateway.ConsignmentRow) { c.Port = "BEANR" })[0].ID
		refused := r.cargo(Carrier, 1, func(c *gateway.ConsignmentRow) { c.State = "unaccepted" })[0].ID
		for _, terms := range [][]string{nil, {"w:bicycles"}} {
			r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: terms, Port: "BEANR"}, nil), []uuid.UUID{port}, "of the port")
			r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: terms, States: []string{"unaccepted", "cancelled"}}, nil), []uuid.UUID{refused}, "of the states")
			r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: terms, States: []string{"accepted", "unaccepted"}}, nil), []uuid.UUID{refused, port}, "of both states")
		}
	}},
	{"search/from a time until another, by ETA or else the legal time", func(r *rig) {
		eta := r.cargo(Carrier, 1, func(c *gateway.ConsignmentRow) { c.ETA = instant(0) })[0].ID
		legal := r.cargo(Carrier, 1, func(c *gateway.ConsignmentRow) { c.ETA, c.LegalAt = time.Time{}, instant(time.Hour) })[0].ID
		tick := time.Microsecond
		for _, tt := range []struct {
			from, to time.Time
			want     []uuid.UUID
		}{
			{instant(0), instant(tick), []uuid.UUID{eta}},
			{instant(tick), instant(time.Hour), nil},
			{instant(-time.Hour), instant(0), nil},
			{instant(0), time.Time{}, []uuid.UUID{legal, eta}},
			{instant(time.Hour), instant(time.Hour + tick), []uuid.UUID{legal}},
			{time.Time{}, instant(time.Hour), []uuid.UUID{eta}},
			{time.Time{}, time.Time{}, []uuid.UUID{legal, eta}},
		} {
			for _, terms := range [][]string{nil, {"w:bicycles"}} {
				got := r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: terms, From: tt.from, To: tt.to}, nil)
				r.equal(got, tt.want, fmt.Sprintf("from %s until %s", tt.from, tt.to))
			}
		}
	}},
	{"search/of one receipt in the order of the file", func(r *rig) {
		rows := r.cargo(Carrier, 12)
		r.cargo(Carrier, 3)
		var want []uuid.UUID
		for _, c := range rows {
			want = append(want, c.ID)
		}
		r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Receipt: rows[0].Receipt}, nil), want, "in one page")
		r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Receipt: rows[0].Receipt, Limit: 5}, nil), want, "in pages of 5")
		r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Receipt: rows[0].Receipt, Limit: 4, Viewer: Carrier}, nil), want, "in pages of 4, for its partner")
		r.equal(len(r.paged(gateway.ConsignmentQuery{Mode: "live", Receipt: NewID()}, nil)), 0, "of an unknown receipt")
	}},
	{"search/newest first", func(r *rig) {
		var want []uuid.UUID
		for range 3 {
			for _, c := range r.cargo(Carrier, 4) {
				want = append(want, c.ID)
			}
		}
		slices.Reverse(want)
		r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live"}, nil), want, "without terms")
		r.equal(r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: []string{"w:bicycles"}}, nil), want, "with a term")
	}},
	{"search/pages are complete and without repeats while rows are added", func(r *rig) {
		for _, terms := range [][]string{nil, {"w:bicycles"}} {
			want := r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: terms, Limit: 1000}, nil)
			for _, c := range r.cargo(Carrier, 11) {
				want = slices.Insert(want, 0, c.ID)
			}
			got := r.paged(gateway.ConsignmentQuery{Mode: "live", Terms: terms, Limit: 3}, func() { r.cargo(Carrier, 2) })
			r.equal(got, want, fmt.Sprintf("pages of 3 by %q", terms))
		}
	}},
	{"search/a page that ends exactly", func(r *rig) {
		r.cargo(Carrier, 6)
		for _, limit := range []int{1, 2, 3, 6, 7} {
			r.equal(len(r.paged(gateway.ConsignmentQuery{Mode: "live", Limit: limit}, nil)), 6, fmt.Sprintf("in pages of %d", limit))
		}
	}},
	{"search/a limit is bounded", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := &gateway.Rows{}
		for i := range 1200 {
			rows.Consignments = append(rows.Consignments, Consignment(rc, int64(i+1)))
		}
		r.settle(rc, rows)
		for _, limit := range []int{0, -1, 1 << 30} {
			if page := r.search(gateway.ConsignmentQuery{Mode: "live", Limit: limit}); len(page.Items) == 0 || len(page.Items) > 1000 || page.Next == "" {
				r.Errorf("limit %d gives a page of %d, next %q", limit, len(page.Items), page.Next)
			}
		}
		r.equal(len(r.paged(gateway.ConsignmentQuery{Mode: "live", Receipt: rc.ID}, nil)), 1200, "all pages")
	}},
	{"search/a wrong token is refused", func(r *rig) {
		r.cargo(Carrier, 3)
		for _, q := range []gateway.ConsignmentQuery{{}, {Terms: []string{"w:bicycles"}}} {
			q.Mode = "live"
			r.refuses("consignments", func(token string) error {
				q.After = token
				_, err := r.store.Consignments(r.ctx, q)
				return err
			})
		}
	}},
	{"search/a token of another list is refused", func(r *rig) {
		rows := r.cargo(Carrier, 3)
		r.calls(Carrier, at(0), at(1000*time.Hour))
		_, next, err := r.store.Calls(r.ctx, gateway.CallQuery{Mode: "live", Limit: 1})
		r.ok(err, "calls")
		if next == "" {
			r.Fatalf("one of two calls has no next page")
		}
		if _, err := r.store.Consignments(r.ctx, gateway.ConsignmentQuery{Mode: "live", After: next}); !errors.Is(err, gateway.ErrInput) {
			r.Errorf("consignments after the token of calls: error %v", err)
		}
		token := r.search(gateway.ConsignmentQuery{Mode: "live", Limit: 1}).Next
		if _, _, err := r.store.Calls(r.ctx, gateway.CallQuery{Mode: "live", After: token}); !errors.Is(err, gateway.ErrInput) {
			r.Errorf("calls after the token of consignments: error %v", err)
		}
		if _, err := r.store.Consignments(r.ctx, gateway.ConsignmentQuery{Mode: "live", Receipt: rows[0].Receipt, After: token}); !errors.Is(err, gateway.ErrInput) {
			r.Errorf("consignments of a receipt after the token of all: error %v", err)
		}
	}},
	{"receipts/newest first, in pages, without bodies", func(r *rig) {
		var want []uuid.UUID
		for range 7 {
			a := Arrival(Carrier)
			r.accept(a)
			want = append(want, a.ID)
		}
		slices.Reverse(want)
		var got []uuid.UUID
		q := gateway.ReceiptQuery{Mode: "live", Limit: 3}
		for range 10 {
			page, err := r.store.Receipts(r.ctx, q)
			r.ok(err, "receipts")
			if len(page) == 0 {
				break
			}
			for _, rc := range page {
				if rc.Inline != nil {
					r.Errorf("receipt %s is listed with its body", rc.ID)
				}
				r.equal(rc.Headers, map[string]string{"User-Agent": "deck/1.0"}, "headers")
			}
			got, q.Before = append(got, ids(page)...), page[len(page)-1].Seq
		}
		r.equal(got, want, "receipts in pages of 3")
	}},
	{"receipts/by partner, mode and states", func(r *rig) {
		settled := r.receive(Arrival(Carrier))
		r.settle(settled, nil)
		mine, theirs, test := Arrival(Carrier), Arrival(Forwarder), Arrival(Carrier, inMode("test"))
		r.accept(mine, theirs, test)
		list := func(q gateway.ReceiptQuery) []uuid.UUID {
			r.Helper()
			got, err := r.store.Receipts(r.ctx, q)
			r.ok(err, "receipts")
			return ids(got)
		}
		r.equal(list(gateway.ReceiptQuery{Mode: "live"}), []uuid.UUID{theirs.ID, mine.ID, settled.ID}, "live")
		r.equal(list(gateway.ReceiptQuery{Mode: "test"}), []uuid.UUID{test.ID}, "test")
		r.equal(list(gateway.ReceiptQuery{Mode: "live", Partner: Carrier}), []uuid.UUID{mine.ID, settled.ID}, "of a partner")
		r.equal(list(gateway.ReceiptQuery{Mode: "live", States: []gateway.State{gateway.StateAccepted}}), []uuid.UUID{settled.ID}, "accepted")
		r.equal(list(gateway.ReceiptQuery{Mode: "live", Partner: Carrier, States: []gateway.State{gateway.StateReceived, gateway.StateParked}}), []uuid.UUID{mine.ID}, "received or parked")
		r.equal(list(gateway.ReceiptQuery{Mode: "live", States: []gateway.State{gateway.StateParked}}), []uuid.UUID(nil), "parked")
		_, err := r.store.Receipts(r.ctx, gateway.ReceiptQuery{})
		r.is(err, gateway.ErrInput, "receipts without a mode")
	}},
}
