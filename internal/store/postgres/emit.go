package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
	"cargogate/internal/outbox"
)

// Emit inserts events, deliveries and audit rows. Where they cannot be, the transaction fails at its end, or at what
// comes next.
func (t *tx) Emit(ctx context.Context, events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) error {
	if err := t.ready(); err != nil {
		return err
	}
	var batch pgx.Batch
	queueEvents(&batch, events)
	queueDeliveries(&batch, deliveries)
	queueAudit(&batch, rows)
	for _, q := range batch.QueuedQueries {
		t.enqueue(statement{what: "emit", sql: q.SQL, args: q.Arguments})
	}
	return nil
}

// queueEvents inserts events without a position: the dispatcher gives one to what is committed.
func queueEvents(batch *pgx.Batch, events []outbox.Event) {
	if len(events) == 0 {
		return
	}
	n := len(events)
	ids, ats := make([]uuid.UUID, n), make([]time.Time, n)
	types, subjects, modes, partners := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	filers, data, traces := make([]string, n), make([]string, n), make([]string, n)
	for i := range events {
		e := &events[i]
		ids[i], ats[i], types[i], subjects[i], modes[i] = e.ID, e.At.UTC(), e.Type, e.Subject, e.Mode
		partners[i], filers[i], data[i], traces[i] = string(e.Partner), string(e.Filer), e.Data, e.TraceID
	}
	batch.Queue(`INSERT INTO events_pending (id, type, subject, mode, partner, filer, at, data, trace_id)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[])`,
		ids, types, subjects, modes, partners, filers, ats, data, traces)
}

// queueDeliveries inserts deliveries; one that is due at no time is due now.
func queueDeliveries(batch *pgx.Batch, deliveries []outbox.Delivery) {
	for i := range deliveries {
		d := &deliveries[i]
		batch.Queue(`INSERT INTO deliveries (id, answer, receipt, partner, channel, kind, mode, state, attempts, next_at, last_error, created_at, updated_at, resent)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, now()), $11, coalesce($12, now()), coalesce($13, now()), $14)`,
			d.ID, d.Answer, d.Receipt, string(d.Partner), d.Channel, d.Kind, d.Mode, string(d.State), d.Attempts, orNull(d.NextAt), d.LastError,
			orNull(d.CreatedAt), orNull(d.UpdatedAt), d.Resent)
	}
}

func queueAudit(batch *pgx.Batch, rows []audit.Row) {
	var c auditColumns
	for i := range rows {
		if rows[i].ID != uuid.Nil {
			c.add(&rows[i])
		}
	}
	if len(c.id) == 0 {
		return
	}
	batch.Queue(`INSERT INTO audit_pending (id, at, principal, action, object, mode, detail, trace_id)
		SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])`, c.args()...)
}
