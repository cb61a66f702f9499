//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cargogate/internal/store/sqlite"
)

// moreFiles raises the limit of open files of this process, and of those that it starts.
func moreFiles(t *testing.T, n uint64) {
	t.Helper()
	var r syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r))
	if r.Cur >= n {
		return
	}
	r.Cur, r.Max = n, max(r.Max, n)
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &r))
}

// A trickle is a body of which a byte comes now and then, until it is let go: then the rest comes at once.
type trickle struct {
	ctx   context.Context
	body  *bytes.Reader
	every time.Duration
	letGo <-chan struct{}
}

var errGone = errors.New("the sender went away")

// Read implements io.Reader.
func (r *trickle) Read(p []byte) (int, error) {
	select {
	case <-r.ctx.Done():
		return 0, errGone
	case <-r.letGo:
		return r.body.Read(p)
	case <-time.After(r.every):
		return r.body.Read(p[:1])
	}
}

// Hundreds of slow senders beside normal ones: the normal ones do not notice. Of one partner only so many are let in at
// once, the others are told to come again; who is too slow for too long is told so; who goes away has sent nothing; who
// brings the rest in time is acknowledged.
func TestSlowSenders(t *testing.T) {
	t.Parallel()
	moreFiles(t, 4096)
	s := newSite(t, nil, "limits: {disk_free: 1MiB}")
	s.start("SLOWA", "SLOWB", "SLOWC", "LINEA")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	away, leave := context.WithCancel(ctx)
	defer leave()
	l := newLedger(t)
	rest := make(chan struct{})
	client := &http.Client{Transport: s.client.Transport}
	var sending sync.WaitGroup
	var slow, crowded, gone, took, inTime atomic.Int64
	const each = 140 // of which 128 of one partner are let in at once
	for _, p := range []string{"SLOWA", "SLOWB", "SLOWC"} {
		for i := range each {
			sending.Go(func() {
				act := fmt.Sprintf("%s%05d", p, i)
				one := letter{p, act, cuscar(p, act, "M"+act, "9", bill{"BM", "B" + act, ""})}
				r := &trickle{ctx: ctx, body: bytes.NewReader(one.body), every: time.Second, letGo: rest}
				switch p {
				case "SLOWA": // go away
					r.ctx, r.letGo = away, nil
				case "SLOWC": // stay slow
					r.letGo = nil
				}
				id, no, err := s.post(client, s.keys[p], act, r, int64(len(one.body)))
				switch {
				case err == nil:
					took.Add(1)
					l.mu.Lock()
					l.sent[id] = one
					l.mu.Unlock()
				case no != nil && no.status == http.StatusTooManyRequests && no.reason == "concurrency":
					crowded.Add(1)
				case p == "SLOWA":
					gone.Add(1)
				case p == "SLOWC":
					slow.Add(1) // 408, or the connection was ended while it was sending
					if errors.Is(err, errUnclear) && bytes.Contains([]byte(err.Error()), []byte(`status 408`)) {
						inTime.Add(1)
					}
				default:
					t.Errorf("%s: %v", act, err)
				}
			})
		}
	}
	wait(t, 20*time.Second, func(context.Context) error {
		if n := crowded.Load(); n < 3*(each-128) {
			return fmt.Errorf("%w: %d were told that there are too many", errNotYet, n)
		}
		return nil
	})
	usual(t, s, "LINEA", 100, 500*time.Millisecond, l)
	s.ready("")
	leave()
	close(rest)
	wait(t, 20*time.Second, func(context.Context) error {
		if n := took.Load(); n < 128 {
			return fmt.Errorf("%w: %d of SLOWB were acknowledged", errNotYet, n)
		}
		return nil
	})
	ended := make(chan struct{})
	go func() { sending.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(50 * time.Second): // the window of the least rate is 30 s
		t.Fatalf("slow senders are never told: %d were", slow.Load())
	}
	if crowded.Load() != 3*(each-128) || gone.Load() != 128 || took.Load() != 128 || slow.Load() != 128 || inTime.Load() == 0 {
		t.Errorf("too many: %d, went away: %d, acknowledged: %d, too slow: %d (told: %d)", crowded.Load(), gone.Load(), took.Load(), slow.Load(), inTime.Load())
	}
	l.check(s, 20*time.Second)
	s.stop()
	store, err := sqlite.Open(t.Context(), sqlite.Options{Dir: s.data})
	must(t, err)
	defer store.Close()
	l.once(store, "SLOWA", "SLOWB", "SLOWC", "LINEA")
}

// Two thousand connections are open at once, and of these as many send a file at the same time as are more than are let
// in: each is told yes, or when to come again. With all of them open a normal sender is served.
func TestTwoThousandConnections(t *testing.T) {
	t.Parallel()
	moreFiles(t, 8192)
	const connections = 2000
	s := newSite(t, nil, "limits: {disk_free: 1MiB}")
	s.start("LINEA", "LINEB", "LINEC", "LINED")
	partners := []string{"LINEA", "LINEB", "LINEC"}
	clients := make([]*http.Client, connections)
	var opening sync.WaitGroup
	turns := make(chan struct{}, 100)
	for i := range clients { // each client has one connection, which stays open
		transport := &http.Transport{MaxConnsPerHost: 1, IdleConnTimeout: time.Minute, ExpectContinueTimeout: 10 * time.Second}
		t.Cleanup(transport.CloseIdleConnections)
		clients[i] = &http.Client{Transport: transport, Timeout: time.Minute}
		opening.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			a, err := clients[i].Get(s.url + "/livez")
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, a.Body)
			_ = a.Body.Close()
		})
	}
	opening.Wait()
	l := newLedger(t)
	usual(t, s, "LINED", 20, 500*time.Millisecond, l)

	ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
	defer cancel()
	var sending sync.WaitGroup
	senders := either(800, connections)
	for i, client := range clients[:senders] {
		sending.Go(func() {
			p := partners[i%len(partners)]
			act := fmt.Sprintf("N%06d", i)
			l.deliverBy(ctx, s, client, letter{p, act, cuscar(p, act, "M"+act, "9", bill{"BM", "B" + act, ""})})
		})
	}
	sending.Wait()
	if n := l.acknowledged(); n != senders+20 {
		t.Errorf("%d were acknowledged", n)
	}
	if l.refusedAtAll() == 0 {
		t.Error("nobody had to come again")
	}
	l.check(s, 40*time.Second)
	s.stop()
	store, err := sqlite.Open(t.Context(), sqlite.Options{Dir: s.data})
	must(t, err)
	defer store.Close()
	l.once(store, "LINEA", "LINEB", "LINEC", "LINED")
}
