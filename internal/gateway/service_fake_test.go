package gateway

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// The codecs make channels when they are first used, which must be outside of any bubble of synctest.
func init() {
	packJSON(nil)
	packBody(nil)
}

// A viewStore is a Store in memory that the service methods read from. What it is asked is kept, so that a test sees how
// a question was put.
type viewStore struct {
	Store

	mu           sync.Mutex
	auditErr     error // of AppendAudit
	settleErr    error // of Settlement
	rows         []audit.Row
	receipts     map[uuid.UUID]*Receipt
	settlements  map[uuid.UUID]Settlement
	messages     map[uuid.UUID][]MessageRow
	consignments []ConsignmentRow
	links        map[uuid.UUID][2][]uuid.UUID
	answers      []outbox.Answer
	deliveries   []outbox.Delivery
	events       []outbox.Event
	calls        []Call
	tombstones   []Tombstone
	profiles     []partner.Profile
	acts         []string // what was done, by name
	paused       int64    // where the cursor of paused deliveries is

	askedFor  ConsignmentQuery
	askedCall CallQuery
}

func (v *viewStore) did(format string, args ...any) {
	v.acts = append(v.acts, fmt.Sprintf(format, args...))
}

func (v *viewStore) Partners(context.Context) ([]partner.Partner, error) {
	return []partner.Partner{{ID: "ACME", Name: "Acme Lines", Profile: "kind"}, {ID: "BOLT"}, {ID: "CARGO"}}, nil
}
func (v *viewStore) Mandates(context.Context) ([]partner.Mandate, error) { return nil, nil }
func (v *viewStore) Keys(context.Context) ([]partner.Key, error)         { return nil, nil }
func (v *viewStore) Channels(context.Context) ([]partner.Channel, error) { return nil, nil }
func (v *viewStore) Users(context.Context) ([]partner.User, error)       { return nil, nil }
func (v *viewStore) Profiles(context.Context) ([]partner.Profile, error) { return v.profiles, nil }
func (v *viewStore) Generation(context.Context) (int64, error)           { return 1, nil }
func (v *viewStore) Now(context.Context) (time.Time, error)              { return testTime.Add(time.Hour), nil }
func (v *viewStore) Tombstones(context.Context, time.Time, int) ([]Tombstone, error) {
	return v.tombstones, nil
}

func (v *viewStore) AppendAudit(_ context.Context, rows []audit.Row) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.auditErr == nil {
		v.rows = append(v.rows, rows...)
	}
	return v.auditErr
}

func (v *viewStore) Receipt(_ context.Context, id uuid.UUID) (Receipt, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.receipts[id]
	if r == nil {
		return Receipt{}, fmt.Errorf("%w: receipt %s", ErrNotFound, id)
	}
	return *r, nil
}

func (v *viewStore) Receipts(_ context.Context, q ReceiptQuery) ([]Receipt, error) {
	var out []Receipt
	for _, r := range v.receipts {
		if r.Mode == q.Mode && (q.Partner == "" || r.Partner == q.Partner) && (q.Before == 0 || r.Seq < q.Before) &&
			(len(q.States) == 0 || slices.Contains(q.States, r.State)) {
			bare := *r
			bare.Inline = nil
			out = append(out, bare)
		}
	}
	slices.SortFunc(out, func(a, b Receipt) int { return cmp.Compare(b.Seq, a.Seq) })
	return out[:min(q.Limit, len(out))], nil
}

func (v *viewStore) Settlement(_ context.Context, id uuid.UUID) (Settlement, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.settleErr != nil {
		return Settlement{}, v.settleErr
	}
	s, ok := v.settlements[id]
	if !ok {
		return s, fmt.Errorf("%w: settlement of %s", ErrNotFound, id)
	}
	return s, nil
}

func (v *viewStore) Messages(_ context.Context, id uuid.UUID) ([]MessageRow, error) {
	return v.messages[id], nil
}

func (v *viewStore) Consignments(_ context.Context, q ConsignmentQuery) (page ConsignmentPage, err error) {
	v.askedFor = q
	from := 0
	if q.After != "" {
		if _, err := fmt.Sscanf(q.After, "at%d", &from); err != nil {
			return page, fmt.Errorf("%w: token", ErrInput)
		}
	}
	for i := from; i < len(v.consignments); i++ {
		c := v.consignments[i]
		if c.Mode != q.Mode || q.Receipt != uuid.Nil && c.Receipt != q.Receipt || q.Viewer != "" && c.Partner != q.Viewer && c.Filer != q.Viewer {
			continue
		}
		if slices.ContainsFunc(q.Terms, func(t string) bool { return !slices.Contains(c.Terms, t) }) {
			continue
		}
		if len(page.Items) == q.Limit {
			page.Next = fmt.Sprintf("at%d", i)
			break
		}
		page.Items = append(page.Items, c)
	}
	return page, nil
}

func (v *viewStore) Consignment(_ context.Context, id uuid.UUID) (ConsignmentRow, error) {
	for _, c := range v.consignments {
		if c.ID == id {
			return c, nil
		}
	}
	return ConsignmentRow{}, fmt.Errorf("%w: consignment %s", ErrNotFound, id)
}

func (v *viewStore) Links(_ context.Context, id uuid.UUID) (parents, houses []uuid.UUID, err error) {
	return v.links[id][0], v.links[id][1], nil
}

func (v *viewStore) Calls(_ context.Context, q CallQuery) ([]Call, string, error) {
	v.askedCall = q
	return slices.Clone(v.calls), "", nil
}

func (v *viewStore) Answers(_ context.Context, id uuid.UUID) (out []outbox.Answer, err error) {
	for _, a := range v.answers {
		if a.Receipt == id {
			a.Body = nil
			out = append(out, a)
		}
	}
	return out, nil
}

func (v *viewStore) Answer(_ context.Context, id uuid.UUID) (outbox.Answer, error) {
	for _, a := range v.answers {
		if a.ID == id {
			return a, nil
		}
	}
	return outbox.Answer{}, ErrNotFound
}

func (v *viewStore) Deliveries(_ context.Context, id uuid.UUID) (out []outbox.Delivery, err error) {
	for _, d := range v.deliveries {
		if d.Receipt == id {
			out = append(out, d)
		}
	}
	return out, nil
}

func (v *viewStore) Delivery(_ context.Context, id uuid.UUID) (outbox.Delivery, error) {
	for _, d := range v.deliveries {
		if d.ID == id {
			return d, nil
		}
	}
	return outbox.Delivery{}, ErrNotFound
}

func (v *viewStore) Events(_ context.Context, q outbox.Query) (out []outbox.Event, err error) {
	for _, e := range v.events {
		if e.Position > q.After && e.Mode == q.Mode && len(out) < q.Limit && (q.Partner == "" || e.Partner == q.Partner || e.Filer == q.Partner) &&
			(len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) {
			out = append(out, e)
		}
	}
	return out, nil
}

func (v *viewStore) Replay(_ context.Context, id uuid.UUID, row audit.Row) error {
	v.did("replay %s", id)
	v.rows = append(v.rows, row)
	return nil
}

func (v *viewStore) Hold(_ context.Context, id uuid.UUID, name string, row audit.Row) error {
	v.did("hold %s", name)
	v.rows = append(v.rows, row)
	v.receipts[id].Holds = append(v.receipts[id].Holds, name)
	return nil
}

func (v *viewStore) Unhold(_ context.Context, id uuid.UUID, name string, row audit.Row) error {
	v.did("unhold %s", name)
	v.rows = append(v.rows, row)
	v.receipts[id].Holds = slices.DeleteFunc(v.receipts[id].Holds, func(h string) bool { return h == name })
	return nil
}

func (v *viewStore) Purge(_ context.Context, t Tombstone, row audit.Row) (Tombstone, error) {
	v.did("purge %s", t.Why)
	v.rows = append(v.rows, row)
	t.Derived = 3
	return t, nil
}

func (v *viewStore) ResendDelivery(_ context.Context, id uuid.UUID) error {
	v.did("resend %s", id)
	return nil
}

func (v *viewStore) PendingDeliveries(context.Context) (int64, error) { return 4, nil }

func (v *viewStore) Cursor(context.Context, string) (int64, error) { return v.paused, nil }

func (v *viewStore) Update(_ context.Context, f func(Tx) error) error { return f(viewTx{store: v}) }

// A viewTx sets the cursor of paused deliveries.
type viewTx struct {
	Tx
	store *viewStore
}

func (t viewTx) SetCursor(_ context.Context, name string, from, to int64) error {
	if name != pausedCursor || from != t.store.paused {
		return ErrFenced
	}
	t.store.paused = to
	t.store.did("cursor %d", to)
	return nil
}

// A viewBlobs has nothing, and lets all be deleted.
type viewBlobs struct{ blob.Store }

func (viewBlobs) Delete(context.Context, string) error { return nil }
func (viewBlobs) Head(_ context.Context, key string) (blob.Object, error) {
	return blob.Object{}, fmt.Errorf("%w: %s", blob.ErrNotFound, key)
}
func (viewBlobs) Open(_ context.Context, key string) (blob.Reader, error) {
	return nil, fmt.Errorf("%w: %s", blob.ErrNotFound, key)
}

var testTime = time.Date(2026, 11, 23, 9, 15, 0, 123456000, time.UTC)

// Principals of the tests.
var (
	acme     = partner.Principal{Kind: partner.KindPartner, ID: "ACME", Mode: cargo.TrafficLive, Key: "k1"}
	acmeTest = partner.Principal{Kind: partner.KindPartner, ID: "ACME", Mode: cargo.TrafficTest, Key: "k2"}
	bolt     = partner.Principal{Kind: partner.KindPartner, ID: "BOLT", Mode: cargo.TrafficLive, Key: "k3"}
	stranger = partner.Principal{Kind: partner.KindPartner, ID: "CARGO", Mode: cargo.TrafficLive, Key: "k4"}
	officer  = partner.Principal{Kind: partner.KindStaff, ID: "ana", Roles: []partner.StaffRole{partner.StaffOfficer}, Mode: cargo.TrafficLive}
	data     = partner.Principal{Kind: partner.KindStaff, ID: "dan", Roles: []partner.StaffRole{partner.StaffData}, Mode: cargo.TrafficLive}
	operator = partner.Principal{Kind: partner.KindStaff, ID: "ops", Roles: []partner.StaffRole{partner.StaffOperator}, Mode: cargo.TrafficLive}
	nobody   = partner.Principal{Kind: partner.KindStaff, ID: "new", Mode: cargo.TrafficLive}
)

// A counter is where a message of ACME lies that filed for itself and for BOLT.
type counter struct {
	*Gateway
	store *viewStore
	id    uuid.UUID // of the receipt
	body  []byte
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{store: &viewStore{receipts: map[uuid.UUID]*Receipt{}, settlements: map[uuid.UUID]Settlement{}, messages: map[uuid.UUID][]MessageRow{},
		links:    map[uuid.UUID][2][]uuid.UUID{},
		profiles: []partner.Profile{{Name: "kind", Severities: map[diag.Code]diag.Severity{"FIL0001": diag.Warning}}}}, body: []byte("UNA:+.? 'UNB+UNOC:3+A+B'")}
	dir, err := partner.NewDirectory(t.Context(), c.store, nil)
	if err != nil {
		t.Fatal(err)
	}
	seed := sha256.Sum256([]byte("gateway"))
	signer := audit.NewSigner(ed25519.NewKeyFromSeed(seed[:]))
	c.Gateway, err = New(c.store, viewBlobs{}, dir, signer, Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: func() time.Time { return testTime }})
	if err != nil {
		t.Fatal(err)
	}
	c.id = c.receipt(t, "ACME", cargo.TrafficLive)
	return c
}

// receipt adds a receipt that is not settled.
func (c *counter) receipt(t *testing.T, of partner.ID, mode cargo.Traffic) uuid.UUID {
	t.Helper()
	r := &Receipt{ID: uuid.Must(uuid.NewV7()), Seq: int64(len(c.store.receipts)) + 1, Partner: of, Channel: "https", Kind: "https", Mode: mode, Name: "a.edi",
		ContentType: "application/edifact", TraceID: "0af7651916cd43dd8448eb211c80319c", Size: int64(len(c.body)), SHA256: sha256.Sum256(c.body),
		ReceivedAt: testTime, Inline: packBody(c.body), State: StateReceived, ExpiresAt: testTime.Add(24 * time.Hour)}
	c.store.receipts[r.ID] = r
	return r.ID
}

const testResult = `{"file":"a.edi","format":"edifact","bytes":24,"interchanges":[{"messages":[{"type":"CUSCAR","reference":"1"}]},{"messages":[{"type":"CUSCAR","reference":"2"}]}],` +
	`"findings":[{"code":"EDI0029","severity":"error","text":"the number is wrong"}],"counts":{"error":1,"warning":2,"note":3,"omitted":0}}`

// settle settles a receipt as partly accepted, with two messages, one filed for another.
func (c *counter) settle(id uuid.UUID, filers ...partner.ID) {
	r := c.store.receipts[id]
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	c.store.settlements[id] = Settlement{Fence: Fence{id, 1}, Mode: r.Mode, State: StatePartlyAccepted, Result: packJSON([]byte(testResult)), Errors: 1, Warnings: 2, Notes: 3,
		SettledAt: testTime.Add(time.Second)}
	for i, filer := range filers {
		at := Order{r.Seq, i + 1}
		c.store.messages[id] = append(c.store.messages[id], MessageRow{Receipt: id, Attempt: 1, Order: at, Mode: r.Mode, Partner: r.Partner, Filer: filer,
			DocReference: fmt.Sprintf("MAN%d", i+1), Registration: RegistrationOf(r.ReceivedAt, r.Mode, at, 0)})
		c.store.consignments = append(c.store.consignments, ConsignmentRow{ID: uuid.Must(uuid.NewV7()), Receipt: id, Attempt: 1, Order: at, Ordinal: int64(i + 1),
			Mode: r.Mode, State: ConsignmentAccepted, Number: fmt.Sprintf("BL%d", i+1), Registration: RegistrationOf(r.ReceivedAt, r.Mode, at, int64(i+1)),
			LegalAt: r.ReceivedAt, Partner: r.Partner, Filer: filer, Terms: []string{"d:" + fmt.Sprintf("BL%d", i+1), "w:steel", "w:pipes"},
			Record: packJSON([]byte(fmt.Sprintf(`{"record":"consignment","schema":1,"level":"master","documents":[{"number":"BL%d"}]}`, i+1)))})
	}
}

// lastRow gives the newest row of the audit log.
func (c *counter) lastRow(t *testing.T) audit.Row {
	t.Helper()
	if len(c.store.rows) == 0 {
		t.Fatal("nothing is in the audit log")
	}
	return c.store.rows[len(c.store.rows)-1]
}

var errDown = errors.New("connection refused")

// readAll gives the bytes of an original.
func readAll(t *testing.T, o *Original) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.NewSectionReader(o, 0, o.Size)); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
