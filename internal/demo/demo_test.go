package demo_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cargogate/internal/demo"
)

// A running demo, asked as anybody would ask it.
type running struct {
	t      *testing.T
	ready  demo.Ready
	client *http.Client
	end    context.CancelFunc
	done   chan error
}

func start(t *testing.T, o demo.Options) *running {
	t.Helper()
	o.Port = -1
	d, err := demo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	r := &running{t: t, ready: d.Ready(), end: end, done: make(chan error, 1)}
	go func() { r.done <- d.Run(ctx) }()
	t.Cleanup(r.stop)
	ca, err := os.ReadFile(r.ready.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate in ca.pem")
	}
	r.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	return r
}

// stop ends it in order.
func (r *running) stop() {
	r.end()
	select {
	case err := <-r.done:
		if err != nil {
			r.t.Errorf("the demo ended with %v", err)
		}
		r.done <- nil
	case <-time.After(30 * time.Second):
		r.t.Error("the demo does not end")
	}
}

func (r *running) ask(method, path, key string, body []byte) (int, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.ready.HTTPS+path, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := r.client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(text)
}

// until asks again and again until the answer holds what is wanted.
func (r *running) until(path, key, want string) string {
	r.t.Helper()
	var status int
	var text string
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if status, text = r.ask(http.MethodGet, path, key, nil); status == http.StatusOK && strings.Contains(text, want) {
			return text
		}
	}
	r.t.Fatalf("%s never held %s: %d %.500s", path, want, status, text)
	return ""
}

// The demo takes traffic, makes cases, answers a good and a broken file, and goes on where it was.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	o := demo.Options{Dir: dir, Consignments: 800, Pace: time.Hour, Port: -1}
	r := start(t, o)
	r.until("/v1/cases?limit=1", r.ready.Officer, `"reasons":[{"indicator":"`)
	r.until("/v1/messages?limit=200", r.ready.Officer, `"rejected"`) // broken traffic is part of it
	good, err := os.ReadFile(filepath.Join(r.ready.Files, "good.edi"))
	if err != nil {
		t.Fatal(err)
	}
	status, text := r.ask(http.MethodPost, "/v1/messages?wait=10s", r.ready.Partner.APIKey, good)
	if status != http.StatusOK || !strings.Contains(text, `"state":"accepted"`) {
		t.Errorf("the good file: %d %s", status, text)
	}
	broken, err := os.ReadFile(filepath.Join(r.ready.Files, "broken.edi"))
	if err != nil {
		t.Fatal(err)
	}
	if status, text = r.ask(http.MethodPost, "/v1/check", r.ready.Partner.APIKey, broken); status != http.StatusOK || !strings.Contains(text, `"code":"CAR0015"`) {
		t.Errorf("the broken file: %d %s", status, text)
	}
	if status, _ = r.ask(http.MethodGet, "/v1/cases", r.ready.Partner.APIKey, nil); status != http.StatusForbidden {
		t.Errorf("a partner asks for cases: %d", status)
	}
	// By the folder as well.
	in := filepath.Join(r.ready.Partner.Folder, "again.edi")
	if err := errors.Join(os.WriteFile(in+".part", broken, 0o600), os.Rename(in+".part", in)); err != nil {
		t.Error(err)
	}
	acks := filepath.Join(filepath.Dir(r.ready.Partner.Folder), "acks")
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if found, _ := filepath.Glob(filepath.Join(acks, "again.edi.contrl.*")); len(found) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("there is no answer in the folder")
		}
	}
	// Another process has the folder.
	if _, err := demo.Open(t.Context(), o); !errors.Is(err, demo.ErrRunning) {
		t.Errorf("a second demo in one folder: %v", err)
	}
	var before struct{ Next int }
	r.stop()
	state, err := os.ReadFile(filepath.Join(dir, "demo.json"))
	if err := errors.Join(err, json.Unmarshal(state, &before)); err != nil || before.Next < demo.First {
		t.Errorf("%d files of the traffic were filed, %v", before.Next, err)
	}
	again := start(t, o)
	if again.ready.Officer != r.ready.Officer || again.ready.Partner.APIKey != r.ready.Partner.APIKey {
		t.Error("a second start has other keys")
	}
	again.until("/v1/cases?limit=1", again.ready.Officer, `"indicator":"`)
	_, text = again.ask(http.MethodGet, "/v1/consignments?document="+bill(t, good), again.ready.Officer, nil)
	if strings.Count(text, `"message_id"`) != 1 {
		t.Errorf("what was filed before the second start: %s", text)
	}
}

// bill gives the number of the first bill of a message.
func bill(t *testing.T, text []byte) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(text), "RFF+BM:")
	number, _, end := strings.Cut(rest, "'")
	if !ok || !end {
		t.Fatal("no bill in the message")
	}
	return number
}

// Secrets are for their owner alone.
func TestSecrets(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	r := start(t, demo.Options{Dir: dir, Consignments: -1})
	r.until("/v1/cases", r.ready.Officer, `"items":[]`)
	for _, name := range []string{"demo.json", "key.pem", "ca-key.pem", "gateway.yaml", "gateway.log"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// A folder with something else in it stays as it is.
func TestNotDemo(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"letter.txt": "dear", "demo.json": "{", "gateway.yaml": "data: x"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := demo.Open(t.Context(), demo.Options{Dir: dir, Port: -1})
		if !errors.Is(err, demo.ErrNotDemo) {
			t.Errorf("%s: %v", name, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("%s: %d entries afterwards", name, len(entries))
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Open(t.Context(), demo.Options{Dir: file, Port: -1}); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// What it tells can be copied as it stands.
func TestTell(t *testing.T) {
	t.Parallel()
	d, err := demo.Open(t.Context(), demo.Options{Dir: filepath.Join(t.TempDir(), "demo"), Consignments: -1, Port: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	var out bytes.Buffer
	if err := errors.Join(d.Tell(&out), d.Run(ctx)); err != nil {
		t.Fatal(err)
	}
	r := d.Ready()
	for _, want := range []string{r.HTTPS, r.Console, r.CA, r.Officer, r.Second, r.Partner.APIKey, r.Other.APIKey, r.Partner.Folder,
		"  1. ", "  5. ", "audit verify --config " + r.Config, filepath.Join(r.Files, "broken.edi")} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not tell %s", want)
		}
	}
	if strings.Contains(out.String(), "%!") || strings.Contains(fmt.Sprint(r), "%!") {
		t.Errorf("it tells %s", out.String())
	}
}
