package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
)

// receiptColumns are those of a gateway.Receipt without its body: from receipts r, bodies b, work w and settlements t, of
// which w or t, or both, may be NULL.
const receiptColumns = `r.id, r.seq, r.partner, r.principal, r.channel, r.kind, r.mode, r.name, r.content_type, r.transport_id, r.headers,
	r.trace_id, r.size, r.sha256, r.control, r.lane, r.received_at, r.retention, r.expires_at, r.holds, r.purged, b.blob_key,
	coalesce(w.state, t.state, 'received'), coalesce(w.attempt, t.attempt, 0), coalesce(w.failures, t.failures, 0),
	coalesce(w.silent, 0),
	CASE WHEN w.lease_until > '-infinity' THEN w.lease_until END, coalesce(w.waiting_from, t.waiting_from),
	coalesce(t.reason, w.reason, ''), t.duplicate_of`

const fromReceipts = ` FROM receipts r JOIN bodies b ON b.receipt = r.id
	LEFT JOIN work w ON w.receipt = r.id LEFT JOIN settlements t ON t.receipt = r.id `

// scanInto reads receiptColumns, and what comes after them into more.
func scanInto(row pgx.CollectableRow, rc *gateway.Receipt, more ...any) error {
	var headers string
	var sha []byte
	var expires, lease, waiting *time.Time
	var dup *uuid.UUID
	if err := row.Scan(append([]any{&rc.ID, &rc.Seq, &rc.Partner, &rc.Principal, &rc.Channel, &rc.Kind, &rc.Mode, &rc.Name, &rc.ContentType,
		&rc.TransportID, &headers, &rc.TraceID, &rc.Size, &sha, &rc.Control, &rc.Lane, &rc.ReceivedAt, &rc.Retention, &expires, &rc.Holds,
		&rc.Purged, &rc.BlobKey, &rc.State, &rc.Attempt, &rc.Failures, &rc.Silent, &lease, &waiting, &rc.Reason, &dup}, more...)...); err != nil {
		return err
	}
	copy(rc.SHA256[:], sha)
	rc.ReceivedAt, rc.ExpiresAt, rc.LeaseUntil, rc.WaitingFrom = rc.ReceivedAt.UTC(), orZero(expires), orZero(lease), orZero(waiting)
	rc.DuplicateOf = idOrNil(dup)
	if headers != "" {
		return json.Unmarshal([]byte(headers), &rc.Headers)
	}
	return nil
}

func scanReceipt(row pgx.CollectableRow) (gateway.Receipt, error) {
	var rc gateway.Receipt
	err := scanInto(row, &rc)
	return rc, err
}

func scanWithBody(row pgx.CollectableRow) (gateway.Receipt, error) {
	var rc gateway.Receipt
	err := scanInto(row, &rc, &rc.Inline)
	return rc, err
}

// receipts runs a query that gives receipts.
func (s *Store) receipts(ctx context.Context, scan pgx.RowToFunc[gateway.Receipt], sql string, args ...any) ([]gateway.Receipt, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, scan)
	return out, mapError(ctx, err)
}

// Receipt gives one, with its inline body if it has one.
func (s *Store) Receipt(ctx context.Context, id uuid.UUID) (gateway.Receipt, error) {
	found, err := s.receipts(ctx, scanWithBody, "SELECT "+receiptColumns+", b.inline"+fromReceipts+"WHERE r.id = $1", id)
	if err != nil {
		return gateway.Receipt{}, err
	}
	if len(found) == 0 {
		return gateway.Receipt{}, notFound("receipt", id)
	}
	return found[0], nil
}

// Receipts lists them, newest first, without bodies.
func (s *Store) Receipts(ctx context.Context, q gateway.ReceiptQuery) ([]gateway.Receipt, error) {
	if q.Mode != cargo.TrafficLive && q.Mode != cargo.TrafficTest {
		return nil, inputError("receipts of mode %q", q.Mode)
	}
	from := fromReceipts
	if len(q.States) > 0 && !slices.ContainsFunc(q.States, func(st gateway.State) bool { return st.Final() && st != gateway.StateParked }) {
		from += "JOIN work k ON k.receipt = r.id " // few: begin with those
	}
	return s.receipts(ctx, scanReceipt, "SELECT "+receiptColumns+from+`
		WHERE r.mode = $1 AND ($2 = '' OR r.partner = $2) AND ($3::bigint = 0 OR r.seq < $3)
			AND ($4::text[] IS NULL OR coalesce(w.state, t.state) = ANY ($4))
		ORDER BY r.seq DESC LIMIT $5`, q.Mode, q.Partner, q.Before, stateTexts(q.States), clamp(q.Limit))
}

func stateTexts(states []gateway.State) []string {
	if len(states) == 0 {
		return nil
	}
	return texts(states)
}

// isFinal is the condition of a receipt r that no more work is to be done on.
const isFinal = `EXISTS (SELECT FROM settled f WHERE f.receipt = r.id)`

// Unarchived gives final receipts whose body is inline, oldest first, with bodies.
func (s *Store) Unarchived(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	return s.receipts(ctx, scanWithBody, "SELECT "+receiptColumns+", b.inline"+fromReceipts+"WHERE b.inline IS NOT NULL AND "+isFinal+`
		ORDER BY b.receipt LIMIT $1`, clamp(limit))
}

// Archived notes that the body of a receipt is in the blob store under key, and lets go of the inline one.
func (s *Store) Archived(ctx context.Context, id uuid.UUID, key string) error {
	if key == "" {
		return inputError("receipt %s is archived under no key", id)
	}
	tag, err := s.pool.Exec(ctx, `UPDATE bodies b SET inline = NULL, blob_key = $2 FROM receipts r
		WHERE b.receipt = $1 AND r.id = $1 AND NOT r.purged`, id, key)
	if err != nil {
		return mapError(ctx, err)
	}
	if tag.RowsAffected() == 0 {
		return notFound("receipt with a body", id)
	}
	return nil
}

// Missing gives, of keys, those that no receipt names, in the order of keys.
func (s *Store) Missing(ctx context.Context, keys []string) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT k.key FROM unnest($1::text[]) WITH ORDINALITY k(key, n)
		WHERE NOT EXISTS (SELECT FROM bodies b WHERE b.blob_key <> '' AND b.blob_key = k.key) ORDER BY k.n`, keys)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return out, mapError(ctx, err)
}
