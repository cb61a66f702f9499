package gateway

import (
	"fmt"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/intake"
)

// A receipt of more rows than stageOver is staged in chunks of stageChunk, so that its memory is bounded; a large body
// from the first chunk on, as it will have as many.
const (
	stageOver  = 5000
	stageChunk = 500
)

// A builder makes the rows of a receipt out of its records, which come message by message in the third pass.
type builder struct {
	x       *reader
	next    int          // index in infos of the message at hand or behind it
	info    *messageInfo // of the message at hand; nil beyond maxMessages, of which no rows are kept
	origin  cargo.Origin
	ordinal int64 // consignments so far, over the file

	calls   []knownCall // of the message at hand
	byCall  map[CallRow]int32
	carrier string // of its main call

	json, packed []byte
	arena        arena
	terms        terms
	stager       stager
	assessor     *assessor // nil where nothing is scored
}

// A knownCall is a call that consignments of the message at hand may point to.
type knownCall struct {
	record *cargo.Call
	index  int32 // in outcome.calls; -1 where it is no row
	id     uuid.UUID
}

// rows gives those that are not staged.
func (b *builder) rows() *Rows { return &b.x.out.rows }

// enter finds the message that a record is of.
func (b *builder) enter(o cargo.Origin) *messageInfo {
	if o == b.origin {
		return b.info
	}
	b.origin, b.info, b.calls, b.carrier = o, nil, b.calls[:0], ""
	infos := b.x.infos
	for b.next < len(infos) && (infos[b.next].interchange < o.Interchange || infos[b.next].interchange == o.Interchange && infos[b.next].index < o.Message) {
		b.next++
	}
	if b.next < len(infos) && infos[b.next].interchange == o.Interchange && infos[b.next].index == o.Message {
		b.info = &infos[b.next]
	}
	return b.info
}

// unmapped makes the row of a message that no records are made of.
func (b *builder) unmapped(m *intake.Message) error {
	info := &b.x.pending
	if info.op != "" || info.ordinal > maxMessages {
		return nil
	}
	r := b.x.r
	b.rows().Messages = append(b.rows().Messages, MessageRow{
		Receipt: r.ID, Attempt: r.Attempt, Order: Order{r.Seq, info.ordinal}, Interchange: m.Interchange, Index: m.Index, Mode: r.Mode,
		Type: plain(m.Type, maxText), Version: plain(m.Version, maxText), Reference: plain(m.Reference, maxText), Function: plain(m.Function, maxText),
		Op: OpSet, Accepted: m.Accepted, Partner: r.Partner, Filer: info.filer, Consignments: m.Totals.Consignments,
	})
	return b.added()
}

// filing makes the row of a message, at its end.
func (b *builder) filing(f *cargo.Filing) error {
	b.scoreJobs(f)
	info := b.enter(f.Origin)
	if info == nil {
		return nil
	}
	r := b.x.r
	row := MessageRow{
		Receipt: r.ID, Attempt: r.Attempt, Order: Order{r.Seq, info.ordinal}, Interchange: info.interchange, Index: info.index, Mode: r.Mode,
		Type: plain(f.Type, maxText), Version: plain(f.Version, maxText), Reference: plain(f.MessageReference, maxText),
		Function: plain(f.FunctionCode, maxText), Op: info.op, Original: info.original, Took: info.took, Accepted: info.accepted,
		Partner: r.Partner, Filer: info.filer, Carrier: partyText(&f.Carrier), Responsible: partyText(&f.Responsible),
		Consignments: f.Totals.Computed.Consignments.N,
	}
	if row.Carrier == "" {
		row.Carrier = b.carrier
	}
	row.DocReference = plain(referenceOf(f, info.original), maxText)
	if info.doc != nil {
		row.DocumentKey = info.doc.doc.Key
	}
	if info.took {
		row.Registration = RegistrationOf(r.ReceivedAt, r.Mode, row.Order, 0)
	}
	row.Filing = b.pack(f)
	b.rows().Messages = append(b.rows().Messages, row)
	return b.added()
}

// pack gives a record as rows hold it.
func (b *builder) pack(r cargo.Record) (packed []byte) {
	b.json = r.AppendJSON(b.json[:0])
	packed, b.packed = b.arena.pack(b.json, b.packed)
	return packed
}

// partyText gives a party as one text: its code, or its name.
func partyText(p *cargo.Party) string {
	for _, id := range p.Identifiers {
		if v := plain(id.Value, maxText); v != "" {
			return v
		}
	}
	return plain(p.Name, maxText)
}

// call takes a call that consignments of the message may point to.
func (b *builder) call(c *cargo.Call) error {
	if b.enter(c.Origin) == nil {
		return nil
	}
	if v := &c.Conveyance; len(b.calls) == 0 {
		if b.carrier = plain(v.Carrier, maxText); b.carrier == "" {
			b.carrier = plain(v.CarrierName, maxText)
		}
	}
	row, ok := b.x.callRow(c)
	if !ok {
		b.calls = append(b.calls, knownCall{c, -1, uuid.Nil})
		return nil
	}
	out := b.x.out
	if out.staged {
		ids, err := b.x.mergeCalls([]CallRow{row})
		if err != nil {
			return err
		}
		b.calls = append(b.calls, knownCall{c, -1, ids[0]})
		return nil
	}
	key := row
	key.ID = uuid.Nil
	index, ok := b.byCall[key]
	if !ok {
		if b.byCall == nil {
			b.byCall = make(map[CallRow]int32)
		}
		index = int32(len(out.calls))
		b.byCall[key] = index
		out.calls = append(out.calls, row)
	}
	b.calls = append(b.calls, knownCall{c, index, uuid.Nil})
	return b.added()
}

// callOf gives the call that a consignment points to.
func (b *builder) callOf(c *cargo.Call) (index int32, id uuid.UUID) {
	for i := len(b.calls) - 1; i >= 0 && c != nil; i-- {
		if k := &b.calls[i]; k.record == c {
			return k.index, k.id
		}
	}
	return -1, uuid.Nil
}

// consignment makes the row of a consignment.
func (b *builder) consignment(c *cargo.Consignment) error {
	info := b.enter(c.Origin)
	if info == nil {
		return nil
	}
	b.ordinal++
	r, out := b.x.r, b.x.out
	out.rows.Consignments = append(out.rows.Consignments, ConsignmentRow{})
	row := &out.rows.Consignments[len(out.rows.Consignments)-1]
	row.ID, row.Receipt, row.Attempt, row.Order, row.Ordinal = newID(), r.ID, r.Attempt, Order{r.Seq, info.ordinal}, b.ordinal
	row.Mode, row.Op, row.Level, row.Flow = r.Mode, info.op, string(c.Level), string(c.Flow)
	row.LegalAt, row.Partner, row.Filer = r.ReceivedAt, r.Partner, info.filer
	if info.doc != nil {
		row.DocumentKey = info.doc.doc.Key
	}
	var own cargo.Document
	if len(c.Documents) > 0 {
		own = c.Documents[0]
	}
	row.Number, row.Issuer = plain(own.Number, maxText), plain(own.Issuer, maxText)
	row.BillKey, row.ParentKey = billKey(own.Number), billKey(c.Parent.Number)
	switch {
	case row.BillKey == "": // it has no name that another message could call it by
		row.BillKey = fmt.Sprintf("#%d.%d.%d", r.Seq, info.ordinal, b.ordinal)
	case row.BillKey == row.ParentKey: // a house may have the number of its master
		row.BillKey += "/H"
	}
	row.State = ConsignmentUnaccepted
	if c.Status == cargo.StatusAccepted && info.took {
		row.State = ConsignmentAccepted
		row.Registration = RegistrationOf(r.ReceivedAt, r.Mode, row.Order, b.ordinal)
		if info.doc == nil && info.op == OpDelete {
			row.State = ConsignmentCancelled
		}
	}
	if n := c.Totals.Computed.Packages; n.OK {
		row.Packages = n.N
	} else if n := c.Totals.Declared.Packages; n.OK {
		row.Packages = n.N
	}
	if c.Call != nil {
		row.Port, row.ETA = portOf(c.Call.Port), timeOf(&c.Call.ETA)
	}
	if p := c.Place(cargo.PlaceDischarge); row.Port == "" && p != nil {
		row.Port = portOf(p.Locode)
	}
	index, id := b.callOf(c.Call)
	row.Call = id
	row.Terms = b.terms.of(c)
	row.Record = b.pack(c)
	b.assess(c)
	if !out.staged {
		out.callOf = append(out.callOf, index)
	}
	return b.added()
}

// equipment makes the row of a piece of equipment that belongs to no consignment.
func (b *builder) equipment(e *cargo.TransportEquipment) error {
	info := b.enter(e.Origin)
	if info == nil || !e.Lone {
		return nil
	}
	r := b.x.r
	b.rows().Equipment = append(b.rows().Equipment, EquipmentRow{ID: newID(), Receipt: r.ID, Attempt: r.Attempt, Order: Order{r.Seq, info.ordinal},
		Mode: r.Mode, Partner: r.Partner, Number: upperNumber(e.ID, maxText), Record: b.pack(e)})
	return b.added()
}

// held counts the rows that are not staged.
func (r *Rows) held() int {
	return len(r.Messages) + len(r.Consignments) + len(r.Equipment) + len(r.Controls) + len(r.Answers)
}

// added stages what has gathered once it is much.
func (b *builder) added() error {
	n := b.rows().held() + len(b.x.out.calls)
	if n < stageChunk || n <= stageOver && !b.x.out.staged && b.x.r.Size < LargeBody {
		return nil
	}
	return b.stage()
}

// finish stages the rest of what is staged at all, and waits until all of it is in the store.
func (b *builder) finish() error {
	b.scoreJobs(nil)
	if b.x.out.staged && b.rows().held() > 0 {
		if err := b.stage(); err != nil {
			return err
		}
	}
	if err := b.stager.wait(); err != nil || !b.x.out.staged {
		return err
	}
	return b.x.g.store.Staged(b.x.ctx, b.x.out.settlement.Fence)
}

// stage writes what has gathered under the attempt, where nobody sees it before it is settled. The calls are merged at
// the first time, as staged rows hold their ids and are not touched again: a call is a place and a time, and says
// nothing of who filed what, should the attempt come to nothing.
func (b *builder) stage() error {
	x, out := b.x, b.x.out
	b.scoreJobs(nil) // their rows are about to go
	if !out.staged {
		ids, err := x.mergeCalls(out.calls)
		if err != nil {
			return err
		}
		for i, index := range out.callOf {
			if index >= 0 {
				out.rows.Consignments[i].Call = ids[index]
			}
		}
		for i := range b.calls {
			if k := &b.calls[i]; k.index >= 0 {
				k.id, k.index = ids[k.index], -1
			}
		}
		out.calls, out.callOf, b.byCall, out.staged = nil, nil, nil, true
	}
	all := &out.rows
	for all.held() > 0 {
		part := Rows{
			Messages: take(&all.Messages), Consignments: take(&all.Consignments), Equipment: take(&all.Equipment),
			Controls: take(&all.Controls), Answers: take(&all.Answers),
		}
		if err := b.stager.put(&part); err != nil {
			return err
		}
	}
	*all = Rows{}
	return nil
}

// take cuts a chunk off.
func take[R any](all *[]R) []R {
	n := min(len(*all), stageChunk)
	part := (*all)[:n:n]
	*all = (*all)[n:]
	return part
}

// mergeCalls merges calls in a transaction of its own.
func (x *reader) mergeCalls(calls []CallRow) (ids []uuid.UUID, err error) {
	if len(calls) == 0 {
		return nil, nil
	}
	err = x.g.store.Update(x.ctx, func(tx Tx) error {
		ids, err = tx.MergeCalls(x.ctx, calls)
		return err
	})
	return ids, err
}
