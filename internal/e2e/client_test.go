package e2e_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A pki is a certificate authority and a certificate of the server, made by openssl.
type pki struct {
	t             *testing.T
	dir           string
	ca, cert, key string // PEM files
	roots         *x509.CertPool
	serial        int
}

func newPKI(t *testing.T, dir string) *pki {
	t.Helper()
	p := &pki{t: t, dir: dir, ca: filepath.Join(dir, "ca.pem"), cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca-key.pem", "-out", "ca.pem",
		"-days", "2", "-subj", "/CN=Example Test CA")
	text, err := os.ReadFile(p.ca)
	if err != nil {
		t.Fatal(err)
	}
	p.roots = x509.NewCertPool()
	if !p.roots.AppendCertsFromPEM(text) {
		t.Fatal("openssl made no certificate")
	}
	p.issue()
	return p
}

// issue makes the server's certificate anew, with the next serial number, and puts it in the place of the one before.
func (p *pki) issue() {
	p.t.Helper()
	p.serial++
	if err := os.WriteFile(filepath.Join(p.dir, "san.cnf"), []byte("subjectAltName=DNS:localhost,IP:127.0.0.1\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "new-key.pem", "-out", "new.csr", "-subj", "/CN=localhost")
	p.openssl("x509", "-req", "-in", "new.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-set_serial", fmt.Sprint(100+p.serial), "-days", "1",
		"-extfile", "san.cnf", "-out", "new-cert.pem")
	for from, to := range map[string]string{"new-key.pem": p.key, "new-cert.pem": p.cert} {
		if err := os.Rename(filepath.Join(p.dir, from), to); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *pki) openssl(args ...string) {
	p.t.Helper()
	cmd := exec.Command(tool(p.t, "openssl"), args...)
	cmd.Dir = p.dir
	if r := execute(p.t, cmd); r.status != 0 {
		p.t.Fatalf("openssl %s: %s", strings.Join(args, " "), r.stderr)
	}
}

// A client calls one process as one that has a key.
type client struct {
	t    *testing.T
	base string // https://host:port
	key  string
	ca   string
	http *http.Client
}

func (p *pki) client(addr string) *client {
	return &client{t: p.t, base: "https://" + addr, ca: p.ca, http: &http.Client{Timeout: time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots}, ForceAttemptHTTP2: true}}}
}

// as is the client with another key.
func (c *client) as(key string) *client {
	as := *c
	as.key = key
	return &as
}

// in is the client for a subtest.
func (c *client) in(t *testing.T) *client {
	in := *c
	in.t = t
	return &in
}

// A reply is an answer over HTTP.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call makes one request; headers are names and values in turn.
func (c *client) call(method, path string, body []byte, headers ...string) reply {
	c.t.Helper()
	r, err := c.send(method, path, bytes.NewReader(body), headers...)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// send is call with a body that comes in its own time; it does not end the test.
func (c *client) send(method, path string, body io.Reader, headers ...string) (reply, error) {
	q, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return reply{}, err
	}
	if c.key != "" {
		q.Header.Set("Authorization", "Bearer "+c.key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := c.http.Do(q)
	if err != nil {
		return reply{}, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return reply{r.StatusCode, r.Header, b}, err
}

// get reads JSON into v; the status must be 200.
func (c *client) get(path string, v any) {
	c.t.Helper()
	r := c.call(http.MethodGet, path, nil)
	if r.status != http.StatusOK {
		c.t.Fatalf("GET %s: status %d\n%s", path, r.status, r.body)
	}
	c.decode(r.body, v)
}

func (c *client) decode(body []byte, v any) {
	c.t.Helper()
	if err := json.Unmarshal(body, v); err != nil {
		c.t.Fatalf("%v in %s", err, body)
	}
}

// curl calls with the program curl, and gives the body and the status.
func (c *client) curl(path string, args ...string) reply {
	c.t.Helper()
	args = append([]string{"--silent", "--show-error", "--max-time", "60", "--cacert", c.ca, "--header", "Authorization: Bearer " + c.key,
		"--write-out", "\n%{http_code}"}, append(args, c.base+path)...)
	r := execute(c.t, exec.Command(tool(c.t, "curl"), args...))
	if r.status != 0 {
		c.t.Fatalf("curl %s: %s", path, r.stderr)
	}
	i := strings.LastIndexByte(r.stdout, '\n')
	out := reply{body: []byte(r.stdout[:i])}
	if _, err := fmt.Sscan(r.stdout[i+1:], &out.status); err != nil {
		c.t.Fatalf("curl says %q: %v", r.stdout[i+1:], err)
	}
	return out
}

// A message is a message object as it comes over HTTP: what these tests look at.
type message struct {
	ID          string
	State       string
	DuplicateOf string `json:"duplicate_of"`
	Mode        string
	Partner     string
	Channel     string
	Name        string
	SHA256      string `json:"sha256"`
	ReceivedAt  string `json:"received_at"`
	Reason      string
	Findings    struct{ Error, Warning, Note int }
	Messages    []struct {
		Type, Version, Function string
		Accepted                bool
		Totals                  struct {
			Consignments int
			Packages     int
			Mass         string `json:"gross_mass_kg"`
		}
	}
	Registrations []struct{ Kind, Reference, Document, Status string }
}

// A consignment is a consignment as it comes over HTTP.
type consignment struct {
	ID           string
	MessageID    string `json:"message_id"`
	State        string
	Status       string `json:"filer_status"`
	Level        string
	Registration string
	Call         string `json:"call_id"`
	Filer        string
	Transmitter  string
	Documents    []struct{ Kind, Number string }
	Links        struct{ Parents, Houses []string }
}

// A list is a page.
type list[T any] struct {
	Items []T
	Next  string
}

// all reads a list with all its pages.
func all[T any](c *client, path string) []T {
	c.t.Helper()
	out := []T{}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	after := ""
	for {
		var l list[T]
		c.get(path+after, &l)
		out = append(out, l.Items...)
		if l.Next == "" || len(l.Items) == 0 {
			return out
		}
		after = sep + "after=" + l.Next
	}
}

// post sends a message and waits until it has reached its end state.
func (c *client) post(body string, headers ...string) message {
	c.t.Helper()
	r := c.call(http.MethodPost, "/v1/messages?wait=30s", []byte(body), headers...)
	if r.status != http.StatusOK {
		c.t.Fatalf("POST /v1/messages: status %d\n%s", r.status, r.body)
	}
	var m message
	c.decode(r.body, &m)
	return m
}

// message asks for a message.
func (c *client) message(id string) message {
	c.t.Helper()
	var m message
	c.get("/v1/messages/"+id, &m)
	return m
}

// final says of a state that nothing follows it.
func final(state string) bool {
	return state == "accepted" || state == "partly_accepted" || state == "rejected" || state == "parked"
}

// A pipeReader is a body that comes in parts.
type pipeReader struct {
	parts chan string
	rest  string
}

// Read waits for the next part.
func (p *pipeReader) Read(b []byte) (int, error) {
	for p.rest == "" {
		part, more := <-p.parts
		if !more {
			return 0, io.EOF
		}
		p.rest = part
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
