package loadtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"cargogate/internal/diag"
	"cargogate/internal/node"
	"cargogate/internal/partner"
	"cargogate/internal/synth"
)

// segmentCount is the finding that a count of segments has more than six digits (DE 0074), which no message of this size
// can do without; its partner has it as a warning.
const segmentCount diag.Code = "EDI0039"

// large sends one very large message to the program itself, over HTTPS, and looks at its memory.
func (b *bench) large(ctx context.Context) (err error) {
	p, err := b.newPlace(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.drop()) }()
	const sender = "LARGE"
	key, err := b.prepareLarge(ctx, p, sender)
	if err != nil {
		return err
	}
	s, err := startServer(ctx, b.Program, p, b.Store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	s.key = key
	idle, err := s.memory()
	if err != nil {
		return err
	}
	begun := time.Now()
	id, err := s.upload(ctx, b.Large)
	if err != nil {
		return err
	}
	received := time.Since(begun)
	m, err := s.await(ctx, id)
	if err != nil {
		return err
	}
	settled := time.Since(begun)
	peak, err := s.memory()
	if err != nil {
		return err
	}
	if m.State != "accepted" && m.State != "partly_accepted" {
		return fmt.Errorf("the large message came to the state %s: %s", m.State, m.text)
	}
	visible, err := s.visible(ctx, id)
	if err != nil {
		return err
	}
	over := float64(peak.high-idle.now) / 1e6
	note := fmt.Sprintf("%s with %d consignments; idle %.1f MB, at most %.1f MB", m.State, visible, float64(idle.now)/1e6, float64(peak.high)/1e6)
	size := fmt.Sprintf("%.0f MB in one message over HTTPS", float64(m.Size)/1e6)
	b.add(Figure{Row: RowLarge, What: size + ": resident set over idle", Value: over, Least: over, Most: over, Unit: "MB", Target: "≤ 64 MB", Note: note})
	for _, f := range []struct {
		what string
		took time.Duration
	}{{"received", received}, {"received and settled", settled}} {
		rate := float64(m.Size) / 1e6 / f.took.Seconds()
		b.add(Figure{Row: RowLarge, What: size + ": " + f.what, Value: rate, Least: rate, Most: rate, Unit: "MB/s",
			Note: fmt.Sprintf("%.0f s", f.took.Seconds())})
	}
	return nil
}

// prepareLarge registers the sender and makes its key.
func (b *bench) prepareLarge(ctx context.Context, p *place, sender string) (key string, err error) {
	store, err := node.OpenStore(ctx, p.config(b.Store), node.Alone)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	s := partner.NewService(store, nil)
	profile := partner.Profile{Name: "large", Severities: map[diag.Code]diag.Severity{segmentCount: diag.Warning}}
	if _, err := s.PutProfile(ctx, operator, profile); err != nil {
		return "", err
	}
	one := partner.Partner{ID: partner.ID(sender), Name: "Sender of large messages", Roles: []partner.Role{partner.RoleCarrier}, Profile: "large"}
	if _, err := s.AddPartner(ctx, operator, one); err != nil {
		return "", err
	}
	keys, err := addKeys(ctx, store, []string{sender})
	return keys[sender], err
}

// A server is a cargogate in a process of its own.
type server struct {
	cmd    *exec.Cmd
	done   chan error
	stderr bytes.Buffer
	url    string
	key    string
	client *http.Client
}

// startServer starts the program on a place, and waits until it is ready and quiet.
func startServer(ctx context.Context, program string, p *place, kind string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil { // another process could take it before ours does: then it says so
		return nil, err
	}
	pool, err := writeCertificate(p.dir)
	if err != nil {
		return nil, err
	}
	store := "{kind: sqlite}"
	if kind == kindPG {
		store = "{kind: postgres, dsn: " + strconv.Quote(p.dsn) + "}"
	}
	text := fmt.Sprintf("data: %q\nstore: %s\nhttps: {listen: %q, cert: %q, key: %q, drain_wait: 1ms}\nlog: {level: warn}\n", p.dir, store, addr,
		filepath.Join(p.dir, "cert.pem"), filepath.Join(p.dir, "key.pem"))
	file := filepath.Join(p.dir, "gateway.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	s := &server{url: "https://" + addr, done: make(chan error, 1),
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}}
	s.cmd = exec.Command(program, "serve", "--config", file)
	s.cmd.Stderr = &s.stderr
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.done <- s.cmd.Wait() }()
	for range 300 {
		if status, _, err := s.get(ctx, "/readyz"); err == nil && status == http.StatusOK {
			time.Sleep(2 * time.Second)
			return s, nil
		}
		select {
		case err := <-s.done:
			return nil, fmt.Errorf("the server ended: %w: %s", err, s.stderr.String())
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), s.end())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil, errors.Join(errors.New("the server was not ready within 30 s"), s.end())
}

// writeCertificate makes a certificate for loopback and gives the pool that trusts it.
func writeCertificate(dir string) (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cargogate bench"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	err = errors.Join(os.WriteFile(filepath.Join(dir, "cert.pem"), cert, 0o600),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool, err
}

// get asks for a path.
func (s *server) get(ctx context.Context, path string) (status int, body []byte, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, nil, err
	}
	return s.do(q)
}

func (s *server) do(q *http.Request) (status int, body []byte, err error) {
	if s.key != "" {
		q.Header.Set("Authorization", "Bearer "+s.key)
	}
	a, err := s.client.Do(q)
	if err != nil {
		return 0, nil, err
	}
	body, err = io.ReadAll(io.LimitReader(a.Body, 16<<20))
	return a.StatusCode, body, errors.Join(err, a.Body.Close())
}

// A message is what is looked at of one.
type message struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Size  int64  `json:"size"`
	text  []byte
}

// upload sends a message that is made while it is sent.
func (s *server) upload(ctx context.Context, size int64) (id string, err error) {
	r, w := io.Pipe()
	defer r.Close()
	go func() {
		_, err := synth.WriteCUSCAR(w, synth.CUSCAROptions{Seed: 1, Size: size, Mode: synth.SingleMessage, Balanced: true})
		w.CloseWithError(err)
	}()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/v1/messages", bufio.NewReaderSize(r, 256<<10))
	if err != nil {
		return "", err
	}
	status, body, err := s.do(q)
	if err != nil {
		return "", err
	}
	var m message
	if status != http.StatusAccepted {
		return "", fmt.Errorf("status %d: %s", status, body)
	}
	err = json.Unmarshal(body, &m)
	return m.ID, err
}

// await asks until a message is settled.
func (s *server) await(ctx context.Context, id string) (m message, err error) {
	for {
		status, body, err := s.get(ctx, "/v1/messages/"+id)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, body)
		}
		if err != nil {
			return m, fmt.Errorf("%w: %s", err, s.stderr.String())
		}
		m = message{text: body[:min(len(body), 1000)]}
		if err := json.Unmarshal(body, &m); err != nil {
			return m, err
		}
		switch m.State {
		case "received", "reading", "waiting":
		default:
			return m, nil
		}
		select {
		case <-ctx.Done():
			return m, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// visible gives how many consignments the message is said to have, if one of them can be had.
func (s *server) visible(ctx context.Context, id string) (int64, error) {
	status, body, err := s.get(ctx, "/v1/messages/"+id+"/consignments?limit=1")
	if err == nil && (status != http.StatusOK || !bytes.Contains(body, []byte(`"number"`))) {
		err = fmt.Errorf("no consignment can be seen: status %d: %.500s", status, body)
	}
	if err != nil {
		return 0, err
	}
	_, body, err = s.get(ctx, "/v1/messages/"+id)
	if err != nil {
		return 0, err
	}
	var v struct {
		Messages []struct {
			Totals struct {
				Consignments int64 `json:"consignments"`
			} `json:"totals"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &v); err != nil || len(v.Messages) == 0 {
		return 0, fmt.Errorf("no messages in %.500s: %w", body, err)
	}
	return v.Messages[0].Totals.Consignments, nil
}

// A resident is the memory of a process as the kernel counts it, bytes.
type resident struct{ now, high int64 }

// memory reads that of the server.
func (s *server) memory() (r resident, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return r, fmt.Errorf("the memory of a process can be told on Linux only: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			r.now = kib << 10
		}
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			r.high = kib << 10
		}
	}
	if r.now == 0 || r.high == 0 {
		return r, errors.New("the kernel does not tell the resident set")
	}
	return r, nil
}

// end has the server end in order.
func (s *server) end() error {
	s.client.CloseIdleConnections()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.done:
		if err != nil {
			return fmt.Errorf("the server ended: %w: %s", err, s.stderr.String())
		}
		return nil
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the server did not end within a minute"), s.cmd.Process.Kill())
	}
}
