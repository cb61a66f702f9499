package storetest

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

var failRules = []Rule{
	{"fail/due again after the delay", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		state, err := r.store.Fail(r.ctx, fence(rc), "the blob store is away", r.lease(), 3, parking)
		r.ok(err, "fail")
		got := r.receipt(rc.ID)
		if state.Final() || got.State.Final() {
			r.Fatalf("after one failure: %s, then %s", state, got.State)
		}
		r.equal([]any{got.Failures, got.Reason}, []any{1, "the blob store is away"}, "failures and reason")
		r.equal(len(r.claim(1)), 0, "claimed before the delay")
		r.lapse()
		again := r.claimed(rc.ID, time.Hour)
		r.equal([]any{again.Attempt, again.Failures}, []any{2, 1}, "attempt and failures")
	}},
	{"fail/three park", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		for n, reason := range []string{"the first", "the second", "no sense in it"} {
			rc := r.claimed(a.ID, time.Hour)
			r.equal(rc.Failures, n, "failures before")
			state, err := r.store.Fail(r.ctx, fence(rc), reason, 0, 3, parking)
			r.ok(err, "fail")
			if (state == gateway.StateParked) != (n == 2) {
				r.Fatalf("failure %d: %s", n+1, state)
			}
		}
		got := r.receipt(a.ID)
		r.equal([]any{got.State, got.Failures, got.Reason}, []any{gateway.StateParked, 3, "no sense in it"}, "receipt")
		r.equal(len(r.claim(10)), 0, "claimed of what is parked")
	}},
	{"fail/parking is a settlement, with its event and audit row", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		var seen gateway.Receipt
		before := r.unsealed()
		state, err := r.store.Fail(r.ctx, fence(rc), "no sense in it", time.Hour, 1, func(rc gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row) {
			seen = rc
			return parking(rc)
		})
		r.ok(err, "fail")
		r.equal(state, gateway.StateParked, "state")
		r.equal([]any{seen.ID, seen.Partner, seen.Seq, seen.Attempt}, []any{rc.ID, rc.Partner, rc.Seq, rc.Attempt}, "receipt that is parked")
		s, err := r.store.Settlement(r.ctx, rc.ID)
		r.ok(err, "settlement")
		r.equal([]any{s.Fence, s.State, s.Reason}, []any{fence(rc), gateway.StateParked, "no sense in it"}, "settlement")
		r.equal(r.unsealed(), before+1, "audit rows")
		events := r.events(outbox.Query{})
		if len(events) != 1 || events[0].Type != outbox.TypeParked {
			r.Errorf("events %+v, want one of the parking", events)
		}
	}},
	{"fail/of a lost attempt changes nothing", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.lapse()
		mine := r.claimed(a.ID, time.Hour)
		_, err := r.store.Fail(r.ctx, fence(old), "late", 0, 1, parking)
		r.is(err, gateway.ErrFenced, "fail of a lost attempt")
		r.equal(r.receipt(a.ID).Failures, 0, "failures")
		r.settle(mine, nil)
		_, err = r.store.Fail(r.ctx, fence(mine), "late", 0, 1, parking)
		r.is(err, gateway.ErrFenced, "fail of a settled one")
		r.equal(r.receipt(a.ID).State, gateway.StateAccepted, "state")
	}},
	{"fail/waits and lost leases in between do not count", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		for range 3 {
			r.ok(r.store.Wait(r.ctx, fence(r.claimed(a.ID, time.Hour)), 0), "wait")
		}
		r.claimed(a.ID, r.lease())
		r.lapse()
		state, err := r.store.Fail(r.ctx, fence(r.claimed(a.ID, time.Hour)), "first", 0, 2, parking)
		r.ok(err, "fail")
		if state.Final() {
			r.Fatalf("the first failure gave %s", state)
		}
		r.equal(r.receipt(a.ID).Failures, 1, "failures")
	}},
	{"fail/parks that one alone", func(r *rig) {
		r.accept(Arrival(Carrier), Arrival(Carrier), Arrival(Carrier))
		got := r.claim(3)
		r.park(got[1])
		r.equal([]any{r.receipt(got[0].ID).State, r.receipt(got[2].ID).State}, []any{gateway.StateReading, gateway.StateReading}, "the others")
		r.finish(gateway.StateAccepted, nil, []gateway.Receipt{got[0], got[2]})
	}},
	{"replay/makes a parked receipt due with no failures", func(r *rig) {
		rc := r.receive(Arrival(Carrier, byAct("act-1")))
		r.park(rc)
		r.ok(r.store.Replay(r.ctx, rc.ID, AuditRow("message.replay")), "replay")
		got := r.receipt(rc.ID)
		r.equal([]any{got.State, got.Failures}, []any{gateway.StateReceived, 0}, "state and failures")
		again := r.claimed(rc.ID, time.Hour)
		if again.Attempt <= rc.Attempt || again.Failures != 0 {
			r.Errorf("attempt %d with %d failures after attempt %d", again.Attempt, again.Failures, rc.Attempt)
		}
		r.equal(again.Inline, rc.Inline, "body")
		r.settle(again, &gateway.Rows{Messages: []gateway.MessageRow{Message(again, 1)}})
		r.equal(r.receipt(rc.ID).State, gateway.StateAccepted, "state in the end")
		r.equal(r.audited("message.replay"), 1, "audit rows of the replay")
	}},
	{"replay/removes the settlement and its rows", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.finish(gateway.StateParked, &gateway.Rows{
			Messages: []gateway.MessageRow{Message(rc, 1)}, Consignments: []gateway.ConsignmentRow{Consignment(rc, 1)},
		}, []gateway.Receipt{rc})
		r.ok(r.store.Replay(r.ctx, rc.ID, AuditRow("message.replay")), "replay")
		_, err := r.store.Settlement(r.ctx, rc.ID)
		r.is(err, gateway.ErrNotFound, "settlement of a replayed receipt")
		r.equal(len(r.messages(rc.ID)), 0, "messages")
		r.equal(len(r.search(gateway.ConsignmentQuery{Receipt: rc.ID, Mode: rc.Mode}).Items), 0, "consignments")
		again := r.claimed(rc.ID, time.Hour)
		r.settle(again, &gateway.Rows{Consignments: []gateway.ConsignmentRow{Consignment(again, 1)}})
		r.equal(len(r.search(gateway.ConsignmentQuery{Receipt: rc.ID, Mode: rc.Mode}).Items), 1, "consignments in the end")
	}},
	{"replay/of what is not parked changes nothing", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		if r.store.Replay(r.ctx, rc.ID, AuditRow("message.replay")) == nil {
			r.Errorf("replay of a receipt that is read succeeded")
		}
		r.settle(rc, nil)
		if r.store.Replay(r.ctx, rc.ID, AuditRow("message.replay")) == nil {
			r.Errorf("replay of an accepted receipt succeeded")
		}
		r.equal(r.receipt(rc.ID).State, gateway.StateAccepted, "state")
		r.equal(len(r.claim(1)), 0, "claimed")
		r.is(r.store.Replay(r.ctx, NewID(), AuditRow("message.replay")), gateway.ErrNotFound, "replay of an unknown receipt")
		r.equal(r.audited("message.replay"), 0, "audit rows")
	}},
	{"priors/equal bytes or an equal control key", func(r *rig) {
		control := func(key string) func(*gateway.Arrival) { return func(a *gateway.Arrival) { a.Control = key } }
		bytes, key, both := Arrival(Carrier, withBody("same")), Arrival(Carrier, control("S|R|1")), Arrival(Carrier, withBody("same"), control("S|R|1"))
		r.accept(bytes, key, both,
			Arrival(Carrier, control("S|R|2")), Arrival(Forwarder, withBody("same"), control("S|R|1")),
			Arrival(Carrier, withBody("same"), control("S|R|1"), inMode(cargo.TrafficTest)))
		got := r.priors("same", "S|R|1", 1<<60)
		var found []uuid.UUID
		for _, p := range got {
			found = append(found, p.Receipt)
		}
		r.equal(found, []uuid.UUID{both.ID, key.ID, bytes.ID}, "priors, newest first")
		r.equal([]any{got[0].SHA256, got[0].Control, got[0].State}, []any{both.SHA256, "S|R|1", gateway.StateReceived}, "what is told")
		r.equal(len(r.priors("none", "S|R|1", 1<<60)), 2, "priors by the control key")
		r.equal(len(r.priors("same", "", 1<<60)), 2, "priors by bytes alone")
		r.equal(len(r.priors("none", "", 1<<60)), 0, "priors of what came never")
		r.equal(len(r.priors("same", "S|R|1", got[1].Seq)), 1, "priors before the second")
	}},
	{"priors/say where the earlier receipt stands", func(r *rig) {
		first := r.receive(Arrival(Carrier, withBody("same")))
		r.settle(first, nil)
		rc := r.receive(Arrival(Carrier, withBody("same")))
		s := Settlement(rc, gateway.StateAccepted)
		s.DuplicateOf = first.ID
		r.update(func(tx gateway.Tx) error { return tx.Settle(r.ctx, s) })
		r.ok(r.store.Settled(r.ctx, []gateway.Settlement{s}), "settled")
		got := r.priors("same", "", 1<<60)
		if len(got) != 2 {
			r.Fatalf("%d priors, want 2", len(got))
		}
		r.equal([]any{got[0].State, got[0].DuplicateOf}, []any{gateway.StateAccepted, first.ID}, "the resend")
		r.equal([]any{got[1].State, got[1].DuplicateOf}, []any{gateway.StateAccepted, uuid.UUID{}}, "the first")
	}},
	{"priors/a later interchange of a settled file counts", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		controls := []gateway.ControlRow{{Receipt: rc.ID, Attempt: rc.Attempt, Partner: rc.Partner, Mode: rc.Mode, Control: "S|R|2"}}
		r.ok(r.store.Stage(r.ctx, fence(rc), &gateway.Rows{Controls: controls}), "stage")
		r.equal(len(r.priors("none", "S|R|2", 1<<60)), 0, "priors before it is settled")
		r.settle(rc, nil)
		r.equal(len(r.priors("none", "S|R|2", 1<<60)), 1, "priors after")
	}},
	{"priors/one receipt comes once, and at most 20", func(r *rig) {
		rc := r.receive(Arrival(Carrier, withBody("same"), func(a *gateway.Arrival) { a.Control = "S|R|1" }))
		r.settle(rc, &gateway.Rows{Controls: []gateway.ControlRow{{Receipt: rc.ID, Attempt: rc.Attempt, Partner: rc.Partner, Mode: rc.Mode, Control: "S|R|1"}}})
		r.equal(len(r.priors("same", "S|R|1", 1<<60)), 1, "priors of one receipt")
		for range 24 {
			r.accept(Arrival(Carrier, withBody("same")))
		}
		got := r.priors("same", "S|R|1", 1<<60)
		r.equal(len(got), 20, "priors of 25 receipts")
		if !slices.IsSortedFunc(got, func(a, b gateway.Prior) int { return int(b.Seq - a.Seq) }) {
			r.Errorf("priors are not newest first")
		}
	}},
	{"priors/none from before the window", func(r *rig) {
		r.accept(Arrival(Carrier, withBody("same")))
		r.pass(20 * time.Millisecond)
		second := r.accept(Arrival(Carrier, withBody("same")))[0]
		got, err := r.store.Priors(r.ctx, Carrier, cargo.TrafficLive, sum("same"), "", 1<<60, second.ReceivedAt)
		r.ok(err, "priors")
		if len(got) != 1 || got[0].Receipt != second.ID {
			r.Errorf("priors since the second: %+v, want it alone", got)
		}
	}},
}

func sum(body string) [32]byte { return sha256.Sum256([]byte(body)) }

func (r *rig) priors(body, control string, before int64) []gateway.Prior {
	r.Helper()
	got, err := r.store.Priors(r.ctx, Carrier, cargo.TrafficLive, sum(body), control, before, time.Time{})
	r.ok(err, "priors")
	return got
}

// parking is what the gateway gives for a receipt that is parked.
func parking(rc gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row) {
	s := Settlement(rc, gateway.StateParked)
	s.Reason = "no sense in it"
	event := Event(rc.Partner, func(e *outbox.Event) { e.Type, e.Mode = outbox.TypeParked, string(rc.Mode) })
	row := AuditRow("message.park", func(row *audit.Row) { row.Object = "message:" + strings.ToLower(rc.ID.String()) })
	return s, []outbox.Event{event}, []audit.Row{row}
}

// park parks a claimed receipt.
func (r *rig) park(rc gateway.Receipt) {
	r.Helper()
	state, err := r.store.Fail(r.ctx, fence(rc), "no sense in it", 0, 1, parking)
	r.ok(err, "fail")
	r.equal(state, gateway.StateParked, "state after the last failure")
}
