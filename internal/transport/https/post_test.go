package https

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

const edi = "UNB+UNOA:1+ACME+CUSTOMS+260301:1200+1'UNZ+0+1'"

func sum256(b []byte) string {
	s := sha256.Sum256(b)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(s[:]) + ":"
}

func sum512(b []byte) string {
	s := sha512.Sum512(b)
	return "sha-512=:" + base64.StdEncoding.EncodeToString(s[:]) + ":"
}

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstded(t *testing.T, b []byte, o ...zstd.EOption) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, o...)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(b, nil)
}

func TestPost(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{}, newFake())
	res := h.do("POST", "/v1/messages?name=a%20b.edi", "acme", []byte(edi), "Idempotency-Key: k-1", "Content-Type: application/edifact",
		"User-Agent: tester/1", "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "X-Request-Id: r-17")
	if res.status != http.StatusAccepted {
		t.Fatalf("%d %s", res.status, res.body)
	}
	m := h.fake.last()
	if want := "/v1/messages/" + m.view.ID.String(); res.header.Get("Location") != want {
		t.Errorf("Location %q, want %q", res.header.Get("Location"), want)
	}
	if got := res.header.Get("Traceparent"); !regexp.MustCompile(`^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$`).MatchString(got) || strings.Contains(got, "00f067aa0ba902b7") {
		t.Errorf("traceparent %q", got)
	}
	if got := res.header.Get("X-Request-Id"); got != "r-17" {
		t.Errorf("X-Request-Id %q", got)
	}
	want := fmt.Sprintf(`{"id":"%s","state":"received","mode":"live","received_at":"2026-03-01T12:00:00Z","findings":{"error":0,"warning":0,"note":0},`+
		`"partner":"ACME","channel":"https","name":"a b.edi","size":%d,"sha256":"%x","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}`+"\n",
		m.view.ID, len(edi), sha256.Sum256([]byte(edi)))
	if res.body != want {
		t.Errorf("body\n%swant\n%s", res.body, want)
	}
	d := m.d
	if d.Channel != "https" || d.Kind != transport.KindHTTPS || d.Mode != cargo.TrafficLive || d.TransportID != "k-1" || d.ContentType != "application/edifact" ||
		d.Size != int64(len(edi)) || d.Principal.Key != "K1" || string(m.body) != edi {
		t.Errorf("delivery %+v", d)
	}
	if e := d.Headers; e["User-Agent"] != "tester/1" || e["remote"] == "" || e["protocol"] != "HTTP/1.1" || e["X-Request-Id"] != "r-17" {
		t.Errorf("evidence %v", e)
	}
	if s := fmt.Sprint(d.Headers); strings.Contains(s, "Bearer") || strings.Contains(s, "acme") {
		t.Errorf("the key is kept as evidence: %s", s)
	}

	again := h.do("POST", "/v1/messages", "acme", []byte(edi), "Idempotency-Key: k-1")
	var v gateway.MessageView
	again.json(t, &v)
	if again.status != http.StatusAccepted || v.ID != m.view.ID || v.Name != "a b.edi" || h.fake.count() != 1 {
		t.Errorf("the same key again: %d %s", again.status, again.body)
	}
	other := h.do("POST", "/v1/messages", "acme", []byte(edi+"x"), "Idempotency-Key: k-1")
	if p := other.problem(t); p.Code != codeReused || p.Status != 422 {
		t.Errorf("the same key with other bytes: %d %s", other.status, other.body)
	}
	if res := h.do("POST", "/v1/messages", "other", []byte(edi), "Idempotency-Key: k-1"); res.status != 202 || h.fake.count() != 2 {
		t.Errorf("the same key of another partner: %d", res.status)
	}
	if res := h.do("POST", "/v1/messages", "acme-test", []byte(edi), "Idempotency-Key: k-1"); res.status != 202 || h.fake.last().d.Mode != cargo.TrafficTest {
		t.Errorf("a test key: %d, mode %s", res.status, h.fake.last().d.Mode)
	}
	if log := h.log.String(); !strings.Contains(log, `"message_id":"`+m.view.ID.String()) || !strings.Contains(log, `"principal":"partner:ACME/key:K1"`) ||
		!strings.Contains(log, `"route":"POST /v1/messages"`) || !strings.Contains(log, `"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"`) ||
		!strings.Contains(log, fmt.Sprintf(`"bytes_in":%d`, len(edi))) {
		t.Errorf("log: %s", log)
	}
	if strings.Contains(h.log.String(), "Bearer") {
		t.Error("the log holds keys")
	}
}

func TestPostNames(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{}, newFake())
	for _, tt := range []struct{ query, disposition, want string }{
		{"", "", ""},
		{"?name=m.edi", "", "m.edi"},
		{"?name=m.edi", `attachment; filename="n.edi"`, "m.edi"},
		{"", `attachment; filename="n.edi"`, "n.edi"},
		{"", `attachment; filename*=UTF-8''se%C3%B1al.edi`, "señal.edi"},
		{"", `attachment; filename="../../etc/passwd"`, "passwd"},
		{"?name=..", `attachment; filename="n.edi"`, "n.edi"},
		{"", `attachment; filename="`, ""},
		{"?name=" + strings.Repeat("a", 400), "", strings.Repeat("a", 255)},
	} {
		headers := []string{}
		if tt.disposition != "" {
			headers = append(headers, "Content-Disposition: "+tt.disposition)
		}
		res := h.do("POST", "/v1/messages"+tt.query, "acme", []byte(edi), headers...)
		if got := h.fake.last().d.Name; res.status != 202 || got != tt.want {
			t.Errorf("%q %q: %d, name %q, want %q", tt.query, tt.disposition, res.status, got, tt.want)
		}
	}
}

// TestPostEncodings sends packed and digested bodies, right and wrong.
func TestPostEncodings(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{MaxBody: 64 << 20, MaxRatio: 50}, f)
	plain := []byte(strings.Repeat(edi, 50))
	gz, zs := gzipped(t, plain), zstded(t, plain)
	zeros := make([]byte, 32<<20)
	for _, tt := range []struct {
		name    string
		body    []byte
		headers []string
		status  int
		code    string
	}{
		{"plain", plain, nil, 202, ""},
		{"empty", []byte{}, nil, 202, ""},
		{"sha-256", plain, []string{"Content-Digest: " + sum256(plain)}, 202, ""},
		{"sha-512", plain, []string{"Content-Digest: " + sum512(plain)}, 202, ""},
		{"both", plain, []string{"Content-Digest: " + sum256(plain) + ", " + sum512(plain)}, 202, ""},
		{"two lines", plain, []string{"Content-Digest: " + sum256(plain), "Content-Digest: " + sum512(plain)}, 202, ""},
		{"parameters", plain, []string{"Content-Digest: " + sum256(plain) + ";x=1"}, 202, ""},
		{"unknown algorithm", plain, []string{"Content-Digest: md5=:AAAA:, unixsum=4"}, 202, ""},
		{"wrong sha-256", plain, []string{"Content-Digest: " + sum256(gz)}, 400, codeDigest},
		{"wrong sha-512", plain, []string{"Content-Digest: " + sum512(gz)}, 400, codeDigest},
		{"one right, one wrong", plain, []string{"Content-Digest: " + sum256(plain) + ", " + sum512(gz)}, 400, codeDigest},
		{"digest of other length", plain, []string{"Content-Digest: sha-256=:AAAA:"}, 400, codeRequest},
		{"digest without colons", plain, []string{"Content-Digest: sha-256=AAAA"}, 400, codeRequest},
		{"digest of 64 bytes as 32", plain, []string{"Content-Digest: " + strings.Replace(sum512(plain), "512", "256", 1)}, 400, codeRequest},
		{"sha-512 too short", plain, []string{"Content-Digest: " + strings.Replace(sum256(plain), "256", "512", 1)}, 400, codeRequest},
		{"digest not a dictionary", plain, []string{"Content-Digest: =:AAAA:"}, 400, codeRequest},
		{"gzip", gz, []string{"Content-Encoding: gzip"}, 202, ""},
		{"x-gzip", gz, []string{"Content-Encoding: X-GZIP"}, 202, ""},
		{"two members", append(append([]byte{}, gzipped(t, plain[:100])...), gzipped(t, plain[100:])...), []string{"Content-Encoding: gzip"}, 202, ""},
		{"zstd", zs, []string{"Content-Encoding: zstd"}, 202, ""},
		{"identity", plain, []string{"Content-Encoding: identity"}, 202, ""},
		// A digest is of the bytes as sent (RFC 9530), so of the packed ones.
		{"gzip, digest as sent", gz, []string{"Content-Encoding: gzip", "Content-Digest: " + sum256(gz)}, 202, ""},
		{"gzip, digest unpacked", gz, []string{"Content-Encoding: gzip", "Content-Digest: " + sum256(plain)}, 400, codeDigest},
		{"zstd, sha-512 as sent", zs, []string{"Content-Encoding: zstd", "Content-Digest: " + sum512(zs)}, 202, ""},
		{"zstd, wrong digest", zs, []string{"Content-Encoding: zstd", "Content-Digest: " + sum256(plain)}, 400, codeDigest},
		{"brotli", plain, []string{"Content-Encoding: br"}, 415, codeUnpack},
		{"twice packed", gzipped(t, gz), []string{"Content-Encoding: gzip, gzip"}, 415, codeUnpack},
		{"twice packed, two lines", gzipped(t, gz), []string{"Content-Encoding: gzip", "Content-Encoding: zstd"}, 415, codeUnpack},
		{"not gzip", plain, []string{"Content-Encoding: gzip"}, 400, codeEncoding},
		{"empty gzip", []byte{}, []string{"Content-Encoding: gzip"}, 400, codeEncoding},
		{"not zstd", plain, []string{"Content-Encoding: zstd"}, 400, codeEncoding},
		{"gzip cut short", gz[:len(gz)-9], []string{"Content-Encoding: gzip"}, 400, codeEncoding},
		{"gzip and more", append(append([]byte{}, gz...), "more"...), []string{"Content-Encoding: gzip"}, 400, codeEncoding},
		{"gzip with a flipped bit", flip(gz, len(gz)-6), []string{"Content-Encoding: gzip"}, 400, codeEncoding},
		{"zstd cut short", zs[:len(zs)-5], []string{"Content-Encoding: zstd"}, 400, codeEncoding},
		{"zstd and more", append(append([]byte{}, zs...), "more"...), []string{"Content-Encoding: zstd"}, 400, codeEncoding},
		{"gzip bomb", gzipped(t, zeros), []string{"Content-Encoding: gzip"}, 413, codeTooLarge},
		{"zstd bomb", zstded(t, zeros), []string{"Content-Encoding: zstd"}, 413, codeTooLarge},
	} {
		before := f.count()
		res := h.do("POST", "/v1/messages", "acme", tt.body, tt.headers...)
		if res.err != nil || res.status != tt.status {
			t.Errorf("%s: %d %v %s, want %d", tt.name, res.status, res.err, res.body, tt.status)
			continue
		}
		if tt.code != "" {
			if p := res.problem(t); p.Code != tt.code {
				t.Errorf("%s: code %s, want %s", tt.name, p.Code, tt.code)
			}
			if f.count() != before {
				t.Errorf("%s: refused and received", tt.name)
			}
			continue
		}
		want := plain
		if len(tt.body) == 0 {
			want = tt.body
		}
		if m := f.last(); f.count() != before+1 || !bytes.Equal(m.body, want) {
			t.Errorf("%s: received %d bytes, want %d", tt.name, len(m.body), len(want))
		}
	}
	if res := h.do("POST", "/v1/messages", "acme", plain, "Content-Encoding: br"); res.header.Get("Accept-Encoding") != "gzip, zstd" {
		t.Errorf("415 says %v", res.header)
	}
}

func flip(b []byte, i int) []byte {
	b = append([]byte{}, b...)
	b[i] ^= 1
	return b
}

// TestPostLimits sends more than is taken.
func TestPostLimits(t *testing.T) {
	t.Parallel()
	f := newFake()
	asked := 0
	f.admitted = func(int64) { asked++ }
	h := newHarness(t, Config{MaxBody: 1000}, f)
	exact, more := bytes.Repeat([]byte("x"), 1000), bytes.Repeat([]byte("x"), 1001)
	if res := h.do("POST", "/v1/messages", "acme", exact); res.status != 202 {
		t.Errorf("as much as is taken: %d %s", res.status, res.body)
	}
	asked = 0
	if res := h.do("POST", "/v1/messages", "acme", more); res.status != 413 || res.problem(t).Code != codeTooLarge || asked != 0 {
		t.Errorf("more than is taken, declared: %d, Admit called %d times", res.status, asked)
	}
	chunked := func(b []byte) reply {
		req, err := http.NewRequest("POST", h.url+"/v1/messages", io.MultiReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatal(err)
		}
		return h.send(req, "acme")
	}
	if res := chunked(exact); res.status != 202 || f.last().d.Size != -1 {
		t.Errorf("as much as is taken, in chunks: %d", res.status)
	}
	if res := chunked(more); res.status != 413 || res.problem(t).Code != codeTooLarge {
		t.Errorf("more than is taken, in chunks: %d %s", res.status, res.body)
	}
	if res := h.do("POST", "/v1/messages", "acme", gzipped(t, more), "Content-Encoding: gzip"); res.status != 413 {
		t.Errorf("more than is taken, packed: %d", res.status)
	}
	if res := h.do("POST", "/v1/messages", "acme", gzipped(t, exact), "Content-Encoding: gzip"); res.status != 202 || f.last().d.Size != -1 {
		t.Errorf("as much as is taken, packed: %d", res.status)
	}
	if res := h.do("POST", "/v1/check", "acme", more); res.status != 200 {
		t.Errorf("check has its own limit: %d", res.status)
	}
}

func TestPostBadRequests(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	for _, tt := range []struct {
		path    string
		headers []string
		status  int
		code    string
	}{
		{"/v1/messages", []string{"Idempotency-Key: "}, 400, codeRequest},
		{"/v1/messages", []string{"Idempotency-Key: two words"}, 400, codeRequest},
		{"/v1/messages", []string{"Idempotency-Key: señal"}, 400, codeRequest},
		{"/v1/messages", []string{"Idempotency-Key: " + strings.Repeat("k", 256)}, 400, codeRequest},
		{"/v1/messages", []string{"Idempotency-Key: a", "Idempotency-Key: b"}, 400, codeRequest},
		{"/v1/messages", []string{"Idempotency-Key: " + strings.Repeat("k", 255)}, 202, ""},
		{"/v1/messages?wait=soon", nil, 422, codeInput},
		{"/v1/messages?wait=-1s", nil, 422, codeInput},
		{"/v1/messages?wait=0", nil, 202, ""},
		{"/v1/messages?unknown=1", nil, 202, ""},
	} {
		before := f.count()
		res := h.do("POST", tt.path, "acme", []byte(edi), tt.headers...)
		if res.status != tt.status {
			t.Errorf("%s %.40q: %d %s", tt.path, tt.headers, res.status, res.body)
		}
		if tt.code != "" && (res.problem(t).Code != tt.code || f.count() != before) {
			t.Errorf("%s %.40q: %s", tt.path, tt.headers, res.body)
		}
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{}, newFake())
	for _, tt := range []struct {
		headers []string
		status  int
	}{
		{nil, 401},
		{[]string{"Authorization: acme"}, 401},
		{[]string{"Authorization: Bearer "}, 401},
		{[]string{"Authorization: Bearer wrong"}, 401},
		{[]string{"Authorization: Basic YWNtZTphY21l"}, 401},
		{[]string{"Authorization: Bearer acme", "Authorization: Bearer other"}, 401},
		{[]string{"Authorization: Bearer down"}, 503},
		{[]string{"Authorization: bearer acme"}, 200},
		{[]string{"Authorization: Bearer  acme"}, 200},
	} {
		res := h.do("GET", "/v1/messages?key=acme&access_token=acme", "", nil, tt.headers...)
		if res.status != tt.status {
			t.Errorf("%q: %d %s, want %d", tt.headers, res.status, res.body, tt.status)
		}
		if tt.status == 401 && (res.problem(t).Code != codeUnauthenticated || !strings.HasPrefix(res.header.Get("WWW-Authenticate"), "Bearer")) {
			t.Errorf("%q: %v %s", tt.headers, res.header, res.body)
		}
	}
}

// TestWait waits for results: in time, too late, and over the end of the server.
func TestWait(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{MaxWait: time.Minute}, f)
	var v gateway.MessageView
	res := h.do("POST", "/v1/messages?wait=5s", "acme", []byte(edi))
	res.json(t, &v)
	if res.status != 200 || v.State != gateway.StateAccepted || v.Findings.Warning != 1 || string(v.Messages) != `[{"type":"CUSCAR"}]` || res.header.Get("Location") == "" {
		t.Errorf("in time: %d %s", res.status, res.body)
	}
	f.settle = make(chan struct{})
	res = h.do("POST", "/v1/messages?wait=0.05", "acme", []byte(edi))
	res.json(t, &v)
	if res.status != 202 || v.State != gateway.StateReceived {
		t.Errorf("too late: %d %s", res.status, res.body)
	}
	done := make(chan reply)
	go func() { done <- h.do("POST", "/v1/messages?wait=1h", "acme", []byte(edi)) }()
	for n := f.count(); n < 3; n = f.count() {
		time.Sleep(time.Millisecond)
	}
	h.server.begin() // as the end of Serve does
	res = <-done
	res.json(t, &v)
	if res.status != 202 || v.State != gateway.StateReceived || v.ID != f.last().view.ID {
		t.Errorf("over the end of the server: %d %s", res.status, res.body)
	}
}

// TestNoAfterYes holds that an error behind the receipt does not make a no of the yes.
func TestNoAfterYes(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	f.err = gateway.ErrUnavailable // of Message and Await, not of Receive
	res := h.do("POST", "/v1/messages?wait=1s", "acme", []byte(edi), "Idempotency-Key: k")
	if res.status != 202 || !strings.Contains(res.body, f.last().view.ID.String()) {
		t.Errorf("wait: %d %s", res.status, res.body)
	}
	res = h.do("POST", "/v1/messages", "acme", []byte(edi), "Idempotency-Key: k")
	if res.status != 202 || f.count() != 1 {
		t.Errorf("repeat: %d %s", res.status, res.body)
	}
}

// TestErrors puts every error of the service into its words, on a raw operation and on one of huma's.
func TestErrors(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	for _, tt := range []struct {
		err    error
		status int
		code   string
		retry  string
		detail string
	}{
		{&transport.BusyError{Reason: "disk", RetryAfter: 1500 * time.Millisecond}, 503, codeBusy, "2", ""},
		{&transport.BusyError{Reason: "quota", Partner: true}, 429, codeBusy, "1", ""},
		{fmt.Errorf("x: %w", &transport.BusyError{Reason: "backlog", RetryAfter: time.Minute}), 503, codeBusy, "60", ""},
		{fmt.Errorf("x: %w", transport.ErrTransportID), 422, codeReused, "", ""},
		{fmt.Errorf("x: %w", transport.ErrDigest), 400, codeDigest, "", ""},
		{fmt.Errorf("x: %w", transport.ErrTooLarge), 413, codeTooLarge, "", ""},
		{fmt.Errorf("x: %w", transport.ErrSize), 400, codeIncomplete, "", ""},
		{fmt.Errorf("x: %w", partner.ErrDenied), 403, codeDenied, "", ""},
		{fmt.Errorf("x: %w", partner.ErrHidden), 404, codeNotFound, "", ""},
		{fmt.Errorf("x: %w", partner.ErrNotFound), 404, codeNotFound, "", ""},
		{fmt.Errorf("x: %w", gateway.ErrNotFound), 404, codeNotFound, "", ""},
		{fmt.Errorf("x: %w", gateway.ErrHeld), 409, codeHeld, "", ""},
		{fmt.Errorf("%w: no such port", gateway.ErrInput), 422, codeInput, "", "no such port"},
		{fmt.Errorf("no such port: %w", gateway.ErrInput), 422, codeInput, "", "no such port"},
		{gateway.ErrInput, 422, codeInput, "", "Not valid."},
		{fmt.Errorf("x: %w", gateway.ErrUnavailable), 503, codeUnavailable, "5", ""},
		{context.DeadlineExceeded, 503, codeUnavailable, "5", ""},
		{errors.New("a secret of ours"), 500, codeInternal, "", ""},
	} {
		f.mu.Lock()
		f.fail, f.err = tt.err, tt.err
		f.mu.Unlock()
		for name, res := range map[string]reply{
			"raw":  h.do("POST", "/v1/messages", "acme", []byte(edi)),
			"huma": h.do("GET", "/v1/consignments", "acme", nil),
		} {
			p := res.problem(t)
			if res.status != tt.status || p.Code != tt.code || res.header.Get("Retry-After") != tt.retry || tt.detail != "" && p.Detail != tt.detail {
				t.Errorf("%s, %v: %d %v %s", name, tt.err, res.status, res.header, res.body)
			}
			if strings.Contains(res.body, "secret") || strings.Contains(res.body, "gateway:") || strings.Contains(res.body, "$schema") {
				t.Errorf("%s, %v: the answer tells too much: %s", name, tt.err, res.body)
			}
		}
	}
	if log := h.log.String(); strings.Count(log, `"error":"a secret of ours"`) != 2 {
		t.Errorf("errors of ours are not all in the log: %s", log)
	}
	if f.count() != 0 {
		t.Error("something was received")
	}
}

// withFindings is an error that findings belong to.
type withFindings struct{ error }

func (e withFindings) Unwrap() error { return e.error }
func (withFindings) FindingsJSON() []json.RawMessage {
	return []json.RawMessage{json.RawMessage(`{"code":"EDI0001","severity":"error"}`)}
}

func TestProblemFindings(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{}, f)
	f.fail = fmt.Errorf("x: %w", withFindings{gateway.ErrInput})
	res := h.do("POST", "/v1/messages", "acme", []byte(edi))
	if p := res.problem(t); p.Status != 422 || len(p.Findings) != 1 || !strings.Contains(res.body, `"findings":[{"code":"EDI0001","severity":"error"}]`) {
		t.Errorf("%d %s", res.status, res.body)
	}
}

// TestAdmitFirst holds that there is asked whether there is room before a byte of the body is read.
func TestAdmitFirst(t *testing.T) {
	t.Parallel()
	f := newFake()
	var sizes []int64
	f.admitted = func(n int64) { sizes = append(sizes, n) }
	f.admit = &transport.BusyError{Reason: "spool", RetryAfter: 3 * time.Second}
	h := newHarness(t, Config{}, f)
	h.client.Transport = &http.Transport{ExpectContinueTimeout: time.Minute}
	body := &countingReader{r: strings.NewReader(edi)}
	req, err := http.NewRequest("POST", h.url+"/v1/messages", body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(edi))
	res := h.send(req, "acme", "Expect: 100-continue")
	if p := res.problem(t); p.Status != 503 || p.Reason != "spool" || res.header.Get("Retry-After") != "3" {
		t.Errorf("%d %v %s", res.status, res.header, res.body)
	}
	if body.n != 0 {
		t.Errorf("the body was read: %d bytes", body.n)
	}
	if fmt.Sprint(sizes) != fmt.Sprintf("[%d]", len(edi)) {
		t.Errorf("Admit was asked for %v", sizes)
	}
	f.admit = nil
	if res := h.do("POST", "/v1/messages", "acme", []byte(edi), "Expect: 100-continue"); res.status != 202 {
		t.Errorf("with room: %d %s", res.status, res.body)
	}
}

type countingReader struct {
	r io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// TestConcurrency holds the bounds on bodies at once.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.slow, f.reading = make(chan struct{}), make(chan struct{}, 3)
	h := newHarness(t, Config{MaxBodies: 3, MaxPerPrincipal: 2}, f)
	results := make(chan reply, 3)
	for _, key := range []string{"acme", "acme", "other"} {
		go func() { results <- h.do("POST", "/v1/messages", key, []byte(edi)) }()
	}
	for range 3 {
		<-f.reading
	}
	res := h.do("POST", "/v1/messages", "acme", []byte(edi))
	if p := res.problem(t); p.Status != 429 || p.Code != codeBusy || p.Reason != "concurrency" || res.header.Get("Retry-After") == "" {
		t.Errorf("one partner's third: %d %s", res.status, res.body)
	}
	if res := h.do("POST", "/v1/messages", "other", []byte(edi)); res.status != 503 || res.problem(t).Code != codeBusy {
		t.Errorf("the fourth of all: %d %s", res.status, res.body)
	}
	if res := h.do("POST", "/v1/check", "acme", []byte(edi)); res.status != 429 {
		t.Errorf("check counts too: %d", res.status)
	}
	close(f.slow)
	for range 3 {
		if res := <-results; res.status != 202 {
			t.Errorf("%d %s", res.status, res.body)
		}
	}
	f.reading = nil
	if res := h.do("POST", "/v1/messages", "acme", []byte(edi)); res.status != 202 {
		t.Errorf("after all have left: %d", res.status)
	}
	if len(h.server.bodies.byWho) != 0 {
		t.Errorf("the gate remembers %v", h.server.bodies.byWho)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := newFake()
	h := newHarness(t, Config{MaxCheckBody: 1 << 20}, f)
	check := func(name string, body []byte, headers ...string) reply {
		return h.do("POST", "/v1/check?name="+name, "acme", body, headers...)
	}
	res := check("a.edi", []byte(edi), "Content-Digest: "+sum256([]byte(edi)))
	if want := `{"schema":1,"files":[{"file":"a.edi","bytes":` + strconv.Itoa(len(edi)) + `}]}`; res.status != 200 || res.body != want || res.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := check("large.edi", []byte(edi)); res.status != 200 || len(res.body) < heldBack || !strings.HasSuffix(res.body, "]}") {
		t.Errorf("a large object: %d, %d bytes", res.status, len(res.body))
	}
	if res := check("a.edi", gzipped(t, []byte(edi)), "Content-Encoding: gzip"); res.status != 200 {
		t.Errorf("gzip: %d %s", res.status, res.body)
	}
	if res := check("a.edi", []byte(edi), "Content-Digest: "+sum256(nil)); res.status != 400 || res.problem(t).Code != codeDigest {
		t.Errorf("a wrong digest: %d %s", res.status, res.body)
	}
	if res := check("a.edi", make([]byte, 1<<20+1)); res.status != 413 {
		t.Errorf("too large: %d", res.status)
	}
	if res := check("a.edi", nil, "Content-Encoding: br"); res.status != 415 {
		t.Errorf("br: %d", res.status)
	}
	f.fail = errors.New("half-way")
	if res := check("a.edi", []byte(edi)); res.status != 500 || res.problem(t).Code != codeInternal {
		t.Errorf("an error while nothing is sent: %d %s", res.status, res.body)
	}
	if res := check("large.edi", []byte(edi)); res.err == nil {
		t.Errorf("an error half-way is not noticed: %d, %d bytes", res.status, len(res.body))
	}
	if f.count() != 0 {
		t.Error("check stored something")
	}
}
