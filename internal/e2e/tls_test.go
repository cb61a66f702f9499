package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// serialOn asks by a client, on a connection that it has or a new one, and gives the serial number of the certificate.
func serialOn(c *client) (string, error) {
	r, err := c.http.Get(c.base + "/openapi.json")
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	return r.TLS.PeerCertificates[0].SerialNumber.String(), nil
}

// logged waits for a line of the log with a text.
func (p *process) logged(text string, times int) {
	p.t.Helper()
	until(p.t, "the log says "+text, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		n := 0
		for _, line := range p.logs {
			if strings.Contains(line, text) {
				n++
			}
		}
		return n >= times
	})
}

// TestCertificateUnderLoad replaces the certificate while connections are open and others are made all the time: those that
// are open go on and end well, an upload among them, each new one gets the old or the new certificate and none is refused,
// and a pair of files that is broken changes nothing and is told.
func TestCertificateUnderLoad(t *testing.T) {
	t.Parallel()
	s := start(t, single)
	s.trade()
	c := s.client.as(s.keyOf("NORDKAI"))
	if got, err := serialOn(c); got != "101" || err != nil {
		t.Fatalf("serial number %s, %v", got, err)
	}
	body := manifest{sender: "NORDKAI", control: "NK0070", reference: "SWAP", bills: []bill{{number: "NRDKSWAP"}}}.String()
	slow, feed := pipe()
	uploading := s.pki.client(s.procs[0].addr).as(c.key)
	type result struct {
		reply
		err error
	}
	done := make(chan result, 1)
	go func() {
		r, err := uploading.send(http.MethodPost, "/v1/messages", slow)
		done <- result{r, err}
	}()
	feed(body[:len(body)/2], false)

	stop := make(chan struct{})
	var knocking sync.WaitGroup
	var seen []string
	knocking.Go(func() { // new connections, one after the other
		for {
			select {
			case <-stop:
				return
			default:
			}
			one := s.pki.client(s.procs[0].addr)
			got, err := serialOn(one)
			one.http.CloseIdleConnections()
			if err != nil {
				t.Errorf("a new connection: %v", err)
				return
			}
			if len(seen) == 0 || seen[len(seen)-1] != got {
				seen = append(seen, got)
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	fresh := func() string {
		one := s.pki.client(s.procs[0].addr)
		defer one.http.CloseIdleConnections()
		got, err := serialOn(one)
		if err != nil {
			t.Error(err)
		}
		return got
	}
	s.pki.issue()
	until(t, "the new certificate", func() bool { return fresh() == "102" })
	if got, err := serialOn(c); got != "101" || err != nil {
		t.Errorf("the connection that was open has certificate %s, %v", got, err)
	}

	// Files that do not fit each other, and one that is none, are told and not used.
	const kept = "the new certificate is not used, the old one stays"
	cert, err := os.ReadFile(s.pki.cert)
	if err != nil {
		t.Fatal(err)
	}
	s.pki.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "stray-key.pem")
	good := filepath.Join(s.pki.dir, "good-key.pem")
	if err := os.Rename(s.pki.key, good); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(s.pki.dir, "stray-key.pem"), s.pki.key); err != nil {
		t.Fatal(err)
	}
	s.procs[0].logged(kept, 1)
	if got := fresh(); got != "102" {
		t.Errorf("with a key that does not fit new connections get %s", got)
	}
	if err := os.Rename(good, s.pki.key); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.pki.cert, cert[:len(cert)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	s.procs[0].logged(kept, 2)
	if got := fresh(); got != "102" {
		t.Errorf("with half a certificate new connections get %s", got)
	}
	s.pki.issue()
	until(t, "the third certificate", func() bool { return fresh() == "103" })
	close(stop)
	knocking.Wait()
	if !slices.IsSorted(seen) || !slices.Contains(seen, "102") { // each once, as others are left out, and none comes back
		t.Errorf("new connections got the certificates %q", seen)
	}

	feed(body[len(body)/2:], true)
	r := <-done
	if r.err != nil || r.status != http.StatusAccepted {
		t.Fatalf("the upload that was open: %v, status %d\n%s", r.err, r.status, r.body)
	}
	var m message
	c.decode(r.body, &m)
	until(t, "its end state", func() bool { return c.message(m.ID).State == "accepted" })
	if got, err := serialOn(c); got != "101" || err != nil {
		t.Errorf("the first connection has certificate %s, %v", got, err)
	}
	s.stop()
}

// clientCert makes a certificate for a client by a CA, as files NAME.pem and NAME-key.pem.
func (p *pki) clientCert(ca, name string, days string) {
	p.t.Helper()
	p.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name+"-key.pem", "-out", name+".csr", "-subj", "/CN="+name)
	p.openssl("x509", "-req", "-in", name+".csr", "-CA", ca+".pem", "-CAkey", ca+"-key.pem", "-CAcreateserial", "-days", days, "-out", name+".pem")
}

func (p *pki) authority(name string) {
	p.t.Helper()
	p.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name+"-key.pem", "-out", name+".pem",
		"-days", "2", "-subj", "/CN=Example "+name)
}

// TestClientCertificates asks for certificates of clients, with curl as the client. They are asked for on top of keys: one
// that is not from the authority, or is over, ends the handshake; a good one lets nobody in without a key, and says nothing
// of who comes: that is the key's.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	s := newSite(t, single)
	for _, ca := range []string{"partners", "strangers", "successors"} {
		s.pki.authority(ca)
	}
	s.pki.clientCert("partners", "nordkai", "1")
	s.pki.clientCert("partners", "baltfwd", "1")
	s.pki.clientCert("partners", "over", "-1")
	s.pki.clientCert("strangers", "stranger", "1")
	s.pki.clientCert("successors", "successor", "1")
	asked := filepath.Join(s.pki.dir, "asked.pem")
	put := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(asked+".new", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(asked+".new", asked); err != nil {
			t.Fatal(err)
		}
	}
	pem := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(s.pki.dir, name+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	put(pem("partners"))
	config, err := os.ReadFile(s.configs[0])
	if err != nil {
		t.Fatal(err)
	}
	s.write("node1.yaml", []byte(strings.Replace(string(config), "https: {", "https: {client_ca: "+asked+", ", 1)))
	s.serve()
	s.trade()
	key := s.keyOf("NORDKAI")

	// try gives the status, or "" where there was no answer.
	try := func(cert, key string) string {
		t.Helper()
		args := []string{"--silent", "--show-error", "--max-time", "30", "--cacert", s.pki.ca, "--output", os.DevNull, "--write-out", "%{http_code}"}
		if key != "" {
			args = append(args, "--header", "Authorization: Bearer "+key)
		}
		if cert != "" {
			args = append(args, "--cert", filepath.Join(s.pki.dir, cert+".pem"), "--key", filepath.Join(s.pki.dir, cert+"-key.pem"))
		}
		r := execute(t, exec.Command(tool(t, "curl"), append(args, "https://"+s.procs[0].addr+"/v1/messages")...))
		if r.status != 0 {
			return "" // the handshake ended
		}
		return r.stdout
	}
	for _, tt := range []struct{ name, cert, key, want string }{
		{"its own certificate and its key", "nordkai", key, "200"},
		{"its own certificate and no key", "nordkai", "", "401"},
		{"its own certificate and a wrong key", "nordkai", key[:len(key)-1] + "x", "401"},
		{"no certificate and its key", "", key, "200"},
		{"another partner's certificate: the key says who it is", "baltfwd", key, "200"},
		{"a certificate that is over", "over", key, ""},
		{"a certificate of another authority", "stranger", key, ""},
		{"a certificate of an authority to come", "successor", key, ""},
	} {
		if got := try(tt.cert, tt.key); got != tt.want {
			t.Errorf("%s: status %q, want %q", tt.name, got, tt.want)
		}
	}
	// The authority is replaced while the program runs; a broken file is told and not used.
	put([]byte("no certificate at all"))
	s.procs[0].logged("the new certificate is not used, the old one stays", 1)
	if got := try("nordkai", key); got != "200" {
		t.Errorf("with a broken file of authorities: status %q", got)
	}
	put(pem("successors"))
	until(t, "the new authority", func() bool { return try("successor", key) == "200" })
	if got := try("nordkai", key); got != "" {
		t.Errorf("a certificate of the old authority: status %q", got)
	}
	s.stop()
}
