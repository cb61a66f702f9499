package https

import (
	"net"
	"sync"
	"time"

	"cargogate/internal/transport"
)

// A gate bounds the bodies that are read at once, in all and for each principal. Nobody waits at it: who does not get
// in is told to come again, before the body is sent.
type gate struct {
	max, each int

	mu    sync.Mutex
	all   int
	byWho map[string]int
}

func newGate(most, each int) *gate { return &gate{max: most, each: each, byWho: map[string]int{}} }

// enter takes a place; leave gives it back.
func (g *gate) enter(who string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byWho[who] >= g.each {
		return &transport.BusyError{Reason: "concurrency", RetryAfter: time.Second, Partner: true}
	}
	if g.all >= g.max {
		return &transport.BusyError{Reason: "concurrency", RetryAfter: time.Second}
	}
	g.all++
	g.byWho[who]++
	return nil
}

func (g *gate) leave(who string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.byWho[who]--; g.byWho[who] == 0 {
		delete(g.byWho, who)
	}
}

// A limitListener accepts no more while so many of its connections are open: the rest waits in the system's queue.
type limitListener struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newLimitListener(l net.Listener, n int) *limitListener {
	return &limitListener{Listener: l, places: make(chan struct{}, n), closed: make(chan struct{})}
}

// Accept waits for a place, then for a connection.
func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &limitConn{Conn: c, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close ends waiting too.
func (l *limitListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitConn struct {
	net.Conn
	leave func()
}

// Close gives the place back.
func (c *limitConn) Close() error {
	err := c.Conn.Close()
	c.leave()
	return err
}
