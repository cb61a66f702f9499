package blobtest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cargogate/internal/blob"
)

// broken is a store with some methods of its own, nil for those of the store below.
type broken struct {
	blob.Store
	put   func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error)
	open  func(ctx context.Context, key string) (blob.Reader, error)
	head  func(ctx context.Context, key string) (blob.Object, error)
	del   func(ctx context.Context, key string) error
	list  func(ctx context.Context, after string, limit int) ([]blob.Object, error)
	check func(ctx context.Context) error
	free  func(ctx context.Context) (int64, bool, error)
}

func (b broken) Put(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
	if b.put == nil {
		return b.Store.Put(ctx, key, r, maxSize)
	}
	return b.put(ctx, key, r, maxSize)
}

func (b broken) Open(ctx context.Context, key string) (blob.Reader, error) {
	if b.open == nil {
		return b.Store.Open(ctx, key)
	}
	return b.open(ctx, key)
}

func (b broken) Head(ctx context.Context, key string) (blob.Object, error) {
	if b.head == nil {
		return b.Store.Head(ctx, key)
	}
	return b.head(ctx, key)
}

func (b broken) Delete(ctx context.Context, key string) error {
	if b.del == nil {
		return b.Store.Delete(ctx, key)
	}
	return b.del(ctx, key)
}

func (b broken) List(ctx context.Context, after string, limit int) ([]blob.Object, error) {
	if b.list == nil {
		return b.Store.List(ctx, after, limit)
	}
	return b.list(ctx, after, limit)
}

func (b broken) Check(ctx context.Context) error {
	if b.check == nil {
		return b.Store.Check(ctx)
	}
	return b.check(ctx)
}

func (b broken) Free(ctx context.Context) (int64, bool, error) {
	if b.free == nil {
		return b.Store.Free(ctx)
	}
	return b.free(ctx)
}

// breakBody replaces the reader that Put reads.
func breakBody(s blob.Store, change func(r io.Reader) io.Reader) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		return s.Put(ctx, key, change(r), maxSize)
	}}
}

// breakReader replaces the reader that Open gives.
func breakReader(s blob.Store, change func(r blob.Reader) blob.Reader) blob.Store {
	return broken{Store: s, open: func(ctx context.Context, key string) (blob.Reader, error) {
		r, err := s.Open(ctx, key)
		if err != nil {
			return nil, err
		}
		return change(r), nil
	}}
}

func breakLastByte(s blob.Store) blob.Store {
	return breakBody(s, func(r io.Reader) io.Reader { return &dropLast{r: r} })
}

// dropLast loses the last byte of each read.
type dropLast struct{ r io.Reader }

func (d *dropLast) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	return max(n-1, 0), err
}

func breakEmpty(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		data, err := io.ReadAll(r)
		if err == nil && len(data) == 0 {
			return blob.Object{Key: key}, nil // nothing to store
		}
		return s.Put(ctx, key, bytes.NewReader(data), maxSize)
	}}
}

func breakAtOnce(s blob.Store) blob.Store {
	var mu sync.Mutex
	pending := func() {}
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		mu.Lock()
		defer mu.Unlock()
		pending() // the one before; this one is written as the next comes
		data, err := io.ReadAll(r)
		pending = func() { _, _ = s.Put(ctx, key, bytes.NewReader(data), maxSize) }
		return blob.Object{Key: key, Size: int64(len(data))}, err
	}}
}

func breakPutObject(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		o, err := s.Put(ctx, key, r, maxSize)
		o.SHA256 = [32]byte{}
		return o, err
	}}
}

func breakReaderFails(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		data, rerr := io.ReadAll(r)
		o, err := s.Put(ctx, key, bytes.NewReader(data), maxSize)
		return o, errors.Join(rerr, err)
	}}
}

func breakCutShort(s blob.Store) blob.Store {
	return breakBody(s, func(r io.Reader) io.Reader {
		return readerFunc(func(p []byte) (int, error) {
			n, err := r.Read(p)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return n, err
		})
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func breakCancelled(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		o, err := s.Put(context.WithoutCancel(ctx), key, r, maxSize)
		return o, errors.Join(err, ctx.Err())
	}}
}

func breakMaxSize(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		return s.Put(ctx, key, r, maxSize+1)
	}}
}

func breakMemory(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		data, err := io.ReadAll(r)
		if err != nil {
			return blob.Object{}, err
		}
		return s.Put(ctx, key, bytes.NewReader(data), maxSize)
	}}
}

func breakRepeat(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		_, herr := s.Head(ctx, key)
		o, err := s.Put(ctx, key, r, maxSize)
		if herr == nil && err == nil {
			return o, blob.ErrExists
		}
		return o, err
	}}
}

func breakReadsAll(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		o, err := s.Head(ctx, key)
		if err != nil {
			return s.Put(ctx, key, r, maxSize)
		}
		if n, _ := io.CopyN(io.Discard, r, o.Size); n < o.Size { // not beyond what is stored
			return o, blob.ErrExists
		}
		return o, nil
	}}
}

func breakOverwrite(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		data, err := io.ReadAll(r)
		if err != nil {
			return blob.Object{}, err
		}
		o, err := s.Put(ctx, key, bytes.NewReader(data), maxSize)
		if !errors.Is(err, blob.ErrExists) {
			return o, err
		}
		_ = s.Delete(ctx, key)
		_, _ = s.Put(ctx, key, bytes.NewReader(data), maxSize)
		return o, err // the right answer, and the wrong act
	}}
}

func breakSameSize(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		c := &counter{r: r}
		o, err := s.Put(ctx, key, c, maxSize)
		if there, herr := s.Head(ctx, key); errors.Is(err, blob.ErrExists) && herr == nil && there.Size == c.n {
			return there, nil
		}
		return o, err
	}}
}

func breakOneWinner(s blob.Store) blob.Store {
	// Everybody who found the key free thinks that it is his.
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		_, herr := s.Head(ctx, key)
		o, err := s.Put(ctx, key, r, maxSize)
		if errors.Is(herr, blob.ErrNotFound) && errors.Is(err, blob.ErrExists) {
			return s.Head(ctx, key)
		}
		return o, err
	}}
}

func breakAllEqual(s blob.Store) blob.Store {
	var mu sync.Mutex
	busy := map[string]bool{}
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		mu.Lock()
		taken := busy[key]
		busy[key] = true
		mu.Unlock()
		if taken {
			_, _ = io.Copy(io.Discard, r)
			return blob.Object{}, blob.ErrExists
		}
		defer func() { mu.Lock(); delete(busy, key); mu.Unlock() }()
		time.Sleep(5 * time.Millisecond) // long enough for the others to come
		return s.Put(ctx, key, r, maxSize)
	}}
}

// readAt is a reader with a ReadAt of its own.
type readAt struct {
	blob.Reader
	f func(p []byte, off int64) (int, error)
}

func (r readAt) ReadAt(p []byte, off int64) (int, error) { return r.f(p, off) }

func breakEdges(s blob.Store) blob.Store {
	return breakReader(s, func(r blob.Reader) blob.Reader {
		return readAt{r, func(p []byte, off int64) (int, error) {
			n, err := r.ReadAt(p, off)
			if n > 0 && err == io.EOF {
				err = nil // as Read would
			}
			return n, err
		}}
	})
}

func breakReadAtAtOnce(s blob.Store) blob.Store {
	return breakReader(s, func(r blob.Reader) blob.Reader {
		var offset atomic.Int64 // one place for all, as with Seek and Read
		return readAt{r, func(p []byte, off int64) (int, error) {
			offset.Store(off)
			time.Sleep(time.Millisecond)
			return r.ReadAt(p, offset.Load())
		}}
	})
}

// sized is a reader with a Size of its own.
type sized struct {
	blob.Reader
	size int64
}

func (r sized) Size() int64 { return r.size }

func breakSize(s blob.Store) blob.Store {
	return breakReader(s, func(r blob.Reader) blob.Reader { return sized{r, max(r.Size(), 1)} })
}

func breakOutlives(s blob.Store) blob.Store {
	return broken{Store: s, open: func(ctx context.Context, key string) (blob.Reader, error) {
		r, err := s.Open(ctx, key)
		if err != nil {
			return nil, err
		}
		return readAt{r, func(p []byte, off int64) (int, error) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			return r.ReadAt(p, off)
		}}, nil
	}}
}

func breakHead(s blob.Store) blob.Store {
	return broken{Store: s, head: func(ctx context.Context, key string) (blob.Object, error) {
		o, err := s.Head(ctx, key)
		o.SHA256 = [32]byte{}
		return o, err
	}}
}

func breakNotFound(s blob.Store) blob.Store {
	return broken{Store: s, open: func(ctx context.Context, key string) (blob.Reader, error) {
		r, err := s.Open(ctx, key)
		if errors.Is(err, blob.ErrNotFound) {
			return nil, errors.New("no such file")
		}
		return r, err
	}}
}

func breakListOrder(s blob.Store) blob.Store {
	return broken{Store: s, list: func(ctx context.Context, after string, limit int) ([]blob.Object, error) {
		page, err := s.List(ctx, after, limit)
		// The order of a walk through folders: a slash comes before everything.
		slices.SortFunc(page, func(a, b blob.Object) int {
			return cmp.Compare(strings.ReplaceAll(a.Key, "/", "\x00"), strings.ReplaceAll(b.Key, "/", "\x00"))
		})
		return page, err
	}}
}

func breakListPages(s blob.Store) blob.Store {
	return broken{Store: s, list: func(ctx context.Context, after string, limit int) ([]blob.Object, error) {
		page, err := s.List(ctx, after, limit)
		if len(page) > 2 {
			page = append(page[:1:1], page[2:]...) // one falls between
		}
		return page, err
	}}
}

func breakListFields(s blob.Store) blob.Store {
	return broken{Store: s, list: func(ctx context.Context, after string, limit int) ([]blob.Object, error) {
		page, err := s.List(ctx, after, limit)
		for i := range page {
			page[i].Size = 0
		}
		return page, err
	}}
}

func breakDelete(s blob.Store) blob.Store {
	return broken{Store: s, del: func(ctx context.Context, key string) error { _, err := s.List(ctx, key, 1); return err }}
}

func breakDeleteMissing(s blob.Store) blob.Store {
	return broken{Store: s, del: func(ctx context.Context, key string) error {
		if _, err := s.Head(ctx, key); err != nil {
			return err
		}
		return s.Delete(ctx, key)
	}}
}

func breakBadKeys(s blob.Store) blob.Store {
	return broken{Store: s, put: func(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
		return s.Put(ctx, strings.TrimSuffix(key, "/"), r, maxSize)
	}}
}

func breakKeys(s blob.Store) blob.Store {
	// A folder that does not know upper from lower case.
	return broken{Store: s, open: func(ctx context.Context, key string) (blob.Reader, error) {
		return s.Open(ctx, strings.ToLower(key))
	}}
}

func breakContextDone(s blob.Store) blob.Store {
	return broken{Store: s, del: func(ctx context.Context, key string) error {
		return errors.Join(s.Delete(context.WithoutCancel(ctx), key), ctx.Err())
	}}
}

func breakCheck(s blob.Store) blob.Store {
	return broken{Store: s, check: func(ctx context.Context) error {
		_, err := s.Put(ctx, "probe", strings.NewReader("probe"), 5)
		return err
	}}
}

func breakFree(s blob.Store) blob.Store {
	return broken{Store: s, free: func(context.Context) (int64, bool, error) { return -1, true, nil }}
}
