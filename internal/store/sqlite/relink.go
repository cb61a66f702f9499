package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// BillPage gives own and parent bill keys of visible consignments of the documents that a receipt touches, and of its
// consignments that are of no document.
func (t *settling) BillPage(_ context.Context, receipt uuid.UUID, after string, limit int) ([]string, error) {
	limit = bounded(limit)
	docs, err := t.query(`SELECT DISTINCT m.document FROM works w JOIN messages m ON m.work = w.n
		WHERE w.receipt = ? AND w.settled = 1 AND m.document IS NOT NULL`, receipt)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var keys []string
	gather := func(query string, args ...any) error {
		rows, err := t.query(query, args...)
		for i := range rows {
			if key := rows[i].text(); !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
		if len(keys) > 4*limit { // a file of many documents: only the first keys are needed
			slices.Sort(keys)
			for _, key := range keys[limit:] {
				delete(seen, key)
			}
			keys = keys[:limit]
		}
		return err
	}
	for i := range docs {
		doc := docs[i].int()
		for _, column := range []string{"bill_key", "parent_key"} {
			err := gather(`SELECT DISTINCT c.`+column+` FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1
				WHERE c.document = ? AND c.document IS NOT NULL AND c.`+column+` > ? AND c.`+column+` <> '' ORDER BY 1 LIMIT ?`,
				doc, after, limit)
			if err != nil {
				return nil, err
			}
		}
	}
	// Only where there are such messages: to find that there are none would read all consignments of the receipt again and
	// again.
	loose, err := t.number(`SELECT EXISTS (SELECT 1 FROM works w JOIN messages m ON m.work = w.n
		WHERE w.receipt = ? AND w.settled = 1 AND m.document IS NULL)`, receipt)
	if err != nil {
		return nil, err
	}
	columns := []string{"bill_key", "parent_key"}
	if loose == 0 {
		columns = nil
	}
	for _, column := range columns {
		if err := gather(loosePage(column), receipt, after, limit); err != nil {
			return nil, err
		}
	}
	slices.Sort(keys)
	return keys[:min(len(keys), limit)], nil
}

// loosePage gives the query for keys of visible consignments of a receipt that are of no document: ?1 receipt, ?2 the key
// before, ?3 how many. It reads no more than these, as one attempt at most is settled.
func loosePage(column string) string {
	return `SELECT DISTINCT c.` + column + ` FROM consignments c WHERE c.work = (SELECT n FROM works WHERE receipt = ? AND settled = 1)
		AND c.document IS NULL AND c.` + column + ` > ? AND c.` + column + ` <> '' ORDER BY 1 LIMIT ?`
}

// A linked consignment is one that names a bill, as its own or as its parent.
type linked struct {
	gateway.Changed // Was is what is stored
	n               int64
	level           string
	bill, parent    string
	packages        int64
	state           code
}

const linkedColumns = `SELECT c.n, c.id, w.receipt, c.partner, c.filer, c.number, c.link, c.level, c.bill_key, c.parent_key, c.packages, c.state
	FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1 WHERE `

// Relink makes links and Link of the consignments of these bills what their current state says.
func (t *settling) Relink(_ context.Context, mode cargo.Traffic, bills []string) ([]gateway.Changed, error) {
	m, err := modeCode(mode)
	if err != nil {
		return nil, err
	}
	bills = slices.Clone(bills)
	slices.Sort(bills)
	bills = slices.Compact(bills)
	found := map[int64]linked{}
	for _, bill := range bills {
		if bill == "" {
			continue
		}
		parents, err := t.linkedBy("c.bill_key = ? AND c.bill_key <> '' AND c.mode = ?", bill, m, found)
		if err != nil {
			return nil, err
		}
		houses, err := t.linkedBy("c.parent_key = ? AND c.parent_key <> '' AND c.mode = ?", bill, m, found)
		if err != nil {
			return nil, err
		}
		if err := t.rewriteLinks(parents, houses); err != nil {
			return nil, err
		}
	}
	counts := &linkCounts{tx: t.tx, mode: m, known: map[string]linkCount{}}
	var changed []gateway.Changed
	for _, c := range found {
		if c.state == foldAccepted {
			above, err := counts.of(c.parent)
			if err != nil {
				return nil, err
			}
			below, err := counts.of(c.bill)
			if err != nil {
				return nil, err
			}
			c.Is = gateway.LinkOf(c.level, c.parent != "", above.parents, below.houses, c.packages, below.packages)
		}
		if c.Is == c.Was {
			continue
		}
		if _, err := t.exec("UPDATE consignments SET link = ? WHERE n = ?", c.Is, c.n); err != nil {
			return nil, err
		}
		changed = append(changed, c.Changed)
	}
	slices.SortFunc(changed, func(a, b gateway.Changed) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return changed, nil
}

// linkedBy gives the consignments of a bill, and adds them to those found.
func (t *settling) linkedBy(where, bill string, mode code, found map[int64]linked) ([]linked, error) {
	rows, err := t.query(linkedColumns+where, bill, mode)
	out := make([]linked, len(rows))
	for i := range rows {
		out[i] = linkedOf(&rows[i])
		found[out[i].n] = out[i]
	}
	return out, err
}

func linkedOf(w *row) (c linked) {
	c.n, c.ID, c.Receipt, c.Partner, c.Filer = w.int(), w.uuid(), w.uuid(), partner.ID(w.text()), partner.ID(w.text())
	c.Number, c.Was, c.level, c.bill, c.parent = w.text(), w.text(), w.text(), w.text(), w.text()
	c.packages, c.state = w.int(), code(w.int())
	return c
}

// rewriteLinks makes the links over one bill those between accepted consignments that are it and accepted ones below.
func (t *settling) rewriteLinks(parents, houses []linked) error {
	type link struct{ parent, house int64 }
	want := map[link]bool{}
	for _, p := range parents {
		for _, h := range houses {
			if p.state == foldAccepted && h.state == foldAccepted {
				want[link{p.n, h.n}] = true
			}
		}
	}
	// Links of this bill are those of its houses: a consignment has one parent key.
	var stale []link
	for _, h := range houses {
		rows, err := t.query("SELECT parent FROM links WHERE house = ?", h.n)
		if err != nil {
			return err
		}
		for i := range rows {
			l := link{rows[i].int(), h.n}
			if want[l] {
				delete(want, l)
			} else {
				stale = append(stale, l)
			}
		}
	}
	for _, l := range stale {
		if _, err := t.exec("DELETE FROM links WHERE parent = ? AND house = ?", l.parent, l.house); err != nil {
			return err
		}
	}
	fresh := make([]link, 0, len(want))
	for l := range want {
		fresh = append(fresh, l)
	}
	slices.SortFunc(fresh, func(a, b link) int { return cmp.Or(cmp.Compare(a.parent, b.parent), cmp.Compare(a.house, b.house)) })
	for _, l := range fresh {
		if _, err := t.exec("INSERT INTO links (parent, house) VALUES (?, ?)", l.parent, l.house); err != nil {
			return err
		}
	}
	return nil
}

// A linkCount is what stands at a bill: visible accepted consignments that are it, and those that name it as parent.
type linkCount struct {
	parents, houses int
	packages        int64 // of the houses
}

type linkCounts struct {
	tx    *tx
	mode  code
	known map[string]linkCount
}

func (k *linkCounts) of(bill string) (linkCount, error) {
	if bill == "" {
		return linkCount{}, nil
	}
	if c, ok := k.known[bill]; ok {
		return c, nil
	}
	rows, err := k.tx.query(`SELECT
		(SELECT count(*) FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1
			WHERE c.bill_key = ?1 AND c.bill_key <> '' AND c.mode = ?2 AND c.state = 0),
		count(*), sum(c.packages) FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1
			WHERE c.parent_key = ?1 AND c.parent_key <> '' AND c.mode = ?2 AND c.state = 0`, bill, k.mode)
	if err != nil {
		return linkCount{}, err
	}
	w := &rows[0]
	c := linkCount{parents: int(w.int()), houses: int(w.int()), packages: w.int()}
	k.known[bill] = c
	return c, nil
}

// Links gives the ids of the parents and of the houses of a visible consignment, sorted.
func (s *Store) Links(ctx context.Context, id uuid.UUID) (parents, houses []uuid.UUID, err error) {
	err = s.main.pool.snapshot(ctx, "links", func(q *reader) error {
		n, err := q.number("SELECT c.n FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1 WHERE c.id = ?", id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("consignment %s: %w", id, gateway.ErrNotFound)
		}
		if parents, err = uuids(q, "SELECT c.id FROM links l JOIN consignments c ON c.n = l.parent WHERE l.house = ? ORDER BY c.id", n); err != nil {
			return err
		}
		houses, err = uuids(q, "SELECT c.id FROM links l JOIN consignments c ON c.n = l.house WHERE l.parent = ? ORDER BY c.id", n)
		return err
	})
	return parents, houses, err
}

func uuids(q asker, query string, args ...any) ([]uuid.UUID, error) {
	rows, err := q.query(query, args...)
	var out []uuid.UUID
	for i := range rows {
		out = append(out, rows[i].uuid())
	}
	return out, err
}
