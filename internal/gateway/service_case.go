package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/partner"
)

// ErrConflict says that what was asked rests on something that is no longer so: a lease that is over or another's, a case
// that was changed in between, a proposal that is not there any more.
var ErrConflict = errors.New("gateway: it has changed in between")

// Bounds of leases and of what is shown of a case.
const (
	caseLeaseDefault = 5 * time.Minute
	caseLeaseMin     = time.Second
	caseLeaseMax     = 24 * time.Hour
	caseLeaseMost    = 100 // cases leased at once
	caseHistoryMost  = 1000
)

// caseObject is what cases are to those who ask: all of them are of live traffic.
func caseObject() partner.Object { return partner.Object{Kind: "case", Mode: cargo.TrafficLive} }

// mayCase authorises what is done with cases.
func (g *Gateway) mayCase(p partner.Principal, a partner.Action) error {
	if err := g.may(p, a); err != nil {
		return err
	}
	if err := live(p); err != nil {
		return err
	}
	return g.allow(p, a, caseObject())
}

// actor names a principal as cases do: whoever it is, by whichever key.
func actor(p partner.Principal) string { return string(p.Kind) + ":" + p.ID }

// readPairs reads the steps that take two persons.
func readPairs(texts []string) ([]caseq.Pair, error) {
	if texts == nil {
		return caseq.DefaultPairs(), nil
	}
	out := make([]caseq.Pair, 0, len(texts))
	for _, text := range texts {
		p, err := caseq.ParsePair(text)
		if err != nil {
			return nil, fmt.Errorf("gateway: steps that take two persons: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
}

// caseError gives what went wrong with a case as callers know it.
func caseError(err error) error {
	switch {
	case errors.Is(err, caseq.ErrSelf):
		return fmt.Errorf("%w: %w", partner.ErrDenied, err)
	case errors.Is(err, caseq.ErrConflict), errors.Is(err, ErrFenced):
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case errors.Is(err, caseq.ErrStep):
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	return err
}

// list turns a query into what the store is asked.
func (q *CaseQuery) list(p partner.Principal, now time.Time) (CaseList, error) {
	l := CaseList{Now: now, States: q.States, After: q.After}
	var err error
	if l.Limit, err = pageLimit(q.Limit); err != nil {
		return l, err
	}
	for _, s := range q.States {
		if !s.Valid() {
			return l, fmt.Errorf("%w: there is no state %q", ErrInput, s)
		}
	}
	if slices.Contains(q.States, caseq.Closed) {
		if len(q.States) > 1 {
			return l, fmt.Errorf("%w: closed cases are listed by themselves, as they have another order", ErrInput)
		}
		l.Closed, l.States = true, nil
	}
	if l.Group, l.Port, err = q.narrow(); err != nil {
		return l, err
	}
	if q.Mine {
		l.Assignee = actor(p)
	}
	return l, nil
}

// narrow gives group and port as cases hold them.
func (q *CaseQuery) narrow() (group, port string, err error) {
	if q.Group != "" {
		kind, value, ok := strings.Cut(q.Group, ":")
		if !ok || !slices.Contains([]string{caseq.GroupEquipment, caseq.GroupCall, caseq.GroupParty}, kind) || strings.TrimSpace(value) == "" {
			return "", "", fmt.Errorf("%w: %q is no group: equipment:, call: or party: and a value", ErrInput, q.Group)
		}
		if kind == caseq.GroupEquipment {
			value = upperNumber(value, maxText)
		}
		group = caseq.Group{Kind: kind, Value: groupText(value)}.Key()
	}
	if q.Port != "" {
		if port = portOf(q.Port); port == "" || strings.Trim(port, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return "", "", fmt.Errorf("%w: %q is no UN/LOCODE", ErrInput, q.Port)
		}
	}
	return group, port, nil
}

// Cases lists cases, the most urgent first (see caseq.Less), or closed ones newest first; closed ones are listed by
// themselves. Who has the lease of one sees its token; consignments and history are left out.
func (g *Gateway) Cases(ctx context.Context, p partner.Principal, q CaseQuery) (Page[*CaseView], error) {
	empty := Page[*CaseView]{Items: []*CaseView{}}
	if err := g.mayCase(p, partner.CaseList); err != nil {
		return empty, err
	}
	now, err := g.store.Now(ctx)
	if err != nil {
		return empty, err
	}
	l, err := q.list(p, now)
	if err != nil {
		return empty, err
	}
	cases, next, err := g.store.Cases(ctx, l)
	if err != nil {
		return empty, err
	}
	views, err := g.caseViews(ctx, p, cases, false)
	if err != nil {
		return empty, err
	}
	if err := g.reads(ctx, p, partner.CaseList, "", cargo.TrafficLive, map[string]int{"count": len(views)}); err != nil {
		return empty, err
	}
	return Page[*CaseView]{Items: views, Next: next}, nil
}

// Case gives one, with its consignment (none where its message was purged), reasons and history, of which the newest 1,000
// lines are shown.
func (g *Gateway) Case(ctx context.Context, p partner.Principal, id uuid.UUID) (*CaseView, error) {
	if err := g.mayCase(p, partner.CaseRead); err != nil {
		return nil, err
	}
	c, err := g.store.CaseByID(ctx, id)
	if err != nil {
		return nil, err
	}
	v, err := g.wholeCase(ctx, p, &c)
	if err != nil {
		return nil, err
	}
	if err := g.reads(ctx, p, partner.CaseRead, object("case", id), cargo.TrafficLive, nil); err != nil {
		return nil, err
	}
	return v, nil
}

// wholeCase gives the view of one case with all there is of it.
func (g *Gateway) wholeCase(ctx context.Context, p partner.Principal, c *caseq.Case) (*CaseView, error) {
	views, err := g.caseViews(ctx, p, []caseq.Case{*c}, true)
	if err != nil {
		return nil, err
	}
	v := views[0]
	v.History, err = g.store.CaseHistory(ctx, c.ID, caseHistoryMost)
	return v, err
}

// caseViews gives cases as the API shows them; with cargo each has its consignment where that is there.
func (g *Gateway) caseViews(ctx context.Context, p partner.Principal, cases []caseq.Case, withCargo bool) ([]*CaseView, error) {
	views := make([]*CaseView, 0, len(cases))
	ids := make([]uuid.UUID, 0, len(cases))
	for i := range cases {
		if id := cases[i].Consignment; id != uuid.Nil {
			ids = append(ids, id)
		}
	}
	rows, err := g.store.ConsignmentsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]*ConsignmentRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	for i := range cases {
		v := caseView(p, &cases[i])
		if row := byID[cases[i].Consignment]; row != nil {
			err := g.addCargo(ctx, p, v, row, withCargo)
			switch {
			case errors.Is(err, ErrUnavailable), ctx.Err() != nil:
				return nil, errors.Join(err, ctx.Err())
			case err != nil: // the case is worked on all the same, by what it says itself
				g.log.Error("a case is shown without its consignment", "case", v.Number, "consignment", row.ID, "error", err)
			}
		}
		views = append(views, v)
	}
	return views, nil
}

// addCargo adds what the consignment of a case says: the reasons of its score, and itself where it is wanted.
func (g *Gateway) addCargo(ctx context.Context, p partner.Principal, v *CaseView, row *ConsignmentRow, whole bool) error {
	if row.Score.Done {
		score, err := g.replays.replay(ctx, row.Score.Blob)
		if err != nil {
			return fmt.Errorf("score of consignment %s: %w", row.ID, err)
		}
		if score.Points == v.Points { // else the consumer is about to bring the case in line
			var parts struct {
				Families json.RawMessage `json:"families"`
				Reasons  json.RawMessage `json:"reasons"`
				Versions json.RawMessage `json:"versions"`
			}
			if err := json.Unmarshal(score.AppendView(nil), &parts); err != nil {
				return fmt.Errorf("score of consignment %s: %w", row.ID, err)
			}
			v.Families, v.Reasons, v.Versions = parts.Families, parts.Reasons, parts.Versions
		}
	}
	if !whole {
		return nil
	}
	var err error
	v.Consignment, err = g.consignmentView(ctx, p, row)
	return err
}

// caseView gives a case with what it knows by itself. The token of its lease is shown to who has it alone.
func caseView(p partner.Principal, c *caseq.Case) *CaseView {
	v := &CaseView{ID: c.ID, Number: caseNumber(c), Revision: c.Revision, Bill: c.Bill, Port: c.Port, State: c.State, Assignee: c.Assignee, Points: c.Points, Band: c.Band,
		Assessable: c.Assessable, Groups: c.Groups, Message: c.Receipt, Cargo: c.Cargo, Decision: c.Decision, Proposal: c.Proposal, Outcome: c.Outcome,
		Reopened: c.Reopened, OpenedAt: c.OpenedAt, UpdatedAt: c.UpdatedAt, Reasons: json.RawMessage("[]")}
	if c.Groups == nil {
		v.Groups = []caseq.Group{}
	}
	if len(c.Reasons) > 0 {
		v.Reasons = json.RawMessage(toJSON(c.Reasons))
	}
	if c.Lease != uuid.Nil {
		v.LeaseUntil = &c.LeaseUntil
		if c.Assignee == actor(p) {
			v.Lease = c.Lease.String()
		}
	}
	if !c.Due.IsZero() {
		v.Due = &c.Due
	}
	if !c.ClosedAt.IsZero() {
		v.ClosedAt = &c.ClosedAt
	}
	return v
}

// leaseTime gives how long a lease is to last.
func leaseTime(d time.Duration) (time.Duration, error) {
	switch {
	case d == 0:
		return caseLeaseDefault, nil
	case d < caseLeaseMin || d > caseLeaseMax:
		return 0, fmt.Errorf("%w: a lease lasts from %s to %s, not %s", ErrInput, caseLeaseMin, caseLeaseMax, d)
	}
	return d, nil
}
