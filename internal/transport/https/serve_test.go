package https

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cargogate/internal/gateway"
)

// listen gives a listener on a free port.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs Serve until the test, or stop, ends it.
func serve(t *testing.T, c Config, f *fake) (h *harness, stop func() error) {
	t.Helper()
	h = &harness{t: t, fake: f, log: &logBuffer{}, client: &http.Client{Transport: &http.Transport{}}}
	c.Log = slog.New(slog.NewJSONHandler(h.log, nil))
	var err error
	if h.server, err = New(c, f, f); err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	h.url = "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.server.Serve(ctx, l) }()
	stop = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return h, stop
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// TestDrain ends the server while a body comes: first it is not ready, then the body is taken to its end.
func TestDrain(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.slow, f.reading = make(chan struct{}), make(chan struct{}, 1)
	h, stop := serve(t, Config{DrainWait: 200 * time.Millisecond, CheckCache: -1}, f)
	admin, stopAdmin := context.WithCancel(t.Context())
	defer stopAdmin()
	l := listen(t)
	adminDone := make(chan error, 1)
	go func() { adminDone <- h.server.ServeAdmin(admin, l) }()
	ready := func(url string) reply {
		req, err := http.NewRequest("GET", url+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		return h.send(req, "")
	}
	if res := ready(h.url); res.status != 200 {
		t.Fatalf("at first: %d %s", res.status, res.body)
	}
	posted := make(chan reply, 1)
	go func() { posted <- h.do("POST", "/v1/messages", "acme", []byte(edi)) }()
	<-f.reading
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	stopAdmin() // it stays for as long as the API is served
	eventually(t, "not ready", func() bool { return ready(h.url).status == 503 })
	if res := ready(h.url); !strings.Contains(res.body, `"ok":false`) || !strings.Contains(res.body, `"name":"draining"`) {
		t.Errorf("readyz: %s", res.body)
	}
	if res := h.do("GET", "/v1/messages", "acme", nil); res.status != 200 {
		t.Errorf("while it is not ready it does not serve: %d", res.status)
	}
	eventually(t, "the port is closed", func() bool {
		c, err := net.DialTimeout("tcp", strings.TrimPrefix(h.url, "http://"), time.Second)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-ended:
		t.Fatalf("ended before the body was taken: %v", err)
	default:
	}
	if res := ready("http://" + l.Addr().String()); res.status != 503 {
		t.Errorf("the admin listener: %d %v", res.status, res.err)
	}
	close(f.slow)
	if res := <-posted; res.status != 202 {
		t.Errorf("the body in progress: %d %v", res.status, res.err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := <-adminDone; err != nil {
		t.Error(err)
	}
}

// TestDrainLimit cuts off what takes too long.
func TestDrainLimit(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.slow, f.reading = make(chan struct{}), make(chan struct{}, 1)
	h, stop := serve(t, Config{DrainMax: 50 * time.Millisecond}, f)
	posted := make(chan reply, 1)
	go func() { posted <- h.do("POST", "/v1/messages", "acme", []byte(edi)) }()
	<-f.reading
	if err := stop(); err != nil {
		t.Error(err)
	}
	if res := <-posted; res.err == nil && res.status < 300 {
		t.Errorf("%d", res.status)
	}
	if f.count() != 0 || !strings.Contains(h.log.String(), "cut off") {
		t.Errorf("%d received, log %s", f.count(), h.log)
	}
}

// TestSlow sends too slowly, on both versions of HTTP, and not too slowly.
func TestSlow(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP2 %v", http2), func(t *testing.T) {
			t.Parallel()
			testSlow(t, http2)
		})
	}
}

func testSlow(t *testing.T, http2 bool) {
	const window = 500 * time.Millisecond
	f := newFake()
	h := startHarness(t, Config{RateWindow: window, MinRate: 1000}, f, http2)
	post := func(body io.Reader) reply {
		req, err := http.NewRequest("POST", h.url+"/v1/messages", body)
		if err != nil {
			t.Fatal(err)
		}
		return h.send(req, "acme")
	}
	start := time.Now()
	r, w := io.Pipe()
	res := post(r) // nothing comes at all
	w.Close()
	if res.status != 408 || res.problem(t).Code != codeSlow || time.Since(start) > 10*window {
		t.Errorf("nothing comes: %d %v after %s", res.status, res.err, time.Since(start))
	}
	if res := post(&drip{n: 100, size: 3, every: 10 * time.Millisecond}); res.status != 408 {
		t.Errorf("a drip: %d %v", res.status, res.err)
	}
	if f.count() != 0 {
		t.Error("half bodies were received")
	}
	if res := post(&drip{n: 100, size: 500, every: 10 * time.Millisecond}); res.status != 202 || f.last().view.Size != 50000 {
		t.Errorf("slow enough: %d %s", res.status, res.body)
	}
	// Time of the gateway is not the sender's: a long wait at the end, or before, is no slowness.
	f.settle = make(chan struct{})
	if res := h.do("POST", "/v1/messages?wait=0.8s", "acme", []byte(edi)); res.status != 202 {
		t.Errorf("a long wait: %d %v", res.status, res.err)
	}
	f.slow = make(chan struct{})
	time.AfterFunc(800*time.Millisecond, func() { close(f.slow) })
	if res := post(&drip{n: 4, size: 5000, every: time.Millisecond}); res.status != 202 {
		t.Errorf("a slow gateway: %d %v %s", res.status, res.err, res.body)
	}
}

// A drip is a body that comes in small pieces.
type drip struct {
	n, size int
	every   time.Duration
}

func (d *drip) Read(p []byte) (int, error) {
	if d.n == 0 {
		return 0, io.EOF
	}
	d.n--
	time.Sleep(d.every)
	return copy(p, strings.Repeat("x", d.size)), nil
}

// authority issues certificates for tests.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.pem, _, a.key, a.cert = a.make("authority", nil, nil)
	return a
}

// make issues a certificate, by itself where there is no parent.
func (a *authority) make(name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (certPEM, keyPEM []byte, key *ecdsa.PrivateKey, cert *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		a.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: parent == nil, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), key, cert
}

func (a *authority) issue(name string) (certPEM, keyPEM []byte) {
	certPEM, keyPEM, _, _ = a.make(name, a.cert, a.key)
	return certPEM, keyPEM
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func writeFile(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTLS serves with TLS, changes the certificate while it does, breaks it, and asks clients for theirs.
func TestTLS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	dir := t.TempDir()
	cert, key, clientCA := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "ca.pem")
	put := func(name string) {
		c, k := ca.issue(name)
		writeFile(t, key, k)
		writeFile(t, cert, c)
	}
	put("first")
	writeFile(t, clientCA, ca.pem)
	h, _ := serve(t, Config{TLS: &TLS{Cert: cert, Key: key, ClientCA: clientCA, Poll: 5 * time.Millisecond}}, newFake())
	addr := strings.TrimPrefix(h.url, "http://")
	h.url = "https://" + addr
	name := func() string {
		c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ca.pool(), NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if s := c.ConnectionState(); s.NegotiatedProtocol != "h2" || s.Version < tls.VersionTLS12 {
			t.Errorf("negotiated %q, version %x", s.NegotiatedProtocol, s.Version)
		}
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := name(); got != "first" {
		t.Errorf("certificate of %q", got)
	}
	put("second")
	eventually(t, "the new certificate is used", func() bool { return name() == "second" })
	writeFile(t, cert, []byte("no certificate"))
	eventually(t, "the broken one is in the log", func() bool { return strings.Contains(h.log.String(), "the old one stays") })
	if got := name(); got != "second" {
		t.Errorf("certificate of %q while the file is broken", got)
	}
	put("third")
	eventually(t, "the mended certificate is used", func() bool { return name() == "third" })
	if _, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ca.pool(), MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}

	// Both versions of HTTP, with a certificate of the client and without.
	c, k := ca.issue("partner")
	pair, err := tls.X509KeyPair(c, k)
	if err != nil {
		t.Fatal(err)
	}
	for _, http2 := range []bool{false, true} {
		for _, certs := range [][]tls.Certificate{nil, {pair}} {
			h.client = &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: http2, TLSClientConfig: &tls.Config{RootCAs: ca.pool(), Certificates: certs}}}
			res := h.do("POST", "/v1/messages", "acme", []byte(edi))
			e := h.fake.last().d.Headers
			if res.status != 202 || (e["protocol"] == "HTTP/2.0") != http2 || (e["client-certificate-subject"] == "CN=partner") != (certs != nil) {
				t.Errorf("%d %v, evidence %v", res.status, res.err, e)
			}
			h.client.CloseIdleConnections()
		}
	}
	stranger := newAuthority(t)
	c, k = stranger.issue("stranger")
	if pair, err = tls.X509KeyPair(c, k); err != nil {
		t.Fatal(err)
	}
	h.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool(),
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }}}}
	if res := h.do("GET", "/v1/messages", "acme", nil); res.err == nil {
		t.Errorf("a stranger's certificate: %d", res.status)
	}
}

func TestTLSErrors(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	dir := t.TempDir()
	cert, key, none := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "none.pem")
	c, k := ca.issue("x")
	writeFile(t, cert, c)
	writeFile(t, key, k)
	writeFile(t, filepath.Join(dir, "text.pem"), []byte("text"))
	f := newFake()
	for _, bad := range []TLS{{Cert: none, Key: key}, {Cert: cert, Key: none}, {Cert: cert, Key: cert}, {Cert: cert, Key: key, ClientCA: none},
		{Cert: cert, Key: key, ClientCA: filepath.Join(dir, "text.pem")}} {
		s, err := New(Config{TLS: &bad, Log: slog.New(slog.DiscardHandler)}, f, f)
		if err != nil {
			t.Fatal(err)
		}
		l := listen(t)
		if err := s.Serve(t.Context(), l); err == nil {
			t.Errorf("%+v is served", bad)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%+v: the listener stays open: %v", bad, err)
		}
	}
	if _, err := New(Config{TLS: &TLS{Cert: cert}}, f, f); err == nil {
		t.Error("TLS without a key is taken")
	}
	required, err := newReloader(TLS{Cert: cert, Key: key, ClientCA: cert, RequireClient: true}, slog.New(slog.DiscardHandler))
	if err != nil || required.now.Load().ClientAuth != tls.RequireAndVerifyClientCert {
		t.Errorf("RequireClient: %v", err)
	}
}

// TestHealth asks for checks of every kind.
func TestHealth(t *testing.T) {
	t.Parallel()
	runs := 0
	broken := false
	h := newHarness(t, Config{CheckCache: -1, CheckLimit: 50 * time.Millisecond, Checks: []Check{
		{"database", func(context.Context) (string, error) { runs++; return "sqlite", nil }},
		{"blob", func(context.Context) (string, error) {
			if broken {
				return "", fmt.Errorf("the bucket is gone")
			}
			return "", nil
		}},
		{"disk", func(context.Context) (string, error) {
			if broken {
				panic("no disk")
			}
			return "9 GiB free", nil
		}},
		{"clock", func(ctx context.Context) (string, error) {
			if broken {
				<-ctx.Done()
				return "", ctx.Err()
			}
			return "", nil
		}},
		{"deaf", func(context.Context) (string, error) {
			if broken {
				time.Sleep(time.Second)
			}
			return "", nil
		}},
	}}, newFake())
	if res := h.do("GET", "/livez", "", nil); res.status != 200 || res.body != `{"ok":true}`+"\n" {
		t.Errorf("livez: %d %s", res.status, res.body)
	}
	res := h.do("GET", "/readyz", "", nil)
	want := `{"ok":true,"checks":[{"name":"database","ok":true,"detail":"sqlite"},{"name":"blob","ok":true},{"name":"disk","ok":true,"detail":"9 GiB free"},` +
		`{"name":"clock","ok":true},{"name":"deaf","ok":true},{"name":"draining","ok":true}]}` + "\n"
	if res.status != 200 || res.body != want {
		t.Errorf("readyz: %d %s", res.status, res.body)
	}
	broken = true
	start := time.Now()
	res = h.do("GET", "/readyz", "", nil)
	for _, part := range []string{`{"ok":false,`, `"error":"the bucket is gone"`, `"error":"panic: no disk"`, `{"name":"clock","ok":false,"error":"no answer in time`,
		`{"name":"deaf","ok":false,"error":"no answer in 50ms"}`} {
		if res.status != 503 || !strings.Contains(res.body, part) {
			t.Errorf("readyz: %d %s, want %s", res.status, res.body, part)
		}
	}
	if took := time.Since(start); took > 800*time.Millisecond {
		t.Errorf("a deaf check holds up the answer: %s", took)
	}
	cached := newChecker([]Check{{"x", func(context.Context) (string, error) { runs++; return "", nil }}}, time.Hour, time.Second, func() bool { return false })
	runs = 0
	for range 3 {
		cached.run(t.Context())
	}
	if runs != 1 {
		t.Errorf("checked %d times within the time of the cache", runs)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{}, newFake())
	h.do("POST", "/v1/messages", "acme", []byte(edi), "Idempotency-Key: k")
	h.do("POST", "/v1/messages", "acme", []byte(edi), "Idempotency-Key: k")
	h.do("GET", "/v1/messages/"+ackID.String(), "acme", nil)
	h.do("GET", "/some/odd/path", "", nil)
	var res reply
	eventually(t, "the numbers are there", func() bool { // a number is counted after its answer is sent
		res = h.do("GET", "/metrics", "", nil)
		return strings.Contains(res.body, `route="other",status="404"`)
	})
	for _, line := range []string{
		`cargogate_http_request_duration_seconds_count{route="POST /v1/messages",status="202"} 2`,
		`cargogate_http_request_duration_seconds_count{route="GET /v1/messages/{id}",status="404"} 1`,
		`cargogate_http_problems_total{code="not_found"} 2`,
		fmt.Sprintf("cargogate_http_received_bytes_total %d", 2*len(edi)),
		"cargogate_http_repeated_total 1",
		"cargogate_http_bodies_in_flight 0",
		"cargogate_http_requests_in_flight 1",
	} {
		if !strings.Contains(res.body, line+"\n") {
			t.Errorf("no %q in\n%s", line, res.body)
		}
	}
	if strings.Contains(res.body, "odd") {
		t.Error("a path makes a series")
	}
	f := newFake()
	if _, err := New(Config{Registry: h.server.config.Registry}, f, f); err == nil {
		t.Error("two servers count in one registry")
	}
	only := newHarness(t, Config{AdminOnly: true}, newFake())
	for _, path := range []string{"/metrics", "/livez", "/readyz"} {
		if res := only.do("GET", path, "", nil); res.status != 404 {
			t.Errorf("%s on the API's listener: %d", path, res.status)
		}
	}
}

// TestConnectionCap holds that more connections wait until there is a place.
func TestConnectionCap(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, Config{MaxConnections: 2}, newFake())
	var held []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	answered := make(chan reply, 1)
	go func() { answered <- h.do("GET", "/livez", "", nil) }()
	select {
	case res := <-answered:
		t.Fatalf("the third connection was served: %d", res.status)
	case <-time.After(50 * time.Millisecond):
	}
	held[0].Close()
	if res := <-answered; res.status != 200 {
		t.Errorf("with a place: %d %v", res.status, res.err)
	}
}

// TestSlowHeader holds that a connection that says nothing is closed.
func TestSlowHeader(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, Config{HeaderTimeout: 50 * time.Millisecond}, newFake())
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /livez HTTP/1.1\r\nX: ")
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the connection stays open: %v", err)
	}
	if res := h.do("GET", "/livez", "", nil, "X-Long: "+strings.Repeat("x", 80<<10)); res.err == nil && res.status != 431 {
		t.Errorf("a header of 80 KiB: %d", res.status)
	}
}

// TestIdleConnections holds 2,000 connections open and asks for what they cost.
func TestIdleConnections(t *testing.T) {
	const n = 2000
	h, _ := serve(t, Config{}, newFake())
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := memory()
	conns := make([]net.Conn, 0, n)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	buf := make([]byte, 4096)
	for range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		fmt.Fprint(c, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
		if k, err := c.Read(buf); err != nil || !strings.HasPrefix(string(buf[:k]), "HTTP/1.1 200") {
			t.Fatalf("%q, %v", buf[:k], err)
		}
	}
	each := (int64(memory()) - int64(before)) / n
	t.Logf("%d bytes a connection", each)
	if each > 32<<10 {
		t.Errorf("an idle connection costs %d bytes", each)
	}
	start := time.Now()
	if res := h.do("POST", "/v1/messages", "acme", []byte(edi)); res.status != 202 || time.Since(start) > time.Second {
		t.Errorf("beside them: %d %v after %s", res.status, res.err, time.Since(start))
	}
}

// TestCurl asks with a client that is not ours.
func TestCurl(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("curl is not there")
		}
		t.Skip("curl is not there")
	}
	ca := newAuthority(t)
	dir := t.TempDir()
	c, k := ca.issue("server")
	for name, b := range map[string][]byte{"cert.pem": c, "key.pem": k, "ca.pem": ca.pem, "plain.edi": []byte(strings.Repeat(edi, 1000)),
		"packed.gz": gzipped(t, []byte(strings.Repeat(edi, 1000)))} {
		writeFile(t, filepath.Join(dir, name), b)
	}
	f := newFake()
	h, _ := serve(t, Config{MaxBody: 1 << 20, TLS: &TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}}, f)
	url := strings.Replace(h.url, "http:", "https:", 1)
	run := func(args ...string) string {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, curl, append([]string{"-sS", "--noproxy", "*", "--cacert", "ca.pem", "-H", "Authorization: Bearer acme",
			"-w", "\n%{http_code} %{http_version} %{size_upload}"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("curl %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	for _, version := range []string{"--http1.1", "--http2"} {
		number := map[string]string{"--http1.1": "1.1", "--http2": "2"}[version]
		if out := run(version, "--data-binary", "@plain.edi", "-H", "Expect: 100-continue", url+"/v1/messages?wait=1s"); !strings.Contains(out, "\n200 "+number) ||
			!strings.Contains(out, `"state":"accepted"`) || f.last().view.Size != int64(1000*len(edi)) {
			t.Errorf("%s: %s", version, out)
		}
		if out := run(version, "--data-binary", "@packed.gz", "-H", "Content-Encoding: gzip", url+"/v1/messages"); !strings.Contains(out, "\n202 "+number) ||
			f.last().view.Size != int64(1000*len(edi)) {
			t.Errorf("%s, gzip: %s", version, out)
		}
		// With a wrong key, and Expect, nothing is sent; over HTTP/2 curl does not wait.
		if out := run(version, "-H", "Authorization: Bearer wrong", "--expect100-timeout", "30", "-H", "Expect: 100-continue", "-T", "plain.edi",
			"-X", "POST", url+"/v1/messages"); !strings.Contains(out, "\n401 "+number) || number == "1.1" && !strings.HasSuffix(out, " 0") || !strings.Contains(out, codeUnauthenticated) {
			t.Errorf("%s, a wrong key: %s", version, out)
		}
		if out := run(version, url+"/v1/messages/"+f.last().view.ID.String()+"/original", "-r", "0-2", "-o", version+".edi"); !strings.Contains(out, "206 "+number) {
			t.Errorf("%s, original: %s", version, out)
		}
		if out := run(version, "--limit-rate", "200K", "--data-binary", "@plain.edi", url+"/v1/messages"); !strings.Contains(out, "\n202 "+number) {
			t.Errorf("%s, slowly: %s", version, out)
		}
	}
	var v gateway.MessageView
	h.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool()}}}
	h.url = url
	h.do("GET", "/v1/messages/"+f.last().view.ID.String(), "acme", nil).json(t, &v)
	if v.ID != f.last().view.ID {
		t.Errorf("%+v", v)
	}
}
