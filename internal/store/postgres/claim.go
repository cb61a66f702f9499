package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// claimSQL hops from partner to partner through the index, looks at the oldest due receipts of each, and takes them in
// turns: who was not served for longest first. Rows that another node is just taking are skipped; what is due is checked
// again on the locked row.
const claimSQL = `
WITH RECURSIVE hop AS (
	(SELECT partner FROM work WHERE lane = $1 AND NOT parked ORDER BY partner LIMIT 1)
	UNION ALL
	SELECT (SELECT w.partner FROM work w WHERE w.lane = $1 AND NOT w.parked AND w.partner > hop.partner ORDER BY w.partner LIMIT 1)
	FROM hop WHERE hop.partner IS NOT NULL
), due AS MATERIALIZED (
	SELECT c.receipt, c.seq, row_number() OVER (PARTITION BY hop.partner ORDER BY c.seq) AS turn,
		coalesce(array_position($5::text[], hop.partner::text), 0) AS served
	FROM hop CROSS JOIN LATERAL (
		SELECT w.receipt, w.seq FROM work w
		WHERE w.lane = $1 AND NOT w.parked AND w.partner = hop.partner AND w.due_at <= clock_timestamp() AND w.lease_until <= clock_timestamp()
		ORDER BY w.seq LIMIT 2 * $2::int + 8) c
	WHERE hop.partner IS NOT NULL
), pick AS MATERIALIZED (
	SELECT w.receipt, d.turn, d.served FROM due d JOIN work w ON w.receipt = d.receipt
	WHERE NOT w.parked AND w.due_at <= clock_timestamp() AND w.lease_until <= clock_timestamp()
	ORDER BY d.turn, d.served, d.seq LIMIT $2 FOR UPDATE OF w SKIP LOCKED
), taken AS (
	UPDATE work w SET attempt = w.attempt + 1, silent = w.silent + (w.state = 'reading')::int, state = 'reading', owner = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 second'
	FROM pick WHERE pick.receipt = w.receipt
	RETURNING w.*, pick.turn, pick.served
)
SELECT ` + receiptColumns + `, b.inline
FROM taken w JOIN receipts r ON r.id = w.receipt JOIN bodies b ON b.receipt = w.receipt
LEFT JOIN settlements t ON false
ORDER BY w.turn, w.served, w.seq`

// Claim takes work.
func (s *Store) Claim(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
	if r.Max <= 0 || r.Lease <= 0 {
		return nil, inputError("a claim of %d receipts for %s", r.Max, r.Lease)
	}
	var out []gateway.Receipt
	err := s.inTxOf(ctx, lookups, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, claimSQL, r.Lane, min(r.Max, maxLimit), r.Owner, seconds(r.Lease), s.work.order())
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanWithBody)
		return err
	})
	if err != nil {
		return nil, err
	}
	served := make([]string, len(out))
	for i, rc := range out {
		served[i] = string(rc.Partner)
	}
	s.work.serve(served)
	return out, nil
}

// current is the condition of a work row w whose attempt is the current one: claimed, and not given back.
const current = "w.attempt = $2 AND w.state = 'reading'"

// Renew extends leases to now+lease, and gives those that are no longer current.
func (s *Store) Renew(ctx context.Context, fences []gateway.Fence, lease time.Duration) ([]gateway.Fence, error) {
	if len(fences) == 0 {
		return nil, nil
	}
	ids, attempts := make([]uuid.UUID, len(fences)), make([]int32, len(fences))
	for i, f := range fences {
		ids[i], attempts[i] = f.Receipt, int32(f.Attempt)
	}
	held := map[gateway.Fence]bool{}
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		clear(held)
		rows, err := tx.Query(ctx, `
			WITH mine AS MATERIALIZED (
				SELECT w.receipt, w.attempt FROM unnest($1::uuid[], $2::int[]) f(receipt, attempt) JOIN work w USING (receipt)
				WHERE w.attempt = f.attempt AND w.state = 'reading' ORDER BY w.receipt FOR UPDATE OF w)
			UPDATE work w SET lease_until = clock_timestamp() + $3::float8 * interval '1 second'
			FROM mine WHERE w.receipt = mine.receipt RETURNING w.receipt, w.attempt`, ids, attempts, seconds(lease))
		if err != nil {
			return err
		}
		var f gateway.Fence
		_, err = pgx.ForEachRow(rows, []any{&f.Receipt, &f.Attempt}, func() error {
			held[f] = true
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	var lost []gateway.Fence
	for _, f := range fences {
		if !held[f] {
			lost = append(lost, f)
		}
	}
	return lost, nil
}

// Wait gives a claim back for delay.
func (s *Store) Wait(ctx context.Context, f gateway.Fence, delay time.Duration) error {
	tag, err := s.pool.Exec(ctx, `
		UPDATE work w SET state = 'waiting', waiting_from = coalesce(w.waiting_from, clock_timestamp()), owner = '',
			due_at = clock_timestamp() + $3::float8 * interval '1 second', lease_until = '-infinity'
		WHERE w.receipt = $1 AND `+current, f.Receipt, f.Attempt, seconds(delay))
	if err != nil {
		return mapError(ctx, err)
	}
	if tag.RowsAffected() == 0 {
		return fenced(f)
	}
	return nil
}

func fenced(f gateway.Fence) error {
	return fmt.Errorf("%w: attempt %d at receipt %s", gateway.ErrFenced, f.Attempt, f.Receipt)
}

// Wake makes receipts of a partner that wait due now.
func (s *Store) Wake(ctx context.Context, p partner.ID, mode cargo.Traffic) error {
	_, err := s.pool.Exec(ctx, `
		WITH waits AS MATERIALIZED (
			SELECT receipt FROM work WHERE partner = $1 AND mode = $2 AND NOT parked AND state = 'waiting' AND due_at > clock_timestamp()
			ORDER BY receipt FOR UPDATE
		), woken AS (
			UPDATE work w SET due_at = clock_timestamp() FROM waits WHERE w.receipt = waits.receipt RETURNING w.receipt
		)
		SELECT pg_notify('`+channelWork+`', '') FROM (SELECT FROM woken LIMIT 1) one`, p, mode)
	return mapError(ctx, err)
}

// Earlier reports whether an earlier receipt of the partner and mode is unfinished.
func (s *Store) Earlier(ctx context.Context, p partner.ID, mode cargo.Traffic, before int64) (bool, error) {
	var there bool
	err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM work WHERE partner = $1 AND mode = $2 AND NOT parked AND seq < $3)",
		p, mode, before).Scan(&there)
	return there, mapError(ctx, err)
}

// Priors gives earlier receipts with equal bytes or an equal control key.
func (s *Store) Priors(ctx context.Context, p partner.ID, mode cargo.Traffic, sha [32]byte, control string, before int64, since time.Time) ([]gateway.Prior, error) {
	rows, err := s.pool.Query(ctx, `
		WITH found AS (
			SELECT id FROM receipts WHERE sha256 = $3
			UNION SELECT id FROM receipts WHERE $4 <> '' AND control <> '' AND control = $4
			UNION SELECT c.receipt FROM controls c JOIN settled USING (receipt, attempt) JOIN settlements t ON t.receipt = c.receipt
				WHERE $4 <> '' AND c.control = $4 AND t.state IN ('accepted', 'partly_accepted'))
		SELECT r.id, r.seq, r.sha256, r.control, coalesce(w.state, t.state), t.duplicate_of
		FROM found JOIN receipts r ON r.id = found.id
		LEFT JOIN work w ON w.receipt = r.id LEFT JOIN settlements t ON t.receipt = r.id
		WHERE r.partner = $1 AND r.mode = $2 AND r.seq < $5 AND r.received_at >= $6
		ORDER BY r.seq DESC LIMIT 20`, p, mode, sha[:], control, before, since)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (gateway.Prior, error) {
		var pr gateway.Prior
		var digest []byte
		var dup *uuid.UUID
		err := row.Scan(&pr.Receipt, &pr.Seq, &digest, &pr.Control, &pr.State, &dup)
		copy(pr.SHA256[:], digest)
		pr.DuplicateOf = idOrNil(dup)
		return pr, err
	})
	return out, mapError(ctx, err)
}
