//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
)

// howManyCases is for every day; CARGOGATE_CASES asks for another number, as make cases does.
func howManyCases(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CARGOGATE_CASES")
	if text == "" {
		return either(500, 5000)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 || n%100 != 0 {
		t.Fatalf("CARGOGATE_CASES is %q, not a number of hundreds", text)
	}
	return n
}

// A hold is a lease that a worker was told of.
type hold struct {
	worker int
	until  time.Time
}

// A deskLedger is the workers' own log: what they were given, and what they were told is decided.
type deskLedger struct {
	t       *testing.T
	mu      sync.Mutex
	holds   map[uuid.UUID]hold
	decided map[uuid.UUID]int // by worker
	acts    atomic.Int64      // decisions that were acknowledged
}

// leased notes a lease, and fails where another worker has the case, or it was decided: acknowledged decisions are no work.
func (l *deskLedger) leased(worker int, id uuid.UUID, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h, ok := l.holds[id]; ok && h.worker != worker && h.until.After(time.Now()) {
		l.t.Errorf("worker %d was given case %s, which worker %d has until %s", worker, id, h.worker, h.until)
	}
	if w, ok := l.decided[id]; ok {
		l.t.Errorf("worker %d was given case %s, which worker %d has decided", worker, id, w)
	}
	l.holds[id] = hold{worker, until}
}

func (l *deskLedger) took(worker int, id uuid.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w, ok := l.decided[id]; ok {
		l.t.Errorf("case %s was decided by worker %d and by worker %d", id, w, worker)
	}
	l.decided[id] = worker
	delete(l.holds, id)
	l.acts.Add(1)
}

// ask posts JSON. An error is of the connection; an answer that says to come again is errNotYet.
func ask(ctx context.Context, client *http.Client, url, key string, in, out any) (status int, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	q.Header.Set("Authorization", "Bearer "+key)
	q.Header.Set("Content-Type", "application/json")
	a, err := client.Do(q)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return 0, err
	}
	switch {
	case a.StatusCode == http.StatusTooManyRequests, a.StatusCode == http.StatusServiceUnavailable:
		return a.StatusCode, errNotYet
	case a.StatusCode == http.StatusOK:
		return a.StatusCode, json.Unmarshal(text, out)
	}
	return a.StatusCode, fmt.Errorf("status %d: %s", a.StatusCode, text)
}

// Ten workers lease and decide all cases through two kill -9 of the gateway: none is given to two at once, none is decided
// twice, none is lost, and each decision has its one answer.
func TestCasesThroughKills(t *testing.T) {
	t.Parallel()
	const workers, each = 10, 100
	n := howManyCases(t)
	servers := pgtest.Private(t, pgtest.Options{}) // which forces to disk what it commits
	dsn := servers.Database(t, "faulttest", postgres.Migrate)
	s := newSite(t, nil, fmt.Sprintf("store: {kind: postgres, dsn: %q}\nwork: {lease: 3s}\nlimits: {disk_free: 1MiB}", dsn))
	s.start("LINEA")
	keys := make([]string, workers)
	for i := range keys {
		keys[i] = strings.TrimSpace(s.command("key", "add", fmt.Sprintf("service:desk%d", i)))
	}
	l := newLedger(t)
	for m := range n / each {
		var bills []bill
		for i := range each {
			bills = append(bills, bill{"BM", fmt.Sprintf("C%04d%03d", m, i), ""})
		}
		act := fmt.Sprintf("C%05d", m)
		l.deliverBy(t.Context(), s, s.client, letter{"LINEA", act, cuscar("LINEA", act, "M"+act, "9", bills...)})
	}
	store, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn})
	must(t, err)
	defer store.Close()
	wait(t, 2*time.Minute, func(ctx context.Context) error {
		if found := len(allCases(t, store)); found < n {
			return fmt.Errorf("%w: %d cases are open", errNotYet, found)
		}
		return nil
	})

	desk := &deskLedger{t: t, holds: map[uuid.UUID]hold{}, decided: map[uuid.UUID]int{}}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	url := &atomic.Pointer[string]{}
	url.Store(&s.url)
	var working sync.WaitGroup
	for w, key := range keys {
		working.Go(func() { desk.work(ctx, s.client, url, w, key) })
	}
	for kill := 1; kill <= 2; kill++ {
		wait(t, 2*time.Minute, func(context.Context) error {
			if got := desk.acts.Load(); got < int64(n*kill/3) {
				return fmt.Errorf("%w: %d decisions", errNotYet, got)
			}
			return nil
		})
		s.crash()
		s.start()
		now := s.url
		url.Store(&now)
	}
	working.Wait()
	if ctx.Err() != nil {
		t.Fatalf("%d of %d cases were decided in time", desk.acts.Load(), n)
	}
	desk.check(store, n)
	s.stop()
}

// work leases and decides until everything is decided. An act whose answer was lost may have been done: then the case is not
// given again, and check finds it decided once.
func (l *deskLedger) work(ctx context.Context, client *http.Client, url *atomic.Pointer[string], worker int, key string) {
	type item struct {
		ID         uuid.UUID `json:"id"`
		Lease      string    `json:"lease"`
		LeaseUntil time.Time `json:"lease_until"`
		Revision   int64     `json:"revision"`
		State      string    `json:"state"`
	}
	for idle := 0; ctx.Err() == nil && idle < 30; {
		var page struct{ Items []item }
		if _, err := ask(ctx, client, *url.Load()+"/v1/cases:lease", key, map[string]any{"max": 4, "seconds": 4}, &page); err != nil {
			pause(ctx, 50*time.Millisecond)
			continue
		}
		if len(page.Items) == 0 { // what a killed lease holds comes again once its time is over: 4 s
			idle++
			pause(ctx, 200*time.Millisecond)
			continue
		}
		idle = 0
		for _, v := range page.Items {
			l.leased(worker, v.ID, v.LeaseUntil)
		}
		for _, v := range page.Items {
			var after item
			status, err := ask(ctx, client, *url.Load()+"/v1/cases/"+v.ID.String()+":decide", key,
				map[string]any{"lease": v.Lease, "revision": v.Revision, "to": "hold", "reason": "documents"}, &after)
			switch {
			case err == nil && after.State == "hold":
				l.took(worker, v.ID)
			case err == nil:
				l.t.Errorf("case %s is %s after a decision to hold", v.ID, after.State)
			case status != 0 && status != http.StatusConflict && err != errNotYet && status < 500:
				l.t.Errorf("case %s: %v", v.ID, err)
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// allCases gives all that are open.
func allCases(t *testing.T, store *postgres.Store) []caseq.Case {
	t.Helper()
	var all []caseq.Case
	q := gateway.CaseList{Now: time.Now(), Limit: 1000}
	for {
		items, next, err := store.Cases(t.Context(), q)
		must(t, err)
		all = append(all, items...)
		if q.After = next; next == "" {
			return all
		}
	}
}

// check holds the database against what the workers were told.
func (l *deskLedger) check(store *postgres.Store, n int) {
	t := l.t
	t.Helper()
	cases := allCases(t, store)
	if len(cases) != n {
		t.Errorf("there are %d cases, want %d", len(cases), n)
	}
	receipts := map[uuid.UUID]int{} // cases of each
	for i := range cases {
		c := &cases[i]
		receipts[c.Receipt]++
		history, err := store.CaseHistory(t.Context(), c.ID, 1000)
		must(t, err)
		decisions := 0
		for j, e := range history {
			if e.What == caseq.WhatDecided {
				decisions++
			}
			if e.Seq != int64(j+1) {
				t.Errorf("case %d: line %d of the history has the number %d", c.Number, j+1, e.Seq)
			}
		}
		if c.State != caseq.Hold || decisions != 1 || c.Decision == nil || c.Revision != int64(1+len(history)-count(history, caseq.WhatLeaseEnded)-1) {
			t.Errorf("case %d is %s at revision %d with %d decisions: %+v", c.Number, c.State, c.Revision, decisions, history)
		}
		if w, ok := l.decided[c.ID]; ok && c.Decision != nil && c.Decision.By != fmt.Sprintf("service:desk%d", w) {
			t.Errorf("case %d was decided by %s, and worker %d was told that it did", c.Number, c.Decision.By, w)
		}
		delete(l.decided, c.ID)
	}
	for id, w := range l.decided {
		t.Errorf("worker %d was told that case %s is decided, and it is not there", w, id)
	}
	answers := 0
	for id, want := range receipts {
		all, err := store.Answers(t.Context(), id)
		must(t, err)
		got := 0
		for _, a := range all {
			if a.Kind == "CUSRES" {
				got++
			}
		}
		if got != want {
			t.Errorf("message %s has %d answers to decisions on %d cases", id, got, want)
		}
		answers += got
	}
	t.Logf("%d cases, %d answers, %d decisions acknowledged", len(cases), answers, l.acts.Load())
}

func count(lines []caseq.Entry, what string) (n int) {
	for _, e := range lines {
		if e.What == what {
			n++
		}
	}
	return n
}
