package sqlite

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

const caseColumns = `k.id, k.n, k.revision, k.filer, k.bill_key, k.bill, k.document_key, k.partner, k.consignment, k.receipt, k.call,
	k.port, k.cargo, k.state, k.points, k.base, k.band, k.assessable, k.due, k.assignee, k.lease, k.lease_until,
	k.details, k.opened_at, k.updated_at, k.closed_at`

func caseOf(w *row) (caseq.Case, error) {
	c := caseq.Case{
		ID: w.uuid(), Number: w.int(), Revision: w.int(), Filer: partner.ID(w.text()), BillKey: w.text(), Bill: w.text(), DocumentKey: w.text(),
		Partner: partner.ID(w.text()), Consignment: w.uuid(), Receipt: w.uuid(), Call: w.uuid(), Port: w.text(), Cargo: w.text(),
		State: caseq.State(w.text()), Points: int(w.int()), Base: int(w.int()), Band: w.text(), Assessable: w.bool(), Due: w.time(),
		Assignee: w.text(), Lease: w.uuid(), LeaseUntil: w.time(),
	}
	details := w.text()
	c.OpenedAt, c.UpdatedAt, c.ClosedAt = w.time(), w.time(), w.time()
	return c, c.SetDetails([]byte(details))
}

func casesOf(rows []row) ([]caseq.Case, error) {
	out := make([]caseq.Case, len(rows))
	for i := range rows {
		var err error
		if out[i], err = caseOf(&rows[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// urgencySQL is caseq.Urgency at ?1, a time in microseconds.
var urgencySQL = fmt.Sprintf(`(k.base * %d + CASE WHEN k.due = 0 THEN %d WHEN k.due - ?1 >= %d OR k.due - ?1 <= -%d THEN 0
	WHEN k.due <= ?1 THEN %d ELSE (%d - (k.due - ?1)) / %d END)`, caseq.UrgencyPoint, caseq.UrgencyUnknown, caseq.Horizon.Microseconds(),
	caseq.Grace.Microseconds(), caseq.UrgencyFull, caseq.Horizon.Microseconds(), caseq.Horizon.Microseconds()/caseq.UrgencyFull)

const leasedSQL = "(k.lease IS NOT NULL AND k.lease_until > ?1)"

// A caseWhere gathers conditions on cases. ?1 is the time.
type caseWhere struct {
	conditions []string
	args       []any
}

func (w *caseWhere) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?@", fmt.Sprintf("?%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

func (w *caseWhere) states(states []caseq.State) {
	if len(states) == 0 {
		return
	}
	args := make([]any, len(states))
	for i, s := range states {
		args[i] = string(s)
	}
	w.add("k.state IN (?@"+strings.Repeat(", ?@", len(states)-1)+")", args...)
}

func (w *caseWhere) narrow(group, port string) {
	if group != "" {
		w.add("EXISTS (SELECT 1 FROM case_groups g WHERE g.grp = ?@ AND g.case_n = k.n)", group)
	}
	if port != "" {
		w.add("k.port = ?@", port)
	}
}

func (w *caseWhere) String() string { return strings.Join(w.conditions, " AND ") }

// Cases gives a page of cases. A token holds the time of the first page: the list is that of one time, whatever has
// happened to the weights since.
func (s *Store) Cases(ctx context.Context, q gateway.CaseList) (items []caseq.Case, next string, err error) {
	kind := tokenKind("cases", fmt.Sprint(q.Closed))
	var after []byte
	now := micros(q.Now)
	if q.After != "" {
		if after, err = readToken(kind, q.After, 24); err != nil {
			return nil, "", err
		}
		now = int64(binary.BigEndian.Uint64(after))
	}
	w := caseWhere{args: []any{now}}
	w.add("?1 IS NOT NULL") // closed cases are listed the same at any time
	rank := urgencySQL
	if q.Closed {
		rank = "k.closed_at"
		w.add("k.state = 'closed'")
	} else {
		w.add("k.state <> 'closed'")
		w.states(q.States)
	}
	if q.Assignee != "" {
		w.add("k.assignee = ?@ AND "+leasedSQL, q.Assignee)
	}
	w.narrow(q.Group, q.Port)
	if after != nil {
		w.add("("+rank+", -k.n) < (?@, -?@)", int64(binary.BigEndian.Uint64(after[8:])), int64(binary.BigEndian.Uint64(after[16:])))
	}
	limit := bounded(q.Limit)
	w.args = append(w.args, limit+1)
	rows, err := s.main.pool.query(ctx, "cases", "SELECT "+rank+", "+caseColumns+" FROM cases k WHERE "+w.String()+" ORDER BY "+rank+
		fmt.Sprintf(" DESC, k.n LIMIT ?%d", len(w.args)), w.args...)
	if err != nil {
		return nil, "", err
	}
	var last int64
	for i := range rows {
		if i == limit {
			key := binary.BigEndian.AppendUint64(nil, uint64(now))
			key = binary.BigEndian.AppendUint64(key, uint64(last))
			return items, makeToken(kind, binary.BigEndian.AppendUint64(key, uint64(items[limit-1].Number))), nil
		}
		last = rows[i].int()
		c, err := caseOf(&rows[i])
		if err != nil {
			return nil, "", err
		}
		items = append(items, c)
	}
	return items, "", nil
}

// CaseByID gives one.
func (s *Store) CaseByID(ctx context.Context, id uuid.UUID) (c caseq.Case, err error) {
	err = s.main.pool.read(ctx, "case", func(q *reader) error {
		c, err = caseByID(q, id)
		return err
	})
	return c, err
}

func caseByID(q asker, id uuid.UUID) (caseq.Case, error) {
	rows, err := q.query("SELECT "+caseColumns+" FROM cases k WHERE k.id = ?", id)
	if err != nil {
		return caseq.Case{}, err
	}
	if len(rows) == 0 {
		return caseq.Case{}, fmt.Errorf("case %s: %w", id, gateway.ErrNotFound)
	}
	return caseOf(&rows[0])
}

// CaseHistory gives the newest lines of a case's history in their order.
func (s *Store) CaseHistory(ctx context.Context, id uuid.UUID, limit int) ([]caseq.Entry, error) {
	rows, err := s.main.pool.query(ctx, "case history", `SELECT h.seq, h.at, h.who, h.what, h.from_state, h.to_state, h.points, h.reason, h.note
		FROM cases k JOIN case_history h ON h.case_n = k.n WHERE k.id = ? ORDER BY h.seq DESC LIMIT ?`, id, bounded(limit))
	if err != nil {
		return nil, err
	}
	out := make([]caseq.Entry, len(rows))
	for i := range rows {
		w := &rows[i]
		out[len(rows)-1-i] = caseq.Entry{Case: id, Seq: w.int(), At: w.time(), Who: w.text(), What: w.text(), From: caseq.State(w.text()),
			To: caseq.State(w.text()), Points: int(w.int()), Reason: w.text(), Note: w.text()}
	}
	return out, nil
}

// ConsignmentsByID gives visible ones.
func (s *Store) ConsignmentsByID(ctx context.Context, ids []uuid.UUID) (out []gateway.ConsignmentRow, err error) {
	err = s.main.pool.snapshot(ctx, "consignments", func(q *reader) error {
		for _, id := range ids {
			rows, err := q.query("SELECT "+consignmentColumns+` FROM consignments c
				JOIN works w ON w.n = c.work AND w.settled = 1 LEFT JOIN documents d ON d.n = c.document WHERE c.id = ?`, id)
			if err != nil {
				return err
			}
			for i := range rows {
				out = append(out, consignmentOf(&rows[i]))
			}
		}
		return nil
	})
	return out, err
}

// MatchCases gives the ids of cases that an outcome may be about.
func (s *Store) MatchCases(ctx context.Context, m gateway.CaseMatch) (out []uuid.UUID, err error) {
	if m.BillKey == "" && m.Equipment == "" {
		return nil, fmt.Errorf("sqlite: %w: neither a bill nor a piece of equipment", gateway.ErrInput)
	}
	w := caseWhere{}
	from := "cases k"
	if m.BillKey != "" {
		w.add("k.bill_key = ?@", m.BillKey)
	}
	if m.Equipment != "" {
		from = "case_groups g JOIN cases k ON k.n = g.case_n"
		w.add("g.grp = ?@", caseq.Group{Kind: caseq.GroupEquipment, Value: m.Equipment}.Key())
	}
	w.add("k.opened_at <= ?@ AND max(k.opened_at, k.due) >= ?@", m.To, m.From)
	w.args = append(w.args, bounded(m.Limit))
	err = s.main.pool.read(ctx, "match cases", func(q *reader) error {
		out, err = uuids(q, "SELECT k.id FROM "+from+" WHERE "+w.String()+fmt.Sprintf(" ORDER BY k.n LIMIT ?%d", len(w.args)), w.args...)
		return err
	})
	return out, err
}

// CaseFiles gives what is on file of bills that have a case or should have one. There is one writer, so nothing is to be
// locked.
func (t *settling) CaseFiles(_ context.Context, bills []string, unassessable bool) ([]gateway.CaseFile, error) {
	bills = slices.Clone(bills)
	slices.Sort(bills)
	var files []gateway.CaseFile
	for _, bill := range slices.Compact(bills) {
		if bill == "" {
			continue
		}
		rows, err := t.query(`SELECT filer, max(flagged) FROM (
			SELECT c.filer, 1 AS flagged FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1
			WHERE c.bill_key = ?1 AND c.bill_key <> '' AND c.mode = 1 AND c.scored IN (1, 3, 7) AND (?2 OR c.scored IN (3, 7))
			UNION ALL SELECT k.filer, 0 FROM cases k WHERE k.bill_key = ?1) GROUP BY filer`, bill, unassessable)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			f := gateway.CaseFile{Filer: partner.ID(rows[i].text()), BillKey: bill, Flagged: rows[i].bool()}
			if err := t.caseFile(&f); err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b gateway.CaseFile) int {
		return cmp.Or(cmp.Compare(a.Filer, b.Filer), cmp.Compare(a.BillKey, b.BillKey))
	})
	return files, nil
}

func (t *settling) caseFile(f *gateway.CaseFile) error {
	rows, err := t.query("SELECT "+caseColumns+" FROM cases k WHERE k.bill_key = ? AND k.filer = ?", f.BillKey, string(f.Filer))
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		c, err := caseOf(&rows[0])
		if err != nil {
			return err
		}
		f.Case = &c
	}
	rows, err = t.query("SELECT "+consignmentColumns+` FROM (
			SELECT c.n, row_number() OVER (PARTITION BY c.state ORDER BY c.seq DESC, c.message DESC, c.ordinal DESC) AS place
			FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1
			WHERE c.bill_key = ? AND c.bill_key <> '' AND c.mode = 1 AND c.filer = ?) r
		JOIN consignments c ON c.n = r.n JOIN works w ON w.n = c.work LEFT JOIN documents d ON d.n = c.document
		WHERE r.place = 1 ORDER BY c.id`, f.BillKey, string(f.Filer))
	for i := range rows {
		f.Versions = append(f.Versions, consignmentOf(&rows[i]))
	}
	return err
}

// CallNumbers gives the numbers of calls.
func (t *settling) CallNumbers(_ context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	out := make(map[uuid.UUID]string, len(ids))
	for _, id := range ids {
		n, err := t.number("SELECT n FROM calls WHERE id = ?", id)
		if err != nil {
			return nil, err
		}
		if n != 0 {
			out[id] = callNumber(n)
		}
	}
	return out, nil
}

// LockCase gives a case.
func (t *settling) LockCase(_ context.Context, id uuid.UUID) (caseq.Case, error) {
	return caseByID(t, id)
}

// PickCases gives the cases to be leased.
func (t *settling) PickCases(_ context.Context, p gateway.CasePick) ([]caseq.Case, error) {
	if len(p.States) == 0 {
		return nil, nil
	}
	w := caseWhere{args: []any{p.Now}}
	w.add("k.state <> 'closed' AND NOT " + leasedSQL)
	w.states(p.States)
	w.add("k.proposer <> ?@", p.Who)
	w.narrow(p.Group, p.Port)
	w.args = append(w.args, bounded(p.Limit))
	rows, err := t.query("SELECT "+caseColumns+" FROM cases k WHERE "+w.String()+" ORDER BY "+urgencySQL+
		fmt.Sprintf(" DESC, k.n LIMIT ?%d", len(w.args)), w.args...)
	if err != nil {
		return nil, err
	}
	return casesOf(rows)
}

// SaveCases writes cases.
func (t *settling) SaveCases(_ context.Context, cases []*caseq.Case) error {
	for _, c := range cases {
		if err := t.saveCase(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *settling) saveCase(c *caseq.Case) error {
	details, err := c.Details()
	if err != nil {
		return err
	}
	proposer := ""
	if c.Proposal != nil {
		proposer = c.Proposal.By
	}
	args := []any{c.ID, c.Revision, string(c.Filer), c.BillKey, c.Bill, c.DocumentKey, string(c.Partner), c.Consignment, c.Receipt, c.Call,
		c.Port, c.Cargo, string(c.State), c.Points, c.Base, c.Band, c.Assessable, c.Due, c.Assignee, c.Lease, c.LeaseUntil, proposer,
		c.Verdict(), string(details), c.OpenedAt, c.UpdatedAt, c.ClosedAt}
	query := `UPDATE cases SET revision = ?2, bill = ?5, document_key = ?6, partner = ?7, consignment = ?8, receipt = ?9, call = ?10, port = ?11,
		cargo = ?12, state = ?13, points = ?14, base = ?15, band = ?16, assessable = ?17, due = ?18, assignee = ?19, lease = ?20,
		lease_until = ?21, proposer = ?22, verdict = ?23, details = ?24, opened_at = ?25, updated_at = ?26, closed_at = ?27
		WHERE id = ?1 AND revision = ?2 - 1 AND filer = ?3 AND bill_key = ?4`
	if c.Number == 0 {
		query = `INSERT INTO cases (id, revision, filer, bill_key, bill, document_key, partner, consignment, receipt, call, port, cargo, state, points, base,
			band, assessable, due, assignee, lease, lease_until, proposer, verdict, details, opened_at, updated_at, closed_at)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)
			ON CONFLICT (bill_key, filer) DO NOTHING`
	}
	n, err := t.exec(query, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return t.keep(fmt.Errorf("case %s at revision %d: %w", c.ID, c.Revision, gateway.ErrFenced))
	}
	if c.Number == 0 {
		if c.Number, err = t.number("SELECT n FROM cases WHERE id = ?", c.ID); err != nil {
			return err
		}
	}
	return t.saveGroups(c)
}

// saveGroups makes what the case is found by what it says.
func (t *settling) saveGroups(c *caseq.Case) error {
	rows, err := t.query("SELECT grp FROM case_groups WHERE case_n = ?", c.Number)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for i := range rows {
		have[rows[i].text()] = true
	}
	for _, g := range c.Groups {
		if have[g.Key()] {
			delete(have, g.Key())
			continue
		}
		if _, err := t.exec("INSERT OR IGNORE INTO case_groups (grp, case_n) VALUES (?, ?)", g.Key(), c.Number); err != nil {
			return err
		}
	}
	for key := range have {
		if _, err := t.exec("DELETE FROM case_groups WHERE grp = ? AND case_n = ?", key, c.Number); err != nil {
			return err
		}
	}
	return nil
}

// AddCaseEntries adds to the histories of cases, in the order given.
func (t *settling) AddCaseEntries(_ context.Context, entries []caseq.Entry) error {
	for i := range entries {
		e := &entries[i]
		n, err := t.exec(`INSERT INTO case_history (case_n, seq, at, who, what, from_state, to_state, points, reason, note)
			SELECT k.n, 1 + coalesce((SELECT max(seq) FROM case_history WHERE case_n = k.n), 0), ?, ?, ?, ?, ?, ?, ?, ? FROM cases k WHERE k.id = ?`,
			e.At, e.Who, e.What, string(e.From), string(e.To), e.Points, e.Reason, e.Note, e.Case)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.keep(fmt.Errorf("case %s: %w", e.Case, gateway.ErrNotFound))
		}
	}
	return nil
}

// ForgetCases lets the cases of a receipt forget what is of persons.
func (t *settling) ForgetCases(_ context.Context, receipt uuid.UUID) (int, error) {
	rows, err := t.query("SELECT "+caseColumns+" FROM cases k WHERE k.receipt = ? AND k.consignment IS NOT NULL ORDER BY k.n", receipt)
	if err != nil {
		return 0, err
	}
	cases, err := casesOf(rows)
	if err != nil {
		return 0, err
	}
	for i := range cases {
		c := &cases[i]
		c.Forget()
		c.Revision++
		if err := t.saveCase(c); err != nil {
			return 0, err
		}
		if _, err := t.exec("UPDATE case_history SET note = '' WHERE case_n = ? AND note <> ''", c.Number); err != nil {
			return 0, err
		}
	}
	return len(cases), nil
}
