//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// get asks for something by a key.
func (s *site) get(key, path string) (status int, body []byte, err error) {
	r, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, nil, err
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	a, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	body, err = io.ReadAll(a.Body)
	return a.StatusCode, body, err
}

// A refusal is how a sender was told to come again.
type refusal struct {
	status     int
	code       string
	reason     string
	retryAfter time.Duration
}

// errRefused is a clear no for now.
var errRefused = errors.New("refused for now")

// post sends a body once. A refusal must be a clear one: 429 or 503 with Retry-After and a problem as its body.
func (s *site) post(client *http.Client, key, act string, body io.Reader, size int64) (id uuid.UUID, no *refusal, err error) {
	r, err := http.NewRequest(http.MethodPost, s.url+"/v1/messages?name=m.edi", body)
	if err != nil {
		return id, nil, err
	}
	r.ContentLength = size
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Idempotency-Key", act)
	r.Header.Set("Expect", "100-continue") // whether there is room is said before the body is sent
	a, err := client.Do(r)
	if err != nil {
		return id, nil, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return id, nil, err
	}
	var v struct {
		ID           uuid.UUID
		Code, Reason string
		Status       int
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return id, nil, fmt.Errorf("status %d with %q: %w", a.StatusCode, text, errUnclear)
	}
	switch a.StatusCode {
	case http.StatusAccepted, http.StatusOK:
		return v.ID, nil, nil
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
		if err != nil || seconds < 1 || a.Header.Get("Content-Type") != "application/problem+json" || v.Status != a.StatusCode || v.Code == "" {
			return id, nil, fmt.Errorf("%w: status %d, headers %v, body %s", errUnclear, a.StatusCode, a.Header, text)
		}
		return id, &refusal{a.StatusCode, v.Code, v.Reason, time.Duration(seconds) * time.Second}, errRefused
	}
	return id, nil, fmt.Errorf("%w: status %d: %s", errUnclear, a.StatusCode, text)
}

// errUnclear is an answer that tells a sender neither yes nor when to come again.
var errUnclear = errors.New("not a clear answer")

// A ledger is the senders' own log: what they sent and what they were told.
type ledger struct {
	t *testing.T

	mu       sync.Mutex
	sent     map[uuid.UUID]letter
	whole    map[uuid.UUID]bool // of which check compares the bytes
	refusals map[string]int     // by status, code and reason
	broken   int                // connections that ended without an answer
}

// A letter is one file that a sender sends until it is told yes.
type letter struct {
	partner string
	act     string
	body    []byte
}

func newLedger(t *testing.T) *ledger {
	return &ledger{t: t, sent: map[uuid.UUID]letter{}, whole: map[uuid.UUID]bool{}, refusals: map[string]int{}}
}

// deliver sends a letter until it is acknowledged, as the same transport act each time, or ctx is done.
func (l *ledger) deliver(ctx context.Context, s *site, one letter) {
	l.deliverBy(ctx, s, s.client, one)
}

// deliverTo sends to the site that to names for each try.
func (l *ledger) deliverTo(ctx context.Context, to func(try int) *site, one letter) {
	l.try(ctx, func(try int) (*site, *http.Client) { s := to(try); return s, s.client }, one)
}

func (l *ledger) deliverBy(ctx context.Context, s *site, client *http.Client, one letter) {
	l.try(ctx, func(int) (*site, *http.Client) { return s, client }, one)
}

func (l *ledger) try(ctx context.Context, to func(try int) (*site, *http.Client), one letter) {
	for n := 0; ctx.Err() == nil; n++ {
		s, client := to(n)
		id, no, err := s.post(client, s.keys[one.partner], one.act, bytes.NewReader(one.body), int64(len(one.body)))
		l.mu.Lock()
		switch {
		case err == nil:
			if before, ok := l.sent[id]; ok {
				l.t.Errorf("%s got the id %s of %s", one.act, id, before.act)
			}
			l.sent[id] = one
			l.mu.Unlock()
			return
		case no != nil:
			l.refusals[fmt.Sprintf("%d %s %s", no.status, no.code, no.reason)]++
		case errors.Is(err, errUnclear):
			l.t.Errorf("%s: %v", one.act, err)
			l.mu.Unlock()
			return
		default:
			l.broken++
		}
		l.mu.Unlock()
		pause := 100 * time.Millisecond // sooner than it was asked to, so that little time is lost
		if no != nil && no.status == http.StatusTooManyRequests {
			pause = no.retryAfter
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	l.t.Errorf("%s was never acknowledged", one.act)
}

// acknowledged counts.
func (l *ledger) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent)
}

// refused counts refusals of a kind.
func (l *ledger) refused(kind string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusals[kind]
}

// refusedAtAll counts all refusals.
func (l *ledger) refusedAtAll() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, k := range l.refusals {
		n += k
	}
	return n
}

// A crowd sends letters with so many senders at once.
type crowd struct {
	l       *ledger
	stop    context.CancelFunc
	sending sync.WaitGroup
	ended   chan struct{}
}

// sendAlways begins to send small files of the partners, one after the other, until end.
func (l *ledger) sendAlways(s *site, senders int, limit time.Duration, partners ...string) *crowd {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	c := &crowd{l: l, stop: cancel, ended: make(chan struct{})}
	for i := range senders {
		c.sending.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-c.ended:
					return
				default:
				}
				p := partners[(i+n)%len(partners)]
				act := fmt.Sprintf("S%02dN%05d", i, n)
				l.deliver(ctx, s, letter{p, act, cuscar(p, act, "M"+act, "9", bill{"BM", "B" + act, ""})})
			}
		})
	}
	l.t.Cleanup(cancel)
	return c
}

// end lets the senders end what they have in hand.
func (c *crowd) end() {
	close(c.ended)
	c.sending.Wait()
	c.stop()
}

// check holds the gateway to what the senders were told: each file that was acknowledged comes to its end, accepted and
// with the bytes that were sent. Of very many the bytes of every tenth are looked at.
func (l *ledger) check(s *site, limit time.Duration) {
	l.t.Helper()
	end := time.Now().Add(patience * limit)
	var checking sync.WaitGroup
	ids := make(chan uuid.UUID)
	for range 8 {
		checking.Go(func() {
			for id := range ids {
				if err := l.checkOne(s, id, end); err != nil {
					l.t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	n := 0
	for id := range l.sent {
		if n++; n%10 == 0 || len(l.sent) <= 300 {
			l.whole[id] = true
		}
	}
	for id := range l.sent {
		ids <- id
	}
	close(ids)
	checking.Wait()
	l.t.Logf("%d acknowledged, refused: %v, %d connections broken", len(l.sent), l.refusals, l.broken)
}

func (l *ledger) checkOne(s *site, id uuid.UUID, end time.Time) error {
	one := l.sent[id]
	key := s.keys[one.partner]
	for {
		status, body, err := s.get(key, "/v1/messages/"+id.String())
		var v struct {
			State       gateway.State
			DuplicateOf string `json:"duplicate_of"`
			Reason      string
		}
		if err == nil && status == http.StatusOK {
			err = json.Unmarshal(body, &v)
		}
		switch {
		case err == nil && status == http.StatusNotFound:
			return errors.New("it was acknowledged and is not there")
		case err == nil && v.State == gateway.StateAccepted && v.DuplicateOf == "" && !l.whole[id]:
			return nil
		case err == nil && v.State == gateway.StateAccepted && v.DuplicateOf == "":
			status, body, err = s.get(key, "/v1/messages/"+id.String()+"/original")
			if err == nil && status == http.StatusOK {
				if !bytes.Equal(body, one.body) {
					return fmt.Errorf("its original of %d bytes is not the %d bytes that were sent", len(body), len(one.body))
				}
				return nil
			}
		case v.State.Final():
			return fmt.Errorf("it is %s (%s), duplicate of %q", v.State, v.Reason, v.DuplicateOf)
		}
		if time.Now().After(end) {
			return fmt.Errorf("it has not come to its end in time: status %d, %s, %v", status, body, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// once looks into the database: nothing is there that was not acknowledged, nothing twice, and each end was told once.
func (l *ledger) once(store gateway.Store, partners ...string) {
	l.t.Helper()
	seen := 0
	for _, p := range partners {
		for before := int64(0); ; {
			page, err := store.Receipts(l.t.Context(), gateway.ReceiptQuery{Mode: "live", Partner: partner.ID(p), Before: before, Limit: 500})
			must(l.t, err)
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				before = r.Seq
				seen++
				if _, ok := l.sent[r.ID]; !ok {
					l.t.Errorf("receipt %s (%s) was made for what came before, or for nothing", r.ID, r.TransportID)
				}
			}
		}
	}
	if seen != len(l.sent) {
		l.t.Errorf("%d receipts for %d acknowledgements", seen, len(l.sent))
	}
	for {
		n, err := store.NumberEvents(l.t.Context(), 1000)
		must(l.t, err)
		if n == 0 {
			break
		}
	}
	told := map[string]int{}
	for after := int64(0); ; {
		events, err := store.Events(l.t.Context(), outbox.Query{After: after, Limit: 1000, Types: []string{outbox.TypeSettled}})
		must(l.t, err)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			told[e.Subject]++
			after = e.Position
		}
	}
	for id := range l.sent {
		if n := told["message/"+id.String()]; n != 1 {
			l.t.Errorf("the end of %s was told %d times", id, n)
		}
	}
}
