package gateway

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/failpoint"
	"cargogate/internal/outbox"
)

// maxChanges is how many events of changed consignments one transaction makes.
const maxChanges = 1000

// settle brings outcomes to their end in one transaction: all or none. Those that were judged by what is no longer on
// file are left out and given back, to be read again. The order of the batch does not matter.
func (g *Gateway) settle(ctx context.Context, batch []*outcome) ([]*outcome, error) {
	batch = slices.Clone(batch)
	slices.SortFunc(batch, func(a, b *outcome) int { return int(min(max(a.order-b.order, -1), 1)) })
	var again []*outcome
	err := g.store.Update(ctx, func(tx Tx) error {
		s := settling{ctx: ctx, tx: tx}
		again = nil
		if err := s.lock(batch); err != nil {
			return err
		}
		for _, o := range batch {
			if !s.holds(o) {
				again = append(again, o)
				continue
			}
			s.take(o)
		}
		if err := s.write(); err != nil {
			return err
		}
		failpoint.Hit(failpoint.MidSettle)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return again, nil
}

// A settling is one run of the transaction.
type settling struct {
	ctx      context.Context
	tx       Tx
	versions map[string][]Version // of the documents that are locked, with those of the batch
	others   map[string]bool      // documents that have to be folded over what is stored
	batch    []*outcome           // those that hold
}

// lock locks the documents of the whole batch at once, so that two transactions cannot wait for one another.
func (s *settling) lock(batch []*outcome) error {
	var docs []Document
	seen := map[string]bool{}
	add := func(d Document) {
		if !seen[d.Key] {
			seen[d.Key] = true
			docs = append(docs, d)
		}
	}
	for _, o := range batch {
		for _, d := range o.documents {
			add(d.doc)
		}
		for _, b := range o.held {
			add(Document{Key: b.key, Mode: o.settlement.Mode})
		}
	}
	s.others = make(map[string]bool)
	if len(docs) == 0 {
		return nil
	}
	slices.SortFunc(docs, func(a, b Document) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	versions, err := s.tx.LockDocuments(s.ctx, docs)
	if err != nil {
		return fmt.Errorf("gateway: documents cannot be locked: %w", err)
	}
	s.versions = make(map[string][]Version, len(docs))
	for _, d := range docs {
		s.versions[d.Key] = slices.Clone(versions[d.Key])
	}
	return nil
}

// holds reports whether an outcome was judged by what is on file now, before it in the order of acceptance.
func (s *settling) holds(o *outcome) bool {
	for _, d := range o.documents {
		if f := foldBefore(s.versions[d.doc.Key], o.order); f.state() != d.judged {
			return false
		}
	}
	for _, b := range o.held {
		if f := foldBefore(s.versions[b.key], o.order); f.current != b.current {
			return false
		}
	}
	return true
}

// take counts an outcome's versions in, for those behind it.
func (s *settling) take(o *outcome) {
	s.batch = append(s.batch, o)
	for _, d := range o.documents {
		key := d.doc.Key
		stored := s.versions[key]
		if len(stored) > 0 || len(d.versions) > 1 || d.versions[0].Op != OpSet || d.refold {
			s.others[key] = true
		}
		// Versions of this receipt that are visible are those of an attempt that was replayed since.
		stored = slices.DeleteFunc(stored, func(v Version) bool { return v.Receipt == d.versions[0].Receipt })
		stored = append(stored, d.versions...)
		slices.SortFunc(stored, func(a, b Version) int {
			if a.Order.Less(b.Order) {
				return -1
			}
			return 1
		})
		s.versions[key] = stored
	}
}

// write writes all rows of the outcomes that hold.
func (s *settling) write() error {
	if len(s.batch) == 0 {
		return nil
	}
	rows, err := s.rows()
	if err != nil {
		return err
	}
	for _, o := range s.batch {
		if err := s.tx.Settle(s.ctx, o.settlement); err != nil {
			return fmt.Errorf("gateway: %s is not settled: %w", o.settlement.Receipt, err)
		}
	}
	if rows.held() > 0 {
		if err := s.tx.Insert(s.ctx, rows); err != nil {
			return err
		}
	}
	changes, err := s.fold()
	if err != nil {
		return err
	}
	return s.emit(changes)
}

// rows merges the calls of the batch and gives all its rows as one, with the ids of the calls filled in.
func (s *settling) rows() (*Rows, error) {
	var calls []CallRow
	for _, o := range s.batch {
		calls = append(calls, o.calls...)
	}
	var ids []uuid.UUID
	if len(calls) > 0 {
		var err error
		if ids, err = s.tx.MergeCalls(s.ctx, calls); err != nil {
			return nil, fmt.Errorf("gateway: calls cannot be merged: %w", err)
		}
	}
	now := s.tx.Now()
	all, first := &Rows{}, 0
	if len(s.batch) == 1 {
		all = &s.batch[0].rows
	}
	for _, o := range s.batch {
		for i, index := range o.callOf {
			if index >= 0 {
				o.rows.Consignments[i].Call = ids[first+int(index)]
			}
		}
		first += len(o.calls)
		for i := range o.rows.Answers {
			o.rows.Answers[i].CreatedAt = now
		}
		if len(s.batch) > 1 {
			all.Messages = append(all.Messages, o.rows.Messages...)
			all.Consignments = append(all.Consignments, o.rows.Consignments...)
			all.Equipment = append(all.Equipment, o.rows.Equipment...)
			all.Controls = append(all.Controls, o.rows.Controls...)
			all.Answers = append(all.Answers, o.rows.Answers...)
		}
	}
	return all, nil
}

// fold writes the heads of all documents that the batch took effect on, in the order of their keys, and the states of
// their consignments where these are not what they were inserted as.
func (s *settling) fold() (changes []change, err error) {
	heads := map[string]Document{}
	for _, o := range s.batch {
		for _, d := range o.documents {
			heads[d.doc.Key] = d.doc
		}
	}
	keys := make([]string, 0, len(heads))
	for key := range heads {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	now := s.tx.Now()
	for _, key := range keys {
		plan, head := Fold(s.versions[key])
		if s.others[key] {
			plan.Key = key
			some, err := s.tx.Refold(s.ctx, plan, maxChanges-len(changes))
			if err != nil {
				return nil, fmt.Errorf("gateway: document %s cannot be folded: %w", key, err)
			}
			for _, c := range some {
				changes = append(changes, change{c, heads[key].Mode})
			}
		}
		d := heads[key]
		d.State, d.Versions, d.Current, d.UpdatedAt = head.State, head.Versions, head.Current, now
		if err := s.tx.PutDocument(s.ctx, d); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// A change is a consignment that a fold changed, with the mode of its document.
type change struct {
	Changed
	mode cargo.Traffic
}

// changedData is the data of outbox.TypeConsignment.
type changedData struct {
	Consignment uuid.UUID `json:"consignment"`
	Receipt     uuid.UUID `json:"receipt"`
	Was         string    `json:"was"`
	Is          string    `json:"is"`
}

// emit inserts events, deliveries and audit rows, at the time of the transaction.
func (s *settling) emit(changes []change) error {
	var events []outbox.Event
	var deliveries []outbox.Delivery
	var rows []audit.Row
	now := s.tx.Now()
	batch := map[uuid.UUID]bool{}
	for _, o := range s.batch {
		batch[o.settlement.Receipt] = true
		for _, e := range o.events {
			e.At = now
			events = append(events, e)
		}
		for _, d := range o.deliveries {
			d.NextAt, d.CreatedAt, d.UpdatedAt = now, now, now
			deliveries = append(deliveries, d)
		}
		for _, r := range o.audit {
			r.At = now
			rows = append(rows, r)
		}
	}
	for _, c := range changes {
		if batch[c.Receipt] {
			continue // its own event tells of it
		}
		events = append(events, outbox.Event{ID: newID(), Type: outbox.TypeConsignment, Subject: "consignment/" + c.ID.String(), Mode: string(c.mode), Partner: c.Partner,
			Filer: c.Filer, At: now, Data: toJSON(changedData{c.ID, c.Receipt, c.Was, c.Is})})
	}
	return s.tx.Emit(s.ctx, events, deliveries, rows)
}
