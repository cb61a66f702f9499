package gateway

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/intake"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// fakeStore holds what reading and settling ask of a store, in memory and for one goroutine.
type fakeStore struct {
	Store
	partners []partner.Partner
	mandates []partner.Mandate
	profiles []partner.Profile
	channels []partner.Channel

	now         time.Time
	receipts    []*Receipt
	settlements map[uuid.UUID]Settlement
	attempts    map[Fence]*Rows
	documents   map[string]Document
	links       map[uuid.UUID]string
	calls       []CallRow
	events      []outbox.Event
	deliveries  []outbox.Delivery
	audit       []audit.Row
	staged      int     // calls of Stage
	onStage     func()  // instead of keeping what is staged
	indexed     []Fence // calls of Staged
	mostRows    int     // in one
	queries     map[string]int
}

func (f *fakeStore) Partners(context.Context) ([]partner.Partner, error) { return f.partners, nil }
func (f *fakeStore) Mandates(context.Context) ([]partner.Mandate, error) { return f.mandates, nil }
func (f *fakeStore) Profiles(context.Context) ([]partner.Profile, error) { return f.profiles, nil }
func (f *fakeStore) Channels(context.Context) ([]partner.Channel, error) { return f.channels, nil }
func (f *fakeStore) Keys(context.Context) ([]partner.Key, error)         { return nil, nil }
func (f *fakeStore) Users(context.Context) ([]partner.User, error)       { return nil, nil }
func (f *fakeStore) Generation(context.Context) (int64, error)           { return 1, nil }
func (f *fakeStore) Now(context.Context) (time.Time, error)              { return f.now, nil }

func (f *fakeStore) state(r *Receipt) State {
	if s, ok := f.settlements[r.ID]; ok {
		return s.State
	}
	return StateReading
}

func (f *fakeStore) Earlier(_ context.Context, p partner.ID, mode cargo.Traffic, before int64) (bool, error) {
	f.queries["earlier"]++
	return slices.ContainsFunc(f.receipts, func(r *Receipt) bool {
		return r.Partner == p && r.Mode == mode && r.Seq < before && !f.state(r).Final()
	}), nil
}

func (f *fakeStore) Priors(_ context.Context, p partner.ID, mode cargo.Traffic, sha [32]byte, control string, before int64, since time.Time) (out []Prior, err error) {
	f.queries["priors"]++
	for _, r := range slices.Backward(f.receipts) {
		if r.Partner != p || r.Mode != mode || r.Seq >= before || r.ReceivedAt.Before(since) {
			continue
		}
		hit := r.SHA256 == sha || control != "" && r.Control == control
		if s, ok := f.settlements[r.ID]; ok && control != "" {
			hit = hit || slices.ContainsFunc(f.attempts[s.Fence].Controls, func(c ControlRow) bool { return c.Control == control })
		}
		if hit && len(out) < 20 {
			out = append(out, Prior{Receipt: r.ID, Seq: r.Seq, SHA256: r.SHA256, Control: r.Control, State: f.state(r), DuplicateOf: f.settlements[r.ID].DuplicateOf})
		}
	}
	return out, nil
}

func (f *fakeStore) Receipt(_ context.Context, id uuid.UUID) (Receipt, error) {
	for _, r := range f.receipts {
		if r.ID == id {
			return *r, nil
		}
	}
	return Receipt{}, ErrNotFound
}

func (f *fakeStore) Settlement(_ context.Context, id uuid.UUID) (Settlement, error) {
	if s, ok := f.settlements[id]; ok {
		return s, nil
	}
	return Settlement{}, ErrNotFound
}

func (f *fakeStore) rows(id uuid.UUID) *Rows {
	if s, ok := f.settlements[id]; ok && f.attempts[s.Fence] != nil {
		return f.attempts[s.Fence]
	}
	return &Rows{}
}

func (f *fakeStore) Messages(_ context.Context, id uuid.UUID) ([]MessageRow, error) {
	return f.rows(id).Messages, nil
}

func (f *fakeStore) Answers(_ context.Context, id uuid.UUID) ([]outbox.Answer, error) {
	return f.rows(id).Answers, nil
}

func (f *fakeStore) Answer(_ context.Context, id uuid.UUID) (outbox.Answer, error) {
	for _, rows := range f.attempts {
		for _, a := range rows.Answers {
			if a.ID == id {
				return a, nil
			}
		}
	}
	return outbox.Answer{}, ErrNotFound
}

func (f *fakeStore) Versions(_ context.Context, keys []string) (map[string][]Version, error) {
	f.queries["versions"]++
	out := map[string][]Version{}
	for _, s := range f.settlements {
		for _, m := range f.rows(s.Receipt).Messages {
			if m.DocumentKey != "" && slices.Contains(keys, m.DocumentKey) {
				out[m.DocumentKey] = append(out[m.DocumentKey], Version{Order: m.Order, Receipt: m.Receipt, Op: m.Op, Original: m.Original, Took: m.Took, Filer: m.Filer})
			}
		}
	}
	for _, v := range out {
		slices.SortFunc(v, func(a, b Version) int {
			return cmp.Or(cmp.Compare(a.Order.Seq, b.Order.Seq), cmp.Compare(a.Order.Message, b.Order.Message))
		})
	}
	return out, nil
}

// visible gives all visible consignments, by order and ordinal.
func (f *fakeStore) visible() (out []*ConsignmentRow) {
	for _, s := range f.settlements {
		rows := f.rows(s.Receipt)
		for i := range rows.Consignments {
			out = append(out, &rows.Consignments[i])
		}
	}
	slices.SortFunc(out, func(a, b *ConsignmentRow) int {
		return cmp.Or(cmp.Compare(a.Order.Seq, b.Order.Seq), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return out
}

func (f *fakeStore) Consignments(_ context.Context, q ConsignmentQuery) (page ConsignmentPage, err error) {
	f.queries["consignments"]++
	for _, c := range f.visible() {
		if c.Mode != q.Mode || q.Viewer != "" && c.Partner != q.Viewer && c.Filer != q.Viewer || len(q.States) > 0 && !slices.Contains(q.States, c.State) {
			continue
		}
		if !slices.ContainsFunc(q.Terms, func(t string) bool { return !slices.Contains(c.Terms, t) }) {
			page.Items = append(page.Items, *c)
		}
	}
	return page, nil
}

func (f *fakeStore) insert(fence Fence, rows *Rows) {
	all := f.attempts[fence]
	if all == nil {
		all = &Rows{}
		f.attempts[fence] = all
	}
	all.Messages = append(all.Messages, rows.Messages...)
	all.Consignments = append(all.Consignments, rows.Consignments...)
	all.Equipment = append(all.Equipment, rows.Equipment...)
	all.Controls = append(all.Controls, rows.Controls...)
	all.Answers = append(all.Answers, rows.Answers...)
}

func (f *fakeStore) Stage(_ context.Context, fence Fence, rows *Rows) error {
	f.staged++
	f.mostRows = max(f.mostRows, len(rows.Consignments), len(rows.Messages))
	if f.onStage != nil {
		f.onStage()
		return nil
	}
	f.insert(fence, rows)
	return nil
}

func (f *fakeStore) Staged(_ context.Context, fence Fence) error {
	f.indexed = append(f.indexed, fence)
	return nil
}

func (f *fakeStore) Update(_ context.Context, do func(Tx) error) error {
	tx := &fakeTx{f: f}
	if err := do(tx); err != nil {
		return err
	}
	for _, commit := range tx.commit {
		commit()
	}
	return nil
}

// fakeTx does at its end what it was told, in that order, but for what is asked for again within it.
type fakeTx struct {
	Tx
	f       *fakeStore
	locked  bool
	commit  []func()
	settled []Settlement
}

func (t *fakeTx) Now() time.Time { return t.f.now }

func (t *fakeTx) LockDocuments(ctx context.Context, docs []Document) (map[string][]Version, error) {
	if t.locked || !slices.IsSortedFunc(docs, func(a, b Document) int { return cmp.Compare(a.Key, b.Key) }) {
		return nil, fmt.Errorf("locked twice, or not in order")
	}
	t.locked = true
	keys := make([]string, len(docs))
	for i, d := range docs {
		keys[i] = d.Key
	}
	return t.f.Versions(ctx, keys)
}

func (t *fakeTx) Settle(_ context.Context, s Settlement) error {
	r, err := t.f.Receipt(context.Background(), s.Receipt)
	if err != nil {
		return err
	}
	if _, done := t.f.settlements[s.Receipt]; done || r.Attempt != s.Attempt {
		return fmt.Errorf("%w: %s", ErrFenced, s.Receipt)
	}
	t.settled = append(t.settled, s)
	t.commit = append(t.commit, func() { s.SettledAt = t.f.now; t.f.settlements[s.Receipt] = s })
	return nil
}

func (t *fakeTx) Insert(_ context.Context, rows *Rows) error {
	for _, s := range t.settled {
		var own Rows
		for _, m := range rows.Messages {
			if m.Receipt == s.Receipt {
				own.Messages = append(own.Messages, m)
			}
		}
		for _, c := range rows.Consignments {
			if c.Receipt == s.Receipt {
				own.Consignments = append(own.Consignments, c)
			}
		}
		for _, e := range rows.Equipment {
			if e.Receipt == s.Receipt {
				own.Equipment = append(own.Equipment, e)
			}
		}
		for _, c := range rows.Controls {
			if c.Receipt == s.Receipt {
				own.Controls = append(own.Controls, c)
			}
		}
		for _, a := range rows.Answers {
			if a.Receipt == s.Receipt {
				own.Answers = append(own.Answers, a)
			}
		}
		t.commit = append(t.commit, func() { t.f.insert(s.Fence, &own) })
	}
	return nil
}

func (t *fakeTx) MergeCalls(_ context.Context, calls []CallRow) (ids []uuid.UUID, err error) {
	for _, c := range calls {
		i := slices.IndexFunc(t.f.calls, func(k CallRow) bool {
			return k.Mode == c.Mode && k.Vessel == c.Vessel && k.Port == c.Port && k.ETA.Sub(c.ETA).Abs() <= 72*time.Hour
		})
		if i < 0 {
			t.f.calls = append(t.f.calls, c)
			i = len(t.f.calls) - 1
		}
		ids = append(ids, t.f.calls[i].ID)
	}
	return ids, nil
}

// Refold is what the store does by SQL; it has to run over what the transaction inserted, and so at its end. The
// consignments that it changes are told all the same.
func (t *fakeTx) Refold(_ context.Context, p Plan, limit int) ([]Changed, error) {
	var changed []Changed
	apply := func() {
		var bills []Bill
		var rows []*ConsignmentRow
		for _, c := range t.f.visible() {
			if c.DocumentKey == p.Key {
				bills = append(bills, Bill{c.Order, c.Ordinal, c.BillKey, c.Op, c.State})
				rows = append(rows, c)
			}
		}
		for i, state := range BillStates(p, bills) {
			if rows[i].State != state && len(changed) < limit {
				changed = append(changed, Changed{rows[i].ID, rows[i].Receipt, rows[i].Partner, rows[i].Filer, rows[i].Number, rows[i].State, state})
			}
			rows[i].State = state
		}
	}
	for _, commit := range t.commit {
		commit()
	}
	t.commit = nil
	apply()
	return changed, nil
}

func (t *fakeTx) PutDocument(_ context.Context, d Document) error {
	t.commit = append(t.commit, func() { t.f.documents[d.Key] = d })
	return nil
}

func (t *fakeTx) Emit(_ context.Context, events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) error {
	t.commit = append(t.commit, func() {
		t.f.events, t.f.deliveries, t.f.audit = append(t.f.events, events...), append(t.f.deliveries, deliveries...), append(t.f.audit, rows...)
	})
	return nil
}

// relink does what the linker does, over everything.
func (f *fakeStore) relink() {
	all := f.visible()
	f.links = map[uuid.UUID]string{}
	for _, c := range all {
		parents, houses, packages := 0, 0, int64(0)
		for _, o := range all {
			if o.State != ConsignmentAccepted || o == c || o.Mode != c.Mode {
				continue
			}
			if c.ParentKey != "" && o.BillKey == c.ParentKey {
				parents++
			}
			if o.ParentKey != "" && o.ParentKey == c.BillKey {
				houses++
				packages += o.Packages
			}
		}
		if c.State == ConsignmentAccepted {
			f.links[c.ID] = LinkOf(c.Level, c.ParentKey != "", parents, houses, c.Packages, packages)
		}
	}
}

// A desk is a reading half over a fakeStore.
type desk struct {
	t     testing.TB
	store *fakeStore
	g     *Gateway
	body  map[uuid.UUID][]byte
}

// Invented partners: a carrier with an address and a number, its agent with a mandate, a stranger, and one who says no
// more than its ID.
func newDesk(t testing.TB, change func(*fakeStore)) *desk {
	t.Helper()
	f := &fakeStore{settlements: map[uuid.UUID]Settlement{}, attempts: map[Fence]*Rows{}, documents: map[string]Document{}, queries: map[string]int{},
		now: time.Date(2026, 11, 23, 9, 15, 0, 123456000, time.UTC),
		partners: []partner.Partner{
			{ID: "NORDKAI", Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: "NORDKAI"}, {Scheme: partner.SchemeSCAC, Value: "NRDK"}}},
			{ID: "VELOFRACHT", Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: "VELO-EDI"}}},
			{ID: "STRANGER"},
		},
		mandates: []partner.Mandate{{ID: "M1", Filer: "NORDKAI", Agent: "VELOFRACHT", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
			Until: new(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))}},
		channels: []partner.Channel{{Partner: "NORDKAI", Name: "https", Kind: "https", Mode: cargo.TrafficLive},
			{Partner: "VELOFRACHT", Name: "folder", Kind: "folder", Mode: cargo.TrafficLive}},
	}
	if change != nil {
		change(f)
	}
	return &desk{t: t, store: f, g: gatewayOver(t, f), body: map[uuid.UUID][]byte{}}
}

// gatewayOver makes a gateway of which only reading and settling are used.
func gatewayOver(t testing.TB, f *fakeStore) *Gateway {
	t.Helper()
	dir, err := partner.NewDirectory(t.Context(), f, func() time.Time { return f.now })
	if err != nil {
		t.Fatal(err)
	}
	g := &Gateway{store: f, partners: dir, log: slog.New(slog.NewTextHandler(io.Discard, nil)), opts: Options{}}
	g.opts.setDefaults()
	return g
}

// accept puts a file among the receipts, a minute after the one before.
func (d *desk) accept(by partner.ID, body string) *Receipt {
	f := d.store
	head := intake.SniffHead([]byte(body)[:min(len(body), intake.HeadSize)])
	f.now = f.now.Add(time.Minute)
	r := &Receipt{ID: newID(), Seq: int64(len(f.receipts) + 1), Partner: by, Channel: "https", Kind: "https", Mode: cargo.TrafficLive, Name: "in.edi",
		Size: int64(len(body)), SHA256: sha256.Sum256([]byte(body)), Control: head.Control, ReceivedAt: f.now, Attempt: 1, TraceID: strings.Repeat("ab", 16)}
	if head.Test {
		r.Mode = cargo.TrafficTest
	}
	f.receipts = append(f.receipts, r)
	d.body[r.ID] = []byte(body)
	return r
}

func (d *desk) read(r *Receipt) *outcome {
	d.t.Helper()
	b := d.body[r.ID]
	out, err := d.g.read(d.t.Context(), r, Original{ReaderAt: bytes.NewReader(b), Closer: io.NopCloser(nil), Size: int64(len(b)), SHA256: r.SHA256, Name: r.Name})
	if err != nil {
		d.t.Fatalf("read: %v", err)
	}
	return out
}

// do reads and settles a receipt that does not wait.
func (d *desk) do(r *Receipt) Settlement {
	d.t.Helper()
	out := d.read(r)
	if out.verdict != settleIt {
		d.t.Fatal("it waits")
	}
	again, err := d.g.settle(d.t.Context(), []*outcome{out})
	if err != nil || len(again) > 0 {
		d.t.Fatalf("settle: %v, %d again", err, len(again))
	}
	return d.store.settlements[r.ID]
}

// send accepts, reads and settles.
func (d *desk) send(by partner.ID, body string) Settlement {
	d.t.Helper()
	return d.do(d.accept(by, body))
}

// codes gives the findings of a settlement, severity and code.
func (d *desk) codes(s Settlement) string {
	d.t.Helper()
	b, err := unpackJSON(s.Result)
	if err != nil {
		d.t.Fatal(err)
	}
	var v struct {
		Findings []struct{ Code, Severity, Text string }
		Counts   struct{ Error, Warning, Note int64 }
	}
	if err := json.Unmarshal(b, &v); err != nil {
		d.t.Fatalf("%v: %s", err, b)
	}
	if v.Counts.Error != s.Errors || v.Counts.Warning != s.Warnings || v.Counts.Note != s.Notes {
		d.t.Errorf("counts %+v beside %+v", v.Counts, s)
	}
	var out []string
	for _, f := range v.Findings {
		if f.Text == "" {
			d.t.Errorf("%s has no text", f.Code)
		}
		out = append(out, f.Severity+" "+f.Code)
	}
	return strings.Join(out, ", ")
}

// bills gives the visible consignments of a receipt as "number state".
func (d *desk) bills() string {
	var out []string
	for _, c := range d.store.visible() {
		out = append(out, fmt.Sprintf("%d:%s %s", c.Order.Seq, c.Number, c.State))
	}
	return strings.Join(out, ", ")
}

// A filing is one message of an invented manifest.
type filing struct {
	reference, function string
	bills               []string // "BM:NUMBER", or "MB:…" and "BH:…"
	filer               string   // value of NAD+MS
	mass                string   // total of each bill; its goods weigh 100
}

// interchange writes filings by sender with a control reference; test marks it as a test.
func interchange(sender, control string, test bool, filings ...filing) string {
	var b strings.Builder
	flag := ""
	if test {
		flag = "++1"
	}
	fmt.Fprintf(&b, "UNB+UNOC:3+%s+CUSTOMS+261123:0915+%s++++1%s'", sender, control, flag)
	for i, f := range filings {
		segments := []string{"BGM+85+" + f.reference + "+" + f.function}
		if f.filer != "" {
			segments = append(segments, "NAD+MS+"+f.filer+":172:20")
		}
		segments = append(segments, "TDT+20+047W+1++NRDK:172:20+++9732149:146:11:NORDIC HERON", "LOC+60+NLRTM", "DTM+132:202611252200:203")
		masters := map[string]bool{}
		n := 0
		for _, bill := range f.bills {
			kind, number, _ := strings.Cut(bill, ":")
			number, parent, house := strings.Cut(number, "<")
			if !house {
				parent = number
			}
			if !masters[parent] {
				masters[parent] = true
				n++
				segments = append(segments, fmt.Sprintf("CNI+%d+%s", n, parent))
			}
			segments = append(segments, "RFF+"+kind+":"+number)
			if f.mass != "" {
				segments = append(segments, "CNT+7:"+f.mass+":KGM")
			}
			segments = append(segments, "NAD+CN+++MAASHAVEN LOGISTICS BV:KADE 7", "GID+1+10:CT", "FTX+AAA+++GARDEN FURNITURE", "MEA+AAE+G+KGM:100")
		}
		fmt.Fprintf(&b, "UNH+%d+CUSCAR:D:95B:UN'%s'UNT+%d+%d'", i+1, strings.Join(segments, "'"), len(segments)+2, i+1)
	}
	fmt.Fprintf(&b, "UNZ+%d+%s'", len(filings), control)
	return b.String()
}

// one is an interchange of the carrier with one filing.
func one(control, reference, function string, bills ...string) string {
	return interchange("NORDKAI", control, false, filing{reference: reference, function: function, bills: bills})
}
