package storetest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

func tombstone(rc gateway.Receipt) gateway.Tombstone {
	return gateway.Tombstone{Receipt: rc.ID, SHA256: rc.SHA256, Size: rc.Size, Why: "expired", Who: "service:gateway"}
}

// versions settles an original and its replacement, one master each, as the gateway does, and gives the two masters.
func (r *rig) versions(key, bill, parent string) (old, newest gateway.ConsignmentRow) {
	r.Helper()
	var all []gateway.Version
	var out []gateway.ConsignmentRow
	for i := range 2 {
		rc := r.receive(Arrival(Carrier))
		m := Message(rc, 1, ofDocument(key, gateway.OpSet), func(m *gateway.MessageRow) { m.Original = i == 0 })
		c := Consignment(rc, 1, func(c *gateway.ConsignmentRow) {
			c.DocumentKey, c.Level, c.BillKey, c.Number, c.ParentKey, c.Packages = key, "master", bill, bill, parent, 10
		})
		all = append(all, gateway.Version{Order: m.Order, Receipt: rc.ID, Op: m.Op, Original: m.Original, Took: true, Filer: m.Filer})
		plan, head := gateway.Fold(all)
		plan.Key = key
		head.Key, head.Mode, head.Type, head.Reference, head.Filer = key, rc.Mode, m.Type, m.DocReference, m.Filer
		r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{m}, Consignments: []gateway.ConsignmentRow{c}}, func(tx gateway.Tx) error {
			if _, err := tx.Refold(r.ctx, plan, 100); err != nil {
				return err
			}
			return tx.PutDocument(r.ctx, head)
		})
		out = append(out, c)
	}
	return out[0], out[1]
}

// head gives what a rule asks of a document: its state, how many versions took effect, and the last of them.
func (r *rig) head(key string) []any {
	r.Helper()
	d, err := r.store.Document(r.ctx, key)
	r.ok(err, "document")
	return []any{d.State, d.Versions, d.Current}
}

// purge removes a receipt.
func (r *rig) purge(rc gateway.Receipt) gateway.Tombstone {
	r.Helper()
	got, err := r.store.Purge(r.ctx, tombstone(rc), AuditRow("message.erase"))
	r.ok(err, "purge")
	return got
}

func (r *rig) expired() []uuid.UUID {
	r.Helper()
	got, err := r.store.Expired(r.ctx, 100)
	r.ok(err, "expired")
	for _, rc := range got {
		if rc.Inline != nil {
			r.Errorf("receipt %s is given with its body", rc.ID)
		}
	}
	return ids(got)
}

func (r *rig) tombstones(since time.Time, limit int) []gateway.Tombstone {
	r.Helper()
	got, err := r.store.Tombstones(r.ctx, since, limit)
	r.ok(err, "tombstones")
	return got
}

var keepRules = []Rule{
	{"retention/final ones that are past their time expire, oldest first", func(r *rig) {
		short := keptFor(r.lease())
		a, b, open := Arrival(Carrier, short), Arrival(Forwarder, short), Arrival(Carrier, short)
		long, ever := Arrival(Carrier, keptFor(24*time.Hour)), Arrival(Carrier)
		r.accept(a, b, long, ever, open)
		for _, rc := range r.claim(5) {
			if rc.ID != open.ID {
				r.settle(rc, nil)
			}
		}
		r.lapse()
		r.equal(r.expired(), []uuid.UUID{a.ID, b.ID}, "expired")
		got, err := r.store.Expired(r.ctx, 1)
		r.ok(err, "expired")
		r.equal(ids(got), []uuid.UUID{a.ID}, "expired, at most one")
		r.purge(r.receipt(a.ID))
		r.equal(r.expired(), []uuid.UUID{b.ID}, "expired after a purge")
	}},
	{"retention/nothing expires before its time", func(r *rig) {
		r.settle(r.receive(Arrival(Carrier, keptFor(time.Hour))), nil)
		r.equal(len(r.expired()), 0, "expired")
	}},
	{"retention/a hold blocks expiry and purge", func(r *rig) {
		rc := r.receive(Arrival(Carrier, keptFor(r.lease())))
		r.settle(rc, r.rowsOf(rc, "doc"))
		r.ok(r.store.Hold(r.ctx, rc.ID, "case-1", AuditRow("message.hold")), "hold")
		r.ok(r.store.Hold(r.ctx, rc.ID, "case-2", AuditRow("message.hold")), "hold")
		r.ok(r.store.Hold(r.ctx, rc.ID, "case-2", AuditRow("message.hold")), "hold again")
		r.equal(r.receipt(rc.ID).Holds, []string{"case-1", "case-2"}, "holds")
		r.lapse()
		for _, name := range []string{"case-1", "case-2"} {
			r.equal(len(r.expired()), 0, "expired under a hold")
			before := r.unsealed()
			_, err := r.store.Purge(r.ctx, tombstone(rc), AuditRow("message.erase"))
			r.is(err, gateway.ErrHeld, "purge under a hold")
			r.equal(r.unsealed(), before, "audit rows of a purge that was refused")
			r.equal([]any{r.receipt(rc.ID).Inline, len(r.messages(rc.ID)), len(r.tombstones(time.Time{}, 10))}, []any{rc.Inline, 1, 0}, "body, messages, tombstones")
			r.ok(r.store.Unhold(r.ctx, rc.ID, name, AuditRow("message.unhold")), "unhold")
		}
		r.equal(len(r.receipt(rc.ID).Holds), 0, "holds")
		r.equal(r.expired(), []uuid.UUID{rc.ID}, "expired")
		r.purge(rc)
	}},
	{"retention/a hold of what is not there", func(r *rig) {
		r.is(r.store.Hold(r.ctx, NewID(), "case-1", AuditRow("message.hold")), gateway.ErrNotFound, "hold of an unknown receipt")
		r.is(r.store.Unhold(r.ctx, NewID(), "case-1", AuditRow("message.unhold")), gateway.ErrNotFound, "unhold of an unknown receipt")
		r.equal(r.unsealed(), int64(0), "audit rows")
		_, err := r.store.Purge(r.ctx, tombstone(gateway.Receipt{ID: NewID()}), AuditRow("message.erase"))
		r.is(err, gateway.ErrNotFound, "purge of an unknown receipt")
	}},
	{"purge/leaves a tombstone", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := r.rowsOf(rc, "doc")
		r.settle(rc, rows)
		before := r.now()
		got := r.purge(rc)
		if got.At.Before(before) || got.At.After(r.now()) || got.Derived < 2 {
			r.Errorf("tombstone %+v, want a time after %s and at least two rows", got, before)
		}
		want := tombstone(rc)
		want.At, want.Derived = got.At, got.Derived
		r.equal(got, want, "tombstone")
		r.equal(r.tombstones(time.Time{}, 10), []gateway.Tombstone{want}, "tombstones")
		r.equal(r.audited("message.erase"), 1, "audit rows")
		left := r.receipt(rc.ID)
		r.equal([]any{left.Purged, left.Inline, left.SHA256, left.State, left.Seq, left.Partner},
			[]any{true, []byte(nil), rc.SHA256, gateway.StateAccepted, rc.Seq, rc.Partner}, "what is left")
	}},
	{"purge/removes all that was derived", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := r.rowsOf(rc, "doc")
		answer := Answer(rc)
		rows.Answers = []outbox.Answer{answer}
		rows.Equipment = []gateway.EquipmentRow{{
			ID: NewID(), Receipt: rc.ID, Attempt: rc.Attempt, Order: rows.Messages[0].Order, Mode: rc.Mode, Partner: rc.Partner, Number: "NKAU1234565", Record: []byte("{}"),
		}}
		rows.Controls = []gateway.ControlRow{{Receipt: rc.ID, Attempt: rc.Attempt, Partner: rc.Partner, Mode: rc.Mode, Control: "S|R|2"}}
		delivery := Delivery(rc, answer.ID)
		r.settle(rc, rows, func(tx gateway.Tx) error { return tx.Emit(r.ctx, nil, []outbox.Delivery{delivery}, nil) })
		other := r.receive(Arrival(Carrier))
		r.settle(other, r.rowsOf(other, "doc"))
		r.purge(rc)
		r.equal(len(r.messages(rc.ID)), 0, "messages")
		for _, q := range []gateway.ConsignmentQuery{{Receipt: rc.ID}, {Terms: []string{"d:" + rows.Consignments[0].BillKey}}} {
			q.Mode = "live"
			r.equal(len(r.search(q).Items), 0, "consignments found")
		}
		_, err := r.store.Consignment(r.ctx, rows.Consignments[0].ID)
		r.is(err, gateway.ErrNotFound, "consignment")
		_, err = r.store.Answer(r.ctx, answer.ID)
		r.is(err, gateway.ErrNotFound, "answer")
		_, err = r.store.Delivery(r.ctx, delivery.ID)
		r.is(err, gateway.ErrNotFound, "delivery")
		r.equal(len(r.claimDeliveries(10, time.Hour)), 0, "deliveries that are due")
		r.equal(len(r.priors("none", "S|R|2", 1<<60)), 0, "priors")
		if s, err := r.store.Settlement(r.ctx, rc.ID); err == nil && s.Result != nil {
			r.Errorf("the result is still there")
		}
		r.equal([]int{len(r.messages(other.ID)), len(r.search(gateway.ConsignmentQuery{Mode: "live"}).Items)}, []int{1, 1}, "rows of the other receipt")
	}},
	{"purge/removes links", func(r *rig) {
		m, h := r.bills(Carrier, "live", master("M1", 10)), r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.purge(r.receipt(r.consignment(m[0]).Receipt))
		r.linkless(h[0])
		r.relink("live", "H1", "M1")
		r.linked(h[0], "not_matched", nil, nil)
	}},
	{"purge/the head falls back to the newest version that is kept", func(r *rig) {
		kept, newest := r.versions("doc", "M1", "")
		r.equal(r.head("doc"), []any{"current", 2, newest.Order}, "the head before")
		r.purge(r.receipt(newest.Receipt))
		r.equal(r.head("doc"), []any{"current", 1, kept.Order}, "the head after a purge of the newest version")
		r.equal(r.consignment(kept.ID).State, gateway.ConsignmentAccepted, "the consignment of the version that is kept")
		r.purge(r.receipt(kept.Receipt))
		r.equal(r.head("doc"), []any{"none", 0, gateway.Order{}}, "the head after a purge of all versions")
	}},
	{"purge/neighbours are linked to what is kept", func(r *rig) {
		kept, newest := r.versions("doc", "M1", "")
		h := r.bills(Forwarder, "live", house("H1", "M1", 10))
		r.relink("live", "H1", "M1")
		r.linked(h[0], "matched", []uuid.UUID{newest.ID}, nil)
		before := len(r.events(outbox.Query{Types: []string{outbox.TypeConsignment}}))
		r.purge(r.receipt(newest.Receipt))
		r.linked(h[0], "matched", []uuid.UUID{kept.ID}, nil)
		r.linked(kept.ID, "complete", nil, h)
		r.purge(r.receipt(kept.Receipt))
		r.linked(h[0], "not_matched", nil, nil)
		if told := len(r.events(outbox.Query{Types: []string{outbox.TypeConsignment}})); told <= before {
			r.Errorf("nobody was told what became of the neighbours")
		}
	}},
	{"purge/a purge of an older version leaves the head", func(r *rig) {
		old, newest := r.versions("doc", "M1", "")
		r.purge(r.receipt(old.Receipt))
		r.equal(r.head("doc"), []any{"current", 1, newest.Order}, "the head")
		r.equal(r.consignment(newest.ID).State, gateway.ConsignmentAccepted, "the consignment of the newest version")
	}},
	{"purge/again changes nothing", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.settle(rc, r.rowsOf(rc, "doc"))
		first := r.purge(rc)
		_, err := r.store.Purge(r.ctx, tombstone(rc), AuditRow("message.erase"))
		r.ok(err, "purge again")
		r.equal(r.tombstones(time.Time{}, 10), []gateway.Tombstone{first}, "tombstones")
	}},
	{"purge/what is purged is never read again", func(r *rig) {
		rc := r.claimAfter(Arrival(Carrier))
		r.settle(rc, nil)
		r.purge(rc)
		r.lapse()
		_, err := r.store.Sweep(r.ctx, time.Millisecond)
		r.ok(err, "sweep")
		r.equal(len(r.claim(10)), 0, "claimed")
		r.equal(r.receipt(rc.ID).Purged, true, "purged")
		if r.store.Replay(r.ctx, rc.ID, AuditRow("message.replay")) == nil {
			r.Errorf("replay of a purged receipt succeeded")
		}
		got, err := r.store.Unarchived(r.ctx, 10)
		r.ok(err, "unarchived")
		r.equal(len(got), 0, "unarchived")
	}},
	{"purge/a transport act stays known", func(r *rig) {
		rc := r.receive(Arrival(Carrier, byAct("act-1")))
		r.settle(rc, nil)
		r.purge(rc)
		if got := r.accept(Arrival(Carrier, byAct("act-1")))[0]; !got.Repeated || got.ID != rc.ID {
			r.Errorf("the act of a purged receipt: %+v, want a repeat of %s", got, rc.ID)
		}
	}},
	{"tombstones/in the order of their time, from a time on", func(r *rig) {
		var want []gateway.Tombstone
		for range 4 {
			rc := r.receive(Arrival(Carrier))
			r.settle(rc, nil)
			want = append(want, r.purge(rc))
			r.pass(2 * time.Millisecond)
		}
		r.equal(r.tombstones(time.Time{}, 10), want, "tombstones")
		r.equal(r.tombstones(want[2].At, 10), want[2:], "tombstones from a time on")
		r.equal(r.tombstones(time.Time{}, 3), want[:3], "at most three tombstones")
	}},
	{"archive/final ones with an inline body, oldest first", func(r *rig) {
		a, b, open, blob := Arrival(Carrier), Arrival(Forwarder), Arrival(Carrier), Arrival(Carrier, inBlob)
		r.accept(a, b, blob, open)
		got := r.claim(4)
		for _, rc := range got {
			switch rc.ID {
			case a.ID:
				r.settle(rc, nil)
			case b.ID:
				r.park(rc)
			case blob.ID:
				r.settle(rc, nil)
			}
		}
		list := func(limit int) []gateway.Receipt {
			r.Helper()
			got, err := r.store.Unarchived(r.ctx, limit)
			r.ok(err, "unarchived")
			return got
		}
		r.equal(ids(list(10)), []uuid.UUID{a.ID, b.ID}, "unarchived")
		r.equal([]any{list(1)[0].ID, list(1)[0].Inline}, []any{a.ID, a.Inline}, "the oldest, with its body")
		r.ok(r.store.Archived(r.ctx, a.ID, "originals/a"), "archived")
		left := r.receipt(a.ID)
		r.equal([]any{left.BlobKey, left.Inline, left.SHA256, left.State}, []any{"originals/a", []byte(nil), a.SHA256, gateway.StateAccepted}, "what is left")
		r.ok(r.store.Archived(r.ctx, a.ID, "originals/a"), "archived again")
		r.equal(ids(list(10)), []uuid.UUID{b.ID}, "unarchived in the end")
		r.is(r.store.Archived(r.ctx, NewID(), "originals/x"), gateway.ErrNotFound, "archived of an unknown receipt")
	}},
	{"archive/a parked one is replayed from the blob store", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.park(rc)
		r.ok(r.store.Archived(r.ctx, rc.ID, "originals/a"), "archived")
		r.ok(r.store.Replay(r.ctx, rc.ID, AuditRow("message.replay")), "replay")
		got := r.claimed(rc.ID, time.Hour)
		r.equal([]any{got.BlobKey, got.Inline}, []any{"originals/a", []byte(nil)}, "body")
	}},
	{"archive/bodies without a receipt", func(r *rig) {
		a, b := Arrival(Carrier, inBlob), Arrival(Carrier)
		r.accept(a)
		rc := r.claimed(a.ID, time.Hour)
		r.settle(rc, nil)
		r.settle(r.receive(b), nil)
		r.ok(r.store.Archived(r.ctx, b.ID, "originals/"+b.ID.String()), "archived")
		lost := "originals/" + NewID().String()
		got, err := r.store.Missing(r.ctx, []string{a.BlobKey, lost, "originals/" + b.ID.String()})
		r.ok(err, "missing")
		r.equal(got, []string{lost}, "missing")
		got, err = r.store.Missing(r.ctx, nil)
		r.ok(err, "missing of nothing")
		r.equal(len(got), 0, "missing of nothing")
	}},
	{"adopt/a receipt whose row was lost is work again", func(r *rig) {
		lost := Arrival(Bureau, inBlob, inMode("test")).Receipt
		lost.Headers, lost.Control = map[string]string{"A": "b"}, "S|R|1"
		before := r.accept(Arrival(Carrier))[0]
		ok, err := r.store.Adopt(r.ctx, lost, AuditRow("message.adopt"))
		r.ok(err, "adopt")
		r.equal(ok, true, "adopted")
		got := r.receipt(lost.ID)
		if got.Seq <= before.Seq || got.ReceivedAt.IsZero() {
			r.Errorf("Seq %d after %d, received at %s", got.Seq, before.Seq, got.ReceivedAt)
		}
		want := lost
		want.Seq, want.ReceivedAt, want.State = got.Seq, got.ReceivedAt, gateway.StateReceived
		r.equal(got, want, "receipt")
		ok, err = r.store.Adopt(r.ctx, lost, AuditRow("message.adopt"))
		r.ok(err, "adopt again")
		r.equal(ok, false, "adopted again")
		r.equal(len(r.claim(10)), 2, "claimed")
		r.equal(r.audited("message.adopt"), 1, "audit rows")
	}},
	{"adopt/a receipt that is there is left alone", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.settle(rc, nil)
		other := Arrival(Forwarder, inBlob).Receipt
		other.ID = rc.ID
		ok, err := r.store.Adopt(r.ctx, other, AuditRow("message.adopt"))
		r.ok(err, "adopt")
		got := r.receipt(rc.ID)
		r.equal([]any{ok, got.Partner, got.State, got.Inline}, []any{false, Carrier, gateway.StateAccepted, rc.Inline}, "adopted, and the receipt")
	}},
	{"store/a snapshot while work goes on", func(r *rig) {
		r.accept(Arrival(Carrier))
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := r.store.Accept(r.ctx, []gateway.Arrival{Arrival(Carrier)}); err != nil {
					r.Errorf("accept: %v", err)
					return
				}
			}
		})
		dir := r.TempDir()
		names, err := r.store.Snapshot(r.ctx, dir)
		close(stop)
		wg.Wait()
		r.ok(err, "snapshot")
		if len(names) == 0 {
			r.Fatalf("the snapshot has no files")
		}
		var size int64
		for _, name := range names {
			if !filepath.IsLocal(name) {
				r.Fatalf("the snapshot names %q, want a file below the folder", name)
			}
			info, err := os.Stat(filepath.Join(dir, name))
			r.ok(err, "file of the snapshot")
			size += info.Size()
		}
		files := 0
		r.ok(filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files++
			}
			return err
		}), "folder of the snapshot")
		if size == 0 || files != len(names) {
			r.Errorf("%d files, %d named, %d bytes", files, len(names), size)
		}
	}},
	{"store/time is UTC, to the microsecond, and goes on", func(r *rig) {
		last := r.now()
		for range 20 {
			now := r.now()
			if now.Before(last) || now.Location() != time.UTC || !now.Equal(now.Truncate(time.Microsecond)) {
				r.Fatalf("time %s after %s", now, last)
			}
			last = now
		}
		r.pass(50 * time.Millisecond)
		if d := r.now().Sub(last); d < 40*time.Millisecond {
			r.Errorf("after 50 ms the time is %s later", d)
		}
	}},
	{"store/answers a check", func(r *rig) {
		r.ok(r.store.Check(r.ctx), "check")
	}},
	{"store/partitions are there ahead of time", func(r *rig) {
		until, err := r.store.EnsurePartitions(r.ctx, 100*24*time.Hour)
		r.ok(err, "ensure partitions")
		again, err := r.store.EnsurePartitions(r.ctx, time.Hour)
		r.ok(err, "ensure partitions again")
		told, err := r.store.PartitionsUntil(r.ctx)
		r.ok(err, "partitions until")
		if want := r.now().Add(99 * 24 * time.Hour); !until.IsZero() && until.Before(want) || !told.Equal(until) || again.Before(until) {
			r.Errorf("partitions until %s, then %s, told %s, want after %s", until, again, told, want)
		}
	}},
	{"store/nothing goes on when it is closed", func(r *rig) {
		r.accept(Arrival(Carrier))
		r.ok(r.store.Close(), "close")
		if _, err := r.store.Accept(r.ctx, []gateway.Arrival{Arrival(Carrier)}); err == nil {
			r.Errorf("accept on a closed store succeeded")
		}
		if r.store.Update(r.ctx, func(gateway.Tx) error { return nil }) == nil {
			r.Errorf("update on a closed store succeeded")
		}
		if r.store.Check(r.ctx) == nil {
			r.Errorf("check of a closed store succeeded")
		}
	}},
	{"store/a context that is done ends a call", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		ctx, cancel := context.WithCancel(r.ctx)
		cancel()
		if _, err := r.store.Receipt(ctx, rc.ID); err == nil {
			r.Errorf("receipt with a context that is done succeeded")
		}
		if _, err := finish(ctx, r.store, gateway.StateAccepted, nil, []gateway.Receipt{rc}); err == nil {
			r.Errorf("settling with a context that is done succeeded")
		}
		r.settle(rc, nil)
	}},
}
