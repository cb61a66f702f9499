package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/outbox"
)

// settledWith puts the event of a settled message into the store, and the bills that it touches.
func (m *memStore) settledWith(bills ...string) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	m.events = append(m.events, outbox.Event{ID: uuid.Must(uuid.NewV7()), Type: outbox.TypeSettled, Subject: "message/" + id.String(), Mode: "live", TraceID: "t9"})
	m.bills[id] = bills
	for _, b := range bills {
		m.unlinked[b] = true
	}
	return id
}

func manyBills(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("B%05d", i))
	}
	return out
}

func TestLinkerGoesOverAllBillsInChunks(t *testing.T) {
	b := newBench(t, nil)
	bills := manyBills(1200)
	b.store.settledWith("A1", "A2")
	b.store.settledWith()
	b.store.settledWith(bills...)
	b.store.events = append(b.store.events, outbox.Event{Type: outbox.TypeDelivered}, outbox.Event{Type: outbox.TypeSettled, Subject: "parcel/1"})
	b.store.settledWith("Z1")
	b.store.numbered = len(b.store.events)
	for i := range b.store.events {
		b.store.events[i].Position = int64(i + 1)
	}
	events := len(b.store.events)
	if _, err := b.link(t.Context()); err != nil {
		t.Fatal(err)
	}
	var done []string
	for _, page := range b.store.relinks {
		if len(page) > linkBills {
			t.Errorf("%d bills in one transaction", len(page))
		}
		done = append(done, page...)
	}
	if want := slices.Concat([]string{"A1", "A2"}, bills, []string{"Z1"}); !slices.Equal(done, want) {
		t.Errorf("%d bills were relinked, not %d", len(done), len(want))
	}
	if got := b.store.cursors[linkerCursor]; got != int64(events) {
		t.Errorf("the cursor is at %d of %d", got, events)
	}
	if told := len(b.store.events) - events; told != 1203 {
		t.Errorf("%d changes were told", told)
	}
	e := b.store.events[events]
	if e.Type != outbox.TypeConsignment || !strings.HasPrefix(e.Subject, "consignment/") || e.Partner != "ACME" || e.Mode != "live" || e.TraceID != "t9" || !strings.Contains(e.Data, `"status":"matched"`) {
		t.Errorf("event %+v", e)
	}
}

// Bills of several messages are relinked together, of each mode apart, and each change has the trace of its message.
func TestLinkerGathersMessages(t *testing.T) {
	b := newBench(t, nil)
	first := b.store.settledWith("A1", "A3")
	b.store.settledWith("T1")
	b.store.settledWith("A3", "A2")
	for i, trace := range []string{"t1", "t2", "t3"} {
		e := &b.store.events[i]
		e.Position, e.TraceID = int64(i+1), trace
	}
	b.store.events[1].Mode = "test"
	b.store.numbered = 3
	b.store.changedBy = map[string]uuid.UUID{"A1": first}
	if _, err := b.link(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(b.store.relinks); got != "[[A1 A2 A3] [T1]]" {
		t.Errorf("relinked %s", got)
	}
	var told []string
	for _, e := range b.store.events[3:] {
		told = append(told, e.Mode+" "+e.TraceID)
	}
	if want := []string{"live t1", "live t3", "live t3", "test t2"}; !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	if b.store.cursors[linkerCursor] != 3 {
		t.Errorf("the cursor is at %d", b.store.cursors[linkerCursor])
	}
}

func TestLinkerIsIdempotent(t *testing.T) {
	b := newBench(t, nil)
	b.store.settledWith("A1", "A2")
	if _, err := b.store.NumberEvents(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := b.link(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.store.cursors[linkerCursor] = 0 // as after a crash before the last commit
	}
	if n := len(b.store.events); n != 1+2 {
		t.Errorf("%d events after the same message was done twice", n)
	}
}

func TestLinkerOvertakenByAnother(t *testing.T) {
	b := newBench(t, nil)
	b.store.settledWith("A1")
	if _, err := b.store.NumberEvents(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	b.store.hook = func(call string, _ []uuid.UUID) error {
		if call == "update" {
			b.store.mu.Lock()
			defer b.store.mu.Unlock()
			b.store.cursors[linkerCursor] = 1
		}
		return nil
	}
	if _, err := b.link(t.Context()); !errors.Is(err, ErrFenced) {
		t.Errorf("got %v", err)
	}
	if len(b.store.events) != 1 || b.store.cursors[linkerCursor] != 1 {
		t.Errorf("%d events, cursor %d", len(b.store.events), b.store.cursors[linkerCursor])
	}
	if n, err := b.link(t.Context()); n != 0 || err != nil {
		t.Errorf("then: %d, %v", n, err)
	}
}

func TestLinkerSkipsWhatIsNotItsOwn(t *testing.T) {
	b := newBench(t, nil)
	b.store.events = append(b.store.events, outbox.Event{Type: outbox.TypeDelivered}, outbox.Event{Type: outbox.TypeConsignment})
	if _, err := b.store.NumberEvents(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := b.link(t.Context()); err != nil || b.store.cursors[linkerCursor] != 2 {
		t.Errorf("cursor %d, %v", b.store.cursors[linkerCursor], err)
	}
	if _, err := b.link(t.Context()); err != nil || b.store.count("events") != 1 {
		t.Errorf("events were read %d times, %v", b.store.count("events"), err)
	}
}

func TestSettledMessagesAreNumberedAndLinked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		stop := b.start(t)
		synctest.Wait()
		id := b.put(t, "ACME", 1)[0]
		b.store.mu.Lock()
		b.store.bills[id] = []string{"A1"}
		b.store.unlinked["A1"] = true
		b.store.mu.Unlock()
		begun := time.Now()
		for range 100 {
			if b.store.count("update") > 0 {
				break
			}
			pass(time.Millisecond)
		}
		synctest.Wait()
		if took := time.Since(begun); took > b.opts.NumberEvery || len(b.store.relinks) != 1 {
			t.Errorf("after %s: %q", took, b.store.relinks)
		}
		stop()
	})
}

func TestLoopsGoOnAfterErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		back := time.Now().Add(time.Minute)
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call != "accept" && call != "generation" && time.Now().Before(back) {
				return ErrUnavailable
			}
			return nil
		}
		id := b.put(t, "ACME", 1)[0]
		b.store.bills[id] = []string{"A1"}
		stop := b.start(t)
		pass(2 * time.Minute)
		stop()
		b.want(t, id, StateAccepted)
		if len(b.store.relinks) != 1 {
			t.Errorf("relinked %q", b.store.relinks)
		}
		if n := b.store.count("number"); n > 3000 {
			t.Errorf("numbering was tried %d times", n)
		}
	})
}
