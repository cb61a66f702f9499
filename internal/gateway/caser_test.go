package gateway_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/intake"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/scoring"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
)

// A desk is a gateway on SQLite whose rules select what scores so many points, and who works with it.
type desk struct {
	*gateway.Gateway
	t     *testing.T
	store gateway.Store
	ids   []uuid.UUID // of the receipts
}

var (
	ada     = partner.Principal{Kind: partner.KindStaff, ID: "ada", Roles: []partner.StaffRole{partner.StaffOfficer}, Mode: "live", Key: "K1"}
	adaToo  = partner.Principal{Kind: partner.KindStaff, ID: "ada", Roles: []partner.StaffRole{partner.StaffOfficer}, Mode: "live", Key: "K2"}
	bo      = partner.Principal{Kind: partner.KindStaff, ID: "bo", Roles: []partner.StaffRole{partner.StaffOfficer}, Mode: "live", Key: "K3"}
	queue   = partner.Principal{Kind: partner.KindService, ID: "queue", Mode: "live", Key: "K4"}
	manager = partner.Principal{Kind: partner.KindStaff, ID: "mia", Roles: []partner.StaffRole{partner.StaffManager}, Mode: "live"}
	nordkai = partner.Principal{Kind: partner.KindPartner, ID: "NORDKAI", Mode: "live", Key: "K5"}
)

func engine(t *testing.T, threshold int) *scoring.Engine {
	t.Helper()
	b, err := os.ReadFile("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := scoring.ParseRules("rules.txt", strings.Replace(string(b), "\nthreshold 40\n", fmt.Sprintf("\nthreshold %d\n", threshold), 1))
	if err != nil {
		t.Fatal(err)
	}
	e, err := scoring.NewEngine(scoring.Options{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	if e.Rules().Threshold != threshold {
		t.Fatalf("the threshold is %d", e.Rules().Threshold)
	}
	return e
}

func newDesk(t *testing.T, threshold int, edits ...func(*gateway.Options)) *desk {
	t.Helper()
	return newDeskOn(t, openSQLite(t), threshold, edits...)
}

func newDeskOn(t *testing.T, store gateway.Store, threshold int, edits ...func(*gateway.Options)) *desk {
	t.Helper()
	d := &desk{t: t, store: store}
	d.ok(d.store.Apply(t.Context(), []partner.Change{{Insert: true, Partner: &partner.Partner{ID: "NORDKAI", Name: "Nordkai Lines", Roles: []partner.Role{partner.RoleCarrier},
		Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: "NORDKAI"}}}}}, partner.Act{Principal: "user:test", Action: "partner.add", Object: "partner:NORDKAI"}))
	directory, err := partner.NewDirectory(t.Context(), d.store, nil)
	d.ok(err)
	o := gateway.Options{Scoring: engine(t, threshold), Log: slog.New(slog.DiscardHandler)}
	for _, edit := range edits {
		edit(&o)
	}
	d.Gateway, err = gateway.New(d.store, noBlobs{}, directory, nil, o)
	d.ok(err)
	return d
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// is fails where an error is not the one that it should be.
func (d *desk) is(err, want error, what string) {
	d.t.Helper()
	if !errors.Is(err, want) {
		d.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// accept accepts a body, and gives its place.
func (d *desk) accept(body string, mode string) int {
	d.t.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := d.store.Accept(d.t.Context(), []gateway.Arrival{{
		Receipt: gateway.Receipt{ID: id, Partner: "NORDKAI", Principal: "partner:NORDKAI", Channel: "folder", Kind: "folder", Mode: cargo.Traffic(mode), Name: "in.edi",
			Size: int64(len(body)), SHA256: sha256.Sum256([]byte(body)), Control: intake.SniffHead([]byte(body)).Control, Inline: gateway.PackBody([]byte(body)), Retention: "default",
			TraceID: strings.ReplaceAll(id.String(), "-", "")},
		Audit: audit.Row{ID: uuid.Must(uuid.NewV7()), At: time.Now().UTC(), Principal: "partner:NORDKAI", Action: "message.accept", Object: "message:" + id.String(), Mode: mode},
	}})
	d.ok(err)
	d.ids = append(d.ids, id)
	return len(d.ids) - 1
}

// settle settles what was accepted, in the order given by places; between them cases are brought in line where meanwhile
// says so, and at the end.
func (d *desk) settle(bodies []string, order []int, meanwhile func(n int) bool) {
	d.t.Helper()
	d.settleOnly(bodies, order, meanwhile)
	d.ok(d.CaseAll(d.t.Context()))
}

func (d *desk) settleOnly(bodies []string, order []int, meanwhile ...func(n int) bool) {
	d.t.Helper()
	ctx := d.t.Context()
	open := len(order)
	for round := 0; open > 0; round++ {
		if round > 50 {
			d.t.Fatal("it never ends")
		}
		claimed := map[uuid.UUID]gateway.Receipt{}
		got, err := d.store.Claim(ctx, gateway.ClaimRequest{Owner: "n", Max: 100, Lease: time.Minute})
		d.ok(err)
		for _, r := range got {
			claimed[r.ID] = r
		}
		for n, i := range order {
			r, is := claimed[d.ids[i]]
			if !is {
				continue
			}
			p, err := d.ReadBytes(ctx, &r, strings.NewReader(bodies[i]))
			d.ok(err)
			if !p.Waits() {
				again, err := d.SettleAll(ctx, []gateway.Played{p})
				d.ok(err)
				if len(again) == 0 {
					open--
					if len(meanwhile) > 0 && meanwhile[0] != nil && meanwhile[0](n) {
						d.ok(d.CaseAll(ctx))
					}
					continue
				}
			}
			d.ok(d.store.Wait(ctx, gateway.Fence{Receipt: r.ID, Attempt: r.Attempt}, 0))
		}
		d.ok(d.store.Wake(ctx, "NORDKAI", "live"))
	}
}

// play accepts and settles bodies in their order, one behind the other.
func (d *desk) play(bodies ...string) {
	d.t.Helper()
	for _, body := range bodies {
		at := d.accept(body, "live")
		all := make([]string, at+1)
		all[at] = body
		d.settle(all, []int{at}, nil)
	}
}

// openCases gives what is open, as lines.
func (d *desk) openCases() string {
	d.t.Helper()
	page, err := d.Cases(d.t.Context(), manager, gateway.CaseQuery{Limit: 500})
	d.ok(err)
	var out []string
	for _, v := range page.Items {
		c, err := d.store.CaseByID(d.t.Context(), v.ID)
		d.ok(err)
		out = append(out, fmt.Sprintf("%s %s %s %d %v %v %v", c.Bill, c.State, c.Cargo, c.Points, c.Reasons, c.Groups, slices.Index(d.ids, c.Receipt)))
	}
	slices.Sort(out)
	return strings.ReplaceAll(strings.Join(out, "\n"), "C000001", "C1") // the stores write the number of a call in their own ways
}

// of gives the case of a bill.
func (d *desk) of(bill string) *gateway.CaseView {
	d.t.Helper()
	for _, states := range [][]caseq.State{nil, {caseq.Closed}} {
		page, err := d.Cases(d.t.Context(), manager, gateway.CaseQuery{States: states, Limit: 500})
		d.ok(err)
		for _, v := range page.Items {
			c, err := d.store.CaseByID(d.t.Context(), v.ID)
			d.ok(err)
			if c.Bill == bill {
				v, err := d.Case(d.t.Context(), ada, c.ID)
				d.ok(err)
				return v
			}
		}
	}
	return nil
}

// events gives the types of events of cases so far, in their order, with what they tell.
func (d *desk) events(types ...string) (out []outbox.Event) {
	d.t.Helper()
	d.ok(d.LinkAll(d.t.Context()))
	events, err := d.store.Events(d.t.Context(), outbox.Query{Limit: 1000, Types: types})
	d.ok(err)
	return events
}

// toOrder makes the consignees of a body "to order", which adds points and an indicator.
func toOrder(body string) string {
	return strings.ReplaceAll(body, "MAASHAVEN LOGISTICS BV", "TO ORDER")
}

// Whatever the order of settling, and however often the caser ran in between, the same cases are open and say the same.
func TestCasesOfAnyOrder(t *testing.T) {
	t.Parallel()
	original, replace, change, cancel := gateway.One("1", "M1", "9", "BM:A", "BM:B"), toOrder(gateway.One("2", "M1", "5", "BM:B", "BM:C")),
		gateway.One("3", "M1", "4", "BM:C", "BM:D"), gateway.One("4", "M1", "1")
	master, house, refused := gateway.One("5", "M5", "9", "MB:MAST"), toOrder(gateway.One("6", "M6", "9", "BH:HOUSE<MAST")), gateway.One("8", "M9", "4", "BM:A", "BM:Z")
	for name, bodies := range map[string][]string{
		"cancelled": {original, replace, change, cancel, master, house},
		"current":   {house, original, change, replace, refused, gateway.One("7", "M1", "3", "BM:C"), master, original},
	} {
		for _, threshold := range []int{40, 60} { // all are selected; only those to order are
			t.Run(fmt.Sprint(name, threshold), func(t *testing.T) {
				t.Parallel()
				order := make([]int, len(bodies))
				for i := range order {
					order[i] = i
				}
				rng := rand.New(rand.NewPCG(7, uint64(threshold)))
				want := ""
				for n := range 8 {
					store := gateway.Store(openSQLite(t))
					if n%4 == 3 {
						store = openPostgres(t, pgtest.Shared(t).Database(t, "cases", postgres.Migrate))
					}
					d := newDeskOn(t, store, threshold, func(o *gateway.Options) { o.CaseSkipUnassessable = true })
					for _, body := range bodies {
						d.accept(body, "live")
					}
					d.settle(bodies, order, func(int) bool { return n > 0 && rng.IntN(2) == 0 })
					got := d.openCases()
					if n == 0 {
						want = got
						t.Log(want)
					}
					if got != want {
						t.Fatalf("order %v:\n%s\nwant\n%s", order, got, want)
					}
					rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
				}
				if !strings.Contains(want, "cancelled") && name == "cancelled" || threshold == 60 && strings.Contains(want, "MAST new") || !strings.Contains(want, "HOUSE new") {
					t.Errorf("not what it should be:\n%s", want)
				}
			})
		}
	}
}

// Two casers at once do the same work once.
func TestTwoCasers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	var bodies []string
	var order []int
	for i := range 30 {
		body := gateway.One(fmt.Sprint(i), fmt.Sprint("M", i), "9", fmt.Sprintf("BM:A%d", i), fmt.Sprintf("BM:B%d", i))
		bodies, order = append(bodies, body), append(order, d.accept(body, "live"))
	}
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := d.CaseAll(ctx); err != nil && !errors.Is(err, gateway.ErrFenced) && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	func() {
		defer stop()
		d.settleOnly(bodies, order)
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if page, err := d.store.Events(t.Context(), outbox.Query{Limit: 1000, Types: []string{outbox.TypeCaseOpened}}); err != nil || len(page) == 60 {
				break
			}
		}
	}()
	wg.Wait()
	d.ok(d.CaseAll(t.Context()))
	if n := len(d.events(outbox.TypeCaseOpened)); n != 60 {
		t.Errorf("%d cases were opened, want 60", n)
	}
	if n := len(d.events(outbox.TypeCaseUpdated)); n != 0 {
		t.Errorf("%d cases were updated, want none", n)
	}
}

// Test traffic gets no case, and nothing of it is in one.
func TestTestTrafficGetsNoCase(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	live := gateway.One("1", "M1", "9", "BM:A")
	test := toOrder(gateway.One("1", "M1", "9", "BM:A", "BM:B"))
	d.settle([]string{live, test}, []int{d.accept(live, "live"), d.accept(test, "test")}, nil)
	if got := d.openCases(); strings.Count(got, "\n") != 0 || !strings.HasPrefix(got, "A new accepted 53") {
		t.Errorf("open cases:\n%s", got)
	}
	for _, e := range d.events() {
		if strings.HasPrefix(e.Type, "cargogate.case.") && (e.Mode != "live" || e.Partner != "" || e.Filer != "") {
			t.Errorf("event %+v", e)
		}
	}
	tester := ada
	tester.Mode = "test"
	_, err := d.Cases(t.Context(), tester, gateway.CaseQuery{})
	d.is(err, partner.ErrDenied, "cases for a key for tests")
}

// A replacement updates the case that is open; a closed one is opened again where points rise.
func TestVersionsUpdateAndReopen(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	ctx := t.Context()
	d.play(gateway.One("1", "M1", "9", "BM:A"))
	v := d.of("A")
	if v.Points != 53 || v.Cargo != "accepted" || v.Message != d.ids[0] || len(v.Groups) != 2 || v.Due == nil {
		t.Fatalf("%+v", v)
	}
	var reasons []struct{ Points int }
	d.ok(json.Unmarshal(v.Reasons, &reasons))
	sum := 0
	for _, r := range reasons {
		sum += r.Points
	}
	if sum != v.Points {
		t.Errorf("reasons %s add up to %d, not %d", v.Reasons, sum, v.Points)
	}
	l, err := d.LeaseCase(ctx, ada, v.ID, 0)
	d.ok(err)
	d.play(gateway.One("2", "M1", "4", "BM:A")) // the same again
	if w := d.of("A"); w.Message != d.ids[1] || w.State != caseq.Assigned || w.Points != 53 || w.Revision != l.Revision+1 {
		t.Errorf("%+v", w)
	}
	_, err = d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: l.Lease, Revision: l.Revision, To: caseq.Closed, Reason: "no_risk"})
	d.is(err, gateway.ErrConflict, "an act on an earlier revision")
	c, err := d.DecideCase(ctx, ada, v.ID, gateway.CaseAct{Lease: l.Lease, Revision: l.Revision + 1, To: caseq.Closed, Reason: "no_risk"})
	d.ok(err)
	if c.State != caseq.Closed || c.ClosedAt == nil || c.Lease != "" {
		t.Errorf("%+v", c)
	}
	d.play(gateway.One("3", "M1", "5", "BM:A"))
	if w := d.of("A"); w.State != caseq.Closed {
		t.Errorf("nothing new opened it again: %+v", w)
	}
	d.play(toOrder(gateway.One("4", "M1", "5", "BM:A")))
	w := d.of("A")
	if w.State != caseq.New || w.Reopened != 1 || w.ID != v.ID || w.Points <= 53 || w.Message != d.ids[3] {
		t.Errorf("%+v", w)
	}
	d.play(gateway.One("5", "M1", "1"))
	w = d.of("A")
	if w.State != caseq.New || w.Cargo != "cancelled" {
		t.Errorf("%+v", w)
	}
	var told []string
	for _, e := range w.History {
		told = append(told, e.What)
	}
	if want := []string{"opened", "leased", "updated", "decided", "reopened", "cargo"}; !slices.Equal(told, want) {
		t.Errorf("history %q, want %q", told, want)
	}
	told = nil
	for _, e := range d.events(outbox.CaseTypes()...) {
		told = append(told, strings.TrimSuffix(strings.TrimPrefix(e.Type, "cargogate.case."), ".v1"))
		if e.Subject != "case/"+v.ID.String() || strings.Contains(e.Data, "MAASHAVEN") || !strings.Contains(e.Data, v.ID.String()) || e.TraceID == "" && e.Type != outbox.TypeCaseClosed {
			t.Errorf("event %+v", e)
		}
	}
	if want := []string{"opened", "updated", "closed", "reopened", "updated"}; !slices.Equal(told, want) {
		t.Errorf("events %q, want %q", told, want)
	}
}
