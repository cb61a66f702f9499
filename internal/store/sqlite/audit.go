package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"cargogate/internal/audit"
)

// insertAudit inserts a row that is not sealed into table: "audit" of accept.db, "audit_new" of main.db.
func insertAudit(t *tx, table string, r audit.Row) error {
	_, err := t.exec("INSERT INTO "+table+" (id, at, principal, action, object, mode, detail, trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		r.ID, r.At, r.Principal, r.Action, r.Object, r.Mode, r.Detail, r.TraceID)
	return err
}

// insertAuditIfAny is insertAudit for acts whose row may be left out.
func insertAuditIfAny(t *tx, table string, r audit.Row) error {
	if r.ID == uuid.Nil {
		return nil
	}
	return insertAudit(t, table, r)
}

const auditColumns = "id, at, principal, action, object, mode, detail, trace_id"

func auditOf(w *row) audit.Row {
	return audit.Row{
		ID: w.uuid(), At: w.time(), Principal: w.text(), Action: w.text(), Object: w.text(), Mode: w.text(), Detail: w.text(), TraceID: w.text(),
	}
}

// AppendAudit inserts rows in a transaction of their own.
func (s *Store) AppendAudit(ctx context.Context, rows []audit.Row) error {
	if len(rows) == 0 {
		return nil
	}
	return s.main.writer.tx(ctx, "audit", func(t *tx) error {
		for _, r := range rows {
			if err := insertAudit(t, "audit_new", r); err != nil {
				return err
			}
		}
		return nil
	})
}

// SealAudit takes rows of both files. Those of accept.db are copied into the chain and noted as taken in one
// transaction of main.db, then removed from accept.db, then the note is removed: whoever comes after a crash goes on
// where it stopped, and no row is sealed twice.
func (s *Store) SealAudit(ctx context.Context, limit int,
	seal func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error)) (int, error) {
	free, err := s.standStill(ctx)
	if err != nil {
		return 0, err
	}
	defer free()
	if err := s.dropTaken(ctx); err != nil {
		return 0, err
	}
	if limit <= 0 {
		return 0, nil
	}
	const oldest = "SELECT " + auditColumns + " FROM "
	arrived, err := s.accept.pool.query(ctx, "seal", oldest+"audit ORDER BY id LIMIT ?", limit)
	if err != nil {
		return 0, err
	}
	var sealed, taken int
	err = s.main.writer.tx(ctx, "seal", func(t *tx) error {
		settled, err := t.query(oldest+"audit_new ORDER BY id LIMIT ?", limit)
		if err != nil {
			return err
		}
		if len(arrived)+len(settled) == 0 {
			return nil
		}
		type waiting struct {
			audit.Row
			arrived bool
		}
		var rows []waiting
		for i := range arrived {
			w := row{values: arrived[i].values} // read anew where the transaction is
			rows = append(rows, waiting{auditOf(&w), true})
		}
		for i := range settled {
			rows = append(rows, waiting{auditOf(&settled[i]), false})
		}
		slices.SortFunc(rows, func(a, b waiting) int { return slices.Compare(a.ID[:], b.ID[:]) })
		rows = rows[:min(len(rows), limit)]
		plain := make([]audit.Row, len(rows))
		for i := range rows {
			plain[i] = rows[i].Row
		}
		last, err := lastSealed(t)
		if err != nil {
			return err
		}
		chain, head, err := seal(last, plain)
		if err != nil {
			return err
		}
		if len(chain) != len(rows) {
			return fmt.Errorf("sqlite: seal: %d rows came back of %d", len(chain), len(rows))
		}
		for i, link := range chain {
			if link.ID != rows[i].ID || link.Seq != last.Seq+int64(i)+1 {
				return fmt.Errorf("sqlite: seal: row %s with number %d is out of place", link.ID, link.Seq)
			}
			if err := insertSealed(t, link); err != nil {
				return err
			}
			remove := "DELETE FROM audit_new WHERE id = ?"
			if rows[i].arrived {
				remove = "INSERT INTO audit_taken (id) VALUES (?)"
				taken++
			}
			if _, err := t.exec(remove, link.ID); err != nil {
				return err
			}
		}
		sealed = len(chain)
		_, err = t.exec("INSERT OR REPLACE INTO audit_heads (seq, hash, at, key_id, signature) VALUES (?, ?, ?, ?, ?)",
			head.Seq, head.Hash, head.At, head.KeyID, head.Signature)
		return err
	})
	if err != nil {
		return 0, err
	}
	if taken > 0 {
		_ = s.dropTaken(ctx) // or the next sealing does it
	}
	return sealed, nil
}

func insertSealed(t *tx, r audit.Sealed) error {
	_, err := t.exec(`INSERT INTO audit (seq, hash, id, at, principal, action, object, mode, detail, trace_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.Hash, r.ID, r.At, r.Principal, r.Action, r.Object, r.Mode, r.Detail, r.TraceID)
	return err
}

const sealedColumns = "seq, hash, " + auditColumns

func sealedOf(w *row) audit.Sealed {
	seq, hash := w.int(), w.digest()
	return audit.Sealed{Row: auditOf(w), Seq: seq, Hash: hash}
}

func lastSealed(q asker) (audit.Sealed, error) {
	rows, err := q.query("SELECT " + sealedColumns + " FROM audit ORDER BY seq DESC LIMIT 1")
	if err != nil || len(rows) == 0 {
		return audit.Sealed{}, err
	}
	return sealedOf(&rows[0]), nil
}

// dropTaken removes from accept.db what is in the chain.
func (s *Store) dropTaken(ctx context.Context) error {
	rows, err := s.main.pool.query(ctx, "seal", "SELECT id FROM audit_taken")
	if err != nil || len(rows) == 0 {
		return err
	}
	ids := make([]uuid.UUID, len(rows))
	for i := range rows {
		ids[i] = rows[i].uuid()
	}
	err = s.accept.writer.tx(ctx, "seal", func(t *tx) error { return deleteEach(t, "DELETE FROM audit WHERE id = ?", ids) })
	if err != nil {
		return err
	}
	return s.main.writer.tx(ctx, "seal", func(t *tx) error { return deleteEach(t, "DELETE FROM audit_taken WHERE id = ?", ids) })
}

func deleteEach(t *tx, query string, ids []uuid.UUID) error {
	for _, id := range ids {
		if _, err := t.exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

// SealedAudit gives sealed rows in order.
func (s *Store) SealedAudit(ctx context.Context, after int64, limit int) ([]audit.Sealed, error) {
	rows, err := s.main.pool.query(ctx, "sealed audit", "SELECT "+sealedColumns+" FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
		after, bounded(limit))
	out := make([]audit.Sealed, len(rows))
	for i := range rows {
		out[i] = sealedOf(&rows[i])
	}
	return out, err
}

// AuditHeads gives signed heads in order.
func (s *Store) AuditHeads(ctx context.Context, after int64, limit int) ([]audit.Head, error) {
	rows, err := s.main.pool.query(ctx, "audit heads",
		"SELECT seq, hash, at, key_id, signature FROM audit_heads WHERE seq > ? ORDER BY seq LIMIT ?", after, bounded(limit))
	out := make([]audit.Head, len(rows))
	for i := range rows {
		w := &rows[i]
		out[i] = audit.Head{Seq: w.int(), Hash: w.digest(), At: w.time(), KeyID: w.text(), Signature: w.blob()}
	}
	return out, err
}

// UnsealedAudit gives the number of rows that wait for the sealer.
func (s *Store) UnsealedAudit(ctx context.Context) (int64, error) {
	// Rows that are taken are still in accept.db until they are dropped there.
	arrived, err := s.accept.pool.number(ctx, "unsealed audit", "SELECT count(*) FROM audit")
	if err != nil {
		return 0, err
	}
	rows, err := s.main.pool.query(ctx, "unsealed audit", "SELECT (SELECT count(*) FROM audit_new), (SELECT count(*) FROM audit_taken)")
	if err != nil {
		return 0, err
	}
	settled, taken := rows[0].int(), rows[0].int()
	return max(0, arrived-taken) + settled, nil
}
