package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
)

const (
	// youngBody is the age below which a body without a receipt is one that is being received.
	youngBody   = 24 * time.Hour
	orphanBatch = 500
)

// ActionAdopt is what taking in a body without a row is called in the audit log.
const ActionAdopt = "message.adopt"

// keyReceipt gives the receipt that a key of the blob store belongs to.
func keyReceipt(key string) (id uuid.UUID, sidecar, ok bool) {
	name, isBody := strings.CutPrefix(key, blobPrefix)
	if !isBody {
		if name, sidecar = strings.CutPrefix(key, sidecarPrefix); !sidecar {
			return uuid.Nil, false, false
		}
		if name, ok = strings.CutSuffix(name, sidecarSuffix); !ok {
			return uuid.Nil, false, false
		}
	}
	id, err := uuid.Parse(name)
	return id, sidecar, err == nil
}

// unnamed goes over the objects that no receipt names, with the receipt that they would be of, nil where there is none.
func (g *Gateway) unnamed(ctx context.Context, f func(o blob.Object, id uuid.UUID, sidecar bool, r *Receipt) error) error {
	for after := ""; ; {
		page, err := g.blobs.List(ctx, after, orphanBatch)
		if err != nil {
			return fmt.Errorf("gateway: list of bodies: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		after = page[len(page)-1].Key
		keys := make([]string, 0, len(page))
		for _, o := range page {
			if id, _, ok := keyReceipt(o.Key); ok {
				keys = append(keys, blobKey(id))
			}
		}
		missing, err := g.store.Missing(ctx, keys)
		if err != nil {
			return fmt.Errorf("gateway: bodies without a receipt: %w", err)
		}
		unknown := make(map[string]bool, len(missing))
		for _, k := range missing {
			unknown[k] = true
		}
		for _, o := range page {
			id, sidecar, ok := keyReceipt(o.Key)
			if !ok || !unknown[blobKey(id)] {
				continue
			}
			var r *Receipt
			switch found, err := g.store.Receipt(ctx, id); {
			case err == nil:
				r = &found // its body is still in its row, or it was purged
			case !errors.Is(err, ErrNotFound):
				return err
			}
			if err := f(o, id, sidecar, r); err != nil {
				return err
			}
		}
	}
}

// checkOrphans reports bodies without a receipt, removes them at Options.OrphanAge, and removes at once what came back
// of a purged receipt.
func (g *Gateway) checkOrphans(ctx context.Context) error {
	orphans := 0
	now := g.opts.Now()
	err := g.unnamed(ctx, func(o blob.Object, id uuid.UUID, sidecar bool, r *Receipt) error {
		age := now.Sub(o.Modified)
		switch {
		case r != nil && !r.Purged:
			return nil
		case r == nil && age < youngBody:
			return nil
		case r == nil && (g.opts.OrphanAge == 0 || age < g.opts.OrphanAge):
			if !sidecar {
				orphans++
				g.log.Warn("a body has no receipt", "message_id", id, "bytes", o.Size, "age", age.Round(time.Minute))
			}
			return nil
		}
		if err := g.blobs.Delete(ctx, o.Key); err != nil {
			return fmt.Errorf("gateway: remove the orphan %s: %w", o.Key, err)
		}
		g.log.Warn("a body without a receipt was removed", "key", o.Key, "bytes", o.Size, "purged", r != nil)
		return nil
	})
	if err != nil {
		return err
	}
	g.metrics.orphans.Set(float64(orphans))
	return nil
}

// AdoptBodies takes in the bodies that no receipt names, by the descriptions beside them, and gives how many: after the
// restore of a database that is older than the blob store. Bodies without a description are told to the log.
func (g *Gateway) AdoptBodies(ctx context.Context, by string) (int, error) {
	adopted := 0
	err := g.unnamed(ctx, func(o blob.Object, id uuid.UUID, sidecar bool, r *Receipt) error {
		if sidecar || r != nil {
			return nil
		}
		s, err := g.readSidecar(ctx, id)
		if errors.Is(err, blob.ErrNotFound) {
			g.log.Warn("a body without a receipt has no description and is not taken in", "message_id", id, "bytes", o.Size)
			return nil
		}
		if err != nil {
			return err
		}
		lost := s.Receipt(o.Modified)
		if s.ExpiresAt == nil {
			if who, ok := g.partners.Partner(s.Partner); ok {
				if _, keep := g.retention(who, s.Mode); keep > 0 {
					lost.ExpiresAt = lost.ReceivedAt.Add(keep)
				}
			}
		}
		if err := g.verifyBlob(ctx, lost.BlobKey, &lost); err != nil {
			g.log.Error("a body without a receipt is damaged and is not taken in", "message_id", id, "error", err)
			return nil
		}
		row, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("gateway: id of an audit row: %w", err)
		}
		ok, err := g.store.Adopt(ctx, lost, audit.Row{ID: row, At: g.opts.Now().UTC().Truncate(time.Microsecond), Principal: by, Action: ActionAdopt,
			Object: prefixMessage + id.String(), Mode: string(s.Mode), Detail: fmt.Sprintf(`{"sha256":%q}`, s.SHA256), TraceID: s.TraceID})
		if err != nil {
			return fmt.Errorf("gateway: adopt %s: %w", id, err)
		}
		if ok {
			adopted++
		}
		return nil
	})
	if adopted > 0 {
		g.claimWake.up()
		g.largeWake.up()
	}
	return adopted, err
}

// readSidecar reads the description of a receipt.
func (g *Gateway) readSidecar(ctx context.Context, id uuid.UUID) (s Sidecar, err error) {
	b, err := g.blobs.Open(ctx, sidecarKey(id))
	if err != nil {
		return s, fmt.Errorf("gateway: description of receipt %s: %w", id, err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	text, err := io.ReadAll(io.NewSectionReader(b, 0, min(b.Size(), maxSidecar)))
	if err != nil {
		return s, fmt.Errorf("gateway: description of receipt %s: %w", id, err)
	}
	if s, err = ParseSidecar(text); err == nil && s.ID != id {
		err = fmt.Errorf("gateway: the description under %s is of receipt %s", sidecarKey(id), s.ID)
	}
	return s, err
}
