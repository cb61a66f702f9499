package fs

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	iofs "io/fs"
	"path/filepath"
	"slices"
	"strings"

	"cargogate/internal/blob"
)

// List implements blob.Store. It has no more names in memory than limit for each folder on the way to a key.
func (s *Store) List(ctx context.Context, after string, limit int) ([]blob.Object, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	l := lister{s: s, ctx: ctx, after: after, limit: limit}
	if err := l.folder("", 0, s.root); err != nil {
		return nil, fmt.Errorf("blob/fs: list after %q: %w", after, err)
	}
	return l.found, nil
}

// lister gathers one page.
type lister struct {
	s     *Store
	ctx   context.Context
	after string
	limit int
	found []blob.Object
}

// A place is an entry of a folder: the key of a file, or what all keys in a folder begin with.
type place struct {
	key string
	dir string // the folder's name, "" for a file
}

// folder gathers the keys of a folder, in order, until the page is full. All of them begin with prefix, and their part
// begins at part.
func (l *lister) folder(prefix string, part int, dir string) error {
	low := "" // places up to it are done
	for {
		places, more, err := l.smallest(prefix, part, dir, low)
		if err != nil {
			return err
		}
		for _, p := range places {
			if err := l.take(p, part, dir); err != nil {
				return err
			}
			if len(l.found) == l.limit {
				return nil
			}
			low = p.key
		}
		if !more {
			return nil
		}
	}
}

// take gathers one place.
func (l *lister) take(p place, part int, dir string) error {
	if p.dir != "" {
		if strings.HasSuffix(p.key, "/") {
			part = len(p.key)
		}
		return l.folder(p.key, part, filepath.Join(dir, p.dir))
	}
	o, _, err := l.s.stat(p.key)
	if errors.Is(err, iofs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	l.found = append(l.found, o)
	return nil
}

// smallest gives the first places of a folder beyond low that may hold keys beyond after, no more than the page has room
// for, in order; more says that there are others.
func (l *lister) smallest(prefix string, part int, dir, low string) (places []place, more bool, err error) {
	if err := l.ctx.Err(); err != nil {
		return nil, false, err
	}
	var h largestFirst
	room := l.limit - len(l.found)
	err = l.s.fsys.ReadDir(dir, func(e iofs.DirEntry) bool {
		p, ok := l.place(prefix, part, e)
		if !ok || low != "" && p.key <= low || p.dir == "" && p.key <= l.after ||
			p.dir != "" && p.key < l.after && !strings.HasPrefix(l.after, p.key) {
			return true
		}
		heap.Push(&h, p)
		if len(h) > room {
			heap.Pop(&h)
			more = true
		}
		return true
	})
	if err != nil && !errors.Is(err, iofs.ErrNotExist) { // a folder that is gone was empty
		return nil, false, err
	}
	slices.SortFunc(h, func(a, b place) int { return strings.Compare(a.key, b.key) })
	return h, more, nil
}

// place says what an entry is. What Put did not make, somebody else's file or .tmp, is passed over.
func (l *lister) place(prefix string, part int, e iofs.DirEntry) (p place, ok bool) {
	name := e.Name()
	if !e.IsDir() {
		key := prefix[:part] + name
		return place{key: key}, strings.HasPrefix(key, prefix) && blob.ValidKey(key) && nextCut(key, part, len(prefix)) == 0
	}
	piece := name
	if whole, found := strings.CutSuffix(name, "+"); found {
		piece = whole + "/"
	}
	key := prefix + piece
	// It is one of ours if a key that begins so has its folder there.
	return place{key: key, dir: name}, blob.ValidKey(strings.TrimSuffix(key, "/")) && nextCut(key+"x", part, len(prefix)) == len(key)
}

// largestFirst is a heap with the last place on top.
type largestFirst []place

func (h largestFirst) Len() int           { return len(h) }
func (h largestFirst) Less(i, j int) bool { return h[i].key > h[j].key }
func (h largestFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *largestFirst) Push(x any)        { *h = append(*h, x.(place)) }
func (h *largestFirst) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
