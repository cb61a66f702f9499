package storetest

import (
	"fmt"
	"strings"
	"time"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// texts are values that stores are known to change: they must come back as they went in.
var texts = map[string]string{
	"quotes":         `O'Neil "&" ''; -- \' %s $1 ? :a @b`,
	"UTF-8":          "Ærøskøbing Ŝipo 船荷証券 🚢 e\u0301 \u202e",
	"spaces":         " \t two  spaces and a line\r\n ",
	"arrays":         `{a,"b",NULL} [1] (x) \N \.`,
	"long":           strings.Repeat("a very long name, ", 600),
	"NULL":           "NULL",
	"escaped zeroes": `\x00 \u0000 %00`,
}

// raw are values that a store may refuse, but not change.
var raw = map[string]string{"NUL": "a\x00b", "not UTF-8": "a\xff\xfeb"}

var textRules = []Rule{
	{"text/of a receipt comes back as it went in", func(r *rig) {
		for what, s := range texts {
			a := Arrival(Carrier, withText(s))
			accepted := r.accept(a)[0]
			want := a.Receipt
			want.Seq, want.ReceivedAt, want.State = accepted.Seq, accepted.ReceivedAt, gateway.StateReceived
			r.equal(r.receipt(a.ID), want, what)
			if got := r.accept(Arrival(Carrier, withText(s)))[0]; !got.Repeated {
				r.Errorf("%s: the same act is no repeat", what)
			}
		}
	}},
	{"text/that a store refuses is refused whole", func(r *rig) {
		for what, s := range raw {
			a, fine := Arrival(Carrier, withText(s)), Arrival(Carrier)
			if _, err := r.store.Accept(r.ctx, []gateway.Arrival{fine, a}); err != nil {
				r.absent(a)
				r.absent(fine)
				r.Logf("%s: %v", what, err)
				continue
			}
			got := r.receipt(a.ID)
			r.equal([]any{got.Name, got.TransportID, got.Control, got.Headers}, []any{a.Name, a.TransportID, a.Control, a.Headers}, what)
		}
	}},
	{"text/of consignments and messages comes back as it went in", func(r *rig) {
		for what, s := range texts {
			rc := r.receive(Arrival(Carrier))
			m := Message(rc, 1, func(m *gateway.MessageRow) { m.Carrier, m.Responsible, m.DocReference, m.Registration = s, s, s, s })
			bill := "d:" + s
			if len(bill) > 300 {
				bill = bill[:300] // the words of a search are bounded
			}
			c := Consignment(rc, 1, func(c *gateway.ConsignmentRow) {
				c.Number, c.BillKey, c.ParentKey, c.Issuer, c.Registration, c.Terms = s, bill, s, s, s, []string{bill, "w:'"}
				if len(s) > 300 {
					c.ParentKey = s[:300]
				}
			})
			doc := Head(Message(rc, 1, ofDocument(bill, gateway.OpSet)))
			doc.Reference = s
			r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{m}, Consignments: []gateway.ConsignmentRow{c}}, func(tx gateway.Tx) error {
				if _, err := tx.LockDocuments(r.ctx, []gateway.Document{doc}); err != nil {
					return err
				}
				doc.UpdatedAt = tx.Now()
				return tx.PutDocument(r.ctx, doc)
			})
			m.Filing = nil
			r.equal(r.messages(rc.ID), []gateway.MessageRow{m}, what)
			found := r.search(gateway.ConsignmentQuery{Mode: "live", Terms: []string{bill}}).Items
			c.Terms = nil
			r.equal(found, []gateway.ConsignmentRow{c}, what)
			got, err := r.store.Document(r.ctx, doc.Key)
			r.ok(err, "document")
			r.equal(got, doc, what)
			r.relink("live", bill, c.ParentKey)
			r.linked(c.ID, "not_matched", nil, nil)
		}
	}},
	{"text/of events, answers and deliveries comes back as it went in", func(r *rig) {
		for what, s := range texts {
			rc := r.receive(Arrival(Carrier))
			e := Event(Carrier, func(e *outbox.Event) { e.Subject = s })
			answer := Answer(rc, func(a *outbox.Answer) { a.Body = []byte(s + "\x00\xff") })
			d := Delivery(rc, answer.ID, func(d *outbox.Delivery) { d.Channel = s })
			r.settle(rc, &gateway.Rows{Answers: []outbox.Answer{answer}}, func(tx gateway.Tx) error {
				return tx.Emit(r.ctx, []outbox.Event{e}, []outbox.Delivery{d}, nil)
			})
			events := r.events(outbox.Query{After: r.lastPosition()})
			r.equal(events[0].Subject, s, what)
			got, err := r.store.Answer(r.ctx, answer.ID)
			r.ok(err, "answer")
			r.equal(got.Body, answer.Body, what)
			claimed := r.claimDeliveries(1, time.Hour)[0]
			r.equal(claimed.Channel, s, what)
			r.finishDelivery(claimed, outbox.Parked, s, 0)
			r.equal(r.delivery(d.ID).LastError, s, what)
		}
	}},
	{"text/of partners and the audit log comes back as it went in", func(r *rig) {
		n := 0
		for what, s := range texts {
			n++
			change := partnerChange(partner.ID(fmt.Sprint("LINE", n)), true, func(p *partner.Partner) {
				p.Name, p.Identifiers = s, []partner.Identifier{{Scheme: partner.SchemeTax, Value: s}}
			})
			r.apply(change)
			r.equal(r.table().Partners[n-1], *change.Partner, what)
			row := AuditRow("consignment.read", func(row *audit.Row) { row.Object = s })
			r.ok(r.store.AppendAudit(r.ctx, []audit.Row{row}), "append")
			r.sealAll()
			all := r.sealed()
			r.equal(all[len(all)-1].Row, row, what)
		}
	}},
	{"text/of reasons and holds comes back as it went in", func(r *rig) {
		for what, s := range texts {
			rc := r.receive(Arrival(Carrier))
			_, err := r.store.Fail(r.ctx, fence(rc), s, time.Hour, 3, parking)
			r.ok(err, "fail")
			r.ok(r.store.Hold(r.ctx, rc.ID, s, AuditRow("message.hold")), "hold")
			got := r.receipt(rc.ID)
			r.equal([]any{got.Reason, got.Holds}, []any{s, []string{s}}, what)
			r.ok(r.store.Unhold(r.ctx, rc.ID, s, AuditRow("message.unhold")), "unhold")
			r.equal(len(r.receipt(rc.ID).Holds), 0, what)
		}
	}},
	{"text/of tombstones comes back as it went in", func(r *rig) {
		for what, s := range texts {
			rc := r.receive(Arrival(Carrier))
			r.settle(rc, nil)
			stone := tombstone(rc)
			stone.Why, stone.Who = s, s
			want, err := r.store.Purge(r.ctx, stone, AuditRow("message.erase"))
			r.ok(err, "purge")
			got := r.tombstones(want.At, 100)
			r.equal([]string{got[len(got)-1].Why, got[len(got)-1].Who}, []string{s, s}, what)
			r.pass(time.Millisecond)
		}
	}},
}

// withText makes a name of everything that a sender chooses.
func withText(s string) func(*gateway.Arrival) {
	return func(a *gateway.Arrival) {
		a.Name, a.ContentType, a.TransportID, a.Control = s, s, s, s
		if len(s) > 300 {
			a.TransportID, a.Control = s[:300], s[:300] // keys are bounded
		}
		a.Headers = map[string]string{"X-Name": s, s: "x"}
	}
}
