package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
)

// visibleBill keeps what is settled. It is asked row by row, not by a join, so that rows stay in the order of the index
// and reading ends with the page.
const visibleBill = "(SELECT s.attempt FROM settled s WHERE s.receipt = c.receipt) = c.attempt"

// billPageSQL reads each list of keys by an index that has them in order, never more than a page of it. What is of no
// document is only looked for where the receipt has such messages.
const billPageSQL = `
WITH touched AS MATERIALIZED (
	SELECT DISTINCT m.document_key AS doc FROM messages m JOIN settled USING (receipt, attempt) WHERE m.receipt = $1
)
SELECT key FROM (
	SELECT key FROM touched CROSS JOIN LATERAL (SELECT DISTINCT c.bill_key AS key FROM consignments c
		WHERE c.document_key = doc AND c.document_key <> '' AND c.bill_key > $2 AND ` + visibleBill + ` ORDER BY c.bill_key LIMIT $3) k
	UNION
	SELECT key FROM touched CROSS JOIN LATERAL (SELECT DISTINCT c.parent_key AS key FROM consignments c
		WHERE c.document_key = doc AND c.document_key <> '' AND c.parent_key > $2 AND c.parent_key <> '' AND ` + visibleBill + `
		ORDER BY c.parent_key LIMIT $3) k
	UNION
	SELECT key FROM touched CROSS JOIN LATERAL (SELECT DISTINCT c.bill_key AS key FROM consignments c
		WHERE c.receipt = $1 AND c.document_key = '' AND c.bill_key > $2 AND ` + visibleBill + ` ORDER BY c.bill_key LIMIT $3) k
	WHERE doc = ''
	UNION
	SELECT key FROM touched CROSS JOIN LATERAL (SELECT DISTINCT c.parent_key AS key FROM consignments c
		WHERE c.receipt = $1 AND c.document_key = '' AND c.parent_key > $2 AND c.parent_key <> '' AND ` + visibleBill + `
		ORDER BY c.parent_key LIMIT $3) k
	WHERE doc = ''
) k ORDER BY key LIMIT $3`

// The planner reads by the order of an index rather than all rows to sort them, whatever it knows of their number: it may
// know nothing yet of a million that were staged a moment ago.
const (
	billPageBefore = "SET LOCAL enable_sort = off"
	billPageBehind = "SET LOCAL enable_sort TO DEFAULT"
)

// BillPage gives own and parent bill keys of visible consignments of the documents that a receipt touches, and of its
// consignments that are of no document.
func (t *tx) BillPage(ctx context.Context, receipt uuid.UUID, after string, limit int) ([]string, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	var out []string
	var batch pgx.Batch
	batch.Queue(billPageBefore)
	batch.Queue(billPageSQL, receipt, after, clamp(limit)).Query(func(rows pgx.Rows) (err error) {
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	batch.Queue(billPageBehind)
	err := t.tx.SendBatch(ctx, &batch).Close()
	return out, t.note(ctx, "bill page", err)
}

// lockRelink serialises linkers of one mode: who links later sees what was settled before, so an older view never
// overwrites a newer one.
const lockRelink = "SELECT pg_advisory_xact_lock(x'63676c6b'::int, hashtext($1))"

// A linked is a consignment that takes part in linking, with what stands above and below it.
type linked struct {
	gateway.Changed
	level            string
	accepted, parent bool
	parents, houses  int64
	packages, held   int64
}

const relinkSQL = `
WITH near AS MATERIALIZED (
	SELECT c.id, c.receipt, c.partner, c.filer, c.number, c.link, c.level, c.state, c.bill_key, c.parent_key, c.packages
	FROM consignments c JOIN settled USING (receipt, attempt) WHERE c.bill_key <> '' AND c.bill_key = ANY ($2) AND c.mode = $1
	UNION
	SELECT c.id, c.receipt, c.partner, c.filer, c.number, c.link, c.level, c.state, c.bill_key, c.parent_key, c.packages
	FROM consignments c JOIN settled USING (receipt, attempt) WHERE c.parent_key <> '' AND c.parent_key = ANY ($2) AND c.mode = $1
), above AS MATERIALIZED (
	SELECT c.bill_key AS key, count(*) AS n FROM (SELECT DISTINCT parent_key FROM near WHERE parent_key <> '') k
	JOIN consignments c ON c.bill_key = k.parent_key AND c.bill_key <> '' JOIN settled USING (receipt, attempt)
	WHERE c.mode = $1 AND c.state = 'accepted' GROUP BY c.bill_key
), below AS MATERIALIZED (
	SELECT c.parent_key AS key, count(*) AS n, sum(c.packages)::bigint AS held FROM (SELECT DISTINCT bill_key FROM near WHERE bill_key <> '') k
	JOIN consignments c ON c.parent_key = k.bill_key AND c.parent_key <> '' JOIN settled USING (receipt, attempt)
	WHERE c.mode = $1 AND c.state = 'accepted' GROUP BY c.parent_key
)
SELECT near.id, near.receipt, near.partner, near.filer, near.number, near.link, near.level, near.state = 'accepted', near.parent_key <> '',
	coalesce(above.n, 0), coalesce(below.n, 0), near.packages, coalesce(below.held, 0)
FROM near LEFT JOIN above ON above.key = near.parent_key LEFT JOIN below ON below.key = near.bill_key`

// Relink makes Link of the consignments with these bills what their current state says. The links themselves are not
// stored: they are the equal keys of accepted consignments.
func (t *tx) Relink(ctx context.Context, mode cargo.Traffic, bills []string) ([]gateway.Changed, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	if len(bills) == 0 {
		return nil, nil
	}
	if _, err := t.exec(ctx, lockRelink, mode); err != nil {
		return nil, t.note(ctx, "relink", err)
	}
	rows, err := t.tx.Query(ctx, relinkSQL, mode, bills)
	if err != nil {
		return nil, t.note(ctx, "relink", err)
	}
	var changed []gateway.Changed
	var l linked
	if _, err := pgx.ForEachRow(rows, []any{&l.ID, &l.Receipt, &l.Partner, &l.Filer, &l.Number, &l.Was, &l.level, &l.accepted, &l.parent,
		&l.parents, &l.houses, &l.packages, &l.held}, func() error {
		l.Is = ""
		if l.accepted {
			l.Is = gateway.LinkOf(l.level, l.parent, int(l.parents), int(l.houses), l.packages, l.held)
		}
		if l.Is != l.Was {
			changed = append(changed, l.Changed)
		}
		return nil
	}); err != nil {
		return nil, t.note(ctx, "relink", err)
	}
	slices.SortFunc(changed, func(a, b gateway.Changed) int { return slices.Compare(a.ID[:], b.ID[:]) })
	ids, links := make([]uuid.UUID, len(changed)), make([]string, len(changed))
	for i, c := range changed {
		ids[i], links[i] = c.ID, c.Is
	}
	if len(ids) > 0 {
		_, err = t.exec(ctx, `
			WITH l AS MATERIALIZED (
				SELECT c.id, n.link FROM unnest($1::uuid[], $2::text[]) n(id, link) JOIN consignments c ON c.id = n.id ORDER BY c.id FOR UPDATE OF c)
			UPDATE consignments c SET link = l.link FROM l WHERE c.id = l.id`, ids, links)
	}
	return changed, t.note(ctx, "relink", err)
}

// Links gives the ids of the parents and of the houses of a visible consignment, sorted.
func (s *Store) Links(ctx context.Context, id uuid.UUID) (parents, houses []uuid.UUID, err error) {
	rows, err := s.pool.Query(ctx, `
		WITH me AS MATERIALIZED (
			SELECT c.mode, c.bill_key, c.parent_key, c.state FROM consignments c JOIN settled USING (receipt, attempt) WHERE c.id = $1
		)
		SELECT $1::uuid AS id, 0 AS side FROM me
		UNION ALL
		SELECT c.id, 1 FROM me JOIN consignments c ON c.bill_key = me.parent_key AND c.bill_key <> '' AND c.mode = me.mode
			JOIN settled USING (receipt, attempt) WHERE c.state = 'accepted' AND me.state = 'accepted'
		UNION ALL
		SELECT c.id, 2 FROM me JOIN consignments c ON c.parent_key = me.bill_key AND c.parent_key <> '' AND c.mode = me.mode
			JOIN settled USING (receipt, attempt) WHERE c.state = 'accepted' AND me.state = 'accepted'
		ORDER BY side, id`, id)
	if err != nil {
		return nil, nil, mapError(ctx, err)
	}
	found := false
	var other uuid.UUID
	var side int
	_, err = pgx.ForEachRow(rows, []any{&other, &side}, func() error {
		switch side {
		case 0:
			found = true
		case 1:
			parents = append(parents, other)
		case 2:
			houses = append(houses, other)
		}
		return nil
	})
	if err == nil && !found {
		return nil, nil, notFound("consignment", id)
	}
	return parents, houses, mapError(ctx, err)
}
