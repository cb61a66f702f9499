package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// An operation is one method of the service, on the counter's message or its first consignment.
type operation struct {
	name   string
	row    string // action in the audit log, where it is one that must not be handed out without a row
	object bool   // on one object, which others do not see
	staff  bool   // not of partners at all
	do     func(c *counter, p partner.Principal) error
}

func drop[T any](_ T, err error) error { return err }

// operations are all methods that authorise.
func operations() []operation {
	ctx := context.Background()
	return []operation{
		{"Message", "", true, false, func(c *counter, p partner.Principal) error { return drop(c.Message(ctx, p, c.id)) }},
		{"Await", "", true, false, func(c *counter, p partner.Principal) error { return drop(c.Await(ctx, p, c.id, time.Second)) }},
		{"Messages", "", false, false, func(c *counter, p partner.Principal) error { return drop(c.Messages(ctx, p, "", nil, 0, "")) }},
		{"Findings", "message.findings", true, false, func(c *counter, p partner.Principal) error { return drop(c.Findings(ctx, p, c.id)) }},
		{"Original", "message.original", true, false, func(c *counter, p partner.Principal) error { return drop(c.Original(ctx, p, c.id)) }},
		{"Acknowledgements", "", true, false, func(c *counter, p partner.Principal) error { return drop(c.Acknowledgements(ctx, p, c.id)) }},
		{"Acknowledgement", "message.acks", true, false, func(c *counter, p partner.Principal) error {
			return drop(c.Acknowledgement(ctx, p, c.id, c.store.answers[0].ID))
		}},
		{"MessageConsignments", "message.consignments", true, false, func(c *counter, p partner.Principal) error {
			return drop(c.MessageConsignments(ctx, p, c.id, 0, ""))
		}},
		{"Certificate", "message.certificate", true, false, func(c *counter, p partner.Principal) error { return drop(c.Certificate(ctx, p, c.id)) }},
		{"CheckBody", "", false, false, func(c *counter, p partner.Principal) error {
			return c.CheckBody(ctx, p, "a.edi", strings.NewReader("x"), 10, io.Discard)
		}},
		{"Search", "consignment.search", false, false, func(c *counter, p partner.Principal) error { return drop(c.Search(ctx, p, Search{})) }},
		{"Consignment", "consignment.read", true, false, func(c *counter, p partner.Principal) error {
			return drop(c.Consignment(ctx, p, c.store.consignments[0].ID))
		}},
		{"Calls", "call.list", false, false, func(c *counter, p partner.Principal) error { return drop(c.Calls(ctx, p, CallQuery{})) }},
		{"Events", "", false, false, func(c *counter, p partner.Principal) error { return drop(c.Events(ctx, p, "", nil, 0, "")) }},
		{"Replay", "", true, true, func(c *counter, p partner.Principal) error { return c.Replay(ctx, p, c.id) }},
		{"Hold", "", true, true, func(c *counter, p partner.Principal) error { return c.Hold(ctx, p, c.id, "court-1") }},
		{"Unhold", "", true, true, func(c *counter, p partner.Principal) error { return c.Unhold(ctx, p, c.id, "court-1") }},
		{"Erase", "", true, true, func(c *counter, p partner.Principal) error { return drop(c.Erase(ctx, p, c.id, "asked for")) }},
		{"ResendDelivery", "delivery.resend", true, true, func(c *counter, p partner.Principal) error {
			return c.ResendDelivery(ctx, p, c.store.deliveries[0].ID)
		}},
		{"ResumeDeliveries", "delivery.resume", false, true, func(c *counter, p partner.Principal) error { return drop(c.ResumeDeliveries(ctx, p)) }},
		{"PurgeReport", "", false, true, func(c *counter, p partner.Principal) error {
			return drop(c.PurgeReport(ctx, p, time.Time{}, 0))
		}},
		{"Partners", "", false, true, func(c *counter, p partner.Principal) error { return drop(c.Partners(ctx, p)) }},
	}
}

// full makes a counter whose message is settled, answered and delivered.
func full(t *testing.T) *counter {
	c := newCounter(t)
	c.settle(c.id, "ACME", "BOLT")
	a := outbox.Answer{ID: newID(), Receipt: c.id, Attempt: 1, Interchange: 1, Kind: "CONTRL", Body: []byte("UNB'"), CreatedAt: testTime}
	c.store.answers = append(c.store.answers, a)
	c.store.deliveries = append(c.store.deliveries, outbox.Delivery{ID: newID(), Answer: a.ID, Receipt: c.id, Partner: "ACME", Channel: "https", Mode: "live",
		State: outbox.Parked, Attempts: 2, LastError: "open /x: denied"})
	return c
}

// TestServiceOperationsAreAuthorised asks every operation as its own, as another, for tests, and as who may nothing.
func TestServiceOperationsAreAuthorised(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			c := full(t)
			for _, p := range []partner.Principal{nobody, {}, {Kind: partner.KindPartner, Mode: cargo.TrafficLive}} {
				if err := op.do(c, p); !errors.Is(err, partner.ErrDenied) {
					t.Errorf("by %s: %v", p, err)
				}
			}
			if op.staff {
				if err := op.do(c, acme); !errors.Is(err, partner.ErrDenied) {
					t.Errorf("by a partner: %v", err)
				}
			} else if err := op.do(c, acme); err != nil {
				t.Errorf("by its own partner: %v", err)
			}
			if op.object && !op.staff {
				for _, p := range []partner.Principal{stranger, acmeTest} {
					if err := op.do(c, p); !errors.Is(err, partner.ErrHidden) {
						t.Errorf("by %s in %s: %v", p, p.Mode, err)
					}
				}
			}
			if len(c.store.acts) > 0 {
				t.Errorf("done all the same: %v", c.store.acts)
			}
		})
	}
}

// TestServiceReadsAreAudited: what is handed out has its row, and without the row it is not handed out.
func TestServiceReadsAreAudited(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			c := full(t)
			p := acme
			if op.staff {
				p = operator
			}
			if op.row == "" {
				return
			}
			if err := op.do(c, p); err != nil {
				t.Fatal(err)
			}
			if len(c.store.rows) != 1 {
				t.Fatalf("%d rows", len(c.store.rows))
			}
			row := c.lastRow(t)
			if row.Action != op.row || row.Principal != p.String() || !row.At.Equal(testTime.Truncate(time.Microsecond)) || !json.Valid([]byte(row.Detail)) {
				t.Errorf("%+v", row)
			}
			if op.object && row.Object == "" || op.object && row.Mode != "live" {
				t.Errorf("the object is not named: %+v", row)
			}
			acts := len(c.store.acts)
			c.store.auditErr = errDown
			if err := op.do(c, p); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errDown) {
				t.Errorf("without the audit log: %v", err)
			}
			if len(c.store.acts) != acts {
				t.Errorf("done without the audit log: %v", c.store.acts)
			}
		})
	}
}

func TestServiceAuditRowHasTrace(t *testing.T) {
	t.Parallel()
	c := full(t)
	trace := transport.NewTraceID()
	if _, err := c.Findings(transport.WithTraceID(t.Context(), trace), acme, c.id); err != nil {
		t.Fatal(err)
	}
	if row := c.lastRow(t); row.TraceID != trace || row.Object != "message:"+c.id.String() || row.Detail != `{"count":1}` {
		t.Errorf("%+v", row)
	}
}

func TestServiceMessage(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	v, err := c.Message(t.Context(), acme, c.id)
	if err != nil {
		t.Fatal(err)
	}
	if v.State != StateReceived || v.SettledAt != nil || v.Messages != nil || v.Registrations != nil || v.Format != "" {
		t.Errorf("before it is settled: %+v", v)
	}
	c.settle(c.id, "ACME", "BOLT")
	c.store.receipts[c.id].State = StateReading // a cache that lags behind
	c.store.receipts[c.id].Holds = []string{"court-1"}
	if v, err = c.Message(t.Context(), acme, c.id); err != nil {
		t.Fatal(err)
	}
	settled, expires := testTime.Add(time.Second), testTime.Add(24*time.Hour)
	r := c.store.receipts[c.id]
	want := &MessageView{ID: c.id, State: StatePartlyAccepted, Mode: cargo.TrafficLive, ReceivedAt: testTime, Findings: Counts{1, 2, 3}, Partner: "ACME", Channel: "https",
		Name: "a.edi", Size: 24, SHA256: fmt.Sprintf("%x", r.SHA256), TraceID: r.TraceID, SettledAt: &settled, ExpiresAt: &expires, Format: "edifact",
		Messages: json.RawMessage(`[{"type":"CUSCAR","reference":"1"},{"type":"CUSCAR","reference":"2"}]`),
		Registrations: []Registration{
			{"filing", RegistrationOf(testTime, "live", Order{1, 1}, 0), testTime, 1, "MAN1", ""},
			{"filing", RegistrationOf(testTime, "live", Order{1, 2}, 0), testTime, 2, "MAN2", ""},
			{"consignment", RegistrationOf(testTime, "live", Order{1, 1}, 1), testTime, 1, "BL1", "accepted"},
			{"consignment", RegistrationOf(testTime, "live", Order{1, 2}, 2), testTime, 2, "BL2", "accepted"},
		}}
	if d := cmp.Diff(want, v); d != "" {
		t.Error(d)
	}
	if v, err = c.Message(t.Context(), operator, c.id); err != nil || !slices.Equal(v.Holds, []string{"court-1"}) {
		t.Errorf("staff sees holds: %+v %v", v, err)
	}
	if _, err := c.Message(t.Context(), acme, newID()); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such message: %v", err)
	}
}

// TestServiceMessageParked: partners are not told of our inside.
func TestServiceMessageParked(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.store.settlements[c.id] = Settlement{Fence: Fence{c.id, 3}, State: StateParked, Reason: "panic: index out of range", SettledAt: testTime}
	v, err := c.Message(t.Context(), acme, c.id)
	if err != nil || v.State != StateParked || v.Reason != reasonForPartner || v.Messages != nil || v.Registrations != nil {
		t.Errorf("%+v %v", v, err)
	}
	if v, err = c.Message(t.Context(), operator, c.id); err != nil || v.Reason != "panic: index out of range" {
		t.Errorf("%+v %v", v, err)
	}
	if page, err := c.Findings(t.Context(), acme, c.id); err != nil || page.Items == nil || len(page.Items) != 0 {
		t.Errorf("%+v %v", page, err)
	}
	c.store.settlements[c.id] = Settlement{Fence: Fence{c.id, 3}, State: StateAccepted, Result: []byte("not zstd"), SettledAt: testTime}
	if _, err := c.Message(t.Context(), acme, c.id); err == nil {
		t.Error("a broken result was shown")
	}
}

// TestServiceMessageOfFiler: a filer for whom another transmitted sees the message where all of it is its own.
func TestServiceMessageOfFiler(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		filers []partner.ID
		want   error
	}{
		{[]partner.ID{"BOLT", "BOLT"}, nil},
		{[]partner.ID{"ACME", "BOLT"}, partner.ErrHidden},
		{[]partner.ID{"BOLT", ""}, partner.ErrHidden},
		{nil, partner.ErrHidden},
	} {
		c := newCounter(t)
		c.settle(c.id, tt.filers...)
		if _, err := c.Message(t.Context(), bolt, c.id); !errors.Is(err, tt.want) {
			t.Errorf("filed by %v: %v", tt.filers, err)
		}
		if _, err := c.Original(t.Context(), bolt, c.id); !errors.Is(err, tt.want) {
			t.Errorf("filed by %v: original: %v", tt.filers, err)
		}
	}
}

// TestServiceResend: a resend shows the registrations and consignments of the message that it repeats.
func TestServiceResend(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.settle(c.id, "ACME")
	again := c.receipt(t, "ACME", cargo.TrafficLive)
	c.store.receipts[again].ReceivedAt = testTime.Add(time.Hour)
	c.store.settlements[again] = Settlement{Fence: Fence{again, 1}, State: StateAccepted, DuplicateOf: c.id, SettledAt: testTime}
	v, err := c.Message(t.Context(), acme, again)
	if err != nil || v.DuplicateOf != c.id.String() || len(v.Registrations) != 2 || v.Registrations[0].Document != "MAN1" || !v.Registrations[0].At.Equal(testTime) {
		t.Errorf("%+v %v", v, err)
	}
	page, err := c.MessageConsignments(t.Context(), acme, again, 0, "")
	if err != nil || len(page.Items) != 1 || page.Items[0].MessageID != c.id {
		t.Errorf("%+v %v", page, err)
	}
}

func TestServiceRegistrationsAreBounded(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	filers := make([]partner.ID, 1200)
	for i := range filers {
		filers[i] = "ACME"
	}
	c.settle(c.id, filers...)
	if v, err := c.Message(t.Context(), acme, c.id); err != nil || len(v.Registrations) != maxRegistrations {
		t.Errorf("%d registrations, %v", len(v.Registrations), err)
	}
	c.store.messages[c.id] = c.store.messages[c.id][:1]
	if v, err := c.Message(t.Context(), acme, c.id); err != nil || len(v.Registrations) != maxRegistrations || v.Registrations[999].Document != "BL999" {
		t.Errorf("%d registrations over several pages, %v", len(v.Registrations), err)
	}
}

func TestServiceMessages(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for range 5 {
		c.receipt(t, "ACME", cargo.TrafficLive)
	}
	c.receipt(t, "BOLT", cargo.TrafficLive)
	test := c.receipt(t, "ACME", cargo.TrafficTest)
	c.settle(c.id, "ACME")
	var seqs []string
	after, pages := "", 0
	for {
		page, err := c.Messages(t.Context(), acme, "", nil, 4, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Items {
			if v.Partner != "ACME" || v.Mode != cargo.TrafficLive || v.Registrations != nil || v.Messages != nil {
				t.Errorf("%+v", v)
			}
			seqs = append(seqs, v.ID.String())
		}
		pages++
		if after = page.Next; after == "" {
			break
		}
	}
	if len(seqs) != 6 || pages != 2 || seqs[5] != c.id.String() {
		t.Errorf("%d messages on %d pages: %v", len(seqs), pages, seqs)
	}
	if page, err := c.Messages(t.Context(), acmeTest, "", nil, 0, ""); err != nil || len(page.Items) != 1 || page.Items[0].ID != test {
		t.Errorf("for tests: %+v %v", page, err)
	}
	if page, err := c.Messages(t.Context(), acme, cargo.TrafficTest, nil, 0, ""); err != nil || len(page.Items) != 1 {
		t.Errorf("a live key on tests: %+v %v", page, err)
	}
	if _, err := c.Messages(t.Context(), acmeTest, cargo.TrafficLive, nil, 0, ""); !errors.Is(err, partner.ErrDenied) {
		t.Errorf("a key for tests on live traffic: %v", err)
	}
	if page, err := c.Messages(t.Context(), data, "", []State{StateReceived}, 0, ""); err != nil || len(page.Items) != 7 {
		t.Errorf("staff: %d %v", len(page.Items), err)
	}
	for name, ask := range map[string]func() error{
		"state": func() error { return drop(c.Messages(t.Context(), acme, "", []State{"lost"}, 0, "")) },
		"limit": func() error { return drop(c.Messages(t.Context(), acme, "", nil, -1, "")) },
		"mode":  func() error { return drop(c.Messages(t.Context(), acme, "both", nil, 0, "")) },
		"token": func() error { return drop(c.Messages(t.Context(), acme, "", nil, 0, "x")) },
		"token of another list": func() error {
			return drop(c.Messages(t.Context(), acme, "", nil, 0, newToken("events", 3)))
		},
		"token made up": func() error {
			return drop(c.Messages(t.Context(), acme, "", nil, 0, strings.Replace(newToken("messages", 3), "A", "B", 1)))
		},
		"token before the first": func() error { return drop(c.Messages(t.Context(), acme, "", nil, 0, newToken("messages", -3))) },
	} {
		if err := ask(); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServicePageLimit(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{0: pageDefault, 1: 1, 500: 500, 501: 500} {
		if got, err := pageLimit(limit); err != nil || got != want {
			t.Errorf("%d: %d %v", limit, got, err)
		}
	}
}

func TestServiceOriginal(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o, err := c.Original(t.Context(), officer, c.id)
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, o); string(got) != string(c.body) || o.Name != "a.edi" {
		t.Errorf("%q %+v", got, o)
	}
	c.store.receipts[c.id].Purged = true
	rows := len(c.store.rows)
	if _, err := c.Original(t.Context(), officer, c.id); !errors.Is(err, ErrNotFound) {
		t.Errorf("purged: %v", err)
	}
	if len(c.store.rows) != rows {
		t.Error("a read is in the audit log that was none")
	}
}

func TestServiceAcknowledgements(t *testing.T) {
	t.Parallel()
	c := full(t)
	stale := outbox.Answer{ID: newID(), Receipt: c.id, Attempt: 7, Kind: "CONTRL", Body: []byte("x")} // of an attempt that did not settle
	first := outbox.Answer{ID: newID(), Receipt: newID(), Attempt: 1, Kind: "CONTRL", Body: []byte("again"), CreatedAt: testTime}
	foreign := outbox.Answer{ID: newID(), Receipt: newID(), Attempt: 1, Kind: "CONTRL", Body: []byte("secret")}
	c.store.answers = append(c.store.answers, stale, first, foreign)
	c.store.deliveries = append(c.store.deliveries, outbox.Delivery{ID: newID(), Answer: first.ID, Receipt: c.id, Partner: "ACME", Channel: "https", State: outbox.Delivered},
		outbox.Delivery{ID: newID(), Answer: newID(), Receipt: c.id, State: outbox.Delivered}) // whose answer is purged
	page, err := c.Acknowledgements(t.Context(), acme, c.id)
	if err != nil {
		t.Fatal(err)
	}
	want := []AckView{
		{ID: c.store.answers[0].ID, Kind: "CONTRL", State: "parked", CreatedAt: testTime, Interchange: 1, Channel: "https", Attempts: 2, Delivery: c.store.deliveries[0].ID},
		{ID: first.ID, Kind: "CONTRL", State: "delivered", CreatedAt: testTime, Channel: "https", Delivery: c.store.deliveries[1].ID},
	}
	if d := cmp.Diff(want, page.Items); d != "" {
		t.Error(d)
	}
	// What waits to go out is paused while nothing goes out.
	c.store.deliveries[0].State = outbox.Pending
	for paused, want := range []string{"pending", "paused"} {
		c.store.paused = int64(paused)
		if page, err := c.Acknowledgements(t.Context(), acme, c.id); err != nil || page.Items[0].State != want || page.Items[1].State != "delivered" {
			t.Errorf("the flag at %d: %+v %v", paused, page, err)
		}
	}
	c.store.deliveries[0].State, c.store.paused = outbox.Parked, 0
	if page, err := c.Acknowledgements(t.Context(), operator, c.id); err != nil || page.Items[0].LastError == "" {
		t.Errorf("staff sees why: %+v %v", page, err)
	}
	if a, err := c.Acknowledgement(t.Context(), acme, c.id, first.ID); err != nil || string(a.Body) != "again" {
		t.Errorf("%+v %v", a, err)
	}
	for _, id := range []uuid.UUID{stale.ID, foreign.ID, newID()} {
		if _, err := c.Acknowledgement(t.Context(), acme, c.id, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("answer %s: %v", id, err)
		}
	}
	c = newCounter(t)
	c.store.answers = []outbox.Answer{{ID: newID(), Receipt: c.id, Attempt: 1}}
	if page, err := c.Acknowledgements(t.Context(), acme, c.id); err != nil || page.Items == nil || len(page.Items) != 0 {
		t.Errorf("before it is settled: %+v %v", page, err)
	}
}

// TestServiceAwait runs on its own time.
func TestServiceAwait(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		after  time.Duration // when it is settled
		notify bool          // in this process
		ask    time.Duration
		want   State
		min    time.Duration
		max    time.Duration
	}{
		{"at once", 0, false, time.Second, StatePartlyAccepted, 0, 0},
		{"here", 700 * time.Millisecond, true, 5 * time.Second, StatePartlyAccepted, 700 * time.Millisecond, 700 * time.Millisecond},
		{"elsewhere", 700 * time.Millisecond, false, 5 * time.Second, StatePartlyAccepted, 700 * time.Millisecond, 950 * time.Millisecond},
		{"too late", time.Hour, true, 2 * time.Second, StateReceived, 2 * time.Second, 2 * time.Second},
		{"not at all", time.Hour, false, 0, StateReceived, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCounter(t)
			if tt.after == 0 {
				c.settle(c.id, "ACME")
			} else {
				timer := time.AfterFunc(tt.after, func() {
					c.settle(c.id, "ACME")
					if tt.notify {
						c.notify.settled(c.id)
					}
				})
				defer timer.Stop()
			}
			begun := time.Now()
			v, err := c.Await(t.Context(), acme, c.id, tt.ask)
			if took := time.Since(begun); err != nil || v.State != tt.want || took < tt.min || took > tt.max {
				t.Errorf("%s: %+v %v after %v", tt.name, v, err, took)
			}
			if len(c.notify.subs) != 0 {
				t.Errorf("%s: somebody still waits", tt.name)
			}
		})
	}
}

func TestServiceAwaitTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // the database goes and comes back
		c := newCounter(t)
		set := func(err error) func() {
			return func() {
				c.store.mu.Lock()
				defer c.store.mu.Unlock()
				c.store.settleErr = err
			}
		}
		time.AfterFunc(100*time.Millisecond, set(fmt.Errorf("%w: gone", ErrUnavailable)))
		time.AfterFunc(time.Second, set(nil))
		time.AfterFunc(500*time.Millisecond, func() { c.settle(c.id, "ACME") })
		if v, err := c.Await(t.Context(), acme, c.id, 5*time.Second); err != nil || v.State != StatePartlyAccepted {
			t.Errorf("%+v %v", v, err)
		}
	})
	synctest.Test(t, func(t *testing.T) { // the sender goes
		c := newCounter(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Await(ctx, acme, c.id, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) { // something else fails
		c := newCounter(t)
		time.AfterFunc(time.Second, func() {
			c.store.mu.Lock()
			defer c.store.mu.Unlock()
			c.store.settleErr = errDown
		})
		if _, err := c.Await(t.Context(), acme, c.id, time.Hour); !errors.Is(err, errDown) {
			t.Error(err)
		}
	})
}
