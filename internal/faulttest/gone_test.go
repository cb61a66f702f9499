//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/sqlite"
)

// more waits until so many more were acknowledged.
func (l *ledger) more(n int) {
	l.t.Helper()
	before := l.acknowledged()
	wait(l.t, 30*time.Second, func(context.Context) error {
		if now := l.acknowledged() - before; now < n {
			return fmt.Errorf("%w: %d more were acknowledged", errNotYet, now)
		}
		return nil
	})
}

// The database is killed under load, is gone for a while, and comes back: senders are told to come again, the gateway
// goes on by itself, and what was acknowledged is there, once.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Private(t, pgtest.Options{}) // which forces to disk what it commits
	dsn := cluster.Database(t, "faulttest", postgres.Migrate)
	s := newSite(t, nil, fmt.Sprintf("store: {kind: postgres, dsn: %q}\nlimits: {disk_free: 1MiB}\nwork: {lease: 3s}", dsn))
	s.start("LINEA", "LINEB")
	l := newLedger(t)
	c := l.sendAlways(s, 6, 3*time.Minute, "LINEA", "LINEB")
	for i, end := range either([]func() error{cluster.Kill, cluster.Stop}, []func() error{cluster.Kill, cluster.Stop, cluster.StopImmediate, cluster.Kill, cluster.Kill}) {
		l.more(30)
		no := l.refusedAtAll()
		must(t, end())
		wait(t, 30*time.Second, func(context.Context) error {
			if l.refusedAtAll() < no+6 {
				return fmt.Errorf("%w: outage %d, refused %v", errNotYet, i, l.refusals)
			}
			return nil
		})
		s.ready("database")
		must(t, cluster.Start(t.Context()))
		s.ready("")
	}
	l.more(30)
	c.end()
	for kind := range l.refusals {
		if kind != "503 busy database" && kind != "503 unavailable " {
			t.Errorf("refused as %q", kind)
		}
	}
	l.check(s, 40*time.Second)
	s.stop()
	store, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn})
	must(t, err)
	defer store.Close()
	l.once(store, "LINEA", "LINEB")
}

// An objectStore is S3 as a test has it in its hand: it can be gone, or slow.
type objectStore struct {
	t       *testing.T
	handler http.Handler
	addr    string
	server  *http.Server
	delay   atomic.Int64 // before a body is taken, ns
	puts    atomic.Int64
}

func newObjectStore(t *testing.T) *objectStore {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("originals"))
	o := &objectStore{t: t, handler: gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server(), addr: "127.0.0.1:0"}
	o.open()
	t.Cleanup(o.close)
	return o
}

// open listens, where it listened before.
func (o *objectStore) open() {
	o.t.Helper()
	l, err := net.Listen("tcp", o.addr)
	must(o.t, err)
	o.addr = l.Addr().String()
	o.server = &http.Server{Handler: o, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = o.server.Serve(l) }()
}

// close ends all connections.
func (o *objectStore) close() { _ = o.server.Close() }

// ServeHTTP takes its time for bodies.
func (o *objectStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		o.puts.Add(1)
		time.Sleep(time.Duration(o.delay.Load()))
	}
	o.handler.ServeHTTP(w, r)
}

func (o *objectStore) settings() string { return settingsOf(o.addr) }

func settingsOf(addr string) string {
	return fmt.Sprintf("blobs: {kind: s3, s3: {endpoint: \"http://%s\", bucket: originals, access_key: AKIDEXAMPLE, secret_key: example-secret, path_style: true}}\nlimits: {disk_free: 1MiB}", addr)
}

// largeBody is over what is kept in the row of a receipt.
const largeBody = 400 << 10

// The store of originals is gone and comes back: small files, which are kept in the database first, are taken all the
// while; large ones are refused in clear words, and taken when it is back. It is slow: small files are as quick as ever.
func TestObjectStoreGoneAndSlow(t *testing.T) {
	t.Parallel()
	o := newObjectStore(t)
	s := newSite(t, nil, o.settings())
	s.start("LINEA", "LINEB", "LARGE")
	l := newLedger(t)
	large := func(n int) letter {
		act := fmt.Sprintf("L%05d", n)
		return letter{"LARGE", act, padded("LARGE", act, largeBody)}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	l.deliver(ctx, s, large(1))
	c := l.sendAlways(s, 1, 2*time.Minute, "LINEA", "LINEB")
	l.more(20)

	o.close()
	gone := large(2)
	before := time.Now()
	if _, no, err := s.post(s.client, s.keys[gone.partner], gone.act, bytes.NewReader(gone.body), int64(len(gone.body))); no == nil || no.status != http.StatusServiceUnavailable {
		t.Errorf("a large file without a store of originals: %+v, %v", no, err)
	} else if took := time.Since(before); took > 30*time.Second {
		t.Errorf("it was refused after %s", took)
	} else {
		t.Logf("a large file without a store of originals is refused after %s", took.Round(time.Millisecond))
	}
	s.ready("blob")
	l.more(20) // small ones go on
	o.open()
	l.deliver(ctx, s, gone)
	s.ready("")
	l.more(20)

	o.delay.Store(int64(1500 * time.Millisecond))
	slow := large(3)
	done := make(chan time.Duration)
	go func() {
		began := time.Now()
		l.deliver(ctx, s, slow)
		done <- time.Since(began)
	}()
	usual(t, s, "LINEA", 40, 500*time.Millisecond, l) // a third of what the store takes
	if took := <-done; took < 1500*time.Millisecond {
		t.Errorf("the large file took %s: the store was not slow", took)
	}
	o.delay.Store(0)
	c.end()
	l.check(s, 30*time.Second)
	// What lay in rows goes to the store once it is back.
	wait(t, 30*time.Second, func(context.Context) error {
		if n := o.puts.Load(); n < int64(l.acknowledged()) {
			return fmt.Errorf("%w: %d bodies of %d were brought to the store", errNotYet, n, l.acknowledged())
		}
		return nil
	})
	s.stop()
	store, err := sqlite.Open(t.Context(), sqlite.Options{Dir: s.data})
	must(t, err)
	defer store.Close()
	l.once(store, "LINEA", "LINEB", "LARGE")
}

// usual sends n files one after the other; half of them must take at most limit. The
// slowest of them says more of the machine than of the gateway.
func usual(t *testing.T, s *site, from string, n int, limit time.Duration, l *ledger) {
	t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		act := strings.ReplaceAll(fmt.Sprintf("Q%s%05d", from, i), "LINE", "")
		began := time.Now()
		l.deliver(t.Context(), s, letter{from, act, cuscar(from, act, "M"+act, "9", bill{"BM", "B" + act, ""})})
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	if took[n/2] > patience*limit {
		t.Errorf("half of %d small files took %s and more", n, took[n/2])
	}
	t.Logf("of %d small files half took at most %s, the slowest %s", n, took[n/2].Round(time.Millisecond), took[n-1].Round(time.Millisecond))
}
