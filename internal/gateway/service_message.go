package gateway

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

// maxRegistrations is the most registrations of a message view; all are with the consignments.
const maxRegistrations = 1000

// reasonForPartner stands for the reason why a message is parked, which may tell of our inside.
const reasonForPartner = "the message could not be worked on; the administration sees to it"

// A resultObject is what a view takes of a stored result.
type resultObject struct {
	Format       string `json:"format"`
	Interchanges []struct {
		Messages []json.RawMessage `json:"messages"`
	} `json:"interchanges"`
	Findings []json.RawMessage `json:"findings"`
}

// resultOf reads the result of a settlement; it is empty for one that has none.
func resultOf(s *Settlement) (*resultObject, error) {
	var o resultObject
	if s == nil || len(s.Result) == 0 {
		return &o, nil
	}
	b, err := unpackJSON(s.Result)
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		return nil, fmt.Errorf("gateway: the result of %s: %w", s.Receipt, err)
	}
	return &o, nil
}

// Message gives where a message stands, and what it came to.
func (g *Gateway) Message(ctx context.Context, p partner.Principal, id uuid.UUID) (*MessageView, error) {
	r, err := g.receiptOf(ctx, p, partner.MessageRead, id)
	if err != nil {
		return nil, err
	}
	s, err := g.settlement(ctx, id)
	if err != nil {
		return nil, err
	}
	v := viewOf(p, r, s)
	o, err := resultOf(s)
	if err != nil {
		return nil, err
	}
	v.Format = o.Format
	if len(o.Interchanges) > 0 {
		var all []json.RawMessage
		for _, ic := range o.Interchanges {
			all = append(all, ic.Messages...)
		}
		if all == nil {
			all = []json.RawMessage{}
		}
		if v.Messages, err = json.Marshal(all); err != nil {
			return nil, fmt.Errorf("gateway: the messages of %s: %w", id, err)
		}
	}
	if v.Registrations, err = g.registrations(ctx, p, r, s); err != nil {
		return nil, err
	}
	return v, nil
}

// viewOf gives what is told of a receipt everywhere. Partners are not told of holds, nor why we could not read.
func viewOf(p partner.Principal, r *Receipt, s *Settlement) *MessageView {
	v := &MessageView{ID: r.ID, State: r.State, Mode: r.Mode, ReceivedAt: r.ReceivedAt.UTC(), Partner: r.Partner, Channel: r.Channel,
		Name: r.Name, Size: r.Size, SHA256: hex.EncodeToString(r.SHA256[:]), TraceID: r.TraceID, Reason: r.Reason, Holds: r.Holds, Purged: r.Purged}
	duplicateOf := r.DuplicateOf
	if s != nil { // the truth, of which the receipt's state is a cache
		v.State, v.Findings = s.State, Counts{s.Errors, s.Warnings, s.Notes}
		at := s.SettledAt.UTC()
		v.SettledAt = &at
		v.Reason, duplicateOf = s.Reason, s.DuplicateOf
	}
	if duplicateOf != uuid.Nil {
		v.DuplicateOf = duplicateOf.String()
	}
	if !r.ExpiresAt.IsZero() {
		at := r.ExpiresAt.UTC()
		v.ExpiresAt = &at
	}
	if p.Kind != partner.KindStaff {
		v.Holds = nil
		if v.Reason != "" {
			v.Reason = ""
			if v.State == StateParked {
				v.Reason = reasonForPartner
			}
		}
	}
	return v
}

// sourceOf gives the receipt whose rows a receipt stands for: of a resend the earlier one.
func sourceOf(r *Receipt, s *Settlement) uuid.UUID {
	if s != nil && s.DuplicateOf != uuid.Nil {
		return s.DuplicateOf
	}
	return r.ID
}

// registrations gives those of the filings of a message, then of its consignments, at most maxRegistrations.
func (g *Gateway) registrations(ctx context.Context, p partner.Principal, r *Receipt, s *Settlement) ([]Registration, error) {
	if s == nil || s.State != StateAccepted && s.State != StatePartlyAccepted {
		return nil, nil
	}
	source := sourceOf(r, s)
	messages, err := g.store.Messages(ctx, source)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	at := r.ReceivedAt.UTC()
	if source != r.ID && len(messages) > 0 {
		first, err := g.store.Receipt(ctx, source)
		if err != nil {
			return nil, err
		}
		at = first.ReceivedAt.UTC()
	}
	var out []Registration
	for i := range messages {
		m := &messages[i]
		if m.Registration != "" && len(out) < maxRegistrations {
			out = append(out, Registration{Kind: "filing", Reference: m.Registration, At: at, Message: m.Order.Message, Document: m.DocReference})
		}
	}
	after := ""
	for len(out) < maxRegistrations {
		page, err := g.store.Consignments(ctx, ConsignmentQuery{Mode: r.Mode, Viewer: p.Partner(), Receipt: source, Limit: pageMax, After: after})
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			c := &page.Items[i]
			if c.Registration != "" && len(out) < maxRegistrations {
				out = append(out, Registration{Kind: "consignment", Reference: c.Registration, At: c.LegalAt.UTC(), Message: c.Order.Message,
					Document: c.Number, Status: ConsignmentStatus(c)})
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return out, nil
}

// How often Await looks by itself. What is settled in this process wakes it at once.
const (
	awaitFirst = 25 * time.Millisecond
	awaitMax   = 250 * time.Millisecond
)

// Await is Message once the state is final, or as it is after d.
func (g *Gateway) Await(ctx context.Context, p partner.Principal, id uuid.UUID, d time.Duration) (*MessageView, error) {
	deadline := time.Now().Add(d)
	settled, end := g.notify.subscribe(id)
	defer end()
	v, err := g.Message(ctx, p, id)
	if err != nil {
		return nil, err
	}
	for pause := awaitFirst; !v.State.Final(); pause = min(2*pause, awaitMax) {
		left := time.Until(deadline)
		if left <= 0 {
			break
		}
		timer := time.NewTimer(min(pause, left))
		select {
		case <-settled:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		timer.Stop()
		s, err := g.settlement(ctx, id)
		if errors.Is(err, ErrUnavailable) {
			continue // it may come back before the time is up
		}
		if err != nil {
			return nil, err
		}
		if s != nil {
			return g.Message(ctx, p, id)
		}
	}
	if v.State.Final() {
		return v, nil
	}
	return g.Message(ctx, p, id)
}

// Messages lists messages, newest first: a partner's own, or all. They come without their contents.
func (g *Gateway) Messages(ctx context.Context, p partner.Principal, mode cargo.Traffic, states []State, limit int, after string) (Page[*MessageView], error) {
	var page Page[*MessageView]
	if err := g.allow(p, partner.MessageList, partner.Object{}); err != nil {
		return page, err
	}
	mode, err := traffic(p, mode)
	if err != nil {
		return page, err
	}
	for _, s := range states {
		if !slices.Contains([]State{StateReceived, StateReading, StateWaiting, StateAccepted, StatePartlyAccepted, StateRejected, StateParked}, s) {
			return page, fmt.Errorf("%w: there is no state %q", ErrInput, s)
		}
	}
	if limit, err = pageLimit(limit); err != nil {
		return page, err
	}
	before, err := readToken("messages", after)
	if err != nil {
		return page, err
	}
	receipts, err := g.store.Receipts(ctx, ReceiptQuery{Mode: mode, Partner: p.Partner(), States: states, Before: before, Limit: limit + 1})
	if err != nil {
		return page, err
	}
	if len(receipts) > limit {
		receipts = receipts[:limit]
		page.Next = newToken("messages", receipts[limit-1].Seq)
	}
	page.Items = make([]*MessageView, len(receipts))
	for i := range receipts {
		s, err := g.settlement(ctx, receipts[i].ID)
		if err != nil {
			return Page[*MessageView]{}, err
		}
		page.Items[i] = viewOf(p, &receipts[i], s)
	}
	return page, nil
}

// Findings gives those of a message as they were stored, none before it is settled.
func (g *Gateway) Findings(ctx context.Context, p partner.Principal, id uuid.UUID) (Page[json.RawMessage], error) {
	page := Page[json.RawMessage]{Items: []json.RawMessage{}}
	r, err := g.receiptOf(ctx, p, partner.MessageFindings, id)
	if err != nil {
		return page, err
	}
	s, err := g.settlement(ctx, id)
	if err != nil {
		return page, err
	}
	o, err := resultOf(s)
	if err != nil {
		return page, err
	}
	if o.Findings != nil {
		page.Items = o.Findings
	}
	if err := g.reads(ctx, p, partner.MessageFindings, object("message", id), r.Mode, map[string]int{"count": len(page.Items)}); err != nil {
		return Page[json.RawMessage]{}, err
	}
	return page, nil
}

// Original gives the bytes of a message as they came; the caller closes it.
func (g *Gateway) Original(ctx context.Context, p partner.Principal, id uuid.UUID) (*Original, error) {
	r, err := g.receiptOf(ctx, p, partner.MessageOriginal, id)
	if err != nil {
		return nil, err
	}
	o, err := g.open(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := g.reads(ctx, p, partner.MessageOriginal, object("message", id), r.Mode, map[string]string{"sha256": hex.EncodeToString(r.SHA256[:])}); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return &o, nil
}
