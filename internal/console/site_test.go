package console_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cargogate/internal/demo"
)

// A site is a running gateway with some traffic, and the pages of it.
type site struct {
	t     *testing.T
	ready demo.Ready
	pool  *x509.CertPool
}

func newSite(t *testing.T, consignments int) *site {
	t.Helper()
	d, err := demo.Open(t.Context(), demo.Options{Dir: filepath.Join(t.TempDir(), "demo"), Consignments: consignments, Port: -1, Pace: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
	})
	s := &site{t: t, ready: d.Ready(), pool: x509.NewCertPool()}
	ca, err := os.ReadFile(s.ready.CA)
	if err != nil || !s.pool.AppendCertsFromPEM(ca) {
		t.Fatalf("ca.pem: %v", err)
	}
	return s
}

// A visitor has a browser without a screen.
type visitor struct {
	s      *site
	client *http.Client
}

func (s *site) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.pool}}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &visitor{s, &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: transport}}
}

type answer struct {
	status int
	header http.Header
	body   string
	path   string // where it ended
}

func (v *visitor) do(req *http.Request) answer {
	v.s.t.Helper()
	res, err := v.client.Do(req)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b), res.Request.URL.Path}
}

func (v *visitor) get(path string) answer {
	v.s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, v.s.ready.HTTPS+path, nil)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return v.do(req)
}

func (v *visitor) post(path string, values ...string) answer {
	v.s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, v.s.ready.HTTPS+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(req)
}

func (v *visitor) signIn(key string) answer { return v.post("/console/signin", "key", key) }

var (
	csrfField  = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	leaseField = regexp.MustCompile(`name="lease" value="([^"]+)"`)
	caseLink   = regexp.MustCompile(`/console/cases/[0-9a-f-]{36}`)
	fileLink   = regexp.MustCompile(`/console/messages/[0-9a-f-]{36}`)
)

func first(t *testing.T, re *regexp.Regexp, text string) string {
	t.Helper()
	m := re.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("there is no %s in %.2000s", re, text)
	}
	return m[len(m)-1]
}

// until reads a page again until it holds what is wanted.
func (v *visitor) until(path, want string) answer {
	v.s.t.Helper()
	var a answer
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if a = v.get(path); a.status == http.StatusOK && strings.Contains(a.body, want) {
			return a
		}
	}
	v.s.t.Fatalf("%s never held %q: %d %.1500s", path, want, a.status, a.body)
	return a
}

// file posts a message by the API.
func (s *site) file(key, text string) string {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.ready.HTTPS+"/v1/messages?wait=20s", strings.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	a := s.visitor().do(req)
	if a.status != http.StatusOK {
		s.t.Fatalf("filed: %d %s", a.status, a.body)
	}
	return first(s.t, regexp.MustCompile(`"id":"([0-9a-f-]{36})"`), a.body)
}

func (s *site) sample(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.ready.Files, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}
