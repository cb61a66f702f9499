package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/failpoint"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// channelWork is what NOTIFY and LISTEN call the news that work may be there.
const channelWork = "cargogate_work"

const notifyWork = "SELECT pg_notify('" + channelWork + "', '')"

// lockPartners takes an advisory lock for each partner, in order, so that of one partner the order of seq is the order
// of commits: who sees a receipt sees all its earlier ones.
const lockPartners = "SELECT pg_advisory_xact_lock(x'63676163'::int, k) FROM unnest($1::int[]) k"

// acceptSQL inserts arrivals in their order: the keys of their transport acts, and where those are new (or ran out),
// receipts, bodies, work and audit rows. It gives what was inserted.
const acceptSQL = `
WITH a AS MATERIALIZED (
	SELECT u.*, nextval('receipt_seq') AS seq, c.t
	FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
			$10::text[], $11::text[], $12::bigint[], $13::bytea[], $14::text[], $15::smallint[], $16::text[], $17::float8[],
			$18::float8[], $19::bytea[], $20::text[])
		AS u(id, partner, principal, channel, kind, mode, name, content_type, transport_id, headers, trace_id, size, sha256,
			control, lane, retention, retain, dedupe, inline, blob_key),
		(SELECT clock_timestamp() AS t OFFSET 0) c
), acts AS (
	INSERT INTO transport_acts AS o (partner, kind, mode, transport_id, receipt, until)
	SELECT partner, kind, mode, transport_id, id, CASE WHEN dedupe > 0 THEN t + dedupe * interval '1 second' ELSE 'infinity' END
	FROM a WHERE transport_id <> '' ORDER BY partner, kind, mode, transport_id
	ON CONFLICT (partner, kind, mode, transport_id) DO UPDATE SET receipt = excluded.receipt, until = excluded.until
	WHERE o.until <= clock_timestamp()
	RETURNING receipt
), fresh AS MATERIALIZED (
	SELECT * FROM a WHERE transport_id = '' OR id IN (SELECT receipt FROM acts)
), r AS (
	INSERT INTO receipts (id, seq, partner, principal, channel, kind, mode, name, content_type, transport_id, headers, trace_id,
		size, sha256, control, lane, received_at, retention, expires_at)
	SELECT id, seq, partner, principal, channel, kind, mode, name, content_type, transport_id, headers, trace_id,
		size, sha256, control, lane, t, retention, CASE WHEN retain > 0 THEN t + retain * interval '1 second' END
	FROM fresh
), b AS (
	INSERT INTO bodies (receipt, inline, blob_key) SELECT id, inline, blob_key FROM fresh
), w AS (
	INSERT INTO work (receipt, seq, partner, mode, lane) SELECT id, seq, partner, mode, lane FROM fresh
), au AS (
	INSERT INTO audit_pending (id, at, principal, action, object, mode, detail, trace_id)
	SELECT n.id, n.at, n.principal, n.action, n.object, n.mode, n.detail, n.trace_id
	FROM unnest($21::uuid[], $22::uuid[], $23::timestamptz[], $24::text[], $25::text[], $26::text[], $27::text[], $28::text[], $29::text[])
		AS n(receipt, id, at, principal, action, object, mode, detail, trace_id)
	JOIN fresh f ON f.id = n.receipt
)
SELECT id, seq, t FROM fresh`

// actKey is what makes a transport act unique.
type actKey struct {
	partner partner.ID
	kind    string
	mode    cargo.Traffic
	id      string
}

func keyOf(a *gateway.Arrival) actKey { return actKey{a.Partner, a.Kind, a.Mode, a.TransportID} }

// Accept makes arrivals durable in one transaction and one round trip; another one tells what a repeat repeats.
func (s *Store) Accept(ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
	if len(arrivals) == 0 {
		return nil, nil
	}
	for i := range arrivals {
		if err := checkArrival(&arrivals[i]); err != nil {
			return nil, err
		}
	}
	out := make([]gateway.Accepted, len(arrivals))
	first := map[actKey]int{} // the arrival that brings a transport act, of those that are not yet decided
	todo := make([]int, 0, len(arrivals))
	digests := make([][32]byte, len(arrivals)) // of the receipt that an arrival got
	repeats := map[int]int{}                   // within arrivals: repeat to what it repeats
	for i := range arrivals {
		digests[i] = arrivals[i].SHA256
		if hasAct(&arrivals[i]) {
			if j, ok := first[keyOf(&arrivals[i])]; ok {
				repeats[i] = j
				continue
			}
			first[keyOf(&arrivals[i])] = i
		}
		todo = append(todo, i)
	}
	for round := 0; len(todo) > 0; round++ {
		if round == 3 { // keys that are taken when it is inserted, and free when it is asked whose they are
			return nil, fmt.Errorf("%w: postgres: transport acts come and go", gateway.ErrUnavailable)
		}
		if err := s.acceptFresh(ctx, arrivals, todo, out); err != nil {
			return nil, mapError(ctx, err)
		}
		left, err := s.acceptRepeated(ctx, arrivals, todo, out, digests)
		if err != nil {
			return nil, mapError(ctx, err)
		}
		todo = left
	}
	for i, j := range repeats {
		out[i] = out[j]
		out[i].Repeated = true
		out[i].SameBytes = arrivals[i].SHA256 == digests[j]
	}
	return out, nil
}

func hasAct(a *gateway.Arrival) bool {
	return a.TransportID != "" && !failpoint.Sabotaged(failpoint.NoDedupe)
}

func checkArrival(a *gateway.Arrival) error {
	switch {
	case a.ID == uuid.Nil:
		return inputError("an arrival without an id")
	case a.Partner == "":
		return inputError("arrival %s has no partner", a.ID)
	case a.Mode != cargo.TrafficLive && a.Mode != cargo.TrafficTest:
		return inputError("arrival %s has the mode %q", a.ID, a.Mode)
	case len(a.Inline) > 0 && a.BlobKey != "":
		return inputError("arrival %s has two bodies", a.ID)
	case a.DedupeFor < 0 || a.RetainFor < 0:
		return inputError("arrival %s is kept for a negative time", a.ID)
	}
	return nil
}

// acceptFresh inserts arrivals by their index, and writes to out what became of those that are no repeats.
func (s *Store) acceptFresh(ctx context.Context, arrivals []gateway.Arrival, todo []int, out []gateway.Accepted) error {
	var err error
	for try := range tries {
		if try > 0 {
			time.Sleep(time.Duration(try) * 2 * time.Millisecond)
		}
		if err = s.acceptOnce(ctx, arrivals, todo, out); err == nil || !retryable(err) {
			return err
		}
	}
	return err
}

func (s *Store) acceptOnce(ctx context.Context, arrivals []gateway.Arrival, todo []int, out []gateway.Accepted) error {
	args, locks, err := acceptArgs(arrivals, todo)
	if err != nil {
		return err
	}
	// Without a BEGIN of its own the batch is one transaction, which the server commits at its end.
	var batch pgx.Batch
	batch.Queue(lockPartners, locks)
	batch.Queue(acceptSQL, args...)
	results := s.arrivals.SendBatch(ctx, &batch)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	fresh := map[uuid.UUID]gateway.Accepted{}
	var a gateway.Accepted
	if _, err = pgx.ForEachRow(rows, []any{&a.ID, &a.Seq, &a.ReceivedAt}, func() error {
		a.ReceivedAt = a.ReceivedAt.UTC()
		fresh[a.ID] = a
		return nil
	}); err != nil {
		return err
	}
	if err := results.Close(); err != nil { // the answer to the commit
		return err
	}
	select {
	case s.news <- struct{}{}:
	default: // those who are told of an earlier one will find this one as well
	}
	for _, i := range todo {
		if a, ok := fresh[arrivals[i].ID]; ok {
			out[i] = a
		}
	}
	return nil
}

func acceptArgs(arrivals []gateway.Arrival, todo []int) (args []any, locks []int32, err error) {
	n := len(todo)
	column := func() []string { return make([]string, n) }
	var (
		ids                                         = make([]uuid.UUID, n)
		part, principal, channel, kind, mode, name  = column(), column(), column(), column(), column(), column()
		ctype, act, headers, trace, ctl, keep, blob = column(), column(), column(), column(), column(), column(), column()
		size                                        = make([]int64, n)
		sha, inline                                 = make([][]byte, n), make([][]byte, n)
		lane                                        = make([]int16, n)
		retain, dedupe                              = make([]float64, n), make([]float64, n)
		rows                                        auditColumns
		of                                          []uuid.UUID
	)
	for k, i := range todo {
		a := &arrivals[i]
		ids[k], part[k], principal[k], channel[k], kind[k], mode[k] = a.ID, string(a.Partner), a.Principal, a.Channel, a.Kind, string(a.Mode)
		name[k], ctype[k], trace[k], ctl[k], keep[k] = a.Name, a.ContentType, a.TraceID, a.Control, a.Retention
		if act[k] = a.TransportID; !hasAct(a) {
			act[k] = ""
		}
		if headers[k], err = headersText(a.Headers); err != nil {
			return nil, nil, err
		}
		size[k], sha[k], lane[k], retain[k], dedupe[k] = a.Size, a.SHA256[:], int16(a.Lane), seconds(a.RetainFor), seconds(a.DedupeFor)
		inline[k], blob[k] = a.Inline, a.BlobKey
		if a.Audit.ID != uuid.Nil {
			of = append(of, a.ID)
			rows.add(&a.Audit)
		}
		locks = append(locks, lockOf(a.Partner))
	}
	slices.Sort(locks)
	locks = slices.Compact(locks)
	args = []any{ids, part, principal, channel, kind, mode, name, ctype, act, headers, trace, size, sha, ctl, lane, keep, retain, dedupe, inline, blob, of}
	return append(args, rows.args()...), locks, nil
}

func lockOf(p partner.ID) int32 {
	h := fnv.New32a()
	h.Write([]byte(p))
	return int32(h.Sum32())
}

func headersText(h map[string]string) (string, error) {
	if len(h) == 0 {
		return "", nil
	}
	b, err := json.Marshal(h)
	return string(b), err
}

// acceptRepeated finds whose the transport acts are that were not inserted, and gives the arrivals whose key has gone
// meanwhile.
func (s *Store) acceptRepeated(ctx context.Context, arrivals []gateway.Arrival, todo []int, out []gateway.Accepted, digests [][32]byte) (left []int, err error) {
	var part, kind, mode, act []string
	var asked []int
	for _, i := range todo {
		if out[i].ID == uuid.Nil {
			a := &arrivals[i]
			part, kind, mode, act = append(part, string(a.Partner)), append(kind, a.Kind), append(mode, string(a.Mode)), append(act, a.TransportID)
			asked = append(asked, i)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, `
		SELECT n.ordinality, r.id, r.seq, r.received_at, r.sha256
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY n(partner, kind, mode, transport_id)
		JOIN transport_acts t USING (partner, kind, mode, transport_id)
		JOIN receipts r ON r.id = t.receipt`, part, kind, mode, act)
	if err != nil {
		return nil, err
	}
	var n int
	var a gateway.Accepted
	var sha []byte
	if _, err := pgx.ForEachRow(rows, []any{&n, &a.ID, &a.Seq, &a.ReceivedAt, &sha}, func() error {
		i := asked[n-1]
		digests[i] = [32]byte(sha)
		a.ReceivedAt, a.Repeated, a.SameBytes = a.ReceivedAt.UTC(), true, digests[i] == arrivals[i].SHA256
		out[i] = a
		return nil
	}); err != nil {
		return nil, err
	}
	for _, i := range asked {
		if out[i].ID == uuid.Nil {
			left = append(left, i)
		}
	}
	return left, nil
}

// auditColumns are audit rows by column, as unnest takes them.
type auditColumns struct {
	id                                               []uuid.UUID
	at                                               []time.Time
	principal, action, object, mode, detail, traceID []string
}

func (c *auditColumns) add(r *audit.Row) {
	c.id, c.at = append(c.id, r.ID), append(c.at, r.At.UTC())
	c.principal, c.action, c.object = append(c.principal, r.Principal), append(c.action, r.Action), append(c.object, r.Object)
	c.mode, c.detail, c.traceID = append(c.mode, r.Mode), append(c.detail, r.Detail), append(c.traceID, r.TraceID)
}

func (c *auditColumns) args() []any {
	return []any{c.id, c.at, c.principal, c.action, c.object, c.mode, c.detail, c.traceID}
}

// Usage gives what a partner sent in the last 24 hours, in a mode.
func (s *Store) Usage(ctx context.Context, p partner.ID, mode cargo.Traffic) (gateway.Usage, error) {
	var u gateway.Usage
	err := s.pool.QueryRow(ctx, `SELECT count(*), coalesce(sum(size), 0)::bigint FROM receipts
		WHERE partner = $1 AND mode = $2 AND received_at > clock_timestamp() - interval '24 hours'`, p, mode).Scan(&u.Files, &u.Bytes)
	return u, mapError(ctx, err)
}

// Backlog gives what waits.
func (s *Store) Backlog(ctx context.Context) (gateway.Backlog, error) {
	var b gateway.Backlog
	var oldest float64
	err := s.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM work WHERE NOT parked), coalesce(extract(epoch FROM clock_timestamp() -
		(SELECT r.received_at FROM receipts r WHERE r.id = (SELECT receipt FROM work WHERE NOT parked ORDER BY seq LIMIT 1)))::float8, 0)`).
		Scan(&b.Unfinished, &oldest)
	b.Oldest = max(0, time.Duration(oldest*float64(time.Second)))
	return b, mapError(ctx, err)
}
