package storetest

import (
	"bytes"
	"context"
	"strings"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
)

var acceptRules = []Rule{
	{"accept/gives a receipt to each arrival in order", func(r *rig) {
		var arrivals []gateway.Arrival
		for range 20 {
			arrivals = append(arrivals, Arrival(Carrier))
		}
		before := r.now()
		got := r.accept(arrivals...)
		after := r.now()
		for i, a := range got {
			if a.ID != arrivals[i].ID || a.Repeated {
				r.Errorf("arrival %d: told of %s, repeated %v, want a new receipt %s", i, a.ID, a.Repeated, arrivals[i].ID)
			}
			if a.Seq < 1 || i > 0 && a.Seq <= got[i-1].Seq {
				r.Errorf("arrival %d has Seq %d after %d", i, a.Seq, got[max(i, 1)-1].Seq)
			}
			if a.ReceivedAt.Before(before) || a.ReceivedAt.After(after) {
				r.Errorf("arrival %d received at %s, want between %s and %s", i, a.ReceivedAt, before, after)
			}
			if a.ReceivedAt.Location() != time.UTC || !a.ReceivedAt.Equal(a.ReceivedAt.Truncate(time.Microsecond)) {
				r.Errorf("arrival %d received at %s, want UTC to the microsecond", i, a.ReceivedAt)
			}
		}
	}},
	{"accept/keeps all that it is given", func(r *rig) {
		a := Arrival(Bureau, byAct("act-1"), inMode(cargo.TrafficTest), keptFor(30*24*time.Hour))
		a.Headers = map[string]string{"User-Agent": "deck/1.0", "X-Forwarded-For": "192.0.2.7", "Empty": ""}
		a.Control, a.Lane, a.Channel, a.Kind = "SENDER|CUSTOMS|42", gateway.LaneLarge, "folder-test", "folder"
		got := r.accept(a)[0]
		want := a.Receipt
		want.Seq, want.ReceivedAt, want.State = got.Seq, got.ReceivedAt, gateway.StateReceived
		want.ExpiresAt = got.ReceivedAt.Add(30 * 24 * time.Hour)
		r.equal(r.receipt(a.ID), want, "receipt")
		if at := r.receipt(a.ID).ReceivedAt; at.Location() != time.UTC {
			r.Errorf("received at %s, want UTC", at)
		}
	}},
	{"accept/keeps where the body is in the blob store", func(r *rig) {
		a := Arrival(Carrier, inBlob)
		a.Size = 1 << 40
		r.accept(a)
		got := r.receipt(a.ID)
		r.equal([]any{got.BlobKey, got.Inline, got.Size, got.SHA256}, []any{a.BlobKey, []byte(nil), a.Size, a.SHA256}, "body")
		if !got.ExpiresAt.IsZero() {
			r.Errorf("expires at %s, want never", got.ExpiresAt)
		}
	}},
	{"accept/keeps an inline body of the largest size", func(r *rig) {
		a := Arrival(Carrier, withBody(strings.Repeat("\x00\xff'+:?", gateway.MaxInline/6)))
		r.accept(a)
		if got := r.receipt(a.ID); !bytes.Equal(got.Inline, a.Inline) {
			r.Errorf("inline body of %d bytes came back as %d bytes, or changed", len(a.Inline), len(got.Inline))
		}
	}},
	{"accept/is there for all when it returns", func(r *rig) {
		for range 5 {
			a, b := Arrival(Carrier), Arrival(Forwarder)
			r.accept(a, b)
			for _, store := range r.nodes() {
				for _, want := range []gateway.Arrival{a, b} {
					got, err := store.Receipt(r.ctx, want.ID)
					r.ok(err, "receipt after accept")
					if got.SHA256 != want.SHA256 {
						r.Errorf("digest of receipt %s changed", want.ID)
					}
				}
			}
		}
	}},
	{"accept/is there when the store is opened again", func(r *rig) {
		a := Arrival(Carrier, byAct("act-1"))
		first := r.accept(a)[0]
		if r.reopen != nil {
			r.store = r.reopen()
		}
		got := r.receipt(a.ID)
		r.equal([]any{got.Seq, got.Inline}, []any{first.Seq, a.Inline}, "receipt")
		r.equal(r.accept(Arrival(Carrier, byAct("act-1")))[0].ID, a.ID, "repeat")
		if next := r.accept(Arrival(Carrier))[0].Seq; next <= first.Seq {
			r.Errorf("Seq %d after %d", next, first.Seq)
		}
	}},
	{"accept/of nothing is nothing", func(r *rig) {
		got, err := r.store.Accept(r.ctx, nil)
		r.ok(err, "accept of no arrivals")
		r.equal(got, []gateway.Accepted(nil), "accepted")
	}},
	{"accept/a repeat of a transport act gives the first receipt", func(r *rig) {
		a := Arrival(Carrier, byAct("act-1"), withBody("one"))
		first := r.accept(a)[0]
		again := Arrival(Carrier, byAct("act-1"), withBody("one"))
		want := first
		want.Repeated, want.SameBytes = true, true
		r.equal(r.accept(again)[0], want, "repeat")
		r.absent(again)
		if r.second != nil {
			got, err := r.second.Accept(r.ctx, []gateway.Arrival{Arrival(Carrier, byAct("act-1"), withBody("one"))})
			r.ok(err, "accept on the second node")
			r.equal(got[0], want, "repeat on the second node")
		}
	}},
	{"accept/a repeat with other bytes says so", func(r *rig) {
		first := r.accept(Arrival(Carrier, byAct("act-1"), withBody("one")))[0]
		again := Arrival(Carrier, byAct("act-1"), withBody("two"))
		want := first
		want.Repeated = true
		r.equal(r.accept(again)[0], want, "repeat")
		r.absent(again)
	}},
	{"accept/a repeat of a settled act gives the first receipt", func(r *rig) {
		rc := r.receive(Arrival(Carrier, byAct("act-1")))
		r.settle(rc, nil)
		if got := r.accept(Arrival(Carrier, byAct("act-1")))[0]; !got.Repeated || got.ID != rc.ID {
			r.Errorf("repeat: %+v, want that of %s", got, rc.ID)
		}
	}},
	{"accept/a repeat in the same commit gives the first receipt", func(r *rig) {
		a, b, c := Arrival(Carrier, byAct("act-1"), withBody("one")), Arrival(Carrier, byAct("act-1"), withBody("one")), Arrival(Carrier, byAct("act-1"), withBody("two"))
		got := r.accept(a, b, c)
		first := got[0]
		if first.Repeated || first.ID != a.ID {
			r.Fatalf("first of the act: %+v, want a new receipt", first)
		}
		first.Repeated, first.SameBytes = true, true
		r.equal(got[1], first, "repeat with equal bytes")
		first.SameBytes = false
		r.equal(got[2], first, "repeat with other bytes")
		r.absent(b)
		r.absent(c)
	}},
	{"accept/new ones and repeats come in the order of the arrivals", func(r *rig) {
		old := Arrival(Carrier, byAct("act-1"))
		r.accept(old)
		a, b, c := Arrival(Carrier, byAct("act-2")), Arrival(Carrier, byAct("act-1")), Arrival(Carrier)
		got := r.accept(a, b, c)
		r.equal([]any{got[0].ID, got[1].ID, got[2].ID}, []any{a.ID, old.ID, c.ID}, "receipts")
		r.equal([]any{got[0].Repeated, got[1].Repeated, got[2].Repeated}, []any{false, true, false}, "repeats")
	}},
	{"accept/what has no transport act is never a repeat", func(r *rig) {
		for range 2 {
			if got := r.accept(Arrival(Carrier, withBody("one")), Arrival(Carrier, withBody("one"))); got[0].Repeated || got[1].Repeated {
				r.Errorf("equal bytes without a transport act are repeats: %+v", got)
			}
		}
	}},
	{"accept/transport acts of other partners are apart", func(r *rig) {
		r.accept(Arrival(Carrier, byAct("act-1")))
		if got := r.accept(Arrival(Forwarder, byAct("act-1")))[0]; got.Repeated {
			r.Errorf("the act of another partner is a repeat: %+v", got)
		}
	}},
	{"accept/transport acts of other modes and kinds are apart", func(r *rig) {
		r.accept(Arrival(Carrier, byAct("act-1")))
		if got := r.accept(Arrival(Carrier, byAct("act-1"), inMode(cargo.TrafficTest)))[0]; got.Repeated {
			r.Errorf("the act of another mode is a repeat: %+v", got)
		}
		folder := Arrival(Carrier, byAct("act-1"))
		folder.Kind = "folder"
		if got := r.accept(folder)[0]; got.Repeated {
			r.Errorf("the act of another kind is a repeat: %+v", got)
		}
		other := Arrival(Carrier, byAct("ACT-1"))
		if got := r.accept(other)[0]; got.Repeated {
			r.Errorf("an act in capitals is a repeat: %+v", got)
		}
	}},
	{"accept/a transport act runs out", func(r *rig) {
		act := func(a *gateway.Arrival) { a.TransportID, a.DedupeFor = "act-1", r.lease() }
		first := Arrival(Carrier, act)
		r.accept(first)
		r.lapse()
		second := Arrival(Carrier, act)
		if got := r.accept(second)[0]; got.Repeated || got.ID != second.ID {
			r.Fatalf("the act after its time: %+v, want a new receipt", got)
		}
		if got := r.accept(Arrival(Carrier, act))[0]; !got.Repeated || got.ID != second.ID {
			r.Errorf("the act within its second time: %+v, want a repeat of %s", got, second.ID)
		}
	}},
	{"accept/a transport act of no time is kept for ever", func(r *rig) {
		a := Arrival(Carrier, byAct("act-1"))
		r.accept(a)
		r.lapse()
		_, err := r.store.Sweep(r.ctx, time.Nanosecond)
		r.ok(err, "sweep")
		if got := r.accept(Arrival(Carrier, byAct("act-1")))[0]; got.ID != a.ID {
			r.Errorf("the act later: %+v, want a repeat of %s", got, a.ID)
		}
	}},
	{"accept/the audit row comes with the receipt", func(r *rig) {
		a, b := Arrival(Carrier), Arrival(Forwarder)
		r.accept(a, b)
		r.sealAll()
		var got []any
		for _, s := range r.sealed() {
			got = append(got, s.Row)
		}
		r.equal(got, []any{a.Audit, b.Audit}, "audit rows")
	}},
	{"accept/a repeat has no audit row", func(r *rig) {
		r.accept(Arrival(Carrier, byAct("act-1")), Arrival(Carrier, byAct("act-1")))
		r.accept(Arrival(Carrier, byAct("act-1")))
		r.equal(r.unsealed(), int64(1), "audit rows of one receipt and two repeats")
	}},
	{"accept/all or none", func(r *rig) {
		taken := Arrival(Carrier)
		r.accept(taken)
		fresh, clash := Arrival(Carrier, byAct("act-9")), Arrival(Forwarder)
		clash.ID = taken.ID
		if _, err := r.store.Accept(r.ctx, []gateway.Arrival{fresh, clash}); err == nil {
			r.Fatalf("accept of an id that is taken succeeded")
		}
		r.absent(fresh)
		r.equal(r.receipt(taken.ID).Partner, Carrier, "partner of the receipt that was there")
		if got := r.accept(Arrival(Carrier, byAct("act-9")))[0]; got.Repeated {
			r.Errorf("the act of a failed accept is a repeat: %+v", got)
		}
		r.equal(r.unsealed(), int64(2), "audit rows")
	}},
	{"accept/nothing where the caller has gone", func(r *rig) {
		ctx, cancel := context.WithCancel(r.ctx)
		cancel()
		a := Arrival(Carrier)
		if _, err := r.store.Accept(ctx, []gateway.Arrival{a}); err == nil {
			r.Fatalf("accept with a context that is done succeeded")
		}
		r.absent(a)
	}},
	{"usage/counts files and bytes of a partner and mode", func(r *rig) {
		r.accept(Arrival(Carrier, withBody("12345"), byAct("act-1")), Arrival(Carrier, withBody("1234567")), Arrival(Forwarder),
			Arrival(Carrier, inMode(cargo.TrafficTest)))
		r.accept(Arrival(Carrier, withBody("12345"), byAct("act-1")))
		got, err := r.store.Usage(r.ctx, Carrier, cargo.TrafficLive)
		r.ok(err, "usage")
		r.equal(got, gateway.Usage{Files: 2, Bytes: 12}, "usage")
		got, err = r.store.Usage(r.ctx, Bureau, cargo.TrafficLive)
		r.ok(err, "usage")
		r.equal(got, gateway.Usage{}, "usage of who sent nothing")
	}},
	{"usage/forgets what is older than 24 hours", func(r *rig) {
		r.accept(Arrival(Carrier, withBody("12345")))
		want := gateway.Usage{Files: 1, Bytes: 3}
		if r.advance != nil {
			r.advance(24*time.Hour + time.Second)
		} else {
			want = gateway.Usage{Files: 2, Bytes: 8}
		}
		r.accept(Arrival(Carrier, withBody("123")))
		got, err := r.store.Usage(r.ctx, Carrier, cargo.TrafficLive)
		r.ok(err, "usage")
		r.equal(got, want, "usage")
	}},
	{"backlog/counts what is not final", func(r *rig) {
		backlog := func(want int64) gateway.Backlog {
			r.Helper()
			got, err := r.store.Backlog(r.ctx)
			r.ok(err, "backlog")
			r.equal(got.Unfinished, want, "unfinished receipts")
			return got
		}
		r.equal(backlog(0).Oldest, time.Duration(0), "age of nothing")
		r.accept(Arrival(Carrier), Arrival(Forwarder), Arrival(Bureau))
		backlog(3)
		got := r.claim(3)
		r.ok(r.store.Wait(r.ctx, fence(got[0]), time.Hour), "wait")
		backlog(3)
		r.settle(got[1], nil)
		backlog(2)
		r.park(got[2])
		backlog(1)
	}},
	{"backlog/tells the age of the oldest", func(r *rig) {
		first := r.receive(Arrival(Carrier))
		r.pass(r.lease())
		r.accept(Arrival(Carrier))
		got, err := r.store.Backlog(r.ctx)
		r.ok(err, "backlog")
		if age := r.now().Sub(first.ReceivedAt); got.Oldest < r.lease() || got.Oldest > age {
			r.Errorf("oldest is %s, want from %s to %s", got.Oldest, r.lease(), age)
		}
		r.settle(first, nil)
		got, err = r.store.Backlog(r.ctx)
		r.ok(err, "backlog")
		if got.Oldest >= r.lease() && r.advance != nil {
			r.Errorf("oldest is %s though the old one is settled", got.Oldest)
		}
	}},
}

// absent fails where there is a receipt of an arrival.
func (r *rig) absent(a gateway.Arrival) {
	r.Helper()
	_, err := r.store.Receipt(r.ctx, a.ID)
	r.is(err, gateway.ErrNotFound, "receipt that must not be there")
}

// nodes gives the store and, where there is one, the second node.
func (r *rig) nodes() []gateway.Store {
	if r.second == nil {
		return []gateway.Store{r.store}
	}
	return []gateway.Store{r.store, r.second}
}
