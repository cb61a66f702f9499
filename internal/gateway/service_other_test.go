package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

func TestServiceEvents(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id := uuid.MustParse("019ab0c1-2345-7678-9abc-def012345678")
	for i := range 6 {
		c.store.events = append(c.store.events, outbox.Event{ID: id, Position: int64(i + 1), Type: outbox.TypeSettled, Subject: "message/1", Mode: "live",
			Partner: []partner.ID{"ACME", "BOLT"}[i%2], At: testTime, Data: `{"state":"accepted"}`, TraceID: "0af7651916cd43dd8448eb211c80319c"})
	}
	c.store.events[5].Filer = "ACME" // BOLT transmitted it
	page, err := c.Events(t.Context(), acme, "", nil, 2, "")
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%+v %v", page, err)
	}
	b, err := json.Marshal(page.Items[1])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"specversion":"1.0","id":"019ab0c1-2345-7678-9abc-def012345678","source":"cargogate","type":"cargogate.message.settled.v1","subject":"message/1",` +
		`"time":"2026-11-23T09:15:00.123456Z","datacontenttype":"application/json","data":{"state":"accepted"},"sequence":"00000000000000000003","cargogatemode":"live",` +
		`"traceparent":"00-0af7651916cd43dd8448eb211c80319c-9abcdef012345678-01"}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	page, err = c.Events(t.Context(), acme, "", nil, 0, page.Next)
	if err != nil || len(page.Items) != 2 || page.Items[1].Sequence != "00000000000000000006" || page.Next == "" {
		t.Fatalf("%+v %v", page, err)
	}
	if page, err = c.Events(t.Context(), acme, "", nil, 0, page.Next); err != nil || len(page.Items) != 0 || page.Items == nil || page.Next != "" {
		t.Errorf("behind the last: %+v %v", page, err)
	}
	if page, err := c.Events(t.Context(), operator, "", []string{outbox.TypeSettled}, 0, ""); err != nil || len(page.Items) != 6 {
		t.Errorf("staff: %d %v", len(page.Items), err)
	}
	if page, err := c.Events(t.Context(), operator, "", []string{outbox.TypeParked}, 0, ""); err != nil || len(page.Items) != 0 {
		t.Errorf("of another type: %d %v", len(page.Items), err)
	}
	for _, ask := range []func() error{
		func() error { return drop(c.Events(t.Context(), acme, "", []string{"x"}, 0, "")) },
		func() error { return drop(c.Events(t.Context(), acme, "x", nil, 0, "")) },
		func() error { return drop(c.Events(t.Context(), acme, "", nil, -1, "")) },
		func() error { return drop(c.Events(t.Context(), acme, "", nil, 0, newToken("messages", 1))) },
	} {
		if err := ask(); !errors.Is(err, ErrInput) {
			t.Error(err)
		}
	}
	for _, trace := range []string{"", "x", strings.Repeat("0", 32)} {
		e := outbox.Event{ID: id, TraceID: trace}
		if v := eventView(&e); v.TraceParent != "" {
			t.Errorf("trace %q gives %q", trace, v.TraceParent)
		}
	}
}

func TestServiceCheckBody(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	check := func(p partner.Principal, body string) map[string]any {
		t.Helper()
		var b bytes.Buffer
		if err := c.CheckBody(t.Context(), p, "x.edi", strings.NewReader(body), int64(len(body)), &b); err != nil {
			t.Fatal(err)
		}
		var v struct {
			Files []map[string]any `json:"files"`
		}
		if err := json.Unmarshal(b.Bytes(), &v); err != nil || len(v.Files) != 1 {
			t.Fatalf("%v: %s", err, b.Bytes())
		}
		return v.Files[0]
	}
	f := check(bolt, "UNB+UNOC:3+A+B+261123:0915+1'UNZ+0+1'")
	if f["file"] != "x.edi" || f["format"] != "edifact" || len(f["interchanges"].([]any)) != 1 {
		t.Errorf("%v", f)
	}
	// The profile of ACME makes a warning of the code of an empty file.
	code := check(bolt, "")["findings"].([]any)[0].(map[string]any)["code"].(string)
	c.store.profiles[0].Severities = map[diag.Code]diag.Severity{diag.Code(code): diag.Warning}
	dir, err := partner.NewDirectory(t.Context(), c.store, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.partners = dir
	for p, want := range map[*partner.Principal]string{&acme: "warning", &bolt: "error", &data: "error"} {
		if got := check(*p, "")["findings"].([]any)[0].(map[string]any)["severity"]; got != want {
			t.Errorf("%s: %v", p, got)
		}
	}
	// So it does with a tolerance: goods of 100 kg under a total of 101.5.
	heavy := interchange("A", "1", false, filing{reference: "R1", function: "9", bills: []string{"BM:B1"}, mass: "101.5"})
	c.store.profiles[0].MassTolerance = "1.5"
	if c.partners, err = partner.NewDirectory(t.Context(), c.store, nil); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[*partner.Principal]bool{&acme: false, &bolt: true} {
		if got := fmt.Sprint(check(*p, heavy)["findings"]); strings.Contains(got, string(diag.GrossMassTotal)) != want {
			t.Errorf("%s: %s", p, got)
		}
	}
	if len(c.store.rows) != 0 || len(c.store.acts) != 0 {
		t.Error("a check left something behind")
	}
}

func TestServiceCheckBodyTrouble(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	var b bytes.Buffer
	if err := c.CheckBody(t.Context(), acme, "x", strings.NewReader("12345"), 4, &b); !errors.Is(err, transport.ErrTooLarge) || b.Len() != 0 {
		t.Errorf("too large: %v, %d bytes", err, b.Len())
	}
	if err := c.CheckBody(t.Context(), acme, "x", iotest.ErrReader(errDown), 4, &b); !errors.Is(err, errDown) || errors.Is(err, ErrUnavailable) || b.Len() != 0 {
		t.Errorf("the sender fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.CheckBody(ctx, acme, "x", strings.NewReader("1"), 4, &b); !errors.Is(err, context.Canceled) {
		t.Errorf("the sender goes: %v", err)
	}
	if err := c.CheckBody(t.Context(), acme, "x", strings.NewReader("1"), 4, failingWriter{}); !errors.Is(err, errDown) {
		t.Errorf("the reader goes: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errDown }

func TestServiceCheckBodyLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	c := newCounter(t)
	seen := -1
	body := readerFunc(func(b []byte) (int, error) { // looks while the body is spooled
		list, err := os.ReadDir(dir)
		if err != nil {
			return 0, err
		}
		seen = len(list)
		return copy(b, "x"), errDown
	})
	if err := c.CheckBody(t.Context(), acme, "x", body, 10, &bytes.Buffer{}); !errors.Is(err, errDown) || seen != 0 {
		t.Errorf("%v, %d files", err, seen)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	if err := c.CheckBody(t.Context(), acme, "x", strings.NewReader("x"), 10, &bytes.Buffer{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("no room to spool: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestServiceCertificate(t *testing.T) {
	t.Parallel()
	c := full(t)
	c.store.receipts[c.id].Name = "a\u2028<b>&é\n.edi"
	cert, err := c.Certificate(t.Context(), acme, c.id)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := SignedCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schema":1,"id":"` + c.id.String() + `","partner":"ACME","channel":"https","mode":"live","name":"a�<b>&é�.edi","size":24,` +
		`"sha256":"` + cert.SHA256 + `","received_at":"2026-11-23T09:15:00.123456Z","state":"partly_accepted","settled_at":"2026-11-23T09:15:01.123456Z",` +
		`"issued_at":"2026-11-23T10:15:00.123456Z","key_id":"` + c.signer.KeyID() + `"}`
	if string(signed) != want {
		t.Errorf("got  %s\nwant %s", signed, want)
	}
	// It is the same after a way through JSON, escaped in whatever way.
	b, err := json.MarshalIndent(cert, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var back Certificate
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if err := VerifyCertificate(&back, c.signer.Keys()); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Certificate){
		"schema":    func(c *Certificate) { c.Schema = 2 },
		"id":        func(c *Certificate) { c.ID = newID() },
		"partner":   func(c *Certificate) { c.Partner = "BOLT" },
		"channel":   func(c *Certificate) { c.Channel = "x" },
		"mode":      func(c *Certificate) { c.Mode = "test" },
		"name":      func(c *Certificate) { c.Name = "" },
		"size":      func(c *Certificate) { c.Size++ },
		"digest":    func(c *Certificate) { c.SHA256 = strings.Repeat("0", 64) },
		"received":  func(c *Certificate) { c.ReceivedAt = c.ReceivedAt.Add(time.Microsecond) },
		"state":     func(c *Certificate) { c.State = StateRejected },
		"settled":   func(c *Certificate) { c.SettledAt = nil },
		"issued":    func(c *Certificate) { c.IssuedAt = c.IssuedAt.Add(time.Second) },
		"key":       func(c *Certificate) { c.KeyID = "0123456789abcdef" },
		"signature": func(c *Certificate) { c.Signature = base64.StdEncoding.EncodeToString(make([]byte, 64)) },
		"no base64": func(c *Certificate) { c.Signature = "*" },
	} {
		changed := back
		change(&changed)
		if err := VerifyCertificate(&changed, c.signer.Keys()); err == nil {
			t.Errorf("%s was changed and not noticed", name)
		}
	}
	if err := VerifyCertificate(&back, audit.Keys{}); err == nil {
		t.Error("verified without a key")
	}
	row := c.lastRow(t)
	if !strings.Contains(row.Detail, "certificate_sha256") {
		t.Errorf("%+v", row)
	}
	c.signer = nil
	if _, err := c.Certificate(t.Context(), acme, c.id); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a key: %v", err)
	}
}

func TestServiceCertificateOfWhatIsNotSettled(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cert, err := c.Certificate(t.Context(), acme, c.id)
	if err != nil || cert.State != StateReceived || cert.SettledAt != nil {
		t.Errorf("%+v %v", cert, err)
	}
	if err := VerifyCertificate(cert, c.signer.Keys()); err != nil {
		t.Error(err)
	}
}

// tool gives an external program, or skips the test where that is allowed.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(name + " is not here")
	}
	return path
}

// TestServiceCertificateByOpenSSL has another tool verify a certificate as it is handed out, and refuse a changed one.
func TestServiceCertificateByOpenSSL(t *testing.T) {
	t.Parallel()
	openssl := tool(t, "openssl")
	c := full(t)
	cert, err := c.Certificate(t.Context(), acme, c.id)
	if err != nil {
		t.Fatal(err)
	}
	handedOut, err := json.Marshal(cert)
	if err != nil {
		t.Fatal(err)
	}
	// What an auditor does by hand: take the signature off the end.
	body, rest, ok := bytes.Cut(handedOut, []byte(`,"signature":"`))
	if !ok {
		t.Fatalf("%s", handedOut)
	}
	signature, err := base64.StdEncoding.DecodeString(string(bytes.TrimSuffix(rest, []byte(`"}`))))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, sig := write("public.pem", c.signer.PublicPEM()), write("signature", signature)
	right := append(bytes.Clone(body), '}')
	for name, tt := range map[string]struct {
		message []byte
		good    bool
	}{"right": {right, true}, "wrong": {bytes.Replace(right, []byte("partly_accepted"), []byte("accepted"), 1), false}} {
		out, err := exec.CommandContext(t.Context(), openssl, "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin",
			"-in", write(name, tt.message), "-sigfile", sig).CombinedOutput()
		if (err == nil) != tt.good {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

func TestServiceReplay(t *testing.T) {
	t.Parallel()
	c := full(t)
	if err := c.Replay(t.Context(), operator, c.id); !errors.Is(err, ErrInput) {
		t.Errorf("one that is not parked: %v", err)
	}
	s := c.store.settlements[c.id]
	s.State = StateParked
	c.store.settlements[c.id] = s
	if err := c.Replay(t.Context(), operator, c.id); err != nil || !slices.Equal(c.store.acts, []string{"replay " + c.id.String()}) {
		t.Errorf("%v %v", err, c.store.acts)
	}
	if row := c.lastRow(t); row.Action != "message.replay" || row.Object != "message:"+c.id.String() || row.Principal != "staff:ops" {
		t.Errorf("%+v", row)
	}
	select {
	case <-c.claimWake:
	default:
		t.Error("nobody was woken")
	}
	c.store.receipts[c.id].Purged = true
	if err := c.Replay(t.Context(), operator, c.id); !errors.Is(err, ErrInput) {
		t.Errorf("a purged one: %v", err)
	}
	if err := c.Replay(t.Context(), operator, newID()); !errors.Is(err, ErrNotFound) {
		t.Errorf("none: %v", err)
	}
	if err := c.Replay(t.Context(), data, c.id); !errors.Is(err, partner.ErrDenied) {
		t.Errorf("data assistance: %v", err)
	}
}

func TestServiceHold(t *testing.T) {
	t.Parallel()
	c := full(t)
	for _, name := range []string{"", "a b", "a\n", strings.Repeat("a", 65), "ä"} {
		if err := c.Hold(t.Context(), operator, c.id, name); !errors.Is(err, ErrInput) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := c.Hold(t.Context(), operator, c.id, "court-1"); err != nil {
		t.Fatal(err)
	}
	if row := c.lastRow(t); row.Action != "message.hold" || row.Detail != `{"hold":"court-1"}` {
		t.Errorf("%+v", row)
	}
	if _, err := c.Erase(t.Context(), operator, c.id, "asked for"); !errors.Is(err, ErrHeld) {
		t.Errorf("erased under a hold: %v", err)
	}
	if err := c.Unhold(t.Context(), operator, c.id, "court-2"); !errors.Is(err, ErrInput) {
		t.Errorf("another hold: %v", err)
	}
	if err := c.Unhold(t.Context(), operator, c.id, "court-1"); err != nil {
		t.Error(err)
	}
	if want := []string{"hold court-1", "unhold court-1"}; !slices.Equal(c.store.acts, want) {
		t.Errorf("%v", c.store.acts)
	}
	c.store.receipts[c.id].Purged = true
	if err := c.Hold(t.Context(), operator, c.id, "late"); !errors.Is(err, ErrInput) {
		t.Errorf("purged: %v", err)
	}
}

func TestServiceErase(t *testing.T) {
	t.Parallel()
	c := full(t)
	for _, why := range []string{"", "  ", "a\nb", "a\xff", strings.Repeat("a", 501)} {
		if _, err := c.Erase(t.Context(), operator, c.id, why); !errors.Is(err, ErrInput) {
			t.Errorf("%q: %v", why, err)
		}
	}
	if _, err := c.Erase(t.Context(), operator, c.id, "asked for"); !errors.Is(err, ErrInput) {
		t.Errorf("one that is worked on: %v", err)
	}
	c.store.receipts[c.id].State = StatePartlyAccepted
	tomb, err := c.Erase(t.Context(), operator, c.id, " asked for ")
	if err != nil {
		t.Fatal(err)
	}
	if tomb.Why != "erased: asked for" || tomb.Who != "staff:ops" || tomb.Receipt != c.id || tomb.Derived != 3 || tomb.SHA256 != c.store.receipts[c.id].SHA256 {
		t.Errorf("%+v", tomb)
	}
	row := c.lastRow(t)
	if row.Action != "message.erase" || strings.Contains(row.Detail, "asked") {
		t.Errorf("%+v", row)
	}
}

func TestServiceDeliveryActs(t *testing.T) {
	t.Parallel()
	c := full(t)
	d := c.store.deliveries[0].ID
	if err := c.ResendDelivery(t.Context(), data, d); err != nil {
		t.Error(err)
	}
	if row := c.lastRow(t); row.Object != "delivery:"+d.String() || !strings.Contains(row.Detail, `"was":"parked"`) {
		t.Errorf("%+v", row)
	}
	if err := c.ResendDelivery(t.Context(), data, newID()); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	c.store.paused = 1 // after a restore
	if n, err := c.ResumeDeliveries(t.Context(), operator); err != nil || n != 4 {
		t.Errorf("%d %v", n, err)
	}
	if want := []string{"resend " + d.String(), "cursor 0"}; !slices.Equal(c.store.acts, want) {
		t.Errorf("%v", c.store.acts)
	}
	if n, err := c.ResumeDeliveries(t.Context(), operator); err != nil || n != 0 || len(c.store.acts) != 2 {
		t.Errorf("where nothing is paused: %d, %v, %v", n, err, c.store.acts)
	}
	tester := operator
	tester.Mode = cargo.TrafficTest
	if _, err := c.ResumeDeliveries(t.Context(), tester); !errors.Is(err, partner.ErrDenied) {
		t.Errorf("for tests: %v", err)
	}
	if err := c.ResendDelivery(t.Context(), tester, d); !errors.Is(err, partner.ErrHidden) {
		t.Errorf("for tests: %v", err)
	}
	if _, err := c.PurgeReport(t.Context(), tester, time.Time{}, 0); !errors.Is(err, partner.ErrDenied) {
		t.Errorf("for tests: %v", err)
	}
}

func TestServiceStaffLists(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	if page, err := c.PurgeReport(t.Context(), operator, time.Time{}, 0); err != nil || page.Items == nil {
		t.Errorf("%+v %v", page, err)
	}
	c.store.tombstones = []Tombstone{{Receipt: c.id}}
	if page, err := c.PurgeReport(t.Context(), operator, time.Time{}, 0); err != nil || len(page.Items) != 1 {
		t.Errorf("%+v %v", page, err)
	}
	if _, err := c.PurgeReport(t.Context(), operator, time.Time{}, -1); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	page, err := c.Partners(t.Context(), officer)
	if err != nil {
		t.Fatal(err)
	}
	var ids []partner.ID
	for _, p := range page.Items {
		ids = append(ids, p.ID)
	}
	if d := cmp.Diff([]partner.ID{"ACME", "BOLT", "CARGO"}, ids); d != "" {
		t.Error(d)
	}
}
