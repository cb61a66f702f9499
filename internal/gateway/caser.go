package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cargogate/internal/outbox"
)

// The caser follows the events of settled messages as far as links and scores are made, and opens, updates and reopens
// cases. What it does with a bill follows from what is on file of it then, so that any order of settling ends in the same
// open cases; two casers at once do the same work, and only one of them moves the cursor. Test traffic gets no case.
const (
	caserCursor = "caser"
	caserSource = linkerCursor // it goes only as far as this consumer has
	caseEvents  = 200          // read at a time
	caseBills   = 500          // looked at in one transaction
)

// runCaser follows events until ctx is done.
func (g *Gateway) runCaser(ctx context.Context) {
	pause := pauseFirst
	for ctx.Err() == nil {
		n, err := g.followCases(ctx)
		switch {
		case errors.Is(err, ErrFenced): // another was here first
			sleep(ctx, pauseFirst)
		case err != nil:
			if ctx.Err() == nil {
				g.log.Warn("cases cannot be opened", "error", err)
			}
			sleep(ctx, pause)
			pause = min(2*pause, pauseMax)
		case n == 0:
			pause = pauseFirst
			g.caseWake.sleep(ctx, g.opts.CaseEvery)
		default:
			pause = pauseFirst
			if n < caseEvents {
				sleep(ctx, gatherEvents)
			}
		}
	}
}

// followCases does the next events, and gives how many it went over.
func (g *Gateway) followCases(ctx context.Context) (int, error) {
	from, err := g.store.Cursor(ctx, caserCursor)
	if err != nil {
		return 0, fmt.Errorf("gateway: cursor of the caser: %w", err)
	}
	last, err := g.store.Cursor(ctx, caserSource) // asked for before the events, which are all there up to it
	if err != nil {
		return 0, fmt.Errorf("gateway: cursor %s: %w", caserSource, err)
	}
	if last <= from {
		return 0, nil
	}
	events, err := g.store.Events(ctx, outbox.Query{After: from, Limit: caseEvents, Types: []string{outbox.TypeSettled}, Mode: "live"})
	if err != nil {
		return 0, fmt.Errorf("gateway: events for the caser: %w", err)
	}
	whole := len(events) < caseEvents // all there are
	if i := slices.IndexFunc(events, func(e outbox.Event) bool { return e.Position > last }); i >= 0 {
		events, whole = events[:i], true
	}
	seen := len(events)
	after := ""
	for len(events) > 0 {
		step, err := g.caseChunk(ctx, events, after, from)
		if err != nil {
			return 0, err
		}
		events, after, from = events[step.done:], step.after, step.at
		if step.changed > 0 {
			g.eventsWake.up()
		}
	}
	if whole && from < last { // the others up to there are not ours
		if err := g.store.Update(ctx, func(tx Tx) error { return tx.SetCursor(ctx, caserCursor, from, last) }); err != nil {
			return 0, err
		}
	}
	return seen, nil
}

// caseChunk looks at bills of as many of the events as fit into one transaction, and moves the cursor over those that are
// done with. after is the last bill of the first event that an earlier chunk did.
func (g *Gateway) caseChunk(ctx context.Context, events []outbox.Event, after string, from int64) (linkStep, error) {
	var step linkStep
	var told map[string]int
	err := g.store.Update(ctx, func(tx Tx) error {
		step = linkStep{after: after, at: from} // f may be run again
		left := caseBills
		var bills []string
		traces := map[string]string{} // of bills
		for _, e := range events {
			if left == 0 {
				break
			}
			receipt, err := subjectReceipt(e.Subject)
			if err != nil {
				g.log.Error("an event names no message", "event", e.ID, "position", e.Position, "subject", e.Subject, "error", err)
				step.done, step.after, step.at = step.done+1, "", e.Position
				continue
			}
			page, err := tx.BillPage(ctx, receipt, step.after, left)
			if err != nil {
				return fmt.Errorf("gateway: bills of message %s: %w", receipt, err)
			}
			bills = append(bills, page...)
			for _, bill := range page {
				traces[bill] = e.TraceID
			}
			if len(page) == left { // there may be more of this one
				step.after = page[len(page)-1]
				break
			}
			left -= len(page)
			step.done, step.after, step.at = step.done+1, "", e.Position
		}
		slices.Sort(bills)
		var err error
		if told, err = g.bringCases(ctx, tx, slices.Compact(bills), traces); err != nil {
			return err
		}
		if step.at == from {
			return nil
		}
		return tx.SetCursor(ctx, caserCursor, from, step.at)
	})
	if err != nil {
		return linkStep{}, err
	}
	for what, n := range told {
		step.changed += n
		g.metrics.cases.WithLabelValues(what).Add(float64(n))
	}
	return step, nil
}

// caseLag gives how many events the caser has not done.
func (g *Gateway) caseLag(ctx context.Context, last int64) (int64, error) {
	at, err := g.store.Cursor(ctx, caserCursor)
	return max(last-at, 0), err
}
