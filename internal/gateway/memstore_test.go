package gateway

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

func init() {
	bodyCodec() // outside of any bubble of synctest, as its channels are shared by all tests
}

// memStore is a Store in memory, for tests of the gateway's own logic; methods that it lacks panic. It keeps time by
// time.Now, so that it runs in a bubble of synctest. A hook that is set may fail a call, or hold it up.
type memStore struct {
	Store
	hook func(call string, ids []uuid.UUID) error

	mu          sync.Mutex
	receipts    []*Receipt
	acts        map[string]uuid.UUID
	commits     [][]uuid.UUID // accepted together
	rows        []audit.Row
	settlements map[uuid.UUID]Settlement
	events      []outbox.Event
	numbered    int
	deliveries  map[uuid.UUID]*outbox.Delivery
	leased      map[uuid.UUID]time.Time
	answers     map[uuid.UUID]outbox.Answer
	cursors     map[string]int64
	bills       map[uuid.UUID][]string
	changedBy   map[string]uuid.UUID // receipts of the consignments with these bills
	unlinked    map[string]bool      // bills whose consignment is not linked yet
	relinks     [][]string
	tombstones  []Tombstone
	calls       map[string]int
	wake        chan struct{}

	partners []partner.Partner
	channels []partner.Channel
}

func newMemStore() *memStore {
	return &memStore{acts: map[string]uuid.UUID{}, settlements: map[uuid.UUID]Settlement{}, deliveries: map[uuid.UUID]*outbox.Delivery{},
		leased: map[uuid.UUID]time.Time{}, answers: map[uuid.UUID]outbox.Answer{}, cursors: map[string]int64{}, bills: map[uuid.UUID][]string{},
		unlinked: map[string]bool{}, calls: map[string]int{}, wake: make(chan struct{}, 1),
		partners: []partner.Partner{{ID: "ACME"}, {ID: "BOREAS"}, {ID: "IDLE", Suspended: true}, {ID: "SMALL", DailyFiles: 2, DailyBytes: 1000}},
		channels: []partner.Channel{{Partner: "ACME", Name: "folder", Kind: "folder", Mode: cargo.TrafficLive}, {Partner: "ACME", Name: "odd", Kind: "pigeon"},
			{Partner: "IDLE", Name: "folder", Kind: "folder", Mode: cargo.TrafficLive}},
	}
}

// begin counts a call, asks the hook, and takes the lock: the caller releases it.
func (m *memStore) begin(call string, ids ...uuid.UUID) error {
	m.mu.Lock()
	m.calls[call]++
	hook := m.hook
	m.mu.Unlock()
	if hook != nil {
		if err := hook(call, ids); err != nil {
			return err
		}
	}
	return nil
}

func (m *memStore) count(call string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[call]
}

func (m *memStore) find(id uuid.UUID) *Receipt {
	for _, r := range m.receipts {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (m *memStore) Accept(_ context.Context, arrivals []Arrival) ([]Accepted, error) {
	ids := make([]uuid.UUID, len(arrivals))
	for i := range arrivals {
		ids[i] = arrivals[i].ID
	}
	if err := m.begin("accept", ids...); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.commits = append(m.commits, ids)
	out := make([]Accepted, len(arrivals))
	for i := range arrivals {
		a := &arrivals[i]
		act := fmt.Sprint(a.Partner, a.Kind, a.Mode, a.TransportID)
		if first, ok := m.acts[act]; ok && a.TransportID != "" {
			f := m.find(first)
			out[i] = Accepted{ID: f.ID, Seq: f.Seq, ReceivedAt: f.ReceivedAt, Repeated: true, SameBytes: f.SHA256 == a.SHA256}
			continue
		}
		r := a.Receipt
		r.Seq, r.ReceivedAt = int64(len(m.receipts)+1), time.Now().UTC()
		if a.RetainFor > 0 {
			r.ExpiresAt = r.ReceivedAt.Add(a.RetainFor)
		}
		m.receipts = append(m.receipts, &r)
		m.acts[act] = r.ID
		m.rows = append(m.rows, a.Audit)
		out[i] = Accepted{ID: r.ID, Seq: r.Seq, ReceivedAt: r.ReceivedAt}
	}
	return out, nil
}

func (m *memStore) Usage(_ context.Context, p partner.ID, mode cargo.Traffic) (u Usage, err error) {
	if err := m.begin("usage"); err != nil {
		return u, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.receipts {
		if r.Partner == p && r.Mode == mode {
			u.Files, u.Bytes = u.Files+1, u.Bytes+r.Size
		}
	}
	return u, nil
}

func (m *memStore) Backlog(context.Context) (b Backlog, err error) {
	if err := m.begin("backlog"); err != nil {
		return b, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.receipts {
		if !r.State.Final() {
			b.Unfinished++
			b.Oldest = max(b.Oldest, time.Since(r.ReceivedAt))
		}
	}
	return b, nil
}

func (m *memStore) Claim(_ context.Context, q ClaimRequest) (out []Receipt, err error) {
	if err := m.begin("claim"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.receipts {
		if _, done := m.settlements[r.ID]; done || r.State.Final() || r.Lane != q.Lane || time.Now().Before(r.LeaseUntil) || len(out) == q.Max {
			continue
		}
		r.Attempt++
		r.State, r.LeaseUntil = StateReading, time.Now().Add(q.Lease)
		out = append(out, *r)
	}
	return out, nil
}

// current gives the receipt of a fence that holds. The lock is held.
func (m *memStore) current(f Fence) (*Receipt, error) {
	r := m.find(f.Receipt)
	if _, done := m.settlements[f.Receipt]; done || r == nil || r.Attempt != f.Attempt || r.State != StateReading {
		return nil, ErrFenced
	}
	return r, nil
}

func (m *memStore) Renew(_ context.Context, fences []Fence, lease time.Duration) (lost []Fence, err error) {
	if err := m.begin("renew"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range fences {
		if r, err := m.current(f); err == nil {
			r.LeaseUntil = time.Now().Add(lease)
		} else {
			lost = append(lost, f)
		}
	}
	return lost, nil
}

func (m *memStore) Wait(_ context.Context, f Fence, delay time.Duration) error {
	if err := m.begin("wait", f.Receipt); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.current(f)
	if err != nil {
		return err
	}
	r.State, r.LeaseUntil = StateWaiting, time.Now().Add(delay)
	if r.WaitingFrom.IsZero() {
		r.WaitingFrom = time.Now()
	}
	return nil
}

func (m *memStore) Fail(_ context.Context, f Fence, reason string, delay time.Duration, most int, parked func(Receipt) (Settlement, []outbox.Event, []audit.Row)) (State, error) {
	if err := m.begin("fail", f.Receipt); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.current(f)
	if err != nil {
		return "", err
	}
	r.Failures++
	r.Reason, r.State, r.LeaseUntil = reason, StateReceived, time.Now().Add(delay)
	if r.Failures >= most {
		s, events, rows := parked(*r)
		r.State, m.settlements[r.ID] = StateParked, s
		m.events, m.rows = append(m.events, events...), append(m.rows, rows...)
	}
	return r.State, nil
}

func (m *memStore) Wake(_ context.Context, p partner.ID, mode cargo.Traffic) error {
	if err := m.begin("wake"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.receipts {
		if r.Partner == p && r.Mode == mode && r.State == StateWaiting {
			r.LeaseUntil = time.Now()
		}
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return nil
}

func (m *memStore) Subscribe(ctx context.Context) (<-chan struct{}, error) {
	if err := m.begin("subscribe"); err != nil {
		return nil, err
	}
	out := make(chan struct{})
	go func() {
		defer close(out)
		for {
			select {
			case <-m.wake:
				select {
				case out <- struct{}{}:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// settle is what the fake reading half commits: the fences of all, or nothing.
func (m *memStore) settle(batch []*outcome) error {
	ids := make([]uuid.UUID, len(batch))
	for i, o := range batch {
		ids[i] = o.settlement.Receipt
	}
	if err := m.begin("settle", ids...); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range batch {
		if _, err := m.current(o.settlement.Fence); err != nil {
			return err
		}
	}
	for _, o := range batch {
		m.settlements[o.settlement.Receipt] = o.settlement
		m.events = append(m.events, outbox.Event{ID: uuid.Must(uuid.NewV7()), Type: outbox.TypeSettled, Subject: "message/" + o.settlement.Receipt.String(),
			Mode: "live", TraceID: "t1"})
	}
	return nil
}

func (m *memStore) Settled(_ context.Context, s []Settlement) error {
	if err := m.begin("settled"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range s {
		m.find(s.Receipt).State = s.State
	}
	return nil
}

func (m *memStore) Settlement(_ context.Context, id uuid.UUID) (Settlement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.settlements[id]
	if !ok {
		return s, ErrNotFound
	}
	return s, nil
}

func (m *memStore) Sweep(context.Context, time.Duration) (n int64, err error) {
	if err := m.begin("sweep"); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, s := range m.settlements {
		if r := m.find(id); r.State != s.State {
			r.State = s.State
			n++
		}
	}
	return n, nil
}

func (m *memStore) Receipt(_ context.Context, id uuid.UUID) (Receipt, error) {
	if err := m.begin("receipt", id); err != nil {
		return Receipt{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.find(id); r != nil {
		return *r, nil
	}
	return Receipt{}, fmt.Errorf("%w: %s", ErrNotFound, id)
}

// all gives copies of all receipts.
func (m *memStore) all() (out []Receipt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.receipts {
		out = append(out, *r)
	}
	return out
}

func (m *memStore) EnsurePartitions(_ context.Context, ahead time.Duration) (time.Time, error) {
	return time.Now().Add(ahead), m.begin("partitions")
}

func (m *memStore) Unarchived(_ context.Context, limit int) (out []Receipt, err error) {
	if err := m.begin("unarchived"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.receipts {
		if r.State.Final() && r.Inline != nil && len(out) < limit {
			out = append(out, *r)
		}
	}
	return out, nil
}

func (m *memStore) Archived(_ context.Context, id uuid.UUID, key string) error {
	if err := m.begin("archived", id); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.find(id)
	if r == nil || r.Purged {
		return ErrNotFound
	}
	r.Inline, r.BlobKey = nil, key
	return nil
}

func (m *memStore) Missing(_ context.Context, keys []string) (out []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		if !slices.ContainsFunc(m.receipts, func(r *Receipt) bool { return r.BlobKey == k }) {
			out = append(out, k)
		}
	}
	return out, nil
}

func (m *memStore) Expired(_ context.Context, limit int) (out []Receipt, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.receipts {
		if r.State.Final() && !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(time.Now()) && len(r.Holds) == 0 && !r.Purged && len(out) < limit {
			c := *r
			c.Inline = nil
			out = append(out, c)
		}
	}
	return out, nil
}

func (m *memStore) Purge(_ context.Context, t Tombstone, row audit.Row) (Tombstone, error) {
	if err := m.begin("purge", t.Receipt); err != nil {
		return t, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.find(t.Receipt)
	if len(r.Holds) > 0 {
		return t, ErrHeld
	}
	r.Purged, r.Inline, r.BlobKey = true, nil, ""
	t.At, t.Derived = time.Now(), 7
	m.tombstones, m.rows = append(m.tombstones, t), append(m.rows, row)
	return t, nil
}

func (m *memStore) Adopt(_ context.Context, r Receipt, row audit.Row) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(r.ID) != nil {
		return false, nil
	}
	r.Seq = int64(len(m.receipts) + 1)
	m.receipts, m.rows = append(m.receipts, &r), append(m.rows, row)
	return true, nil
}

func (m *memStore) NumberEvents(_ context.Context, limit int) (int, error) {
	if err := m.begin("number"); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := min(limit, len(m.events)-m.numbered)
	for range n {
		m.events[m.numbered].Position = int64(m.numbered + 1)
		m.numbered++
	}
	return n, nil
}

func (m *memStore) LastPosition(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(m.numbered), nil
}

func (m *memStore) UnsealedAudit(context.Context) (int64, error) { return 0, nil }

func (m *memStore) Events(_ context.Context, q outbox.Query) (out []outbox.Event, err error) {
	if err := m.begin("events"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events[:m.numbered] {
		if e.Position > q.After && (len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) && len(out) < q.Limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (m *memStore) Cursor(_ context.Context, name string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursors[name], nil
}

// Update runs f over a memTx, and undoes what it did where it fails.
func (m *memStore) Update(_ context.Context, f func(Tx) error) error {
	if err := m.begin("update"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	events, relinks, cursor := len(m.events), len(m.relinks), m.cursors[linkerCursor]
	unlinked := map[string]bool{}
	for k, v := range m.unlinked {
		unlinked[k] = v
	}
	err := f(&memTx{m: m})
	if err != nil {
		m.events, m.relinks, m.cursors[linkerCursor], m.unlinked = m.events[:events], m.relinks[:relinks], cursor, unlinked
	}
	return err
}

type memTx struct {
	Tx
	m *memStore
}

func (t *memTx) Now() time.Time { return time.Now().UTC() }

func (t *memTx) BillPage(_ context.Context, receipt uuid.UUID, after string, limit int) (out []string, err error) {
	for _, b := range t.m.bills[receipt] {
		if b > after && len(out) < limit {
			out = append(out, b)
		}
	}
	return out, nil
}

func (t *memTx) Relink(_ context.Context, _ cargo.Traffic, bills []string) (out []Changed, err error) {
	t.m.relinks = append(t.m.relinks, slices.Clone(bills))
	for _, b := range bills {
		if t.m.unlinked[b] {
			delete(t.m.unlinked, b)
			out = append(out, Changed{ID: uuid.Must(uuid.NewV7()), Receipt: t.m.changedBy[b], Partner: "ACME", Number: b, Was: "not_matched", Is: "matched"})
		}
	}
	return out, nil
}

func (t *memTx) Emit(_ context.Context, events []outbox.Event, _ []outbox.Delivery, rows []audit.Row) error {
	t.m.events, t.m.rows = append(t.m.events, events...), append(t.m.rows, rows...)
	return nil
}

func (t *memTx) SetCursor(_ context.Context, name string, from, to int64) error {
	if t.m.cursors[name] != from {
		return ErrFenced
	}
	t.m.cursors[name] = to
	return nil
}

func (m *memStore) ClaimDeliveries(_ context.Context, _ string, limit int, lease time.Duration) (out []outbox.Delivery, err error) {
	if err := m.begin("claimdeliveries"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.deliveries {
		if len(out) < limit && m.take(d, lease) {
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, func(a, b outbox.Delivery) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return out, nil
}

func (m *memStore) take(d *outbox.Delivery, lease time.Duration) bool {
	now := time.Now()
	if d.State != outbox.Pending || now.Before(d.NextAt) || now.Before(m.leased[d.ID]) {
		return false
	}
	d.Attempts++
	m.leased[d.ID] = now.Add(lease)
	return true
}

func (m *memStore) ClaimDelivery(_ context.Context, id uuid.UUID, _ string, lease time.Duration) (outbox.Delivery, bool, error) {
	if err := m.begin("claimdelivery", id); err != nil {
		return outbox.Delivery{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.deliveries[id]
	if d == nil || !m.take(d, lease) {
		return outbox.Delivery{}, false, nil
	}
	return *d, true, nil
}

func (m *memStore) FinishDelivery(_ context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, delay time.Duration, events []outbox.Event) (bool, error) {
	if err := m.begin("finishdelivery", id); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.deliveries[id]
	if d.Attempts != attempt || d.State != outbox.Pending {
		return false, nil
	}
	d.State, d.LastError, d.NextAt = state, reason, time.Now().Add(delay)
	delete(m.leased, id)
	m.events = append(m.events, events...)
	return true, nil
}

func (m *memStore) ResendDelivery(_ context.Context, id uuid.UUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.deliveries[id]
	d.State, d.Resent, d.NextAt = outbox.Pending, d.Attempts, time.Now()
	return nil
}

func (m *memStore) Delivery(_ context.Context, id uuid.UUID) (outbox.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.deliveries[id], nil
}

func (m *memStore) Answer(_ context.Context, id uuid.UUID) (outbox.Answer, error) {
	if err := m.begin("answer", id); err != nil {
		return outbox.Answer{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.answers[id]
	if !ok {
		return a, ErrNotFound
	}
	return a, nil
}

func (m *memStore) Generation(context.Context) (int64, error)           { return 1, m.begin("generation") }
func (m *memStore) Partners(context.Context) ([]partner.Partner, error) { return m.partners, nil }
func (m *memStore) Mandates(context.Context) ([]partner.Mandate, error) { return nil, nil }
func (m *memStore) Keys(context.Context) ([]partner.Key, error)         { return nil, nil }
func (m *memStore) Channels(context.Context) ([]partner.Channel, error) { return m.channels, nil }
func (m *memStore) Users(context.Context) ([]partner.User, error)       { return nil, nil }
func (m *memStore) Profiles(context.Context) ([]partner.Profile, error) { return nil, nil }

// memBlobs is a blob.Store in memory.
type memBlobs struct {
	hook func(call, key string) error

	mu      sync.Mutex
	objects map[string][]byte
	written map[string]time.Time
	free    int64
}

func newMemBlobs() *memBlobs {
	return &memBlobs{objects: map[string][]byte{}, written: map[string]time.Time{}, free: 1 << 40}
}

func (b *memBlobs) ask(call, key string) error {
	if b.hook != nil {
		return b.hook(call, key)
	}
	return nil
}

func (b *memBlobs) Put(_ context.Context, key string, r io.Reader, most int64) (blob.Object, error) {
	if err := b.ask("put", key); err != nil {
		return blob.Object{}, err
	}
	body, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return blob.Object{}, err
	}
	if int64(len(body)) > most {
		return blob.Object{}, fmt.Errorf("%w: %s", blob.ErrTooLarge, key)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.objects[key]; ok && !bytes.Equal(old, body) {
		return blob.Object{}, fmt.Errorf("%w: %s", blob.ErrExists, key)
	}
	b.objects[key], b.written[key] = body, time.Now().UTC()
	return blob.Object{Key: key, Size: int64(len(body)), SHA256: sha256.Sum256(body)}, nil
}

type memReader struct{ *bytes.Reader }

func (memReader) Close() error { return nil }

func (b *memBlobs) Open(_ context.Context, key string) (blob.Reader, error) {
	if err := b.ask("open", key); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	body, ok := b.objects[key]
	if !ok {
		return nil, fmt.Errorf("%w: %s", blob.ErrNotFound, key)
	}
	return memReader{bytes.NewReader(body)}, nil
}

func (b *memBlobs) Head(context.Context, string) (blob.Object, error) {
	return blob.Object{}, errors.New("memBlobs: no Head")
}

func (b *memBlobs) Delete(_ context.Context, key string) error {
	if err := b.ask("delete", key); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return nil
}

func (b *memBlobs) List(_ context.Context, after string, limit int) (out []blob.Object, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, body := range b.objects {
		if k > after {
			out = append(out, blob.Object{Key: k, Size: int64(len(body)), Modified: b.written[k]})
		}
	}
	slices.SortFunc(out, func(x, y blob.Object) int { return cmp.Compare(x.Key, y.Key) })
	return out[:min(limit, len(out))], nil
}

func (b *memBlobs) Check(context.Context) error { return nil }

func (b *memBlobs) Free(context.Context) (int64, bool, error) {
	return b.free, true, b.ask("free", "")
}

func (b *memBlobs) keys() (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k := range b.objects {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// A bench is a gateway over stores in memory, with a reading half that accepts everything unless a test says otherwise.
type bench struct {
	*Gateway
	store *memStore
	blobs *memBlobs
}

func newBench(t *testing.T, change func(*Options)) *bench {
	t.Helper()
	b := &bench{store: newMemStore(), blobs: newMemBlobs()}
	dir, err := partner.NewDirectory(t.Context(), b.store, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Node: "n1", Workers: 2, Log: testLog(t)}
	if change != nil {
		change(&o)
	}
	if b.Gateway, err = New(b.store, b.blobs, dir, nil, o); err != nil {
		t.Fatal(err)
	}
	b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) { return acceptAll(r), nil }
	b.steps.settle = func(_ context.Context, batch []*outcome) ([]*outcome, error) { return nil, b.store.settle(batch) }
	b.steps.parked = func(r Receipt, reason string) (Settlement, []outbox.Event, []audit.Row) {
		return Settlement{Fence: Fence{r.ID, r.Attempt}, State: StateParked, Reason: reason}, []outbox.Event{{Type: outbox.TypeParked}}, nil
	}
	return b
}

// acceptAll is the outcome of a receipt that is accepted.
func acceptAll(r *Receipt) *outcome {
	return &outcome{settlement: Settlement{Fence: Fence{r.ID, r.Attempt}, Mode: r.Mode, State: StateAccepted}}
}

func sum(b []byte) [32]byte { return sha256.Sum256(b) }

// pass lets time pass in a bubble, until all that happens then has happened.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
