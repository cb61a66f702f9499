package sqlite

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

const maxPriors = 20

// digestKey is the part of a digest that is indexed.
func digestKey(sha [32]byte) int64 { return int64(binary.BigEndian.Uint64(sha[:])) }

// Priors gives earlier receipts with equal bytes or an equal control key, newest first.
func (s *Store) Priors(ctx context.Context, p partner.ID, mode cargo.Traffic, sha [32]byte, control string, before int64,
	since time.Time) ([]gateway.Prior, error) {
	m, err := modeCode(mode)
	if err != nil {
		return nil, err
	}
	const chosen = " AND r.partner = ? AND r.mode = ? AND r.seq < ? AND r.received_at >= ? ORDER BY r.seq DESC LIMIT ?"
	var later []uuid.UUID // whose later interchange has the control key
	if control != "" {
		rows, err := s.main.pool.query(ctx, "priors by a later interchange", `SELECT s.receipt FROM controls c
			JOIN works w ON w.n = c.work AND w.settled = 1 JOIN settlements s ON s.receipt = w.receipt AND s.work = w.n
			WHERE c.control = ? AND c.partner = ? AND c.mode = ? AND s.state IN (3, 4) ORDER BY c.work DESC LIMIT 200`,
			control, string(p), m)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			later = append(later, rows[i].uuid())
		}
	}
	var rows []row
	err = s.accept.pool.snapshot(ctx, "priors", func(q *reader) error {
		const columns = "SELECT " + receiptColumns + " FROM receipts r WHERE "
		more, err := q.query(columns+"r.digest = ? AND r.sha256 = ?"+chosen, digestKey(sha), sha, string(p), m, before, since, maxPriors)
		if err != nil {
			return err
		}
		rows = more
		if control == "" {
			return nil
		}
		if more, err = q.query(columns+"r.control = ? AND r.control <> ''"+chosen, control, string(p), m, before, since, maxPriors); err != nil {
			return err
		}
		rows = append(rows, more...)
		for _, id := range later {
			if more, err = q.query(columns+"r.id = ?"+chosen, id, string(p), m, before, since, maxPriors); err != nil {
				return err
			}
			rows = append(rows, more...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	receipts, err := receiptsOf(rows)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(receipts, func(a, b gateway.Receipt) int { return cmp.Compare(b.Seq, a.Seq) })
	receipts = slices.CompactFunc(receipts, func(a, b gateway.Receipt) bool { return a.Seq == b.Seq })
	receipts = receipts[:min(len(receipts), maxPriors)]
	if err := s.overlay(ctx, receipts); err != nil {
		return nil, err
	}
	priors := make([]gateway.Prior, len(receipts))
	for i, r := range receipts {
		priors[i] = gateway.Prior{
			Receipt: r.ID, Seq: r.Seq, SHA256: r.SHA256, Control: r.Control, State: r.State, DuplicateOf: r.DuplicateOf,
		}
	}
	return priors, nil
}
