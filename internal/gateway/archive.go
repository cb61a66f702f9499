package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"cargogate/internal/blob"
	"cargogate/internal/failpoint"
)

const (
	archiveBatch  = 64 // bodies at a time
	archiveAtOnce = 4  // at once
)

// archive moves inline bodies of final receipts to the blob store.
func (g *Gateway) archive(ctx context.Context) error {
	for ctx.Err() == nil {
		page, err := g.store.Unarchived(ctx, archiveBatch)
		if err != nil {
			return fmt.Errorf("gateway: archive: %w", err)
		}
		var (
			moving sync.WaitGroup
			mu     sync.Mutex
			moved  int
			errs   []error
		)
		slots := make(chan struct{}, archiveAtOnce)
		for i := range page {
			slots <- struct{}{}
			moving.Go(func() {
				defer func() { <-slots }()
				err := g.archiveOne(ctx, &page[i])
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					errs = append(errs, err)
				} else {
					moved++
				}
			})
		}
		moving.Wait()
		g.metrics.archived.Add(float64(moved))
		if len(page) < archiveBatch || moved == 0 {
			return errors.Join(errs...)
		}
	}
	return nil
}

// archiveOne moves one body: it is put, read again and compared, and only then let go of in its row. A repeat after a
// crash finds the same bytes under the same key.
func (g *Gateway) archiveOne(ctx context.Context, r *Receipt) error {
	body, err := unpackBody(r)
	if err != nil {
		return err // stays in its row, as evidence, and is told again each time
	}
	key := blobKey(r.ID)
	if _, err := g.blobs.Put(ctx, key, bytes.NewReader(body), MaxInline); err != nil {
		return fmt.Errorf("gateway: archive %s: %w", r.ID, err)
	}
	if err := g.verifyBlob(ctx, key, r); err != nil {
		return fmt.Errorf("gateway: archive %s: %w", r.ID, err)
	}
	if err := g.putSidecar(ctx, r); err != nil && !errors.Is(err, blob.ErrExists) {
		return err
	}
	failpoint.Hit(failpoint.MidArchive)
	err = g.store.Archived(ctx, r.ID, key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("gateway: archive %s: %w", r.ID, err)
	}
	// It may have been purged in between: then nothing of it may stay.
	now, err := g.store.Receipt(ctx, r.ID)
	if errors.Is(err, ErrNotFound) || err == nil && now.Purged {
		return g.deleteBodies(ctx, r)
	}
	return err
}

// verifyBlob reads an object and compares it with the receipt.
func (g *Gateway) verifyBlob(ctx context.Context, key string, r *Receipt) error {
	return verifyObject(ctx, g.blobs, key, r)
}

func verifyObject(ctx context.Context, objects blob.Store, key string, r *Receipt) (err error) {
	b, err := objects.Open(ctx, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	sum := sha256.New()
	n, err := io.Copy(sum, io.NewSectionReader(b, 0, b.Size()))
	if err != nil {
		return err
	}
	if n != r.Size || [32]byte(sum.Sum(nil)) != r.SHA256 {
		return fmt.Errorf("%w: %s", blob.ErrDigest, key)
	}
	return nil
}

// deleteBodies removes all that the blob store has of a receipt.
func (g *Gateway) deleteBodies(ctx context.Context, r *Receipt) error {
	err := errors.Join(g.blobs.Delete(ctx, blobKey(r.ID)), g.blobs.Delete(ctx, sidecarKey(r.ID)))
	if r.BlobKey != "" && r.BlobKey != blobKey(r.ID) {
		err = errors.Join(err, g.blobs.Delete(ctx, r.BlobKey))
	}
	if err != nil {
		return fmt.Errorf("gateway: delete the body of %s: %w", r.ID, err)
	}
	return nil
}
