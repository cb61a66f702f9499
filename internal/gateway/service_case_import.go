package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// What became of a line of an import.
const (
	OutcomeRecorded = "recorded"
	OutcomeAlready  = "already" // it is recorded with the same result
	OutcomeNoCase   = "no_case" // nothing matches bill, equipment and date
	OutcomeSeveral  = "several" // more than one case does
	OutcomeInvalid  = "invalid" // the line cannot be recorded: see Error
)

// Bounds of an import.
const (
	maxOutcomeLines = 10_000
	maxSourceName   = 100
	// An examination belongs to a case that was opened by the end of the day after it, and that was opened or due at most so
	// long before it: a container comes again with other goods.
	outcomeWindow = 60 * 24 * time.Hour
)

// ImportOutcomes records outcomes that another system kept, each matched on container or ULD, bill and date with one case; no
// lease is needed. What is recorded already with the same result is told so, and is not recorded twice. Each line is a
// transaction of its own: what a fault of one line leaves out is in its report, and an error says that the lines without a
// report were not looked at. source names the file for the history.
func (g *Gateway) ImportOutcomes(ctx context.Context, p partner.Principal, source string, lines []OutcomeLine) ([]OutcomeReport, error) {
	if err := g.mayCase(p, partner.CaseImport); err != nil {
		return nil, err
	}
	if len(lines) > maxOutcomeLines {
		return nil, fmt.Errorf("%w: %d lines, at most %d are taken at once", ErrInput, len(lines), maxOutcomeLines)
	}
	source = plain(strings.TrimSpace(source), maxSourceName)
	if source == "" {
		return nil, fmt.Errorf("%w: the import has no name", ErrInput)
	}
	now, err := g.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]OutcomeReport, 0, len(lines))
	for i := range lines {
		report, err := g.importOutcome(ctx, p, source, &lines[i], now)
		if err != nil {
			return out, fmt.Errorf("line %d: %w", lines[i].Line, err)
		}
		out = append(out, report)
	}
	return out, nil
}

// importOutcome records one line. What is wrong with the line is in the report.
func (g *Gateway) importOutcome(ctx context.Context, p partner.Principal, source string, l *OutcomeLine, now time.Time) (OutcomeReport, error) {
	report := OutcomeReport{Line: l.Line}
	f := caseq.Finding{Result: l.Result, Family: l.Family, Note: l.Note, On: l.On, By: actor(p), Source: "import:" + source}
	match, err := l.match()
	if err == nil {
		err = f.Check(now)
	}
	if err != nil {
		report.State, report.Error = OutcomeInvalid, reasonOf(err)
		return report, nil
	}
	ids, err := g.store.MatchCases(ctx, match)
	switch {
	case err != nil:
		return report, err
	case len(ids) == 0:
		report.State = OutcomeNoCase
		return report, nil
	case len(ids) > 1:
		report.State = OutcomeSeveral
		return report, nil
	}
	report.Case = ids[0]
	report.State, err = g.recordOutcome(ctx, p, ids[0], f)
	if errors.Is(err, ErrInput) {
		report.State, report.Error, err = OutcomeInvalid, reasonOf(err), nil
	}
	return report, err
}

// reasonOf gives an error without the names of packages before it.
func reasonOf(err error) string {
	text := err.Error()
	for _, prefix := range []string{ErrInput.Error(), caseq.ErrStep.Error()} {
		text = strings.TrimPrefix(text, prefix+": ")
	}
	return text
}

// match gives what a line is matched on.
func (l *OutcomeLine) match() (CaseMatch, error) {
	m := CaseMatch{BillKey: billKey(l.Bill), Equipment: upperNumber(l.Equipment, maxText), Limit: 2}
	if m.BillKey == "" && m.Equipment == "" {
		return m, fmt.Errorf("%w: neither a bill nor a piece of equipment", ErrInput)
	}
	on, err := time.Parse(time.DateOnly, l.On)
	if err != nil {
		return m, fmt.Errorf("%w: %q is no day in the form YYYY-MM-DD", ErrInput, l.On)
	}
	m.From, m.To = on.Add(-outcomeWindow), on.AddDate(0, 0, 2)
	return m, nil
}

// recordOutcome records a finding with a case that nobody needs to have leased.
func (g *Gateway) recordOutcome(ctx context.Context, p partner.Principal, id uuid.UUID, f caseq.Finding) (state string, err error) {
	err = g.store.Update(ctx, func(tx Tx) error {
		c, err := tx.LockCase(ctx, id)
		if err != nil {
			return err
		}
		if c.Outcome.Same(&f) {
			state = OutcomeAlready
			return nil
		}
		state = OutcomeRecorded
		lines, err := c.Record(f, tx.Now())
		if err != nil {
			return err
		}
		c.Revision++
		c.UpdatedAt = tx.Now()
		if err := tx.SaveCases(ctx, []*caseq.Case{&c}); err != nil {
			return err
		}
		if err := tx.AddCaseEntries(ctx, lines); err != nil {
			return err
		}
		row, err := g.row(ctx, p, partner.CaseImport, object("case", id), cargo.TrafficLive, map[string]string{"result": f.Result})
		if err != nil {
			return err
		}
		var events []outbox.Event
		for i := range lines {
			events = append(events, caseEvent(&c, &lines[i], transport.TraceID(ctx)))
		}
		return tx.Emit(ctx, events, nil, []audit.Row{row})
	})
	if err != nil {
		return "", caseError(err)
	}
	g.eventsWake.up()
	return state, nil
}
