package sqlite

import (
	"github.com/google/uuid"

	"cargogate/internal/partner"
)

// removeDerived removes all that was made of a receipt, staged or settled, but for its settlement, and gives how many
// rows that were.
func removeDerived(t *tx, receipt uuid.UUID) (int64, error) {
	works, err := t.query("SELECT n FROM works WHERE receipt = ?", receipt)
	if err != nil {
		return 0, err
	}
	var total int64
	for i := range works {
		work := works[i].int()
		for {
			n, more, err := removeWork(t, work, 1000)
			if err != nil {
				return 0, err
			}
			total += n
			if !more {
				break
			}
		}
		if _, err := t.exec("DELETE FROM works WHERE n = ?", work); err != nil {
			return 0, err
		}
	}
	n, err := t.exec("DELETE FROM deliveries WHERE receipt = ?", receipt)
	return total + n, err
}

// removeWork removes at most so many consignments of an attempt, and with the last of them all its other rows. more
// says that there are consignments left.
func removeWork(t *tx, work int64, limit int) (removed int64, more bool, err error) {
	rows, err := t.query("SELECT n, id, mode, partner, filer, port, terms FROM consignments WHERE work = ? LIMIT ?", work, limit)
	if err != nil {
		return 0, false, err
	}
	del := func(query string, args ...any) {
		if err != nil {
			return
		}
		var n int64
		n, err = t.exec(query, args...)
		removed += n
	}
	for i := range rows {
		w := &rows[i]
		n, id, mode := w.int(), w.uuid(), code(w.int())
		p, filer, port := w.text(), w.text(), w.text()
		for _, term := range termsOf(mode, splitLines(w.text()), partner.ID(p), partner.ID(filer), port) {
			del("DELETE FROM terms WHERE term = ? AND id = ?", term, id)
		}
		del("DELETE FROM links WHERE parent = ?", n)
		del("DELETE FROM links WHERE house = ?", n)
		del("DELETE FROM consignments WHERE n = ?", n)
	}
	if err != nil || len(rows) == limit {
		return removed, err == nil, err
	}
	for _, table := range []string{"messages", "equipment", "controls", "answers", "results"} {
		del("DELETE FROM "+table+" WHERE work = ?", work)
	}
	return removed, false, err
}
