package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/config"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/store/sqlite"
)

// A logbook keeps what a node logs.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// line gives the first line with a message, nil where there is none.
func (l *logbook) line(t *testing.T, msg string) map[string]any {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if v["msg"] == msg {
			return v
		}
	}
	return nil
}

// settings gives a configuration over a folder of its own, with addresses that are free.
func settings(t *testing.T) *config.Config {
	t.Helper()
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	c.Folder.Root = filepath.Join(t.TempDir(), "drop")
	c.Folder.Poll, c.Folder.Settle = config.Duration(20*time.Millisecond), config.Duration(20*time.Millisecond)
	c.HTTPS = config.HTTPS{Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Plain: true, DrainWait: config.Duration(300 * time.Millisecond),
		DrainMax: config.Duration(20 * time.Second)}
	c.Limits.DiskFree = 1 << 20
	c.Work.Lease = config.Duration(5 * time.Second)
	return &c
}

func open(t *testing.T, c *config.Config) (*Node, *logbook) {
	t.Helper()
	log := &logbook{}
	n, err := Open(t.Context(), c, Options{Log: slog.New(slog.NewJSONHandler(log, nil)), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return n, log
}

// start runs a node; the function that it gives ends it and waits.
func start(t *testing.T, n *Node) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// partnerKey makes a partner with a key, and its folder's name.
func partnerKey(t *testing.T, n *Node) string {
	t.Helper()
	by := partner.By{Principal: partner.LocalOperator("test")}
	s := partner.NewService(n.Store, nil)
	if _, err := s.AddPartner(t.Context(), by, partner.Partner{ID: "ACME", Name: "Acme Lines", Roles: []partner.Role{partner.RoleCarrier}}); err != nil {
		t.Fatal(err)
	}
	_, text, err := s.AddKey(t.Context(), by, partner.NewKey{OwnerKind: partner.OwnerPartner, Owner: "ACME", Mode: "live"})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Partners.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return text
}

const body = "UNB+UNOC:3+ACME+CUSTOMS+261123:0915+1'UNZ+0+1'"

// ask gives status and text of an answer.
func ask(t *testing.T, method, url, key string, in io.Reader) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
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

// soon waits for a condition.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in 20 s", what)
		}
	}
}

// TestOpenRefuses: each thing that can be wrong is told, and nothing stays open: the same configuration without the fault
// opens at once.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, path, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, c *config.Config) (mend func())
		say   string
	}{
		"data is a file": {func(t *testing.T, c *config.Config) func() {
			write(t, c.Data, "")
			return func() { must(t, os.Remove(c.Data)) }
		}, "data"},
		"no database": {func(t *testing.T, c *config.Config) func() {
			write(t, filepath.Join(c.Data, "main.db"), "this is no database, and long enough to be read as one")
			return func() { must(t, os.Remove(filepath.Join(c.Data, "main.db"))) }
		}, "main.db"},
		"another process has it": {func(t *testing.T, c *config.Config) func() {
			must(t, sqlite.Migrate(t.Context(), c.Data))
			s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: c.Data})
			must(t, err)
			return func() { must(t, s.Close()) }
		}, "another"},
		"no PostgreSQL": {func(_ *testing.T, c *config.Config) func() {
			c.Store.Kind, c.Store.DSN = "postgres", "host=127.0.0.1 port=1 connect_timeout=1"
			return func() { c.Store.Kind = "sqlite" }
		}, "127.0.0.1"},
		"no connection string": {func(_ *testing.T, c *config.Config) func() {
			c.Store.Kind, c.Store.DSN = "postgres", "file:/nonexistent/dsn"
			return func() { c.Store.Kind = "sqlite" }
		}, "/nonexistent/dsn"},
		"originals are a file": {func(t *testing.T, c *config.Config) func() {
			write(t, c.BlobDir(), "")
			return func() { must(t, os.Remove(c.BlobDir())) }
		}, "originals"},
		"no secret of S3": {func(_ *testing.T, c *config.Config) func() {
			c.Blobs.Kind, c.Blobs.S3.AccessKey = "s3", "file:/nonexistent/key"
			return func() { c.Blobs.Kind = "fs" }
		}, "/nonexistent/key"},
		"no audit key": {func(t *testing.T, c *config.Config) func() {
			write(t, c.AuditKey(), "no key")
			return func() { must(t, os.Remove(c.AuditKey())) }
		}, "audit-key"},
		"no queue of jobs": {func(t *testing.T, c *config.Config) func() {
			must(t, sqlite.Migrate(t.Context(), c.Data))
			must(t, os.MkdirAll(filepath.Join(c.Data, "jobs.db"), 0o700))
			return func() { must(t, os.Remove(filepath.Join(c.Data, "jobs.db"))) }
		}, "jobs"},
		"no such role": {func(_ *testing.T, c *config.Config) func() {
			c.Roles = []string{"bake"}
			return func() { c.Roles = []string{config.RoleAll} }
		}, "bake"},
		"the address is taken": {func(t *testing.T, c *config.Config) func() {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			c.HTTPS.Listen = l.Addr().String()
			return func() { must(t, l.Close()) }
		}, "https.listen"},
		"the other address is taken": {func(t *testing.T, c *config.Config) func() {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			c.HTTPS.Admin = l.Addr().String()
			return func() { must(t, l.Close()) }
		}, "https.admin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := settings(t)
			mend := tt.spoil(t, c)
			n, err := Open(t.Context(), c, Options{Log: slog.New(slog.DiscardHandler)})
			if err == nil || n != nil {
				t.Fatalf("opened: %v", errors.Join(err, n.Close()))
			}
			if !strings.Contains(err.Error(), tt.say) {
				t.Errorf("%v, which does not speak of %q", err, tt.say)
			}
			mend()
			if n, err = Open(t.Context(), c, Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
				t.Fatalf("once it is mended: %v", err)
			}
			must(t, n.Close())
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRoles: a role starts what it names and nothing else.
func TestRoles(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]struct{ api, folder, works bool }{
		config.RoleReceive: {true, true, false}, config.RoleProcess: {false, false, true}, config.RoleDeliver: {false, false, false},
		config.RoleAll: {true, true, true},
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			c := settings(t)
			c.Roles = []string{role}
			n, log := open(t, c)
			partnerKey(t, n)
			// One message is there before.
			id := uuid.Must(uuid.NewV7())
			seed(t, n, id)
			store := n.Store
			inbox := filepath.Join(c.Folder.Root, "acme", "in")
			must(t, os.MkdirAll(inbox, 0o700))
			must(t, os.WriteFile(filepath.Join(inbox, "a.edi"), []byte(body), 0o600))
			start(t, n)
			soon(t, "the line that says ready", func() bool { return log.line(t, "ready") != nil })
			ready := log.line(t, "ready")
			if addr, _ := ready["addr"].(string); (addr != "") != want.api || want.api && addr != n.Addr().String() {
				t.Errorf("the API is at %v", ready["addr"])
			}
			if admin, ok := ready["admin"].(string); !ok || !strings.HasPrefix(admin, "127.0.0.1:") {
				t.Errorf("health is at %v", ready["admin"])
			}
			done := func() bool {
				r, err := store.Receipt(t.Context(), id)
				must(t, err)
				return r.State.Final()
			}
			taken := func() bool {
				_, err := os.Stat(filepath.Join(inbox, "a.edi"))
				return errors.Is(err, os.ErrNotExist)
			}
			if want.works {
				soon(t, "the message is worked on", done)
			}
			if want.folder {
				soon(t, "the file is taken", taken)
			}
			time.Sleep(300 * time.Millisecond) // many times what it takes where it is done
			if !want.works && done() {
				t.Error("a node without that role works on messages")
			}
			if !want.folder && taken() {
				t.Error("a node without that role takes files")
			}
		})
	}
}

// seed accepts one message as a transport would.
func seed(t *testing.T, n *Node, id uuid.UUID) {
	t.Helper()
	_, err := n.Store.Accept(t.Context(), []gateway.Arrival{{Receipt: gateway.Receipt{ID: id, Partner: "ACME", Principal: "partner:ACME", Channel: "https", Kind: "https",
		Mode: "live", Name: "x.edi", Size: 1, SHA256: [32]byte{1}, Retention: "default", Inline: []byte("no zstd"), State: gateway.StateReceived}}})
	must(t, err)
	// What is no body is parked at the third attempt: an end state, whatever is in it.
}

// TestReadyTurns: a node says that it is ready, and is not when its disk is full, and is again.
func TestReadyTurns(t *testing.T) {
	t.Parallel()
	c := settings(t)
	n, _ := open(t, c)
	admin := "http://" + n.AdminAddr().String()
	checks := map[string]func(context.Context) (string, error){}
	for _, check := range n.checks() {
		checks[check.Name] = check.Func
	}
	start(t, n)
	soon(t, "ready", func() bool {
		status, _ := ask(t, http.MethodGet, admin+"/readyz", "", nil)
		return status == http.StatusOK
	})
	if status, _ := ask(t, http.MethodGet, admin+"/livez", "", nil); status != http.StatusOK {
		t.Errorf("/livez: %d", status)
	}
	for _, name := range []string{"database", "blob", "disk", "partitions", "clock"} {
		if text, err := checks[name](t.Context()); err != nil || text == "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	full := *n // a node of the same parts whose floor is higher than any disk
	high := *c
	high.Limits.DiskFree = 1 << 62
	full.config = &high
	if _, err := full.checkDisk(t.Context()); err == nil || !strings.Contains(err.Error(), "limits.disk_free") {
		t.Errorf("under the floor: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := checks["clock"](gone); err == nil {
		t.Error("a clock that cannot be asked is in order")
	}
}

// TestDrain: when it is to end, a node is not ready first; what comes in then still ends; what was received is kept; and
// nothing stays open.
func TestDrain(t *testing.T) {
	t.Parallel()
	c := settings(t)
	n, _ := open(t, c)
	key := partnerKey(t, n)
	api, admin := "http://"+n.Addr().String(), "http://"+n.AdminAddr().String()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	ready := func() int { status, _ := ask(t, http.MethodGet, admin+"/readyz", "", nil); return status }
	soon(t, "ready", func() bool { return ready() == http.StatusOK })

	// A sender in the middle of its body.
	in, out := io.Pipe()
	type answer struct {
		status int
		text   string
	}
	answered := make(chan answer, 1)
	go func() {
		status, text := ask(t, http.MethodPost, api+"/v1/messages", key, in)
		answered <- answer{status, text}
	}()
	_, err := io.WriteString(out, body[:10])
	must(t, err)

	cancel()
	soon(t, "not ready", func() bool { return ready() == http.StatusServiceUnavailable })
	select {
	case err := <-done:
		t.Fatalf("it ended before the request that was in progress: %v", err)
	case a := <-answered:
		t.Fatalf("the request in progress was ended: %+v", a)
	case <-time.After(600 * time.Millisecond): // longer than drain_wait
	}
	if ready() != http.StatusServiceUnavailable {
		t.Error("health is not told any more while a request is in progress")
	}
	_, err = io.WriteString(out, body[10:])
	must(t, errors.Join(err, out.Close()))
	a := <-answered
	if a.status != http.StatusAccepted {
		t.Fatalf("the request in progress: %+v", a)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(t, http.MethodGet, admin+"/livez", "", nil); status != 0 {
		t.Errorf("health is still served: %d", status)
	}
	var v struct{ ID uuid.UUID }
	must(t, json.Unmarshal([]byte(a.text), &v))
	again, _ := open(t, c) // nothing stayed open
	defer func() { must(t, again.Close()) }()
	if _, err := again.Store.Receipt(t.Context(), v.ID); err != nil {
		t.Errorf("what was acknowledged while it ended: %v", err)
	}
}

// TestOneThatFailsEndsTheOthers: a transport that cannot go on ends the node, with its error, and nothing stays open.
func TestOneThatFailsEndsTheOthers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*config.Config)
		spoil  func(*testing.T, *Node)
		say    string
	}{
		"the listener has gone": {func(*config.Config) {}, func(t *testing.T, n *Node) { must(t, n.listener.Close()) }, "https: "},
		"no certificate": {func(c *config.Config) {
			c.HTTPS.Plain, c.HTTPS.Cert, c.HTTPS.Key = false, "/nonexistent/cert.pem", "/nonexistent/key.pem"
		}, func(*testing.T, *Node) {}, "/nonexistent/cert.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := settings(t)
			tt.change(c)
			n, _ := open(t, c)
			tt.spoil(t, n)
			done := make(chan error, 1)
			go func() { done <- n.Run(context.Background()) }()
			select {
			case err := <-done:
				if err == nil || !strings.Contains(err.Error(), tt.say) {
					t.Errorf("ended with %v, which does not speak of %q", err, tt.say)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("it goes on without its API")
			}
			c.HTTPS = config.HTTPS{}
			again, _ := open(t, c)
			must(t, again.Close())
		})
	}
}

// TestRetentionIsTold: a class that has gone from the configuration is told at the start.
func TestRetentionIsTold(t *testing.T) {
	t.Parallel()
	c := settings(t)
	if gone, there, err := UnretainedPartners(t.Context(), c); gone != nil || there || err != nil {
		t.Errorf("where there is no database: %v %v %v", gone, there, err)
	}
	n, log := open(t, c)
	by := partner.By{Principal: partner.LocalOperator("test")}
	_, err := partner.NewService(n.Store, nil).AddPartner(t.Context(), by, partner.Partner{ID: "ACME", Name: "Acme", Roles: []partner.Role{partner.RoleCarrier}, Retention: "long"})
	must(t, errors.Join(err, n.Close()))
	if strings.Contains(log.String(), "retention class") {
		t.Errorf("told before there was a partner: %s", log)
	}
	n, log = open(t, c)
	must(t, n.Close())
	if !strings.Contains(log.String(), `"level":"WARN"`) || !strings.Contains(log.String(), `"partner":"ACME","class":"long"`) {
		t.Errorf("told: %s", log)
	}
	if gone, there, err := UnretainedPartners(t.Context(), c); len(gone) != 1 || !there || err != nil {
		t.Errorf("%v %v %v", gone, there, err)
	}
	c.Retention.Classes = map[string]config.Duration{"long": 0}
	n, log = open(t, c)
	must(t, n.Close())
	if strings.Contains(log.String(), "retention class") {
		t.Errorf("told where it is there: %s", log)
	}
}
