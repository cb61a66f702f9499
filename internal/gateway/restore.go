package gateway

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"cargogate/internal/blob"
)

// SidecarPrefix begins the keys of the descriptions of receipts in the blob store; see Sidecar.
const SidecarPrefix = sidecarPrefix

// BlobKey names the original of a receipt in the blob store.
func BlobKey(id uuid.UUID) string { return blobKey(id) }

// pausedCursor is at 1 while no answer goes out: after a restore, until an operator says so. It stands with the cursors
// as it must be set before the first process works on the restored database, and be seen by all.
const pausedCursor = "deliveries.paused"

// PauseDeliveries keeps every answer from going out, those that are still to come too, until they are resumed.
func PauseDeliveries(ctx context.Context, store Store) error { return setPaused(ctx, store, 1) }

func setPaused(ctx context.Context, store Store, to int64) error {
	was, err := store.Cursor(ctx, pausedCursor)
	if err != nil || was == to {
		return err
	}
	err = store.Update(ctx, func(tx Tx) error { return tx.SetCursor(ctx, pausedCursor, was, to) })
	if errors.Is(err, ErrFenced) {
		return nil // another has just done it
	}
	return err
}

// deliveriesPaused reports whether answers are held back.
func (g *Gateway) deliveriesPaused(ctx context.Context) (bool, error) {
	at, err := g.store.Cursor(ctx, pausedCursor)
	return at != 0, err
}

// VerifyOriginal reads the body of a receipt, wherever it is, and compares it with what was received: blob.ErrDigest
// where it differs, blob.ErrNotFound where it is not there. r has its inline body if it has one.
func VerifyOriginal(ctx context.Context, objects blob.Store, r *Receipt) error {
	if r.BlobKey == "" {
		_, err := unpackBody(r)
		return err
	}
	return verifyObject(ctx, objects, r.BlobKey, r)
}
