package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"cargogate/internal/blob"
)

const (
	blockSize  = 2 << 20         // bytes of one ranged GET
	readBlocks = 6               // that a reader has in memory, those on their way among them: 12 MiB
	blockTime  = 2 * time.Minute // for one GET of a block
)

// reader reads an object block by block and keeps a few. Where it is read in order it fetches the next block ahead.
type reader struct {
	s      *Store
	key    string
	etag   *string
	size   int64
	ctx    context.Context
	cancel context.CancelFunc
	ahead  sync.WaitGroup // blocks that are fetched ahead

	mu     sync.Mutex
	change *sync.Cond // a block came, failed, or was let go
	slots  []*slot
	clock  int64 // counts uses
	last   int64 // block that was used last, -1 at first
	closed bool
}

// A slot is room for one block.
type slot struct {
	block   int64 // number, -1 for none
	buf     []byte
	n       int // bytes in buf
	loading bool
	users   int
	used    int64 // when, by the reader's clock
}

func (s *Store) newReader(ctx context.Context, key string, out *s3.HeadObjectOutput) *reader {
	r := &reader{s: s, key: key, etag: out.ETag, size: *out.ContentLength, last: -1}
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.change = sync.NewCond(&r.mu)
	return r
}

func (r *reader) Size() int64 { return r.size }

// Close ends what is being fetched. Reading is an error from then on.
func (r *reader) Close() error {
	r.mu.Lock()
	r.closed = true
	r.change.Broadcast()
	r.mu.Unlock()
	r.cancel()
	r.ahead.Wait()
	return nil
}

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, r.s.wrap("read", r.key, errors.New("negative offset"))
	}
	n := 0
	for n < len(p) {
		if off >= r.size {
			return n, io.EOF
		}
		sl, err := r.acquire(off/blockSize, true)
		if err != nil {
			return n, r.s.notFound("read", r.key, err)
		}
		k := copy(p[n:], sl.buf[off%blockSize:sl.n])
		r.release(sl)
		n += k
		off += int64(k)
	}
	return n, nil
}

// acquire gives the slot with a block, which the caller releases. With wait it waits for the block and for room; without,
// it fetches the block into what is free, and gives nil if that is nothing or the block is there.
func (r *reader) acquire(block int64, wait bool) (*slot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if wait {
		ordered := block == r.last+1
		r.last = block
		if next := block + 1; ordered && next*blockSize < r.size && !r.closed {
			r.ahead.Go(func() {
				if sl, _ := r.acquire(next, false); sl != nil { // an error comes again for who reads the block
					r.release(sl)
				}
			})
		}
	}
	for {
		if r.closed {
			return nil, os.ErrClosed
		}
		sl := r.find(block)
		switch {
		case sl == nil:
			if sl = r.room(); sl != nil {
				if err := r.load(sl, block); err != nil {
					return nil, err
				}
				return sl, nil
			}
		case !wait:
			return nil, nil
		case !sl.loading:
			sl.users++
			r.clock++
			sl.used = r.clock
			return sl, nil
		}
		if !wait {
			return nil, nil
		}
		r.change.Wait()
	}
}

// find gives the slot that has a block or is loading it.
func (r *reader) find(block int64) *slot {
	for _, sl := range r.slots {
		if sl.block == block {
			return sl
		}
	}
	return nil
}

// room gives a slot that nobody uses, the one that was used the longest ago; nil if there is none.
func (r *reader) room() (best *slot) {
	for _, sl := range r.slots {
		if sl.users == 0 && (best == nil || sl.used < best.used) {
			best = sl
		}
	}
	if len(r.slots) < readBlocks && (best == nil || best.block >= 0) {
		best = &slot{block: -1, buf: make([]byte, min(blockSize, r.size))}
		r.slots = append(r.slots, best)
	}
	return best
}

// load fetches a block into a slot, without the lock. If it fails the slot is free again.
func (r *reader) load(sl *slot, block int64) error {
	r.clock++
	sl.block, sl.loading, sl.users, sl.used = block, true, 1, r.clock
	off := block * blockSize
	sl.n = int(min(blockSize, r.size-off))
	r.mu.Unlock()
	err := r.fetch(sl.buf[:sl.n], off)
	r.mu.Lock()
	sl.loading = false
	if err != nil {
		sl.block, sl.users, sl.used = -1, 0, 0
	}
	r.change.Broadcast()
	return err
}

func (r *reader) release(sl *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sl.users--
	if sl.users == 0 {
		r.change.Broadcast()
	}
}

// fetch gets a part of the object, and makes sure that it is still the object that was opened.
func (r *reader) fetch(p []byte, off int64) error {
	return r.s.retry(r.ctx, blockTime, func(ctx context.Context) error {
		out, err := r.s.client.GetObject(ctx, &s3.GetObjectInput{
			Bucket: &r.s.cfg.Bucket, Key: r.s.name(r.key), IfMatch: r.etag,
			Range: aws.String(fmt.Sprintf("bytes=%d-%d", off, off+int64(len(p))-1)),
		})
		if err != nil {
			return err
		}
		defer out.Body.Close()
		want := fmt.Sprintf("bytes %d-%d/%d", off, off+int64(len(p))-1, r.size)
		if got := aws.ToString(out.ContentRange); got != want || aws.ToString(out.ETag) != aws.ToString(r.etag) {
			return fmt.Errorf("%w: the server gives range %q of %s, wanted %q of %s", blob.ErrDigest,
				got, aws.ToString(out.ETag), want, aws.ToString(r.etag))
		}
		if _, err := io.ReadFull(out.Body, p); err != nil {
			return fmt.Errorf("reading the answer: %w", err)
		}
		return nil
	})
}
