package s3

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"cargogate/internal/blob"
)

// errSpool marks a fault of our own disk, for which no server is asked again.
var errSpool = errors.New("spool")

// putTries is how often a Put meets an object that is gone as it looks, before it gives up.
const putTries = 10

// spooled is a body in a local file that has no name: whatever happens, nothing of it is left.
type spooled struct {
	f    *os.File
	size int64
	sum  [32]byte
}

// spool takes a body, at most maxSize bytes.
func (s *Store) spool(ctx context.Context, r io.Reader, maxSize int64) (*spooled, error) {
	f, err := os.CreateTemp(s.cfg.SpoolDir, "spool-*.part")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSpool, err)
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close() // the error that counts is the first
		return nil, fmt.Errorf("%w: %w", errSpool, err)
	}
	sp := &spooled{f: f}
	if err := sp.fill(ctx, r, maxSize); err != nil {
		_ = f.Close() // the same
		return nil, err
	}
	return sp, nil
}

func (sp *spooled) fill(ctx context.Context, r io.Reader, maxSize int64) error {
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, rerr := r.Read(buf)
		if sp.size += int64(n); sp.size > maxSize {
			return fmt.Errorf("%w: more than %d bytes", blob.ErrTooLarge, maxSize)
		}
		h.Write(buf[:n])
		if _, err := sp.f.Write(buf[:n]); err != nil {
			return fmt.Errorf("%w: %w", errSpool, err)
		}
		if rerr == io.EOF { // itself: one that is wrapped is a body that ended too early
			sp.sum = [32]byte(h.Sum(nil))
			return ctx.Err()
		}
		if rerr != nil {
			return fmt.Errorf("reading the body: %w", rerr)
		}
	}
}

// Put implements blob.Store. If ctx ends while the answer is awaited, the object may be there all the same, as after any
// lost answer.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
	if err := s.enter(ctx, "put", key); err != nil {
		return blob.Object{}, err
	}
	sp, err := s.spool(ctx, r, min(max(maxSize, 0), s.maxObject))
	if err != nil {
		return blob.Object{}, s.wrap("put", key, err)
	}
	defer sp.f.Close()
	o, err := s.send(ctx, key, sp)
	if err != nil {
		return blob.Object{}, s.wrap("put", key, err)
	}
	return o, nil
}

// send puts a spooled body and says whether it is what is there afterwards.
func (s *Store) send(ctx context.Context, key string, sp *spooled) (blob.Object, error) {
	for range putTries {
		err := s.retry(ctx, 0, func(ctx context.Context) error { return s.putOnce(ctx, s.name(key), sp) })
		if err == nil {
			return blob.Object{Key: key, Size: sp.size, SHA256: sp.sum, Modified: time.Now().UTC()}, nil
		}
		if status(err) != http.StatusPreconditionFailed {
			return blob.Object{}, err
		}
		// The key is taken: by an attempt of ours whose answer was lost, or by another's.
		o, err := s.head(ctx, key)
		switch {
		case err != nil && missing(err):
			continue // deleted meanwhile
		case err != nil:
			return blob.Object{}, err
		case o.Size != sp.size || o.SHA256 != sp.sum:
			return blob.Object{}, blob.ErrExists
		}
		return o, nil
	}
	return blob.Object{}, errors.New("the object comes and goes")
}

func (s *Store) putOnce(ctx context.Context, name *string, sp *spooled) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:         &s.cfg.Bucket,
		Key:            name,
		Body:           io.NewSectionReader(sp.f, 0, sp.size),
		ContentLength:  &sp.size,
		ContentType:    aws.String("application/octet-stream"),
		IfNoneMatch:    aws.String("*"),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sp.sum[:])),
		Metadata:       map[string]string{metaDigest: hex.EncodeToString(sp.sum[:])},
	})
	return err
}
