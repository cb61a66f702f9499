package postgres

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

const caseSelect = `SELECT k.id, k.number, k.revision, k.filer, k.bill_key, k.bill, k.document_key, k.partner, k.consignment, k.receipt, k.call,
	k.port, k.cargo, k.state, k.points, k.base, k.band, k.assessable, k.due, k.assignee, k.lease, nullif(k.lease_until, '-infinity'),
	k.details, k.opened_at, k.updated_at, k.closed_at`

const fromCases = " FROM cases k "

// scanCase reads what caseSelect gives, and what stands behind it into more.
func scanCase(row pgx.CollectableRow, more ...any) (caseq.Case, error) {
	var c caseq.Case
	var consignment, call, lease *uuid.UUID
	var due, until, closed *time.Time
	var details []byte
	err := row.Scan(append([]any{&c.ID, &c.Number, &c.Revision, &c.Filer, &c.BillKey, &c.Bill, &c.DocumentKey, &c.Partner, &consignment, &c.Receipt, &call,
		&c.Port, &c.Cargo, &c.State, &c.Points, &c.Base, &c.Band, &c.Assessable, &due, &c.Assignee, &lease, &until,
		&details, &c.OpenedAt, &c.UpdatedAt, &closed}, more...)...)
	if err != nil {
		return c, err
	}
	c.Consignment, c.Call, c.Lease = idOrNil(consignment), idOrNil(call), idOrNil(lease)
	c.Due, c.LeaseUntil, c.ClosedAt = orZero(due), orZero(until), orZero(closed)
	c.OpenedAt, c.UpdatedAt = c.OpenedAt.UTC(), c.UpdatedAt.UTC()
	return c, c.SetDetails(details)
}

func scanCaseOnly(row pgx.CollectableRow) (caseq.Case, error) { return scanCase(row) }

// urgencySQL is caseq.Urgency at $1.
var urgencySQL = fmt.Sprintf(`(k.base::bigint * %d + CASE WHEN k.due IS NULL THEN %d
	WHEN k.due - $1 >= interval '%d seconds' OR k.due - $1 <= interval '-%d seconds' THEN 0
	WHEN k.due <= $1 THEN %d
	ELSE floor((%d - extract(epoch FROM k.due - $1)) / %d)::bigint END)`,
	caseq.UrgencyPoint, caseq.UrgencyUnknown, int(caseq.Horizon.Seconds()), int(caseq.Grace.Seconds()), caseq.UrgencyFull,
	int(caseq.Horizon.Seconds()), int64(caseq.Horizon.Seconds())/caseq.UrgencyFull)

const leasedSQL = "k.lease IS NOT NULL AND k.lease_until > $1"

// A caseWhere gathers conditions on cases. $1 is the time.
type caseWhere struct {
	conditions []string
	args       []any
}

func (w *caseWhere) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

func (w *caseWhere) narrow(group, port string) {
	if group != "" {
		w.add("EXISTS (SELECT FROM case_groups g WHERE g.grp = ? AND g.case_id = k.id)", group)
	}
	if port != "" {
		w.add("k.port = ?", port)
	}
}

func (w *caseWhere) String() string { return strings.Join(w.conditions, " AND ") }

// Cases gives a page of cases.
func (s *Store) Cases(ctx context.Context, q gateway.CaseList) (items []caseq.Case, next string, err error) {
	place := casePlace{now: q.Now}
	if q.After != "" {
		if place, err = readCaseToken(q.After, q.Closed); err != nil {
			return nil, "", err
		}
	}
	w := caseWhere{args: []any{place.now}}
	w.add("$1::timestamptz IS NOT NULL") // closed cases are listed the same at any time
	rank := urgencySQL
	if q.Closed {
		rank = "(extract(epoch FROM k.closed_at) * 1000000)::bigint"
		w.add("k.state = 'closed'")
	} else {
		w.add("k.state <> 'closed'")
		if len(q.States) > 0 {
			w.add("k.state = ANY (?::text[])", texts(q.States))
		}
	}
	if q.Assignee != "" {
		w.add("k.assignee = ? AND "+leasedSQL, q.Assignee)
	}
	w.narrow(q.Group, q.Port)
	if q.After != "" {
		w.add("("+rank+", -k.number) < (?::bigint, -?::bigint)", place.rank, place.number)
	}
	limit := clamp(q.Limit)
	rows, err := s.pool.Query(ctx, caseSelect+", "+rank+fromCases+"WHERE "+w.String()+" ORDER BY "+rank+" DESC, k.number LIMIT "+fmt.Sprint(limit+1), w.args...)
	if err != nil {
		return nil, "", mapError(ctx, err)
	}
	var ranks []int64
	items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (caseq.Case, error) {
		var r int64
		c, err := scanCase(row, &r)
		ranks = append(ranks, r)
		return c, err
	})
	if err != nil {
		return nil, "", mapError(ctx, err)
	}
	if len(items) > limit {
		items = items[:limit]
		place.rank, place.number = ranks[limit-1], items[limit-1].Number
		next = writeCaseToken(place, q.Closed)
	}
	return items, next, nil
}

// A casePlace is where a page of cases ends: the list is that of one time, whatever has happened to the weights since.
type casePlace struct {
	now          time.Time
	rank, number int64
}

const (
	tokenCases       = 'k'
	tokenClosedCases = 'K'
)

func caseTokenKind(closed bool) byte {
	if closed {
		return tokenClosedCases
	}
	return tokenCases
}

func writeCaseToken(p casePlace, closed bool) string {
	b := []byte{caseTokenKind(closed)}
	for _, v := range []int64{p.now.UnixMicro(), p.rank, p.number} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
}

func readCaseToken(token string, closed bool) (p casePlace, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	const n = 1 + 3*8
	if err != nil || len(b) != n+4 || b[0] != caseTokenKind(closed) || binary.BigEndian.Uint32(b[n:]) != crc32.ChecksumIEEE(b[:n]) {
		return p, inputError("%.60q is no token of this list", token)
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[1+8*i:])) }
	return casePlace{time.UnixMicro(at(0)).UTC(), at(1), at(2)}, nil
}

// CaseByID gives one.
func (s *Store) CaseByID(ctx context.Context, id uuid.UUID) (caseq.Case, error) {
	return caseByID(ctx, s.pool, id, "")
}

func caseByID(ctx context.Context, q querier, id uuid.UUID, lock string) (caseq.Case, error) {
	rows, err := q.Query(ctx, caseSelect+fromCases+"WHERE k.id = $1"+lock, id)
	if err != nil {
		return caseq.Case{}, mapError(ctx, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCaseOnly)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, notFound("case", id)
	}
	return c, mapError(ctx, err)
}

// CaseHistory gives the newest lines of a case's history in their order.
func (s *Store) CaseHistory(ctx context.Context, id uuid.UUID, limit int) ([]caseq.Entry, error) {
	rows, err := s.pool.Query(ctx, `SELECT seq, at, who, what, from_state, to_state, points, reason, note FROM case_history
		WHERE case_id = $1 ORDER BY seq DESC LIMIT $2`, id, clamp(limit))
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (caseq.Entry, error) {
		e := caseq.Entry{Case: id}
		err := row.Scan(&e.Seq, &e.At, &e.Who, &e.What, &e.From, &e.To, &e.Points, &e.Reason, &e.Note)
		e.At = e.At.UTC()
		return e, err
	})
	slices.Reverse(out)
	return out, mapError(ctx, err)
}

// ConsignmentsByID gives visible ones.
func (s *Store) ConsignmentsByID(ctx context.Context, ids []uuid.UUID) ([]gateway.ConsignmentRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, consignmentSelect+"WHERE c.id = ANY ($1::uuid[])", ids)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, scanConsignment)
	return out, mapError(ctx, err)
}

// MatchCases gives the ids of cases that an outcome may be about.
func (s *Store) MatchCases(ctx context.Context, m gateway.CaseMatch) ([]uuid.UUID, error) {
	if m.BillKey == "" && m.Equipment == "" {
		return nil, inputError("neither a bill nor a piece of equipment")
	}
	w := caseWhere{}
	if m.BillKey != "" {
		w.add("k.bill_key = ?", m.BillKey)
	}
	if m.Equipment != "" {
		w.add("EXISTS (SELECT FROM case_groups g WHERE g.grp = ? AND g.case_id = k.id)", caseq.Group{Kind: caseq.GroupEquipment, Value: m.Equipment}.Key())
	}
	w.add("k.opened_at <= ? AND greatest(k.opened_at, k.due) >= ?", m.To, m.From)
	rows, err := s.pool.Query(ctx, "SELECT k.id"+fromCases+"WHERE "+w.String()+" ORDER BY k.number LIMIT "+fmt.Sprint(clamp(m.Limit)), w.args...)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	return out, mapError(ctx, err)
}

// lockCases serialises those who open cases: who comes later sees what was opened before.
const lockCases = "SELECT pg_advisory_xact_lock(x'63676361'::int, 0)"

const caseFilesSQL = `
SELECT filer, bill_key, bool_or(flagged) FROM (
	SELECT c.filer, c.bill_key, true AS flagged FROM consignments c JOIN settled USING (receipt, attempt)
	WHERE c.bill_key = ANY ($1) AND c.bill_key <> '' AND c.mode = 'live' AND c.scored IN (1, 3, 7) AND ($2 OR c.scored IN (3, 7))
	UNION ALL
	SELECT k.filer, k.bill_key, false FROM cases k WHERE k.bill_key = ANY ($1)
) f GROUP BY filer, bill_key ORDER BY filer, bill_key`

// CaseFiles gives what is on file of bills that have a case or should have one.
func (t *tx) CaseFiles(ctx context.Context, bills []string, unassessable bool) ([]gateway.CaseFile, error) {
	if err := t.ready(); err != nil || len(bills) == 0 {
		return nil, err
	}
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	if _, err := t.tx.Exec(ctx, lockCases); err != nil {
		return nil, t.note(ctx, "case files", err)
	}
	files, err := t.caseFiles(ctx, bills, unassessable)
	return files, t.note(ctx, "case files", err)
}

func (t *tx) caseFiles(ctx context.Context, bills []string, unassessable bool) ([]gateway.CaseFile, error) {
	rows, err := t.tx.Query(ctx, caseFilesSQL, bills, unassessable)
	if err != nil {
		return nil, err
	}
	files, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f gateway.CaseFile, err error) {
		return f, row.Scan(&f.Filer, &f.BillKey, &f.Flagged)
	})
	if err != nil || len(files) == 0 {
		return nil, err
	}
	type key struct {
		filer partner.ID
		bill  string
	}
	at := make(map[key]int, len(files))
	filers, keys := make([]string, len(files)), make([]string, len(files))
	for i, f := range files {
		at[key{f.Filer, f.BillKey}], filers[i], keys[i] = i, string(f.Filer), f.BillKey
	}
	rows, err = t.tx.Query(ctx, caseSelect+fromCases+`WHERE (k.filer, k.bill_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
		ORDER BY k.id FOR UPDATE OF k`, filers, keys)
	if err != nil {
		return nil, err
	}
	cases, err := pgx.CollectRows(rows, scanCaseOnly)
	if err != nil {
		return nil, err
	}
	for i := range cases {
		files[at[key{cases[i].Filer, cases[i].BillKey}]].Case = &cases[i]
	}
	rows, err = t.tx.Query(ctx, `
		WITH ranked AS MATERIALIZED (
			SELECT c.id, row_number() OVER (PARTITION BY c.filer, c.bill_key, c.state ORDER BY c.seq DESC, c.message DESC, c.ordinal DESC) AS n
			FROM unnest($1::text[], $2::text[]) w(filer, bill_key) JOIN consignments c ON c.bill_key = w.bill_key AND c.bill_key <> ''
				AND c.filer = w.filer AND c.mode = 'live' JOIN settled USING (receipt, attempt)
		) `+consignmentSelect+` JOIN ranked ON ranked.id = c.id AND ranked.n = 1 ORDER BY c.id`, filers, keys)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, scanConsignment)
	for _, c := range found {
		f := &files[at[key{c.Filer, c.BillKey}]]
		f.Versions = append(f.Versions, c)
	}
	return files, err
}

// CallNumbers gives the numbers of calls.
func (t *tx) CallNumbers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	if err := t.ready(); err != nil || len(ids) == 0 {
		return nil, err
	}
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	rows, err := t.tx.Query(ctx, "SELECT id, number FROM calls WHERE id = ANY ($1::uuid[])", ids)
	if err != nil {
		return nil, t.note(ctx, "numbers of calls", err)
	}
	out := make(map[uuid.UUID]string, len(ids))
	var id uuid.UUID
	var number string
	_, err = pgx.ForEachRow(rows, []any{&id, &number}, func() error {
		out[id] = number
		return nil
	})
	return out, t.note(ctx, "numbers of calls", err)
}

// LockCase gives a case, locked until the transaction ends.
func (t *tx) LockCase(ctx context.Context, id uuid.UUID) (caseq.Case, error) {
	if err := t.ready(); err != nil {
		return caseq.Case{}, err
	}
	if err := t.flush(ctx); err != nil {
		return caseq.Case{}, err
	}
	c, err := caseByID(ctx, t.tx, id, " FOR UPDATE OF k")
	if errors.Is(err, gateway.ErrNotFound) {
		return c, err
	}
	return c, t.note(ctx, "lock case", err)
}

// PickCases gives and locks the cases to be leased.
func (t *tx) PickCases(ctx context.Context, p gateway.CasePick) ([]caseq.Case, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	w := caseWhere{args: []any{p.Now}}
	w.add("k.state <> 'closed' AND k.state = ANY (?::text[]) AND NOT ("+leasedSQL+")", texts(p.States))
	w.add("k.proposer <> ?", p.Who)
	w.narrow(p.Group, p.Port)
	rows, err := t.tx.Query(ctx, caseSelect+fromCases+"WHERE "+w.String()+" ORDER BY "+urgencySQL+" DESC, k.number LIMIT "+fmt.Sprint(clamp(p.Limit))+
		" FOR UPDATE OF k SKIP LOCKED", w.args...)
	if err != nil {
		return nil, t.note(ctx, "pick cases", err)
	}
	out, err := pgx.CollectRows(rows, scanCaseOnly)
	return out, t.note(ctx, "pick cases", err)
}

// SaveCases writes cases.
func (t *tx) SaveCases(ctx context.Context, cases []*caseq.Case) error {
	if err := t.ready(); err != nil || len(cases) == 0 {
		return err
	}
	var batch pgx.Batch
	for _, c := range cases {
		details, err := c.Details()
		if err != nil {
			return err
		}
		proposer := ""
		if c.Proposal != nil {
			proposer = c.Proposal.By
		}
		args := []any{c.ID, c.Revision, string(c.Filer), c.BillKey, c.Bill, c.DocumentKey, string(c.Partner), idOrNull(c.Consignment), c.Receipt, idOrNull(c.Call),
			c.Port, c.Cargo, string(c.State), c.Points, c.Base, c.Band, c.Assessable, orNull(c.Due), c.Assignee, idOrNull(c.Lease), orNull(c.LeaseUntil), proposer,
			c.Verdict(), string(details), c.OpenedAt, c.UpdatedAt, orNull(c.ClosedAt)}
		sql := `UPDATE cases SET revision = $2, bill = $5, document_key = $6, partner = $7, consignment = $8, receipt = $9, call = $10, port = $11,
			cargo = $12, state = $13, points = $14, base = $15, band = $16, assessable = $17, due = $18, assignee = $19, lease = $20,
			lease_until = coalesce($21::timestamptz, '-infinity'), proposer = $22, verdict = $23, details = $24, opened_at = $25, updated_at = $26, closed_at = $27
			WHERE id = $1 AND revision = $2 - 1 AND filer = $3 AND bill_key = $4 RETURNING number`
		if c.Number == 0 {
			sql = `INSERT INTO cases (id, number, revision, filer, bill_key, bill, document_key, partner, consignment, receipt, call, port, cargo, state, points,
				base, band, assessable, due, assignee, lease, lease_until, proposer, verdict, details, opened_at, updated_at, closed_at)
				VALUES ($1, nextval('case_number'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
				coalesce($21::timestamptz, '-infinity'), $22, $23, $24, $25, $26, $27) ON CONFLICT (filer, bill_key) DO NOTHING RETURNING number`
		}
		batch.Queue(sql, args...)
	}
	groups, members := []string{}, []uuid.UUID{}
	ids := make([]uuid.UUID, len(cases))
	for i, c := range cases {
		ids[i] = c.ID
		for _, g := range c.Groups {
			groups, members = append(groups, g.Key()), append(members, c.ID)
		}
	}
	batch.Queue(`DELETE FROM case_groups g WHERE g.case_id = ANY ($1::uuid[])
		AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::uuid[]) n(grp, case_id) WHERE n.grp = g.grp AND n.case_id = g.case_id)`, ids, groups, members)
	batch.Queue("INSERT INTO case_groups (grp, case_id) SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING", groups, members)
	results, err := t.send(ctx, &batch)
	if err != nil {
		return err
	}
	for _, c := range cases {
		var number int64
		if err = results.QueryRow().Scan(&number); err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				err = fmt.Errorf("case %s at revision %d: %w", c.ID, c.Revision, gateway.ErrFenced)
			}
			break
		}
		c.Number = number
	}
	for range 2 {
		if err == nil {
			_, err = results.Exec()
		}
	}
	if closed := results.Close(); err == nil {
		err = closed
	}
	return t.note(ctx, "save cases", err)
}

// AddCaseEntries adds to the histories of cases, in the order given.
func (t *tx) AddCaseEntries(ctx context.Context, entries []caseq.Entry) error {
	if err := t.ready(); err != nil || len(entries) == 0 {
		return err
	}
	n := len(entries)
	ids, ats := make([]uuid.UUID, n), make([]time.Time, n)
	who, what, from, to := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	points, reasons, notes := make([]int32, n), make([]string, n), make([]string, n)
	for i := range entries {
		e := &entries[i]
		ids[i], ats[i], who[i], what[i], from[i], to[i] = e.Case, e.At.UTC(), e.Who, e.What, string(e.From), string(e.To)
		points[i], reasons[i], notes[i] = int32(e.Points), e.Reason, e.Note
	}
	t.enqueue(statement{what: "case history", args: []any{ids, ats, who, what, from, to, points, reasons, notes}, sql: `
		INSERT INTO case_history (case_id, seq, at, who, what, from_state, to_state, points, reason, note)
		SELECT n.case_id, coalesce((SELECT max(h.seq) FROM case_history h WHERE h.case_id = n.case_id), 0) + row_number() OVER (PARTITION BY n.case_id ORDER BY n.i),
			n.at, n.who, n.what, n.from_state, n.to_state, n.points, n.reason, n.note
		FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[])
			WITH ORDINALITY n(case_id, at, who, what, from_state, to_state, points, reason, note, i)`})
	return nil
}

// ForgetCases lets the cases of a receipt forget what is of persons.
func (t *tx) ForgetCases(ctx context.Context, receipt uuid.UUID) (int, error) {
	if err := t.ready(); err != nil {
		return 0, err
	}
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	rows, err := t.tx.Query(ctx, caseSelect+fromCases+"WHERE k.receipt = $1 AND k.consignment IS NOT NULL ORDER BY k.id FOR UPDATE OF k", receipt)
	if err != nil {
		return 0, t.note(ctx, "forget cases", err)
	}
	cases, err := pgx.CollectRows(rows, scanCaseOnly)
	if err != nil || len(cases) == 0 {
		return 0, t.note(ctx, "forget cases", err)
	}
	ids := make([]uuid.UUID, len(cases))
	for i := range cases {
		c := &cases[i]
		c.Forget()
		c.Revision++
		ids[i] = c.ID
	}
	for part := range slices.Chunk(cases, maxLimit) {
		all := make([]*caseq.Case, len(part))
		for i := range part {
			all[i] = &part[i]
		}
		if err := t.SaveCases(ctx, all); err != nil {
			return 0, err
		}
	}
	_, err = t.tx.Exec(ctx, "UPDATE case_history SET note = '' WHERE case_id = ANY ($1::uuid[]) AND note <> ''", ids)
	return len(cases), t.note(ctx, "forget cases", err)
}
