package sqlite

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

const (
	// maxTerms bounds the terms of one search.
	maxTerms = 32
	// rareTerm is up to where entries of a term are counted to choose the one to begin with.
	rareTerm = 2000
)

const consignmentColumns = `c.id, w.receipt, w.attempt, c.seq, c.message, c.ordinal, c.mode, coalesce(d.key, ''), c.state, c.packages,
	c.legal_at, c.eta, c.link, c.op, c.level, c.bill_key, c.parent_key, c.number, c.issuer, c.registration, c.partner, c.filer, c.port, c.flow,
	c.call, c.record, c.points, c.scored, c.score, coalesce((SELECT k.verdict FROM cases k WHERE k.bill_key = c.bill_key AND k.filer = c.filer AND c.mode = 1), '')`

func consignmentOf(w *row) gateway.ConsignmentRow {
	c := gateway.ConsignmentRow{
		ID: w.uuid(), Receipt: w.uuid(), Attempt: int(w.int()), Order: gateway.Order{Seq: w.int(), Message: int(w.int())}, Ordinal: w.int(),
		Mode: modeOf(w.int()), DocumentKey: w.text(), State: folds.decode(w.int()), Packages: w.int(), LegalAt: w.time(), ETA: w.time(),
		Link: w.text(), Op: gateway.Op(w.text()), Level: w.text(), BillKey: w.text(), ParentKey: w.text(), Number: w.text(), Issuer: w.text(),
		Registration: w.text(), Partner: partner.ID(w.text()), Filer: partner.ID(w.text()), Port: w.text(), Flow: w.text(), Call: w.uuid(),
		Record: w.blob(),
	}
	points, flags := int(w.int()), int(w.int())
	c.Score = gateway.ScoredOf(flags, points, w.blob())
	c.Verdict = w.text()
	return c
}

// Consignment gives a visible one, without its terms.
func (s *Store) Consignment(ctx context.Context, id uuid.UUID) (gateway.ConsignmentRow, error) {
	rows, err := s.main.pool.query(ctx, "consignment", "SELECT "+consignmentColumns+` FROM consignments c
		JOIN works w ON w.n = c.work AND w.settled = 1 LEFT JOIN documents d ON d.n = c.document WHERE c.id = ?`, id)
	if err != nil {
		return gateway.ConsignmentRow{}, err
	}
	if len(rows) == 0 {
		return gateway.ConsignmentRow{}, fmt.Errorf("consignment %s: %w", id, gateway.ErrNotFound)
	}
	return consignmentOf(&rows[0]), nil
}

// A search is a query on its way to SQL.
type search struct {
	from  string // tables, the one that gives the order first
	where []string
	order string
	args  []any
}

func (q *search) and(condition string, args ...any) {
	q.where, q.args = append(q.where, condition), append(q.args, args...)
}

// Consignments gives visible consignments, newest first, or those of a receipt in its order.
func (s *Store) Consignments(ctx context.Context, q gateway.ConsignmentQuery) (page gateway.ConsignmentPage, err error) {
	if len(q.Terms) > maxTerms {
		return page, fmt.Errorf("sqlite: %w: %d terms, at most %d are looked for", gateway.ErrInput, len(q.Terms), maxTerms)
	}
	limit := bounded(q.Limit)
	kind, size := queryKind(&q), 16
	if q.Receipt != uuid.Nil {
		size = 24
	}
	var after []byte
	if q.After != "" {
		if after, err = readToken(kind, q.After, size); err != nil {
			return page, err
		}
	}
	err = s.main.pool.snapshot(ctx, "consignments", func(r *reader) error {
		var sq search
		if q.Receipt != uuid.Nil {
			err = ofReceipt(r, &sq, &q, after)
		} else {
			err = newest(r, &sq, &q, after)
		}
		if err != nil {
			return err
		}
		if err := filter(&sq, &q); err != nil {
			return err
		}
		rows, err := r.query("SELECT "+consignmentColumns+" FROM "+sq.from+" CROSS JOIN works w ON w.n = c.work AND w.settled = 1"+
			" LEFT JOIN documents d ON d.n = c.document WHERE "+strings.Join(sq.where, " AND ")+" ORDER BY "+sq.order+" LIMIT ?",
			append(sq.args, limit+1)...)
		if err != nil {
			return err
		}
		for i := range rows {
			if i == limit {
				page.Next = makeToken(kind, pageKey(&q, &page.Items[limit-1]))
				break
			}
			page.Items = append(page.Items, consignmentOf(&rows[i]))
		}
		return nil
	})
	if err != nil {
		return gateway.ConsignmentPage{}, err
	}
	return page, nil
}

// queryKind is the same for all pages of a query.
func queryKind(q *gateway.ConsignmentQuery) uint32 {
	terms := slices.Sorted(slices.Values(q.Terms))
	return tokenKind("consignments", string(q.Mode), string(q.Viewer), strings.Join(terms, "\n"), q.Port, q.From.UTC().String(),
		q.To.UTC().String(), q.Receipt.String(), strings.Join(slices.Sorted(slices.Values(q.States)), "\n"))
}

func pageKey(q *gateway.ConsignmentQuery, last *gateway.ConsignmentRow) []byte {
	if q.Receipt == uuid.Nil {
		return last.ID[:]
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(last.Ordinal)), last.ID[:]...)
}

// ofReceipt goes along the consignments of one receipt, in the order of the index of its attempt: through a join of the
// attempt all of them would be read and sorted for each page.
func ofReceipt(r *reader, sq *search, q *gateway.ConsignmentQuery, after []byte) error {
	works, err := r.query("SELECT n FROM works WHERE receipt = ? AND settled = 1", q.Receipt)
	if err != nil {
		return err
	}
	sq.order = "c.ordinal, c.id"
	if len(works) == 1 {
		sq.from = "consignments c"
		sq.and("c.work = ?", works[0].int())
	} else { // none, or more than there may be: then all that they left is shown
		sq.from = "works v CROSS JOIN consignments c ON c.work = v.n"
		sq.and("v.receipt = ? AND v.settled = 1", q.Receipt)
	}
	if after != nil {
		ordinal := int64(binary.BigEndian.Uint64(after))
		sq.and("c.ordinal >= ? AND (c.ordinal, c.id) > (?, ?)", ordinal, ordinal, after[8:])
	}
	if q.Mode != "" {
		m, err := modeCode(q.Mode)
		if err != nil {
			return err
		}
		sq.and("c.mode = ?", m)
		requireTerms(sq, termsWanted(q, m))
		return nil
	}
	for _, term := range q.Terms { // no mode is any
		sq.and("EXISTS (SELECT 1 FROM terms x WHERE x.term IN (?, ?) AND x.id = c.id)", "l"+term, "t"+term)
	}
	if q.Viewer != "" {
		sq.and("(c.partner = ? OR c.filer = ?)", string(q.Viewer), string(q.Viewer))
	}
	if q.Port != "" {
		sq.and("c.port = ?", q.Port)
	}
	return nil
}

// newest goes along the rarest of the terms, from the newest entry down, and looks for the others.
func newest(r *reader, sq *search, q *gateway.ConsignmentQuery, after []byte) error {
	mode := q.Mode
	if mode == "" {
		mode = cargo.TrafficLive
	}
	m, err := modeCode(mode)
	if err != nil {
		return err
	}
	terms := termsWanted(q, m)
	if len(terms) == 0 {
		sq.from, sq.order = "consignments c", "c.id DESC"
		sq.and("c.mode = ?", m)
		if after != nil {
			sq.and("c.id < ?", after)
		}
		return nil
	}
	first, least := 0, int64(rareTerm+1)
	for i := range terms {
		if len(terms) == 1 {
			break
		}
		n, err := r.number("SELECT count(*) FROM (SELECT 1 FROM terms WHERE term = ? LIMIT ?)", terms[i], min(least, rareTerm))
		if err != nil {
			return err
		}
		if n < least {
			first, least = i, n
		}
	}
	sq.from, sq.order = "terms t CROSS JOIN consignments c ON c.id = t.id", "t.id DESC"
	sq.and("t.term = ?", terms[first])
	if after != nil {
		sq.and("t.id < ?", after)
	}
	requireTerms(sq, slices.Delete(terms, first, first+1))
	return nil
}

func requireTerms(sq *search, terms []string) {
	for _, term := range terms {
		sq.and("EXISTS (SELECT 1 FROM terms x WHERE x.term = ? AND x.id = c.id)", term)
	}
}

// termsWanted are those of the query, as they are stored.
func termsWanted(q *gateway.ConsignmentQuery, mode code) []string {
	prefix := modePrefix(mode)
	var out []string
	for _, term := range q.Terms {
		out = append(out, prefix+term)
	}
	if q.Viewer != "" {
		out = append(out, viewerTerm(prefix, q.Viewer))
	}
	if q.Port != "" {
		out = append(out, portTerm(prefix, q.Port))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// filter adds what no index helps with.
func filter(sq *search, q *gateway.ConsignmentQuery) error {
	const at = "CASE c.eta WHEN 0 THEN c.legal_at ELSE c.eta END"
	if !q.From.IsZero() {
		sq.and(at+" >= ?", q.From)
	}
	if !q.To.IsZero() {
		sq.and(at+" < ?", q.To)
	}
	if len(q.States) == 0 {
		return nil
	}
	codes := make([]code, len(q.States))
	for i, word := range q.States {
		c, err := folds.encode(word)
		if err != nil {
			return err
		}
		codes[i] = c
	}
	sq.and("c.state IN " + list(codes))
	return nil
}
