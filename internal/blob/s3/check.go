package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Check implements blob.Store: the bucket is there, and a small object can be put and deleted. The first time it also puts
// the object twice, because a server that ignores If-None-Match would let one original overwrite another.
func (s *Store) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("blob/s3: check: %w", err)
	}
	err := s.retry(ctx, s.cfg.Timeout, func(ctx context.Context) error {
		_, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.cfg.Bucket})
		return err
	})
	if err != nil {
		return fmt.Errorf("blob/s3: check: bucket %q: %w", s.cfg.Bucket, err)
	}
	name := s.prefix + ".probe/" + strings.ToLower(rand.Text()) // no key begins with a dot
	if err := s.probe(ctx, name); err != nil {
		return s.wrap("check", name, err)
	}
	return nil
}

func (s *Store) probe(ctx context.Context, name string) error {
	sp, err := s.spool(ctx, strings.NewReader("probe"), 5)
	if err != nil {
		return err
	}
	defer sp.f.Close()
	put := func() error {
		return s.retry(ctx, s.cfg.Timeout, func(ctx context.Context) error { return s.putOnce(ctx, &name, sp) })
	}
	err = put()
	if status(err) == http.StatusPreconditionFailed {
		err = nil // an attempt whose answer was lost
	}
	if err == nil && !s.honours.Load() {
		switch err = put(); {
		case err == nil:
			err = errors.New("the server does not honour If-None-Match: an object could be overwritten")
		case status(err) == http.StatusPreconditionFailed:
			s.honours.Store(true)
			err = nil
		}
	}
	// Whatever came of it, the probe may be there.
	if rerr := s.remove(context.WithoutCancel(ctx), &name); err == nil {
		err = rerr
	}
	return err
}
