package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/failpoint"
	"cargogate/internal/gateway"
)

const insertReceipt = `INSERT INTO receipts (seq, id, partner, mode, state, lane, attempt, failures, due_at, waiting_from,
	received_at, expires_at, size, purged, sha256, digest, control, blob_key, principal, channel, kind, name, content_type,
	transport_id, headers, trace_id, reason, duplicate_of, retention, holds)
	VALUES (?, ?, ?, ?, 0, ?, 0, 0, 0, 0, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', NULL, ?, '')`

// Accept makes arrivals durable in one transaction.
func (s *Store) Accept(ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
	if len(arrivals) == 0 {
		return nil, nil
	}
	for i := range arrivals {
		if arrivals[i].ID == uuid.Nil {
			return nil, fmt.Errorf("sqlite: accept: %w: arrival %d has no id", gateway.ErrInput, i)
		}
	}
	out := make([]gateway.Accepted, len(arrivals))
	err := s.accept.writer.tx(ctx, "accept", func(t *tx) error {
		now := s.clock.read()
		seq, err := t.number("SELECT value FROM meta WHERE name = 'seq'")
		if err != nil {
			return err
		}
		first := seq
		for i := range arrivals {
			a := &arrivals[i]
			if a.TransportID != "" && !failpoint.Sabotaged(failpoint.NoDedupe) {
				earlier, found, err := actBefore(t, a, now)
				if err != nil {
					return err
				}
				if found {
					out[i] = earlier
					continue
				}
			}
			seq++
			if err := insertArrival(t, a, seq, now); err != nil {
				return err
			}
			out[i] = gateway.Accepted{ID: a.ID, Seq: seq, ReceivedAt: now}
		}
		if seq == first {
			return nil
		}
		t.then(func() {
			for i := range arrivals {
				if !out[i].Repeated {
					s.usage.add(arrivals[i].Partner, arrivals[i].Mode, now, arrivals[i].Size)
				}
			}
		})
		_, err = t.exec("UPDATE meta SET value = ? WHERE name = 'seq'", seq)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.wakes.send()
	return out, nil
}

// actBefore gives the receipt of an equal transport act that has not run out.
func actBefore(t *tx, a *gateway.Arrival, now time.Time) (gateway.Accepted, bool, error) {
	mode, err := modeCode(a.Mode)
	if err != nil {
		return gateway.Accepted{}, false, err
	}
	rows, err := t.query(`SELECT r.id, r.seq, r.received_at, r.sha256 FROM acts a JOIN receipts r ON r.seq = a.seq
		WHERE a.transport_id = ? AND a.partner = ? AND a.kind = ? AND a.mode = ? AND (a.expires_at = 0 OR a.expires_at > ?)`,
		a.TransportID, string(a.Partner), a.Kind, mode, now)
	if err != nil || len(rows) == 0 {
		return gateway.Accepted{}, false, err
	}
	w := &rows[0]
	e := gateway.Accepted{ID: w.uuid(), Seq: w.int(), ReceivedAt: w.time(), Repeated: true}
	e.SameBytes = w.digest() == a.SHA256
	return e, true, nil
}

func insertArrival(t *tx, a *gateway.Arrival, seq int64, now time.Time) error {
	var expires time.Time
	if a.RetainFor > 0 {
		expires = now.Add(a.RetainFor)
	}
	if err := insertRow(t, &a.Receipt, seq, now, expires); err != nil {
		return err
	}
	if a.TransportID != "" {
		var until time.Time
		if a.DedupeFor > 0 {
			until = now.Add(a.DedupeFor)
		}
		mode, err := modeCode(a.Mode)
		if err != nil {
			return err
		}
		// One that ran out, or that was not looked for, gives way.
		if _, err := t.exec("INSERT OR REPLACE INTO acts (transport_id, partner, kind, mode, seq, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
			a.TransportID, string(a.Partner), a.Kind, mode, seq, until); err != nil {
			return err
		}
	}
	if a.Audit.ID == uuid.Nil {
		return nil
	}
	return insertAudit(t, "audit", a.Audit)
}

// insertRow inserts a receipt that nobody has worked on, and its body.
func insertRow(t *tx, r *gateway.Receipt, seq int64, at, expires time.Time) error {
	mode, err := modeCode(r.Mode)
	if err != nil {
		return err
	}
	if _, err := t.exec(insertReceipt, seq, r.ID, string(r.Partner), mode, int64(r.Lane), at, expires, r.Size, r.SHA256,
		digestKey(r.SHA256), r.Control, r.BlobKey, r.Principal, r.Channel, r.Kind, r.Name, r.ContentType, r.TransportID, joinHeaders(r.Headers),
		r.TraceID, r.Retention); err != nil {
		return err
	}
	if r.Inline == nil {
		return nil
	}
	_, err = t.exec("INSERT INTO bodies (seq, body) VALUES (?, ?)", seq, r.Inline)
	return err
}
