package sqlite

import (
	"context"
	"sync"
)

// wakes tells subscribers that work may be there. Who has not taken the last word yet is not told again.
type wakes struct {
	mu   sync.Mutex
	subs map[chan struct{}]bool
}

func (w *wakes) send() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.subs {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Subscribe gives a channel on which something is sent when work may be there. It is closed when ctx ends.
func (s *Store) Subscribe(ctx context.Context) (<-chan struct{}, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := make(chan struct{}, 1)
	w := &s.wakes
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.subs == nil {
		w.subs = map[chan struct{}]bool{}
	}
	w.subs[c] = true
	context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, c)
		close(c)
	})
	return c, nil
}
