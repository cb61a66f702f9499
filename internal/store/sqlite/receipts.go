package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// receiptColumns are what receiptOf reads.
const receiptColumns = `r.seq, r.id, r.partner, r.mode, r.state, r.lane, r.attempt, r.failures, r.due_at, r.waiting_from,
	r.received_at, r.expires_at, r.size, r.purged, r.sha256, r.control, r.blob_key, r.principal, r.channel, r.kind, r.name,
	r.content_type, r.transport_id, r.headers, r.trace_id, r.reason, r.duplicate_of, r.retention, r.holds, r.silent`

// returnedColumns are the same for a RETURNING, where the table has no other name.
var returnedColumns = strings.ReplaceAll(receiptColumns, "r.", "")

func receiptOf(w *row) (r gateway.Receipt, err error) {
	r.Seq, r.ID, r.Partner, r.Mode, r.State = w.int(), w.uuid(), partner.ID(w.text()), modeOf(w.int()), stateOf(w.int())
	r.Lane, r.Attempt, r.Failures = gateway.Lane(w.int()), int(w.int()), int(w.int())
	due := w.time()
	if r.State == gateway.StateReading {
		r.LeaseUntil = due
	}
	r.WaitingFrom, r.ReceivedAt, r.ExpiresAt = w.time(), w.time(), w.time()
	r.Size, r.Purged, r.SHA256 = w.int(), w.bool(), w.digest()
	r.Control, r.BlobKey, r.Principal, r.Channel, r.Kind, r.Name = w.text(), w.text(), w.text(), w.text(), w.text(), w.text()
	r.ContentType, r.TransportID = w.text(), w.text()
	if r.Headers, err = splitHeaders(w.text()); err != nil {
		return r, fmt.Errorf("receipt %s: %w", r.ID, err)
	}
	r.TraceID, r.Reason, r.DuplicateOf, r.Retention = w.text(), w.text(), w.uuid(), w.text()
	r.Holds, r.Silent = splitLines(w.text()), int(w.int())
	return r, nil
}

func receiptsOf(rows []row) ([]gateway.Receipt, error) {
	out := make([]gateway.Receipt, 0, len(rows))
	for i := range rows {
		r, err := receiptOf(&rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// Receipt gives one, with its inline body. Where it is settled and its row does not say so yet, the settlement is told.
func (s *Store) Receipt(ctx context.Context, id uuid.UUID) (gateway.Receipt, error) {
	var r gateway.Receipt
	err := s.accept.pool.snapshot(ctx, "receipt", func(q *reader) error {
		rows, err := q.query("SELECT "+receiptColumns+" FROM receipts r WHERE r.id = ?", id)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return fmt.Errorf("receipt %s: %w", id, gateway.ErrNotFound)
		}
		if r, err = receiptOf(&rows[0]); err != nil {
			return err
		}
		r.Inline, err = body(q, r.Seq)
		return err
	})
	if err != nil {
		return gateway.Receipt{}, err
	}
	one := []gateway.Receipt{r}
	err = s.overlay(ctx, one)
	return one[0], err
}

// body gives the inline body of a receipt, nil where it has none.
func body(q asker, seq int64) ([]byte, error) {
	rows, err := q.query("SELECT body FROM bodies WHERE seq = ?", seq)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].blob(), nil
}

// overlay writes into unfinished receipts what is settled of them.
func (s *Store) overlay(ctx context.Context, receipts []gateway.Receipt) error {
	var open []uuid.UUID
	for i := range receipts {
		if !receipts[i].State.Final() {
			open = append(open, receipts[i].ID)
		}
	}
	ends, err := s.ends(ctx, open)
	if err != nil || len(ends) == 0 {
		return err
	}
	for i := range receipts {
		if e, ok := ends[receipts[i].ID]; ok && !receipts[i].State.Final() {
			receipts[i].State, receipts[i].Reason, receipts[i].DuplicateOf = stateOf(int64(e.state)), e.reason, e.duplicateOf
			receipts[i].LeaseUntil = time.Time{}
		}
	}
	return nil
}

// An end is what a settlement says of its receipt.
type end struct {
	attempt     int
	state       code
	reason      string
	duplicateOf uuid.UUID
}

// ends gives the settlements of those receipts that have one.
func (s *Store) ends(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]end, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	out := map[uuid.UUID]end{}
	err := s.main.pool.read(ctx, "settlements of receipts", func(q *reader) error { return endsOf(q, ids, out) })
	return out, err
}

func endsOf(q asker, ids []uuid.UUID, out map[uuid.UUID]end) error {
	for _, id := range ids {
		rows, err := q.query("SELECT attempt, state, reason, duplicate_of FROM settlements WHERE receipt = ?", id)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			w := &rows[0]
			out[id] = end{attempt: int(w.int()), state: code(w.int()), reason: w.text(), duplicateOf: w.uuid()}
		}
	}
	return nil
}

// Receipts lists receipts, newest first, without bodies.
func (s *Store) Receipts(ctx context.Context, q gateway.ReceiptQuery) ([]gateway.Receipt, error) {
	if q.Mode == "" { // which has a code, as some acts are of neither
		return nil, fmt.Errorf("sqlite: receipts: %w: of no mode", gateway.ErrInput)
	}
	m, err := modeCode(q.Mode)
	if err != nil {
		return nil, err
	}
	where, args := []string{"r.mode = ?"}, []any{m}
	if q.Partner != "" {
		where, args = append(where, "r.partner = ?"), append(args, string(q.Partner))
	}
	if q.Before > 0 {
		where, args = append(where, "r.seq < ?"), append(args, q.Before)
	}
	if len(q.States) > 0 {
		codes := make([]code, len(q.States))
		for i, st := range q.States {
			c, err := states.encode(string(st))
			if err != nil {
				return nil, err
			}
			codes[i] = c
		}
		if len(codes) == 1 { // so that the index of parked ones is seen
			where = append(where, fmt.Sprintf("r.state = %d", codes[0]))
		} else {
			where = append(where, "r.state IN "+list(codes))
		}
	}
	args = append(args, bounded(q.Limit))
	rows, err := s.accept.pool.query(ctx, "receipts",
		"SELECT "+receiptColumns+" FROM receipts r WHERE "+strings.Join(where, " AND ")+" ORDER BY r.seq DESC LIMIT ?", args...)
	if err != nil {
		return nil, err
	}
	return receiptsOf(rows)
}

// Backlog gives what waits.
func (s *Store) Backlog(ctx context.Context) (gateway.Backlog, error) {
	rows, err := s.accept.pool.query(ctx, "backlog", `SELECT n, (SELECT received_at FROM receipts WHERE seq = first)
		FROM (SELECT count(*) AS n, min(seq) AS first FROM receipts INDEXED BY receipts_unfinished WHERE state < 3)`)
	if err != nil || len(rows) == 0 {
		return gateway.Backlog{}, err
	}
	b := gateway.Backlog{Unfinished: rows[0].int()}
	if at := rows[0].time(); b.Unfinished > 0 {
		b.Oldest = max(0, s.clock.read().Sub(at))
	}
	return b, nil
}

// Earlier reports whether an earlier receipt of the partner and mode is unfinished.
func (s *Store) Earlier(ctx context.Context, p partner.ID, mode cargo.Traffic, before int64) (bool, error) {
	m, err := modeCode(mode)
	if err != nil {
		return false, err
	}
	// Rows may lag behind settlements, but not by many: the first page nearly always decides.
	for after := int64(0); ; {
		rows, err := s.accept.pool.query(ctx, "earlier receipts",
			"SELECT seq, id FROM receipts WHERE state < 3 AND partner = ? AND mode = ? AND seq > ? AND seq < ? ORDER BY seq LIMIT 20",
			string(p), m, after, before)
		if err != nil || len(rows) == 0 {
			return false, err
		}
		ids := make([]uuid.UUID, len(rows))
		for i := range rows {
			after, ids[i] = rows[i].int(), rows[i].uuid()
		}
		ends, err := s.ends(ctx, ids)
		if err != nil || len(ends) < len(ids) {
			return err == nil, err
		}
	}
}
