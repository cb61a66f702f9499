package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
)

// A caser is a transaction that does something else with cases, where a function is set.
type caser struct {
	gateway.Tx
	files func(tx gateway.Tx, ctx context.Context, bills []string, unassessable bool) ([]gateway.CaseFile, error)
	pick  func(tx gateway.Tx, ctx context.Context, p gateway.CasePick) ([]caseq.Case, error)
	save  func(tx gateway.Tx, ctx context.Context, cases []*caseq.Case) error
	add   func(tx gateway.Tx, ctx context.Context, entries []caseq.Entry) error
	calls func(tx gateway.Tx, ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error)
}

func (t caser) CaseFiles(ctx context.Context, bills []string, unassessable bool) ([]gateway.CaseFile, error) {
	if t.files == nil {
		return t.Tx.CaseFiles(ctx, bills, unassessable)
	}
	return t.files(t.Tx, ctx, bills, unassessable)
}

func (t caser) PickCases(ctx context.Context, p gateway.CasePick) ([]caseq.Case, error) {
	if t.pick == nil {
		return t.Tx.PickCases(ctx, p)
	}
	return t.pick(t.Tx, ctx, p)
}

func (t caser) SaveCases(ctx context.Context, cases []*caseq.Case) error {
	if t.save == nil {
		return t.Tx.SaveCases(ctx, cases)
	}
	return t.save(t.Tx, ctx, cases)
}

func (t caser) AddCaseEntries(ctx context.Context, entries []caseq.Entry) error {
	if t.add == nil {
		return t.Tx.AddCaseEntries(ctx, entries)
	}
	return t.add(t.Tx, ctx, entries)
}

func (t caser) CallNumbers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	if t.calls == nil {
		return t.Tx.CallNumbers(ctx, ids)
	}
	return t.calls(t.Tx, ctx, ids)
}

func casing(c caser) func(gateway.Store) gateway.Store {
	return within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		c.Tx = tx
		return c
	})
}

// saving saves cases that were changed.
func saving(edit func(tx gateway.Tx, ctx context.Context, c *caseq.Case)) func(gateway.Store) gateway.Store {
	return casing(caser{save: func(tx gateway.Tx, ctx context.Context, cases []*caseq.Case) error {
		changed := make([]*caseq.Case, len(cases))
		for i, c := range cases {
			other := *c
			edit(tx, ctx, &other)
			changed[i] = &other
		}
		err := tx.SaveCases(ctx, changed)
		for i := range cases {
			cases[i].Number = changed[i].Number
		}
		return err
	}})
}

// filing gives files that were changed.
func filing(edit func(files []gateway.CaseFile) []gateway.CaseFile) func(gateway.Store) gateway.Store {
	return casing(caser{files: func(tx gateway.Tx, ctx context.Context, bills []string, unassessable bool) ([]gateway.CaseFile, error) {
		files, err := tx.CaseFiles(ctx, bills, unassessable)
		return edit(files), err
	}})
}

// A caseReader is a store that reads cases in another way, where a function is set.
type caseReader struct {
	gateway.Store
	list  func(s gateway.Store, ctx context.Context, q gateway.CaseList) ([]caseq.Case, string, error)
	match func(s gateway.Store, ctx context.Context, m gateway.CaseMatch) ([]uuid.UUID, error)
	byID  func(s gateway.Store, ctx context.Context, ids []uuid.UUID) ([]gateway.ConsignmentRow, error)
	purge func(s gateway.Store, ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error)
}

func (r caseReader) Cases(ctx context.Context, q gateway.CaseList) ([]caseq.Case, string, error) {
	if r.list == nil {
		return r.Store.Cases(ctx, q)
	}
	return r.list(r.Store, ctx, q)
}

func (r caseReader) MatchCases(ctx context.Context, m gateway.CaseMatch) ([]uuid.UUID, error) {
	if r.match == nil {
		return r.Store.MatchCases(ctx, m)
	}
	return r.match(r.Store, ctx, m)
}

func (r caseReader) ConsignmentsByID(ctx context.Context, ids []uuid.UUID) ([]gateway.ConsignmentRow, error) {
	if r.byID == nil {
		return r.Store.ConsignmentsByID(ctx, ids)
	}
	return r.byID(r.Store, ctx, ids)
}

func (r caseReader) Purge(ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
	if r.purge == nil {
		return r.Store.Purge(ctx, t, row)
	}
	return r.purge(r.Store, ctx, t, row)
}

func reading(r caseReader) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		r.Store = s
		return r
	}
}

var brokenCase = []Breakage{
	{"cases lose their reasons", "case/keeps all that it is given", saving(func(_ gateway.Tx, _ context.Context, c *caseq.Case) { c.Reasons = nil })},
	{"cases keep a lease that was given back", "case/keeps all that it is given", saving(func(_ gateway.Tx, _ context.Context, c *caseq.Case) {
		if c.Lease == uuid.Nil && c.Revision > 1 {
			c.Lease, c.LeaseUntil = NewID(), c.UpdatedAt
		}
	})},
	{"a bill may have two cases", "case/numbers grow, and a bill of a filer has one", saving(func(_ gateway.Tx, _ context.Context, c *caseq.Case) { c.BillKey += c.ID.String() })},
	{"a case is saved whatever it was", "case/an earlier revision changes nothing", saving(func(tx gateway.Tx, ctx context.Context, c *caseq.Case) {
		if now, err := tx.LockCase(ctx, c.ID); err == nil {
			c.Revision = now.Revision + 1
		}
	})},
	{"what cannot be assessed always has a file", "case/files of bills that open one", casing(caser{
		files: func(tx gateway.Tx, ctx context.Context, bills []string, _ bool) ([]gateway.CaseFile, error) {
			return tx.CaseFiles(ctx, bills, true)
		}})},
	{"files of what was purged are gone", "case/files of bills that have one", filing(func(files []gateway.CaseFile) []gateway.CaseFile {
		return slices.DeleteFunc(files, func(f gateway.CaseFile) bool { return len(f.Versions) == 0 })
	})},
	{"files are of any filer", "case/files of bills that have one", filing(func(files []gateway.CaseFile) []gateway.CaseFile {
		for i := 1; i < len(files); i++ {
			if files[i].BillKey == files[i-1].BillKey {
				files[i].Case = files[i-1].Case
			}
		}
		return files
	})},
	{"files leave out what was refused", "case/files hold the newest of each state", filing(func(files []gateway.CaseFile) []gateway.CaseFile {
		for i := range files {
			files[i].Versions = slices.DeleteFunc(files[i].Versions, func(c gateway.ConsignmentRow) bool { return c.State == gateway.ConsignmentUnaccepted })
		}
		return files
	})},
	{"pages of cases are each of their own time", "case/lists the most urgent first, in pages of one time", reading(caseReader{
		list: func(s gateway.Store, ctx context.Context, q gateway.CaseList) ([]caseq.Case, string, error) {
			if q.After != "" {
				q.Now = q.Now.Add(-time.Hour)
			}
			all := q
			all.After, all.Limit = "", 1000
			items, _, err := s.Cases(ctx, all)
			if q.After != "" {
				for i := range items {
					if items[i].ID.String() == q.After {
						items = items[i+1:]
						break
					}
				}
			}
			if len(items) > q.Limit {
				return items[:q.Limit], items[q.Limit-1].ID.String(), err
			}
			return items, "", err
		}})},
	{"cases are leased in the order of their points", "case/lists the most urgent first, in pages of one time", casing(caser{
		pick: func(tx gateway.Tx, ctx context.Context, p gateway.CasePick) ([]caseq.Case, error) {
			items, err := tx.PickCases(ctx, p)
			slices.SortStableFunc(items, func(a, b caseq.Case) int { return b.Points - a.Points })
			return items, err
		}})},
	{"closed cases are listed oldest first", "case/lists closed ones newest first", reading(caseReader{
		list: func(s gateway.Store, ctx context.Context, q gateway.CaseList) ([]caseq.Case, string, error) {
			items, next, err := s.Cases(ctx, q)
			slices.Reverse(items)
			return items, next, err
		}})},
	{"who proposed a step is handed it again", "case/chooses by state, group, port and whose they are", casing(caser{
		pick: func(tx gateway.Tx, ctx context.Context, p gateway.CasePick) ([]caseq.Case, error) {
			p.Who = "nobody"
			return tx.PickCases(ctx, p)
		}})},
	{"the port of a case is not asked for", "case/chooses by state, group, port and whose they are", reading(caseReader{
		list: func(s gateway.Store, ctx context.Context, q gateway.CaseList) ([]caseq.Case, string, error) {
			q.Port = ""
			return s.Cases(ctx, q)
		}})},
	{"leased cases are leased again", "case/nobody gets one that another takes", casing(caser{
		pick: func(tx gateway.Tx, ctx context.Context, p gateway.CasePick) ([]caseq.Case, error) {
			p.Now, p.States = p.Now.Add(2*time.Hour), append(slices.Clone(p.States), caseq.Assigned)
			return tx.PickCases(ctx, p)
		}})},
	{"histories are written backwards", "case/a history has an order of its own", casing(caser{
		add: func(tx gateway.Tx, ctx context.Context, entries []caseq.Entry) error {
			entries = slices.Clone(entries)
			slices.Reverse(entries)
			return tx.AddCaseEntries(ctx, entries)
		}})},
	{"equipment is not looked at where there is a bill", "case/matches by bill, equipment and day", reading(caseReader{
		match: func(s gateway.Store, ctx context.Context, m gateway.CaseMatch) ([]uuid.UUID, error) {
			if m.BillKey != "" {
				m.Equipment = ""
			}
			return s.MatchCases(ctx, m)
		}})},
	{"the day of an outcome is not looked at", "case/matches by bill, equipment and day", reading(caseReader{
		match: func(s gateway.Store, ctx context.Context, m gateway.CaseMatch) ([]uuid.UUID, error) {
			m.From, m.To = time.Unix(0, 0), time.Now().AddDate(100, 0, 0)
			return s.MatchCases(ctx, m)
		}})},
	{"what is decided is not told", "case/what is decided is told with the consignment", reading(caseReader{
		byID: func(s gateway.Store, ctx context.Context, ids []uuid.UUID) ([]gateway.ConsignmentRow, error) {
			rows, err := s.ConsignmentsByID(ctx, ids)
			for i := range rows {
				rows[i].Verdict = ""
			}
			return rows, err
		}})},
	{"cases remember persons", "case/forgets persons when its message is purged", reading(caseReader{
		purge: func(s gateway.Store, ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
			before, _, err := s.Cases(ctx, gateway.CaseList{Now: time.Now(), Limit: 100})
			if err != nil {
				return t, err
			}
			if t, err = s.Purge(ctx, t, row); err != nil {
				return t, err
			}
			return t, s.Update(ctx, func(tx gateway.Tx) error {
				for _, c := range before {
					if c.Receipt != t.Receipt {
						continue
					}
					now, err := tx.LockCase(ctx, c.ID)
					if err != nil {
						return err
					}
					c.Revision = now.Revision + 1
					if err := tx.SaveCases(ctx, []*caseq.Case{&c}); err != nil {
						return err
					}
				}
				return nil
			})
		}})},
	{"calls have no numbers", "case/numbers of calls", casing(caser{
		calls: func(gateway.Tx, context.Context, []uuid.UUID) (map[uuid.UUID]string, error) { return nil, nil }})},
}
