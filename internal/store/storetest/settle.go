package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

var settleRules = []Rule{
	{"settle/keeps the settlement", func(r *rig) {
		first := r.receive(Arrival(Carrier))
		r.settle(first, nil)
		rc := r.receive(Arrival(Carrier))
		s := Settlement(rc, gateway.StatePartlyAccepted)
		s.DuplicateOf = first.ID
		before := r.now()
		r.update(func(tx gateway.Tx) error { return tx.Settle(r.ctx, s) })
		after := r.now()
		got, err := r.store.Settlement(r.ctx, rc.ID)
		r.ok(err, "settlement")
		if got.SettledAt.Before(before) || got.SettledAt.After(after) || got.SettledAt.Location() != time.UTC {
			r.Errorf("settled at %s, want UTC between %s and %s", got.SettledAt, before, after)
		}
		s.SettledAt = got.SettledAt
		r.equal(got, s, "settlement")
		_, err = r.store.Settlement(r.ctx, r.receive(Arrival(Carrier)).ID)
		r.is(err, gateway.ErrNotFound, "settlement of a receipt that is read")
		_, err = r.store.Settlement(r.ctx, NewID())
		r.is(err, gateway.ErrNotFound, "settlement of an unknown receipt")
	}},
	{"settle/the receipt tells its state", func(r *rig) {
		first := r.receive(Arrival(Carrier))
		r.settle(first, nil)
		for _, state := range []gateway.State{gateway.StateAccepted, gateway.StatePartlyAccepted, gateway.StateRejected} {
			rc := r.receive(Arrival(Carrier))
			s := Settlement(rc, state)
			s.DuplicateOf = first.ID
			r.update(func(tx gateway.Tx) error { return tx.Settle(r.ctx, s) })
			r.ok(r.store.Settled(r.ctx, []gateway.Settlement{s}), "settled")
			r.ok(r.store.Settled(r.ctx, []gateway.Settlement{s}), "settled again")
			got := r.receipt(rc.ID)
			r.equal([]any{got.State, got.DuplicateOf, got.Attempt}, []any{state, first.ID, 1}, "receipt")
		}
	}},
	{"settle/only once", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.settle(rc, nil)
		_, err := finish(r.ctx, r.store, gateway.StateRejected, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}}, []gateway.Receipt{rc})
		r.is(err, gateway.ErrFenced, "second settling")
		got, err := r.store.Settlement(r.ctx, rc.ID)
		r.ok(err, "settlement")
		r.equal(got.State, gateway.StateAccepted, "state")
		r.equal(len(r.messages(rc.ID)), 0, "messages of the second settling")
	}},
	{"settle/only once in one transaction", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		_, err := finish(r.ctx, r.store, gateway.StateAccepted, nil, []gateway.Receipt{rc, rc})
		r.is(err, gateway.ErrFenced, "second settling")
		_, err = r.store.Settlement(r.ctx, rc.ID)
		r.is(err, gateway.ErrNotFound, "settlement of a transaction that failed")
	}},
	{"settle/a lost attempt changes nothing", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.lapse()
		mine := r.claimed(a.ID, time.Hour)
		r.sealAll()
		_, err := finish(r.ctx, r.store, gateway.StateRejected, r.rowsOf(old, "doc"), []gateway.Receipt{old}, func(tx gateway.Tx) error {
			return tx.Emit(r.ctx, []outbox.Event{Event(Carrier)}, nil, []audit.Row{AuditRow("message.settle")})
		})
		r.is(err, gateway.ErrFenced, "settling of a lost attempt")
		r.nothing(a.ID)
		r.settle(mine, r.rowsOf(mine, "doc"))
		r.equal(len(r.messages(a.ID)), 1, "messages")
	}},
	{"settle/an attempt that was never given changes nothing", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.sealAll()
		ahead := rc
		ahead.Attempt++
		_, err := finish(r.ctx, r.store, gateway.StateRejected, r.rowsOf(ahead, "doc"), []gateway.Receipt{ahead})
		r.is(err, gateway.ErrFenced, "settling of an attempt ahead")
		unknown := rc
		unknown.ID = NewID()
		if _, err = finish(r.ctx, r.store, gateway.StateAccepted, nil, []gateway.Receipt{unknown}); err == nil {
			r.Errorf("settling of an unknown receipt succeeded")
		}
		r.nothing(rc.ID)
		r.settle(rc, nil)
	}},
	{"settle/a lease that is over and not taken settles", func(r *rig) {
		rc := r.claimAfter(Arrival(Carrier))
		r.lapse()
		r.settle(rc, nil)
		r.equal(r.receipt(rc.ID).State, gateway.StateAccepted, "state")
	}},
	{"settle/an error undoes all and is given", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.sealAll()
		mine := errors.New("storetest: changed its mind")
		_, err := finish(r.ctx, r.store, gateway.StateAccepted, r.rowsOf(rc, "doc"), []gateway.Receipt{rc}, func(tx gateway.Tx) error {
			doc := gateway.Document{Key: "doc", Mode: rc.Mode, Type: "CUSCAR", Filer: Carrier, State: "current", Versions: 1, UpdatedAt: tx.Now()}
			return errors.Join(tx.PutDocument(r.ctx, doc), tx.SetCursor(r.ctx, "linker", 0, 7),
				tx.Emit(r.ctx, []outbox.Event{Event(Carrier)}, nil, []audit.Row{AuditRow("message.settle")}), mine)
		})
		r.is(err, mine, "update")
		r.nothing(rc.ID)
		cursor, err := r.store.Cursor(r.ctx, "linker")
		r.ok(err, "cursor")
		r.equal(cursor, int64(0), "cursor")
		r.settle(rc, nil)
	}},
	{"settle/one lost of a batch leaves the others to be settled", func(r *rig) {
		a, b := Arrival(Carrier), Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.lapse()
		r.claimed(a.ID, time.Hour)
		r.accept(b)
		good := r.claimed(b.ID, time.Hour)
		r.update(func(tx gateway.Tx) error {
			if err := tx.Settle(r.ctx, Settlement(old, gateway.StateAccepted)); !errors.Is(err, gateway.ErrFenced) {
				return fmt.Errorf("settling of a lost attempt: %w", err)
			}
			return tx.Settle(r.ctx, Settlement(good, gateway.StateAccepted))
		})
		_, err := r.store.Settlement(r.ctx, good.ID)
		r.ok(err, "settlement of the other")
		_, err = r.store.Settlement(r.ctx, old.ID)
		r.is(err, gateway.ErrNotFound, "settlement of the lost one")
	}},
	{"settle/ten in one transaction", func(r *rig) {
		for range 10 {
			r.accept(Arrival(Carrier))
		}
		receipts := r.claim(10)
		rows := &gateway.Rows{}
		for _, rc := range receipts {
			rows.Messages = append(rows.Messages, Message(rc, 1, ofDocument("doc-"+rc.ID.String(), gateway.OpSet)))
			rows.Consignments = append(rows.Consignments, Consignment(rc, 1))
		}
		r.finish(gateway.StateAccepted, rows, receipts)
		for _, rc := range receipts {
			r.equal([]any{r.receipt(rc.ID).State, len(r.messages(rc.ID))}, []any{gateway.StateAccepted, 1}, "state and messages")
		}
	}},
	{"settle/the transaction has database time", func(r *rig) {
		before := r.now()
		r.update(func(tx gateway.Tx) error {
			if now := tx.Now(); now.Before(before) || now.Sub(before) > patience || now.Location() != time.UTC {
				return fmt.Errorf("time %s, want UTC soon after %s", now, before)
			}
			return nil
		})
	}},
	{"settle/nothing is no error", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.finish(gateway.StateAccepted, &gateway.Rows{}, []gateway.Receipt{rc}, func(tx gateway.Tx) error {
			got, err := tx.MergeCalls(r.ctx, nil)
			if err != nil || len(got) != 0 {
				return fmt.Errorf("no calls merged to %v, error %w", got, err)
			}
			changed, err := tx.Relink(r.ctx, rc.Mode, nil)
			if err != nil || len(changed) != 0 {
				return fmt.Errorf("no bills relinked to %v, error %w", changed, err)
			}
			return tx.Emit(r.ctx, nil, nil, nil)
		})
		r.ok(r.store.Settled(r.ctx, nil), "settled of nothing")
		r.ok(r.store.AppendAudit(r.ctx, nil), "audit of nothing")
		r.update(func(gateway.Tx) error { return nil })
		versions, err := r.store.Versions(r.ctx, nil)
		r.ok(err, "versions of nothing")
		r.equal(len(versions), 0, "versions")
	}},
	{"settle/a panic undoes all and leaves the store usable", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		func() {
			defer func() { _ = recover() }()
			_ = r.store.Update(r.ctx, func(tx gateway.Tx) error {
				if err := tx.Settle(r.ctx, Settlement(rc, gateway.StateAccepted)); err != nil {
					return err
				}
				panic("storetest")
			})
		}()
		_, err := r.store.Settlement(r.ctx, rc.ID)
		r.is(err, gateway.ErrNotFound, "settlement of a transaction that panicked")
		r.settle(rc, nil)
	}},
	{"stage/invisible until settled", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := r.rowsOf(rc, "doc")
		rows.Answers = []outbox.Answer{Answer(rc)}
		r.ok(r.store.Stage(r.ctx, fence(rc), rows), "stage")
		r.hidden(rc.ID, rows)
		r.settle(rc, nil)
		r.equal(len(r.messages(rc.ID)), 1, "messages")
		r.equal(len(r.search(gateway.ConsignmentQuery{Mode: rc.Mode, Terms: []string{"w:bicycles"}}).Items), 1, "consignments found")
		versions, err := r.store.Versions(r.ctx, []string{"doc"})
		r.ok(err, "versions")
		r.equal(len(versions["doc"]), 1, "versions")
		answers, err := r.store.Answers(r.ctx, rc.ID)
		r.ok(err, "answers")
		r.equal(len(answers), 1, "answers")
	}},
	{"stage/of another attempt stays invisible", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		staged := r.rowsOf(old, "old")
		r.ok(r.store.Stage(r.ctx, fence(old), staged), "stage")
		r.lapse()
		mine := r.claimed(a.ID, time.Hour)
		r.settle(mine, r.rowsOf(mine, "doc"))
		r.equal(len(r.messages(a.ID)), 1, "messages")
		got := r.search(gateway.ConsignmentQuery{Mode: a.Mode, Receipt: a.ID})
		r.equal(len(got.Items), 1, "consignments")
		r.equal(got.Items[0].Attempt, mine.Attempt, "attempt of what is seen")
		_, err := r.store.Consignment(r.ctx, staged.Consignments[0].ID)
		r.is(err, gateway.ErrNotFound, "staged consignment")
		versions, err := r.store.Versions(r.ctx, []string{"old"})
		r.ok(err, "versions")
		r.equal(len(versions["old"]), 0, "versions of the lost attempt")
	}},
	{"stage/by a lost attempt is refused", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.lapse()
		mine := r.claimed(a.ID, time.Hour)
		r.is(r.store.Stage(r.ctx, fence(old), r.rowsOf(old, "")), gateway.ErrFenced, "stage of a lost attempt")
		r.settle(mine, nil)
		r.is(r.store.Stage(r.ctx, fence(mine), r.rowsOf(mine, "")), gateway.ErrFenced, "stage of a settled attempt")
		r.is(r.store.Staged(r.ctx, fence(old)), gateway.ErrFenced, "end of staging by a lost attempt")
		r.is(r.store.Staged(r.ctx, fence(mine)), gateway.ErrFenced, "end of staging by a settled attempt")
		unknown := gateway.Fence{Receipt: NewID(), Attempt: 1}
		if r.store.Stage(r.ctx, unknown, &gateway.Rows{}) == nil || r.store.Staged(r.ctx, unknown) == nil {
			r.Errorf("stage of an unknown receipt succeeded")
		}
		r.equal(len(r.messages(a.ID)), 0, "messages")
	}},
	{"stage/of a lost attempt is swept", func(r *rig) {
		a := Arrival(Carrier)
		r.accept(a)
		old := r.claimed(a.ID, r.lease())
		r.ok(r.store.Stage(r.ctx, fence(old), r.rowsOf(old, "old")), "stage")
		r.lapse()
		mine := r.claimed(a.ID, time.Hour)
		r.settle(mine, r.rowsOf(mine, "doc"))
		r.lapse()
		r.swept(r.lease(), true)
		r.swept(r.lease(), false)
		r.equal(len(r.messages(a.ID)), 1, "messages")
		r.equal(len(r.search(gateway.ConsignmentQuery{Mode: a.Mode, Receipt: a.ID}).Items), 1, "consignments")
	}},
	{"stage/of a living attempt is not swept", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.ok(r.store.Stage(r.ctx, fence(rc), r.rowsOf(rc, "doc")), "stage")
		r.pass(10 * time.Millisecond)
		_, err := r.store.Sweep(r.ctx, time.Millisecond)
		r.ok(err, "sweep")
		r.settle(rc, nil)
		_, err = r.store.Sweep(r.ctx, time.Millisecond)
		r.ok(err, "sweep")
		r.equal([]int{len(r.messages(rc.ID)), len(r.search(gateway.ConsignmentQuery{Mode: rc.Mode, Receipt: rc.ID}).Items)}, []int{1, 1}, "rows")
	}},
	{"stage/in chunks and settled with the rest", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		for chunk := range 4 {
			rows := &gateway.Rows{}
			for i := range 25 {
				rows.Consignments = append(rows.Consignments, Consignment(rc, int64(chunk*25+i+1)))
			}
			r.ok(r.store.Stage(r.ctx, fence(rc), rows), "stage")
		}
		r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}, Consignments: []gateway.ConsignmentRow{Consignment(rc, 101)}})
		r.equal(len(r.search(gateway.ConsignmentQuery{Mode: rc.Mode, Receipt: rc.ID, Limit: 1000}).Items), 101, "consignments")
	}},
	{"stage/is found once settled, ended or not", func(r *rig) {
		stage := func(rc gateway.Receipt, from int64) {
			rows := &gateway.Rows{}
			for i := range int64(20) {
				rows.Consignments = append(rows.Consignments, Consignment(rc, from+i, func(c *gateway.ConsignmentRow) {
					c.Terms = []string{"w:staged", fmt.Sprintf("w:part%d", (from+i)%4)}
				}))
			}
			r.ok(r.store.Stage(r.ctx, fence(rc), rows), "stage")
		}
		found := func(rc gateway.Receipt, terms ...string) int {
			return len(r.search(gateway.ConsignmentQuery{Mode: rc.Mode, Viewer: rc.Partner, Terms: terms, Limit: 1000}).Items)
		}
		for n, times := range []int{0, 1, 2} { // how often the end is told
			rc := r.receive(Arrival(Carrier))
			stage(rc, 1)
			for range times {
				r.ok(r.store.Staged(r.ctx, fence(rc)), "end of staging")
			}
			stage(rc, 21) // more, behind the end
			if times == 2 {
				r.ok(r.store.Staged(r.ctx, fence(rc)), "end of staging")
			}
			r.equal([]int{found(rc, "w:staged"), found(rc, "w:part3")}, []int{40 * n, 10 * n}, "consignments found before it is settled")
			r.settle(rc, nil)
			r.equal([]int{found(rc, "w:staged"), found(rc, "w:part3"), found(rc, "w:staged", "w:part0")}, []int{40 * (n + 1), 10 * (n + 1), 10 * (n + 1)},
				"consignments found")
		}
	}},
	{"sweep/writes states that were not written back", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		_, err := finish(r.ctx, r.store, gateway.StateRejected, nil, []gateway.Receipt{rc})
		r.ok(err, "settle")
		_, err = r.store.Sweep(r.ctx, time.Hour)
		r.ok(err, "sweep")
		r.equal(r.receipt(rc.ID).State, gateway.StateRejected, "state")
		r.swept(time.Hour, false)
	}},
	{"sweep/removes transport acts that ran out", func(r *rig) {
		r.accept(Arrival(Carrier, func(a *gateway.Arrival) { a.TransportID, a.DedupeFor = "act-1", r.lease() }), Arrival(Carrier, byAct("act-2")))
		r.lapse()
		r.swept(time.Hour, true)
		r.swept(time.Hour, false)
		if got := r.accept(Arrival(Carrier, byAct("act-2")))[0]; !got.Repeated {
			r.Errorf("an act that is kept for ever was forgotten")
		}
	}},
	{"message/keeps all that it is given, in order", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		m1, m2 := Message(rc, 1, ofDocument("doc", gateway.OpSet)), Message(rc, 2, ofDocument("doc-2", gateway.OpDelete))
		m2.Interchange, m2.Index, m2.Took, m2.Accepted, m2.Registration, m2.Filing, m2.Consignments = 2, 1, false, false, "", nil, 1<<33
		m2.Filer = Forwarder
		r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{m2, m1}})
		m1.Filing = nil // listed bare
		r.equal(r.messages(rc.ID), []gateway.MessageRow{m1, m2}, "messages")
	}},
	{"document/versions of visible messages, in order", func(r *rig) {
		r.accept(Arrival(Carrier), Arrival(Carrier), Arrival(Carrier))
		rc := r.claim(3)
		row := func(i, n int, op gateway.Op) gateway.MessageRow { return Message(rc[i], n, ofDocument("doc", op)) }
		refused := row(1, 2, gateway.OpChange)
		refused.Took = false
		r.settle(rc[1], &gateway.Rows{Messages: []gateway.MessageRow{refused, row(1, 1, gateway.OpAdd)}})
		r.settle(rc[0], &gateway.Rows{Messages: []gateway.MessageRow{row(0, 1, gateway.OpSet), Message(rc[0], 2, ofDocument("other", gateway.OpSet))}})
		r.ok(r.store.Stage(r.ctx, fence(rc[2]), &gateway.Rows{Messages: []gateway.MessageRow{row(2, 1, gateway.OpCancel)}}), "stage")
		version := func(i, n int, op gateway.Op, took bool) gateway.Version {
			return gateway.Version{Order: gateway.Order{Seq: rc[i].Seq, Message: n}, Receipt: rc[i].ID, Op: op, Original: op == gateway.OpSet, Took: took, Filer: Carrier}
		}
		want := []gateway.Version{version(0, 1, gateway.OpSet, true), version(1, 1, gateway.OpAdd, true), version(1, 2, gateway.OpChange, false)}
		got, err := r.store.Versions(r.ctx, []string{"doc", "none"})
		r.ok(err, "versions")
		r.equal(got["doc"], want, "versions")
		r.equal(len(got["none"]), 0, "versions of no document")
		r.update(func(tx gateway.Tx) error {
			locked, err := tx.LockDocuments(r.ctx, documentsOf(&gateway.Rows{Messages: []gateway.MessageRow{row(2, 1, gateway.OpCancel)}}))
			r.equal(locked["doc"], want, "versions under the lock")
			return err
		})
	}},
	{"document/keeps its head", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := r.rowsOf(rc, "doc")
		want := Head(rows.Messages[0])
		for _, state := range []string{"current", "cancelled"} {
			want.State, want.Versions, want.Current, want.UpdatedAt = state, want.Versions+1, gateway.Order{Seq: rc.Seq, Message: 2}, r.now()
			r.update(func(tx gateway.Tx) error {
				if _, err := tx.LockDocuments(r.ctx, []gateway.Document{want}); err != nil {
					return err
				}
				return tx.PutDocument(r.ctx, want)
			})
			got, err := r.store.Document(r.ctx, "doc")
			r.ok(err, "document")
			r.equal(got, want, "head")
		}
		_, err := r.store.Document(r.ctx, "none")
		r.is(err, gateway.ErrNotFound, "unknown document")
	}},
	{"document/no version is missed by those who come at once", func(r *rig) {
		const files = 24
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
					rc := receipts[i]
					rows := &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1, ofDocument("a", gateway.OpAdd)), Message(rc, 2, ofDocument("b", gateway.OpAdd))}}
					err := store.Update(r.ctx, func(tx gateway.Tx) error {
						docs := documentsOf(rows)
						versions, err := tx.LockDocuments(r.ctx, docs)
						if err != nil {
							return err
						}
						if err := errors.Join(tx.Settle(r.ctx, Settlement(rc, gateway.StateAccepted)), tx.Insert(r.ctx, rows)); err != nil {
							return err
						}
						for _, doc := range docs {
							doc.State, doc.Versions, doc.UpdatedAt = "current", len(versions[doc.Key])+1, tx.Now()
							if err := tx.PutDocument(r.ctx, doc); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						r.Errorf("update: %v", err)
					}
				}
			})
		}
		wg.Wait()
		for _, key := range []string{"a", "b"} {
			doc, err := r.store.Document(r.ctx, key)
			r.ok(err, "document")
			r.equal(doc.Versions, files, "versions counted under the lock")
		}
	}},
	{"cursor/moves only from where it is", func(r *rig) {
		set := func(from, to int64) error {
			return r.store.Update(r.ctx, func(tx gateway.Tx) error { return tx.SetCursor(r.ctx, "linker", from, to) })
		}
		at := func(name string, want int64) {
			r.Helper()
			got, err := r.store.Cursor(r.ctx, name)
			r.ok(err, "cursor")
			r.equal(got, want, "cursor of "+name)
		}
		at("linker", 0)
		r.is(set(3, 4), gateway.ErrFenced, "from where a new one is not")
		at("linker", 0)
		r.ok(set(0, 5), "from the beginning")
		r.ok(set(5, 9), "from where it is")
		r.is(set(5, 11), gateway.ErrFenced, "from where it was")
		at("linker", 9)
		at("sealer", 0)
	}},
}

// rowsOf makes one message and one consignment of a claimed receipt; of a document where key is not "".
func (r *rig) rowsOf(rc gateway.Receipt, key string) *gateway.Rows {
	return &gateway.Rows{
		Messages:     []gateway.MessageRow{Message(rc, 1, ofDocument(key, gateway.OpSet))},
		Consignments: []gateway.ConsignmentRow{Consignment(rc, 1, func(c *gateway.ConsignmentRow) { c.DocumentKey = key })},
	}
}

// nothing fails where anything is to be seen of a receipt's settling.
func (r *rig) nothing(id uuid.UUID) {
	r.Helper()
	_, err := r.store.Settlement(r.ctx, id)
	r.is(err, gateway.ErrNotFound, "settlement")
	r.equal(len(r.messages(id)), 0, "messages")
	r.equal(len(r.search(gateway.ConsignmentQuery{Mode: "live", Receipt: id}).Items), 0, "consignments")
	r.equal(len(r.events(outbox.Query{})), 0, "events")
	r.equal(r.unsealed(), int64(0), "audit rows that wait")
	versions, err := r.store.Versions(r.ctx, []string{"doc"})
	r.ok(err, "versions")
	r.equal(len(versions["doc"]), 0, "versions")
	if doc, err := r.store.Document(r.ctx, "doc"); !errors.Is(err, gateway.ErrNotFound) {
		r.Errorf("document %+v, error %v, want none", doc, err)
	}
}

// hidden fails where a row that is staged can be seen.
func (r *rig) hidden(id uuid.UUID, rows *gateway.Rows) {
	r.Helper()
	r.equal(len(r.messages(id)), 0, "messages")
	for _, q := range []gateway.ConsignmentQuery{{Receipt: id}, {Terms: []string{"w:bicycles"}}, {}, {Port: "NLRTM"}} {
		q.Mode = rows.Consignments[0].Mode
		r.equal(len(r.search(q).Items), 0, fmt.Sprintf("consignments found by %+v", q))
	}
	_, err := r.store.Consignment(r.ctx, rows.Consignments[0].ID)
	r.is(err, gateway.ErrNotFound, "consignment")
	_, _, err = r.store.Links(r.ctx, rows.Consignments[0].ID)
	r.is(err, gateway.ErrNotFound, "links")
	versions, err := r.store.Versions(r.ctx, []string{rows.Messages[0].DocumentKey})
	r.ok(err, "versions")
	r.equal(len(versions[rows.Messages[0].DocumentKey]), 0, "versions")
	answers, err := r.store.Answers(r.ctx, id)
	r.ok(err, "answers")
	r.equal(len(answers), 0, "answers")
}

// swept sweeps, and fails where it mended something and should not have, or the other way round.
func (r *rig) swept(idle time.Duration, want bool) {
	r.Helper()
	n, err := r.store.Sweep(r.ctx, idle)
	r.ok(err, "sweep")
	if (n > 0) != want {
		r.Errorf("the sweep mended %d, want some: %v", n, want)
	}
}

// messages gives those of a receipt without their filings.
func (r *rig) messages(id uuid.UUID) []gateway.MessageRow {
	r.Helper()
	got, err := r.store.Messages(r.ctx, id)
	r.ok(err, "messages")
	for i := range got {
		got[i].Filing = nil
	}
	return got
}
