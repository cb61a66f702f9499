package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cargogate/internal/gateway"
)

const versionsSQL = `
	SELECT m.document_key, m.seq, m.message, m.receipt, m.op, m.original, m.took, m.filer
	FROM messages m JOIN settled USING (receipt, attempt)
	WHERE m.document_key <> '' AND m.document_key = ANY ($1) ORDER BY m.document_key, m.seq, m.message`

func scanVersions(rows pgx.Rows, keys []string) (map[string][]gateway.Version, error) {
	out := make(map[string][]gateway.Version, len(keys))
	for _, k := range keys {
		out[k] = nil
	}
	var key string
	var v gateway.Version
	_, err := pgx.ForEachRow(rows, []any{&key, &v.Order.Seq, &v.Order.Message, &v.Receipt, &v.Op, &v.Original, &v.Took, &v.Filer}, func() error {
		out[key] = append(out[key], v)
		return nil
	})
	return out, err
}

// LockDocuments locks the heads with these keys, making those that are not there, and gives their versions.
func (t *tx) LockDocuments(ctx context.Context, docs []gateway.Document) (map[string][]gateway.Version, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	if t.locked {
		return nil, inputError("documents are locked twice in a transaction")
	}
	t.locked = true
	if len(docs) == 0 {
		return map[string][]gateway.Version{}, nil
	}
	n := len(docs)
	keys, modes, types, refs, filers := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i := range docs {
		d := &docs[i]
		keys[i], modes[i], types[i], refs[i], filers[i] = d.Key, string(d.Mode), d.Type, d.Reference, string(d.Filer)
		if d.Key == "" || i > 0 && d.Key <= keys[i-1] {
			return nil, inputError("keys of documents to be locked are not sorted and distinct: %q", d.Key)
		}
	}
	// Everybody inserts in order of keys, and then locks in order of keys: nobody waits for one who waits for him.
	var batch pgx.Batch
	batch.Queue(`INSERT INTO documents (key, mode, type, reference, filer, state, versions, current_seq, current_message, updated_at)
		SELECT key, mode, type, reference, filer, 'none', 0, 0, 0, now()
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) u(key, mode, type, reference, filer)
		ON CONFLICT (key) DO NOTHING`, keys, modes, types, refs, filers)
	batch.Queue(`SELECT key FROM documents WHERE key = ANY ($1) ORDER BY key FOR UPDATE`, keys)
	batch.Queue(versionsSQL, keys)
	results, err := t.send(ctx, &batch)
	if err != nil {
		return nil, err
	}
	defer results.Close()
	for range 2 {
		if _, err := results.Exec(); err != nil {
			return nil, t.note(ctx, "lock documents", err)
		}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, t.note(ctx, "versions", err)
	}
	out, err := scanVersions(rows, keys)
	return out, t.note(ctx, "versions", err)
}

// Versions gives the versions of documents without a lock.
func (s *Store) Versions(ctx context.Context, keys []string) (map[string][]gateway.Version, error) {
	var batch pgx.Batch
	batch.Queue(setLookups)
	batch.Queue(versionsSQL, slices.Clone(keys))
	results := s.pool.SendBatch(ctx, &batch)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return nil, mapError(ctx, err)
	}
	rows, err := results.Query()
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := scanVersions(rows, nil)
	return out, mapError(ctx, err)
}

const documentColumns = "d.key, d.mode, d.type, d.reference, d.filer, d.state, d.versions, d.current_seq, d.current_message, d.updated_at"

func scanDocument(row pgx.CollectableRow) (gateway.Document, error) {
	var d gateway.Document
	err := row.Scan(&d.Key, &d.Mode, &d.Type, &d.Reference, &d.Filer, &d.State, &d.Versions, &d.Current.Seq, &d.Current.Message, &d.UpdatedAt)
	d.UpdatedAt = d.UpdatedAt.UTC()
	return d, err
}

// Document gives the head of one.
func (s *Store) Document(ctx context.Context, key string) (gateway.Document, error) {
	rows, err := s.pool.Query(ctx, "SELECT "+documentColumns+" FROM documents d WHERE d.key = $1", key)
	if err != nil {
		return gateway.Document{}, mapError(ctx, err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDocument)
	if errors.Is(err, pgx.ErrNoRows) {
		return gateway.Document{}, notFound("document", key)
	}
	return d, mapError(ctx, err)
}

// PutDocument writes the head of a document that was locked. Where it was not, the transaction fails at its end, or at
// what comes next.
func (t *tx) PutDocument(ctx context.Context, d gateway.Document) error {
	if err := t.ready(); err != nil {
		return err
	}
	t.enqueue(statement{what: "put document", sql: `UPDATE documents SET mode = $2, type = $3, reference = $4, filer = $5, state = $6, versions = $7,
		current_seq = $8, current_message = $9, updated_at = coalesce($10, now()) WHERE key = $1`,
		args: []any{d.Key, d.Mode, d.Type, d.Reference, d.Filer, d.State, d.Versions, d.Current.Seq, d.Current.Message, orNull(d.UpdatedAt)},
		check: func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 0 {
				return notFound("document", d.Key)
			}
			return nil
		}})
	return nil
}

// refoldSQL says what each consignment of a document should be, and changes those that are something else. $4 is whether
// the document is cancelled. One without a number of its own stands for itself.
const refoldSQL = `
WITH v AS (
	SELECT c.id, c.state, c.op, (c.seq, c.message) >= ($2::bigint, $3::int) AS live,
		row_number() OVER last AS place, first_value(c.op) OVER last AS last_op
	FROM consignments c JOIN settled USING (receipt, attempt)
	WHERE c.document_key <> '' AND c.document_key = $1 AND c.state <> 'unaccepted'
	WINDOW last AS (PARTITION BY (c.seq, c.message) >= ($2::bigint, $3::int), c.bill_key, CASE WHEN c.bill_key = '' THEN c.id END
		ORDER BY c.seq DESC, c.message DESC, c.ordinal DESC, c.id DESC)
), w AS (
	SELECT id, state, CASE WHEN NOT live THEN 'superseded' WHEN $4 OR last_op = 'delete' THEN 'cancelled'
		WHEN place = 1 THEN 'accepted' ELSE 'superseded' END AS is
	FROM v
), l AS MATERIALIZED (
	SELECT c.id, w.state AS was, w.is FROM w JOIN consignments c ON c.id = w.id WHERE w.is <> w.state ORDER BY c.id FOR UPDATE OF c
), u AS (
	UPDATE consignments c SET state = l.is FROM l WHERE c.id = l.id
	RETURNING c.id, c.receipt, c.partner, c.filer, c.number, l.was, l.is
)
SELECT * FROM u ORDER BY id LIMIT $5`

// Refold sets the state of all visible consignments of a document to what the plan says.
func (t *tx) Refold(ctx context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	if p.None || p.Key == "" {
		return nil, nil
	}
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	rows, err := t.tx.Query(ctx, refoldSQL, p.Key, p.Epoch.Seq, p.Epoch.Message, p.Cancelled, max(limit, 0))
	if err != nil {
		return nil, t.note(ctx, "refold", err)
	}
	out, err := pgx.CollectRows(rows, scanChanged)
	return out, t.note(ctx, "refold", err)
}

func scanChanged(row pgx.CollectableRow) (gateway.Changed, error) {
	var c gateway.Changed
	err := row.Scan(&c.ID, &c.Receipt, &c.Partner, &c.Filer, &c.Number, &c.Was, &c.Is)
	return c, err
}
