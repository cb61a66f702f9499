package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
)

// A Purging is a receipt whose rows a store is about to remove.
type Purging struct {
	Receipt   uuid.UUID
	Mode      cargo.Traffic
	TraceID   string
	Documents []Document // heads that its visible messages touch
}

// Around is what Store.Purge does in its transaction: remove takes the rows away, and what stood on them falls back to what
// is kept. Each document is folded anew over the versions that are left, so that the newest of them is current again, or
// nothing is; and links of the bills of those documents are made anew.
func (p *Purging) Around(ctx context.Context, tx Tx, remove func() error) error {
	slices.SortFunc(p.Documents, func(a, b Document) int { return strings.Compare(a.Key, b.Key) })
	var versions map[string][]Version
	var err error
	if len(p.Documents) > 0 {
		if versions, err = tx.LockDocuments(ctx, p.Documents); err != nil {
			return fmt.Errorf("gateway: documents of message %s cannot be locked: %w", p.Receipt, err)
		}
	}
	var bills []string // asked for while they are there
	for {
		after := ""
		if len(bills) > 0 {
			after = bills[len(bills)-1]
		}
		page, err := tx.BillPage(ctx, p.Receipt, after, linkBills)
		if err != nil {
			return fmt.Errorf("gateway: bills of message %s: %w", p.Receipt, err)
		}
		bills = append(bills, page...)
		if len(page) < linkBills {
			break
		}
	}
	if _, err := tx.ForgetCases(ctx, p.Receipt); err != nil {
		return fmt.Errorf("gateway: cases of message %s: %w", p.Receipt, err)
	}
	if err := remove(); err != nil {
		return err
	}
	events, err := p.refold(ctx, tx, versions)
	if err != nil {
		return err
	}
	cause := outbox.Event{Mode: string(p.Mode), Subject: prefixSubject + p.Receipt.String(), TraceID: p.TraceID}
	for page := range slices.Chunk(bills, linkBills) {
		changed, err := tx.Relink(ctx, p.Mode, page)
		if err != nil {
			return fmt.Errorf("gateway: links of message %s: %w", p.Receipt, err)
		}
		told, err := linkChangeEvents(tx.Now(), &relinking{last: cause}, changed)
		if err != nil {
			return err
		}
		events = append(events, told...)
	}
	if len(events) == 0 {
		return nil
	}
	return tx.Emit(ctx, events, nil, nil)
}

// prefixSubject begins the subject of an event of a message.
const prefixSubject = "message/"

// refold makes the heads and the states of consignments what the versions that are left come to.
func (p *Purging) refold(ctx context.Context, tx Tx, versions map[string][]Version) (events []outbox.Event, err error) {
	for _, d := range p.Documents {
		left := slices.DeleteFunc(slices.Clone(versions[d.Key]), func(v Version) bool { return v.Receipt == p.Receipt })
		plan, head := Fold(left)
		plan.Key = d.Key
		changed, err := tx.Refold(ctx, plan, max(0, maxChanges-len(events)))
		if err != nil {
			return nil, fmt.Errorf("gateway: document %s cannot be folded: %w", d.Key, err)
		}
		for _, c := range changed {
			events = append(events, outbox.Event{ID: newID(), Type: outbox.TypeConsignment, Subject: "consignment/" + c.ID.String(), Mode: string(p.Mode),
				Partner: c.Partner, Filer: c.Filer, At: tx.Now(), Data: toJSON(changedData{c.ID, c.Receipt, c.Was, c.Is}), TraceID: p.TraceID})
		}
		d.State, d.Versions, d.Current, d.UpdatedAt = head.State, head.Versions, head.Current, tx.Now()
		if n := len(left); n > 0 {
			d.Filer = left[n-1].Filer
		}
		if err := tx.PutDocument(ctx, d); err != nil {
			return nil, err
		}
	}
	return events, nil
}
