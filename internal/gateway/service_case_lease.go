package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/partner"
)

// pulled are the states of cases that are handed out to who asks for any: those that wait for a decision.
var pulled = []caseq.State{caseq.New, caseq.Assigned, caseq.InReview}

// LeaseCases leases at most max cases (0 is 1) that nobody has, of those that q chooses, the most urgent first, for d (0 is
// five minutes): nobody else gets them until then, however many ask at once. Where q names no states these are the cases that
// wait for a decision; Mine, Limit and After are left aside. A case whose proposed step waits for a second person comes to
// another than who proposed it. A page without items says that there is nothing to be had. Each comes with its consignment
// and the token of its lease.
func (g *Gateway) LeaseCases(ctx context.Context, p partner.Principal, max int, d time.Duration, q CaseQuery) (Page[*CaseView], error) {
	empty := Page[*CaseView]{Items: []*CaseView{}}
	if err := g.mayCase(p, partner.CaseLease); err != nil {
		return empty, err
	}
	switch {
	case max == 0:
		max = 1
	case max < 0 || max > caseLeaseMost:
		return empty, fmt.Errorf("%w: from 1 to %d cases are leased at once, not %d", ErrInput, caseLeaseMost, max)
	}
	d, err := leaseTime(d)
	if err != nil {
		return empty, err
	}
	pick := CasePick{Who: actor(p), States: q.States, Limit: max}
	if pick.Group, pick.Port, err = q.narrow(); err != nil {
		return empty, err
	}
	if len(pick.States) == 0 {
		pick.States = pulled
	}
	for _, s := range pick.States {
		if !s.Valid() || s == caseq.Closed {
			return empty, fmt.Errorf("%w: cases in the state %q are not leased", ErrInput, s)
		}
	}
	var cases []caseq.Case
	err = g.store.Update(ctx, func(tx Tx) error {
		pick.Now = tx.Now()
		var err error
		if cases, err = tx.PickCases(ctx, pick); err != nil || len(cases) == 0 {
			return err
		}
		var saved []*caseq.Case
		var entries []caseq.Entry
		var rows []audit.Row
		for i := range cases {
			c := &cases[i]
			lines, err := c.Take(pick.Who, newLease(), tx.Now().Add(d), tx.Now())
			if err != nil {
				return err
			}
			row, err := g.row(ctx, p, partner.CaseLease, object("case", c.ID), cargo.TrafficLive, map[string]string{"until": c.LeaseUntil.Format(time.RFC3339)})
			if err != nil {
				return err
			}
			c.Revision++
			c.UpdatedAt = tx.Now()
			saved, entries, rows = append(saved, c), append(entries, lines...), append(rows, row)
		}
		if err := tx.SaveCases(ctx, saved); err != nil {
			return err
		}
		if err := tx.AddCaseEntries(ctx, entries); err != nil {
			return err
		}
		return tx.Emit(ctx, nil, nil, rows)
	})
	if err != nil {
		return empty, caseError(err)
	}
	views, err := g.caseViews(ctx, p, cases, true)
	if err != nil {
		return empty, err
	}
	return Page[*CaseView]{Items: views}, nil
}

// newLease makes a token. It is no time, and nobody guesses it.
func newLease() uuid.UUID { return uuid.New() }

// LeaseCase leases a chosen case, in whatever state it is as long as it is open, for d. It is ErrConflict where another has
// it; who has it already gets a new token, and the earlier one is no longer good.
func (g *Gateway) LeaseCase(ctx context.Context, p partner.Principal, id uuid.UUID, d time.Duration) (*CaseView, error) {
	if err := g.mayCase(p, partner.CaseLease); err != nil {
		return nil, err
	}
	d, err := leaseTime(d)
	if err != nil {
		return nil, err
	}
	return g.actOnCase(ctx, p, partner.CaseLease, id, nil, func(a *caseAction) error {
		lines, err := a.c.Take(actor(p), newLease(), a.now.Add(d), a.now)
		a.entries, a.detail["until"] = lines, a.c.LeaseUntil.Format(time.RFC3339)
		return err
	})
}

// ExtendCase makes a lease last until d from now. It is ErrConflict where the lease is over or not the principal's.
func (g *Gateway) ExtendCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string, d time.Duration) (*CaseView, error) {
	if err := g.mayCase(p, partner.CaseLease); err != nil {
		return nil, err
	}
	d, err := leaseTime(d)
	if err != nil {
		return nil, err
	}
	return g.actOnCase(ctx, p, partner.CaseLease, id, &lease, func(a *caseAction) error {
		a.entries, a.detail["until"] = a.c.Extend(a.now.Add(d), a.now), a.now.Add(d).Format(time.RFC3339)
		return nil
	})
}

// ReturnCase gives a lease back before its time: the case is there for others at once, new again where it was only taken,
// else in the state that it has.
func (g *Gateway) ReturnCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string) (*CaseView, error) {
	if err := g.mayCase(p, partner.CaseLease); err != nil {
		return nil, err
	}
	return g.actOnCase(ctx, p, partner.CaseLease, id, &lease, func(a *caseAction) error {
		a.entries, a.detail["returned"] = a.c.Return(a.now), "yes"
		return nil
	})
}
