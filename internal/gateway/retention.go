package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
)

const (
	retireBatch   = 100
	purgedBy      = "service:gateway"
	whyExpired    = "expired"
	actionPurge   = "message.purge"
	prefixMessage = "message:"
)

// retire purges what is past its time and under no hold, and reports how much that was.
func (g *Gateway) retire(ctx context.Context) error {
	var purged, rows, bytes int64
	defer func() {
		if purged > 0 {
			g.log.Info("originals past their time were purged", "messages", purged, "derived_rows", rows, "bytes", bytes)
		}
	}()
	for ctx.Err() == nil {
		page, err := g.store.Expired(ctx, retireBatch)
		if err != nil {
			return fmt.Errorf("gateway: retention: %w", err)
		}
		var errs []error
		before := purged
		for i := range page {
			row, err := purgeRow(&page[i], g.opts.Now())
			if err != nil {
				return err
			}
			switch t, err := g.erase(ctx, page[i].ID, whyExpired, purgedBy, row); {
			case errors.Is(err, ErrHeld): // since the list was made
			case err != nil:
				errs = append(errs, err)
			default:
				purged, rows, bytes = purged+1, rows+t.Derived, bytes+t.Size
			}
		}
		if len(page) < retireBatch || purged == before {
			return errors.Join(errs...)
		}
	}
	return nil
}

// erase removes the body of a receipt and all that was derived from it, and leaves a tombstone. It is ErrHeld under a
// hold, and ErrInput while the receipt is worked on or where it was purged before. The body goes first: a crash in
// between leaves a receipt that is purged the next time, never a body that nobody knows of.
func (g *Gateway) erase(ctx context.Context, id uuid.UUID, why, who string, row audit.Row) (Tombstone, error) {
	// Looked at anew, right before: a hold may have been placed since.
	r, err := g.store.Receipt(ctx, id)
	if err != nil {
		return Tombstone{}, err
	}
	switch {
	case r.Purged:
		return Tombstone{}, fmt.Errorf("%w: message %s was purged before", ErrInput, id)
	case len(r.Holds) > 0:
		return Tombstone{}, fmt.Errorf("%w: message %s: %q", ErrHeld, id, r.Holds)
	case !r.State.Final():
		return Tombstone{}, fmt.Errorf("%w: message %s is still worked on", ErrInput, id)
	}
	if err := g.deleteBodies(ctx, &r); err != nil {
		return Tombstone{}, err
	}
	t, err := g.store.Purge(ctx, Tombstone{Receipt: id, SHA256: r.SHA256, Size: r.Size, Why: why, Who: who}, row)
	if err != nil {
		return Tombstone{}, fmt.Errorf("gateway: purge %s: %w", id, err)
	}
	g.metrics.purged.Inc()
	return t, nil
}

// purgeRow makes the audit row of a purge by age.
func purgeRow(r *Receipt, at time.Time) (audit.Row, error) {
	detail, err := json.Marshal(struct {
		SHA256    string `json:"sha256"`
		Why       string `json:"why"`
		Retention string `json:"retention,omitempty"`
	}{fmt.Sprintf("%x", r.SHA256), whyExpired, r.Retention})
	if err != nil {
		return audit.Row{}, fmt.Errorf("gateway: audit row: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return audit.Row{}, fmt.Errorf("gateway: id of an audit row: %w", err)
	}
	return audit.Row{ID: id, At: at.UTC().Truncate(time.Microsecond), Principal: purgedBy, Action: actionPurge,
		Object: prefixMessage + r.ID.String(), Mode: string(r.Mode), Detail: string(detail), TraceID: r.TraceID}, nil
}
