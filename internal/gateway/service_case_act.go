package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A caseAction is one act on one case, within its transaction.
type caseAction struct {
	c       *caseq.Case
	now     time.Time
	before  string            // the verdict before
	detail  map[string]string // of the audit row: codes and times, nothing that was typed
	entries []caseq.Entry
	took    bool        // a decision took effect
	answer  *caseAnswer // what the filer is told with; nil where that is not asked for
}

// actOnCase does something with a case in one transaction: the case, its history, the audit row, and where a decision took
// effect what follows from it. lease is the token by which the principal has the case, nil where none is needed. It gives
// the case as it is then.
func (g *Gateway) actOnCase(ctx context.Context, p partner.Principal, action partner.Action, id uuid.UUID, lease *string, do func(*caseAction) error) (*CaseView, error) {
	var token uuid.UUID
	if lease != nil {
		var err error
		if token, err = uuid.Parse(*lease); err != nil {
			return nil, fmt.Errorf("%w: %.60q is no token of a lease", ErrInput, *lease)
		}
	}
	// What an answer is made of is read before, as nothing else is asked of the database while its rows are locked.
	answer, err := g.readCaseAnswer(ctx, id, action == partner.CaseDecide)
	if err != nil {
		return nil, err
	}
	var c caseq.Case
	var deliveries []uuid.UUID
	err = g.store.Update(ctx, func(tx Tx) error {
		var err error
		deliveries = nil
		if c, err = tx.LockCase(ctx, id); err != nil {
			return err
		}
		if lease != nil {
			if err := c.Holds(actor(p), token, tx.Now()); err != nil {
				return err
			}
		}
		a := &caseAction{c: &c, now: tx.Now(), before: c.Verdict(), detail: map[string]string{}, answer: answer}
		from := c.State
		if err := do(a); err != nil || len(a.entries) == 0 {
			return err
		}
		c.Revision++
		c.UpdatedAt = tx.Now()
		if c.State != from {
			a.detail["from"], a.detail["to"] = string(from), string(c.State)
		}
		deliveries, err = g.saveAct(ctx, tx, p, action, a)
		return err
	})
	if err != nil {
		return nil, caseError(err)
	}
	if len(deliveries) > 0 {
		g.wakeDeliveries(deliveries)
	}
	g.eventsWake.up()
	return g.wholeCase(ctx, p, &c)
}

// saveAct writes an act, and gives the deliveries that it brought about.
func (g *Gateway) saveAct(ctx context.Context, tx Tx, p partner.Principal, action partner.Action, a *caseAction) ([]uuid.UUID, error) {
	if err := tx.SaveCases(ctx, []*caseq.Case{a.c}); err != nil {
		return nil, err
	}
	if err := tx.AddCaseEntries(ctx, a.entries); err != nil {
		return nil, err
	}
	var events []outbox.Event
	for i := range a.entries {
		switch e := &a.entries[i]; e.What {
		case caseq.WhatDecided, caseq.WhatOutcome, caseq.WhatProposed, caseq.WhatRefused:
			events = append(events, caseEvent(a.c, e, transport.TraceID(ctx)))
		}
	}
	var deliveries []outbox.Delivery
	if a.took && a.answer != nil {
		told, brought, err := g.tellFiler(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		events, deliveries = append(events, told...), brought
	}
	row, err := g.row(ctx, p, action, object("case", a.c.ID), cargo.TrafficLive, a.detail)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, d := range deliveries {
		ids = append(ids, d.ID)
	}
	return ids, tx.Emit(ctx, events, deliveries, []audit.Row{row})
}

// DecideCase takes a step with a leased case (see caseq.Case.Decide), or answers the proposal of another: a step that takes
// two persons becomes a proposal first, and its lease is given up. ErrInput says that the step does not go from the state, or
// lacks a reason or a note; ErrConflict that the lease is not good, the revision not the one in force, or the proposal gone;
// partner.ErrDenied that who proposed would agree with himself. To answer a proposal takes a lease as well.
//
// In the same transaction the filer's status follows, with its event, the event for systems downstream, and where the
// message came as EDIFACT the answer to who filed it.
func (g *Gateway) DecideCase(ctx context.Context, p partner.Principal, id uuid.UUID, act CaseAct) (*CaseView, error) {
	if err := g.mayCase(p, partner.CaseDecide); err != nil {
		return nil, err
	}
	return g.actOnCase(ctx, p, partner.CaseDecide, id, &act.Lease, func(a *caseAction) error {
		if act.Revision != 0 && act.Revision != a.c.Revision {
			return fmt.Errorf("%w: case %s is at revision %d, not at %d", ErrConflict, caseNumber(a.c), a.c.Revision, act.Revision)
		}
		was := a.c.Proposal
		took, lines, err := a.c.Decide(caseq.Act{Who: actor(p), To: act.To, Reason: act.Reason, Note: act.Note, Agree: act.Agree, Refuse: act.Refuse},
			g.casePairs, a.now)
		if err != nil {
			return err
		}
		a.entries, a.took = lines, took && a.c.State.Decided()
		a.detail["reason"] = act.Reason
		switch {
		case act.Agree, act.Refuse:
			a.detail["reason"], a.detail["proposed"] = was.Reason, string(was.To)
			a.detail["answer"] = map[bool]string{true: "agreed", false: "refused"}[act.Agree]
		case !took:
			a.detail["proposed"] = string(act.To)
		}
		return nil
	})
}

// NoteCase adds a note to the history of a leased case.
func (g *Gateway) NoteCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease, note string) (*CaseView, error) {
	if err := g.mayCase(p, partner.CaseNote); err != nil {
		return nil, err
	}
	return g.actOnCase(ctx, p, partner.CaseNote, id, &lease, func(a *caseAction) (err error) {
		a.entries, err = a.c.Note(actor(p), note, a.now)
		return err
	})
}

// OutcomeCase records what was found. It needs a decision before it; By, At and Source of f are set here.
func (g *Gateway) OutcomeCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string, f caseq.Finding) (*CaseView, error) {
	if err := g.mayCase(p, partner.CaseOutcome); err != nil {
		return nil, err
	}
	f.By, f.Source = actor(p), "api"
	return g.actOnCase(ctx, p, partner.CaseOutcome, id, &lease, func(a *caseAction) (err error) {
		a.entries, err = a.c.Record(f, a.now)
		a.detail["result"] = f.Result
		return err
	})
}

// statusEvent tells the filer what became of its consignment.
func statusEvent(row *ConsignmentRow, was, is string, at time.Time, trace string) (outbox.Event, error) {
	data, err := json.Marshal(struct {
		Consignment uuid.UUID `json:"consignment"`
		Message     uuid.UUID `json:"message"`
		Number      string    `json:"number,omitempty"`
		Was         string    `json:"was"`
		Status      string    `json:"status"`
	}{row.ID, row.Receipt, row.Number, was, is})
	if err != nil {
		return outbox.Event{}, fmt.Errorf("gateway: event of consignment %s: %w", row.ID, err)
	}
	return outbox.Event{ID: newID(), Type: outbox.TypeConsignment, Subject: "consignment/" + row.ID.String(), Mode: string(row.Mode), Partner: row.Partner,
		Filer: row.Filer, At: at, Data: string(data), TraceID: trace}, nil
}
