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
	if err := t.flush(ctx); err != nil {
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

// Staged has nothing to do: COPY has made all indexes.
func (s *Store) Staged(ctx context.Context, f gateway.Fence) error {
	var mine bool
	err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM work w WHERE w.receipt = $1 AND "+current+")", f.Receipt, f.Attempt).Scan(&mine)
	if err == nil && !mine {
		err = fenced(f)
	}
	return mapError(ctx, err)
}

func insert(ctx context.Context, tx pgx.Tx, rows *gateway.Rows) error {
	if err := copyRows(ctx, tx, "messages", messageColumns, rows.Messages, messageValues); err != nil {
		return err
	}
	if err := copyRows(ctx, tx, "consignments", consignmentColumns, rows.Consignments, consignmentValues); err != nil {
		return err
	}
	if err := copyRows(ctx, tx, "equipment", []string{"id", "receipt", "attempt", "message", "seq", "mode", "partner", "number", "record"},
		rows.Equipment, func(c *copying, e *gateway.EquipmentRow) {
			c.uuid(e.ID)
			c.uuid(e.Receipt)
			c.int4(e.Attempt)
			c.int4(e.Order.Message)
			c.int8(e.Order.Seq)
			c.text(string(e.Mode))
			c.text(string(e.Partner))
			c.text(e.Number)
			c.bytea(e.Record)
		}); err != nil {
		return err
	}
	if err := copyRows(ctx, tx, "controls", []string{"receipt", "attempt", "partner", "mode", "control"}, rows.Controls,
		func(c *copying, k *gateway.ControlRow) {
			c.uuid(k.Receipt)
			c.int4(k.Attempt)
			c.text(string(k.Partner))
			c.text(string(k.Mode))
			c.text(k.Control)
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

var messageColumns = []string{"receipt", "attempt", "message", "seq", "interchange", "index", "mode", "type", "version", "reference",
	"function", "document_key", "doc_reference", "op", "original", "took", "accepted", "partner", "filer", "carrier", "responsible",
	"registration", "consignments", "filing"}

func messageValues(c *copying, m *gateway.MessageRow) {
	c.uuid(m.Receipt)
	c.int4(m.Attempt)
	c.int4(m.Order.Message)
	c.int8(m.Order.Seq)
	c.int4(m.Interchange)
	c.int4(m.Index)
	for _, s := range [...]string{string(m.Mode), m.Type, m.Version, m.Reference, m.Function, m.DocumentKey, m.DocReference, string(m.Op)} {
		c.text(s)
	}
	c.bool(m.Original)
	c.bool(m.Took)
	c.bool(m.Accepted)
	for _, s := range [...]string{string(m.Partner), string(m.Filer), m.Carrier, m.Responsible, m.Registration} {
		c.text(s)
	}
	c.int8(m.Consignments)
	c.bytea(m.Filing)
}

var consignmentColumns = []string{"id", "receipt", "attempt", "message", "seq", "ordinal", "packages", "legal_at", "eta", "call", "mode",
	"document_key", "bill_key", "parent_key", "op", "level", "number", "issuer", "state", "link", "registration", "partner", "filer", "port",
	"flow", "terms", "record", "points", "scored", "score"}

func consignmentValues(c *copying, r *gateway.ConsignmentRow) {
	c.uuid(r.ID)
	c.uuid(r.Receipt)
	c.int4(r.Attempt)
	c.int4(r.Order.Message)
	c.int8(r.Order.Seq)
	c.int8(r.Ordinal)
	c.int8(r.Packages)
	c.timestamptz(r.LegalAt)
	c.timeOrNull(r.ETA)
	c.uuidOrNull(r.Call)
	for _, s := range [...]string{string(r.Mode), r.DocumentKey, r.BillKey, r.ParentKey, string(r.Op), r.Level, r.Number, r.Issuer, r.State,
		r.Link, r.Registration, string(r.Partner), string(r.Filer), r.Port, r.Flow} {
		c.text(s)
	}
	facets, n := facetsOf(r)
	c.texts(r.Terms, facets[:n]...)
	c.bytea(r.Record)
	c.int4(r.Score.Points)
	c.int2(r.Score.Flags())
	c.bytea(r.Score.Blob)
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
