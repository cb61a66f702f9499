package sqlite

import (
	"context"
	"fmt"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// foldSQL gives the state that a plan wants for each visible consignment of a document that is not unaccepted, and that
// has another one. ?1 document, ?2 and ?3 epoch, ?4 cancelled.
const foldSQL = `INSERT INTO temp.fold (n, was, "is") SELECT n, state, wanted FROM (
	SELECT n, state, CASE
		WHEN NOT since THEN 2
		WHEN ?4 THEN 3
		WHEN first_value(op) OVER newest = 'delete' THEN 3
		WHEN row_number() OVER newest = 1 THEN 0
		ELSE 2 END AS wanted
	FROM (SELECT c.n, c.state, c.op, c.bill_key, c.seq, c.message, c.ordinal, (c.seq, c.message) >= (?2, ?3) AS since
		FROM consignments c JOIN works w ON w.n = c.work AND w.settled = 1 WHERE c.document = ?1 AND c.state <> 1)
	WINDOW newest AS (PARTITION BY since, bill_key ORDER BY seq DESC, message DESC, ordinal DESC))
	WHERE wanted <> state`

// Refold sets the states of all visible consignments of a document to what the plan says. The rows that change are
// gathered in a temporary table: a document may have a million consignments.
func (t *settling) Refold(_ context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error) {
	if p.None {
		return nil, nil
	}
	doc, err := t.number("SELECT n FROM documents WHERE key = ?", p.Key)
	if err != nil {
		return nil, err
	}
	if doc == 0 {
		return nil, fmt.Errorf("document %s: %w", p.Key, gateway.ErrNotFound)
	}
	if _, err := t.exec(`CREATE TEMP TABLE IF NOT EXISTS fold (n INTEGER PRIMARY KEY, was INTEGER NOT NULL, "is" INTEGER NOT NULL)`); err != nil {
		return nil, err
	}
	changed, err := t.exec(foldSQL, doc, p.Epoch.Seq, p.Epoch.Message, p.Cancelled)
	if err != nil || changed == 0 {
		return nil, err
	}
	rows, err := t.query(`SELECT c.id, w.receipt, c.partner, c.filer, c.number, f.was, f."is" FROM temp.fold f
		JOIN consignments c ON c.n = f.n JOIN works w ON w.n = c.work ORDER BY c.seq, c.message, c.ordinal LIMIT ?`, max(0, limit))
	if err != nil {
		return nil, err
	}
	if _, err := t.exec(`UPDATE consignments SET state = f."is" FROM temp.fold f WHERE consignments.n = f.n`); err != nil {
		return nil, err
	}
	if _, err := t.exec("DELETE FROM temp.fold"); err != nil {
		return nil, err
	}
	out := make([]gateway.Changed, len(rows))
	for i := range rows {
		w := &rows[i]
		out[i] = gateway.Changed{
			ID: w.uuid(), Receipt: w.uuid(), Partner: partner.ID(w.text()), Filer: partner.ID(w.text()), Number: w.text(),
			Was: folds.decode(w.int()), Is: folds.decode(w.int()),
		}
	}
	return out, nil
}
