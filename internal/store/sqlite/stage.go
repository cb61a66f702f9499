package sqlite

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// Bounds of indexing what was staged.
const (
	indexRead  = 500    // consignments that are read at a time
	indexBatch = 20_000 // terms of one transaction
)

// Stage inserts rows of an attempt, invisible until it is settled. Their terms come later, see Staged.
func (s *Store) Stage(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error {
	return s.main.writer.tx(ctx, "stage", func(t *tx) error {
		u := s.settling(t)
		if err := u.fence(ctx, f); err != nil {
			return err
		}
		work, err := u.work(f)
		if err != nil {
			return err
		}
		if u.staging = true; len(rows.Consignments) > 0 {
			if _, err := t.exec("UPDATE works SET unindexed = 1 WHERE n = ? AND unindexed = 0", work); err != nil {
				return err
			}
		}
		return u.Insert(ctx, rows)
	})
}

// Staged makes the terms of all that an attempt staged, in the order of their index. A message of a million consignments
// has numbers all over the index: chunk by chunk they would write its pages again and again, many times its size.
func (s *Store) Staged(ctx context.Context, f gateway.Fence) (err error) {
	var work int64
	err = s.main.writer.tx(ctx, "staged", func(t *tx) (err error) {
		if err := s.settling(t).fence(ctx, f); err != nil {
			return err
		}
		work, err = t.number("SELECT n FROM works WHERE receipt = ? AND attempt = ? AND unindexed = 1", f.Receipt, f.Attempt)
		return err
	})
	if err != nil || work == 0 {
		return err
	}
	sorting := &sorter{dir: s.dir}
	defer func() { err = errors.Join(err, sorting.close()) }()
	from := func(query string, args ...any) ([]row, error) {
		return s.main.pool.query(ctx, "staged", query, args...)
	}
	if err := gatherTerms(ctx, from, work, sorting); err != nil {
		return err
	}
	next, err := sorting.sorted()
	if err != nil {
		return err
	}
	for more := true; more; {
		err := s.main.writer.tx(ctx, "staged", func(t *tx) error {
			if err := s.settling(t).fence(ctx, f); err != nil {
				return err
			}
			var err error
			if more, err = insertTerms(t, next, indexBatch); err != nil || more {
				return err
			}
			_, err = t.exec("UPDATE works SET unindexed = 0 WHERE n = ?", work)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// index is Staged within a transaction, for what is settled without it.
func (t *settling) index(ctx context.Context, work int64) (err error) {
	n, err := t.number("SELECT unindexed FROM works WHERE n = ?", work)
	if err != nil || n == 0 {
		return err
	}
	sorting := &sorter{dir: t.store.dir}
	defer func() { err = errors.Join(err, sorting.close()) }()
	if err := gatherTerms(ctx, t.query, work, sorting); err != nil {
		return err
	}
	next, err := sorting.sorted()
	if err != nil {
		return err
	}
	for more := true; more; {
		if more, err = insertTerms(t.tx, next, indexBatch); err != nil {
			return err
		}
	}
	_, err = t.exec("UPDATE works SET unindexed = 0 WHERE n = ?", work)
	return err
}

// stagedTerms reads on in the consignments of an attempt.
const stagedTerms = `SELECT ordinal, n, id, mode, partner, filer, port, terms FROM consignments
	WHERE work = ? AND (ordinal, n) > (?, ?) ORDER BY ordinal, n LIMIT ?`

// gatherTerms adds the terms of all consignments of an attempt.
func gatherTerms(ctx context.Context, from func(query string, args ...any) ([]row, error), work int64, to *sorter) error {
	for ordinal, n := int64(-1)<<63, int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := from(stagedTerms, work, ordinal, n, indexRead)
		if err != nil {
			return err
		}
		for i := range rows {
			w := &rows[i]
			ordinal, n = w.int(), w.int()
			id, mode := w.uuid(), code(w.int())
			p, filer, port := partner.ID(w.text()), partner.ID(w.text()), w.text()
			for _, term := range termsOf(mode, splitLines(w.text()), p, filer, port) {
				if err := to.add(term, id); err != nil {
					return err
				}
			}
		}
		if len(rows) < indexRead {
			return nil
		}
	}
}

// insertTerms inserts postings, and says whether there may be more.
func insertTerms(t *tx, next func() (*posting, bool, error), most int) (more bool, err error) {
	for range most {
		p, ok, err := next()
		if err != nil || !ok {
			return false, err
		}
		if err := insertTerm(t, string(p.term), p.id); err != nil {
			return false, err
		}
	}
	return true, nil
}

func insertTerm(t *tx, term string, id uuid.UUID) error {
	_, err := t.exec("INSERT OR IGNORE INTO terms (term, id) VALUES (?, ?)", term, id)
	return err
}
