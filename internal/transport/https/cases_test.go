package https

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

func (f *fake) lastCall() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) == 0 {
		return ""
	}
	return f.calls[len(f.calls)-1]
}

// TestCases asks for each thing that can be done with cases, and sees what the gateway was asked.
func TestCases(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	id := "/v1/cases/" + ackID.String()
	for _, tt := range []struct {
		method, path, body, asked, want string
	}{
		{"GET", "/v1/cases?state=new,hold&group=equipment:MSCU1234566&port=NLRTM&mine=true&limit=7&after=x", "",
			"cases [new hold] equipment:MSCU1234566 NLRTM true 7 x", `"next":"n"`},
		{"GET", "/v1/cases", "", "cases []   false 50 ", `"reasons":[{"indicator":"to-order@1"}]`},
		{"GET", id, "", "case", `"consignment":{"id":`},
		{"GET", "/v1/case-reasons", "", "", `{"code":"no_risk","meaning":`},
		{"POST", "/v1/cases:lease", `{"max":3,"seconds":60,"port":"NLRTM"}`, "lease 3 1m0s  NLRTM", `"level":"house"`},
		{"POST", "/v1/cases:lease", `{}`, "lease 1 5m0s  ", `"lease":"token"`},
		{"POST", id + ":lease", `{"seconds":60}`, "lease one 1m0s", `"state":"in_review"`},
		{"POST", id + ":extend", `{"lease":"token","seconds":90}`, "extend token 1m30s", `"state":"in_review"`},
		{"POST", id + ":return", `{"lease":"token"}`, "return token", `"state":"in_review"`},
		{"POST", id + ":decide", `{"lease":"token","to":"hold","reason":"documents","note":"n","revision":4}`,
			"decide {Lease:token Revision:4 To:hold Reason:documents Note:n Agree:false Refuse:false}", `"state":"in_review"`},
		{"POST", id + ":decide", `{"lease":"token","agree":true}`, "decide {Lease:token Revision:0 To: Reason: Note: Agree:true Refuse:false}", `"state":"in_review"`},
		{"POST", id + ":note", `{"lease":"token","note":"seen"}`, "note seen", `"state":"in_review"`},
		{"POST", id + ":outcome", `{"lease":"token","result":"nil","on":"2026-11-24","family":"narcotics","note":"n"}`, "outcome nil narcotics 2026-11-24 n", `"state":"in_review"`},
	} {
		res := h.do(tt.method, tt.path, "otto", []byte(tt.body), "Content-Type: application/json")
		if res.status != http.StatusOK || !strings.Contains(res.body, tt.want) {
			t.Errorf("%s %s: %d %s, want %s", tt.method, tt.path, res.status, res.body, tt.want)
		}
		if got := f.lastCall(); tt.asked != "" && got != tt.asked {
			t.Errorf("%s %s asked %q, want %q", tt.method, tt.path, got, tt.asked)
		}
	}
}

// TestCaseFaults sends what is wrong.
func TestCaseFaults(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	id := "/v1/cases/" + ackID.String()
	for _, tt := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"POST", id + ":extend", `{"lease":"over"}`, 409, "conflict"},
		{"POST", id + ":decide", `{"lease":"over","to":"hold"}`, 409, "conflict"},
		{"POST", id + ":decide", `{"to":"hold"}`, 422, "invalid_input"},
		{"POST", id + ":decide", `{"lease":"token","to":"burn"}`, 422, "invalid_input"},
		{"POST", id + ":decide", `{"lease":`, 400, "invalid_request"},
		{"POST", id + ":outcome", `{"lease":"token","result":"gold"}`, 422, "invalid_input"},
		{"POST", id + ":outcome", `{"lease":"token","result":"nil","on":"today"}`, 422, "invalid_input"},
		{"POST", id + ":note", `{"lease":"token","note":""}`, 422, "invalid_input"},
		{"POST", "/v1/cases:lease", `{"max":101}`, 422, "invalid_input"},
		{"POST", "/v1/cases:lease", `{"seconds":0.5}`, 422, "invalid_input"},
		{"POST", id + ":burn", `{}`, 404, "not_found"},
		{"GET", "/v1/cases/x", "", 404, "not_found"},
		{"GET", "/v1/cases/01958a3e-0000-7000-8000-00000000dead", "", 404, "not_found"},
		{"GET", "/v1/cases?limit=0", "", 422, "invalid_input"},
	} {
		res := h.do(tt.method, tt.path, "otto", []byte(tt.body), "Content-Type: application/json")
		if p := res.problem(t); res.status != tt.status || p.Code != tt.code {
			t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, res.status, res.body, tt.status, tt.code)
		}
	}
	f.err = fmt.Errorf("%w: case.list", partner.ErrDenied)
	if res := h.do("GET", "/v1/cases", "acme", nil); res.status != http.StatusForbidden {
		t.Errorf("a partner: %d %s", res.status, res.body)
	}
	f.err = fmt.Errorf("down: %w", gateway.ErrUnavailable)
	if res := h.do("POST", "/v1/cases:lease", "ana", []byte(`{}`), "Content-Type: application/json"); res.status != http.StatusServiceUnavailable {
		t.Errorf("database gone: %d %s", res.status, res.body)
	}
}

// TestOutcomes imports outcomes.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	csv := "bill,result\nA1,nil\nA2,seizure\n"
	for contentType, body := range map[string]string{
		"text/csv":                csv,
		"text/csv; charset=utf-8": csv,
		"application/json":        `{"items":[{"bill":"A1","result":"nil"},{"bill":"A2","result":"seizure"}]}`,
	} {
		res := h.do("POST", "/v1/outcomes?name=week-47", "otto", []byte(body), "Content-Type: "+contentType)
		if res.status != http.StatusOK || strings.Count(res.body, `"state":"recorded"`) != 2 {
			t.Errorf("%s: %d %s", contentType, res.status, res.body)
		}
		if got := f.lastCall(); !strings.HasPrefix(got, "import week-47 [{") || !strings.Contains(got, "A2") {
			t.Errorf("%s asked %q", contentType, got)
		}
	}
	for _, tt := range []struct{ contentType, body, want string }{
		{"text/csv", "what\n", "line 1, column 1: there is no column"},
		{"application/json", `{"items":[{"bill":"A1","colour":"red"}]}`, "colour"},
		{"application/json", `{"items":`, "byte"},
		{"image/png", "x", "not image/png"},
	} {
		res := h.do("POST", "/v1/outcomes", "otto", []byte(tt.body), "Content-Type: "+tt.contentType)
		if p := res.problem(t); res.status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, tt.want) {
			t.Errorf("%s %q: %d %s, want %s", tt.contentType, tt.body, res.status, res.body, tt.want)
		}
	}
	if res := h.do("POST", "/v1/outcomes", "acme", []byte(csv), "Content-Type: text/csv"); res.status != http.StatusForbidden {
		t.Errorf("a partner: %d %s", res.status, res.body)
	}
	if res := h.do("POST", "/v1/outcomes", "otto", make([]byte, maxOutcomesBody+1), "Content-Type: text/csv"); res.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d %.200s", res.status, res.body)
	}
}
