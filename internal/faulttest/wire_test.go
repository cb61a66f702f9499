//go:build linux

package faulttest_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A wire is the connection of one node to a server, as a test has it in its hand: whole, cut, or silent.
type wire struct {
	t      *testing.T
	target string
	addr   string

	mu       sync.Mutex
	changed  chan struct{} // closed and made anew when silence begins or ends
	silent   bool
	listener net.Listener
	ends     map[net.Conn]struct{} // of connections that are open
}

// newWire makes one to an address.
func newWire(t *testing.T, target string) *wire {
	t.Helper()
	w := &wire{t: t, target: target, addr: "127.0.0.1:0", changed: make(chan struct{}), ends: map[net.Conn]struct{}{}}
	w.mend()
	t.Cleanup(w.cut)
	return w
}

// mend lets connections be made, at the address where they were made before.
func (w *wire) mend() {
	w.t.Helper()
	l, err := net.Listen("tcp", w.addr)
	must(w.t, err)
	w.mu.Lock()
	w.addr, w.listener = l.Addr().String(), l
	w.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // cut
			}
			go w.carry(c)
		}
	}()
}

// cut ends all connections, and refuses new ones.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for c := range w.ends {
		_ = c.Close()
	}
	w.hush(false)
}

// silence lets no byte through any more, and keeps connections as they are; new ones are taken, and hear nothing.
func (w *wire) silence(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hush(on)
}

func (w *wire) hush(on bool) {
	w.silent = on
	close(w.changed)
	w.changed = make(chan struct{})
}

// open waits until bytes go through.
func (w *wire) open() {
	w.mu.Lock()
	for w.silent {
		changed := w.changed
		w.mu.Unlock()
		<-changed
		w.mu.Lock()
	}
	w.mu.Unlock()
}

// hold notes an end of a connection, and lets go of it.
func (w *wire) hold(c net.Conn, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if on {
		w.ends[c] = struct{}{}
	} else {
		delete(w.ends, c)
	}
}

func (w *wire) carry(near net.Conn) {
	w.hold(near, true)
	defer w.hold(near, false)
	defer near.Close()
	far, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	w.hold(far, true)
	defer w.hold(far, false)
	defer far.Close()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			_, _ = io.Copy(&passage{way[1], w}, way[0]) // ends with either end
			_, _ = near.Close(), far.Close()
		})
	}
	both.Wait()
}

// A passage is one way of a connection.
type passage struct {
	to io.Writer
	w  *wire
}

// Write implements io.Writer.
func (p *passage) Write(b []byte) (int, error) {
	p.w.open()
	return p.to.Write(b)
}
