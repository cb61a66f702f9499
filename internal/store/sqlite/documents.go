package sqlite

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// LockDocuments makes heads that are not there, and gives the visible versions of each. The lock is the transaction
// itself: there is one writer.
func (t *settling) LockDocuments(_ context.Context, docs []gateway.Document) (map[string][]gateway.Version, error) {
	out := make(map[string][]gateway.Version, len(docs))
	for _, d := range docs {
		n, err := t.makeDocument(d)
		if err != nil {
			return nil, err
		}
		if out[d.Key], err = versionsOf(t, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// makeDocument gives the number of a document, making it if it is not there.
func (t *settling) makeDocument(d gateway.Document) (int64, error) {
	if d.Key == "" {
		return 0, fmt.Errorf("sqlite: %w: a document without a key", gateway.ErrInput)
	}
	n, err := t.number("SELECT n FROM documents WHERE key = ?", d.Key)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		mode, err := modeCode(d.Mode)
		if err != nil {
			return 0, err
		}
		state := d.State
		if state == "" {
			state = "none"
		}
		if n, err = t.insert(`INSERT INTO documents (key, mode, type, reference, filer, state, versions, current_seq, current_message, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.Key, mode, d.Type, d.Reference, string(d.Filer), state, d.Versions, d.Current.Seq,
			d.Current.Message, t.at); err != nil {
			return 0, err
		}
	}
	t.docs[d.Key] = n
	return n, nil
}

// versionsOf gives the visible versions of a document in order.
func versionsOf(q asker, n int64) ([]gateway.Version, error) {
	rows, err := q.query(`SELECT m.seq, m.message, w.receipt, m.op, m.original, m.took, m.filer FROM messages m
		JOIN works w ON w.n = m.work AND w.settled = 1 WHERE m.document = ? ORDER BY m.seq, m.message`, n)
	if err != nil {
		return nil, err
	}
	out := make([]gateway.Version, len(rows))
	for i := range rows {
		w := &rows[i]
		out[i] = gateway.Version{
			Order: gateway.Order{Seq: w.int(), Message: int(w.int())}, Receipt: w.uuid(), Op: gateway.Op(w.text()),
			Original: w.bool(), Took: w.bool(), Filer: partner.ID(w.text()),
		}
	}
	return out, nil
}

// PutDocument writes the head of a document.
func (t *settling) PutDocument(_ context.Context, d gateway.Document) error {
	mode, err := modeCode(d.Mode)
	if err != nil {
		return err
	}
	at := d.UpdatedAt
	if at.IsZero() {
		at = t.at
	}
	n, err := t.exec(`UPDATE documents SET mode = ?, type = ?, reference = ?, filer = ?, state = ?, versions = ?, current_seq = ?,
		current_message = ?, updated_at = ? WHERE key = ?`,
		mode, d.Type, d.Reference, string(d.Filer), d.State, d.Versions, d.Current.Seq, d.Current.Message, at, d.Key)
	if err == nil && n == 0 {
		err = fmt.Errorf("document %s, which was not locked: %w", d.Key, gateway.ErrNotFound)
	}
	return err
}

// Versions gives the visible versions of documents, in order.
func (s *Store) Versions(ctx context.Context, keys []string) (map[string][]gateway.Version, error) {
	out := make(map[string][]gateway.Version, len(keys))
	err := s.main.pool.snapshot(ctx, "versions", func(q *reader) error {
		for _, key := range keys {
			n, err := q.number("SELECT n FROM documents WHERE key = ?", key)
			if err != nil {
				return err
			}
			versions, err := versionsOf(q, n)
			if err != nil {
				return err
			}
			if len(versions) > 0 {
				out[key] = versions
			}
		}
		return nil
	})
	return out, err
}

const documentColumns = `d.key, d.mode, d.type, d.reference, d.filer, d.state, d.versions, d.current_seq, d.current_message, d.updated_at`

func documentOf(w *row) gateway.Document {
	return gateway.Document{
		Key: w.text(), Mode: modeOf(w.int()), Type: w.text(), Reference: w.text(), Filer: partner.ID(w.text()), State: w.text(),
		Versions: int(w.int()), Current: gateway.Order{Seq: w.int(), Message: int(w.int())}, UpdatedAt: w.time(),
	}
}

// Document gives the head of one.
func (s *Store) Document(ctx context.Context, key string) (gateway.Document, error) {
	rows, err := s.main.pool.query(ctx, "document", "SELECT "+documentColumns+" FROM documents d WHERE d.key = ?", key)
	if err != nil {
		return gateway.Document{}, err
	}
	if len(rows) == 0 {
		return gateway.Document{}, fmt.Errorf("document %s: %w", key, gateway.ErrNotFound)
	}
	return documentOf(&rows[0]), nil
}

// documentsOf gives the heads that the visible messages of a receipt touch.
func documentsOf(q asker, receipt uuid.UUID) ([]gateway.Document, error) {
	rows, err := q.query("SELECT "+documentColumns+` FROM documents d WHERE d.n IN
		(SELECT m.document FROM works w JOIN messages m ON m.work = w.n WHERE w.receipt = ? AND w.settled = 1)`, receipt)
	out := make([]gateway.Document, len(rows))
	for i := range rows {
		out[i] = documentOf(&rows[i])
	}
	return out, err
}

// Messages gives those of a settled receipt in order.
func (s *Store) Messages(ctx context.Context, receipt uuid.UUID) ([]gateway.MessageRow, error) {
	rows, err := s.main.pool.query(ctx, "messages", `SELECT w.attempt, m.seq, m.message, coalesce(d.key, ''), m.interchange, m.position, m.mode,
		m.original, m.took, m.accepted, m.consignments, m.op, m.type, m.version, m.reference, m.function, m.doc_reference, m.partner, m.filer,
		m.carrier, m.responsible, m.registration, m.filing
		FROM works w JOIN messages m ON m.work = w.n LEFT JOIN documents d ON d.n = m.document
		WHERE w.receipt = ? AND w.settled = 1 ORDER BY m.work, m.seq, m.message`, receipt)
	if err != nil {
		return nil, err
	}
	out := make([]gateway.MessageRow, len(rows))
	for i := range rows {
		w := &rows[i]
		out[i] = gateway.MessageRow{
			Receipt: receipt, Attempt: int(w.int()), Order: gateway.Order{Seq: w.int(), Message: int(w.int())}, DocumentKey: w.text(),
			Interchange: int(w.int()), Index: int(w.int()), Mode: modeOf(w.int()), Original: w.bool(), Took: w.bool(), Accepted: w.bool(),
			Consignments: w.int(), Op: gateway.Op(w.text()), Type: w.text(), Version: w.text(), Reference: w.text(), Function: w.text(),
			DocReference: w.text(), Partner: partner.ID(w.text()), Filer: partner.ID(w.text()), Carrier: w.text(), Responsible: w.text(),
			Registration: w.text(), Filing: w.blob(),
		}
	}
	return out, nil
}
