package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/gateway"
)

// Facets stand among the terms of a consignment, so that one index finds by partner and port too. They begin with a
// character that no term of the gateway does.
const (
	facetPartner = "=p:" // transmitter or filer
	facetPort    = "=l:"
)

// facetsOf gives the facets of a consignment, and how many there are.
func facetsOf(c *gateway.ConsignmentRow) (facets [3]string, n int) {
	add := func(s string) { facets[n], n = s, n+1 }
	add(facetPartner + string(c.Partner))
	if c.Filer != c.Partner && c.Filer != "" {
		add(facetPartner + string(c.Filer))
	}
	if c.Port != "" {
		add(facetPort + c.Port)
	}
	return facets, n
}

const consignmentSelect = `SELECT c.id, c.receipt, c.attempt, c.message, c.seq, c.ordinal, c.packages, c.legal_at, c.eta, c.call, c.mode,
		c.document_key, c.bill_key, c.parent_key, c.op, c.level, c.number, c.issuer, c.state, c.link, c.registration, c.partner, c.filer, c.port,
		c.flow, c.record, c.points, c.scored, c.score, coalesce((SELECT k.verdict FROM cases k
			WHERE k.filer = c.filer AND k.bill_key = c.bill_key AND c.mode = 'live'), '')
	FROM consignments c JOIN settled s ON s.receipt = c.receipt AND s.attempt = c.attempt `

func scanConsignment(row pgx.CollectableRow) (gateway.ConsignmentRow, error) {
	var c gateway.ConsignmentRow
	var eta *time.Time
	var call *uuid.UUID
	var points, flags int
	var score []byte
	err := row.Scan(&c.ID, &c.Receipt, &c.Attempt, &c.Order.Message, &c.Order.Seq, &c.Ordinal, &c.Packages, &c.LegalAt, &eta, &call, &c.Mode,
		&c.DocumentKey, &c.BillKey, &c.ParentKey, &c.Op, &c.Level, &c.Number, &c.Issuer, &c.State, &c.Link, &c.Registration, &c.Partner,
		&c.Filer, &c.Port, &c.Flow, &c.Record, &points, &flags, &score, &c.Verdict)
	c.Score = gateway.ScoredOf(flags, points, score)
	c.LegalAt, c.ETA, c.Call = c.LegalAt.UTC(), orZero(eta), idOrNil(call)
	return c, err
}

// Consignment gives a visible one.
func (s *Store) Consignment(ctx context.Context, id uuid.UUID) (gateway.ConsignmentRow, error) {
	rows, err := s.pool.Query(ctx, consignmentSelect+"WHERE c.id = $1", id)
	if err != nil {
		return gateway.ConsignmentRow{}, mapError(ctx, err)
	}
	found, err := pgx.CollectRows(rows, scanConsignment)
	if err == nil && len(found) == 0 {
		err = notFound("consignment", id)
	}
	if err != nil {
		return gateway.ConsignmentRow{}, mapError(ctx, err)
	}
	return found[0], nil
}

// Consignments gives a page of visible consignments.
func (s *Store) Consignments(ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
	where, args, err := conditions(&q)
	if err != nil {
		return gateway.ConsignmentPage{}, err
	}
	kind, order := byte(tokenConsignments), "c.id DESC"
	if q.Receipt != uuid.Nil {
		kind, order = tokenReceipt, "c.ordinal, c.id"
	}
	limit := clamp(q.Limit)
	sql := fmt.Sprintf("%sWHERE %s ORDER BY %s LIMIT %d", consignmentSelect, strings.Join(where, " AND "), order, limit+1)
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return gateway.ConsignmentPage{}, mapError(ctx, err)
	}
	var page gateway.ConsignmentPage
	if page.Items, err = pgx.CollectRows(rows, scanConsignment); err != nil {
		return gateway.ConsignmentPage{}, mapError(ctx, err)
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := &page.Items[limit-1]
		page.Next = writeToken(kind, place{id: last.ID, ordinal: last.Ordinal})
	}
	return page, nil
}

// conditions gives those of a query. Its text depends only on which fields are set, so the server keeps few plans.
func conditions(q *gateway.ConsignmentQuery) (where []string, args []any, err error) {
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args))))
	}
	add("c.mode = ?", string(q.Mode))
	terms := slices.Clone(q.Terms)
	for _, t := range terms {
		if strings.HasPrefix(t, "=") {
			return nil, nil, inputError("%.60q is no term", t)
		}
	}
	if q.Viewer != "" {
		terms = append(terms, facetPartner+string(q.Viewer))
		add("(c.partner = ? OR c.filer = ?)", string(q.Viewer))
	}
	if q.Port != "" {
		terms = append(terms, facetPort+q.Port)
		add("c.port = ?", q.Port)
	}
	if len(terms) > 0 && q.Receipt == uuid.Nil || len(q.Terms) > 0 {
		add("c.terms @> ?::text[]", terms)
	}
	if !q.From.IsZero() {
		add("coalesce(c.eta, c.legal_at) >= ?", q.From)
	}
	if !q.To.IsZero() {
		add("coalesce(c.eta, c.legal_at) < ?", q.To)
	}
	if len(q.States) > 0 {
		add("c.state = ANY (?::text[])", q.States)
	}
	if q.Receipt != uuid.Nil {
		add("c.receipt = ?", q.Receipt)
	}
	if q.After == "" {
		return where, args, nil
	}
	if q.Receipt == uuid.Nil {
		after, err := readToken(tokenConsignments, q.After)
		add("c.id < ?", after.id)
		return where, args, err
	}
	after, err := readToken(tokenReceipt, q.After)
	add("c.ordinal >= ?", after.ordinal) // for the index
	args = append(args, after.id)
	where = append(where, fmt.Sprintf("(c.ordinal, c.id) > ($%d, $%d)", len(args)-1, len(args)))
	return where, args, err
}
