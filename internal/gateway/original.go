package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"cargogate/internal/blob"
)

// blobKey and sidecarKey name the objects of a receipt in the blob store.
func blobKey(id uuid.UUID) string    { return blobPrefix + id.String() }
func sidecarKey(id uuid.UUID) string { return sidecarPrefix + id.String() + sidecarSuffix }

const (
	blobPrefix    = "originals/"
	sidecarPrefix = "receipts/"
	sidecarSuffix = ".json"
)

// open gives the bytes of a receipt, wherever they are; the caller closes it. An inline body is verified here; one of
// the blob store was when it was written. A blob store that does not answer is ErrUnavailable, as it comes back by
// itself; a body that is gone or changed is not.
func (g *Gateway) open(ctx context.Context, r *Receipt) (Original, error) {
	o := Original{Size: r.Size, SHA256: r.SHA256, Name: r.Name, ContentType: r.ContentType}
	if r.Purged {
		return Original{}, fmt.Errorf("%w: the original of %s was purged", ErrNotFound, r.ID)
	}
	if r.Inline == nil && r.BlobKey == "" { // listed without its body
		full, err := g.store.Receipt(ctx, r.ID)
		if err != nil {
			return Original{}, err
		}
		r = &full
	}
	if r.BlobKey == "" {
		body, err := unpackBody(r)
		if err != nil {
			return Original{}, err
		}
		o.ReaderAt, o.Closer = bytes.NewReader(body), io.NopCloser(nil)
		return o, nil
	}
	b, err := g.blobs.Open(ctx, r.BlobKey)
	if errors.Is(err, blob.ErrNotFound) { // it may have been purged since the receipt was read: the body goes first
		if now, err := g.store.Receipt(ctx, r.ID); err == nil && now.Purged {
			return Original{}, fmt.Errorf("%w: the original of %s was purged", ErrNotFound, r.ID)
		}
	}
	switch {
	case errors.Is(err, blob.ErrNotFound), errors.Is(err, blob.ErrDigest):
		return Original{}, fmt.Errorf("gateway: original of %s: %w", r.ID, err)
	case err != nil:
		return Original{}, fmt.Errorf("%w: original of %s: %w", ErrUnavailable, r.ID, err)
	case b.Size() != r.Size:
		return Original{}, errors.Join(fmt.Errorf("%w: %s has %d bytes, not %d", errBody, r.ID, b.Size(), r.Size), b.Close())
	}
	o.ReaderAt, o.Closer = passing{b}, b
	return o, nil
}

// passing reads from the blob store: what fails there passes by itself.
type passing struct{ r io.ReaderAt }

// ReadAt reads, with ErrUnavailable for what is not the end.
func (p passing) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.r.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, blob.ErrDigest) && !errors.Is(err, blob.ErrNotFound) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return n, err
}
