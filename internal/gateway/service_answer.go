package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// answersOf gives the answers to a receipt with the newest delivery of each: those of the attempt that settled it, and
// those of an earlier receipt that were sent again for it.
func (g *Gateway) answersOf(ctx context.Context, r *Receipt) ([]outbox.Answer, map[uuid.UUID]outbox.Delivery, error) {
	s, err := g.settlement(ctx, r.ID)
	if s == nil || err != nil {
		return nil, nil, err
	}
	all, err := g.store.Answers(ctx, r.ID)
	if err != nil {
		return nil, nil, err
	}
	deliveries, err := g.store.Deliveries(ctx, r.ID)
	if err != nil {
		return nil, nil, err
	}
	var out []outbox.Answer
	known := map[uuid.UUID]bool{}
	for _, a := range all {
		if known[a.ID] = true; a.Attempt == s.Attempt {
			out = append(out, a)
		}
	}
	newest := map[uuid.UUID]outbox.Delivery{}
	for _, d := range deliveries { // oldest first
		newest[d.Answer] = d
		if known[d.Answer] {
			continue
		}
		known[d.Answer] = true
		a, err := g.store.Answer(ctx, d.Answer)
		if errors.Is(err, ErrNotFound) {
			continue // purged with its own receipt
		}
		if err != nil {
			return nil, nil, err
		}
		a.Body = nil
		out = append(out, a)
	}
	return out, newest, nil
}

// ackPaused is the state of an answer that would go out if deliveries were not paused.
const ackPaused = "paused"

// Acknowledgements lists the answers to a message, and where each stands.
func (g *Gateway) Acknowledgements(ctx context.Context, p partner.Principal, id uuid.UUID) (Page[AckView], error) {
	page := Page[AckView]{Items: []AckView{}}
	r, err := g.receiptOf(ctx, p, partner.MessageAcks, id)
	if err != nil {
		return page, err
	}
	answers, deliveries, err := g.answersOf(ctx, r)
	if err != nil {
		return page, err
	}
	paused, err := g.deliveriesPaused(ctx)
	if err != nil {
		return page, err
	}
	for _, a := range answers {
		v := AckView{ID: a.ID, Kind: a.Kind, State: string(outbox.Available), CreatedAt: a.CreatedAt.UTC(), Interchange: a.Interchange}
		if d, ok := deliveries[a.ID]; ok {
			v.State, v.Channel, v.Attempts, v.LastError, v.Delivery = string(d.State), d.Channel, d.Attempts, d.LastError, d.ID
			if paused && d.State == outbox.Pending {
				v.State = ackPaused
			}
		}
		if p.Kind != partner.KindStaff {
			v.LastError = "" // it may tell of our inside
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// Acknowledgement gives one answer to a message with its bytes.
func (g *Gateway) Acknowledgement(ctx context.Context, p partner.Principal, id, ack uuid.UUID) (*outbox.Answer, error) {
	r, err := g.receiptOf(ctx, p, partner.MessageAcks, id)
	if err != nil {
		return nil, err
	}
	answers, _, err := g.answersOf(ctx, r)
	if err != nil {
		return nil, err
	}
	for i := range answers {
		if answers[i].ID != ack {
			continue
		}
		a, err := g.store.Answer(ctx, ack)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(a.Body)
		detail := map[string]string{"answer": ack.String(), "sha256": hex.EncodeToString(sum[:])}
		if err := g.reads(ctx, p, partner.MessageAcks, object("message", id), r.Mode, detail); err != nil {
			return nil, err
		}
		return &a, nil
	}
	return nil, fmt.Errorf("%w: message %s has no answer %s", ErrNotFound, id, ack)
}
