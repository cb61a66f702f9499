package gateway_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/intake"
	"cargogate/internal/partner"
	"cargogate/internal/scoring"
	"cargogate/internal/store/sqlite"
)

// settled files a body on a store with a gateway that scores, and gives the gateway and the rows.
func settled(t *testing.T, store *sqlite.Store, e *scoring.Engine, body []byte) (*gateway.Gateway, []gateway.ConsignmentRow) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(store.Apply(ctx, []partner.Change{{Insert: true, Partner: &partner.Partner{ID: "HLCU", Name: "Nordic Line", Roles: []partner.Role{partner.RoleCarrier},
		Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: "HLCU"}}}}}, partner.Act{Principal: "user:test", Action: "partner.add", Object: "partner:HLCU"}))
	directory, err := partner.NewDirectory(ctx, store, nil)
	must(err)
	g, err := gateway.New(store, noBlobs{}, directory, nil, gateway.Options{Scoring: e})
	must(err)
	if e != nil {
		must(store.PutArtifacts(ctx, gateway.Artifacts(e)))
	}
	id := uuid.Must(uuid.NewV7())
	_, err = store.Accept(ctx, []gateway.Arrival{{
		Receipt: gateway.Receipt{ID: id, Partner: "HLCU", Principal: "partner:HLCU", Channel: "https", Kind: "https", Mode: "live", Name: "in.edi",
			Size: int64(len(body)), SHA256: sha256.Sum256(body), Control: intake.SniffHead(body).Control, Inline: body, Retention: "default",
			TraceID: strings.ReplaceAll(id.String(), "-", "")},
		Audit: audit.Row{ID: uuid.Must(uuid.NewV7()), At: time.Now().UTC(), Principal: "partner:HLCU", Action: "message.accept", Object: "message:" + id.String(), Mode: "live"},
	}})
	must(err)
	claimed, err := store.Claim(ctx, gateway.ClaimRequest{Owner: "n", Max: 1, Lease: time.Minute})
	must(err)
	played, err := g.ReadBytes(ctx, &claimed[0], bytes.NewReader(body))
	must(err)
	again, err := g.SettleAll(ctx, []gateway.Played{played})
	must(err)
	if len(again) > 0 {
		t.Fatal("it has to be read again")
	}
	page, err := store.Consignments(ctx, gateway.ConsignmentQuery{Mode: "live", Receipt: id, Limit: 100})
	must(err)
	return g, page.Items
}

func example(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../testdata/example/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// What a consignment scored is kept with it, and gives the same score again: that which the consignments themselves give.
func TestScoreIsKept(t *testing.T) {
	t.Parallel()
	engine, err := scoring.NewEngine(scoring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store, body := openSQLite(t), example(t, "manifest.edi")
	g, rows := settled(t, store, engine, body)
	var all []*cargo.Consignment
	masters, houses := scoring.NewPeers(), scoring.NewPeers()
	var filing *cargo.Filing
	var received int64
	if len(rows) > 0 {
		received = rows[0].LegalAt.Unix()
	}
	if _, err := intake.Read(intake.Original{Name: "in.edi", ReaderAt: bytes.NewReader(body), Size: int64(len(body))}, intake.Options{Handler: intake.Handler{
		Consignment: func(c *cargo.Consignment) error { all = append(all, c.Clone()); return nil },
		Filing:      func(f *cargo.Filing) error { filing = f.Clone(); return nil },
	}}); err != nil {
		t.Fatal(err)
	}
	peers := func(c *cargo.Consignment) *scoring.Peers {
		if c.Level == cargo.LevelHouse {
			return houses
		}
		return masters
	}
	for _, c := range all {
		peers(c).AddConsignment(c)
	}
	if len(rows) != 3 || len(all) != 3 {
		t.Fatalf("%d rows of %d consignments", len(rows), len(all))
	}
	staff := partner.Principal{Kind: partner.KindStaff, ID: "o", Mode: "live", Roles: []partner.StaffRole{partner.StaffOfficer}}
	filer := partner.Principal{Kind: partner.KindPartner, ID: "HLCU", Mode: "live"}
	scorer := engine.NewScorer()
	for i := range rows {
		c := &rows[i]
		want := scorer.Score(&scoring.Input{Consignment: all[i], Filing: filing, Received: scoring.At(received), Peers: peers(all[i])})
		if !c.Score.Done || c.Score.Points != want.Points || c.Score.Selected != want.Selected || c.Score.Assessable != want.Assessable {
			t.Errorf("%s: kept %+v, scored %d %v %v", c.Number, c.Score, want.Points, want.Selected, want.Assessable)
		}
		text := string(want.AppendView(nil))
		v, err := g.Consignment(t.Context(), staff, c.ID)
		if err != nil || string(v.Score) != text || !json.Valid(v.Score) {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.Number, err, v.Score, text)
		}
		if v, err = g.Consignment(t.Context(), filer, c.ID); err != nil || v.Score != nil {
			t.Errorf("%s: its filer sees %s, %v", c.Number, v.Score, err)
		}
	}
	if got := gateway.ConsignmentStatus(&rows[2]); rows[2].Link == "" && got != gateway.StatusAssessed {
		t.Errorf("status %s", got)
	}
}

// What was refused is scored too.
func TestScoreOfRefused(t *testing.T) {
	t.Parallel()
	engine, err := scoring.NewEngine(scoring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, rows := settled(t, openSQLite(t), engine, example(t, "broken.edi"))
	if len(rows) != 1 || rows[0].State != gateway.ConsignmentUnaccepted || !rows[0].Score.Done || gateway.ConsignmentStatus(&rows[0]) != gateway.StatusReceived {
		t.Errorf("rows %+v", rows)
	}
}

// Without an engine nothing is scored.
func TestNothingIsScored(t *testing.T) {
	t.Parallel()
	g, rows := settled(t, openSQLite(t), nil, example(t, "manifest.edi"))
	staff := partner.Principal{Kind: partner.KindStaff, ID: "o", Mode: "live", Roles: []partner.StaffRole{partner.StaffOfficer}}
	for i := range rows {
		v, err := g.Consignment(t.Context(), staff, rows[i].ID)
		if err != nil || rows[i].Score.Done || v.Score != nil {
			t.Errorf("%s: %+v, %s, %v", rows[i].Number, rows[i].Score, v.Score, err)
		}
	}
}

// A score made by rules that are not in force any more is given by those that were kept with it.
func TestScoreOfEarlierRules(t *testing.T) {
	t.Parallel()
	now, err := scoring.NewEngine(scoring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := string(artifact(t, now, "rules"))
	rules, err := scoring.ParseRules("rules.txt", strings.Replace(text, "threshold 40", "threshold 7", 1))
	if err != nil {
		t.Fatal(err)
	}
	earlier, err := scoring.NewEngine(scoring.Options{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	store := openSQLite(t)
	first, rows := settled(t, store, earlier, example(t, "manifest.edi"))
	staff := partner.Principal{Kind: partner.KindStaff, ID: "o", Mode: "live", Roles: []partner.StaffRole{partner.StaffOfficer}}
	directory, err := partner.NewDirectory(t.Context(), store, nil)
	if err != nil {
		t.Fatal(err)
	}
	later, err := gateway.New(store, noBlobs{}, directory, nil, gateway.Options{Scoring: now})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		want, err := first.Consignment(t.Context(), staff, rows[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := later.Consignment(t.Context(), staff, rows[i].ID)
		if err != nil || !bytes.Equal(got.Score, want.Score) || !bytes.Contains(got.Score, []byte(rules.Version())) {
			t.Errorf("%s: %v\n%s\nwant\n%s", rows[i].Number, err, got.Score, want.Score)
		}
	}
}

func artifact(t *testing.T, e *scoring.Engine, kind string) []byte {
	t.Helper()
	for _, a := range e.Artifacts() {
		if a.Kind == kind {
			return a.Body
		}
	}
	t.Fatalf("there is no artifact %s", kind)
	return nil
}
