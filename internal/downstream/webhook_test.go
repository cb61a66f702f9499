package downstream

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	secretOne = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
	secretTwo = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="
)

var sample = Event{ID: "01a20a1a-fb01-7d22-9531-0d2c80b87340", Type: "cargogate.case.opened.v1", Position: 7,
	Body: []byte(`{"specversion":"1.0","id":"01a20a1a-fb01-7d22-9531-0d2c80b87340","data":{"bill":"NØRD1"}}`)}

// TestSignature holds what is posted against the verifier of those who wrote the standard.
func TestSignature(t *testing.T) {
	t.Parallel()
	var got http.Header
	var body []byte
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, body = r.Header.Clone(), nil
		body, _ = io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/events" || r.URL.RawQuery != "a=b" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer s.Close()
	w, err := NewWebhook(WebhookOptions{URL: s.URL + "/events?a=b", Secrets: []string{secretOne, strings.TrimPrefix(secretTwo, "whsec_")}, Allow: []string{"127.0.0.0/8"}, CAFile: caOf(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	if string(body) != string(sample.Body) || got.Get("Content-Type") != "application/cloudevents+json" || got.Get("Webhook-Id") != sample.ID {
		t.Errorf("%v\n%s", got, body)
	}
	for _, secret := range []string{secretOne, secretTwo} {
		v, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(body, got); err != nil {
			t.Errorf("with %s: %v", secret, err)
		}
		if err := v.Verify(append(body, ' '), got); err == nil {
			t.Error("other bytes have the same signature")
		}
	}
	other, err := standardwebhooks.NewWebhook("whsec_" + strings.Repeat("QUJD", 8))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Verify(body, got); err == nil {
		t.Error("another secret verifies")
	}
	// A timestamp of its own for each attempt: a receiver that refuses old ones takes a late retry.
	w.now = func() time.Time { return time.Now().Add(-time.Hour) }
	if err := w.Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	v, _ := standardwebhooks.NewWebhook(secretOne)
	if err := v.Verify(body, got); !errors.Is(err, standardwebhooks.ErrMessageTooOld) {
		t.Errorf("an hour old: %v", err)
	}
}

// caOf writes a server's certificate to a file.
func caOf(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAnswers goes through what the other side can say.
func TestAnswers(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer target.Close()
	var answer atomic.Pointer[func(http.ResponseWriter)]
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { (*answer.Load())(w) }))
	defer s.Close()
	w, err := NewWebhook(WebhookOptions{URL: s.URL, Secrets: []string{secretOne}, Allow: []string{"127.0.0.1/32"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter)
		want   func(error) bool
	}{
		{"200", func(w http.ResponseWriter) {}, func(err error) bool { return err == nil }},
		{"202", func(w http.ResponseWriter) { w.WriteHeader(202) }, func(err error) bool { return err == nil }},
		{"410", func(w http.ResponseWriter) { w.WriteHeader(410) }, func(err error) bool { return errors.Is(err, ErrGone) }},
		{"500", func(w http.ResponseWriter) { w.WriteHeader(500) }, func(err error) bool { return err != nil && strings.Contains(err.Error(), "500") }},
		{"429 with a wait", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) }, func(err error) bool {
			var asked waitError
			return errors.As(err, &asked) && asked.wait == 7*time.Second
		}},
		{"503 with a wait of a year", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "31536000"); w.WriteHeader(503) }, func(err error) bool {
			var asked waitError
			return errors.As(err, &asked) && asked.wait == maxWait
		}},
		{"a redirect", func(w http.ResponseWriter) { w.Header().Set("Location", target.URL); w.WriteHeader(307) }, func(err error) bool { return err != nil && elsewhere.Load() == 0 }},
		{"a long answer", func(w http.ResponseWriter) {
			for range 64 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, func(err error) bool { return err == nil }},
		{"a long header", func(w http.ResponseWriter) { w.Header().Set("X-Long", strings.Repeat("x", 1<<20)) }, func(err error) bool { return err != nil }},
		{"no answer", func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }, func(err error) bool { return err != nil }},
	} {
		answer.Store(&c.answer)
		if err := w.Send(t.Context(), sample); !c.want(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// One that does not answer is not waited for longer than the caller says.
	late := func(http.ResponseWriter) { time.Sleep(300 * time.Millisecond) }
	answer.Store(&late)
	ctx, end := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer end()
	if err := w.Send(ctx, sample); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer in time: %v", err)
	}
}

// TestGuard says of every kind of address whether it may be called.
func TestGuard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address string
		ok      bool
	}{
		{"8.8.8.8", true}, {"1.1.1.1", true}, {"193.0.6.139", true}, {"2600:1406::1", true}, {"2a00:1450:4001::5", true},
		{"127.0.0.1", false}, {"127.8.9.1", false}, {"0.0.0.0", false}, {"10.0.0.1", false}, {"172.16.0.1", false}, {"172.31.255.255", false},
		{"172.32.0.1", true}, {"192.168.1.1", false}, {"169.254.169.254", false}, {"100.64.0.1", false}, {"100.127.255.255", false},
		{"192.0.0.192", false}, {"198.18.0.1", false}, {"224.0.0.1", false}, {"240.0.0.1", false}, {"255.255.255.255", false},
		{"::", false}, {"::1", false}, {"::127.0.0.1", false}, {"::ffff:127.0.0.1", false}, {"::ffff:8.8.8.8", true}, {"64:ff9b::7f00:1", false},
		{"2002:7f00:1::", false}, {"2001:0:4136:e378:8000:63bf:3fff:fdd2", false}, {"fc00::1", false}, {"fd00:ec2::254", false}, {"fe80::1", false},
		{"fe80::1%eth0", false}, {"fec0::1", false}, {"ff02::1", false}, {"2001:db8::1", false},
	} {
		if err := (guard{}).check(netip.MustParseAddr(c.address)); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	if err := (guard{}).check(netip.Addr{}); err == nil {
		t.Error("no address may be called")
	}
	allowed := guard{allow: []netip.Prefix{netip.MustParsePrefix("10.1.2.0/24")}}
	if allowed.check(netip.MustParseAddr("10.1.2.9")) != nil || allowed.check(netip.MustParseAddr("10.1.3.9")) == nil || allowed.check(netip.MustParseAddr("8.8.8.8")) != nil {
		t.Error("what is allowed by name is added to the internet")
	}
	allowed.only = true
	if allowed.check(netip.MustParseAddr("::ffff:10.1.2.9")) != nil || allowed.check(netip.MustParseAddr("8.8.8.8")) == nil {
		t.Error("without TLS only what is allowed by name may be called")
	}
}

// TestNoWayIn calls a listener of this machine by every way in which an address can be written: none of them is connected
// to, as what counts is the address after every resolution.
func TestNoWayIn(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var called atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			called.Add(1)
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "[::1]", "0"} {
		w, err := NewWebhook(WebhookOptions{URL: "https://" + host + ":" + port + "/", Secrets: []string{secretOne}, Allow: []string{"10.0.0.0/8"}})
		if err != nil {
			t.Fatal(err)
		}
		err = w.Send(t.Context(), sample)
		if err == nil {
			t.Errorf("%s was called", host)
		}
		if host != "0" && !errors.Is(err, ErrAddress) { // "0" is no name that is resolved everywhere
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := called.Load(); n != 0 {
		t.Errorf("connected %d times", n)
	}
}

func TestWebhookOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o    WebhookOptions
		want string
	}{
		{WebhookOptions{URL: "ftp://x.example", Secrets: []string{secretOne}}, "no address"},
		{WebhookOptions{URL: "https://", Secrets: []string{secretOne}}, "no address"},
		{WebhookOptions{URL: "https://a:b@x.example", Secrets: []string{secretOne}}, "no address"},
		{WebhookOptions{URL: "https://x.example"}, "one secret"},
		{WebhookOptions{URL: "https://x.example", Secrets: []string{secretOne, secretTwo, secretOne}}, "one secret"},
		{WebhookOptions{URL: "https://x.example", Secrets: []string{"whsec_short"}}, "secret 1"},
		{WebhookOptions{URL: "https://x.example", Secrets: []string{secretOne, "whsec_QUJD"}}, "secret 2"},
		{WebhookOptions{URL: "https://x.example", Secrets: []string{secretOne}, Allow: []string{"10.1"}}, "no network"},
		{WebhookOptions{URL: "https://x.example", Secrets: []string{secretOne}, CAFile: "/nowhere/ca.pem"}, "nowhere"},
		{WebhookOptions{URL: "http://x.example", Secrets: []string{secretOne}}, "no TLS"},
	} {
		if _, err := NewWebhook(c.o); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "MDEy") {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
	// A server whose certificate nobody vouches for is not spoken to.
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.StartTLS()
	defer s.Close()
	w, err := NewWebhook(WebhookOptions{URL: s.URL, Secrets: []string{secretOne}, Allow: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Send(t.Context(), sample); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
}
