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
	"cargogate/internal/outbox"
)

// The linker follows the events of settled messages and makes the links between masters and houses what the visible
// consignments say. It goes by their positions, so it comes to the same whatever order nodes settled in; two linkers at
// once do the same work, and only one of them moves the cursor.
const (
	linkerCursor = "linker"
	linkEvents   = 200 // read at a time
	linkBills    = 500 // relinked in one transaction
)

// gatherEvents is how long the numbering of events and the linker let some gather after they had work, where that was
// less than they do at once.
const gatherEvents = 20 * time.Millisecond

// A linkStep is how far one transaction of the linker came.
type linkStep struct {
	done    int    // events whose bills are all done
	after   string // of the next event, the last bill that is done
	changed int
	at      int64 // where the cursor is now
}

// runLinker follows events until ctx is done.
func (g *Gateway) runLinker(ctx context.Context) {
	pause := pauseFirst
	for ctx.Err() == nil {
		n, err := g.link(ctx)
		switch {
		case errors.Is(err, ErrFenced): // another linker was here first; it is asked where it is
			sleep(ctx, pauseFirst)
		case err != nil:
			if ctx.Err() == nil {
				g.log.Warn("links cannot be made", "error", err)
			}
			sleep(ctx, pause)
			pause = min(2*pause, pauseMax)
		case n == 0:
			pause = pauseFirst
			g.linkWake.sleep(ctx, g.opts.LinkEvery)
		default:
			pause = pauseFirst
			if n < linkEvents {
				sleep(ctx, gatherEvents)
			}
		}
	}
}

// link does the next events, and gives how many it went over.
func (g *Gateway) link(ctx context.Context) (int, error) {
	from, err := g.store.Cursor(ctx, linkerCursor)
	if err != nil {
		return 0, fmt.Errorf("gateway: cursor of the linker: %w", err)
	}
	// Asked for before the events, so that all positions up to it are in what is read then.
	last, err := g.store.LastPosition(ctx)
	if err != nil {
		return 0, fmt.Errorf("gateway: last position: %w", err)
	}
	if last <= from {
		return 0, nil
	}
	events, err := g.store.Events(ctx, outbox.Query{After: from, Limit: linkEvents, Types: []string{outbox.TypeSettled}})
	if err != nil {
		return 0, fmt.Errorf("gateway: events for the linker: %w", err)
	}
	if len(events) == 0 { // only others, for instance those that the linker makes itself
		return 0, g.store.Update(ctx, func(tx Tx) error { return tx.SetCursor(ctx, linkerCursor, from, last) })
	}
	seen := len(events)
	after := ""
	for len(events) > 0 {
		step, err := g.linkChunk(ctx, events, after, from)
		if err != nil {
			return 0, err
		}
		events, after, from = events[step.done:], step.after, step.at
		g.metrics.relinked.Add(float64(step.changed))
		if step.changed > 0 {
			g.eventsWake.up()
		}
	}
	g.caseWake.up()
	return seen, nil
}

// linkChunk relinks bills of as many of the events as fit into one transaction, and moves the cursor over those that
// are done with. after is the last bill of the first event that an earlier chunk did.
func (g *Gateway) linkChunk(ctx context.Context, events []outbox.Event, after string, from int64) (linkStep, error) {
	var step linkStep
	err := g.store.Update(ctx, func(tx Tx) error {
		step = linkStep{after: after, at: from} // f may be run again
		left := linkBills
		var relinks []*relinking // of each mode
		for _, e := range events {
			if left == 0 {
				break
			}
			receipt, err := subjectReceipt(e.Subject)
			if err != nil {
				// Not one of ours: going over it is better than standing still before it for ever.
				g.log.Error("an event names no message", "event", e.ID, "position", e.Position, "subject", e.Subject, "error", err)
				step.done, step.after, step.at = step.done+1, "", e.Position
				continue
			}
			bills, err := tx.BillPage(ctx, receipt, step.after, left)
			if err != nil {
				return fmt.Errorf("gateway: bills of message %s: %w", receipt, err)
			}
			if len(bills) > 0 {
				i := slices.IndexFunc(relinks, func(r *relinking) bool { return r.last.Mode == e.Mode })
				if i < 0 {
					i, relinks = len(relinks), append(relinks, &relinking{causes: map[uuid.UUID]outbox.Event{}})
				}
				r := relinks[i]
				r.last, r.causes[receipt], r.bills = e, e, append(r.bills, bills...)
			}
			if len(bills) == left { // there may be more of this one
				step.after = bills[len(bills)-1]
				break
			}
			left -= len(bills)
			step.done, step.after, step.at = step.done+1, "", e.Position
		}
		for _, r := range relinks {
			n, err := r.run(ctx, tx)
			if err != nil {
				return err
			}
			step.changed += n
		}
		if step.at == from {
			return nil
		}
		return tx.SetCursor(ctx, linkerCursor, from, step.at)
	})
	if err != nil {
		return linkStep{}, err
	}
	return step, nil
}

// A relinking is the bills of some events of one mode, relinked together: what they come to is what the consignments say
// now, whatever there was in between.
type relinking struct {
	bills  []string
	causes map[uuid.UUID]outbox.Event // by receipt
	last   outbox.Event
}

// run relinks, tells of what changed, and gives how many that were.
func (r *relinking) run(ctx context.Context, tx Tx) (int, error) {
	slices.Sort(r.bills)
	changed, err := tx.Relink(ctx, cargo.Traffic(r.last.Mode), slices.Compact(r.bills))
	if err != nil {
		return 0, fmt.Errorf("gateway: links of %d messages up to %s: %w", len(r.causes), r.last.Subject, err)
	}
	told, err := linkChangeEvents(tx.Now(), r, changed)
	if err != nil {
		return 0, err
	}
	if len(told) > 0 {
		if err := tx.Emit(ctx, told, nil, nil); err != nil {
			return 0, fmt.Errorf("gateway: events of links: %w", err)
		}
	}
	return len(changed), nil
}

// subjectReceipt gives the receipt of an event with the subject "message/<id>".
func subjectReceipt(subject string) (uuid.UUID, error) {
	id, ok := strings.CutPrefix(subject, "message/")
	if !ok {
		return uuid.Nil, fmt.Errorf("%q is not the subject of a message", subject)
	}
	return uuid.Parse(id)
}

// linkChangeEvents tells the filers what became of their consignments. The trace of a change is that of its own message,
// or of the last one where another message brought it about.
func linkChangeEvents(at time.Time, r *relinking, changed []Changed) ([]outbox.Event, error) {
	events := make([]outbox.Event, 0, len(changed))
	for _, c := range changed {
		cause, ok := r.causes[c.Receipt]
		if !ok {
			cause = r.last
		}
		data, err := json.Marshal(struct {
			Consignment uuid.UUID `json:"consignment"`
			Message     uuid.UUID `json:"message"`
			Number      string    `json:"number,omitempty"`
			Was         string    `json:"was"`
			Status      string    `json:"status"`
		}{c.ID, c.Receipt, c.Number, c.Was, c.Is})
		if err != nil {
			return nil, fmt.Errorf("gateway: event of consignment %s: %w", c.ID, err)
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("gateway: id of an event: %w", err)
		}
		events = append(events, outbox.Event{ID: id, Type: outbox.TypeConsignment, Subject: "consignment/" + c.ID.String(), Mode: cause.Mode,
			Partner: c.Partner, Filer: c.Filer, At: at, Data: string(data), TraceID: cause.TraceID})
	}
	return events, nil
}
