package transporttest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A recorder is a Receiver that keeps what it is given, and does as it is told.
type recorder struct {
	mu        sync.Mutex
	busy      error         // of Admit
	fail      error         // of Receive, after it has read
	block     chan struct{} // Receive waits for it after it has read
	arrived   chan struct{} // Receive says here that it has read
	onRead    func(n int64) // called as bytes come
	admitted  []int64       // sizes that Admit was asked for since the last Receive
	delivered []delivered
	acts      map[string]transport.Receipt
}

// delivered is one call of Receive.
type delivered struct {
	transport.Delivery
	n        int64
	sum      [32]byte
	err      error // of reading
	admitted []int64
}

// Admit implements transport.Receiver.
func (r *recorder) Admit(_ context.Context, _ partner.Principal, size int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy == nil {
		r.admitted = append(r.admitted, size)
	}
	return r.busy
}

// Receive implements transport.Receiver.
func (r *recorder) Receive(_ context.Context, d *transport.Delivery) (transport.Receipt, error) {
	r.mu.Lock()
	got := delivered{Delivery: *d, admitted: r.admitted}
	r.admitted = nil
	onRead := r.onRead
	r.mu.Unlock()

	// io.Copy, since it takes short cuts where a body offers them: those must be as careful as Read.
	h := sha256.New()
	got.n, got.err = io.Copy(&counter{w: h, f: onRead}, d.Body)
	got.sum = [32]byte(h.Sum(nil))

	r.mu.Lock()
	r.delivered = append(r.delivered, got)
	fail, block, arrived := r.fail, r.block, r.arrived
	r.mu.Unlock()
	if arrived != nil {
		arrived <- struct{}{}
	}
	if block != nil {
		<-block
	}
	switch {
	case got.err != nil:
		return transport.Receipt{}, fmt.Errorf("recorder: %w", got.err)
	case fail != nil:
		return transport.Receipt{}, fail
	case d.SHA256 != nil && *d.SHA256 != got.sum:
		return transport.Receipt{}, transport.ErrDigest
	case d.Size >= 0 && d.Size != got.n:
		return transport.Receipt{}, transport.ErrSize
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if earlier, ok := r.acts[d.TransportID]; ok && d.TransportID != "" {
		earlier.Repeated = true
		return earlier, nil
	}
	receipt := transport.Receipt{ID: uuid.Must(uuid.NewV7()), AcceptSeq: int64(len(r.acts) + 1), Mode: d.Mode, ReceivedAt: time.Now().UTC(),
		SHA256: got.sum, Size: got.n}
	if r.acts == nil {
		r.acts = map[string]transport.Receipt{}
	}
	r.acts[d.TransportID] = receipt
	return receipt, nil
}

// taken gives what was delivered since it was last called.
func (r *recorder) taken() []delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.delivered
	r.delivered = nil
	return out
}

func (r *recorder) set(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// A counter tells of what is written.
type counter struct {
	w io.Writer
	n int64
	f func(n int64)
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	if c.f != nil {
		c.f(c.n)
	}
	return n, err
}
