package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
)

// Hold adds a hold by name.
func (s *Store) Hold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error {
	if name == "" {
		return inputError("a hold without a name")
	}
	return s.changeHolds(ctx, id, `CASE WHEN $2 = ANY (holds) THEN holds ELSE array_append(holds, $2) END`, name, row)
}

// Unhold removes it.
func (s *Store) Unhold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error {
	return s.changeHolds(ctx, id, `nullif(array_remove(holds, $2), '{}')`, name, row)
}

func (s *Store) changeHolds(ctx context.Context, id uuid.UUID, holds, name string, row audit.Row) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "UPDATE receipts SET holds = "+holds+" WHERE id = $1", id, name)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return notFound("receipt", id)
		}
		var batch pgx.Batch
		queueAudit(&batch, []audit.Row{row})
		return tx.SendBatch(ctx, &batch).Close()
	})
}

// Expired gives final receipts that are past their time, under no hold and not purged.
func (s *Store) Expired(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	return s.receipts(ctx, scanReceipt, "SELECT "+receiptColumns+fromReceipts+`
		WHERE r.expires_at IS NOT NULL AND NOT r.purged AND r.expires_at <= clock_timestamp() AND coalesce(cardinality(r.holds), 0) = 0 AND `+isFinal+`
		ORDER BY r.expires_at, r.id LIMIT $1`, clamp(limit))
}

// derived are the tables of rows that are made from a receipt.
var derived = []string{"messages", "consignments", "equipment", "controls", "answers", "deliveries"}

// deleteDerived removes them, and tells how many there were.
func deleteDerived(ctx context.Context, tx pgx.Tx, id uuid.UUID) (int64, error) {
	var n int64
	for _, table := range derived {
		tag, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE receipt = $1", id)
		if err != nil {
			return 0, err
		}
		n += tag.RowsAffected()
	}
	_, err := tx.Exec(ctx, "DELETE FROM staged WHERE receipt = $1", id)
	return n, err
}

// deleteAndMend is deleteDerived with what falls back to what is kept: heads of documents, and links.
func deleteAndMend(ctx context.Context, pt pgx.Tx, id uuid.UUID) (n int64, err error) {
	p := gateway.Purging{Receipt: id}
	t := &tx{tx: pt}
	if err := pt.QueryRow(ctx, "SELECT now(), mode, trace_id FROM receipts WHERE id = $1", id).Scan(&t.now, &p.Mode, &p.TraceID); err != nil {
		return 0, err
	}
	t.now = t.now.UTC()
	defer func() { t.done = true }()
	rows, err := pt.Query(ctx, "SELECT "+documentColumns+` FROM documents d WHERE d.key IN
		(SELECT m.document_key FROM messages m JOIN settled USING (receipt, attempt) WHERE m.receipt = $1 AND m.document_key <> '')`, id)
	if err != nil {
		return 0, err
	}
	if p.Documents, err = pgx.CollectRows(rows, scanDocument); err != nil {
		return 0, err
	}
	err = p.Around(ctx, t, func() error {
		if err := t.flush(ctx); err != nil {
			return err
		}
		n, err = deleteDerived(ctx, pt, id)
		return err
	})
	if err == nil {
		err = t.flush(ctx)
	}
	if err == nil {
		err = t.failed
	}
	return n, err
}

// Purge removes what a receipt holds and what was derived from it, and leaves a tombstone. A second purge gives the
// tombstone of the first.
func (s *Store) Purge(ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
	var out gateway.Tombstone
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var purged, final bool
		var holds []string
		var sha []byte
		var size int64
		err := tx.QueryRow(ctx, "SELECT r.purged, r.holds, r.sha256, r.size, "+isFinal+" FROM receipts r WHERE r.id = $1 FOR UPDATE OF r", t.Receipt).
			Scan(&purged, &holds, &sha, &size, &final)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return notFound("receipt", t.Receipt)
		case err != nil:
			return err
		case purged:
			out, err = tombstone(ctx, tx, t.Receipt)
			return err
		case len(holds) > 0:
			return fmt.Errorf("%w: receipt %s: %q", gateway.ErrHeld, t.Receipt, holds)
		case !final:
			return inputError("receipt %s is not finished", t.Receipt)
		}
		n, err := deleteAndMend(ctx, tx, t.Receipt)
		if err != nil {
			return err
		}
		out = gateway.Tombstone{Receipt: t.Receipt, SHA256: [32]byte(sha), Size: size, Why: t.Why, Who: t.Who, Derived: n}
		var batch pgx.Batch
		batch.Queue("UPDATE receipts SET purged = true WHERE id = $1", t.Receipt)
		batch.Queue("UPDATE bodies SET inline = NULL, blob_key = '' WHERE receipt = $1", t.Receipt)
		batch.Queue("UPDATE settlements SET result = NULL WHERE receipt = $1", t.Receipt)
		batch.Queue("DELETE FROM work WHERE receipt = $1", t.Receipt) // of a parked one
		batch.Queue(`INSERT INTO tombstones (receipt, sha256, size, why, who, at, derived) VALUES ($1, $2, $3, $4, $5, clock_timestamp(), $6)
			RETURNING at`, t.Receipt, sha, size, t.Why, t.Who, n).QueryRow(func(row pgx.Row) error { return row.Scan(&out.At) })
		queueAudit(&batch, []audit.Row{row})
		return tx.SendBatch(ctx, &batch).Close()
	})
	if err != nil {
		return gateway.Tombstone{}, err
	}
	out.At = out.At.UTC()
	return out, nil
}

func tombstone(ctx context.Context, tx pgx.Tx, id uuid.UUID) (gateway.Tombstone, error) {
	rows, err := tx.Query(ctx, "SELECT receipt, sha256, size, why, who, at, derived FROM tombstones WHERE receipt = $1", id)
	if err != nil {
		return gateway.Tombstone{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanTombstone)
}

func scanTombstone(row pgx.CollectableRow) (gateway.Tombstone, error) {
	var t gateway.Tombstone
	var sha []byte
	err := row.Scan(&t.Receipt, &sha, &t.Size, &t.Why, &t.Who, &t.At, &t.Derived)
	copy(t.SHA256[:], sha)
	t.At = t.At.UTC()
	return t, err
}

// Tombstones lists them in order of their time from since on.
func (s *Store) Tombstones(ctx context.Context, since time.Time, limit int) ([]gateway.Tombstone, error) {
	rows, err := s.pool.Query(ctx, `SELECT receipt, sha256, size, why, who, at, derived FROM tombstones WHERE at >= coalesce($1, '-infinity'::timestamptz)
		ORDER BY at, receipt LIMIT $2`, orNull(since), clamp(limit))
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, scanTombstone)
	return out, mapError(ctx, err)
}

// adoptedActs is how long the transport act of an adopted receipt is kept: how long it was agreed for is lost.
const adoptedActs = 30 * 24 * time.Hour

// Adopt inserts a receipt whose row was lost. It is accepted anew, so Seq is new; ReceivedAt stays where it is known.
func (s *Store) Adopt(ctx context.Context, r gateway.Receipt, row audit.Row) (bool, error) {
	if r.BlobKey == "" {
		return false, inputError("receipt %s to be adopted has no body in the blob store", r.ID)
	}
	if err := checkArrival(&gateway.Arrival{Receipt: r}); err != nil {
		return false, err
	}
	headers, err := headersText(r.Headers)
	if err != nil {
		return false, err
	}
	ok := false
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockPartners, []int32{lockOf(r.Partner)}); err != nil {
			return err
		}
		var seq int64
		err := tx.QueryRow(ctx, `
			INSERT INTO receipts (id, seq, partner, principal, channel, kind, mode, name, content_type, transport_id, headers, trace_id, size,
				sha256, control, lane, received_at, retention, expires_at, holds)
			VALUES ($1, nextval('receipt_seq'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, coalesce($16, clock_timestamp()), $17, $18, $19)
			ON CONFLICT (id) DO NOTHING RETURNING seq`, r.ID, r.Partner, r.Principal, r.Channel, r.Kind, r.Mode, r.Name, r.ContentType, r.TransportID,
			headers, r.TraceID, r.Size, r.SHA256[:], r.Control, r.Lane, orNull(r.ReceivedAt), r.Retention, orNull(r.ExpiresAt), r.Holds).Scan(&seq)
		if ok = err == nil; !ok {
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			return err
		}
		var batch pgx.Batch
		batch.Queue("INSERT INTO bodies (receipt, blob_key) VALUES ($1, $2)", r.ID, r.BlobKey)
		batch.Queue("INSERT INTO work (receipt, seq, partner, mode, lane) VALUES ($1, $2, $3, $4, $5)", r.ID, seq, r.Partner, r.Mode, r.Lane)
		if r.TransportID != "" {
			batch.Queue(`INSERT INTO transport_acts (partner, kind, mode, transport_id, receipt, until)
				VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::float8 * interval '1 second') ON CONFLICT DO NOTHING`,
				r.Partner, r.Kind, r.Mode, r.TransportID, r.ID, seconds(adoptedActs))
		}
		queueAudit(&batch, []audit.Row{row})
		batch.Queue(notifyWork)
		return tx.SendBatch(ctx, &batch).Close()
	})
	return ok && err == nil, err
}
