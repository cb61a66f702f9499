package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

func TestServiceConsignmentStatus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ state, link, want string }{
		{ConsignmentAccepted, "", "accepted"},
		{ConsignmentAccepted, "not_matched", "not_matched"},
		{ConsignmentAccepted, "matched", "matched"},
		{ConsignmentAccepted, "houses_missing", "houses_missing"},
		{ConsignmentAccepted, "complete", "complete"},
		{ConsignmentAccepted, "odd", "accepted"},
		{ConsignmentUnaccepted, "matched", "received"},
		{ConsignmentSuperseded, "complete", "received"},
		{ConsignmentCancelled, "", "received"},
	} {
		if got := ConsignmentStatus(&ConsignmentRow{State: tt.state, Link: tt.link}); got != tt.want {
			t.Errorf("%s %q: %s", tt.state, tt.link, got)
		}
	}
	for _, level := range []string{"simple", "master", "house"} { // whatever the linker says has its word
		for _, parent := range []bool{true, false} {
			for houses := range 3 {
				if link := LinkOf(level, parent, houses, houses, 10, int64(5*houses)); link != "" {
					if got := ConsignmentStatus(&ConsignmentRow{State: ConsignmentAccepted, Link: link}); got != link {
						t.Errorf("link %q is %q", link, got)
					}
				}
			}
		}
	}
}

func TestServiceConsignment(t *testing.T) {
	t.Parallel()
	c := full(t)
	row := &c.store.consignments[0] // filed by ACME
	row.Call, row.Link = newID(), "matched"
	v, err := c.Consignment(t.Context(), acme, row.ID)
	if err != nil {
		t.Fatal(err)
	}
	at := testTime
	want := &ConsignmentView{ID: row.ID, MessageID: c.id, Registration: row.Registration, RegisteredAt: &at, State: "accepted", Status: "matched", Call: row.Call.String(),
		Filer: "ACME", Transmitter: "ACME", Record: []byte(`{"record":"consignment","schema":1,"level":"master","documents":[{"number":"BL1"}]}`)}
	if d := cmp.Diff(want, v); d != "" {
		t.Error(d)
	}
	if r := c.lastRow(t); r.Action != "consignment.read" || r.Object != "consignment:"+row.ID.String() {
		t.Errorf("%+v", r)
	}
	if _, err := c.Consignment(t.Context(), bolt, row.ID); !errors.Is(err, partner.ErrHidden) {
		t.Errorf("another's: %v", err)
	}
	if _, err := c.Consignment(t.Context(), bolt, c.store.consignments[1].ID); err != nil {
		t.Errorf("that others transmitted: %v", err)
	}
	if _, err := c.Consignment(t.Context(), acme, newID()); !errors.Is(err, ErrNotFound) {
		t.Errorf("none: %v", err)
	}
	if _, err := c.Consignment(t.Context(), data, row.ID); !errors.Is(err, partner.ErrDenied) {
		t.Errorf("data assistance: %v", err)
	}
	row.Record = []byte("not zstd")
	if _, err := c.Consignment(t.Context(), acme, row.ID); err == nil {
		t.Error("a broken record was shown")
	}
}

// TestServiceLinks: partners see links to their own alone, staff sees all.
func TestServiceLinks(t *testing.T) {
	t.Parallel()
	c := full(t)
	other := c.receipt(t, "CARGO", cargo.TrafficLive)
	c.settle(other, "CARGO")
	mine, bolts, foreign := c.store.consignments[0].ID, c.store.consignments[1].ID, c.store.consignments[2].ID
	gone := newID()
	c.store.links[mine] = [2][]uuid.UUID{{foreign}, {bolts, gone}}
	for _, tt := range []struct {
		p    partner.Principal
		want *LinksView
	}{
		{acme, &LinksView{Houses: []uuid.UUID{bolts}}},
		{officer, &LinksView{Parents: []uuid.UUID{foreign}, Houses: []uuid.UUID{bolts, gone}}},
	} {
		v, err := c.Consignment(t.Context(), tt.p, mine)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tt.want, v.Links); d != "" {
			t.Errorf("%s: %s", tt.p, d)
		}
	}
	c.store.links[foreign] = [2][]uuid.UUID{nil, {mine}}
	if v, err := c.Consignment(t.Context(), stranger, foreign); err != nil || v.Links != nil {
		t.Errorf("the other side: %+v %v", v, err)
	}
	many := make([]uuid.UUID, maxLinks+5)
	for i := range many {
		many[i] = mine
	}
	c.store.links[mine] = [2][]uuid.UUID{many, many}
	if v, err := c.Consignment(t.Context(), acme, mine); err != nil || len(v.Links.Parents) != maxLinks || v.Links.Houses != nil {
		t.Errorf("not bounded: %v", err)
	}
}

func TestServiceMessageConsignments(t *testing.T) {
	t.Parallel()
	c := full(t)
	page, err := c.MessageConsignments(t.Context(), acme, c.id, 1, "")
	if err != nil || len(page.Items) != 1 || page.Next == "" {
		t.Fatalf("%+v %v", page, err)
	}
	if page, err = c.MessageConsignments(t.Context(), acme, c.id, 1, page.Next); err != nil || len(page.Items) != 1 || page.Items[0].Filer != "BOLT" {
		t.Errorf("%+v %v", page, err)
	}
	if c.store.askedFor.Viewer != "ACME" || c.store.askedFor.Receipt != c.id {
		t.Errorf("%+v", c.store.askedFor)
	}
	for _, ask := range []func() error{
		func() error { return drop(c.MessageConsignments(t.Context(), acme, c.id, -1, "")) },
		func() error { return drop(c.MessageConsignments(t.Context(), acme, c.id, 1, "odd")) },
	} {
		if err := ask(); !errors.Is(err, ErrInput) {
			t.Error(err)
		}
	}
}

func TestServiceSearchShowsNoOthers(t *testing.T) {
	t.Parallel()
	c := full(t)
	for i := range c.store.consignments {
		c.store.consignments[i].Filer = "BOLT"
	}
	if page, err := c.Search(t.Context(), stranger, Search{}); err != nil || len(page.Items) != 0 || page.Items == nil {
		t.Errorf("%+v %v", page, err)
	}
	rows, err := c.store.Consignments(t.Context(), ConsignmentQuery{Mode: cargo.TrafficLive, Limit: 10})
	if err != nil || len(rows.Items) != 2 {
		t.Fatal(rows, err)
	}
	// Even if a store forgot who asks, nothing of others is shown.
	if page, err := c.consignmentPage(t.Context(), stranger, partner.ConsignmentSearch, rows); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v %v", page, err)
	}
}

func TestServiceSearch(t *testing.T) {
	t.Parallel()
	c := full(t)
	from := testTime
	for _, tt := range []struct {
		s    Search
		want ConsignmentQuery
	}{
		{Search{}, ConsignmentQuery{Mode: "live", Limit: 50}},
		{Search{Q: "  Steel, PIPES of Ärö 9 "}, ConsignmentQuery{Mode: "live", Limit: 50, Terms: []string{"w:steel", "w:pipes", "w:of", "w:ärö"}}},
		{Search{Document: "maeu 123-4", Equipment: "mscu 1234566", Party: "Dalia Imports"},
			ConsignmentQuery{Mode: "live", Limit: 50, Terms: []string{"d:MAEU123-4", "e:MSCU1234566", "p:dalia", "p:imports"}}},
		{Search{Port: "uylgx", From: from, To: from.Add(1), State: "cancelled", Limit: 7, After: "at0", Mode: "test"},
			ConsignmentQuery{Mode: "test", Port: "UYLGX", From: from, To: from.Add(1), States: []string{"cancelled"}, Limit: 7, After: "at0"}},
	} {
		if _, err := c.Search(t.Context(), officer, tt.s); err != nil {
			t.Errorf("%+v: %v", tt.s, err)
		}
		if d := cmp.Diff(tt.want, c.store.askedFor); d != "" {
			t.Errorf("%+v: %s", tt.s, d)
		}
	}
	if _, err := c.Search(t.Context(), acme, Search{}); err != nil || c.store.askedFor.Viewer != "ACME" {
		t.Errorf("a partner: %+v %v", c.store.askedFor, err)
	}
	if _, err := c.Search(t.Context(), acmeTest, Search{}); err != nil || c.store.askedFor.Mode != cargo.TrafficTest {
		t.Errorf("for tests: %+v %v", c.store.askedFor, err)
	}
	if _, err := c.Search(t.Context(), acmeTest, Search{Mode: "live"}); !errors.Is(err, partner.ErrDenied) {
		t.Errorf("for tests, on live: %v", err)
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf("word%d", i)
	}
	for _, s := range []Search{{Q: "x"}, {Q: "- ."}, {Party: "#"}, {Document: "  "}, {Equipment: " "}, {Port: "UY"}, {Port: "UY-LG"}, {State: "lost"}, {Limit: -1},
		{Mode: "both"}, {From: from, To: from}, {Q: strings.Join(many, " ")}, {After: "odd"}} {
		if _, err := c.Search(t.Context(), officer, s); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// TestServiceSearchByTerms holds the words of a search against those that a consignment is filed under.
func TestServiceSearchByTerms(t *testing.T) {
	t.Parallel()
	record := &cargo.Consignment{Documents: []cargo.Document{{Number: "maeu 600-1"}}, Parties: []cargo.Party{{Name: "Dalia Imports, S.A."}},
		Equipment: []cargo.Equipment{{ID: "MSCU1234566"}}, Items: []cargo.Item{{Description: "Pipes of STEEL"}}}
	var under terms
	filed := under.of(record)
	for _, s := range []Search{{Document: "MAEU600-1"}, {Document: "Maeu 600-1"}, {Equipment: "mscu 123456 6"}, {Party: "imports dalia"}, {Q: "steel pipes dalia 600 mscu1234566"}} {
		q, err := s.query(officer)
		if err != nil {
			t.Error(err)
		}
		for _, term := range q.Terms {
			if !slices.Contains(filed, term) {
				t.Errorf("%+v asks for %q, filed under %q", s, term, filed)
			}
		}
	}
}

// TestServiceSearchIsAudited: the row says what was asked by its digest, and how much was found, and holds no names.
func TestServiceSearchIsAudited(t *testing.T) {
	t.Parallel()
	c := full(t)
	digests := map[string]bool{}
	for _, s := range []Search{{Q: "steel"}, {Q: "pipes"}, {Q: "steel"}, {Q: "steel", State: "accepted"}} {
		if _, err := c.Search(t.Context(), officer, s); err != nil {
			t.Fatal(err)
		}
		row := c.lastRow(t)
		if strings.Contains(row.Detail, "steel") || !strings.HasSuffix(row.Detail, `"count":2}`) || row.Mode != "live" {
			t.Errorf("%+v", row)
		}
		digests[row.Detail] = true
	}
	if len(digests) != 3 {
		t.Errorf("digests: %v", digests)
	}
}

func TestServiceCalls(t *testing.T) {
	t.Parallel()
	c := full(t)
	call := Call{ID: newID(), Mode: "live", Number: "C1", Vessel: "imo:9321483", Aliases: []CallAlias{{Partner: "ACME", Voyage: "1"}, {Partner: "BOLT", Voyage: "2"}},
		Times: []CallTime{{Kind: "eta", Partner: "BOLT"}, {Kind: "eta", Partner: "ACME"}}}
	c.store.calls = []Call{call}
	page, err := c.Calls(t.Context(), acme, CallQuery{Port: "uylgx", Viewer: "BOLT"})
	if err != nil || len(page.Items) != 1 || len(page.Items[0].Aliases) != 1 || page.Items[0].Aliases[0].Partner != "ACME" || len(page.Items[0].Times) != 1 {
		t.Errorf("%+v %v", page, err)
	}
	if d := cmp.Diff(CallQuery{Mode: "live", Viewer: "ACME", Port: "UYLGX", Limit: 50}, c.store.askedCall); d != "" {
		t.Error(d)
	}
	if len(c.store.calls[0].Aliases) != 2 || c.store.calls[0].Aliases[1].Partner != "BOLT" {
		t.Error("the store's own rows were changed")
	}
	if page, err := c.Calls(t.Context(), officer, CallQuery{Viewer: "BOLT"}); err != nil || len(page.Items[0].Aliases) != 2 || c.store.askedCall.Viewer != "" {
		t.Errorf("staff: %+v %v", page, err)
	}
	c.store.calls = nil
	if page, err := c.Calls(t.Context(), officer, CallQuery{}); err != nil || page.Items == nil {
		t.Errorf("none: %+v %v", page, err)
	}
	for _, q := range []CallQuery{{Limit: -1}, {Mode: "both"}, {From: testTime, To: testTime.Add(-time.Second)}} {
		if _, err := c.Calls(t.Context(), officer, q); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
