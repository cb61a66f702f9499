package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
)

// aCase makes a new case of a bill of the carrier.
func aCase(bill string, at time.Time, edits ...func(*caseq.Case)) *caseq.Case {
	c := &caseq.Case{
		ID: NewID(), Revision: 1, Consignment: NewID(), Receipt: NewID(), BillKey: bill, DocumentKey: "doc", Bill: bill, Partner: Carrier, Filer: Carrier,
		Port: "NLRTM", Cargo: "accepted", State: caseq.New, Points: 50, Base: 50, Band: "high", Assessable: true, OpenedAt: at, UpdatedAt: at,
	}
	for _, edit := range edits {
		edit(c)
	}
	return c
}

// opened saves cases with their first lines.
func (r *rig) opened(cases ...*caseq.Case) {
	r.Helper()
	r.update(func(tx gateway.Tx) error {
		if err := tx.SaveCases(r.ctx, cases); err != nil {
			return err
		}
		for _, c := range cases {
			if err := tx.AddCaseEntries(r.ctx, []caseq.Entry{{Case: c.ID, At: c.OpenedAt, Who: caseq.System, What: caseq.WhatOpened, To: c.State}}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *rig) caseByID(id uuid.UUID) caseq.Case {
	r.Helper()
	c, err := r.store.CaseByID(r.ctx, id)
	r.ok(err, "case")
	return c
}

// caseList gives the bills of the cases that a query chooses, over pages of the size of its limit.
func (r *rig) caseList(q gateway.CaseList) []string {
	r.Helper()
	var out []string
	for {
		items, next, err := r.store.Cases(r.ctx, q)
		r.ok(err, "cases")
		if len(items) > q.Limit {
			r.Fatalf("a page of at most %d cases has %d", q.Limit, len(items))
		}
		for _, c := range items {
			out = append(out, c.Bill)
		}
		if q.After = next; next == "" {
			return out
		}
		if len(out) > 100 {
			r.Fatalf("pages without end: %q", out)
		}
	}
}

func (r *rig) picked(p gateway.CasePick) (out []string) {
	r.Helper()
	r.update(func(tx gateway.Tx) error {
		got, err := tx.PickCases(r.ctx, p)
		out = nil
		for _, c := range got {
			out = append(out, c.Bill)
		}
		return err
	})
	return out
}

// files gives what is on file of some bills, by the bill.
func (r *rig) files(unassessable bool, bills ...string) map[string]gateway.CaseFile {
	r.Helper()
	out := map[string]gateway.CaseFile{}
	r.update(func(tx gateway.Tx) error {
		files, err := tx.CaseFiles(r.ctx, bills, unassessable)
		if !slices.IsSortedFunc(files, func(a, b gateway.CaseFile) int {
			return strings.Compare(string(a.Filer)+" "+a.BillKey, string(b.Filer)+" "+b.BillKey)
		}) {
			return errors.New("files are not sorted by filer and bill")
		}
		clear(out)
		for _, f := range files {
			out[f.BillKey] = f
		}
		return err
	})
	return out
}

var (
	plain      = gateway.Scored{Done: true, Assessable: true, Points: 3, Blob: []byte("plain")}
	risky      = gateway.Scored{Done: true, Assessable: true, Selected: true, Points: 90, Blob: []byte("risky")}
	vague      = gateway.Scored{Done: true, Points: 10, Blob: []byte("vague")}
	vagueRisky = gateway.Scored{Done: true, Selected: true, Points: 70, Blob: []byte("vague and risky")}
)

// filed settles one consignment of a bill with a score, and gives it as it is read.
func (r *rig) filed(bill string, s gateway.Scored, arrive func(*gateway.Arrival), edits ...func(*gateway.ConsignmentRow)) gateway.ConsignmentRow {
	r.Helper()
	if arrive == nil {
		arrive = func(*gateway.Arrival) {}
	}
	rc := r.receive(Arrival(Carrier, arrive))
	c := Consignment(rc, 1, append([]func(*gateway.ConsignmentRow){func(c *gateway.ConsignmentRow) { c.BillKey, c.Number, c.Score = bill, bill, s }}, edits...)...)
	r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}, Consignments: []gateway.ConsignmentRow{c}})
	c.Terms = nil
	return c
}

func inState(state string) func(*gateway.ConsignmentRow) {
	return func(c *gateway.ConsignmentRow) { c.State = state }
}

var caseRules = []Rule{
	{"case/keeps all that it is given", func(r *rig) {
		at := r.now()
		full := aCase("B1", at, func(c *caseq.Case) {
			c.Call, c.Due, c.State, c.Assessable, c.Reasons = NewID(), at.Add(time.Hour), caseq.Hold, false, []caseq.Reason{{Indicator: "to-order@1", Points: 12}}
			c.Base, c.Peak, c.Known, c.Withdrawn, c.Reopened = 60, 55, []string{"to-order@1"}, true, 2
			c.Groups = []caseq.Group{{Kind: caseq.GroupEquipment, Value: "NKAU1234567"}, {Kind: caseq.GroupParty, Value: "TIDE & SON \"LTD\""}}
			c.Assignee, c.Lease, c.LeaseUntil, c.ClosedAt = "staff:ada", NewID(), at.Add(time.Minute), at.Add(2*time.Hour)
			c.Decision = &caseq.Decision{To: caseq.Hold, Reason: "documents", Note: "ein Fall\n– zwei", By: "staff:ada", Second: "staff:bo", At: at}
			c.Proposal = &caseq.Decision{To: caseq.Released, Reason: "no_risk", By: "staff:ada", At: at}
			c.Outcome = &caseq.Finding{Result: "nil", Family: "narcotics", On: "2026-03-14", By: "staff:ada", At: at, Source: "api"}
		})
		bare := aCase("B2", at, func(c *caseq.Case) { c.Consignment = uuid.Nil })
		r.opened(full, bare)
		for _, want := range []*caseq.Case{full, bare} {
			r.equal(r.caseByID(want.ID), *want, "case")
		}
		changed := *full
		changed.Revision, changed.Bill, changed.DocumentKey, changed.Partner, changed.Consignment, changed.Receipt = 2, "b-1", "doc-2", Forwarder, NewID(), NewID()
		changed.Call, changed.Port, changed.Cargo, changed.State, changed.Points, changed.Base, changed.Band = uuid.Nil, "DEHAM", "cancelled", caseq.Released, 1, 2, "low"
		changed.Assessable, changed.Due, changed.Assignee, changed.Lease, changed.LeaseUntil, changed.Proposal = true, time.Time{}, "", uuid.Nil, time.Time{}, nil
		changed.Decision, changed.Groups, changed.UpdatedAt, changed.ClosedAt = &caseq.Decision{To: caseq.Released, By: "x", At: at}, nil, at.Add(time.Second), time.Time{}
		r.update(func(tx gateway.Tx) error { return tx.SaveCases(r.ctx, []*caseq.Case{&changed}) })
		r.equal(r.caseByID(full.ID), changed, "changed case")
		_, err := r.store.CaseByID(r.ctx, NewID())
		r.is(err, gateway.ErrNotFound, "an unknown case")
		r.is(r.store.Update(r.ctx, func(tx gateway.Tx) error {
			_, err := tx.LockCase(r.ctx, NewID())
			return err
		}), gateway.ErrNotFound, "the lock of an unknown case")
	}},
	{"case/numbers grow, and a bill of a filer has one", func(r *rig) {
		at := r.now()
		one, two := aCase("B1", at), aCase("B2", at)
		r.opened(one)
		r.opened(two)
		if one.Number < 1 || two.Number <= one.Number {
			r.Fatalf("numbers %d and %d", one.Number, two.Number)
		}
		again := aCase("B1", at)
		r.is(r.store.Update(r.ctx, func(tx gateway.Tx) error { return tx.SaveCases(r.ctx, []*caseq.Case{again}) }), gateway.ErrFenced, "a second case of a bill")
		r.opened(aCase("B1", at, func(c *caseq.Case) { c.Filer = Forwarder }))
	}},
	{"case/an earlier revision changes nothing", func(r *rig) {
		c := aCase("B1", r.now())
		r.opened(c)
		for _, revision := range []int64{1, 3} {
			stale := *c
			stale.Revision, stale.State = revision, caseq.Released
			r.is(r.store.Update(r.ctx, func(tx gateway.Tx) error { return tx.SaveCases(r.ctx, []*caseq.Case{&stale}) }), gateway.ErrFenced,
				fmt.Sprintf("revision %d after 1", revision))
		}
		r.equal(r.caseByID(c.ID), *c, "case")
	}},
	{"case/files of bills that open one", func(r *rig) {
		r.filed("PLAIN", plain, nil)
		r.filed("TEST", risky, inMode("test"))
		r.filed("UNSCORED", gateway.Scored{}, nil)
		want := r.filed("RISKY", risky, nil)
		both := r.filed("BOTH", vagueRisky, nil, inState("unaccepted"))
		unclear := r.filed("VAGUE", vague, nil)
		hidden := r.receive(Arrival(Carrier))
		r.ok(r.store.Stage(r.ctx, fence(hidden), &gateway.Rows{Consignments: []gateway.ConsignmentRow{Consignment(hidden, 1, func(c *gateway.ConsignmentRow) {
			c.BillKey, c.Score = "HIDDEN", risky
		})}}), "stage")
		all := []string{"BOTH", "HIDDEN", "PLAIN", "RISKY", "TEST", "UNSCORED", "VAGUE"}
		file := func(c gateway.ConsignmentRow) gateway.CaseFile {
			return gateway.CaseFile{Filer: Carrier, BillKey: c.BillKey, Flagged: true, Versions: []gateway.ConsignmentRow{c}}
		}
		r.equal(r.files(false, all...), map[string]gateway.CaseFile{"RISKY": file(want), "BOTH": file(both)}, "files of what was selected")
		r.equal(r.files(true, all...), map[string]gateway.CaseFile{"RISKY": file(want), "BOTH": file(both), "VAGUE": file(unclear)}, "files with what cannot be assessed")
		r.equal(len(r.files(true, "RISK", "")), 0, "files of other bills")
	}},
	{"case/files of bills that have one", func(r *rig) {
		c, gone := aCase("PLAIN", r.now()), aCase("GONE", r.now())
		r.opened(c, gone)
		row := r.filed("PLAIN", plain, nil)
		r.filed("PLAIN", risky, nil, func(c *gateway.ConsignmentRow) { c.Filer = Forwarder })
		var got []gateway.CaseFile
		r.update(func(tx gateway.Tx) (err error) {
			got, err = tx.CaseFiles(r.ctx, []string{"PLAIN", "GONE"}, true)
			return err
		})
		if len(got) != 3 || got[0].BillKey != "GONE" || got[1].Filer != Carrier || got[2].Filer != Forwarder {
			r.Fatalf("files %+v", got)
		}
		r.equal(got[0], gateway.CaseFile{Filer: Carrier, BillKey: "GONE", Case: gone}, "file of a bill that is not there any more")
		r.equal(got[1], gateway.CaseFile{Filer: Carrier, BillKey: "PLAIN", Case: c, Versions: []gateway.ConsignmentRow{row}}, "file of a bill that is not selected any more")
		r.equal([]any{got[2].Flagged, got[2].Case == nil, len(got[2].Versions)}, []any{true, true, 1}, "file of the same bill of another filer")
	}},
	{"case/files hold the newest of each state", func(r *rig) {
		r.filed("B1", risky, nil)
		accepted := r.filed("B1", plain, nil)
		r.filed("B1", risky, nil, inState("superseded"))
		superseded := r.filed("B1", risky, nil, inState("superseded"))
		refused := r.filed("B1", plain, nil, inState("unaccepted"))
		f := r.files(false, "B1")["B1"]
		ids := func(rows ...gateway.ConsignmentRow) (out []string) {
			for _, c := range rows {
				out = append(out, c.State+" "+c.ID.String())
			}
			slices.Sort(out)
			return out
		}
		r.equal(ids(f.Versions...), ids(accepted, superseded, refused), "rows")
		r.equal(f.Flagged, true, "flagged by an earlier version")
	}},
	{"case/lists the most urgent first, in pages of one time", func(r *rig) {
		at := r.now()
		due := func(points int, in time.Duration) func(*caseq.Case) {
			return func(c *caseq.Case) {
				if c.Points, c.Base = points, points; in != 0 {
					c.Due = at.Add(in)
				}
			}
		}
		var all []*caseq.Case
		for i, edit := range []func(*caseq.Case){due(50, 0), due(50, time.Hour), due(80, 100*time.Hour), due(50, -time.Hour), due(50, -30*time.Hour), due(50, 72*time.Hour),
			due(50, 71*time.Hour), due(50, time.Hour), due(20, time.Minute), due(50, time.Hour+time.Microsecond), due(50, -24*time.Hour), due(0, 36*time.Hour)} {
			all = append(all, aCase(fmt.Sprintf("B%02d", i), at, edit))
		}
		closed := aCase("CLOSED", at, func(c *caseq.Case) { c.State, c.ClosedAt = caseq.Closed, at })
		r.opened(append(slices.Clone(all), closed)...)
		for _, later := range []time.Duration{0, 90 * time.Minute, 20 * time.Hour, 60 * time.Hour} {
			now := at.Add(later)
			slices.SortFunc(all, func(a, b *caseq.Case) int {
				if caseq.Less(a, b, now) {
					return -1
				}
				return 1
			})
			var want []string
			for _, c := range all {
				want = append(want, c.Bill)
			}
			for _, limit := range []int{100, 5, 1} {
				r.equal(r.caseList(gateway.CaseList{Now: now, Limit: limit}), want, fmt.Sprintf("order after %s in pages of %d", later, limit))
			}
			r.equal(r.picked(gateway.CasePick{Now: now, Who: "x", States: []caseq.State{caseq.New}, Limit: 100}), want, fmt.Sprintf("cases to be leased after %s", later))
		}
		// The list is that of the first page's time, whenever the next one is asked for.
		first, next, err := r.store.Cases(r.ctx, gateway.CaseList{Now: at, Limit: 4})
		r.ok(err, "cases")
		second, _, err := r.store.Cases(r.ctx, gateway.CaseList{Now: at.Add(200 * time.Hour), Limit: 100, After: next})
		r.ok(err, "cases")
		var got []string
		for _, c := range append(first, second...) {
			got = append(got, c.Bill)
		}
		r.equal(got, r.caseList(gateway.CaseList{Now: at, Limit: 100}), "pages of different times")
	}},
	{"case/lists closed ones newest first", func(r *rig) {
		at := r.now()
		for i, d := range []time.Duration{time.Hour, 3 * time.Hour, 2 * time.Hour, time.Hour} {
			r.opened(aCase(fmt.Sprint("B", i), at, func(c *caseq.Case) { c.State, c.ClosedAt = caseq.Closed, at.Add(d) }))
		}
		r.opened(aCase("OPEN", at))
		for _, limit := range []int{10, 1} {
			r.equal(r.caseList(gateway.CaseList{Now: at, Closed: true, Limit: limit}), []string{"B1", "B2", "B0", "B3"}, "closed cases")
		}
		_, next, err := r.store.Cases(r.ctx, gateway.CaseList{Now: at, Closed: true, Limit: 1})
		r.ok(err, "cases")
		for _, token := range []string{next, "x", "!", next + "A"} {
			_, _, err = r.store.Cases(r.ctx, gateway.CaseList{Now: at, Limit: 1, After: token})
			r.is(err, gateway.ErrInput, "a token of another list")
		}
	}},
	{"case/chooses by state, group, port and whose they are", func(r *rig) {
		at := r.now()
		box := caseq.Group{Kind: caseq.GroupEquipment, Value: "NKAU1234567"}
		r.opened(
			aCase("B1", at, func(c *caseq.Case) { c.Groups = []caseq.Group{box, {Kind: caseq.GroupCall, Value: "C1"}} }),
			aCase("B2", at, func(c *caseq.Case) { c.Groups, c.Port = []caseq.Group{box}, "DEHAM" }),
			aCase("B3", at, func(c *caseq.Case) { c.State, c.Groups = caseq.Hold, []caseq.Group{box} }),
			aCase("B4", at, func(c *caseq.Case) {
				c.State, c.Assignee, c.Lease, c.LeaseUntil = caseq.Assigned, "staff:ada", NewID(), at.Add(time.Minute)
			}),
			aCase("B5", at, func(c *caseq.Case) {
				c.State, c.Assignee, c.Lease, c.LeaseUntil = caseq.Assigned, "staff:ada", NewID(), at.Add(-time.Minute)
			}),
			aCase("B6", at, func(c *caseq.Case) {
				c.State, c.Proposal = caseq.InReview, &caseq.Decision{To: caseq.DoNotLoad, By: "staff:ada", At: at}
			}),
		)
		list := func(q gateway.CaseList) []string { q.Now, q.Limit = at, 50; return r.caseList(q) }
		r.equal(list(gateway.CaseList{Group: box.Key()}), []string{"B1", "B2", "B3"}, "cases of a container")
		r.equal(list(gateway.CaseList{Group: box.Key(), Port: "DEHAM"}), []string{"B2"}, "cases of a container and a port")
		r.equal(list(gateway.CaseList{Group: "call:C1"}), []string{"B1"}, "cases of a call")
		r.equal(list(gateway.CaseList{States: []caseq.State{caseq.Hold, caseq.InReview}}), []string{"B3", "B6"}, "cases by state")
		r.equal(list(gateway.CaseList{Assignee: "staff:ada"}), []string{"B4"}, "cases that somebody has")
		pick := func(p gateway.CasePick) []string {
			p.Now, p.Limit = at, max(p.Limit, 1)
			return r.picked(p)
		}
		open := []caseq.State{caseq.New, caseq.Assigned, caseq.InReview}
		r.equal(pick(gateway.CasePick{Who: "staff:ada", States: open, Limit: 50}), []string{"B1", "B2", "B5"}, "cases to be leased by who proposed")
		r.equal(pick(gateway.CasePick{Who: "staff:bo", States: open, Limit: 50}), []string{"B1", "B2", "B5", "B6"}, "cases to be leased by another")
		r.equal(pick(gateway.CasePick{Who: "staff:bo", States: open, Limit: 2}), []string{"B1", "B2"}, "at most two cases")
		r.equal(pick(gateway.CasePick{Who: "staff:bo", States: open, Group: box.Key(), Port: "NLRTM", Limit: 9}), []string{"B1"}, "cases to be leased of a container and a port")
		r.equal(len(pick(gateway.CasePick{Who: "staff:bo", Limit: 9})), 0, "cases in no state")
		// Groups that a case leaves do not lead to it any more.
		left := r.caseByID(r.first("B2"))
		left.Groups, left.Revision = []caseq.Group{{Kind: caseq.GroupCall, Value: "C1"}}, 2
		r.update(func(tx gateway.Tx) error { return tx.SaveCases(r.ctx, []*caseq.Case{&left}) })
		r.equal(list(gateway.CaseList{Group: box.Key()}), []string{"B1", "B3"}, "cases of a container that one left")
		r.equal(list(gateway.CaseList{Group: "call:C1"}), []string{"B1", "B2"}, "cases of a call that one came to")
	}},
	{"case/nobody gets one that another takes", func(r *rig) {
		const n, workers = 24, 6
		var cases []*caseq.Case
		for i := range n {
			cases = append(cases, aCase(fmt.Sprintf("B%02d", i), r.now()))
		}
		r.opened(cases...)
		var mu sync.Mutex
		taken := map[string]int{}
		var errs []error
		var wg sync.WaitGroup
		for w := range workers {
			store := r.store
			if w%2 == 1 && r.second != nil {
				store = r.second
			}
			wg.Go(func() {
				for empty, turns := 0, 0; empty < 3 && turns < 2*n; turns++ {
					var got []caseq.Case
					err := store.Update(r.ctx, func(tx gateway.Tx) error {
						var err error
						if got, err = tx.PickCases(r.ctx, gateway.CasePick{Now: tx.Now(), Who: "x", States: []caseq.State{caseq.New}, Limit: 2}); err != nil {
							return err
						}
						for i := range got {
							c := &got[i]
							c.State, c.Lease, c.LeaseUntil, c.Revision = caseq.Assigned, NewID(), tx.Now().Add(time.Hour), c.Revision+1
							if err := tx.SaveCases(r.ctx, []*caseq.Case{c}); err != nil {
								return err
							}
						}
						return nil
					})
					mu.Lock()
					if err != nil {
						errs, empty = append(errs, err), 3
					}
					for _, c := range got {
						taken[c.Bill]++
					}
					mu.Unlock()
					if len(got) == 0 {
						empty++
					}
				}
			})
		}
		wg.Wait()
		r.ok(errors.Join(errs...), "lease")
		want := map[string]int{}
		for _, c := range cases {
			want[c.Bill] = 1
		}
		r.equal(taken, want, "how often each case was taken")
	}},
	{"case/a history has an order of its own", func(r *rig) {
		at := r.now()
		one, two := aCase("B1", at), aCase("B2", at)
		r.opened(one, two)
		line := func(c *caseq.Case, what string) caseq.Entry {
			return caseq.Entry{Case: c.ID, At: at, Who: "staff:ada", What: what, From: caseq.New, To: caseq.Assigned, Points: 7, Reason: "documents", Note: "ä\nb"}
		}
		r.update(func(tx gateway.Tx) error {
			if err := tx.AddCaseEntries(r.ctx, []caseq.Entry{line(one, "a"), line(two, "x"), line(one, "b")}); err != nil {
				return err
			}
			return tx.AddCaseEntries(r.ctx, []caseq.Entry{line(one, "c")})
		})
		want := []caseq.Entry{{At: at, Who: caseq.System, What: caseq.WhatOpened, To: caseq.New}, line(one, "a"), line(one, "b"), line(one, "c")}
		for i := range want {
			want[i].Case, want[i].Seq = one.ID, int64(i+1)
		}
		got, err := r.store.CaseHistory(r.ctx, one.ID, 10)
		r.ok(err, "history")
		r.equal(got, want, "history")
		got, err = r.store.CaseHistory(r.ctx, one.ID, 2)
		r.ok(err, "history")
		r.equal(got, want[2:], "the newest lines of a history")
		got, err = r.store.CaseHistory(r.ctx, NewID(), 2)
		r.ok(err, "history")
		r.equal(len(got), 0, "the history of an unknown case")
	}},
	{"case/matches by bill, equipment and day", func(r *rig) {
		at := r.now()
		box := func(number string) caseq.Group { return caseq.Group{Kind: caseq.GroupEquipment, Value: number} }
		one := aCase("B1", at, func(c *caseq.Case) { c.Groups = []caseq.Group{box("NKAU1"), box("NKAU2")} })
		two := aCase("B2", at, func(c *caseq.Case) { c.Groups, c.Due = []caseq.Group{box("NKAU1")}, at.Add(240*time.Hour) })
		call := aCase("B3", at, func(c *caseq.Case) { c.Groups = []caseq.Group{{Kind: caseq.GroupParty, Value: "NKAU1"}} })
		r.opened(one, two, call)
		match := func(bill, equipment string, from, to time.Duration) []uuid.UUID {
			got, err := r.store.MatchCases(r.ctx, gateway.CaseMatch{BillKey: bill, Equipment: equipment, From: at.Add(from), To: at.Add(to), Limit: 5})
			r.ok(err, "match")
			return got
		}
		day := 24 * time.Hour
		r.equal(match("", "NKAU1", -day, day), []uuid.UUID{one.ID, two.ID}, "by equipment")
		r.equal(match("", "NKAU2", -day, day), []uuid.UUID{one.ID}, "by other equipment")
		r.equal(match("B2", "NKAU1", -day, day), []uuid.UUID{two.ID}, "by bill and equipment")
		r.equal(match("B2", "NKAU2", -day, day), []uuid.UUID(nil), "by a bill and the equipment of another")
		r.equal(match("B3", "", -day, day), []uuid.UUID{call.ID}, "by bill")
		r.equal(match("", "NKAU1", -2*day, -day), []uuid.UUID(nil), "before it was opened")
		r.equal(match("", "NKAU1", 5*day, 6*day), []uuid.UUID{two.ID}, "before one is due")
		r.equal(match("", "NKAU1", 11*day, 12*day), []uuid.UUID(nil), "long after it was due")
		r.equal(match("", "NKAU1", 0, 0), []uuid.UUID{one.ID, two.ID}, "at the moment")
		_, err := r.store.MatchCases(r.ctx, gateway.CaseMatch{From: at, To: at, Limit: 5})
		r.is(err, gateway.ErrInput, "a match with anything")
		got, err := r.store.MatchCases(r.ctx, gateway.CaseMatch{Equipment: "NKAU1", From: at, To: at, Limit: 1})
		r.ok(err, "match")
		r.equal(got, []uuid.UUID{one.ID}, "at most one")
	}},
	{"case/what is decided is told with the consignment", func(r *rig) {
		row := r.filed("B1", risky, nil)
		other := r.filed("B1", risky, nil, func(c *gateway.ConsignmentRow) { c.Filer = Forwarder })
		test := r.filed("B1", risky, inMode("test"))
		c := aCase("B1", r.now(), func(c *caseq.Case) { c.State, c.Decision = caseq.Inspect, &caseq.Decision{To: caseq.Inspect} })
		r.opened(c)
		r.equal([]string{r.consignment(row.ID).Verdict, r.consignment(other.ID).Verdict, r.consignment(test.ID).Verdict}, []string{"held", "", ""}, "verdicts")
		page, err := r.store.Consignments(r.ctx, gateway.ConsignmentQuery{Mode: "live", Receipt: row.Receipt, Limit: 5})
		r.ok(err, "consignments")
		r.equal(page.Items[0].Verdict, "held", "verdict in a list")
		some, err := r.store.ConsignmentsByID(r.ctx, []uuid.UUID{row.ID, NewID()})
		r.ok(err, "consignments")
		want := row
		want.Verdict = "held"
		r.equal(some, []gateway.ConsignmentRow{want}, "consignments by id")
		released := *c
		released.Revision, released.State, released.Decision = 2, caseq.Closed, &caseq.Decision{To: caseq.Released}
		r.update(func(tx gateway.Tx) error { return tx.SaveCases(r.ctx, []*caseq.Case{&released}) })
		r.equal(r.consignment(row.ID).Verdict, "released", "verdict of a closed case")
	}},
	{"case/forgets persons when its message is purged", func(r *rig) {
		row, kept := r.filed("B1", risky, nil), r.filed("B2", risky, nil)
		at := r.now()
		edit := func(row gateway.ConsignmentRow) func(*caseq.Case) {
			return func(c *caseq.Case) {
				c.Consignment, c.Receipt = row.ID, row.Receipt
				c.Groups = []caseq.Group{{Kind: caseq.GroupEquipment, Value: "NKAU1"}, {Kind: caseq.GroupParty, Value: "TIDE AND SON"}}
				c.Decision = &caseq.Decision{To: caseq.Hold, Reason: "documents", Note: "ask Tide", By: "staff:ada", At: at}
			}
		}
		c, stays := aCase("B1", at, edit(row)), aCase("B2", at, edit(kept))
		r.opened(c, stays)
		r.update(func(tx gateway.Tx) error {
			return tx.AddCaseEntries(r.ctx, []caseq.Entry{{Case: c.ID, At: at, Who: "staff:ada", What: caseq.WhatNote, Note: "ask Tide"}, {Case: stays.ID, At: at, Who: "staff:ada", What: caseq.WhatNote, Note: "ask Tide"}})
		})
		_, err := r.store.Purge(r.ctx, gateway.Tombstone{Receipt: row.Receipt, Why: "expired", Who: "service:gateway"}, AuditRow("message.purge"))
		r.ok(err, "purge")
		want := *c
		want.Forget()
		want.Revision = 2
		r.equal(r.caseByID(c.ID), want, "case of a purged message")
		history, err := r.store.CaseHistory(r.ctx, c.ID, 10)
		r.ok(err, "history")
		if len(history) != 2 || history[1].Note != "" || history[1].Who != "staff:ada" {
			r.Fatalf("history of the case of a purged message %+v", history)
		}
		r.equal(r.caseList(gateway.CaseList{Now: at, Group: "party:TIDE AND SON", Limit: 5}), []string{"B2"}, "cases of a party")
		r.equal(r.caseList(gateway.CaseList{Now: at, Group: "equipment:NKAU1", Limit: 5}), []string{"B1", "B2"}, "cases of a container")
		r.equal(r.caseByID(stays.ID), *stays, "case of another message")
		other, err := r.store.CaseHistory(r.ctx, stays.ID, 10)
		r.ok(err, "history")
		r.equal(other[1].Note, "ask Tide", "note of another case")
	}},
	{"case/numbers of calls", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		var ids []uuid.UUID
		r.settle(rc, nil, func(tx gateway.Tx) (err error) {
			ids, err = tx.MergeCalls(r.ctx, []gateway.CallRow{Call(rc)})
			return err
		})
		calls, _, err := r.store.Calls(r.ctx, gateway.CallQuery{Mode: "live", Limit: 5})
		r.ok(err, "calls")
		var got map[uuid.UUID]string
		r.update(func(tx gateway.Tx) (err error) {
			got, err = tx.CallNumbers(r.ctx, append(ids, NewID()))
			return err
		})
		r.equal(got, map[uuid.UUID]string{calls[0].ID: calls[0].Number}, "numbers")
	}},
}

// first gives the id of the case of a bill.
func (r *rig) first(bill string) uuid.UUID {
	r.Helper()
	items, _, err := r.store.Cases(r.ctx, gateway.CaseList{Now: r.now(), Limit: 100})
	r.ok(err, "cases")
	for _, c := range items {
		if c.Bill == bill {
			return c.ID
		}
	}
	r.Fatalf("there is no case of %s", bill)
	return uuid.Nil
}
