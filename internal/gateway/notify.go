package gateway

import (
	"sync"

	"github.com/google/uuid"
)

// A notifier tells those who wait for a receipt within this process that it reached its end state. What is settled on
// another node is not told: who waits looks for itself from time to time as well.
type notifier struct {
	mu   sync.Mutex
	subs map[uuid.UUID]map[chan struct{}]struct{}
}

func newNotifier() *notifier {
	return &notifier{subs: make(map[uuid.UUID]map[chan struct{}]struct{})}
}

// subscribe gives a channel that is sent to when the receipt is settled, and the function that ends it, which must be
// called. Who subscribes first and then looks at the receipt misses nothing.
func (n *notifier) subscribe(id uuid.UUID) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.subs[id] == nil {
		n.subs[id] = make(map[chan struct{}]struct{})
	}
	n.subs[id][ch] = struct{}{}
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.subs[id], ch)
		if len(n.subs[id]) == 0 {
			delete(n.subs, id)
		}
	}
}

// settled tells all who wait for a receipt.
func (n *notifier) settled(id uuid.UUID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.subs[id] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
