package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
	"cargogate/internal/outbox"
)

// bringCases brings the cases of bills in line with what is on file, and gives how many of them were opened, updated and
// so on, by the words of their histories.
func (g *Gateway) bringCases(ctx context.Context, tx Tx, bills []string, traces map[string]string) (map[string]int, error) {
	if len(bills) == 0 {
		return nil, nil
	}
	files, err := tx.CaseFiles(ctx, bills, !g.opts.CaseSkipUnassessable)
	if err != nil {
		return nil, fmt.Errorf("gateway: what is on file of %d bills: %w", len(bills), err)
	}
	calls, err := tx.CallNumbers(ctx, callsOf(files))
	if err != nil {
		return nil, fmt.Errorf("gateway: numbers of calls: %w", err)
	}
	var cases []*caseq.Case
	var entries [][]caseq.Entry // of each
	for i := range files {
		f := &files[i]
		v := g.versionOf(ctx, f, calls)
		if v == nil {
			continue
		}
		c, lines := f.Case, []caseq.Entry(nil)
		if c == nil {
			c, lines = caseq.Open(newID(), v, tx.Now())
		} else if lines = c.Follow(v, f.Flagged, g.opts.CaseReopenStep, tx.Now()); len(lines) > 0 {
			c.Revision++
			c.UpdatedAt = tx.Now()
		}
		if len(lines) > 0 {
			cases, entries = append(cases, c), append(entries, lines)
		}
	}
	if len(cases) == 0 {
		return nil, nil
	}
	if err := tx.SaveCases(ctx, cases); err != nil {
		return nil, fmt.Errorf("gateway: %d cases cannot be saved: %w", len(cases), err)
	}
	told := map[string]int{}
	var events []outbox.Event
	for i, c := range cases {
		for _, e := range entries[i] {
			told[e.What]++
			events = append(events, caseEvent(c, &e, traces[c.BillKey]))
		}
	}
	if err := tx.AddCaseEntries(ctx, slices.Concat(entries...)); err != nil {
		return nil, fmt.Errorf("gateway: histories of cases: %w", err)
	}
	return told, tx.Emit(ctx, events, nil, nil)
}

// callsOf gives the calls that some rows name, distinct.
func callsOf(files []CaseFile) []uuid.UUID {
	var out []uuid.UUID
	for i := range files {
		for j := range files[i].Versions {
			if id := files[i].Versions[j].Call; id != uuid.Nil {
				out = append(out, id)
			}
		}
	}
	slices.SortFunc(out, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(out)
}

// headOf gives the row that counts of the newest of each state, nil where there is none: the accepted one, or where there
// is none the newest that was superseded or cancelled. A refused one that came later counts where it would be selected with
// more points, or where nothing else is on file: a refusal never hides cargo.
func headOf(rows []ConsignmentRow) *ConsignmentRow {
	newer := func(a, b *ConsignmentRow) bool {
		return b == nil || a != nil && (b.Order.Less(a.Order) || a.Order == b.Order && a.Ordinal > b.Ordinal)
	}
	var accepted, gone, refused *ConsignmentRow
	for i := range rows {
		switch c := &rows[i]; c.State {
		case ConsignmentAccepted:
			accepted = c
		case ConsignmentUnaccepted:
			refused = c
		default:
			if newer(c, gone) {
				gone = c
			}
		}
	}
	head := accepted
	if head == nil {
		head = gone
	}
	if refused != nil && newer(refused, head) &&
		(head == nil || refused.Score.Selected && (head.State != ConsignmentAccepted || refused.Score.Points > head.Score.Points)) {
		head = refused
	}
	return head
}

// versionOf gives the version of a file that counts, nil where there is none.
func (g *Gateway) versionOf(ctx context.Context, f *CaseFile, calls map[uuid.UUID]string) *caseq.Version {
	c := headOf(f.Versions)
	if c == nil {
		return nil
	}
	s := &c.Score
	v := &caseq.Version{
		Consignment: c.ID, Receipt: c.Receipt, BillKey: f.BillKey, DocumentKey: c.DocumentKey, Bill: c.Number, Partner: c.Partner, Filer: f.Filer,
		Call: c.Call, Port: c.Port, Cargo: c.State, Due: c.ETA.UTC(), Points: s.Points, Assessable: s.Assessable || !s.Done,
		Flagged: s.Done && (s.Selected || !s.Assessable && !g.opts.CaseSkipUnassessable),
	}
	if c.ETA.IsZero() {
		v.Due = time.Time{}
	}
	v.Base = caseq.Base(v.Points, g.caseThreshold(), v.Assessable)
	if s.Done {
		score, err := g.replays.replay(ctx, s.Blob)
		if err != nil { // the case is worth more than its reasons
			g.log.Error("a score cannot be replayed for its case", "consignment", c.ID, "error", err)
		} else {
			v.Band = score.Band
			for i := range score.Reasons {
				v.Reasons = append(v.Reasons, caseq.Reason{Indicator: score.Reasons[i].Rule.ID, Points: score.Reasons[i].Rule.Points})
			}
		}
	}
	groups, err := groupsOf(c, calls[c.Call])
	if err != nil {
		g.log.Error("a record cannot be read for its case", "consignment", c.ID, "error", err)
	}
	v.Groups = groups
	return v
}

// caseThreshold gives the points that select a consignment by the rules in force.
func (g *Gateway) caseThreshold() int {
	if g.assessors == nil {
		return 0
	}
	return g.assessors.engine.Rules().Threshold
}

// Limits of what a case is grouped by.
const maxCaseEquipment = 20

// recordNames is what of a record cases are grouped by.
type recordNames struct {
	Documents []struct {
		Kind string `json:"kind"`
	} `json:"documents"`
	Parties []struct {
		Role string `json:"role"`
		Name string `json:"name"`
	} `json:"parties"`
	Equipment []struct {
		ID string `json:"id"`
	} `json:"equipment"`
}

func readNames(packed []byte) (r recordNames, err error) {
	b, err := unpackJSON(packed)
	if err == nil && len(b) > 0 {
		err = json.Unmarshal(b, &r)
	}
	return r, err
}

// groupsOf gives what a consignment has in common with others. call is the number of its call, "" where there is none.
func groupsOf(c *ConsignmentRow, call string) ([]caseq.Group, error) {
	var out []caseq.Group
	if call != "" {
		out = append(out, caseq.Group{Kind: caseq.GroupCall, Value: call})
	}
	names, err := readNames(c.Record)
	for _, e := range names.Equipment {
		g := caseq.Group{Kind: caseq.GroupEquipment, Value: upperNumber(e.ID, maxText)}
		if g.Value != "" && !slices.Contains(out, g) && len(out) < maxCaseEquipment+1 {
			out = append(out, g)
		}
	}
	for _, p := range names.Parties {
		if name := groupText(p.Name); p.Role == "consignee" && name != "" {
			out = append(out, caseq.Group{Kind: caseq.GroupParty, Value: name})
			break
		}
	}
	slices.SortFunc(out, caseq.CompareGroups)
	return out, err
}

// groupText gives a value of a group as cases hold it: in capital letters, with single spaces.
func groupText(s string) string {
	return plain(strings.Join(strings.Fields(strings.ToUpper(s)), " "), maxText)
}

// caseData is the data of events of cases: ids, points, state, and what a system downstream finds the goods by: bill and
// equipment. There is nothing of persons.
type caseData struct {
	Case        uuid.UUID   `json:"case"`
	Number      string      `json:"number"`
	Bill        string      `json:"bill,omitempty"`
	Equipment   []string    `json:"equipment,omitempty"`
	Revision    int64       `json:"revision"`
	State       caseq.State `json:"state"`
	Was         caseq.State `json:"was,omitempty"`
	Points      int         `json:"points"`
	Band        string      `json:"band,omitempty"`
	Assessable  bool        `json:"assessable"`
	Consignment string      `json:"consignment,omitempty"`
	Message     uuid.UUID   `json:"message"`
	Port        string      `json:"port,omitempty"`
	Cargo       string      `json:"cargo"`
	Due         *time.Time  `json:"due,omitempty"`
	What        string      `json:"what"` // the word of the history
	Reason      string      `json:"reason,omitempty"`
	Family      string      `json:"family,omitempty"` // of an outcome
	Reopened    int         `json:"reopened,omitempty"`
}

// caseEvent tells of one line of a case's history. The case is as it stands after it.
func caseEvent(c *caseq.Case, e *caseq.Entry, trace string) outbox.Event {
	d := caseData{Case: c.ID, Number: caseNumber(c), Revision: c.Revision, State: c.State, Was: e.From, Points: c.Points, Band: c.Band, Assessable: c.Assessable,
		Message: c.Receipt, Port: c.Port, Cargo: c.Cargo, What: e.What, Reason: e.Reason, Reopened: c.Reopened}
	d.Bill = c.Bill
	for _, g := range c.Groups {
		if g.Kind == caseq.GroupEquipment {
			d.Equipment = append(d.Equipment, g.Value)
		}
	}
	if c.Consignment != uuid.Nil {
		d.Consignment = c.Consignment.String()
	}
	if !c.Due.IsZero() {
		d.Due = &c.Due
	}
	kind := outbox.TypeCaseUpdated
	switch {
	case e.What == caseq.WhatOpened:
		kind = outbox.TypeCaseOpened
	case e.What == caseq.WhatReopened:
		kind = outbox.TypeCaseReopened
	case e.What == caseq.WhatOutcome:
		kind = outbox.TypeCaseOutcome
		if c.Outcome != nil {
			d.Family = c.Outcome.Family
		}
	case e.To == caseq.Closed:
		kind = outbox.TypeCaseClosed
	case e.What == caseq.WhatDecided:
		kind = outbox.TypeCaseDecided
	}
	return outbox.Event{ID: newID(), Type: kind, Subject: "case/" + c.ID.String(), Mode: "live", At: e.At, Data: toJSON(d), TraceID: trace}
}

// caseNumber gives the number of a case for people: the year in which it was opened, and its count.
func caseNumber(c *caseq.Case) string {
	return fmt.Sprintf("%02d-%06d", c.OpenedAt.UTC().Year()%100, c.Number)
}
