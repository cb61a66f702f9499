package https

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// fake is a whole Service in memory: what is received is accepted at once, or as soon as settle says.
type fake struct {
	mu       sync.Mutex
	messages map[uuid.UUID]*stored
	acts     map[string]uuid.UUID
	order    []uuid.UUID
	calls    []string // acts of the staff
	searched gateway.Search
	asked    gateway.CallQuery
	types    []string
	limit    int
	after    string

	admit    error         // of Admit
	admitted func(int64)   // called by Admit
	fail     error         // of Receive, after the body was read
	err      error         // of everything else
	settle   chan struct{} // nil: what is received is final at once; else when it is closed
	panics   bool          // Message panics
	slow     chan struct{} // Receive waits for it before it reads the body
	reading  chan struct{} // Receive says here that it begins
	broken   bool          // Original fails half-way
	checked  string        // name given to CheckBody
}

type stored struct {
	view  gateway.MessageView
	owner string
	body  []byte
	d     transport.Delivery
}

func newFake() *fake {
	return &fake{messages: map[uuid.UUID]*stored{}, acts: map[string]uuid.UUID{}}
}

// keys of the fake: text to principal.
var keys = map[string]partner.Principal{
	"acme":      {Kind: partner.KindPartner, ID: "ACME", Mode: cargo.TrafficLive, Key: "K1"},
	"acme-test": {Kind: partner.KindPartner, ID: "ACME", Mode: cargo.TrafficTest, Key: "K2"},
	"other":     {Kind: partner.KindPartner, ID: "OTHER", Mode: cargo.TrafficLive, Key: "K3"},
	"otto":      {Kind: partner.KindStaff, ID: "otto", Roles: []partner.StaffRole{partner.StaffOfficer}, Mode: cargo.TrafficLive, Key: "K9"},
	"ana":       {Kind: partner.KindStaff, ID: "ana", Roles: []partner.StaffRole{partner.StaffOperator}, Mode: cargo.TrafficLive, Key: "K4"},
}

// Authenticate implements Authenticator.
func (f *fake) Authenticate(_ context.Context, key string) (partner.Principal, error) {
	if key == "down" {
		return partner.Principal{}, fmt.Errorf("keys: %w", gateway.ErrUnavailable)
	}
	p, ok := keys[key]
	if !ok {
		return p, partner.ErrUnauthenticated
	}
	return p, nil
}

// Admit implements transport.Receiver.
func (f *fake) Admit(_ context.Context, _ partner.Principal, size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.admitted != nil {
		f.admitted(size)
	}
	return f.admit
}

// Receive implements transport.Receiver.
func (f *fake) Receive(ctx context.Context, d *transport.Delivery) (transport.Receipt, error) {
	if f.reading != nil {
		f.reading <- struct{}{}
	}
	if f.slow != nil {
		select {
		case <-f.slow:
		case <-ctx.Done():
			return transport.Receipt{}, ctx.Err()
		}
	}
	h := sha256.New()
	var kept strings.Builder
	n, err := io.Copy(io.MultiWriter(h, limited{&kept}), d.Body)
	if err != nil {
		return transport.Receipt{}, fmt.Errorf("receive: %w", err)
	}
	sum := [32]byte(h.Sum(nil))
	if d.SHA256 != nil && sum != *d.SHA256 {
		return transport.Receipt{}, fmt.Errorf("receive: %w", transport.ErrDigest)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return transport.Receipt{}, f.fail
	}
	act := d.Principal.ID + "/" + string(d.Mode) + "/" + d.TransportID
	if id, ok := f.acts[act]; ok && d.TransportID != "" {
		m := f.messages[id]
		if m.view.SHA256 != hex.EncodeToString(sum[:]) {
			return transport.Receipt{}, fmt.Errorf("receive: %w", transport.ErrTransportID)
		}
		return transport.Receipt{ID: id, Mode: d.Mode, ReceivedAt: m.view.ReceivedAt, SHA256: sum, Size: n, Repeated: true}, nil
	}
	id := uuid.Must(uuid.NewV7())
	v := gateway.MessageView{ID: id, State: gateway.StateReceived, Mode: d.Mode, ReceivedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Partner: d.Principal.Partner(), Channel: d.Channel, Name: d.Name, Size: n, SHA256: hex.EncodeToString(sum[:]), TraceID: d.TraceID}
	f.messages[id] = &stored{view: v, owner: d.Principal.ID, body: []byte(kept.String()), d: *d}
	f.order = append(f.order, id)
	if d.TransportID != "" {
		f.acts[act] = id
	}
	return transport.Receipt{ID: id, AcceptSeq: int64(len(f.order)), Mode: d.Mode, ReceivedAt: v.ReceivedAt, SHA256: sum, Size: n}, nil
}

// limited keeps the first MiB.
type limited struct{ *strings.Builder }

func (l limited) Write(p []byte) (int, error) {
	if l.Len() < 1<<20 {
		l.Builder.Write(p)
	}
	return len(p), nil
}

func (f *fake) last() *stored {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.order) == 0 {
		return nil
	}
	return f.messages[f.order[len(f.order)-1]]
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.order)
}

func (f *fake) find(p partner.Principal, id uuid.UUID) (*stored, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	m := f.messages[id]
	if m == nil {
		return nil, fmt.Errorf("message %s: %w", id, gateway.ErrNotFound)
	}
	if p.Kind == partner.KindPartner && m.owner != p.ID {
		return nil, fmt.Errorf("message %s: %w", id, partner.ErrHidden)
	}
	return m, nil
}

// Message implements Service.
func (f *fake) Message(_ context.Context, p partner.Principal, id uuid.UUID) (*gateway.MessageView, error) {
	if f.panics {
		panic("the fake was told to")
	}
	m, err := f.find(p, id)
	if err != nil {
		return nil, err
	}
	v := m.view
	return &v, nil
}

// Await implements Service.
func (f *fake) Await(ctx context.Context, p partner.Principal, id uuid.UUID, d time.Duration) (*gateway.MessageView, error) {
	v, err := f.Message(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if f.settle != nil {
		select {
		case <-f.settle:
		case <-time.After(d):
			return v, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	v.State = gateway.StateAccepted
	v.Findings = gateway.Counts{Warning: 1}
	v.Messages = json.RawMessage(`[{"type":"CUSCAR"}]`)
	return v, nil
}

// Messages implements Service.
func (f *fake) Messages(_ context.Context, p partner.Principal, mode cargo.Traffic, states []gateway.State, limit int, after string) (page gateway.Page[*gateway.MessageView], err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limit, f.after = limit, after
	if after == "bad" {
		return page, fmt.Errorf("%w: after is no token", gateway.ErrInput)
	}
	for i := len(f.order) - 1; i >= 0; i-- {
		m := f.messages[f.order[i]]
		if m.view.Mode != mode || p.Kind == partner.KindPartner && m.owner != p.ID {
			continue
		}
		if len(states) > 0 && !strings.Contains(fmt.Sprint(states), string(m.view.State)) {
			continue
		}
		if len(page.Items) == limit {
			page.Next = "more"
			break
		}
		v := m.view
		page.Items = append(page.Items, &v)
	}
	return page, f.err
}

// Findings implements Service.
func (f *fake) Findings(_ context.Context, p partner.Principal, id uuid.UUID) (gateway.Page[rawJSON], error) {
	if _, err := f.find(p, id); err != nil {
		return gateway.Page[rawJSON]{}, err
	}
	return gateway.Page[rawJSON]{Items: []rawJSON{rawJSON(`{"code":"EDI0029","severity":"error","text":"a < b & c"}`)}}, nil
}

// Original implements Service.
func (f *fake) Original(_ context.Context, p partner.Principal, id uuid.UUID) (*gateway.Original, error) {
	m, err := f.find(p, id)
	if err != nil {
		return nil, err
	}
	var r io.ReaderAt = strings.NewReader(string(m.body))
	if f.broken {
		r = brokenReaderAt{}
	}
	return &gateway.Original{ReaderAt: r, Closer: io.NopCloser(nil), Size: int64(len(m.body)), SHA256: sha256.Sum256(m.body),
		Name: m.view.Name, ContentType: "text/html"}, nil
}

type brokenReaderAt struct{}

func (brokenReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if off > 0 {
		return 0, errors.New("the disk is gone")
	}
	return copy(p, "some"), errors.New("the disk is gone")
}

var ackID = uuid.MustParse("01958a3e-0000-7000-8000-000000000001")

// Acknowledgements implements Service.
func (f *fake) Acknowledgements(_ context.Context, p partner.Principal, id uuid.UUID) (gateway.Page[gateway.AckView], error) {
	m, err := f.find(p, id)
	if err != nil || m.view.State == gateway.StateReceived && f.settle != nil {
		return gateway.Page[gateway.AckView]{}, err
	}
	return gateway.Page[gateway.AckView]{Items: []gateway.AckView{{ID: ackID, Kind: "CONTRL", State: "available", CreatedAt: m.view.ReceivedAt}}}, nil
}

// Acknowledgement implements Service.
func (f *fake) Acknowledgement(_ context.Context, p partner.Principal, id, ack uuid.UUID) (*outbox.Answer, error) {
	if _, err := f.find(p, id); err != nil {
		return nil, err
	}
	if ack != ackID {
		return nil, gateway.ErrNotFound
	}
	return &outbox.Answer{ID: ack, Receipt: id, Kind: "CONTRL", Body: []byte("UNB+UNOA:1'")}, nil
}

func someConsignment(record string) *gateway.ConsignmentView {
	return &gateway.ConsignmentView{ID: ackID, MessageID: ackID, State: "accepted", Status: "matched", Record: json.RawMessage(record)}
}

// MessageConsignments implements Service.
func (f *fake) MessageConsignments(_ context.Context, p partner.Principal, id uuid.UUID, _ int, _ string) (page gateway.Page[*gateway.ConsignmentView], err error) {
	if _, err := f.find(p, id); err != nil {
		return page, err
	}
	page.Items = append(page.Items, someConsignment(`{"level":"house","state":"theirs","items":[{"description":"A < B"}]}`))
	return page, nil
}

// Certificate implements Service.
func (f *fake) Certificate(_ context.Context, p partner.Principal, id uuid.UUID) (*gateway.Certificate, error) {
	m, err := f.find(p, id)
	if err != nil {
		return nil, err
	}
	return &gateway.Certificate{Schema: 1, ID: id, SHA256: m.view.SHA256}, nil
}

// CheckBody implements Service.
func (f *fake) CheckBody(_ context.Context, _ partner.Principal, name string, body io.Reader, _ int64, w io.Writer) error {
	f.checked = name
	n, err := io.Copy(io.Discard, body)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if f.err != nil {
		return f.err
	}
	if _, err = fmt.Fprintf(w, `{"schema":1,"files":[{"file":%q,"bytes":%d}`, name, n); err != nil {
		return err
	}
	if name == "large.edi" {
		_, _ = w.Write([]byte(strings.Repeat(" ", heldBack)))
	}
	if f.fail != nil {
		return f.fail
	}
	_, err = io.WriteString(w, "]}")
	return err
}

// Search implements Service.
func (f *fake) Search(_ context.Context, _ partner.Principal, s gateway.Search) (page gateway.Page[*gateway.ConsignmentView], err error) {
	f.searched = s
	if f.err == nil && s.Q != "" {
		page.Items = append(page.Items, someConsignment(`{"level":"house"}`))
	}
	return page, f.err
}

// Consignment implements Service.
func (f *fake) Consignment(_ context.Context, p partner.Principal, id uuid.UUID) (*gateway.ConsignmentView, error) {
	switch {
	case f.err != nil:
		return nil, f.err
	case id != ackID:
		return nil, gateway.ErrNotFound
	case p.ID == "OTHER":
		return nil, partner.ErrHidden
	}
	v := someConsignment(`{"level":"house"}`)
	v.Links = &gateway.LinksView{Parents: []uuid.UUID{ackID}}
	return v, nil
}

// Calls implements Service.
func (f *fake) Calls(_ context.Context, _ partner.Principal, q gateway.CallQuery) (gateway.Page[gateway.Call], error) {
	f.asked = q
	return gateway.Page[gateway.Call]{}, f.err
}

// Events implements Service.
func (f *fake) Events(_ context.Context, _ partner.Principal, mode cargo.Traffic, types []string, _ int, _ string) (page gateway.Page[*gateway.EventView], err error) {
	f.types = types
	page.Items = append(page.Items, &gateway.EventView{SpecVersion: "1.0", Mode: string(mode)})
	return page, f.err
}

// act notes what the staff did.
func (f *fake) act(p partner.Principal, format string, args ...any) error {
	if p.Kind != partner.KindStaff {
		return fmt.Errorf("act: %w", partner.ErrDenied)
	}
	if f.err != nil {
		return f.err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
	sort.Strings(f.calls)
	return nil
}

// Replay implements Service.
func (f *fake) Replay(_ context.Context, p partner.Principal, id uuid.UUID) error {
	return f.act(p, "replay %s", id)
}

// Hold implements Service.
func (f *fake) Hold(_ context.Context, p partner.Principal, id uuid.UUID, name string) error {
	return f.act(p, "hold %s %s", id, name)
}

// Unhold implements Service.
func (f *fake) Unhold(_ context.Context, p partner.Principal, id uuid.UUID, name string) error {
	return f.act(p, "unhold %s %s", id, name)
}

// Erase implements Service.
func (f *fake) Erase(_ context.Context, p partner.Principal, id uuid.UUID, why string) (*gateway.Tombstone, error) {
	return &gateway.Tombstone{Receipt: id, Why: why, Size: 7}, f.act(p, "erase %s %s", id, why)
}

// ResendDelivery implements Service.
func (f *fake) ResendDelivery(_ context.Context, p partner.Principal, id uuid.UUID) error {
	return f.act(p, "resend %s", id)
}

// ResumeDeliveries implements Service.
func (f *fake) ResumeDeliveries(_ context.Context, p partner.Principal) (int64, error) {
	return 3, f.act(p, "resume")
}

// PurgeReport implements Service.
func (f *fake) PurgeReport(_ context.Context, p partner.Principal, since time.Time, limit int) (gateway.Page[gateway.Tombstone], error) {
	return gateway.Page[gateway.Tombstone]{Items: []gateway.Tombstone{{Receipt: ackID, Why: "expired"}}},
		f.act(p, "purges %s %d", since.Format(time.DateOnly), limit)
}

// Partners implements Service.
func (f *fake) Partners(_ context.Context, p partner.Principal) (gateway.Page[partner.Partner], error) {
	return gateway.Page[partner.Partner]{}, f.act(p, "partners")
}

// caseView is the case of the fake.
func caseView(state caseq.State) *gateway.CaseView {
	return &gateway.CaseView{ID: ackID, Number: "26-000001", State: state, Points: 42, Band: "high", Assessable: true, Reasons: json.RawMessage(`[{"indicator":"to-order@1"}]`),
		Groups: []caseq.Group{{Kind: "equipment", Value: "MSCU1234566"}}, Message: ackID, Cargo: "accepted", OpenedAt: time.Unix(0, 0).UTC(), UpdatedAt: time.Unix(0, 0).UTC(),
		Consignment: &gateway.ConsignmentView{ID: ackID, MessageID: ackID, State: "accepted", Status: "assessed", Record: json.RawMessage(`{"record":"consignment","level":"house"}`)}}
}

// caseCall notes a call and gives the case, or the error of the fake, or a conflict where the lease is "over".
func (f *fake) caseCall(lease, format string, args ...any) (*gateway.CaseView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
	if f.err != nil {
		return nil, f.err
	}
	if lease == "over" {
		return nil, fmt.Errorf("%w: the lease is over", gateway.ErrConflict)
	}
	v := caseView(caseq.InReview)
	v.Lease = "token"
	return v, nil
}

func (f *fake) Cases(_ context.Context, p partner.Principal, q gateway.CaseQuery) (gateway.Page[*gateway.CaseView], error) {
	v, err := f.caseCall("", "cases %v %s %s %v %d %s", q.States, q.Group, q.Port, q.Mine, q.Limit, q.After)
	if err != nil {
		return gateway.Page[*gateway.CaseView]{}, err
	}
	v.Consignment, v.Lease = nil, ""
	return gateway.Page[*gateway.CaseView]{Items: []*gateway.CaseView{v}, Next: "n"}, nil
}

func (f *fake) Case(_ context.Context, _ partner.Principal, id uuid.UUID) (*gateway.CaseView, error) {
	if id != ackID {
		return nil, gateway.ErrNotFound
	}
	return f.caseCall("", "case")
}

func (f *fake) LeaseCases(_ context.Context, _ partner.Principal, max int, d time.Duration, q gateway.CaseQuery) (gateway.Page[*gateway.CaseView], error) {
	v, err := f.caseCall("", "lease %d %s %s %s", max, d, q.Group, q.Port)
	if err != nil {
		return gateway.Page[*gateway.CaseView]{}, err
	}
	return gateway.Page[*gateway.CaseView]{Items: []*gateway.CaseView{v}}, nil
}

func (f *fake) LeaseCase(_ context.Context, _ partner.Principal, _ uuid.UUID, d time.Duration) (*gateway.CaseView, error) {
	return f.caseCall("", "lease one %s", d)
}

func (f *fake) ExtendCase(_ context.Context, _ partner.Principal, _ uuid.UUID, lease string, d time.Duration) (*gateway.CaseView, error) {
	return f.caseCall(lease, "extend %s %s", lease, d)
}

func (f *fake) ReturnCase(_ context.Context, _ partner.Principal, _ uuid.UUID, lease string) (*gateway.CaseView, error) {
	return f.caseCall(lease, "return %s", lease)
}

func (f *fake) DecideCase(_ context.Context, _ partner.Principal, _ uuid.UUID, a gateway.CaseAct) (*gateway.CaseView, error) {
	return f.caseCall(a.Lease, "decide %+v", a)
}

func (f *fake) NoteCase(_ context.Context, _ partner.Principal, _ uuid.UUID, lease, note string) (*gateway.CaseView, error) {
	return f.caseCall(lease, "note %s", note)
}

func (f *fake) OutcomeCase(_ context.Context, _ partner.Principal, _ uuid.UUID, lease string, o caseq.Finding) (*gateway.CaseView, error) {
	return f.caseCall(lease, "outcome %s %s %s %s", o.Result, o.Family, o.On, o.Note)
}

func (f *fake) ImportOutcomes(_ context.Context, _ partner.Principal, source string, lines []gateway.OutcomeLine) ([]gateway.OutcomeReport, error) {
	if _, err := f.caseCall("", "import %s %v", source, lines); err != nil {
		return nil, err
	}
	var out []gateway.OutcomeReport
	for _, l := range lines {
		out = append(out, gateway.OutcomeReport{Line: l.Line, State: "recorded", Case: ackID})
	}
	return out, nil
}
