package gateway

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// eventTypes are all types of events.
var eventTypes = append([]string{outbox.TypeSettled, outbox.TypeParked, outbox.TypeConsignment, outbox.TypeDelivered, outbox.TypeUndelivered},
	outbox.CaseTypes()...)

// Events gives what happened in the order of positions: a partner's own, or all. Next stands behind the last event of
// the page, also where there is none after it: who goes on from it misses nothing. An empty page has none: go on from
// the token that gave it.
func (g *Gateway) Events(ctx context.Context, p partner.Principal, mode cargo.Traffic, types []string, limit int, after string) (Page[*EventView], error) {
	page := Page[*EventView]{Items: []*EventView{}}
	if err := g.allow(p, partner.EventList, partner.Object{}); err != nil {
		return page, err
	}
	mode, err := traffic(p, mode)
	if err != nil {
		return page, err
	}
	for _, t := range types {
		if !slices.Contains(eventTypes, t) {
			return page, fmt.Errorf("%w: there is no event of type %q", ErrInput, t)
		}
	}
	if limit, err = pageLimit(limit); err != nil {
		return page, err
	}
	position, err := readToken("events", after)
	if err != nil {
		return page, err
	}
	events, err := g.store.Events(ctx, outbox.Query{After: position, Limit: limit, Mode: string(mode), Partner: p.Partner(), Types: types})
	if err != nil {
		return page, err
	}
	for i := range events {
		e := &events[i]
		page.Next = newToken("events", e.Position)
		if err := partner.Authorise(p, partner.EventList, partner.Object{Kind: "event", Partner: e.Partner, Filer: e.Filer, Mode: cargo.Traffic(e.Mode)}); err != nil {
			g.log.Error("the store gave an event of another", "principal", p.String(), "event", e.ID)
			continue
		}
		page.Items = append(page.Items, eventView(e))
	}
	return page, nil
}

// CloudEvent gives an event as JSON in the structured mode of CloudEvents 1.0, as the feed of events has it.
func CloudEvent(e *outbox.Event) ([]byte, error) {
	b, err := json.Marshal(eventView(e))
	if err != nil {
		return nil, fmt.Errorf("gateway: event %s: %w", e.ID, err)
	}
	return b, nil
}

// eventView gives an event as a CloudEvent.
func eventView(e *outbox.Event) *EventView {
	v := &EventView{SpecVersion: "1.0", ID: e.ID.String(), Source: "cargogate", Type: e.Type, Subject: e.Subject, Time: e.At.UTC(),
		DataContentType: "application/json", Sequence: fmt.Sprintf("%020d", e.Position), Mode: e.Mode}
	if e.Data != "" {
		v.Data = json.RawMessage(e.Data)
	}
	// The event itself is the step of the trace; the last half of its id is random.
	if trace, err := hex.DecodeString(e.TraceID); err == nil && len(trace) == 16 && strings.Trim(e.TraceID, "0") != "" {
		v.TraceParent = fmt.Sprintf("00-%s-%x-01", strings.ToLower(e.TraceID), e.ID[8:])
	}
	return v
}
