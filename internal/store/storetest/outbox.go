package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// number numbers until nothing is left.
func (r *rig) number() {
	r.Helper()
	for {
		n, err := r.store.NumberEvents(r.ctx, 1000)
		r.ok(err, "number events")
		if n == 0 {
			return
		}
	}
}

// events numbers what is there and gives what a query chooses.
func (r *rig) events(q outbox.Query) []outbox.Event {
	r.Helper()
	r.number()
	got, err := r.store.Events(r.ctx, q)
	r.ok(err, "events")
	return got
}

func (r *rig) lastPosition() int64 {
	r.Helper()
	last, err := r.store.LastPosition(r.ctx)
	r.ok(err, "last position")
	return last
}

// gapless fails where positions are not 1, 2, 3 … in the order of the events.
func (r *rig) gapless(events []outbox.Event, want int) {
	r.Helper()
	r.equal(len(events), want, "events")
	for i, e := range events {
		if e.Position != int64(i+1) {
			r.Fatalf("event %d has position %d", i+1, e.Position)
		}
	}
	r.equal(r.lastPosition(), int64(want), "last position")
}

// follow reads by position from after on, as a consumer does, and gives what is new.
func (r *rig) follow(after *int64) []uuid.UUID {
	r.Helper()
	got, err := r.store.Events(r.ctx, outbox.Query{After: *after, Limit: 1000})
	r.ok(err, "events")
	var out []uuid.UUID
	for _, e := range got {
		out, *after = append(out, e.ID), e.Position
	}
	return out
}

var outboxRules = []Rule{
	{"outbox/an event has no position and is not seen until it is numbered", func(r *rig) {
		r.emit([]outbox.Event{Event(Carrier)}, nil, nil)
		got, err := r.store.Events(r.ctx, outbox.Query{})
		r.ok(err, "events")
		r.equal([]any{len(got), r.lastPosition()}, []any{0, int64(0)}, "events and last position")
		n, err := r.store.NumberEvents(r.ctx, 10)
		r.ok(err, "number events")
		r.equal(n, 1, "numbered")
		r.gapless(r.events(outbox.Query{}), 1)
	}},
	{"outbox/keeps all that it is given", func(r *rig) {
		want := Event(Carrier, func(e *outbox.Event) {
			e.Filer, e.Data, e.Mode = Forwarder, `{"b": 1,  "a":"ä", "n":10000000000000000000001}`, "test"
		})
		bare := Event(Carrier, func(e *outbox.Event) { e.Filer, e.TraceID, e.Subject = "", "", "" })
		r.emit([]outbox.Event{want, bare}, nil, nil)
		want.Position, bare.Position = 1, 2
		got := r.events(outbox.Query{})
		r.equal(got, []outbox.Event{want, bare}, "events")
		r.utc(got[0].At)
	}},
	{"outbox/numbering is gapless, oldest first, at most the limit", func(r *rig) {
		var want []uuid.UUID
		var events []outbox.Event
		for range 25 {
			e := Event(Carrier)
			events, want = append(events, e), append(want, e.ID)
		}
		r.emit(events[10:], nil, nil)
		r.emit(events[:10], nil, nil)
		for _, n := range []int{10, 10, 5, 0} {
			got, err := r.store.NumberEvents(r.ctx, 10)
			r.ok(err, "number events")
			r.equal(got, n, "numbered")
		}
		got := r.events(outbox.Query{})
		r.gapless(got, 25)
		for i, e := range got {
			r.equal(e.ID, want[i], "event")
		}
		r.emit([]outbox.Event{Event(Carrier)}, nil, nil)
		r.gapless(r.events(outbox.Query{}), 26)
	}},
	{"outbox/numbering is gapless where transactions fail", func(r *rig) {
		for i := range 6 {
			err := r.store.Update(r.ctx, func(tx gateway.Tx) error {
				if err := tx.Emit(r.ctx, []outbox.Event{Event(Carrier)}, nil, nil); err != nil || i%2 == 0 {
					return err
				}
				return errUndo
			})
			if err != nil && !errors.Is(err, errUndo) {
				r.Fatalf("update: %v", err)
			}
			r.number()
		}
		r.gapless(r.events(outbox.Query{}), 3)
	}},
	{"outbox/numbering: a writer that is held open is missed by nobody", func(r *rig) {
		early, late := Event(Carrier), Event(Forwarder)
		inside, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		var once sync.Once
		wg.Go(func() {
			err := r.store.Update(r.ctx, func(tx gateway.Tx) error {
				if err := tx.Emit(r.ctx, []outbox.Event{early}, nil, nil); err != nil {
					return err
				}
				once.Do(func() { close(inside) })
				<-release
				return nil
			})
			if err != nil {
				r.Errorf("held update: %v", err)
			}
		})
		select {
		case <-inside:
		case <-time.After(patience):
			close(release)
			r.Fatalf("the first writer did not begin")
		}
		done := make(chan struct{})
		wg.Go(func() { // a store with one writer lets the others wait for it
			defer close(done)
			if err := r.store.Update(r.ctx, func(tx gateway.Tx) error { return tx.Emit(r.ctx, []outbox.Event{late}, nil, nil) }); err != nil {
				r.Errorf("later update: %v", err)
			}
			if _, err := r.store.NumberEvents(r.ctx, 10); err != nil {
				r.Errorf("number events: %v", err)
			}
		})
		select {
		case <-done:
		case <-time.After(150 * time.Millisecond):
		}
		var at int64
		seen := r.follow(&at)
		close(release)
		wg.Wait()
		if r.Failed() {
			return
		}
		r.number()
		seen = append(seen, r.follow(&at)...)
		slices.SortFunc(seen, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		r.equal(seen, []uuid.UUID{early.ID, late.ID}, "events that a reader by position has seen")
		r.gapless(r.events(outbox.Query{}), 2)
	}},
	{"outbox/numbering: an older event that is committed later comes later", func(r *rig) {
		old, young := Event(Carrier), Event(Carrier)
		var at int64
		r.emit([]outbox.Event{young}, nil, nil)
		r.number()
		seen := r.follow(&at)
		r.emit([]outbox.Event{old}, nil, nil)
		r.number()
		seen = append(seen, r.follow(&at)...)
		r.equal(seen, []uuid.UUID{young.ID, old.ID}, "events in the order that a reader sees them")
	}},
	{"outbox/two dispatchers and many writers at once", func(r *rig) {
		const writers, each = 4, 15
		var writing, dispatching sync.WaitGroup
		stop := make(chan struct{})
		for i := range 2 {
			nodes := r.nodes()
			store := nodes[i%len(nodes)]
			dispatching.Go(func() {
				for {
					if _, err := store.NumberEvents(r.ctx, 3); err != nil {
						r.Errorf("number events: %v", err)
						return
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		for range writers {
			writing.Go(func() {
				for range each {
					if err := r.store.Update(r.ctx, func(tx gateway.Tx) error { return tx.Emit(r.ctx, []outbox.Event{Event(Carrier)}, nil, nil) }); err != nil {
						r.Errorf("update: %v", err)
					}
				}
			})
		}
		seen := map[uuid.UUID]int{}
		var at int64
		count := func() {
			for _, id := range r.follow(&at) {
				seen[id]++
			}
		}
		finished := make(chan struct{})
		go func() { writing.Wait(); close(finished) }()
		for running := true; running; {
			select {
			case <-finished:
				running = false
			default:
				count()
			}
		}
		close(stop)
		dispatching.Wait()
		r.number()
		count()
		r.equal(len(seen), writers*each, "events that a reader by position has seen")
		r.gapless(r.events(outbox.Query{Limit: 1000}), writers*each)
	}},
	{"outbox/a query chooses by position, mode, partner and type", func(r *rig) {
		r.emit([]outbox.Event{
			Event(Carrier),
			Event(Carrier, func(e *outbox.Event) { e.Filer = Forwarder }),
			Event(Carrier, func(e *outbox.Event) { e.Mode = "test" }),
			Event(Forwarder, func(e *outbox.Event) { e.Type = outbox.TypeParked }),
			Event(Bureau, func(e *outbox.Event) { e.Type, e.Filer = outbox.TypeDelivered, "" }),
		}, nil, nil)
		for _, tt := range []struct {
			q    outbox.Query
			want []int64
		}{
			{outbox.Query{}, []int64{1, 2, 3, 4, 5}},
			{outbox.Query{After: 3}, []int64{4, 5}},
			{outbox.Query{After: 5}, nil},
			{outbox.Query{Limit: 2}, []int64{1, 2}},
			{outbox.Query{After: 1, Limit: 2}, []int64{2, 3}},
			{outbox.Query{Mode: "test"}, []int64{3}},
			{outbox.Query{Mode: "live", After: 2}, []int64{4, 5}},
			{outbox.Query{Partner: Forwarder}, []int64{2, 4}},
			{outbox.Query{Partner: Carrier, Mode: "live"}, []int64{1, 2}},
			{outbox.Query{Types: []string{outbox.TypeParked, outbox.TypeDelivered}}, []int64{4, 5}},
			{outbox.Query{Types: []string{outbox.TypeUndelivered}}, nil},
			{outbox.Query{Partner: "NOBODY"}, nil},
		} {
			var got []int64
			for _, e := range r.events(tt.q) {
				got = append(got, e.Position)
			}
			r.equal(got, tt.want, fmt.Sprintf("positions chosen by %+v", tt.q))
		}
	}},
	{"outbox/a query without a limit gives 100", func(r *rig) {
		var events []outbox.Event
		for range 120 {
			events = append(events, Event(Carrier))
		}
		r.emit(events, nil, nil)
		r.equal(len(r.events(outbox.Query{})), 100, "events")
		r.equal(len(r.events(outbox.Query{Limit: 110})), 110, "events of a limit of 110")
	}},
	{"answer/keeps all that it is given", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		one, two := Answer(rc), Answer(rc, func(a *outbox.Answer) { a.Interchange, a.Kind, a.Body = 2, "APERAK", []byte("\x00\xff'") })
		one.CreatedAt, two.CreatedAt = rc.ReceivedAt, rc.ReceivedAt.Add(time.Microsecond)
		r.settle(rc, &gateway.Rows{Answers: []outbox.Answer{two, one}})
		for _, want := range []outbox.Answer{one, two} {
			got, err := r.store.Answer(r.ctx, want.ID)
			r.ok(err, "answer")
			r.equal(got, want, "answer")
		}
		one.Body, two.Body = nil, nil
		got, err := r.store.Answers(r.ctx, rc.ID)
		r.ok(err, "answers")
		r.equal(got, []outbox.Answer{one, two}, "answers without bodies, oldest first")
		_, err = r.store.Answer(r.ctx, NewID())
		r.is(err, gateway.ErrNotFound, "unknown answer")
	}},
}

// deliveries settles a receipt of each partner with one answer and delivery, in order.
func (r *rig) deliveries(partners ...partner.ID) []outbox.Delivery {
	r.Helper()
	var out []outbox.Delivery
	for _, p := range partners {
		rc := r.receive(Arrival(p))
		answer := Answer(rc)
		d := Delivery(rc, answer.ID)
		r.settle(rc, &gateway.Rows{Answers: []outbox.Answer{answer}}, func(tx gateway.Tx) error {
			return tx.Emit(r.ctx, nil, []outbox.Delivery{d}, nil)
		})
		out = append(out, d)
	}
	return out
}

func (r *rig) claimDeliveries(limit int, lease time.Duration) []outbox.Delivery {
	r.Helper()
	got, err := r.store.ClaimDeliveries(r.ctx, "node-a", limit, lease)
	r.ok(err, "claim deliveries")
	if len(got) > limit {
		r.Fatalf("claim of at most %d gave %d", limit, len(got))
	}
	return got
}

func (r *rig) delivery(id uuid.UUID) outbox.Delivery {
	r.Helper()
	got, err := r.store.Delivery(r.ctx, id)
	r.ok(err, "delivery")
	return got
}

// finishDelivery ends the current attempt of a delivery, which must be its own.
func (r *rig) finishDelivery(d outbox.Delivery, state outbox.DeliveryState, reason string, delay time.Duration, events ...outbox.Event) {
	r.Helper()
	ok, err := r.store.FinishDelivery(r.ctx, d.ID, d.Attempts, state, reason, delay, events)
	r.ok(err, "finish delivery")
	r.equal(ok, true, "finished")
}

func deliveryIDs(deliveries []outbox.Delivery) []uuid.UUID {
	var out []uuid.UUID
	for _, d := range deliveries {
		out = append(out, d.ID)
	}
	return out
}

var deliveryRules = []Rule{
	{"delivery/keeps all that it is given", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		answer := Answer(rc)
		one := Delivery(rc, answer.ID)
		two := Delivery(rc, answer.ID, func(d *outbox.Delivery) { d.State, d.Channel, d.Mode = outbox.Available, "https", "test" })
		two.CreatedAt = two.CreatedAt.Add(time.Microsecond)
		r.settle(rc, &gateway.Rows{Answers: []outbox.Answer{answer}}, func(tx gateway.Tx) error {
			return tx.Emit(r.ctx, nil, []outbox.Delivery{two, one}, nil)
		})
		r.equal(r.delivery(one.ID), one, "delivery")
		got, err := r.store.Deliveries(r.ctx, rc.ID)
		r.ok(err, "deliveries")
		r.equal(got, []outbox.Delivery{one, two}, "deliveries, oldest first")
		_, err = r.store.Delivery(r.ctx, NewID())
		r.is(err, gateway.ErrNotFound, "unknown delivery")
		none, err := r.store.Deliveries(r.ctx, NewID())
		r.ok(err, "deliveries of an unknown receipt")
		r.equal(len(none), 0, "deliveries of an unknown receipt")
	}},
	{"delivery/claim: oldest first, counted, and not again while leased", func(r *rig) {
		all := deliveryIDs(r.deliveries(Carrier, Carrier, Carrier))
		got := r.claimDeliveries(2, time.Hour)
		r.equal(deliveryIDs(got), all[:2], "first claim")
		r.equal([]any{got[0].Attempts, got[0].State, r.delivery(all[0]).Attempts}, []any{1, outbox.Pending, 1}, "attempts and state")
		r.equal(deliveryIDs(r.claimDeliveries(10, time.Hour)), all[2:], "second claim")
		r.equal(len(r.claimDeliveries(10, time.Hour)), 0, "third claim")
	}},
	{"delivery/claim: rotates over partners", func(r *rig) {
		partners := slices.Repeat([]partner.ID{Carrier}, 12)
		r.deliveries(append(partners, Forwarder, Bureau)...)
		by := map[partner.ID]int{}
		for _, d := range r.claimDeliveries(4, time.Hour) {
			by[d.Partner]++
		}
		r.equal(by, map[partner.ID]int{Carrier: 2, Forwarder: 1, Bureau: 1}, "partners of one claim")
	}},
	{"delivery/claim: an expired lease is taken again", func(r *rig) {
		d := r.deliveries(Carrier)[0]
		r.claimDeliveries(1, r.lease())
		r.lapse()
		got := r.claimDeliveries(1, time.Hour)
		if len(got) != 1 || got[0].ID != d.ID || got[0].Attempts != 2 {
			r.Errorf("claimed %+v, want the second attempt at %s", got, d.ID)
		}
	}},
	{"delivery/claim: only what is pending and due", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		answer := Answer(rc)
		var rows []outbox.Delivery
		for _, state := range []outbox.DeliveryState{outbox.Available, outbox.Delivered, outbox.Parked} {
			rows = append(rows, Delivery(rc, answer.ID, func(d *outbox.Delivery) { d.State = state }))
		}
		later := Delivery(rc, answer.ID, func(d *outbox.Delivery) { d.NextAt = rc.ReceivedAt.Add(24 * time.Hour) })
		rows = append(rows, later)
		r.settle(rc, &gateway.Rows{Answers: []outbox.Answer{answer}}, func(tx gateway.Tx) error { return tx.Emit(r.ctx, nil, rows, nil) })
		r.equal(len(r.claimDeliveries(10, time.Hour)), 0, "claimed")
		for _, d := range rows {
			_, ok, err := r.store.ClaimDelivery(r.ctx, d.ID, "node-a", time.Hour)
			r.ok(err, "claim delivery")
			r.equal(ok, false, "claimed one that is "+string(d.State))
		}
	}},
	{"delivery/claim: of one", func(r *rig) {
		d := r.deliveries(Carrier, Carrier)[1]
		got, ok, err := r.store.ClaimDelivery(r.ctx, d.ID, "node-a", time.Hour)
		r.ok(err, "claim delivery")
		r.equal([]any{ok, got.ID, got.Attempts, got.Answer}, []any{true, d.ID, 1, d.Answer}, "claimed")
		_, ok, err = r.store.ClaimDelivery(r.ctx, d.ID, "node-b", time.Hour)
		r.ok(err, "claim delivery again")
		r.equal(ok, false, "claimed what is leased")
		_, ok, err = r.store.ClaimDelivery(r.ctx, NewID(), "node-a", time.Hour)
		if ok || err != nil && !errors.Is(err, gateway.ErrNotFound) {
			r.Errorf("claim of an unknown delivery: %v, %v", ok, err)
		}
	}},
	{"delivery/claim: no attempt is given twice", func(r *rig) {
		const n = 24
		r.deliveries(slices.Repeat([]partner.ID{Carrier, Forwarder}, n/2)...)
		var mu sync.Mutex
		seen := map[uuid.UUID]int{}
		var wg sync.WaitGroup
		for i := range 4 {
			nodes := r.nodes()
			store := nodes[i%len(nodes)]
			wg.Go(func() {
				for empty := 0; empty < 3; {
					got, err := store.ClaimDeliveries(r.ctx, fmt.Sprint("node-", i), 2, time.Hour)
					if err != nil {
						r.Errorf("claim deliveries: %v", err)
						return
					}
					if len(got) == 0 {
						empty++
					}
					mu.Lock()
					for _, d := range got {
						seen[d.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		r.equal(len(seen), n, "deliveries given")
		for id, times := range seen {
			r.equal(times, 1, "times that "+id.String()+" was given")
		}
	}},
	{"delivery/finish: delivered, with its event", func(r *rig) {
		r.deliveries(Carrier)
		d := r.claimDeliveries(1, time.Hour)[0]
		r.finishDelivery(d, outbox.Delivered, "", 0, Event(Carrier, func(e *outbox.Event) { e.Type = outbox.TypeDelivered }))
		r.equal([]any{r.delivery(d.ID).State, len(r.events(outbox.Query{}))}, []any{outbox.Delivered, 1}, "state and events")
		r.equal(len(r.claimDeliveries(10, time.Hour)), 0, "claimed of what is delivered")
	}},
	{"delivery/finish: pending again after the delay", func(r *rig) {
		r.deliveries(Carrier)
		d := r.claimDeliveries(1, time.Hour)[0]
		r.finishDelivery(d, outbox.Pending, "the folder is full", r.lease())
		got := r.delivery(d.ID)
		r.equal([]any{got.State, got.Attempts, got.LastError}, []any{outbox.Pending, 1, "the folder is full"}, "delivery")
		r.equal(len(r.claimDeliveries(10, time.Hour)), 0, "claimed before the delay")
		r.lapse()
		again := r.claimDeliveries(10, time.Hour)
		if len(again) != 1 || again[0].Attempts != 2 {
			r.Errorf("claimed %+v after the delay, want the second attempt", again)
		}
	}},
	{"delivery/finish: a lost attempt changes nothing", func(r *rig) {
		r.deliveries(Carrier)
		old := r.claimDeliveries(1, r.lease())[0]
		r.lapse()
		mine := r.claimDeliveries(1, time.Hour)[0]
		ok, err := r.store.FinishDelivery(r.ctx, old.ID, old.Attempts, outbox.Parked, "late", 0, []outbox.Event{Event(Carrier)})
		r.ok(err, "finish delivery")
		r.equal([]any{ok, r.delivery(old.ID).State, len(r.events(outbox.Query{}))}, []any{false, outbox.Pending, 0}, "finished, state and events")
		r.equal(len(r.claimDeliveries(10, time.Hour)), 0, "claimed of what another has")
		r.finishDelivery(mine, outbox.Delivered, "", 0)
	}},
	{"delivery/resend: pending, due now, counting on", func(r *rig) {
		for _, state := range []outbox.DeliveryState{outbox.Parked, outbox.Delivered, outbox.Available, outbox.Pending} {
			r.deliveries(Carrier)
			d := r.claimDeliveries(1, time.Hour)[0]
			r.finishDelivery(d, state, "given up", 24*time.Hour)
			r.ok(r.store.ResendDelivery(r.ctx, d.ID), "resend")
			got := r.delivery(d.ID)
			r.equal([]any{got.State, got.Attempts, got.Resent}, []any{outbox.Pending, 1, 1}, "resent from "+string(state))
			again := r.claimDeliveries(10, time.Hour)
			r.equal(deliveryIDs(again), []uuid.UUID{d.ID}, "claimed after a resend")
			r.equal([]int{again[0].Attempts, again[0].Resent}, []int{2, 1}, "attempts after a resend")
			r.finishDelivery(again[0], outbox.Delivered, "", 0)
		}
		r.is(r.store.ResendDelivery(r.ctx, NewID()), gateway.ErrNotFound, "resend of an unknown delivery")
	}},
	{"delivery/resend: what an attempt before it came to changes nothing", func(r *rig) {
		r.deliveries(Carrier)
		old := r.claimDeliveries(1, time.Hour)[0]
		r.ok(r.store.ResendDelivery(r.ctx, old.ID), "resend")
		late := func(what string) {
			r.Helper()
			ok, err := r.store.FinishDelivery(r.ctx, old.ID, old.Attempts, outbox.Parked, "late", 0, []outbox.Event{Event(Carrier)})
			r.ok(err, "finish delivery")
			r.equal([]any{ok, r.delivery(old.ID).State, len(r.events(outbox.Query{}))}, []any{false, outbox.Pending, 0}, "finished, state and events "+what)
		}
		late("after a resend")
		mine := r.claimDeliveries(1, time.Hour)[0]
		late("while another attempt is made")
		r.finishDelivery(mine, outbox.Delivered, "", 0)
	}},
	{"delivery/how many are pending", func(r *rig) {
		r.deliveries(Carrier, Carrier, Forwarder, Bureau)
		r.finishDelivery(r.claimDeliveries(1, time.Hour)[0], outbox.Delivered, "", 0)
		later := r.claimDeliveries(1, time.Hour)[0]
		r.finishDelivery(later, outbox.Pending, "the folder is full", time.Hour)
		r.claimDeliveries(1, time.Hour)
		n, err := r.store.PendingDeliveries(r.ctx)
		r.ok(err, "pending deliveries")
		r.equal(n, int64(3), "pending: one claimed, one for later, one due")
	}},
	{"delivery/leases are ended where nobody works", func(r *rig) {
		r.deliveries(Carrier, Carrier, Carrier)
		later := r.claimDeliveries(1, time.Hour)[0]
		r.finishDelivery(later, outbox.Pending, "the folder is full", time.Hour)
		old := r.claimDeliveries(1, time.Hour)[0]
		n, err := r.store.EndLeases(r.ctx)
		r.ok(err, "end leases")
		r.equal(n, int64(1), "leases that were ended")
		ok, err := r.store.FinishDelivery(r.ctx, old.ID, old.Attempts, outbox.Delivered, "", 0, nil)
		r.ok(err, "finish delivery")
		r.equal(ok, false, "an attempt whose lease was ended")
		got := r.claimDeliveries(10, time.Hour)
		if len(got) != 2 || got[0].ID != old.ID || got[0].Attempts != 2 {
			r.Fatalf("claim gave %+v, want the second and third of three", got)
		}
	}},
}
