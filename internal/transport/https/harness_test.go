package https

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// logBuffer is a log that tests can read.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A harness is a server in a test, with or without HTTP/2.
type harness struct {
	t      *testing.T
	fake   *fake
	server *Server
	log    *logBuffer
	url    string
	client *http.Client
}

func newHarness(t *testing.T, c Config, f *fake) *harness {
	t.Helper()
	return startHarness(t, c, f, false)
}

func startHarness(t *testing.T, c Config, f *fake, http2 bool) *harness {
	t.Helper()
	h := &harness{t: t, fake: f, log: &logBuffer{}}
	c.Log = slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if h.server, err = New(c, f, f); err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(h.server)
	ts.Config.ErrorLog = slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug)
	if http2 {
		ts.EnableHTTP2 = true
		ts.StartTLS()
	} else {
		ts.Start()
	}
	t.Cleanup(ts.Close)
	h.url, h.client = ts.URL, ts.Client()
	h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return h
}

// A reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

func (r reply) problem(t *testing.T) Problem {
	t.Helper()
	var p Problem
	if got := r.header.Get("Content-Type"); got != problemContentType {
		t.Errorf("status %d has Content-Type %q, body %q", r.status, got, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Errorf("status %d: %v in %q", r.status, err, r.body)
	}
	if p.Status != r.status || p.Type != "about:blank" || p.Title == "" || p.Code == "" || len(p.TraceID) != 32 {
		t.Errorf("status %d: not a whole problem: %s", r.status, r.body)
	}
	return p
}

func (r reply) json(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("status %d: %v in %q", r.status, err, r.body)
	}
}

// do asks with a key, and headers as "Name: value".
func (h *harness) do(method, path, key string, body []byte, headers ...string) reply {
	h.t.Helper()
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequest(method, h.url+path, r)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.send(req, key, headers...)
}

func (h *harness) send(req *http.Request, key string, headers ...string) reply {
	h.t.Helper()
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	res, err := h.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(b), err}
}
