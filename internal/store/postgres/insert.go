package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/gateway"
)

// Insert inserts rows in bulk, by COPY: measured faster than unnest from a few rows on, and it needs no memory for rows
// that are sent.
func (t *tx) Insert(ctx context.Context, rows *gateway.Rows) error {
	if err := t.ready(); err != nil {
		return err
	}
	return t.note(ctx, "insert", insert(ctx, t.tx, rows))
}

// Stage inserts rows of an attempt in a transaction of its own.
func (s *Store) Stage(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		// Who settles or claims the receipt waits for this lock, so no chunk comes after the attempt was lost.
		var one int
		err := tx.QueryRow(ctx, "SELECT 1 FROM work w WHERE w.receipt = $1 AND "+current+" FOR SHARE", f.Receipt, f.Attempt).Scan(&one)
		if errors.Is(err, pgx.ErrNoRows) {
			return fenced(f)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO staged VALUES ($1, $2, clock_timestamp()) ON CONFLICT (receipt, attempt) DO UPDATE SET at = excluded.at",
			f.Receipt, f.Attempt); err != nil {
			return err
		}
		return insert(ctx, tx, rows)
	})
}

func insert(ctx context.Context, tx pgx.Tx, rows *gateway.Rows) error {
	if err := copyRows(ctx, tx, "messages", messageColumns, rows.Messages, messageValues); err != nil {
		return err
	}
	if err := copyRows(ctx, tx, "consignments", consignmentColumns, rows.Consignments, consignmentValues); err != nil {
		return err
	}
	if err := copyRows(ctx, tx, "equipment", []string{"id", "receipt", "attempt", "message", "seq", "mode", "partner", "number", "record"},
		rows.Equipment, func(e *gateway.EquipmentRow) []any {
			return []any{raw(e.ID), raw(e.Receipt), e.Attempt, e.Order.Message, e.Order.Seq, string(e.Mode), string(e.Partner), e.Number, e.Record}
		}); err != nil {
		return err
	}
	if err := copyRows(ctx, tx, "controls", []string{"receipt", "attempt", "partner", "mode", "control"}, rows.Controls,
		func(c *gateway.ControlRow) []any {
			return []any{raw(c.Receipt), c.Attempt, string(c.Partner), string(c.Mode), c.Control}
		}); err != nil {
		return err
	}
	if len(rows.Answers) == 0 {
		return nil
	}
	var batch pgx.Batch
	for i := range rows.Answers {
		a := &rows.Answers[i]
		body := a.Body
		if body == nil {
			body = []byte{}
		}
		batch.Queue("INSERT INTO answers (id, receipt, attempt, interchange, kind, mode, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			a.ID, a.Receipt, a.Attempt, a.Interchange, a.Kind, a.Mode, body, a.CreatedAt)
	}
	return tx.SendBatch(ctx, &batch).Close()
}

// copyRows sends rows by COPY.
func copyRows[T any](ctx context.Context, tx pgx.Tx, table string, columns []string, rows []T, values func(*T) []any) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		return values(&rows[i]), nil
	}))
	return err
}

// raw gives an id as pgx encodes it as it is: a uuid.UUID becomes a text first, and that is parsed again.
func raw(id uuid.UUID) [16]byte { return id }

// rawOrNull is raw with NULL for the zero id.
func rawOrNull(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	return raw(id)
}

var messageColumns = []string{"receipt", "attempt", "message", "seq", "interchange", "index", "mode", "type", "version", "reference",
	"function", "document_key", "doc_reference", "op", "original", "took", "accepted", "partner", "filer", "carrier", "responsible",
	"registration", "consignments", "filing"}

func messageValues(m *gateway.MessageRow) []any {
	return []any{raw(m.Receipt), m.Attempt, m.Order.Message, m.Order.Seq, m.Interchange, m.Index, string(m.Mode), m.Type, m.Version, m.Reference,
		m.Function, m.DocumentKey, m.DocReference, string(m.Op), m.Original, m.Took, m.Accepted, string(m.Partner), string(m.Filer), m.Carrier,
		m.Responsible, m.Registration, m.Consignments, m.Filing}
}

var consignmentColumns = []string{"id", "receipt", "attempt", "message", "seq", "ordinal", "packages", "legal_at", "eta", "call", "mode",
	"document_key", "bill_key", "parent_key", "op", "level", "number", "issuer", "state", "link", "registration", "partner", "filer", "port",
	"flow", "terms", "record"}

func consignmentValues(c *gateway.ConsignmentRow) []any {
	return []any{raw(c.ID), raw(c.Receipt), c.Attempt, c.Order.Message, c.Order.Seq, c.Ordinal, c.Packages, c.LegalAt, orNull(c.ETA), rawOrNull(c.Call),
		string(c.Mode), c.DocumentKey, c.BillKey, c.ParentKey, string(c.Op), c.Level, c.Number, c.Issuer, c.State, c.Link, c.Registration,
		string(c.Partner), string(c.Filer), c.Port, c.Flow, withFacets(c), c.Record}
}

// Messages gives those of a settled receipt in order.
func (s *Store) Messages(ctx context.Context, receipt uuid.UUID) ([]gateway.MessageRow, error) {
	rows, err := s.pool.Query(ctx, `SELECT m.receipt, m.attempt, m.message, m.seq, m.interchange, m.index, m.mode, m.type, m.version, m.reference,
			m.function, m.document_key, m.doc_reference, m.op, m.original, m.took, m.accepted, m.partner, m.filer, m.carrier, m.responsible,
			m.registration, m.consignments, m.filing
		FROM messages m JOIN settled USING (receipt, attempt) WHERE m.receipt = $1 ORDER BY m.message`, receipt)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (gateway.MessageRow, error) {
		var m gateway.MessageRow
		err := row.Scan(&m.Receipt, &m.Attempt, &m.Order.Message, &m.Order.Seq, &m.Interchange, &m.Index, &m.Mode, &m.Type, &m.Version,
			&m.Reference, &m.Function, &m.DocumentKey, &m.DocReference, &m.Op, &m.Original, &m.Took, &m.Accepted, &m.Partner, &m.Filer,
			&m.Carrier, &m.Responsible, &m.Registration, &m.Consignments, &m.Filing)
		return m, err
	})
	return out, mapError(ctx, err)
}
