package storetest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// A memory is a gateway.Store in the plainest code, without a disk: what the suite is tried on. Each write works on a
// copy of all there is, which takes its place if nothing fails; reads take what is there.
type memory struct {
	writer  sync.Mutex
	now     atomic.Pointer[world]
	elapsed atomic.Int64 // by which tests moved the time
	closed  atomic.Bool
	mu      sync.Mutex
	wakers  []chan struct{}
}

type attempt struct {
	receipt uuid.UUID
	attempt int
}

type actKey struct {
	partner partner.ID
	kind    string
	mode    cargo.Traffic
	act     string
}

type actValue struct {
	receipt uuid.UUID
	until   time.Time // zero is for ever
}

type receiptRow struct {
	gateway.Receipt
	due time.Time
}

type callRow struct {
	gateway.Call
	receipts map[uuid.UUID]bool
}

type deliveryRow struct {
	outbox.Delivery
	lease time.Time
}

// A world is all that a memory holds. Values are never changed in place, but replaced.
type world struct {
	seq         int64
	turn        int64
	turns       map[partner.ID]int64
	receipts    map[uuid.UUID]receiptRow
	acts        map[actKey]actValue
	settlements map[uuid.UUID]gateway.Settlement
	staged      map[attempt]time.Time
	messages    []gateway.MessageRow
	cargo       map[uuid.UUID]gateway.ConsignmentRow
	controls    []gateway.ControlRow
	answers     map[uuid.UUID]outbox.Answer
	deliveries  map[uuid.UUID]deliveryRow
	documents   map[string]gateway.Document
	calls       map[uuid.UUID]callRow
	links       map[[2]uuid.UUID]bool // house, parent
	events      map[uuid.UUID]outbox.Event
	position    int64
	rows        map[uuid.UUID]audit.Row
	sealed      []audit.Sealed
	heads       []audit.Head
	cursors     map[string]int64
	artifacts   map[string]gateway.Artifact
	cases       map[uuid.UUID]caseq.Case
	histories   map[uuid.UUID][]caseq.Entry
	stones      []gateway.Tombstone
	generation  int64
	partners    map[string]partner.Partner
	mandates    map[string]partner.Mandate
	keys        map[string]partner.Key
	channels    map[string]partner.Channel
	users       map[string]partner.User
	profiles    map[string]partner.Profile
}

func (w *world) clone() *world {
	c := *w
	c.turns, c.receipts, c.acts, c.settlements = maps.Clone(w.turns), maps.Clone(w.receipts), maps.Clone(w.acts), maps.Clone(w.settlements)
	c.staged, c.cargo, c.answers, c.deliveries = maps.Clone(w.staged), maps.Clone(w.cargo), maps.Clone(w.answers), maps.Clone(w.deliveries)
	c.documents, c.calls, c.links, c.events = maps.Clone(w.documents), maps.Clone(w.calls), maps.Clone(w.links), maps.Clone(w.events)
	c.artifacts, c.cases, c.histories = maps.Clone(w.artifacts), maps.Clone(w.cases), maps.Clone(w.histories)
	c.rows, c.cursors, c.partners, c.mandates = maps.Clone(w.rows), maps.Clone(w.cursors), maps.Clone(w.partners), maps.Clone(w.mandates)
	c.keys, c.channels, c.users, c.profiles = maps.Clone(w.keys), maps.Clone(w.channels), maps.Clone(w.users), maps.Clone(w.profiles)
	c.messages, c.controls, c.sealed = slices.Clip(w.messages), slices.Clip(w.controls), slices.Clip(w.sealed)
	c.heads, c.stones = slices.Clip(w.heads), slices.Clip(w.stones)
	return &c
}

func newMemory() *memory {
	m := &memory{}
	m.now.Store(&world{
		turns: map[partner.ID]int64{}, receipts: map[uuid.UUID]receiptRow{}, acts: map[actKey]actValue{}, settlements: map[uuid.UUID]gateway.Settlement{},
		staged: map[attempt]time.Time{}, cargo: map[uuid.UUID]gateway.ConsignmentRow{}, answers: map[uuid.UUID]outbox.Answer{},
		deliveries: map[uuid.UUID]deliveryRow{}, documents: map[string]gateway.Document{}, calls: map[uuid.UUID]callRow{},
		links: map[[2]uuid.UUID]bool{}, events: map[uuid.UUID]outbox.Event{}, rows: map[uuid.UUID]audit.Row{}, cursors: map[string]int64{}, artifacts: map[string]gateway.Artifact{},
		cases: map[uuid.UUID]caseq.Case{}, histories: map[uuid.UUID][]caseq.Entry{},
		partners: map[string]partner.Partner{}, mandates: map[string]partner.Mandate{}, keys: map[string]partner.Key{},
		channels: map[string]partner.Channel{}, users: map[string]partner.User{}, profiles: map[string]partner.Profile{},
	})
	return m
}

func (m *memory) time() time.Time {
	return time.Now().Add(time.Duration(m.elapsed.Load())).UTC().Truncate(time.Microsecond)
}

var errClosed = errors.New("memory: closed")

func (m *memory) read(ctx context.Context) (*world, error) {
	if m.closed.Load() {
		return nil, errClosed
	}
	return m.now.Load(), ctx.Err()
}

func (m *memory) write(ctx context.Context, f func(w *world) error) error {
	m.writer.Lock()
	defer m.writer.Unlock()
	w, err := m.read(ctx)
	if err != nil {
		return err
	}
	w = w.clone()
	if err := f(w); err != nil {
		return err
	}
	m.now.Store(w)
	return nil
}

func (m *memory) wake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.wakers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func get[K comparable, V any](from map[K]V, key K) (V, error) {
	v, ok := from[key]
	if !ok {
		return v, fmt.Errorf("%v: %w", key, gateway.ErrNotFound)
	}
	return v, nil
}

func byID[V any](from map[uuid.UUID]V) []uuid.UUID {
	return slices.SortedFunc(maps.Keys(from), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
}

func bySeq(rows []gateway.Receipt) []gateway.Receipt {
	slices.SortFunc(rows, func(a, b gateway.Receipt) int { return cmp.Compare(a.Seq, b.Seq) })
	return rows
}

func clip[T any](rows []T, limit int) []T {
	if limit <= 0 {
		limit = 100
	}
	return rows[:min(len(rows), limit, 1000)]
}

func (w *world) visible(receipt uuid.UUID, n int) bool {
	s, ok := w.settlements[receipt]
	return ok && s.Attempt == n
}

// current gives the receipt of a fence that holds.
func (w *world) current(f gateway.Fence) (receiptRow, error) {
	row, ok := w.receipts[f.Receipt]
	if _, settled := w.settlements[f.Receipt]; !ok || settled || row.Attempt != f.Attempt || row.State != gateway.StateReading {
		return row, fmt.Errorf("receipt %s, attempt %d: %w", f.Receipt, f.Attempt, gateway.ErrFenced)
	}
	return row, nil
}

func (w *world) log(row audit.Row) { w.rows[row.ID] = row }

func (m *memory) Now(ctx context.Context) (time.Time, error) {
	_, err := m.read(ctx)
	return m.time(), err
}

func (m *memory) Check(ctx context.Context) error { _, err := m.read(ctx); return err }

func (m *memory) EnsurePartitions(context.Context, time.Duration) (time.Time, error) {
	return time.Time{}, nil
}
func (m *memory) PartitionsUntil(context.Context) (time.Time, error) { return time.Time{}, nil }
func (m *memory) Close() error                                       { m.closed.Store(true); return nil }

func (m *memory) Accept(ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
	var out []gateway.Accepted
	err := m.write(ctx, func(w *world) error {
		now := m.time()
		for _, a := range arrivals {
			key := actKey{a.Partner, a.Kind, a.Mode, a.TransportID}
			if act, ok := w.acts[key]; ok && a.TransportID != "" && (act.until.IsZero() || now.Before(act.until)) {
				first := w.receipts[act.receipt]
				out = append(out, gateway.Accepted{ID: first.ID, Seq: first.Seq, ReceivedAt: first.ReceivedAt, Repeated: true, SameBytes: first.SHA256 == a.SHA256})
				continue
			}
			if _, ok := w.receipts[a.ID]; ok {
				return fmt.Errorf("receipt %s is there", a.ID)
			}
			w.seq++
			rc := a.Receipt
			rc.Seq, rc.ReceivedAt, rc.State = w.seq, now, gateway.StateReceived
			if a.RetainFor > 0 {
				rc.ExpiresAt = now.Add(a.RetainFor)
			}
			w.receipts[rc.ID] = receiptRow{rc, now}
			if a.TransportID != "" {
				act := actValue{receipt: rc.ID}
				if a.DedupeFor > 0 {
					act.until = now.Add(a.DedupeFor)
				}
				w.acts[key] = act
			}
			w.log(a.Audit)
			out = append(out, gateway.Accepted{ID: rc.ID, Seq: rc.Seq, ReceivedAt: now})
		}
		return nil
	})
	m.wake()
	return out, err
}

func (m *memory) Usage(ctx context.Context, p partner.ID, mode cargo.Traffic) (u gateway.Usage, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return u, err
	}
	for _, rc := range w.receipts {
		if rc.Partner == p && rc.Mode == mode && m.time().Sub(rc.ReceivedAt) < 24*time.Hour {
			u.Files, u.Bytes = u.Files+1, u.Bytes+rc.Size
		}
	}
	return u, nil
}

func (m *memory) Backlog(ctx context.Context) (b gateway.Backlog, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return b, err
	}
	for _, rc := range w.receipts {
		if !rc.State.Final() {
			b.Unfinished, b.Oldest = b.Unfinished+1, max(b.Oldest, m.time().Sub(rc.ReceivedAt))
		}
	}
	return b, nil
}

func (m *memory) Claim(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
	var out []gateway.Receipt
	err := m.write(ctx, func(w *world) error {
		now := m.time()
		due := map[partner.ID][]gateway.Receipt{}
		for _, rc := range w.receipts {
			if _, settled := w.settlements[rc.ID]; !settled && rc.Lane == r.Lane && !rc.due.After(now) {
				due[rc.Partner] = append(due[rc.Partner], rc.Receipt)
			}
		}
		for _, rows := range due {
			bySeq(rows)
		}
		for len(out) < r.Max && len(due) > 0 {
			next := slices.MinFunc(slices.Collect(maps.Keys(due)), func(a, b partner.ID) int {
				return cmp.Or(cmp.Compare(w.turns[a], w.turns[b]), cmp.Compare(due[a][0].Seq, due[b][0].Seq))
			})
			rc := due[next][0]
			if due[next] = due[next][1:]; len(due[next]) == 0 {
				delete(due, next)
			}
			w.turn++
			w.turns[next] = w.turn
			if rc.State == gateway.StateReading {
				rc.Silent++
			}
			rc.State, rc.Attempt, rc.LeaseUntil = gateway.StateReading, rc.Attempt+1, now.Add(r.Lease)
			w.receipts[rc.ID] = receiptRow{rc, rc.LeaseUntil}
			out = append(out, rc)
		}
		return nil
	})
	return bySeq(out), err
}

func (m *memory) Renew(ctx context.Context, fences []gateway.Fence, lease time.Duration) (lost []gateway.Fence, err error) {
	err = m.write(ctx, func(w *world) error {
		for _, f := range fences {
			rc, err := w.current(f)
			if err != nil {
				lost = append(lost, f)
				continue
			}
			rc.LeaseUntil = m.time().Add(lease)
			rc.due = rc.LeaseUntil
			w.receipts[f.Receipt] = rc
		}
		return nil
	})
	return lost, err
}

func (m *memory) Wait(ctx context.Context, f gateway.Fence, delay time.Duration) error {
	return m.write(ctx, func(w *world) error {
		rc, err := w.current(f)
		if err != nil {
			return err
		}
		rc.State, rc.LeaseUntil, rc.due = gateway.StateWaiting, time.Time{}, m.time().Add(delay)
		if rc.WaitingFrom.IsZero() {
			rc.WaitingFrom = m.time()
		}
		w.receipts[f.Receipt] = rc
		return nil
	})
}

func (m *memory) Fail(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, maxFailures int,
	parked func(gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row)) (state gateway.State, err error) {
	err = m.write(ctx, func(w *world) error {
		rc, err := w.current(f)
		if err != nil {
			return err
		}
		rc.Failures, rc.Reason, rc.LeaseUntil, rc.due = rc.Failures+1, reason, time.Time{}, m.time().Add(delay)
		if rc.State = gateway.StateReceived; rc.Failures >= maxFailures {
			s, events, rows := parked(rc.Receipt)
			s.SettledAt, rc.State = m.time(), gateway.StateParked
			w.settlements[rc.ID] = s
			w.emit(events, nil, rows)
		}
		state = rc.State
		w.receipts[rc.ID] = rc
		return nil
	})
	return state, err
}

func (m *memory) Replay(ctx context.Context, id uuid.UUID, row audit.Row) error {
	return m.write(ctx, func(w *world) error {
		rc, err := get(w.receipts, id)
		if err != nil {
			return err
		}
		if w.settlements[id].State != gateway.StateParked || rc.Purged {
			return fmt.Errorf("receipt %s is not parked", id)
		}
		rc.State, rc.Failures, rc.due = gateway.StateReceived, 0, m.time()
		w.receipts[id] = rc
		w.derived(id)
		delete(w.settlements, id)
		w.log(row)
		return nil
	})
}

func (m *memory) Wake(ctx context.Context, p partner.ID, mode cargo.Traffic) error {
	err := m.write(ctx, func(w *world) error {
		for id, rc := range w.receipts {
			if rc.Partner == p && rc.Mode == mode && rc.State == gateway.StateWaiting {
				rc.due = m.time()
				w.receipts[id] = rc
			}
		}
		return nil
	})
	m.wake()
	return err
}

func (m *memory) Subscribe(context.Context) (<-chan struct{}, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := make(chan struct{}, 1)
	m.wakers = append(m.wakers, c)
	return c, nil
}

func (m *memory) Earlier(ctx context.Context, p partner.ID, mode cargo.Traffic, before int64) (bool, error) {
	w, err := m.read(ctx)
	if err != nil {
		return false, err
	}
	for _, rc := range w.receipts {
		if rc.Partner == p && rc.Mode == mode && rc.Seq < before && !rc.State.Final() {
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) Priors(ctx context.Context, p partner.ID, mode cargo.Traffic, sha [32]byte, control string, before int64, since time.Time) ([]gateway.Prior, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	later := map[uuid.UUID]bool{}
	for _, c := range w.controls {
		if c.Control == control && w.visible(c.Receipt, c.Attempt) {
			later[c.Receipt] = true
		}
	}
	var rows []gateway.Receipt
	for _, rc := range w.receipts {
		equal := rc.SHA256 == sha || control != "" && (rc.Control == control || later[rc.ID])
		if rc.Partner == p && rc.Mode == mode && rc.Seq < before && !rc.ReceivedAt.Before(since) && equal {
			rows = append(rows, rc.Receipt)
		}
	}
	var out []gateway.Prior
	for _, rc := range slices.Backward(bySeq(rows)) {
		if len(out) < 20 {
			out = append(out, gateway.Prior{Receipt: rc.ID, Seq: rc.Seq, SHA256: rc.SHA256, Control: rc.Control, State: rc.State, DuplicateOf: rc.DuplicateOf})
		}
	}
	return out, nil
}

func (m *memory) Receipt(ctx context.Context, id uuid.UUID) (gateway.Receipt, error) {
	w, err := m.read(ctx)
	if err != nil {
		return gateway.Receipt{}, err
	}
	rc, err := get(w.receipts, id)
	return rc.Receipt, err
}

func (m *memory) Receipts(ctx context.Context, q gateway.ReceiptQuery) ([]gateway.Receipt, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	if q.Mode == "" {
		return nil, gateway.ErrInput
	}
	var rows []gateway.Receipt
	for _, rc := range w.receipts {
		if rc.Mode == q.Mode && (q.Partner == "" || rc.Partner == q.Partner) && (q.Before == 0 || rc.Seq < q.Before) &&
			(len(q.States) == 0 || slices.Contains(q.States, rc.State)) {
			rc.Inline = nil
			rows = append(rows, rc.Receipt)
		}
	}
	bySeq(rows)
	slices.Reverse(rows)
	return clip(rows, q.Limit), nil
}

func (m *memory) Stage(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error {
	return m.write(ctx, func(w *world) error {
		if _, err := w.current(f); err != nil {
			return err
		}
		w.staged[attempt{f.Receipt, f.Attempt}] = m.time()
		w.insert(rows)
		return nil
	})
}

func (m *memory) Staged(ctx context.Context, f gateway.Fence) error {
	return m.write(ctx, func(w *world) error {
		_, err := w.current(f)
		return err
	})
}

func (w *world) insert(rows *gateway.Rows) {
	w.messages, w.controls = append(w.messages, rows.Messages...), append(w.controls, rows.Controls...)
	for _, c := range rows.Consignments {
		w.cargo[c.ID] = c
	}
	for _, a := range rows.Answers {
		w.answers[a.ID] = a
	}
}

func (w *world) emit(events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) {
	for _, e := range events {
		e.Position = 0
		w.events[e.ID] = e
	}
	for _, d := range deliveries {
		w.deliveries[d.ID] = deliveryRow{Delivery: d}
	}
	for _, row := range rows {
		w.log(row)
	}
}

// derived removes what came of a receipt, and gives how much.
func (w *world) derived(id uuid.UUID) int64 {
	return w.remove(func(receipt uuid.UUID, _ int) bool { return receipt == id }) +
		count(w.deliveries, func(d deliveryRow) bool { return d.Receipt == id })
}

func (w *world) remove(gone func(receipt uuid.UUID, attempt int) bool) (n int64) {
	before := len(w.messages) + len(w.controls)
	w.messages = slices.DeleteFunc(slices.Clone(w.messages), func(r gateway.MessageRow) bool { return gone(r.Receipt, r.Attempt) })
	w.controls = slices.DeleteFunc(slices.Clone(w.controls), func(r gateway.ControlRow) bool { return gone(r.Receipt, r.Attempt) })
	n = int64(before - len(w.messages) - len(w.controls))
	n += count(w.cargo, func(c gateway.ConsignmentRow) bool { return gone(c.Receipt, c.Attempt) })
	n += count(w.answers, func(a outbox.Answer) bool { return gone(a.Receipt, a.Attempt) })
	maps.DeleteFunc(w.links, func(l [2]uuid.UUID, _ bool) bool {
		_, house := w.cargo[l[0]]
		_, parent := w.cargo[l[1]]
		return !house || !parent
	})
	return n
}

// count removes, and gives how many.
func count[V any](from map[uuid.UUID]V, gone func(V) bool) int64 {
	before := len(from)
	maps.DeleteFunc(from, func(_ uuid.UUID, v V) bool { return gone(v) })
	return int64(before - len(from))
}

func (m *memory) Update(ctx context.Context, f func(gateway.Tx) error) error {
	return m.write(ctx, func(w *world) error { return f(&memoryTx{w, m.time()}) })
}

func (m *memory) Settled(ctx context.Context, _ []gateway.Settlement) error { return m.Check(ctx) }

func (m *memory) Settlement(ctx context.Context, id uuid.UUID) (gateway.Settlement, error) {
	w, err := m.read(ctx)
	if err != nil {
		return gateway.Settlement{}, err
	}
	return get(w.settlements, id)
}

func (m *memory) Sweep(ctx context.Context, idle time.Duration) (n int64, err error) {
	err = m.write(ctx, func(w *world) error {
		now := m.time()
		for a, since := range w.staged {
			if _, err := w.current(gateway.Fence{Receipt: a.receipt, Attempt: a.attempt}); err == nil || now.Sub(since) < idle {
				continue
			}
			delete(w.staged, a)
			if !w.visible(a.receipt, a.attempt) {
				n += w.remove(func(receipt uuid.UUID, n int) bool { return receipt == a.receipt && n == a.attempt })
			}
		}
		before := len(w.acts)
		maps.DeleteFunc(w.acts, func(_ actKey, v actValue) bool { return !v.until.IsZero() && !now.Before(v.until) })
		n += int64(before - len(w.acts))
		return nil
	})
	return n, err
}

func (m *memory) Messages(ctx context.Context, receipt uuid.UUID) ([]gateway.MessageRow, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	var out []gateway.MessageRow
	for _, r := range w.messages {
		if r.Receipt == receipt && w.visible(r.Receipt, r.Attempt) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b gateway.MessageRow) int { return cmp.Compare(a.Order.Message, b.Order.Message) })
	return out, nil
}

func (w *world) versions(keys []string) map[string][]gateway.Version {
	out := map[string][]gateway.Version{}
	for _, r := range w.messages {
		if slices.Contains(keys, r.DocumentKey) && w.visible(r.Receipt, r.Attempt) {
			out[r.DocumentKey] = append(out[r.DocumentKey], gateway.Version{
				Order: r.Order, Receipt: r.Receipt, Op: r.Op, Original: r.Original, Took: r.Took, Filer: r.Filer,
			})
		}
	}
	for _, versions := range out {
		slices.SortFunc(versions, func(a, b gateway.Version) int {
			return cmp.Or(cmp.Compare(a.Order.Seq, b.Order.Seq), cmp.Compare(a.Order.Message, b.Order.Message))
		})
	}
	return out
}

func (m *memory) Versions(ctx context.Context, keys []string) (map[string][]gateway.Version, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	return w.versions(keys), nil
}

func (m *memory) Document(ctx context.Context, key string) (gateway.Document, error) {
	w, err := m.read(ctx)
	if err != nil {
		return gateway.Document{}, err
	}
	return get(w.documents, key)
}

var errToken = fmt.Errorf("memory: %w: not a token of this list", gateway.ErrInput)

// token and after write and read the tokens of a list.
func token(list string, n int64, id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d %s", list, n, id))
}

func after(list, token string) (n int64, id uuid.UUID, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, id, errToken
	}
	var name, text string
	if _, err := fmt.Sscan(string(b), &name, &n, &text); err != nil || name != list {
		return 0, id, errToken
	}
	if id, err = uuid.Parse(text); err != nil {
		return 0, id, errToken
	}
	return n, id, nil
}

func (m *memory) Consignments(ctx context.Context, q gateway.ConsignmentQuery) (page gateway.ConsignmentPage, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return page, err
	}
	list := "consignments"
	if q.Receipt != uuid.Nil {
		list = "receipt"
	}
	var from gateway.ConsignmentRow
	if q.After != "" {
		if from.Ordinal, from.ID, err = after(list, q.After); err != nil {
			return page, err
		}
	}
	order := func(a, b gateway.ConsignmentRow) int {
		if list == "receipt" {
			return cmp.Compare(a.Ordinal, b.Ordinal)
		}
		return bytes.Compare(b.ID[:], a.ID[:])
	}
	var all []gateway.ConsignmentRow
	for _, c := range w.cargo {
		at := c.ETA
		if at.IsZero() {
			at = c.LegalAt
		}
		switch {
		case !w.visible(c.Receipt, c.Attempt), c.Mode != q.Mode, q.Viewer != "" && q.Viewer != c.Partner && q.Viewer != c.Filer,
			q.Port != "" && q.Port != c.Port, !q.From.IsZero() && at.Before(q.From), !q.To.IsZero() && !at.Before(q.To),
			q.Receipt != uuid.Nil && q.Receipt != c.Receipt, len(q.States) > 0 && !slices.Contains(q.States, c.State),
			q.After != "" && order(c, from) <= 0,
			slices.ContainsFunc(q.Terms, func(term string) bool { return !slices.Contains(c.Terms, term) }):
			continue
		}
		c.Terms, c.Verdict = nil, w.verdict(c)
		all = append(all, c)
	}
	slices.SortFunc(all, order)
	page.Items = clip(all, q.Limit)
	if len(page.Items) < len(all) {
		last := page.Items[len(page.Items)-1]
		page.Next = token(list, last.Ordinal, last.ID)
	}
	return page, nil
}

func (m *memory) Consignment(ctx context.Context, id uuid.UUID) (gateway.ConsignmentRow, error) {
	w, err := m.read(ctx)
	if err != nil {
		return gateway.ConsignmentRow{}, err
	}
	c, err := get(w.cargo, id)
	if err == nil && !w.visible(c.Receipt, c.Attempt) {
		err = gateway.ErrNotFound
	}
	c.Terms, c.Verdict = nil, w.verdict(c)
	return c, err
}

func (m *memory) Links(ctx context.Context, id uuid.UUID) (parents, houses []uuid.UUID, err error) {
	if _, err := m.Consignment(ctx, id); err != nil {
		return nil, nil, err
	}
	w := m.now.Load()
	ups, downs := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for l := range w.links {
		if l[0] == id {
			ups[l[1]] = true
		}
		if l[1] == id {
			downs[l[0]] = true
		}
	}
	return byID(ups), byID(downs), nil
}

func (m *memory) Calls(ctx context.Context, q gateway.CallQuery) (items []gateway.Call, next string, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, "", err
	}
	var from uuid.UUID
	if q.After != "" {
		if _, from, err = after("calls", q.After); err != nil {
			return nil, "", err
		}
	}
	for _, id := range slices.Backward(byID(w.calls)) {
		c := w.calls[id].Call
		if q.Viewer != "" {
			c.Aliases = slices.DeleteFunc(slices.Clone(c.Aliases), func(a gateway.CallAlias) bool { return a.Partner != q.Viewer })
			c.Times = slices.DeleteFunc(slices.Clone(c.Times), func(a gateway.CallTime) bool { return a.Partner != q.Viewer })
		}
		if c.Mode != q.Mode || q.Vessel != "" && q.Vessel != c.Vessel || q.Port != "" && q.Port != c.Port || len(c.Aliases) == 0 ||
			q.After != "" && bytes.Compare(id[:], from[:]) >= 0 {
			continue
		}
		items = append(items, c)
	}
	page := clip(items, q.Limit)
	if len(page) < len(items) {
		next = token("calls", 0, page[len(page)-1].ID)
	}
	return page, next, nil
}

func (m *memory) Unarchived(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []gateway.Receipt
	for _, rc := range w.receipts {
		if rc.State.Final() && rc.Inline != nil {
			rows = append(rows, rc.Receipt)
		}
	}
	return clip(bySeq(rows), limit), nil
}

func (m *memory) change(ctx context.Context, id uuid.UUID, f func(w *world, rc *receiptRow) error) error {
	return m.write(ctx, func(w *world) error {
		rc, err := get(w.receipts, id)
		if err == nil {
			err = f(w, &rc)
		}
		w.receipts[id] = rc
		return err
	})
}

func (m *memory) Archived(ctx context.Context, id uuid.UUID, key string) error {
	return m.change(ctx, id, func(_ *world, rc *receiptRow) error {
		rc.BlobKey, rc.Inline = key, nil
		return nil
	})
}

func (m *memory) Missing(ctx context.Context, keys []string) (out []string, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, rc := range w.receipts {
		named[rc.BlobKey] = true
	}
	for _, key := range keys {
		if !named[key] {
			out = append(out, key)
		}
	}
	return out, nil
}

func (m *memory) Hold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error {
	return m.change(ctx, id, func(w *world, rc *receiptRow) error {
		if w.log(row); !slices.Contains(rc.Holds, name) {
			rc.Holds = append(slices.Clone(rc.Holds), name)
		}
		return nil
	})
}

func (m *memory) Unhold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error {
	return m.change(ctx, id, func(w *world, rc *receiptRow) error {
		w.log(row)
		rc.Holds = slices.DeleteFunc(slices.Clone(rc.Holds), func(s string) bool { return s == name })
		return nil
	})
}

func (m *memory) Expired(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []gateway.Receipt
	for _, rc := range w.receipts {
		if rc.State.Final() && !rc.Purged && len(rc.Holds) == 0 && !rc.ExpiresAt.IsZero() && m.time().After(rc.ExpiresAt) {
			rc.Inline = nil
			rows = append(rows, rc.Receipt)
		}
	}
	return clip(bySeq(rows), limit), nil
}

func (m *memory) Purge(ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
	err := m.change(ctx, t.Receipt, func(w *world, rc *receiptRow) error {
		if len(rc.Holds) > 0 {
			return fmt.Errorf("receipt %s: %w", t.Receipt, gateway.ErrHeld)
		}
		if rc.Purged {
			t = w.stones[slices.IndexFunc(w.stones, func(s gateway.Tombstone) bool { return s.Receipt == t.Receipt })]
			return nil
		}
		rc.Purged, rc.Inline = true, nil
		p := gateway.Purging{Receipt: t.Receipt, Mode: rc.Mode, TraceID: rc.TraceID}
		for _, d := range w.documents {
			if slices.ContainsFunc(w.messages, func(v gateway.MessageRow) bool {
				return v.Receipt == t.Receipt && v.DocumentKey == d.Key && w.visible(v.Receipt, v.Attempt)
			}) {
				p.Documents = append(p.Documents, d)
			}
		}
		err := p.Around(ctx, &memoryTx{w, m.time()}, func() error {
			t.At, t.Derived = m.time(), w.derived(t.Receipt)
			return nil
		})
		if err != nil {
			return err
		}
		if s, ok := w.settlements[t.Receipt]; ok {
			s.Result = nil
			w.settlements[t.Receipt] = s
		}
		w.stones = append(w.stones, t)
		w.log(row)
		return nil
	})
	return t, err
}

func (m *memory) Tombstones(ctx context.Context, since time.Time, limit int) ([]gateway.Tombstone, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(w.stones, func(s gateway.Tombstone) bool { return !s.At.Before(since) })
	if i < 0 {
		return nil, nil
	}
	return clip(w.stones[i:], limit), nil
}

func (m *memory) Adopt(ctx context.Context, r gateway.Receipt, row audit.Row) (ok bool, err error) {
	err = m.write(ctx, func(w *world) error {
		if _, there := w.receipts[r.ID]; there {
			return nil
		}
		w.seq++
		r.Seq, r.ReceivedAt, r.State, ok = w.seq, m.time(), gateway.StateReceived, true
		w.receipts[r.ID] = receiptRow{r, m.time()}
		w.log(row)
		return nil
	})
	return ok, err
}

func (m *memory) Snapshot(ctx context.Context, dir string) ([]string, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	return []string{"world"}, os.WriteFile(filepath.Join(dir, "world"), fmt.Appendf(nil, "%+v", w), 0o600)
}

func (m *memory) AppendAudit(ctx context.Context, rows []audit.Row) error {
	return m.write(ctx, func(w *world) error { w.emit(nil, nil, rows); return nil })
}

func (m *memory) SealAudit(ctx context.Context, limit int, seal func(audit.Sealed, []audit.Row) ([]audit.Sealed, audit.Head, error)) (n int, err error) {
	err = m.write(ctx, func(w *world) error {
		var rows []audit.Row
		for _, id := range byID(w.rows) {
			if len(rows) < limit {
				rows = append(rows, w.rows[id])
			}
		}
		if len(rows) == 0 {
			return nil
		}
		var last audit.Sealed
		if len(w.sealed) > 0 {
			last = w.sealed[len(w.sealed)-1]
		}
		sealed, head, err := seal(last, rows)
		if err != nil {
			return err
		}
		for _, s := range sealed {
			delete(w.rows, s.ID)
		}
		w.sealed, w.heads, n = append(w.sealed, sealed...), append(w.heads, head), len(sealed)
		return nil
	})
	return n, err
}

func (m *memory) SealedAudit(ctx context.Context, after int64, limit int) ([]audit.Sealed, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	return clip(w.sealed[min(int(after), len(w.sealed)):], limit), nil
}

func (m *memory) AuditHeads(ctx context.Context, after int64, limit int) ([]audit.Head, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	return clip(slices.DeleteFunc(slices.Clone(w.heads), func(h audit.Head) bool { return h.Seq <= after }), limit), nil
}

func (m *memory) UnsealedAudit(ctx context.Context) (int64, error) {
	w, err := m.read(ctx)
	if err != nil {
		return 0, err
	}
	return int64(len(w.rows)), nil
}

func (m *memory) NumberEvents(ctx context.Context, limit int) (n int, err error) {
	err = m.write(ctx, func(w *world) error {
		for _, id := range byID(w.events) {
			if e := w.events[id]; e.Position == 0 && n < limit {
				w.position, n = w.position+1, n+1
				e.Position = w.position
				w.events[id] = e
			}
		}
		return nil
	})
	return n, err
}

func (m *memory) Events(ctx context.Context, q outbox.Query) ([]outbox.Event, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	var out []outbox.Event
	for _, e := range w.events {
		if e.Position > q.After && (q.Mode == "" || q.Mode == e.Mode) && (q.Partner == "" || q.Partner == e.Partner || q.Partner == e.Filer) &&
			(len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b outbox.Event) int { return cmp.Compare(a.Position, b.Position) })
	return clip(out, q.Limit), nil
}

func (m *memory) LastPosition(ctx context.Context) (int64, error) {
	w, err := m.read(ctx)
	if err != nil {
		return 0, err
	}
	return w.position, nil
}

func (m *memory) ClaimDeliveries(ctx context.Context, _ string, limit int, lease time.Duration) (out []outbox.Delivery, err error) {
	err = m.write(ctx, func(w *world) error {
		turns := map[partner.ID]int{}
		for len(out) < limit {
			var next *deliveryRow
			for _, id := range byID(w.deliveries) {
				d := w.deliveries[id]
				if d.State == outbox.Pending && !d.NextAt.After(m.time()) && !d.lease.After(m.time()) && (next == nil || turns[d.Partner] < turns[next.Partner]) {
					next = &d
				}
			}
			if next == nil {
				return nil
			}
			turns[next.Partner]++
			out = append(out, w.take(*next, m.time(), lease))
		}
		return nil
	})
	return out, err
}

func (w *world) take(d deliveryRow, now time.Time, lease time.Duration) outbox.Delivery {
	d.Attempts, d.lease, d.UpdatedAt = d.Attempts+1, now.Add(lease), now
	w.deliveries[d.ID] = d
	return d.Delivery
}

func (m *memory) ClaimDelivery(ctx context.Context, id uuid.UUID, _ string, lease time.Duration) (out outbox.Delivery, ok bool, err error) {
	err = m.write(ctx, func(w *world) error {
		d, there := w.deliveries[id]
		if ok = there && d.State == outbox.Pending && !d.NextAt.After(m.time()) && !d.lease.After(m.time()); ok {
			out = w.take(d, m.time(), lease)
		}
		return nil
	})
	return out, ok, err
}

func (m *memory) FinishDelivery(ctx context.Context, id uuid.UUID, n int, state outbox.DeliveryState, reason string, delay time.Duration, events []outbox.Event) (ok bool, err error) {
	err = m.write(ctx, func(w *world) error {
		d, there := w.deliveries[id]
		if ok = there && d.Attempts == n && !d.lease.IsZero(); ok {
			d.State, d.LastError, d.NextAt, d.UpdatedAt, d.lease = state, reason, m.time().Add(delay), m.time(), time.Time{}
			w.deliveries[id] = d
			w.emit(events, nil, nil)
		}
		return nil
	})
	return ok, err
}

func (m *memory) Delivery(ctx context.Context, id uuid.UUID) (outbox.Delivery, error) {
	w, err := m.read(ctx)
	if err != nil {
		return outbox.Delivery{}, err
	}
	d, err := get(w.deliveries, id)
	return d.Delivery, err
}

func (m *memory) Deliveries(ctx context.Context, receipt uuid.UUID) (out []outbox.Delivery, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range w.deliveries {
		if d.Receipt == receipt {
			out = append(out, d.Delivery)
		}
	}
	slices.SortFunc(out, func(a, b outbox.Delivery) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out, nil
}

func (m *memory) ResendDelivery(ctx context.Context, id uuid.UUID) error {
	return m.write(ctx, func(w *world) error {
		d, err := get(w.deliveries, id)
		d.State, d.Resent, d.NextAt, d.lease = outbox.Pending, d.Attempts, m.time(), time.Time{}
		w.deliveries[id] = d
		return err
	})
}

func (m *memory) PendingDeliveries(ctx context.Context) (n int64, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return 0, err
	}
	for _, d := range w.deliveries {
		if d.State == outbox.Pending {
			n++
		}
	}
	return n, nil
}

func (m *memory) EndLeases(ctx context.Context) (n int64, err error) {
	err = m.write(ctx, func(w *world) error {
		for id, rc := range w.receipts {
			if rc.State == gateway.StateReading {
				rc.State, rc.LeaseUntil, rc.due = gateway.StateReceived, time.Time{}, m.time()
				w.receipts[id] = rc
				n++
			}
		}
		for id, d := range w.deliveries {
			if !d.lease.IsZero() {
				d.lease = time.Time{}
				w.deliveries[id] = d
				n++
			}
		}
		return nil
	})
	return n, err
}

func (m *memory) Answer(ctx context.Context, id uuid.UUID) (outbox.Answer, error) {
	w, err := m.read(ctx)
	if err != nil {
		return outbox.Answer{}, err
	}
	return get(w.answers, id)
}

func (m *memory) Answers(ctx context.Context, receipt uuid.UUID) (out []outbox.Answer, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range w.answers {
		if a.Receipt == receipt && w.visible(a.Receipt, a.Attempt) {
			a.Body = nil
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b outbox.Answer) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out, nil
}

func (m *memory) Cursor(ctx context.Context, name string) (int64, error) {
	w, err := m.read(ctx)
	if err != nil {
		return 0, err
	}
	return w.cursors[name], nil
}

func (m *memory) PutArtifacts(ctx context.Context, all []gateway.Artifact) error {
	return m.write(ctx, func(w *world) error {
		for _, a := range all {
			if _, ok := w.artifacts[a.ID]; !ok {
				w.artifacts[a.ID] = a
			}
		}
		return nil
	})
}

func (m *memory) Artifact(ctx context.Context, id string) (gateway.Artifact, error) {
	w, err := m.read(ctx)
	if err != nil {
		return gateway.Artifact{}, err
	}
	return get(w.artifacts, id)
}

// list gives all of one kind by key.
func list[V any](m *memory, ctx context.Context, of func(w *world) map[string]V) (out []V, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(of(w))) {
		out = append(out, of(w)[key])
	}
	return out, nil
}

func (m *memory) Partners(ctx context.Context) ([]partner.Partner, error) {
	return list(m, ctx, func(w *world) map[string]partner.Partner { return w.partners })
}
func (m *memory) Mandates(ctx context.Context) ([]partner.Mandate, error) {
	return list(m, ctx, func(w *world) map[string]partner.Mandate { return w.mandates })
}
func (m *memory) Keys(ctx context.Context) ([]partner.Key, error) {
	return list(m, ctx, func(w *world) map[string]partner.Key { return w.keys })
}
func (m *memory) Channels(ctx context.Context) ([]partner.Channel, error) {
	return list(m, ctx, func(w *world) map[string]partner.Channel { return w.channels })
}
func (m *memory) Users(ctx context.Context) ([]partner.User, error) {
	return list(m, ctx, func(w *world) map[string]partner.User { return w.users })
}
func (m *memory) Profiles(ctx context.Context) ([]partner.Profile, error) {
	return list(m, ctx, func(w *world) map[string]partner.Profile { return w.profiles })
}

// put makes one change.
func put[V any](c partner.Change, into map[string]V, key string, v *V, deletes bool) error {
	switch _, there := into[key]; {
	case c.Insert && there:
		return fmt.Errorf("%s: %w", key, partner.ErrExists)
	case c.Delete && !deletes:
		return fmt.Errorf("%s cannot be deleted: %w", key, partner.ErrInvalid)
	case !c.Insert && !there:
		return fmt.Errorf("%s: %w", key, partner.ErrNotFound)
	case c.Delete:
		delete(into, key)
	default:
		into[key] = *v
	}
	return nil
}

func (w *world) apply(c partner.Change) error {
	n := 0
	for _, set := range []bool{c.Partner != nil, c.Mandate != nil, c.Key != nil, c.Channel != nil, c.User != nil, c.Profile != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		return fmt.Errorf("a change of %d rows: %w", n, partner.ErrInvalid)
	case c.Partner != nil:
		return put(c, w.partners, string(c.Partner.ID), c.Partner, false)
	case c.Mandate != nil:
		return put(c, w.mandates, c.Mandate.ID, c.Mandate, false)
	case c.Key != nil:
		return put(c, w.keys, c.Key.ID, c.Key, false)
	case c.Channel != nil:
		return put(c, w.channels, string(c.Channel.Partner)+"/"+c.Channel.Name, c.Channel, true)
	case c.User != nil:
		return put(c, w.users, c.User.ID, c.User, false)
	}
	return put(c, w.profiles, c.Profile.Name, c.Profile, true)
}

func (m *memory) Apply(ctx context.Context, changes []partner.Change, by partner.Act) error {
	return m.write(ctx, func(w *world) error {
		if by.Read != nil && *by.Read != w.generation {
			return partner.ErrMoved
		}
		for _, c := range changes {
			if err := w.apply(c); err != nil {
				return err
			}
		}
		w.generation++
		w.log(audit.Row{
			ID: uuid.Must(uuid.NewV7()), At: m.time(), Principal: by.Principal, Action: by.Action, Object: by.Object, Detail: by.Detail, TraceID: by.TraceID,
		})
		return nil
	})
}

func (m *memory) Generation(ctx context.Context) (int64, error) {
	w, err := m.read(ctx)
	if err != nil {
		return 0, err
	}
	return w.generation, nil
}

// A memoryTx works on the copy that its transaction has.
type memoryTx struct {
	w   *world
	now time.Time
}

func (t *memoryTx) Now() time.Time { return t.now }

func (t *memoryTx) LockDocuments(ctx context.Context, docs []gateway.Document) (map[string][]gateway.Version, error) {
	var keys []string
	for _, d := range docs {
		keys = append(keys, d.Key)
		if _, ok := t.w.documents[d.Key]; !ok {
			t.w.documents[d.Key] = d
		}
	}
	return t.w.versions(keys), ctx.Err()
}

func (t *memoryTx) Settle(ctx context.Context, s gateway.Settlement) error {
	rc, err := t.w.current(s.Fence)
	if err != nil {
		return err
	}
	s.SettledAt = t.now
	rc.State, rc.DuplicateOf, rc.LeaseUntil = s.State, s.DuplicateOf, time.Time{}
	t.w.settlements[s.Receipt], t.w.receipts[s.Receipt] = s, rc
	return ctx.Err()
}

func (t *memoryTx) Insert(ctx context.Context, rows *gateway.Rows) error {
	t.w.insert(rows)
	return ctx.Err()
}

func (t *memoryTx) MergeCalls(ctx context.Context, calls []gateway.CallRow) ([]uuid.UUID, error) {
	var out []uuid.UUID
	for _, row := range calls {
		out = append(out, t.merge(row))
	}
	return out, ctx.Err()
}

func (t *memoryTx) merge(row gateway.CallRow) uuid.UUID {
	best, nearest := callRow{}, time.Duration(-1)
	for _, id := range byID(t.w.calls) {
		c := t.w.calls[id]
		if c.Mode != row.Mode || c.Vessel != row.Vessel || c.Port != row.Port {
			continue
		}
		if row.ETA.IsZero() {
			if nearest < 0 && slices.ContainsFunc(c.Aliases, func(a gateway.CallAlias) bool { return a.Partner == row.Partner && a.Voyage == row.Voyage }) {
				best, nearest = c, 0
			}
			continue
		}
		for _, at := range c.Times {
			if d := at.At.Sub(row.ETA).Abs(); at.Kind == "eta" && d <= 72*time.Hour && (nearest < 0 || d < nearest) {
				best, nearest = c, d
			}
		}
	}
	if nearest < 0 {
		best.Call = gateway.Call{
			ID: row.ID, Mode: row.Mode, Number: fmt.Sprintf("C%d", len(t.w.calls)+1), Vessel: row.Vessel, Name: row.Name, Port: row.Port, OpenedAt: t.now,
		}
	}
	best.receipts = maps.Clone(best.receipts)
	if best.receipts == nil {
		best.receipts = map[uuid.UUID]bool{}
	}
	best.receipts[row.Receipt] = true
	best.Filings = int64(len(best.receipts))
	best.Aliases = with(best.Aliases, gateway.CallAlias{Partner: row.Partner, Voyage: row.Voyage, Carrier: row.Carrier})
	for kind, at := range map[string]time.Time{"eta": row.ETA, "ata": row.ATA} {
		if !at.IsZero() {
			best.Times = with(best.Times, gateway.CallTime{Kind: kind, At: at, Partner: row.Partner, Receipt: row.Receipt})
		}
	}
	t.w.calls[best.ID] = best
	return best.ID
}

func with[T comparable](all []T, v T) []T {
	if slices.Contains(all, v) {
		return all
	}
	return append(slices.Clip(all), v)
}

func changed(c gateway.ConsignmentRow, was, is string) gateway.Changed {
	return gateway.Changed{ID: c.ID, Receipt: c.Receipt, Partner: c.Partner, Filer: c.Filer, Number: c.Number, Was: was, Is: is}
}

func (t *memoryTx) Refold(ctx context.Context, p gateway.Plan, limit int) (out []gateway.Changed, err error) {
	if p.None {
		return nil, ctx.Err()
	}
	last := map[string]gateway.ConsignmentRow{}
	var rows []gateway.ConsignmentRow
	for _, c := range t.w.cargo {
		if c.DocumentKey != p.Key || c.State == "unaccepted" || !t.w.visible(c.Receipt, c.Attempt) {
			continue
		}
		rows = append(rows, c)
		if l, ok := last[c.BillKey]; !c.Order.Less(p.Epoch) && (!ok || l.Order.Less(c.Order) || l.Order == c.Order && l.Ordinal < c.Ordinal) {
			last[c.BillKey] = c
		}
	}
	for _, c := range rows {
		was := c.State
		switch l := last[c.BillKey]; {
		case c.Order.Less(p.Epoch):
			c.State = "superseded"
		case p.Cancelled || l.Op == gateway.OpDelete:
			c.State = "cancelled"
		case l.ID == c.ID:
			c.State = "accepted"
		default:
			c.State = "superseded"
		}
		if t.w.cargo[c.ID] = c; c.State != was && len(out) < limit {
			out = append(out, changed(c, was, c.State))
		}
	}
	return out, ctx.Err()
}

func (t *memoryTx) PutDocument(ctx context.Context, d gateway.Document) error {
	t.w.documents[d.Key] = d
	return ctx.Err()
}

func (t *memoryTx) Emit(ctx context.Context, events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) error {
	t.w.emit(events, deliveries, rows)
	return ctx.Err()
}

func (t *memoryTx) BillPage(ctx context.Context, receipt uuid.UUID, after string, limit int) ([]string, error) {
	docs, bills := map[string]bool{}, map[string]bool{}
	for _, r := range t.w.messages {
		if r.Receipt == receipt && r.DocumentKey != "" {
			docs[r.DocumentKey] = true
		}
	}
	for _, c := range t.w.cargo {
		if docs[c.DocumentKey] && t.w.visible(c.Receipt, c.Attempt) {
			bills[c.BillKey], bills[c.ParentKey] = true, true
		}
	}
	all := slices.Sorted(maps.Keys(bills))
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" || s <= after })
	return all[:min(limit, len(all))], ctx.Err()
}

func (t *memoryTx) Relink(ctx context.Context, mode cargo.Traffic, bills []string) (out []gateway.Changed, err error) {
	takesPart := func(c gateway.ConsignmentRow) bool {
		return c.Mode == mode && c.State == "accepted" && t.w.visible(c.Receipt, c.Attempt)
	}
	for _, id := range byID(t.w.cargo) {
		c := t.w.cargo[id]
		if c.Mode != mode || !slices.Contains(bills, c.BillKey) && !slices.Contains(bills, c.ParentKey) {
			continue
		}
		maps.DeleteFunc(t.w.links, func(l [2]uuid.UUID, _ bool) bool { return l[0] == id || l[1] == id })
		was := c.Link
		if c.Link = ""; takesPart(c) {
			parents, houses, packages := 0, 0, int64(0)
			for other, o := range t.w.cargo {
				if !takesPart(o) || other == id {
					continue
				}
				if c.ParentKey != "" && o.BillKey == c.ParentKey {
					parents++
					t.w.links[[2]uuid.UUID{id, other}] = true
				}
				if c.BillKey != "" && o.ParentKey == c.BillKey {
					houses, packages = houses+1, packages+o.Packages
					t.w.links[[2]uuid.UUID{other, id}] = true
				}
			}
			c.Link = gateway.LinkOf(c.Level, c.ParentKey != "", parents, houses, c.Packages, packages)
		}
		if t.w.cargo[id] = c; c.Link != was {
			out = append(out, changed(c, was, c.Link))
		}
	}
	return out, ctx.Err()
}

func (t *memoryTx) SetCursor(ctx context.Context, name string, from, to int64) error {
	if t.w.cursors[name] != from {
		return fmt.Errorf("cursor %s: %w", strings.TrimSpace(name), gateway.ErrFenced)
	}
	t.w.cursors[name] = to
	return ctx.Err()
}
