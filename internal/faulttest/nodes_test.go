//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
)

// A cluster of two nodes on one PostgreSQL and one S3 store. The first has a wire of its own to each of the two.
type twoNodes struct {
	t       *testing.T
	a, b    *site
	db, s3  *wire // of a
	servers *pgtest.Cluster
	objects *objectStore
	dsn     string
}

var portOf = regexp.MustCompile(`port=(\d+)`)

func newTwoNodes(t *testing.T, partners ...string) *twoNodes {
	t.Helper()
	n := &twoNodes{t: t, servers: pgtest.Private(t, pgtest.Options{}), objects: newObjectStore(t)} // which forces to disk what it commits
	n.dsn = n.servers.Database(t, "faulttest", postgres.Migrate)
	port := portOf.FindStringSubmatch(n.dsn)
	if port == nil {
		t.Fatalf("no port in %q", n.dsn)
	}
	n.db = newWire(t, net.JoinHostPort("127.0.0.1", port[1]))
	n.s3 = newWire(t, n.objects.addr)
	key := filepath.Join(t.TempDir(), "audit-key.pem") // one for both
	node := func(name, dsn, objects string) *site {
		return newSite(t, nil, fmt.Sprintf("node: %s\nnodes: 2\naudit: {key: %s}\nstore: {kind: postgres, dsn: %q}\nwork: {lease: 3s}\n%s", name, key, dsn,
			settingsOf(objects)))
	}
	_, wired, err := net.SplitHostPort(n.db.addr)
	must(t, err)
	byWire := regexp.MustCompile(`host=\S+`).ReplaceAllString(portOf.ReplaceAllString(n.dsn, "port="+wired), "host=127.0.0.1")
	n.a, n.b = node("a", byWire, n.s3.addr), node("b", n.dsn, n.objects.addr)
	n.a.start(partners...)
	for p, k := range n.a.keys {
		n.b.keys[p] = k
	}
	n.b.start()
	return n
}

// inTurn gives the nodes in turn: a sender that is told no by one, or hears nothing, asks the other.
func (n *twoNodes) inTurn(first int) func(try int) *site {
	return func(try int) *site { return [2]*site{n.a, n.b}[(first+try)%2] }
}

// post begins to send small files, one after the other, to a node or to both in turn, and counts those that were taken.
func (n *twoNodes) post(l *ledger, c *crowd, name, from string, to func(try int) *site) *atomic.Int64 {
	sent := new(atomic.Int64)
	c.sending.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-c.ended:
				return
			default:
			}
			act := fmt.Sprintf("%s%05d", name, i)
			l.deliverTo(n.t.Context(), to, letter{from, act, cuscar(from, act, "M"+act, "9", bill{"BM", "B" + act, ""})})
			sent.Add(1)
			time.Sleep(50 * time.Millisecond) // what is tried is outages, not load
		}
	})
	return sent
}

// further waits until a sender was told yes so often more.
func (n *twoNodes) further(sent *atomic.Int64, more int64) {
	n.t.Helper()
	before := sent.Load()
	wait(n.t, 30*time.Second, func(context.Context) error {
		if now := sent.Load() - before; now < more {
			return fmt.Errorf("%w: %d more were acknowledged", errNotYet, now)
		}
		return nil
	})
}

// refused is a clear no of a node to a file.
func (n *twoNodes) refused(s *site, one letter, reason string) {
	n.t.Helper()
	wait(n.t, 20*time.Second, func(context.Context) error {
		_, no, err := s.post(s.client, s.keys[one.partner], one.act, bytes.NewReader(one.body), int64(len(one.body)))
		switch {
		case errors.Is(err, errUnclear):
			n.t.Fatal(err)
		case no == nil || no.status != http.StatusServiceUnavailable:
			return fmt.Errorf("%w: %+v, %v", errNotYet, no, err)
		case no.reason != reason:
			return fmt.Errorf("%w: the reason is %q", errNotYet, no.reason)
		}
		return nil
	})
}

// Two nodes, of which one loses its database, then hears nothing from it, then loses its store of originals, while the
// other goes on; and then both lose both. Senders go to one of them, or to the other where the first says no. All of it
// ends by itself, and what was acknowledged is there, once.
func TestNodeLosesItsConnections(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t, "LINEA", "LINEB", "BOTH", "LARGE")
	l := newLedger(t)
	c := &crowd{l: l, stop: func() {}, ended: make(chan struct{})}
	toA := n.post(l, c, "A", "LINEA", func(int) *site { return n.a })
	toB := n.post(l, c, "B", "LINEB", func(int) *site { return n.b })
	both := []*atomic.Int64{n.post(l, c, "C", "BOTH", n.inTurn(0)), n.post(l, c, "D", "BOTH", n.inTurn(1))}
	larges := 0
	large := func() letter {
		larges++
		act := fmt.Sprintf("L%05d", larges)
		return letter{"LARGE", act, padded("LARGE", act, largeBody)}
	}
	all := func() {
		t.Helper()
		for _, sent := range append(both, toA, toB) {
			n.further(sent, 10)
		}
	}
	// others says that what goes on at the other node goes on, those who ask both in turn included.
	others := func() {
		t.Helper()
		n.b.ready("")
		for _, sent := range append(both, toB) {
			n.further(sent, 10)
		}
		l.deliver(t.Context(), n.b, large())
	}
	all()
	for range either(1, 5) {
		n.db.cut()
		n.a.ready("database")
		n.refused(n.a, large(), "database")
		others()
		n.db.mend()
		n.a.ready("")
		all()

		n.db.silence(true)
		n.a.ready("database")
		others()
		n.db.silence(false)
		n.a.ready("")
		all()

		n.s3.cut()
		n.a.ready("blob")
		one := large()
		n.refused(n.a, one, "spool")
		n.further(toA, 10) // small ones are durable in the database first
		others()
		l.deliver(t.Context(), n.b, one) // what one refused the other takes
		n.s3.mend()
		n.a.ready("")
		l.deliver(t.Context(), n.a, large())

		must(t, n.servers.Kill())
		n.a.ready("database")
		n.b.ready("database")
		must(t, n.servers.Start(t.Context()))
		n.a.ready("")
		n.b.ready("")
		all()

		n.objects.close()
		n.a.ready("blob")
		n.b.ready("blob")
		all()
		n.objects.open()
		n.a.ready("")
		n.b.ready("")
		l.deliver(t.Context(), n.a, large())
	}
	c.end()
	l.check(n.a, 60*time.Second)
	l.check(n.b, 60*time.Second) // who asks the other hears the same
	n.a.command("audit", "verify")
	n.a.stop()
	n.b.stop()
	store, err := postgres.Open(t.Context(), postgres.Options{DSN: n.dsn})
	must(t, err)
	defer store.Close()
	l.once(store, "LINEA", "LINEB", "BOTH", "LARGE")
}
