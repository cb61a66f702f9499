package storetest

import (
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

func at(d time.Duration) func(*gateway.CallRow) {
	return func(c *gateway.CallRow) { c.ETA = instant(d) }
}

// calls merges calls as a receipt of the partner's that is settled with them, and gives the ids.
func (r *rig) calls(p partner.ID, edits ...func(*gateway.CallRow)) []uuid.UUID {
	r.Helper()
	rc := r.receive(Arrival(p))
	var rows []gateway.CallRow
	for _, edit := range edits {
		rows = append(rows, Call(rc, edit))
	}
	return r.merge(rc, rows...)
}

func (r *rig) merge(rc gateway.Receipt, rows ...gateway.CallRow) []uuid.UUID {
	r.Helper()
	var got []uuid.UUID
	r.settle(rc, nil, func(tx gateway.Tx) (err error) {
		got, err = tx.MergeCalls(r.ctx, rows)
		return err
	})
	if len(got) != len(rows) {
		r.Fatalf("%d calls merged to %d ids", len(rows), len(got))
	}
	return got
}

func (r *rig) call(p partner.ID, edit func(*gateway.CallRow)) uuid.UUID {
	r.Helper()
	return r.calls(p, edit)[0]
}

// listed gives the calls that a query chooses, all pages of them.
func (r *rig) listed(q gateway.CallQuery) []gateway.Call {
	r.Helper()
	if q.Mode == "" {
		q.Mode = "live"
	}
	var all []gateway.Call
	for range 1000 {
		items, next, err := r.store.Calls(r.ctx, q)
		r.ok(err, "calls")
		all = append(all, items...)
		if next == "" {
			return all
		}
		q.After = next
	}
	r.Fatalf("calls do not end")
	return nil
}

var callRules = []Rule{
	{"calls/a new one has the id that it came with", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		row := Call(rc)
		row.ATA = instant(3 * time.Hour)
		r.equal(r.merge(rc, row), []uuid.UUID{row.ID}, "id")
		got := r.listed(gateway.CallQuery{})
		if len(got) != 1 {
			r.Fatalf("%d calls, want 1", len(got))
		}
		c := got[0]
		if !regexp.MustCompile(`^C[0-9]+$`).MatchString(c.Number) {
			r.Errorf("number %q", c.Number)
		}
		if d := r.now().Sub(c.OpenedAt); d < 0 || d > patience {
			r.Errorf("opened at %s", c.OpenedAt)
		}
		slices.SortFunc(c.Times, func(a, b gateway.CallTime) int { return a.At.Compare(b.At) })
		want := gateway.Call{
			ID: row.ID, Mode: "live", Number: c.Number, Vessel: row.Vessel, Name: row.Name, Port: row.Port, Filings: 1, OpenedAt: c.OpenedAt,
			Aliases: []gateway.CallAlias{{Partner: Carrier, Voyage: "014W", Carrier: "NKAI"}},
			Times: []gateway.CallTime{
				{Kind: "eta", At: row.ETA, Partner: Carrier, Receipt: rc.ID}, {Kind: "ata", At: row.ATA, Partner: Carrier, Receipt: rc.ID},
			},
		}
		r.equal(c, want, "call")
	}},
	{"calls/merge within 72 hours either side", func(r *rig) {
		first := r.call(Carrier, at(0))
		r.equal(r.call(Forwarder, at(71*time.Hour+59*time.Minute)), first, "just before the end of the window")
		r.equal(r.call(Bureau, at(-71*time.Hour-59*time.Minute)), first, "just after its beginning")
		got := r.listed(gateway.CallQuery{})
		if len(got) != 1 || got[0].Filings != 3 || len(got[0].Aliases) != 3 || len(got[0].Times) != 3 {
			r.Errorf("calls %+v, want one with three filings, aliases and times", got)
		}
	}},
	{"calls/outside the window is a new one", func(r *rig) {
		first := r.call(Carrier, at(0))
		later, earlier := r.call(Carrier, at(73*time.Hour)), r.call(Carrier, at(-73*time.Hour))
		if later == first || earlier == first || later == earlier {
			r.Errorf("calls 73 hours apart merged: %s, %s, %s", first, later, earlier)
		}
	}},
	{"calls/the window is that of any of its ETAs", func(r *rig) {
		first := r.call(Carrier, at(0))
		r.equal(r.call(Carrier, at(60*time.Hour)), first, "60 hours later")
		r.equal(r.call(Carrier, at(120*time.Hour)), first, "60 hours later again")
	}},
	{"calls/the nearest ETA comes first", func(r *rig) {
		r.call(Carrier, at(0))
		second := r.call(Carrier, at(130*time.Hour))
		r.equal(r.call(Forwarder, at(69*time.Hour)), second, "between two, nearer to the later")
	}},
	{"calls/of two as near the oldest", func(r *rig) {
		first := r.call(Carrier, at(140*time.Hour))
		r.call(Carrier, at(0))
		r.equal(r.call(Forwarder, at(70*time.Hour)), first, "in the middle of two")
	}},
	{"calls/modes, vessels and ports are apart", func(r *rig) {
		first := r.call(Carrier, at(0))
		rc := r.receive(Arrival(Carrier, inMode("test")))
		for what, got := range map[string]uuid.UUID{
			"mode":   r.merge(rc, Call(rc))[0],
			"vessel": r.call(Carrier, func(c *gateway.CallRow) { c.Vessel = "imo:9321483" }),
			"port":   r.call(Carrier, func(c *gateway.CallRow) { c.Port = "BEANR" }),
		} {
			if got == first {
				r.Errorf("a call of another %s merged", what)
			}
		}
		r.equal(r.call(Forwarder, func(c *gateway.CallRow) { c.Voyage, c.Name = "015E", "TIDEWATER LARK" }), first, "with other words for it")
	}},
	{"calls/without an ETA by the partner's voyage", func(r *rig) {
		first := r.call(Carrier, at(0))
		noETA := func(voyage string) func(*gateway.CallRow) {
			return func(c *gateway.CallRow) { c.Voyage, c.ETA = voyage, time.Time{} }
		}
		r.equal(r.call(Carrier, noETA("014W")), first, "with the voyage")
		if r.call(Carrier, noETA("015W")) == first {
			r.Errorf("a call of another voyage merged")
		}
		other := r.call(Forwarder, noETA("014W"))
		if other == first {
			r.Errorf("a call of another partner's equal voyage merged")
		}
		r.equal(r.call(Forwarder, noETA("014W")), other, "the other partner's own, which has no ETA either")
	}},
	{"calls/several in one batch, in the order that they came", func(r *rig) {
		got := r.calls(Carrier, func(c *gateway.CallRow) { c.Vessel = "name:ZEPHYR" }, at(0), at(time.Hour), func(c *gateway.CallRow) { c.Vessel = "callsign:PAAA" })
		r.equal(got[1], got[2], "two rows of one call")
		if got[0] == got[1] || got[0] == got[3] || got[1] == got[3] {
			r.Errorf("calls of three vessels merged: %v", got)
		}
		vessels := map[uuid.UUID]string{}
		for _, c := range r.listed(gateway.CallQuery{}) {
			vessels[c.ID] = c.Vessel
		}
		r.equal([]string{vessels[got[0]], vessels[got[1]], vessels[got[3]]}, []string{"name:ZEPHYR", "imo:9074729", "callsign:PAAA"}, "vessels")
	}},
	{"calls/a receipt counts once, however many messages speak of it", func(r *rig) {
		r.calls(Carrier, at(0), at(0), at(time.Hour))
		got := r.listed(gateway.CallQuery{})
		r.equal([]any{len(got), got[0].Filings, len(got[0].Aliases), len(got[0].Times)}, []any{1, int64(1), 1, 2}, "calls, filings, aliases, times")
	}},
	{"calls/numbers are of their own", func(r *rig) {
		seen := map[string]bool{}
		for i := range 5 {
			r.call(Carrier, at(time.Duration(i)*1000*time.Hour))
		}
		for _, c := range r.listed(gateway.CallQuery{}) {
			seen[c.Number] = true
		}
		r.equal(len(seen), 5, "numbers of five calls")
	}},
	{"calls/a viewer sees those that it filed for, cut to its own", func(r *rig) {
		shared := r.call(Carrier, at(0))
		r.call(Forwarder, at(time.Hour))
		r.call(Forwarder, at(1000*time.Hour))
		got := r.listed(gateway.CallQuery{Viewer: Carrier})
		if len(got) != 1 || got[0].ID != shared {
			r.Fatalf("the viewer sees %+v, want %s alone", got, shared)
		}
		for _, a := range got[0].Aliases {
			r.equal(a.Partner, Carrier, "partner of an alias")
		}
		for _, at := range got[0].Times {
			r.equal(at.Partner, Carrier, "partner of a time")
		}
		r.equal([]int{len(got[0].Aliases), len(got[0].Times)}, []int{1, 1}, "aliases and times")
		r.equal(len(r.listed(gateway.CallQuery{Viewer: Bureau})), 0, "calls of who filed for none")
	}},
	{"calls/by vessel and port", func(r *rig) {
		r.calls(Carrier, at(0), func(c *gateway.CallRow) { c.Vessel = "name:ZEPHYR" }, func(c *gateway.CallRow) { c.Port = "BEANR" })
		for _, tt := range []struct {
			q    gateway.CallQuery
			want int
		}{
			{gateway.CallQuery{}, 3}, {gateway.CallQuery{Vessel: "name:ZEPHYR"}, 1}, {gateway.CallQuery{Port: "NLRTM"}, 2},
			{gateway.CallQuery{Vessel: "imo:9074729", Port: "BEANR"}, 1}, {gateway.CallQuery{Vessel: "name:ZEPHYR", Port: "BEANR"}, 0},
			{gateway.CallQuery{Mode: "test"}, 0},
		} {
			if got := len(r.listed(tt.q)); got != tt.want {
				r.Errorf("%+v gives %d calls, want %d", tt.q, got, tt.want)
			}
		}
	}},
	{"calls/newest first, in pages", func(r *rig) {
		var want []uuid.UUID
		for i := range 7 {
			want = append(want, r.call(Carrier, at(-time.Duration(i)*1000*time.Hour)))
		}
		slices.Reverse(want)
		var got []uuid.UUID
		for _, c := range r.listed(gateway.CallQuery{Limit: 3}) {
			got = append(got, c.ID)
		}
		r.equal(got, want, "calls in pages of 3")
		r.refuses("calls", func(token string) error {
			_, _, err := r.store.Calls(r.ctx, gateway.CallQuery{Mode: "live", After: token})
			return err
		})
	}},
	{"calls/an error undoes the merge", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		_, err := finish(r.ctx, r.store, gateway.StateAccepted, nil, []gateway.Receipt{rc}, func(tx gateway.Tx) error {
			if _, err := tx.MergeCalls(r.ctx, []gateway.CallRow{Call(rc)}); err != nil {
				return err
			}
			return errUndo
		})
		r.is(err, errUndo, "update")
		r.equal(len(r.listed(gateway.CallQuery{})), 0, "calls")
	}},
	{"calls/those who come at once merge into one", func(r *rig) {
		const files = 16
		for range files {
			r.accept(Arrival(Carrier))
		}
		receipts := r.claim(files)
		var wg sync.WaitGroup
		for w := range 4 {
			nodes := r.nodes()
			store := nodes[w%len(nodes)]
			wg.Go(func() {
				for i := w; i < files; i += 4 {
					rows := []gateway.CallRow{
						Call(receipts[i], at(time.Duration(i)*time.Hour)),
						Call(receipts[i], func(c *gateway.CallRow) { c.Vessel = "name:ZEPHYR" }),
					}
					if i%2 == 0 {
						slices.Reverse(rows)
					}
					err := store.Update(r.ctx, func(tx gateway.Tx) error {
						if err := tx.Settle(r.ctx, Settlement(receipts[i], gateway.StateAccepted)); err != nil {
							return err
						}
						_, err := tx.MergeCalls(r.ctx, rows)
						return err
					})
					if err != nil {
						r.Errorf("update: %v", err)
					}
				}
			})
		}
		wg.Wait()
		for _, c := range r.listed(gateway.CallQuery{}) {
			r.equal(c.Filings, int64(files), "filings of "+c.Vessel)
		}
		r.equal(len(r.listed(gateway.CallQuery{})), 2, "calls")
	}},
}
