package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

var claimRules = []Rule{
	{"claim/oldest first", func(r *rig) {
		var want []uuid.UUID
		for range 6 {
			a := Arrival(Carrier)
			r.accept(a)
			want = append(want, a.ID)
		}
		r.equal(ids(r.claim(4)), want[:4], "first claim")
		r.equal(ids(r.claim(4)), want[4:], "second claim")
	}},
	{"claim/gives receipts with their bodies", func(r *rig) {
		a, b := Arrival(Carrier, byAct("act-1"), keptFor(time.Hour)), Arrival(Carrier, inBlob)
		accepted := r.accept(a, b)
		got := r.claim(2)
		if len(got) != 2 {
			r.Fatalf("claimed %d of 2", len(got))
		}
		for i, arrival := range []gateway.Arrival{a, b} {
			want := arrival.Receipt
			want.Seq, want.ReceivedAt = accepted[i].Seq, accepted[i].ReceivedAt
			want.State, want.Attempt, want.LeaseUntil = gateway.StateReading, 1, got[i].LeaseUntil
			if arrival.RetainFor > 0 {
				want.ExpiresAt = want.ReceivedAt.Add(arrival.RetainFor)
			}
			r.equal(got[i], want, "claimed receipt")
		}
	}},
	{"claim/sets the lease by database time", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		before := r.now()
		got := r.claimed(a.ID, time.Hour)
		after := r.now()
		if got.LeaseUntil.Before(before.Add(time.Hour)) || got.LeaseUntil.After(after.Add(time.Hour)) {
			r.Errorf("lease until %s, want an hour after %s to %s", got.LeaseUntil, before, after)
		}
		r.equal(r.receipt(a.ID).LeaseUntil, got.LeaseUntil, "lease of the receipt")
	}},
	{"claim/of nothing gives nothing", func(r *rig) {
		r.equal(len(r.claim(10)), 0, "claimed")
	}},
	{"claim/rotates over partners", func(r *rig) {
		for range 40 {
			r.accept(Arrival(Carrier))
		}
		r.accept(Arrival(Forwarder))
		r.accept(Arrival(Bureau))
		by := map[partner.ID]int{}
		for _, rc := range r.claim(4) {
			by[rc.Partner]++
		}
		r.equal(by, map[partner.ID]int{Carrier: 2, Forwarder: 1, Bureau: 1}, "partners of one claim")
	}},
	{"claim/rotates over partners from claim to claim", func(r *rig) {
		for range 40 {
			r.accept(Arrival(Carrier))
		}
		lone := Arrival(Forwarder)
		r.accept(lone)
		for range 6 {
			got := r.claim(1)
			if len(got) == 1 && got[0].ID == lone.ID {
				return
			}
			r.finish(gateway.StateAccepted, nil, got)
		}
		r.Errorf("six claims of one gave nothing of the partner that waits behind another's forty files")
	}},
	{"claim/a file of each of many partners", func(r *rig) {
		want := map[partner.ID]int{}
		for i := range 30 {
			p := partner.ID(fmt.Sprintf("LINE%02d", i))
			want[p] = 1
			r.accept(Arrival(p), Arrival(p), Arrival(p))
		}
		got := map[partner.ID]int{}
		for range 3 {
			for _, rc := range r.claim(10) {
				got[rc.Partner]++
			}
		}
		r.equal(got, want, "partners of three claims of ten")
	}},
	{"claim/leased ones are not given again", func(r *rig) {
		r.accept(Arrival(Carrier), Arrival(Carrier))
		r.equal(len(r.claim(1)), 1, "first claim")
		r.equal(len(r.claim(10)), 1, "second claim")
		for _, store := range r.nodes() {
			got, err := store.Claim(r.ctx, gateway.ClaimRequest{Owner: "node-b", Max: 10, Lease: time.Hour})
			r.ok(err, "claim")
			r.equal(len(got), 0, "claimed of what is leased")
		}
	}},
	{"claim/an expired lease is taken again with the next attempt", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		for want := 1; want <= 3; want++ {
			got := r.claimed(a.ID, r.lease())
			r.equal([]any{got.Attempt, got.Failures}, []any{want, 0}, "attempt and failures")
			r.equal(r.receipt(a.ID).Attempt, want, "attempt of the receipt")
			r.lapse()
		}
	}},
	{"claim/counts the attempts that ended without a word", func(r *rig) {
		a, other := Arrival(Carrier), Arrival(Forwarder)
		r.accept(a)
		silent := func(rc gateway.Receipt, want int, what string) gateway.Receipt {
			r.Helper()
			r.equal(rc.Silent, want, "silent attempts "+what)
			return rc
		}
		silent(r.claimed(a.ID, r.lease()), 0, "of a first claim")
		r.lapse()
		rc := silent(r.claimed(a.ID, time.Hour), 1, "after a lease that ran out")
		_, err := r.store.Fail(r.ctx, fence(rc), "no sense in it", 0, 3, parking)
		r.ok(err, "fail")
		rc = silent(r.claimed(a.ID, time.Hour), 1, "after a failure")
		r.ok(r.store.Wait(r.ctx, fence(rc), 0), "wait")
		silent(r.claimed(a.ID, r.lease()), 1, "after waiting")
		r.lapse()
		rc = silent(r.claimed(a.ID, time.Hour), 2, "after another lease that ran out")
		r.equal(r.receipt(a.ID).Silent, 2, "silent attempts of the receipt")
		r.park(rc)
		r.ok(r.store.Replay(r.ctx, a.ID, AuditRow("message.replay")), "replay")
		silent(r.claimed(a.ID, time.Hour), 2, "after a replay")
		r.accept(other)
		silent(r.claimed(other.ID, time.Hour), 0, "of another receipt")
	}},
	{"claim/leases are ended where nobody works", func(r *rig) {
		a, waiting, fails, parked := Arrival(Carrier), Arrival(Carrier), Arrival(Carrier), Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, time.Hour)
		r.accept(waiting)
		r.ok(r.store.Wait(r.ctx, fence(r.claimed(waiting.ID, time.Hour)), time.Hour), "wait")
		r.accept(fails)
		_, err := r.store.Fail(r.ctx, fence(r.claimed(fails.ID, time.Hour)), "no sense in it", time.Hour, 3, parking)
		r.ok(err, "fail")
		r.accept(parked)
		r.park(r.claimed(parked.ID, time.Hour))
		n, err := r.store.EndLeases(r.ctx)
		r.ok(err, "end leases")
		r.equal(n, int64(1), "leases that were ended")
		r.is(r.store.Wait(r.ctx, fence(old), 0), gateway.ErrFenced, "an attempt whose lease was ended")
		got := r.claim(10)
		if len(got) != 1 || got[0].ID != a.ID {
			r.Fatalf("claim gave %v, want %s alone", ids(got), a.ID)
		}
		r.equal([]any{got[0].Attempt, got[0].Failures, got[0].Silent}, []any{2, 0, 0}, "attempt, failures, silent ones")
		n, err = r.store.EndLeases(r.ctx)
		r.ok(err, "end leases")
		r.settle(r.claimed(a.ID, time.Hour), nil)
		more, err := r.store.EndLeases(r.ctx)
		r.ok(err, "end leases")
		r.equal([]int64{n, more}, []int64{1, 0}, "leases of one that is claimed, and of none")
	}},
	{"claim/what waits is taken when its time has come", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.ok(r.store.Wait(r.ctx, fence(rc), r.lease()), "wait")
		r.equal(len(r.claim(1)), 0, "claimed before the time")
		r.lapse()
		r.equal(r.claimed(rc.ID, time.Hour).Attempt, 2, "attempt")
	}},
	{"claim/what is final is not taken", func(r *rig) {
		for _, state := range []gateway.State{gateway.StateAccepted, gateway.StatePartlyAccepted, gateway.StateRejected} {
			rc := r.claimAfter(Arrival(Carrier))
			r.finish(state, nil, []gateway.Receipt{rc})
		}
		r.park(r.receive(Arrival(Carrier)))
		r.lapse()
		r.equal(len(r.claimFor(10, time.Hour)), 0, "claimed of what is final")
	}},
	{"claim/what is settled is not taken though no state was written back", func(r *rig) {
		rc := r.claimAfter(Arrival(Carrier))
		_, err := finish(r.ctx, r.store, gateway.StateAccepted, nil, []gateway.Receipt{rc})
		r.ok(err, "settle")
		r.lapse()
		other := Arrival(Carrier)
		r.accept(other)
		r.equal(ids(r.claim(10)), []uuid.UUID{other.ID}, "claimed")
	}},
	{"claim/lanes are apart", func(r *rig) {
		small, large := Arrival(Carrier), Arrival(Carrier)
		large.Lane = gateway.LaneLarge
		r.accept(large, small)
		r.equal(ids(r.claim(10)), []uuid.UUID{small.ID}, "small lane")
		got, err := r.store.Claim(r.ctx, gateway.ClaimRequest{Owner: "node-a", Lane: gateway.LaneLarge, Max: 10, Lease: time.Hour})
		r.ok(err, "claim")
		r.equal(ids(got), []uuid.UUID{large.ID}, "large lane")
	}},
	{"claim/live and test are both taken", func(r *rig) {
		r.accept(Arrival(Carrier), Arrival(Carrier, inMode(cargo.TrafficTest)))
		r.equal(len(r.claim(10)), 2, "claimed")
	}},
	{"claim/no attempt is given twice", func(r *rig) {
		const files = 120
		for i := range files / 20 {
			var arrivals []gateway.Arrival
			for range 20 {
				arrivals = append(arrivals, Arrival(partner.ID(fmt.Sprintf("LINE%02d", i%3))))
			}
			r.accept(arrivals...)
		}
		var mu sync.Mutex
		var got []gateway.Fence
		var wg sync.WaitGroup
		for i := range 8 {
			nodes := r.nodes()
			store := nodes[i%len(nodes)]
			wg.Go(func() {
				for empty := 0; empty < 3; {
					batch, err := store.Claim(r.ctx, gateway.ClaimRequest{Owner: fmt.Sprint("node-", i), Max: 3, Lease: time.Hour})
					if err != nil {
						r.Errorf("claim: %v", err)
						return
					}
					if len(batch) == 0 {
						empty++
					}
					mu.Lock()
					for _, rc := range batch {
						got = append(got, fence(rc))
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		seen := map[uuid.UUID]bool{}
		for _, f := range got {
			if seen[f.Receipt] || f.Attempt != 1 {
				r.Errorf("receipt %s was given twice, last with attempt %d", f.Receipt, f.Attempt)
			}
			seen[f.Receipt] = true
		}
		r.equal(len(seen), files, "receipts given")
	}},
	{"renew/extends the lease", func(r *rig) {
		a, b := Arrival(Carrier), Arrival(Carrier)
		r.accept(a, b)
		kept, lapsed := r.claimed(a.ID, r.lease()), r.claimed(b.ID, r.lease())
		lost, err := r.store.Renew(r.ctx, []gateway.Fence{fence(kept)}, time.Hour)
		r.ok(err, "renew")
		r.equal(lost, []gateway.Fence(nil), "lost")
		if until, now := r.receipt(a.ID).LeaseUntil, r.now(); until.Before(now.Add(59*time.Minute)) || until.After(now.Add(time.Hour)) {
			r.Errorf("lease until %s, want about an hour after %s", until, now)
		}
		r.lapse()
		r.equal(ids(r.claim(10)), []uuid.UUID{lapsed.ID}, "claimed")
	}},
	{"renew/tells which are lost", func(r *rig) {
		a, b, c := Arrival(Carrier), Arrival(Carrier), Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.lapse()
		taken := r.claimed(a.ID, time.Hour)
		r.accept(b)
		settled := r.claimed(b.ID, time.Hour)
		r.settle(settled, nil)
		r.accept(c)
		mine := r.claimed(c.ID, time.Hour)
		unknown := gateway.Fence{Receipt: NewID(), Attempt: 1}
		lost, err := r.store.Renew(r.ctx, []gateway.Fence{fence(old), fence(settled), fence(mine), unknown}, time.Hour)
		r.ok(err, "renew")
		r.equal(sorted(lost), sorted([]gateway.Fence{fence(old), fence(settled), unknown}), "lost")
		r.equal(r.receipt(a.ID).Attempt, taken.Attempt, "attempt of the one that was taken")
	}},
	{"renew/a lost lease is not extended", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.lapse()
		taken := r.claimed(a.ID, r.lease())
		_, err := r.store.Renew(r.ctx, []gateway.Fence{fence(old)}, 24*time.Hour)
		r.ok(err, "renew")
		if until := r.receipt(a.ID).LeaseUntil; !until.Equal(taken.LeaseUntil) {
			r.Errorf("lease until %s, want %s of who has it", until, taken.LeaseUntil)
		}
		lost, err := r.store.Renew(r.ctx, nil, time.Hour)
		r.ok(err, "renew of nothing")
		r.equal(lost, []gateway.Fence(nil), "lost of nothing")
	}},
	{"wait/is no failure", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		before := r.now()
		r.ok(r.store.Wait(r.ctx, fence(rc), time.Hour), "wait")
		got := r.receipt(rc.ID)
		r.equal([]any{got.State, got.Failures}, []any{gateway.StateWaiting, 0}, "state and failures")
		if got.WaitingFrom.Before(before) || got.WaitingFrom.After(r.now()) {
			r.Errorf("waiting from %s, want from %s on", got.WaitingFrom, before)
		}
	}},
	{"wait/remembers when it first waited", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		if !rc.WaitingFrom.IsZero() {
			r.Fatalf("a new receipt waits from %s", rc.WaitingFrom)
		}
		r.ok(r.store.Wait(r.ctx, fence(rc), 0), "wait")
		first := r.receipt(rc.ID).WaitingFrom
		r.pass(10 * time.Millisecond)
		rc = r.claimed(rc.ID, time.Hour)
		r.equal(rc.WaitingFrom, first, "when it first waited, as claimed")
		r.ok(r.store.Wait(r.ctx, fence(rc), 0), "wait")
		r.equal(r.receipt(rc.ID).WaitingFrom, first, "when it first waited")
	}},
	{"wait/of a lost attempt changes nothing", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.lapse()
		mine := r.claimed(a.ID, time.Hour)
		r.is(r.store.Wait(r.ctx, fence(old), time.Hour), gateway.ErrFenced, "wait of a lost attempt")
		r.equal([]any{r.receipt(a.ID).State, r.receipt(a.ID).LeaseUntil}, []any{gateway.StateReading, mine.LeaseUntil}, "state and lease")
		r.settle(mine, nil)
		r.is(r.store.Wait(r.ctx, fence(mine), time.Hour), gateway.ErrFenced, "wait of a settled one")
	}},
	{"wake/makes those of the partner and mode due", func(r *rig) {
		mine, others, test := Arrival(Carrier), Arrival(Forwarder), Arrival(Carrier, inMode(cargo.TrafficTest))
		r.accept(mine, others, test)
		for _, rc := range r.claim(3) {
			r.ok(r.store.Wait(r.ctx, fence(rc), 24*time.Hour), "wait")
		}
		r.ok(r.store.Wake(r.ctx, Carrier, cargo.TrafficLive), "wake")
		r.equal(ids(r.claim(10)), []uuid.UUID{mine.ID}, "claimed")
		r.ok(r.store.Wake(r.ctx, Bureau, cargo.TrafficLive), "wake of who has nothing")
		r.equal(len(r.claim(10)), 0, "claimed after a wake of nobody")
	}},
	{"wake/leaves leased ones alone", func(r *rig) {
		r.receive(Arrival(Carrier))
		r.ok(r.store.Wake(r.ctx, Carrier, cargo.TrafficLive), "wake")
		r.equal(len(r.claim(10)), 0, "claimed")
	}},
	{"subscribe/wakes when work comes, on every node", func(r *rig) {
		for _, store := range r.nodes() {
			wakes, err := store.Subscribe(r.ctx)
			r.ok(err, "subscribe")
			r.wakes(wakes, "an accept", func() { r.accept(Arrival(Carrier)) })
			rc := r.claim(1)[0]
			r.ok(r.store.Wait(r.ctx, fence(rc), 24*time.Hour), "wait")
			r.wakes(wakes, "a wake", func() { r.ok(r.store.Wake(r.ctx, Carrier, cargo.TrafficLive), "wake") })
			r.finish(gateway.StateAccepted, nil, r.claim(1))
		}
	}},
	{"earlier/unfinished ones of the partner and mode", func(r *rig) {
		earlier := func(p partner.ID, m cargo.Traffic, before int64, want bool, what string) {
			r.Helper()
			got, err := r.store.Earlier(r.ctx, p, m, before)
			r.ok(err, "earlier")
			r.equal(got, want, what)
		}
		first := r.receive(Arrival(Carrier))
		next := r.accept(Arrival(Carrier))[0]
		earlier(Carrier, cargo.TrafficLive, next.Seq, true, "while one is read")
		earlier(Carrier, cargo.TrafficLive, first.Seq, false, "before the first")
		earlier(Carrier, cargo.TrafficTest, next.Seq, false, "of the other mode")
		earlier(Forwarder, cargo.TrafficLive, next.Seq, false, "of another partner")
		r.ok(r.store.Wait(r.ctx, fence(first), 0), "wait")
		earlier(Carrier, cargo.TrafficLive, next.Seq, true, "while one waits")
		r.settle(r.claimed(first.ID, time.Hour), nil)
		earlier(Carrier, cargo.TrafficLive, next.Seq, false, "after it is settled")
	}},
	{"earlier/a parked one is finished", func(r *rig) {
		first := r.receive(Arrival(Carrier))
		next := r.accept(Arrival(Carrier))[0]
		r.park(first)
		got, err := r.store.Earlier(r.ctx, Carrier, cargo.TrafficLive, next.Seq)
		r.ok(err, "earlier")
		r.equal(got, false, "while one is parked")
	}},
}

// wakes fails where doing something sends nothing.
func (r *rig) wakes(wakes <-chan struct{}, what string, do func()) {
	r.Helper()
	for drained := false; !drained; { // what was sent before is not meant
		select {
		case <-wakes:
		case <-time.After(20 * time.Millisecond):
			drained = true
		}
	}
	do()
	select {
	case _, open := <-wakes:
		if !open {
			r.Fatalf("%s: the channel ended", what)
		}
	case <-time.After(patience / 10):
		r.Fatalf("%s: nobody was woken", what)
	}
}

// claimAfter accepts an arrival and claims it with a lease that lapse ends.
func (r *rig) claimAfter(a gateway.Arrival) gateway.Receipt {
	r.Helper()
	r.accept(a)
	return r.claimed(a.ID, r.lease())
}

func fence(rc gateway.Receipt) gateway.Fence {
	return gateway.Fence{Receipt: rc.ID, Attempt: rc.Attempt}
}

func ids(receipts []gateway.Receipt) []uuid.UUID {
	var out []uuid.UUID
	for _, rc := range receipts {
		out = append(out, rc.ID)
	}
	return out
}

func sorted(fences []gateway.Fence) []gateway.Fence {
	return slices.SortedFunc(slices.Values(fences), func(a, b gateway.Fence) int { return slices.Compare(a.Receipt[:], b.Receipt[:]) })
}
