package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

var modelRules = []Rule{
	{"model/random accepts, claims, settles, waits, failures and replays", func(r *rig) {
		var last *model
		rapid.Check(checker{r.T}, func(t *rapid.T) {
			if last != nil { // a run that failed left its receipts for the next, which is a smaller one
				if err := last.drain(); err != nil {
					t.Logf("after a failed run: %v", err)
				}
			}
			m := &model{rig: r, t: t, acts: map[string]uuid.UUID{}}
			last = m
			run := NewID().String()
			for range rapid.IntRange(1, 30).Draw(t, "steps") {
				m.step(run)
			}
			m.fatal(m.drain(), "drain")
			last = nil
		})
	}},
}

// A checker is a T that rapid takes. It skips nothing.
type checker struct{ T }

func (c checker) Log(args ...any)      { c.Logf("%s", fmt.Sprint(args...)) }
func (c checker) Error(args ...any)    { c.Errorf("%s", fmt.Sprint(args...)) }
func (c checker) Fatal(args ...any)    { c.Fatalf("%s", fmt.Sprint(args...)) }
func (c checker) Fail()                { c.Errorf("failed") }
func (c checker) SkipNow()             { c.Fatalf("a rule is not skipped") }
func (c checker) Skip(...any)          { c.SkipNow() }
func (c checker) Skipf(string, ...any) { c.SkipNow() }

// A model is the rules of accept and claim in memory: what each receipt should be.
type model struct {
	*rig
	t        *rapid.T
	receipts []*modelReceipt // in the order of acceptance
	acts     map[string]uuid.UUID
}

// A modelReceipt is a receipt of the model. At any time it is due, leased, waiting for long, or final.
type modelReceipt struct {
	id       uuid.UUID
	seq      int64
	partner  partner.ID
	attempt  int
	failures int
	due      bool
	waiting  bool
	state    gateway.State // of a final one
	fences   []gateway.Fence
}

func (m *modelReceipt) leased() bool { return !m.due && !m.waiting && m.state == "" }

var modelPartners = []partner.ID{Carrier, Forwarder}

// fatal ends the run in rapid's way, so that it is made smaller.
func (m *model) fatal(err error, what string) {
	m.t.Helper()
	if err != nil {
		m.t.Fatalf("%s: %v", what, err)
	}
}

func (m *model) step(run string) {
	m.t.Helper()
	switch rapid.SampledFrom([]string{"accept", "accept", "claim", "claim", "settle", "settle", "stale", "wait", "wake", "fail", "sicken", "replay", "lapse"}).Draw(m.t, "step") {
	case "accept":
		m.accepts(run)
	case "claim":
		m.claims()
	case "settle":
		if rc := m.pick("settled", (*modelReceipt).leased); rc != nil {
			m.settles(rc)
		}
	case "stale":
		m.stale()
	case "wait":
		if rc := m.pick("waiting", (*modelReceipt).leased); rc != nil {
			m.fatal(m.store.Wait(m.ctx, rc.fence(), 1000*time.Hour), "wait")
			rc.waiting = true
		}
	case "wake":
		p := rapid.SampledFrom(modelPartners).Draw(m.t, "partner")
		m.wakes(p)
	case "fail":
		if rc := m.pick("failed", (*modelReceipt).leased); rc != nil {
			m.fails(rc)
		}
	case "sicken": // what is due fails, and is tried again, until some is parked
		for range 3 {
			m.claims()
			for _, rc := range m.receipts {
				if rc.leased() {
					m.fails(rc)
				}
			}
		}
	case "replay":
		if rc := m.pick("replayed", func(rc *modelReceipt) bool { return true }); rc != nil {
			err := m.store.Replay(m.ctx, rc.id, AuditRow("message.replay"))
			if (err == nil) != (rc.state == gateway.StateParked) {
				m.t.Fatalf("replay of one that is %q: %v", rc.state, err)
			}
			if err == nil {
				rc.state, rc.failures, rc.due = "", 0, true
			}
		}
	case "lapse":
		if m.advance == nil {
			return
		}
		m.advance(2 * time.Hour)
		for _, rc := range m.receipts {
			rc.due = rc.due || rc.leased()
		}
	}
	m.compare()
}

func (rc *modelReceipt) fence() gateway.Fence {
	return gateway.Fence{Receipt: rc.id, Attempt: rc.attempt}
}

func (m *model) pick(what string, from func(*modelReceipt) bool) *modelReceipt {
	var some []*modelReceipt
	for _, rc := range m.receipts {
		if from(rc) {
			some = append(some, rc)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(m.t, what)]
}

func (m *model) accepts(run string) {
	var arrivals []gateway.Arrival
	for range rapid.IntRange(1, 4).Draw(m.t, "arrivals") {
		a := Arrival(rapid.SampledFrom(modelPartners).Draw(m.t, "partner"))
		if act := rapid.SampledFrom([]string{"", "", "1", "2", "3"}).Draw(m.t, "act"); act != "" {
			a.TransportID = run + act
		}
		arrivals = append(arrivals, a)
	}
	got, err := m.store.Accept(m.ctx, arrivals)
	m.fatal(err, "accept")
	for i, a := range arrivals {
		key := string(a.Partner) + a.TransportID
		first, repeated := m.acts[key]
		if repeated = repeated && a.TransportID != ""; !repeated {
			first, m.acts[key] = a.ID, a.ID
			m.receipts = append(m.receipts, &modelReceipt{id: a.ID, seq: got[i].Seq, partner: a.Partner, due: true})
		}
		if got[i].ID != first || got[i].Repeated != repeated {
			m.t.Fatalf("accept of act %q gave %+v, want receipt %s, repeated %v", a.TransportID, got[i], first, repeated)
		}
	}
}

// claims claims some, and fails where they are not the oldest of their partners, or too few.
func (m *model) claims() {
	max := rapid.IntRange(1, 4).Draw(m.t, "max")
	got, err := m.store.Claim(m.ctx, gateway.ClaimRequest{Owner: "node-a", Max: max, Lease: time.Hour})
	m.fatal(err, "claim")
	due := map[partner.ID][]*modelReceipt{}
	n := 0
	for _, rc := range m.receipts {
		if rc.due {
			due[rc.partner], n = append(due[rc.partner], rc), n+1
		}
	}
	if len(got) != min(max, n) {
		m.t.Fatalf("claim of %d gave %d of %d that are due", max, len(got), n)
	}
	slices.SortFunc(got, func(a, b gateway.Receipt) int { return int(a.Seq - b.Seq) })
	for _, rc := range got {
		if len(due[rc.Partner]) == 0 || due[rc.Partner][0].id != rc.ID {
			m.t.Fatalf("claim gave receipt %d of %s, which is not its oldest that is due", rc.Seq, rc.Partner)
		}
		want := due[rc.Partner][0]
		due[rc.Partner] = due[rc.Partner][1:]
		want.due, want.attempt = false, want.attempt+1
		if rc.Attempt != want.attempt || rc.Failures != want.failures {
			m.t.Fatalf("claim gave attempt %d after %d failures, want %d after %d", rc.Attempt, rc.Failures, want.attempt, want.failures)
		}
		want.fences = append(want.fences, want.fence())
	}
}

func (m *model) settles(rc *modelReceipt) {
	r := gateway.Receipt{ID: rc.id, Attempt: rc.attempt, Mode: "live"}
	settlements, err := finish(m.ctx, m.store, gateway.StateAccepted, nil, []gateway.Receipt{r})
	m.fatal(err, "settle")
	m.fatal(m.store.Settled(m.ctx, settlements), "settled")
	rc.state = gateway.StateAccepted
}

func (m *model) fails(rc *modelReceipt) {
	state, err := m.store.Fail(m.ctx, rc.fence(), "no sense in it", 0, 3, parking)
	m.fatal(err, "fail")
	rc.failures++
	if (state == gateway.StateParked) != (rc.failures == 3) {
		m.t.Fatalf("failure %d gave %s", rc.failures, state)
	}
	if rc.due = rc.failures < 3; !rc.due {
		rc.state = gateway.StateParked
	}
}

// stale tries to settle an attempt that is not current.
func (m *model) stale() {
	rc := m.pick("stale", func(rc *modelReceipt) bool {
		return len(rc.fences) > 1 || rc.state == gateway.StateAccepted && len(rc.fences) > 0
	})
	if rc == nil {
		return
	}
	old := rc.fences[0]
	_, err := finish(m.ctx, m.store, gateway.StateRejected, nil, []gateway.Receipt{{ID: old.Receipt, Attempt: old.Attempt, Mode: "live"}})
	if !errors.Is(err, gateway.ErrFenced) {
		m.t.Fatalf("settling of attempt %d of a receipt at attempt %d: %v", old.Attempt, rc.attempt, err)
	}
}

func (m *model) wakes(p partner.ID) {
	m.fatal(m.store.Wake(m.ctx, p, "live"), "wake")
	for _, rc := range m.receipts {
		if rc.partner == p && rc.waiting {
			rc.waiting, rc.due = false, true
		}
	}
}

// compare looks at one receipt and at the backlog.
func (m *model) compare() {
	m.t.Helper()
	unfinished := int64(0)
	for _, rc := range m.receipts {
		if rc.state == "" {
			unfinished++
		}
	}
	backlog, err := m.store.Backlog(m.ctx)
	m.fatal(err, "backlog")
	if backlog.Unfinished != unfinished {
		m.t.Fatalf("%d are unfinished, want %d", backlog.Unfinished, unfinished)
	}
	rc := m.pick("looked at", func(*modelReceipt) bool { return true })
	if rc == nil {
		return
	}
	got, err := m.store.Receipt(m.ctx, rc.id)
	m.fatal(err, "receipt")
	if got.State.Final() != (rc.state != "") || rc.state != "" && got.State != rc.state || got.Failures != rc.failures || got.Attempt != rc.attempt {
		m.t.Fatalf("receipt is %s at attempt %d with %d failures, want %q at %d with %d", got.State, got.Attempt, got.Failures, rc.state, rc.attempt, rc.failures)
	}
}

// drain finishes all, so that the next run begins with an empty store.
func (m *model) drain() error {
	for _, p := range modelPartners {
		if err := m.store.Wake(m.ctx, p, "live"); err != nil {
			return err
		}
	}
	for _, rc := range m.receipts {
		if !rc.leased() {
			continue
		}
		settlements, err := finish(m.ctx, m.store, gateway.StateAccepted, nil, []gateway.Receipt{{ID: rc.id, Attempt: rc.attempt, Mode: "live"}})
		if err == nil {
			err = m.store.Settled(m.ctx, settlements)
		}
		if err != nil {
			return err
		}
	}
	for {
		got, err := m.store.Claim(m.ctx, gateway.ClaimRequest{Owner: "node-a", Max: 100, Lease: time.Hour})
		if err != nil || len(got) == 0 {
			return err
		}
		settlements, err := finish(m.ctx, m.store, gateway.StateAccepted, nil, got)
		if err == nil {
			err = m.store.Settled(m.ctx, settlements)
		}
		if err != nil {
			return err
		}
	}
}
