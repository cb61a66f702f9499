package storetest_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// verdict gives what is decided on the bill of a consignment.
func (w *world) verdict(c gateway.ConsignmentRow) string {
	for _, k := range w.cases {
		if c.Mode == "live" && k.Filer == c.Filer && k.BillKey == c.BillKey {
			return k.Verdict()
		}
	}
	return ""
}

// chosen gives copies of the cases that a function chooses, in the order of another.
func (w *world) chosen(take func(*caseq.Case) bool, less func(a, b *caseq.Case) bool) []caseq.Case {
	var out []caseq.Case
	for _, k := range w.cases {
		if take(&k) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b caseq.Case) int {
		if less(&a, &b) {
			return -1
		}
		return 1
	})
	return out
}

func within(k *caseq.Case, group, port string) bool {
	return (group == "" || slices.ContainsFunc(k.Groups, func(g caseq.Group) bool { return g.Key() == group })) && (port == "" || k.Port == port)
}

func (m *memory) Cases(ctx context.Context, q gateway.CaseList) ([]caseq.Case, string, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, "", err
	}
	list := fmt.Sprint("cases", q.Closed)
	var last uuid.UUID
	if q.After != "" {
		var micros int64
		if micros, last, err = after(list, q.After); err != nil {
			return nil, "", err
		}
		q.Now = time.UnixMicro(micros).UTC()
	}
	items := w.chosen(func(k *caseq.Case) bool {
		return (k.State == caseq.Closed) == q.Closed && (q.Closed || len(q.States) == 0 || slices.Contains(q.States, k.State)) &&
			(q.Assignee == "" || k.Assignee == q.Assignee && k.LeasedAt(q.Now)) && within(k, q.Group, q.Port)
	}, func(a, b *caseq.Case) bool {
		if q.Closed {
			return cmp.Or(b.ClosedAt.Compare(a.ClosedAt), cmp.Compare(a.Number, b.Number)) < 0
		}
		return caseq.Less(a, b, q.Now)
	})
	if i := slices.IndexFunc(items, func(k caseq.Case) bool { return k.ID == last }); i >= 0 {
		items = items[i+1:]
	}
	if limit := max(q.Limit, 1); len(items) > limit {
		return items[:limit], token(list, q.Now.UnixMicro(), items[limit-1].ID), nil
	}
	return items, "", nil
}

func (m *memory) CaseByID(ctx context.Context, id uuid.UUID) (caseq.Case, error) {
	w, err := m.read(ctx)
	if err != nil {
		return caseq.Case{}, err
	}
	return get(w.cases, id)
}

func (m *memory) CaseHistory(ctx context.Context, id uuid.UUID, limit int) ([]caseq.Entry, error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	lines := w.histories[id]
	return lines[max(0, len(lines)-limit):], nil
}

func (m *memory) ConsignmentsByID(ctx context.Context, ids []uuid.UUID) (out []gateway.ConsignmentRow, err error) {
	for _, id := range ids {
		if c, err := m.Consignment(ctx, id); err == nil {
			out = append(out, c)
		}
	}
	return out, ctx.Err()
}

func (m *memory) MatchCases(ctx context.Context, q gateway.CaseMatch) (out []uuid.UUID, err error) {
	w, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	if q.BillKey == "" && q.Equipment == "" {
		return nil, gateway.ErrInput
	}
	group := ""
	if q.Equipment != "" {
		group = caseq.Group{Kind: caseq.GroupEquipment, Value: q.Equipment}.Key()
	}
	for _, k := range w.chosen(func(k *caseq.Case) bool {
		return (q.BillKey == "" || k.BillKey == q.BillKey) && within(k, group, "") && !k.OpenedAt.After(q.To) &&
			(!k.OpenedAt.Before(q.From) || !k.Due.IsZero() && !k.Due.Before(q.From))
	}, func(a, b *caseq.Case) bool { return a.Number < b.Number }) {
		out = append(out, k.ID)
	}
	return clip(out, q.Limit), nil
}

func (t *memoryTx) CaseFiles(ctx context.Context, bills []string, unassessable bool) (out []gateway.CaseFile, err error) {
	type key struct {
		filer partner.ID
		bill  string
	}
	files := map[key]*gateway.CaseFile{}
	at := func(filer partner.ID, bill string) *gateway.CaseFile {
		k := key{filer, bill}
		if files[k] == nil {
			files[k] = &gateway.CaseFile{Filer: filer, BillKey: bill}
		}
		return files[k]
	}
	shown := func(c gateway.ConsignmentRow) bool {
		return c.Mode == "live" && c.BillKey != "" && slices.Contains(bills, c.BillKey) && t.w.visible(c.Receipt, c.Attempt)
	}
	for _, c := range t.w.cargo {
		if s := c.Score; shown(c) && s.Done && (s.Selected || unassessable && !s.Assessable) {
			at(c.Filer, c.BillKey).Flagged = true
		}
	}
	for _, k := range t.w.cases {
		if slices.Contains(bills, k.BillKey) {
			at(k.Filer, k.BillKey).Case = &k
		}
	}
	for _, id := range byID(t.w.cargo) {
		c := t.w.cargo[id]
		f := files[key{c.Filer, c.BillKey}]
		if !shown(c) || f == nil {
			continue
		}
		c.Verdict, c.Terms = t.w.verdict(c), nil
		i := slices.IndexFunc(f.Versions, func(o gateway.ConsignmentRow) bool { return o.State == c.State })
		switch {
		case i < 0:
			f.Versions = append(f.Versions, c)
		case f.Versions[i].Order.Less(c.Order) || f.Versions[i].Order == c.Order && f.Versions[i].Ordinal < c.Ordinal:
			f.Versions[i] = c
		}
	}
	for _, f := range files {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b gateway.CaseFile) int {
		return cmp.Or(cmp.Compare(a.Filer, b.Filer), cmp.Compare(a.BillKey, b.BillKey))
	})
	return out, ctx.Err()
}

func (t *memoryTx) CallNumbers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	out := map[uuid.UUID]string{}
	for _, id := range ids {
		if c, ok := t.w.calls[id]; ok {
			out[id] = c.Number
		}
	}
	return out, ctx.Err()
}

func (t *memoryTx) LockCase(_ context.Context, id uuid.UUID) (caseq.Case, error) {
	return get(t.w.cases, id)
}

func (t *memoryTx) PickCases(ctx context.Context, p gateway.CasePick) ([]caseq.Case, error) {
	return clip(t.w.chosen(func(k *caseq.Case) bool {
		return k.State != caseq.Closed && slices.Contains(p.States, k.State) && !k.LeasedAt(p.Now) && (k.Proposal == nil || k.Proposal.By != p.Who) &&
			within(k, p.Group, p.Port)
	}, func(a, b *caseq.Case) bool { return caseq.Less(a, b, p.Now) }), p.Limit), ctx.Err()
}

func (t *memoryTx) SaveCases(ctx context.Context, cases []*caseq.Case) error {
	for _, c := range cases {
		for _, k := range t.w.cases {
			if k.ID != c.ID && k.Filer == c.Filer && k.BillKey == c.BillKey {
				return fmt.Errorf("case %s: %w", c.ID, gateway.ErrFenced)
			}
		}
		if k, there := t.w.cases[c.ID]; there != (c.Number != 0) || there && k.Revision != c.Revision-1 {
			return fmt.Errorf("case %s: %w", c.ID, gateway.ErrFenced)
		}
		if c.Number == 0 {
			c.Number = int64(len(t.w.cases) + 1)
		}
		t.w.cases[c.ID] = *c
	}
	return ctx.Err()
}

func (t *memoryTx) AddCaseEntries(ctx context.Context, entries []caseq.Entry) error {
	for _, e := range entries {
		lines := t.w.histories[e.Case]
		e.Seq = int64(len(lines) + 1)
		t.w.histories[e.Case] = append(slices.Clip(lines), e)
	}
	return ctx.Err()
}

func (t *memoryTx) ForgetCases(ctx context.Context, receipt uuid.UUID) (n int, err error) {
	for id, k := range t.w.cases {
		if k.Receipt != receipt || k.Consignment == uuid.Nil {
			continue
		}
		k.Forget()
		k.Revision++
		lines := slices.Clone(t.w.histories[id])
		for i := range lines {
			lines[i].Note = ""
		}
		t.w.cases[id], t.w.histories[id], n = k, lines, n+1
	}
	return n, ctx.Err()
}
