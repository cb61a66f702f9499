package https

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
)

// TestReads reads what became of a message, as its partner and as another.
func TestReads(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	h.do("POST", "/v1/messages?name=se%C3%B1al.edi", "acme", []byte(edi))
	id := f.last().view.ID.String()
	base := "/v1/messages/" + id
	for path, want := range map[string]string{
		base:                       `"state":"received"`,
		base + "/findings":         `{"items":[{"code":"EDI0029","severity":"error","text":"a < b & c"}]}`,
		base + "/acknowledgements": `{"items":[{"id":"` + ackID.String() + `","kind":"CONTRL","state":"available","created_at":"2026-03-01T12:00:00Z"`,
		base + "/acknowledgements/" + ackID.String(): "UNB+UNOA:1'",
		base + "/consignments":                       `"level":"house","items":[{"description":"A < B"}]`,
		base + "/certificate":                        `"schema":1`,
		base + "/original":                           edi,
	} {
		res := h.do("GET", path, "acme", nil)
		if res.status != 200 || !strings.Contains(res.body, want) {
			t.Errorf("%s: %d %s, want %s", path, res.status, res.body, want)
		}
		if strings.Contains(res.body, "$schema") || res.header.Get("Link") != "" {
			t.Errorf("%s: huma's extras show: %v %s", path, res.header, res.body)
		}
		// Another's, none, and no id at all read the same.
		hidden := h.do("GET", path, "other", nil)
		none := h.do("GET", strings.Replace(path, id, "01958a3e-0000-7000-8000-00000000dead", 1), "acme", nil)
		bad := h.do("GET", strings.Replace(path, id, "urn:uuid:"+id, 1), "acme", nil)
		for name, r := range map[string]reply{"hidden": hidden, "none": none, "bad": bad} {
			p := r.problem(t)
			p.TraceID = ""
			if p.Status != 404 || fmt.Sprint(p) != fmt.Sprint(*notFound()) {
				t.Errorf("%s, %s: %d %s", path, name, r.status, r.body)
			}
		}
	}
	if res := h.do("GET", base+"/acknowledgements/x", "acme", nil); res.status != 404 {
		t.Errorf("a bad id of an answer: %d", res.status)
	}
	if res := h.do("GET", base+"/acknowledgements/"+ackID.String(), "acme", nil); res.header.Get("Content-Type") != "application/edifact" {
		t.Errorf("an answer is %v", res.header)
	}
	if res := h.do("HEAD", base, "acme", nil); res.status != 200 || res.body != "" {
		t.Errorf("HEAD: %d %q", res.status, res.body)
	}
}

func TestOriginal(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	h.do("POST", "/v1/messages?name=se%C3%B1al.edi", "acme", []byte(edi), "Content-Type: text/html")
	path := "/v1/messages/" + f.last().view.ID.String() + "/original"
	res := h.do("GET", path, "acme", nil)
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(edi)))
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Etag": etag,
		"Content-Disposition": "attachment; filename*=utf-8''se%C3%B1al.edi", "Repr-Digest": sum256([]byte(edi)),
		"Content-Length": fmt.Sprint(len(edi)), "Accept-Ranges": "bytes",
	} {
		if got := res.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if res := h.do("GET", path, "acme", nil, "Range: bytes=3-6"); res.status != 206 || res.body != edi[3:7] || res.header.Get("Repr-Digest") != sum256([]byte(edi)) {
		t.Errorf("a range: %d %q", res.status, res.body)
	}
	if res := h.do("GET", path, "acme", nil, "Range: bytes=1000-"); res.status != 416 || res.problem(t).Code != codeRange ||
		res.header.Get("Content-Range") != fmt.Sprintf("bytes */%d", len(edi)) || res.header.Get("Content-Disposition") != "" {
		t.Errorf("a range that is not there: %d %v %q", res.status, res.header, res.body)
	}
	if res := h.do("GET", path, "acme", nil, "If-None-Match: "+etag); res.status != 304 {
		t.Errorf("If-None-Match: %d", res.status)
	}
	f.broken = true
	if res := h.do("GET", path, "acme", nil); res.err == nil && len(res.body) == len(edi) {
		t.Errorf("a broken original reads as whole: %d %q", res.status, res.body)
	}
	if !strings.Contains(h.log.String(), "the disk is gone") {
		t.Error("the error is not in the log")
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	for _, path := range []string{"/v1/messages", "/v1/consignments", "/v1/calls"} {
		if res := h.do("GET", path, "acme", nil); res.status != 200 || res.body != `{"items":[]}`+"\n" {
			t.Errorf("%s: %d %s", path, res.status, res.body)
		}
	}
	for range 3 {
		h.do("POST", "/v1/messages", "acme", []byte(edi))
	}
	h.do("POST", "/v1/messages", "acme-test", []byte(edi))
	var l list[gateway.MessageView]
	for path, want := range map[string]int{
		"/v1/messages": 3, "/v1/messages?mode=test": 1, "/v1/messages?mode=live": 3, "/v1/messages?limit=2": 2,
		"/v1/messages?state=received,accepted": 3, "/v1/messages?state=accepted": 0, "/v1/messages?other=1": 3,
	} {
		res := h.do("GET", path, "acme", nil)
		l = list[gateway.MessageView]{}
		res.json(t, &l)
		if res.status != 200 || len(l.Items) != want || (l.Next == "more") != (path == "/v1/messages?limit=2") {
			t.Errorf("%s: %d %s", path, res.status, res.body)
		}
	}
	res := h.do("GET", "/v1/messages", "acme-test", nil)
	l = list[gateway.MessageView]{}
	if res.json(t, &l); len(l.Items) != 1 || l.Items[0].Mode != cargo.TrafficTest {
		t.Errorf("a test key lists %s", res.body)
	}
	h.do("GET", "/v1/messages?limit=7&after=tok%2Ben", "acme", nil)
	if f.limit != 7 || f.after != "tok+en" {
		t.Errorf("limit %d, after %q", f.limit, f.after)
	}
	if h.do("GET", "/v1/messages", "acme", nil); f.limit != 50 {
		t.Errorf("limit %d by default", f.limit)
	}
	for _, path := range []string{"/v1/messages?limit=0", "/v1/messages?limit=501", "/v1/messages?limit=ten", "/v1/messages?mode=both",
		"/v1/messages?state=lost", "/v1/messages?after=bad", "/v1/consignments?from=yesterday", "/v1/consignments?to=2026-13-01",
		"/v1/consignments?from=2026-03-02&to=2026-03-01", "/v1/consignments?state=lost", "/v1/calls?from=x", "/v1/purges?since=x",
		"/v1/consignments?port=" + strings.Repeat("x", 6)} {
		res := h.do("GET", path, "ana", nil)
		if p := res.problem(t); p.Status != 422 || p.Code != codeInput || p.Detail == "" || strings.Contains(res.body, `"errors"`) {
			t.Errorf("%s: %d %s", path, res.status, res.body)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	res := h.do("GET", "/v1/consignments?q=frozen+fish&document=B1&equipment=MSCU1234565&party=ACME&port=NLRTM&state=cancelled"+
		"&from=2026-03-01&to=2026-03-02&limit=5&after=x", "acme-test", nil)
	want := gateway.Search{Mode: cargo.TrafficTest, Q: "frozen fish", Document: "B1", Equipment: "MSCU1234565", Party: "ACME", Port: "NLRTM",
		State: "cancelled", From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), Limit: 5, After: "x"}
	if res.status != 200 || f.searched != want {
		t.Errorf("%d, asked for %+v", res.status, f.searched)
	}
	h.do("GET", "/v1/consignments?from=2026-03-01T12:00:00%2B02:00", "acme", nil)
	if got := f.searched.From; !got.Equal(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)) || f.searched.Mode != cargo.TrafficLive {
		t.Errorf("from %s", got)
	}
	h.do("GET", "/v1/calls?vessel=imo:9321483&port=NLRTM&from=2026-03-01&mode=test", "acme", nil)
	if q := f.asked; q.Vessel != "imo:9321483" || q.Port != "NLRTM" || q.Mode != cargo.TrafficTest || q.From.IsZero() || q.Limit != 50 {
		t.Errorf("calls: %+v", q)
	}
	res = h.do("GET", "/v1/events?type=a.v1,b.v1,a.v1", "acme", nil)
	if fmt.Sprint(f.types) != "[a.v1 b.v1]" || !strings.Contains(res.body, `"specversion":"1.0"`) {
		t.Errorf("events: %v %s", f.types, res.body)
	}
	res = h.do("GET", "/v1/consignments/"+ackID.String(), "acme", nil)
	if res.status != 200 || !strings.Contains(res.body, `"links":{"parents":["`+ackID.String()) || !strings.Contains(res.body, `"level":"house"`) {
		t.Errorf("one consignment: %d %s", res.status, res.body)
	}
	for _, path := range []string{"/v1/consignments/x", "/v1/consignments/01958a3e-0000-7000-8000-00000000dead"} {
		if res := h.do("GET", path, "acme", nil); res.status != 404 {
			t.Errorf("%s: %d", path, res.status)
		}
	}
	if res := h.do("GET", "/v1/consignments/"+ackID.String(), "other", nil); res.status != 404 {
		t.Errorf("another's consignment: %d", res.status)
	}
}

// TestConsignmentJSON holds how the record and the gateway's fields are written beside each other.
func TestConsignmentJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ record, want, err string }{
		{`{}`, `"filer_status":"matched"}`, ""},
		{``, `"filer_status":"matched"}`, ""},
		{`{"a":1,"b":{"c":[1,2]}}`, `"filer_status":"matched","a":1,"b":{"c":[1,2]}}`, ""},
		{`{"state":"other","a":"x","a":"y"}`, `"filer_status":"matched","a":"x"}`, ""},
		{`{"a":"<&>","mass":"1.50"}`, `"a":"<&>","mass":"1.50"}`, ""},
		{`[1]`, "", "not a JSON object"},
		{`{"a":`, "", "EOF"},
	} {
		got, err := consignmentOf(someConsignment(tt.record)).MarshalJSON()
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %s", tt.record, err, tt.err)
			}
			continue
		}
		if err != nil || !strings.HasSuffix(string(got), tt.want) || !json.Valid(got) || !strings.HasPrefix(string(got), `{"id":`) {
			t.Errorf("%s: %v %s, want …%s", tt.record, err, got, tt.want)
		}
	}
}

func TestStaff(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	id := ackID.String()
	for _, tt := range []struct {
		method, path, body string
		status             int
		want, act          string
	}{
		{"POST", "/v1/messages/" + id + ":replay", "", 204, "", "replay " + id},
		{"POST", "/v1/messages/" + id + ":hold", `{"name":"case 7"}`, 204, "", "hold " + id + " case 7"},
		{"POST", "/v1/messages/" + id + ":unhold", `{"name":"case 7"}`, 204, "", "unhold " + id + " case 7"},
		{"POST", "/v1/messages/" + id + ":erase", `{"why":"asked for","more":1}`, 200, `{"message_id":"` + id + `","sha256":"`, "erase " + id + " asked for"},
		{"POST", "/v1/deliveries/" + id + ":resend", "", 204, "", "resend " + id},
		{"POST", "/v1/deliveries:resume", "", 200, `{"resumed":3}`, "resume"},
		{"GET", "/v1/purges?since=2026-03-01&limit=9", "", 200, `"why":"expired"`, "purges 2026-03-01 9"},
		{"GET", "/v1/partners", "", 200, `{"items":[]}`, "partners"},
	} {
		var body []byte
		headers := []string{}
		if tt.body != "" {
			body = []byte(tt.body)
			headers = append(headers, "Content-Type: application/json")
		}
		f.calls = nil
		res := h.do(tt.method, tt.path, "ana", body, headers...)
		if res.status != tt.status || !strings.Contains(res.body, tt.want) || tt.status == 204 && res.body != "" || fmt.Sprint(f.calls) != "["+tt.act+"]" {
			t.Errorf("%s: %d %s, did %q", tt.path, res.status, res.body, f.calls)
		}
		if res := h.do(tt.method, tt.path, "acme", body, headers...); res.status != 403 || res.problem(t).Code != codeDenied {
			t.Errorf("%s as a partner: %d %s", tt.path, res.status, res.body)
		}
		if strings.Contains(tt.path, id) {
			if res := h.do(tt.method, strings.Replace(tt.path, id, "x", 1), "ana", body, headers...); res.status != 404 {
				t.Errorf("%s with a bad id: %d %s", tt.path, res.status, res.body)
			}
		}
	}
	hold := "/v1/messages/" + id + ":hold"
	for _, tt := range []struct {
		body, contentType string
		status            int
		code              string
	}{
		{`{}`, "application/json", 422, codeInput},
		{`{"name":""}`, "application/json", 422, codeInput},
		{`{"name":7}`, "application/json", 422, codeInput},
		{`{"name":`, "application/json", 400, codeRequest},
		{``, "application/json", 400, codeRequest},
		{`name=x`, "application/x-www-form-urlencoded", 415, codeMediaType},
		{`{"name":"` + strings.Repeat("x", 1<<20) + `"}`, "application/json", 413, codeTooLarge},
	} {
		res := h.do("POST", hold, "ana", []byte(tt.body), "Content-Type: "+tt.contentType)
		if p := res.problem(t); p.Status != tt.status || p.Code != tt.code {
			t.Errorf("%.40s: %d %s", tt.body, res.status, res.body)
		}
	}
}

// TestRouting asks for what is not there.
func TestRouting(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{}, newFake())
	id := ackID.String()
	for _, tt := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/", 404, codeNotFound, ""},
		{"GET", "/v1", 404, codeNotFound, ""},
		{"GET", "/v1/messages/", 404, codeNotFound, ""},
		{"GET", "//v1/messages", 404, codeNotFound, ""},
		{"GET", "/v1/../v1/messages", 404, codeNotFound, ""},
		{"GET", "/docs", 404, codeNotFound, ""},
		{"GET", "/schemas/Message", 404, codeNotFound, ""},
		{"GET", "/openapi-3.0.json", 404, codeNotFound, ""},
		{"POST", "/v1/messages/" + id + ":burn", 404, codeNotFound, ""},
		{"POST", "/v1/deliveries/" + id, 404, codeNotFound, ""},
		{"GET", "/v1/messages/" + id + "/other", 404, codeNotFound, ""},
		{"DELETE", "/v1/messages/" + id, 405, codeMethod, "GET, HEAD, POST"},
		{"POST", "/v1/messages/" + id, 405, codeMethod, "GET, HEAD"},
		{"PUT", "/v1/messages", 405, codeMethod, "GET, HEAD, POST"},
		{"GET", "/v1/check", 405, codeMethod, "POST"},
		{"PATCH", "/livez", 405, codeMethod, "GET, HEAD"},
	} {
		res := h.do(tt.method, tt.path, "acme", nil)
		if p := res.problem(t); p.Status != tt.status || p.Code != tt.code || res.header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d %v %s", tt.method, tt.path, res.status, res.header["Allow"], res.body)
		}
	}
}

// TestPanic holds that a panic is a problem and a line in the log, and that the server goes on.
func TestPanic(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.panics = true
	h := newHarness(t, Config{}, f)
	res := h.do("GET", "/v1/messages/"+ackID.String(), "acme", nil)
	if p := res.problem(t); p.Status != 500 || p.Code != codeInternal || strings.Contains(res.body, "told to") {
		t.Errorf("%d %s", res.status, res.body)
	}
	if log := h.log.String(); !strings.Contains(log, "the fake was told to") || !strings.Contains(log, "stack") || !strings.Contains(log, `"status":500`) {
		t.Errorf("log: %s", log)
	}
	if res := h.do("GET", "/v1/messages", "acme", nil); res.status != http.StatusOK {
		t.Errorf("afterwards: %d", res.status)
	}
}
