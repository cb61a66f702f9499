package gateway_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/caseq"
	"cargogate/internal/edifact"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// lease leases the case of a bill.
func (d *desk) lease(p partner.Principal, bill string) *gateway.CaseView {
	d.t.Helper()
	v, err := d.LeaseCase(d.t.Context(), p, d.of(bill).ID, time.Minute)
	d.ok(err)
	return v
}

// acts gives the actions of the audit rows since the last call, with what they say.
func (d *desk) acts() (out []string) {
	d.t.Helper()
	_, err := d.store.SealAudit(d.t.Context(), 1000, func(after audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
		var sealed []audit.Sealed
		for i, r := range rows {
			out = append(out, fmt.Sprintf("%s %s %s %s", r.Principal, r.Action, strings.SplitN(r.Object, ":", 2)[0], r.Detail))
			sealed = append(sealed, audit.Sealed{Seq: after.Seq + int64(i) + 1, Row: r})
		}
		return sealed, audit.Head{Seq: after.Seq + int64(len(rows)), At: time.Now().UTC()}, nil
	})
	d.ok(err)
	return out
}

// Who may do what: partners nothing, managers look, services and officers work. What is not there is not found.
func TestCasesByRole(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A"))
	id, none := d.of("A").ID, uuid.Must(uuid.NewV7())
	lease := func(p partner.Principal) string {
		if v, err := d.LeaseCase(ctx, p, id, time.Minute); err == nil {
			return v.Lease
		}
		return uuid.NewString()
	}
	methods := map[string]func(p partner.Principal, id uuid.UUID) error{
		"list": func(p partner.Principal, _ uuid.UUID) error {
			_, err := d.Cases(ctx, p, gateway.CaseQuery{})
			return err
		},
		"read": func(p partner.Principal, id uuid.UUID) error { _, err := d.Case(ctx, p, id); return err },
		"lease": func(p partner.Principal, id uuid.UUID) error {
			_, err := d.LeaseCase(ctx, p, id, time.Minute)
			return err
		},
		"pull": func(p partner.Principal, _ uuid.UUID) error {
			_, err := d.LeaseCases(ctx, p, 1, 0, gateway.CaseQuery{})
			return err
		},
		"extend": func(p partner.Principal, id uuid.UUID) error {
			_, err := d.ExtendCase(ctx, p, id, lease(p), time.Minute)
			return err
		},
		"note": func(p partner.Principal, id uuid.UUID) error {
			_, err := d.NoteCase(ctx, p, id, lease(p), "n")
			return err
		},
		"decide": func(p partner.Principal, id uuid.UUID) error {
			_, err := d.DecideCase(ctx, p, id, gateway.CaseAct{Lease: lease(p), To: caseq.Hold, Reason: "no such reason"})
			if errors.Is(err, gateway.ErrInput) {
				return nil // it was let in
			}
			return err
		},
		"outcome": func(p partner.Principal, id uuid.UUID) error {
			_, err := d.OutcomeCase(ctx, p, id, lease(p), caseq.Finding{Result: "none"})
			if errors.Is(err, gateway.ErrInput) {
				return nil
			}
			return err
		},
		"import": func(p partner.Principal, _ uuid.UUID) error {
			_, err := d.ImportOutcomes(ctx, p, "f.csv", nil)
			return err
		},
		"return": func(p partner.Principal, id uuid.UUID) error {
			_, err := d.ReturnCase(ctx, p, id, lease(p))
			return err
		},
	}
	auditor := partner.Principal{Kind: partner.KindStaff, ID: "udo", Roles: []partner.StaffRole{partner.StaffAuditor, partner.StaffOperator, partner.StaffData}, Mode: "live"}
	for name, call := range methods {
		looks := name == "list" || name == "read"
		for _, p := range []partner.Principal{nordkai, auditor, manager} {
			want := partner.ErrDenied
			if looks && p.ID == manager.ID {
				want = nil
			}
			d.is(call(p, id), want, name+" by "+p.String())
		}
		for _, p := range []partner.Principal{ada, queue} {
			d.is(call(p, id), nil, name+" by "+p.String())
			if v, err := d.LeaseCase(ctx, p, id, time.Minute); err == nil {
				_, err = d.ReturnCase(ctx, p, id, v.Lease)
				d.ok(err)
			}
		}
		if name == "list" || name == "pull" || name == "import" {
			continue
		}
		d.is(call(ada, none), gateway.ErrNotFound, name+" of an unknown case")
	}
}

func TestCaseQueriesThatAreNone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A"))
	id := d.of("A").ID
	for name, q := range map[string]gateway.CaseQuery{
		"a state": {States: []caseq.State{"open"}}, "closed and others": {States: []caseq.State{caseq.New, caseq.Closed}}, "a group": {Group: "container:X"},
		"a group of nothing": {Group: "party: "}, "no kind": {Group: "X"}, "a port": {Port: "Rotterdam"}, "a port of signs": {Port: "NL-RT"}, "a limit": {Limit: -1}, "a token": {After: "x"},
	} {
		_, err := d.Cases(ctx, ada, q)
		d.is(err, gateway.ErrInput, name)
	}
	for name, q := range map[string]gateway.CaseQuery{"closed": {States: []caseq.State{caseq.Closed}}, "a group": {Group: "X"}, "a port": {Port: "Rotterdam"}} {
		_, err := d.LeaseCases(ctx, ada, 1, 0, q)
		d.is(err, gateway.ErrInput, "leasing by "+name)
	}
	for _, n := range []int{-1, 101} {
		_, err := d.LeaseCases(ctx, ada, n, 0, gateway.CaseQuery{})
		d.is(err, gateway.ErrInput, fmt.Sprint(n, " cases"))
	}
	for _, span := range []time.Duration{-time.Second, time.Millisecond, 25 * time.Hour} {
		_, err := d.LeaseCases(ctx, ada, 1, span, gateway.CaseQuery{})
		d.is(err, gateway.ErrInput, "a lease of "+span.String())
		_, err = d.LeaseCase(ctx, ada, id, span)
		d.is(err, gateway.ErrInput, "a lease of "+span.String())
	}
	for _, token := range []string{"", "x", strings.Repeat("x", 500)} {
		_, err := d.NoteCase(ctx, ada, id, token, "n")
		d.is(err, gateway.ErrInput, "a token that is none")
	}
	_, err := d.NoteCase(ctx, ada, id, uuid.NewString(), "n")
	d.is(err, gateway.ErrConflict, "a token of no lease")
	page, err := d.Cases(ctx, ada, gateway.CaseQuery{Group: "party: maashaven  Logistics bv kade 7", Port: "nlrtm"})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%v %+v", err, page)
	}
}

// Cases are handed out once each, with their consignment, the most urgent first; what is leased comes again when its time
// is over, and the history says so.
func TestLeasedCases(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A", "BM:B"), toOrder(gateway.One("2", "M2", "9", "BM:C")))
	d.acts()
	page, err := d.LeaseCases(ctx, queue, 2, time.Second, gateway.CaseQuery{})
	d.ok(err)
	if len(page.Items) != 2 || page.Items[0].ID != d.of("C").ID {
		t.Fatalf("%+v", page.Items)
	}
	for _, v := range page.Items {
		if v.State != caseq.Assigned || v.Lease == "" || v.LeaseUntil == nil || v.Consignment == nil || v.Assignee != "service:queue" || len(v.Versions) == 0 {
			t.Errorf("%+v", v)
		}
	}
	if acts := d.acts(); len(acts) < 2 || !strings.HasPrefix(acts[0], "service:queue/key:K4 case.lease case ") {
		t.Errorf("audit rows %q", acts)
	}
	rest, err := d.LeaseCases(ctx, ada, 5, time.Minute, gateway.CaseQuery{})
	d.ok(err)
	if len(rest.Items) != 1 || rest.Items[0].ID == page.Items[0].ID || rest.Items[0].ID == page.Items[1].ID {
		t.Errorf("%+v", rest.Items)
	}
	none, err := d.LeaseCases(ctx, bo, 5, time.Minute, gateway.CaseQuery{})
	if err != nil || len(none.Items) != 0 || none.Items == nil {
		t.Errorf("%v %+v", err, none)
	}
	mine, err := d.Cases(ctx, adaToo, gateway.CaseQuery{Mine: true})
	if err != nil || len(mine.Items) != 1 || mine.Items[0].Lease != rest.Items[0].Lease {
		t.Errorf("what is mine by another key: %v %+v", err, mine)
	}
	if v, err := d.Case(ctx, bo, rest.Items[0].ID); err != nil || v.Lease != "" || v.LeaseUntil == nil {
		t.Errorf("the token is shown to another: %v %+v", err, v)
	}
	_, err = d.LeaseCase(ctx, bo, rest.Items[0].ID, time.Minute)
	d.is(err, gateway.ErrConflict, "a case that another has")
	_, err = d.NoteCase(ctx, bo, rest.Items[0].ID, rest.Items[0].Lease, "n")
	d.is(err, gateway.ErrConflict, "the token of another")
	if v, err := d.ExtendCase(ctx, ada, rest.Items[0].ID, rest.Items[0].Lease, time.Hour); err != nil || time.Until(*v.LeaseUntil) < 50*time.Minute {
		t.Errorf("%v %+v", err, v)
	}
	if v, err := d.ReturnCase(ctx, ada, rest.Items[0].ID, rest.Items[0].Lease); err != nil || v.State != caseq.New || v.Lease != "" {
		t.Errorf("%v %+v", err, v)
	}
	_, err = d.ReturnCase(ctx, ada, rest.Items[0].ID, rest.Items[0].Lease)
	d.is(err, gateway.ErrConflict, "a lease that was returned")
	_, err = d.DecideCase(ctx, queue, page.Items[0].ID, gateway.CaseAct{Lease: page.Items[0].Lease, To: caseq.InReview})
	d.ok(err)
	for deadline := time.Now().Add(20 * time.Second); ; { // the leases of the service run out
		again, err := d.LeaseCases(ctx, bo, 5, time.Minute, gateway.CaseQuery{})
		d.ok(err)
		if i := slices.IndexFunc(again.Items, func(v *gateway.CaseView) bool { return v.ID == page.Items[0].ID }); i >= 0 {
			if again.Items[i].State != caseq.InReview {
				t.Errorf("%+v", again.Items[i])
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the lease does not end")
		}
		time.Sleep(20 * time.Millisecond)
	}
	v, err := d.Case(ctx, bo, page.Items[0].ID)
	d.ok(err)
	var told []string
	for _, e := range v.History {
		told = append(told, e.What)
	}
	if want := []string{"opened", "leased", "decided", "lease_ended", "leased"}; !slices.Equal(told, want) {
		t.Errorf("history %q, want %q", told, want)
	}
	_, err = d.NoteCase(ctx, queue, v.ID, page.Items[0].Lease, "n")
	d.is(err, gateway.ErrConflict, "a lease that is over")
}

// A decision is the case, its history, the audit row, the filer's status with its event, the event downstream and the
// answer, all or nothing.
func TestDecisionIsOneTransaction(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	var answered []gateway.Decided
	fail := false
	d.AnswerWith(func(dst []byte, r gateway.Decided) ([]byte, error) {
		answered = append(answered, r)
		if fail {
			return nil, errors.New("there is no character for that")
		}
		return append(dst, "CUSRES "+string(r.Status)...), nil
	})
	d.play(gateway.One("1", "M1", "9", "BM:A", "BM:B"))
	v := d.lease(ada, "A")
	status := func() string {
		c, err := d.Consignment(ctx, nordkai, v.Consignment.ID)
		d.ok(err)
		if c.Score != nil {
			t.Error("a partner sees a score")
		}
		return c.Status
	}
	if got := status(); got != gateway.StatusAssessed {
		t.Fatal(got)
	}
	d.acts()
	w, err := d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: caseq.Hold, Reason: "documents", Note: "secret of ours"})
	d.ok(err)
	if w.State != caseq.Hold || w.Decision == nil || w.Decision.Note != "secret of ours" || w.Consignment.Status != gateway.StatusHeld || status() != gateway.StatusHeld {
		t.Fatalf("%+v", w)
	}
	acts := d.acts()
	if len(acts) != 2 || !strings.HasPrefix(acts[0], "staff:ada/key:K1 case.decide case ") || !strings.Contains(acts[0], `"to":"hold"`) || strings.Contains(acts[0], "secret") {
		t.Errorf("audit rows %q", acts)
	}
	if len(answered) != 1 {
		t.Fatalf("%d answers were written", len(answered))
	}
	r := answered[0]
	if r.Interchange.Sender.ID != "NORDKAI" || r.Interchange.SyntaxID == "" || r.Message.Reference == "" || r.Consignment.Number != "A" || r.Status != caseq.Hold || r.Reason != "documents" ||
		r.ReasonText == "" || len(r.ControlReference) != 14 || r.Message.DocReference != "M1" || r.DocumentKind != "bill" {
		t.Errorf("%+v", r)
	}
	deliveries, err := d.store.Deliveries(ctx, d.ids[0])
	d.ok(err)
	last := deliveries[len(deliveries)-1]
	body, err := d.store.Answer(ctx, last.Answer)
	d.ok(err)
	if last.Kind != "CUSRES" || last.State != outbox.Pending || last.Partner != "NORDKAI" || last.Channel != "folder" || string(body.Body) != "CUSRES hold" || body.Interchange != 1 {
		t.Errorf("%+v %+v", last, body)
	}
	acks, err := d.Acknowledgements(ctx, nordkai, d.ids[0])
	d.ok(err)
	if i := slices.IndexFunc(acks.Items, func(a gateway.AckView) bool { return a.Kind == "CUSRES" && a.ID == last.Answer }); i < 0 {
		t.Errorf("the partner does not see the answer: %+v", acks.Items)
	}
	events := d.events(outbox.TypeCaseDecided, outbox.TypeConsignment)
	if len(events) != 2 || events[0].Type != outbox.TypeConsignment && events[1].Type != outbox.TypeConsignment {
		t.Fatalf("%+v", events)
	}
	for _, e := range events {
		var data map[string]any
		d.ok(json.Unmarshal([]byte(e.Data), &data))
		if strings.Contains(e.Data, "secret") || strings.Contains(e.Data, "ada") {
			t.Errorf("the event says too much: %s", e.Data)
		}
		if e.Type == outbox.TypeConsignment && (e.Filer != "NORDKAI" || data["was"] != "assessed" || data["status"] != "held") || e.Type == outbox.TypeCaseDecided && (e.Filer != "" || data["state"] != "hold") {
			t.Errorf("%+v", e)
		}
	}
	seen, err := d.Events(ctx, nordkai, "live", nil, 100, "")
	d.ok(err)
	for _, e := range seen.Items {
		if strings.HasPrefix(e.Type, "cargogate.case.") {
			t.Errorf("a partner sees %+v", e)
		}
	}
	if all, err := d.Events(ctx, queue, "live", outbox.CaseTypes(), 100, ""); err != nil || len(all.Items) != 3 {
		t.Errorf("a service sees %v %+v", err, all)
	}
	// Another version keeps what was decided, without another act.
	d.play(gateway.One("2", "M1", "4", "BM:A"))
	v.Consignment.ID = d.of("A").Consignment.ID
	if got := status(); got != gateway.StatusHeld {
		t.Errorf("the status of the new version is %s", got)
	}
	// What cannot be answered is decided all the same.
	fail = true
	w, err = d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: caseq.Released, Reason: "no_risk"})
	if err != nil || w.State != caseq.Released || status() != gateway.StatusReleased {
		t.Errorf("%v %+v", err, w)
	}
	if acts := d.acts(); !strings.Contains(strings.Join(acts, "\n"), `"unanswered":"yes"`) {
		t.Errorf("audit rows %q", acts)
	}
	if deliveries, err = d.store.Deliveries(ctx, d.ids[1]); err != nil || slices.ContainsFunc(deliveries, func(o outbox.Delivery) bool { return o.Kind == "CUSRES" }) {
		t.Errorf("%v %+v", err, deliveries)
	}
	fail = false
	// Outcome, then closed; the verdict stays.
	w, err = d.OutcomeCase(ctx, ada, v.ID, v.Lease, caseq.Finding{Result: "nil", On: "2026-01-02", By: "forged", Source: "forged"})
	if err != nil || w.State != caseq.Outcome || w.Outcome.By != "staff:ada" || w.Outcome.Source != "api" {
		t.Errorf("%v %+v", err, w)
	}
	w, err = d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: caseq.Closed, Reason: "examined"})
	if err != nil || w.State != caseq.Closed || status() != gateway.StatusReleased {
		t.Errorf("%v %+v", err, w)
	}
	var told []string
	for _, e := range d.events(outbox.CaseTypes()...) {
		if e.Subject == "case/"+v.ID.String() {
			told = append(told, strings.TrimSuffix(strings.TrimPrefix(e.Type, "cargogate.case."), ".v1"))
		}
	}
	if want := []string{"opened", "decided", "updated", "decided", "outcome", "closed"}; !slices.Equal(told, want) {
		t.Errorf("events %q, want %q", told, want)
	}
	if n := len(answered); n != 2 { // closing is no decision on the goods
		t.Errorf("%d answers were written", n)
	}
}

// What the filer gets is a CUSRES that we ourselves can read, for each decision, in the release of its message.
func TestDecisionIsAnswered(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40, func(o *gateway.Options) { o.CaseSecond = []string{} })
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A", "BM:B"))
	v := d.lease(ada, "A")
	references := map[string]bool{}
	for _, to := range []caseq.State{caseq.Hold, caseq.Inspect, caseq.DoNotLoad, caseq.Released} {
		reason := "indicators"
		if to == caseq.Released {
			reason = "no_risk"
		}
		_, err := d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: to, Reason: reason, Note: "OURS"})
		d.ok(err)
		deliveries, err := d.store.Deliveries(ctx, d.ids[0])
		d.ok(err)
		last := deliveries[len(deliveries)-1]
		a, err := d.store.Answer(ctx, last.Answer)
		d.ok(err)
		dec := edifact.NewDecoder(bytes.NewReader(a.Body))
		var tags []string
		for {
			s, err := dec.ReadSegment()
			if err == io.EOF {
				break
			}
			d.ok(err)
			tags = append(tags, string(s.Tag()))
			if m := dec.Message(); m != nil && m.Type != "CUSRES" {
				t.Errorf("a message %s", m.Type)
			}
		}
		ic := dec.Interchange()
		if last.Kind != "CUSRES" || ic == nil || ic.Recipient.ID != "NORDKAI" || references[ic.ControlReference] || !slices.Contains(tags, "BGM") {
			t.Errorf("%s: %s %v", to, a.Body, tags)
		}
		references[ic.ControlReference] = true
		text := string(a.Body)
		if !strings.Contains(text, "RFF+BM:A'") || strings.Contains(text, "OURS") || strings.Contains(text, "ADA") || !strings.Contains(text, v.Consignment.Registration) {
			t.Errorf("%s: %s", to, text)
		}
	}
}

// A step that takes two persons waits for the second, who is another one, whatever key the first has.
func TestSecondPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A"))
	v := d.lease(ada, "A")
	w, err := d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: caseq.DoNotLoad, Reason: "danger"})
	d.ok(err)
	if w.State != caseq.Assigned || w.Proposal == nil || w.Proposal.To != caseq.DoNotLoad || w.Decision != nil || w.Lease != "" || w.Consignment.Status != gateway.StatusAssessed {
		t.Fatalf("%+v", w)
	}
	if page, err := d.LeaseCases(ctx, adaToo, 5, 0, gateway.CaseQuery{}); err != nil || len(page.Items) != 0 {
		t.Errorf("who proposed is handed it again: %v %+v", err, page)
	}
	own, err := d.LeaseCase(ctx, adaToo, v.ID, time.Minute)
	d.ok(err)
	_, err = d.DecideCase(ctx, adaToo, v.ID, gateway.CaseAct{Lease: own.Lease, Agree: true})
	d.is(err, partner.ErrDenied, "agreeing with oneself")
	_, err = d.ReturnCase(ctx, adaToo, v.ID, own.Lease)
	d.ok(err)
	page, err := d.LeaseCases(ctx, bo, 5, 0, gateway.CaseQuery{})
	d.ok(err)
	if len(page.Items) != 1 || page.Items[0].Proposal == nil {
		t.Fatalf("%+v", page.Items)
	}
	_, err = d.DecideCase(ctx, bo, v.ID, gateway.CaseAct{Lease: page.Items[0].Lease, Refuse: true})
	d.is(err, gateway.ErrInput, "refusing without a note")
	w, err = d.DecideCase(ctx, bo, v.ID, gateway.CaseAct{Lease: page.Items[0].Lease, Agree: true})
	d.ok(err)
	if w.State != caseq.DoNotLoad || w.Decision.By != "staff:ada" || w.Decision.Second != "staff:bo" || w.Consignment.Status != gateway.StatusHeld {
		t.Errorf("%+v", w)
	}
	_, err = d.DecideCase(ctx, bo, v.ID, gateway.CaseAct{Lease: page.Items[0].Lease, Agree: true})
	d.is(err, gateway.ErrConflict, "agreeing twice")
	// A site says which steps those are.
	alone := newDesk(t, 40, func(o *gateway.Options) { o.CaseSecond = []string{} })
	alone.play(gateway.One("1", "M1", "9", "BM:A"))
	l := alone.lease(ada, "A")
	if w, err := alone.DecideCase(ctx, ada, l.ID, gateway.CaseAct{Lease: l.Lease, To: caseq.DoNotLoad, Reason: "danger"}); err != nil || w.State != caseq.DoNotLoad {
		t.Errorf("%v %+v", err, w)
	}
	directory, err := partner.NewDirectory(ctx, d.store, nil)
	d.ok(err)
	if _, err := gateway.New(d.store, noBlobs{}, directory, nil, gateway.Options{CaseSecond: []string{"never"}}); !errors.Is(err, caseq.ErrStep) {
		t.Errorf("a step that is none: %v", err)
	}
}

// An import says of each line what became of it, and twice the same changes nothing.
func TestImportOutcomes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A-1", "BM:B", "BM:C"))
	for _, bill := range []string{"A-1", "C"} {
		v := d.lease(ada, bill)
		_, err := d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: caseq.Inspect, Reason: "random"})
		d.ok(err)
	}
	today := time.Now().UTC()
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	lines := []gateway.OutcomeLine{
		{Line: 2, Bill: "a 1", On: day(0), Result: "seizure", Family: "narcotics", Note: "2 kg"}, // as it is written elsewhere
		{Line: 3, Bill: "B", On: day(0), Result: "nil"},                                          // nobody decided
		{Line: 4, Bill: "X", On: day(0), Result: "nil"},
		{Line: 5, On: day(0), Result: "nil"},
		{Line: 6, Bill: "C", On: "yesterday", Result: "nil"},
		{Line: 7, Bill: "C", On: day(0), Result: "found"},
		{Line: 8, Bill: "C", On: day(-300), Result: "nil"}, // another year's
		{Line: 9, Bill: "C", On: day(3), Result: "nil"},    // yet to come
		{Line: 10, Bill: "C", Equipment: "NKAU1234567", On: day(0), Result: "nil"},
	}
	want := []string{"recorded", "invalid", "no_case", "invalid", "invalid", "invalid", "no_case", "invalid", "no_case"}
	for round, first := range []string{"recorded", "already"} {
		want[0] = first
		reports, err := d.ImportOutcomes(ctx, queue, "day.csv", lines)
		d.ok(err)
		for i, r := range reports {
			if r.State != want[i] || r.Line != lines[i].Line || (r.State == "invalid") != (r.Error != "") || strings.Contains(r.Error, "caseq:") || strings.Contains(r.Error, "gateway:") {
				t.Errorf("round %d: %+v, want %s", round, r, want[i])
			}
		}
	}
	v := d.of("A-1")
	if v.State != caseq.Outcome || v.Outcome.Source != "import:day.csv" || v.Outcome.Result != "seizure" || v.Outcome.By != "service:queue" {
		t.Errorf("%+v", v)
	}
	if n := len(d.events(outbox.TypeCaseOutcome)); n != 1 {
		t.Errorf("%d outcomes were told of", n)
	}
	for name, try := range map[string]struct {
		source string
		lines  []gateway.OutcomeLine
	}{"no name": {" ", nil}, "too many": {"x", make([]gateway.OutcomeLine, 10_001)}} {
		_, err := d.ImportOutcomes(ctx, ada, try.source, try.lines)
		d.is(err, gateway.ErrInput, name)
	}
}

// When a message is purged its case stays, with its history and nothing of persons.
func TestPurgedCase(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A"))
	v := d.lease(ada, "A")
	_, err := d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: caseq.Hold, Reason: "documents", Note: "ask Maashaven"})
	d.ok(err)
	d.ok(d.store.Settled(ctx, []gateway.Settlement{{Fence: gateway.Fence{Receipt: d.ids[0], Attempt: 1}, Mode: "live", State: gateway.StateAccepted}}))
	_, err = d.store.Purge(ctx, gateway.Tombstone{Receipt: d.ids[0], Why: "expired", Who: "service:gateway"}, audit.Row{})
	d.ok(err)
	w := d.of("A")
	b, err := json.Marshal(w)
	d.ok(err)
	if w == nil || w.State != caseq.Hold || w.Consignment != nil || len(w.History) != 3 || strings.Contains(strings.ToUpper(string(b)), "MAASHAVEN") || len(w.Reasons) < 10 {
		t.Errorf("%s", b)
	}
	if w, err := d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: v.Lease, To: caseq.Released, Reason: "no_risk"}); err != nil || w.State != caseq.Released {
		t.Errorf("%v %+v", err, w)
	}
}

// Many at once get each case once, and no decision is lost.
func TestWorkersAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40, func(o *gateway.Options) { o.CaseSecond = []string{} })
	var bills []string
	for i := range 40 {
		bills = append(bills, fmt.Sprintf("BM:A%d", i))
	}
	d.play(gateway.One("1", "M1", "9", bills...))
	var mu sync.Mutex
	decided := map[uuid.UUID]int{}
	var wg sync.WaitGroup
	for n := range 6 {
		p := partner.Principal{Kind: partner.KindStaff, ID: fmt.Sprint("w", n), Roles: []partner.StaffRole{partner.StaffOfficer}, Mode: "live"}
		wg.Go(func() {
			for {
				page, err := d.LeaseCases(t.Context(), p, 3, time.Minute, gateway.CaseQuery{})
				if err != nil || len(page.Items) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				for _, v := range page.Items {
					if _, err := d.DecideCase(t.Context(), p, v.ID, gateway.CaseAct{Lease: v.Lease, Revision: v.Revision, To: caseq.Released, Reason: "no_risk"}); err != nil {
						t.Error(err)
					}
					mu.Lock()
					decided[v.ID]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	page, err := d.Cases(t.Context(), manager, gateway.CaseQuery{States: []caseq.State{caseq.Released}, Limit: 100})
	d.ok(err)
	if len(decided) != 40 || len(page.Items) != 40 {
		t.Errorf("%d cases decided, %d released", len(decided), len(page.Items))
	}
	for id, n := range decided {
		if n != 1 {
			t.Errorf("case %s was decided %d times", id, n)
		}
	}
}
