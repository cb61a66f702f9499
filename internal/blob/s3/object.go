package s3

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"cargogate/internal/blob"
)

// Head implements blob.Store. The digest is what Put left with the object, or what the server knows; where it is neither,
// as with an object that came by another way, the object is read.
func (s *Store) Head(ctx context.Context, key string) (blob.Object, error) {
	if err := s.enter(ctx, "head", key); err != nil {
		return blob.Object{}, err
	}
	o, err := s.head(ctx, key)
	if err != nil {
		return blob.Object{}, s.notFound("head", key, err)
	}
	return o, nil
}

// notFound is wrap for a method that asks for an object.
func (s *Store) notFound(op, key string, err error) error {
	if missing(err) {
		err = fmt.Errorf("%w (%w)", blob.ErrNotFound, err)
	}
	return s.wrap(op, key, err)
}

// headObject asks for what is known of an object.
func (s *Store) headObject(ctx context.Context, key string) (out *s3.HeadObjectOutput, err error) {
	err = s.retry(ctx, s.cfg.Timeout, func(ctx context.Context) error {
		out, err = s.client.HeadObject(ctx, &s3.HeadObjectInput{
			Bucket: &s.cfg.Bucket, Key: s.name(key), ChecksumMode: types.ChecksumModeEnabled,
		})
		return err
	})
	if err == nil && (out.ContentLength == nil || *out.ContentLength < 0) {
		err = errors.New("the server does not tell the length")
	}
	return out, err
}

func (s *Store) head(ctx context.Context, key string) (blob.Object, error) {
	out, err := s.headObject(ctx, key)
	if err != nil {
		return blob.Object{}, err
	}
	o := blob.Object{Key: key, Size: *out.ContentLength, Modified: aws.ToTime(out.LastModified).UTC()}
	ours, isOurs := decodeDigest(hex.DecodeString, out.Metadata[metaDigest])
	theirs, isTheirs := decodeDigest(base64.StdEncoding.DecodeString, aws.ToString(out.ChecksumSHA256))
	if out.ChecksumType == types.ChecksumTypeComposite {
		isTheirs = false // of parts, not of the bytes
	}
	switch {
	case isOurs && isTheirs && ours != theirs:
		return o, fmt.Errorf("%w: the server has %x, and we left %x", blob.ErrDigest, theirs, ours)
	case isOurs:
		o.SHA256 = ours
	case isTheirs:
		o.SHA256 = theirs
	default:
		o.SHA256, err = s.digest(ctx, key, out)
	}
	return o, err
}

func decodeDigest(decode func(string) ([]byte, error), text string) (sum [32]byte, ok bool) {
	b, err := decode(text)
	if err != nil || len(b) != len(sum) {
		return sum, false
	}
	return [32]byte(b), true
}

// digest works out the digest of an object from its bytes.
func (s *Store) digest(ctx context.Context, key string, out *s3.HeadObjectOutput) (sum [32]byte, err error) {
	r := s.newReader(ctx, key, out)
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, r.size)); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), nil
}

// Open implements blob.Store.
func (s *Store) Open(ctx context.Context, key string) (blob.Reader, error) {
	if err := s.enter(ctx, "open", key); err != nil {
		return nil, err
	}
	out, err := s.headObject(ctx, key)
	if err != nil {
		return nil, s.notFound("open", key, err)
	}
	return s.newReader(context.WithoutCancel(ctx), key, out), nil
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.enter(ctx, "delete", key); err != nil {
		return err
	}
	if err := s.remove(ctx, s.name(key)); err != nil {
		return s.wrap("delete", key, err)
	}
	return nil
}

func (s *Store) remove(ctx context.Context, name *string) error {
	err := s.retry(ctx, s.cfg.Timeout, func(ctx context.Context) error {
		_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.cfg.Bucket, Key: name})
		return err
	})
	if err != nil && missing(err) {
		return nil
	}
	return err
}

// List implements blob.Store. It gives no digests: the server does not list them.
func (s *Store) List(ctx context.Context, after string, limit int) ([]blob.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, s.wrap("list after", after, err)
	}
	var found []blob.Object
	for from := after; len(found) < limit; {
		out, err := s.page(ctx, from, limit-len(found))
		if err != nil {
			return nil, s.wrap("list after", after, err)
		}
		for _, c := range out.Contents {
			// What we did not put there is passed over, a probe of Check among it.
			rest := strings.TrimPrefix(aws.ToString(c.Key), s.prefix)
			key, ours := strings.CutSuffix(rest, s.cfg.Suffix)
			if ours && blob.ValidKey(key) && key > after && len(found) < limit {
				found = append(found, blob.Object{Key: key, Size: aws.ToInt64(c.Size), Modified: aws.ToTime(c.LastModified).UTC()})
			}
			from = strings.TrimSuffix(rest, s.cfg.Suffix)
		}
		if len(out.Contents) == 0 || !aws.ToBool(out.IsTruncated) {
			break
		}
	}
	return found, nil
}

func (s *Store) page(ctx context.Context, after string, limit int) (out *s3.ListObjectsV2Output, err error) {
	in := &s3.ListObjectsV2Input{Bucket: &s.cfg.Bucket, MaxKeys: aws.Int32(int32(min(limit, 1000)))}
	if s.prefix != "" {
		in.Prefix = &s.prefix
	}
	if after != "" {
		in.StartAfter = s.name(after)
	}
	err = s.retry(ctx, s.cfg.Timeout, func(ctx context.Context) error {
		out, err = s.client.ListObjectsV2(ctx, in)
		return err
	})
	return out, err
}
