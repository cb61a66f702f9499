package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// callWindow is how far an arrival time may be from those that are known of the call.
const callWindow = 72 * time.Hour

// Kinds of call_times.
const (
	timeETA code = 0
	timeATA code = 1
)

// MergeCalls merges calls as gateway.CallRow says.
func (t *settling) MergeCalls(_ context.Context, calls []gateway.CallRow) ([]uuid.UUID, error) {
	order := make([]int, len(calls))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &calls[a], &calls[b]
		return cmp.Or(cmp.Compare(x.Mode, y.Mode), cmp.Compare(x.Vessel, y.Vessel), cmp.Compare(x.Port, y.Port))
	})
	out := make([]uuid.UUID, len(calls))
	for _, i := range order {
		id, err := t.mergeCall(&calls[i])
		if err != nil {
			return nil, err
		}
		out[i] = id
	}
	return out, nil
}

func (t *settling) mergeCall(c *gateway.CallRow) (uuid.UUID, error) {
	mode, err := modeCode(c.Mode)
	if err != nil {
		return uuid.Nil, err
	}
	id := c.ID
	var n int64
	var rows []row
	if c.ETA.IsZero() {
		rows, err = t.query(`SELECT c.n, c.id FROM calls c WHERE c.vessel = ? AND c.port = ? AND c.mode = ? AND EXISTS
			(SELECT 1 FROM call_aliases a WHERE a.call = c.n AND a.partner = ? AND a.voyage = ?) ORDER BY c.n LIMIT 1`,
			c.Vessel, c.Port, mode, string(c.Partner), c.Voyage)
	} else {
		rows, err = t.query(`SELECT c.n, c.id, min(abs(h.at - ?1)) AS distance FROM calls c JOIN call_times h ON h.call = c.n AND h.kind = 0
			WHERE c.vessel = ?2 AND c.port = ?3 AND c.mode = ?4 AND abs(h.at - ?1) <= ?5 GROUP BY c.n ORDER BY distance, c.n LIMIT 1`,
			c.ETA, c.Vessel, c.Port, mode, callWindow)
	}
	if err != nil {
		return uuid.Nil, err
	}
	if len(rows) > 0 {
		n, id = rows[0].int(), rows[0].uuid()
		if c.Name != "" {
			_, err = t.exec("UPDATE calls SET name = ? WHERE n = ? AND name = ''", c.Name, n)
		}
	} else {
		n, err = t.insert("INSERT INTO calls (id, mode, vessel, name, port, opened_at) VALUES (?, ?, ?, ?, ?, ?)",
			c.ID, mode, c.Vessel, c.Name, c.Port, t.at)
	}
	if err != nil {
		return uuid.Nil, err
	}
	if _, err := t.exec("INSERT OR IGNORE INTO call_aliases (call, partner, voyage, carrier) VALUES (?, ?, ?, ?)",
		n, string(c.Partner), c.Voyage, c.Carrier); err != nil {
		return uuid.Nil, err
	}
	for kind, at := range []time.Time{timeETA: c.ETA, timeATA: c.ATA} {
		if at.IsZero() {
			continue
		}
		if _, err := t.exec("INSERT OR IGNORE INTO call_times (call, kind, at, partner, receipt) VALUES (?, ?, ?, ?, ?)",
			n, kind, at, string(c.Partner), c.Receipt); err != nil {
			return uuid.Nil, err
		}
	}
	_, err = t.exec("INSERT OR IGNORE INTO call_receipts (call, receipt, partner) VALUES (?, ?, ?)", n, c.Receipt, string(c.Partner))
	return id, err
}

// Calls lists calls, newest first.
func (s *Store) Calls(ctx context.Context, q gateway.CallQuery) (items []gateway.Call, next string, err error) {
	limit := bounded(q.Limit)
	where, args := []string{"1"}, []any{}
	if q.Mode != "" {
		m, err := modeCode(q.Mode)
		if err != nil {
			return nil, "", err
		}
		where, args = append(where, "c.mode = ?"), append(args, m)
	}
	if q.Viewer != "" {
		where = append(where, "EXISTS (SELECT 1 FROM call_receipts r WHERE r.call = c.n AND r.partner = ?)")
		args = append(args, string(q.Viewer))
	}
	if q.Vessel != "" {
		where, args = append(where, "c.vessel = ?"), append(args, q.Vessel)
	}
	if q.Port != "" {
		where, args = append(where, "c.port = ?"), append(args, q.Port)
	}
	if !q.From.IsZero() || !q.To.IsZero() {
		// Of any of its times; of the time that it was opened where it has none. A viewer is shown, and finds, its own.
		inside, bounds := "", []any{}
		if !q.From.IsZero() {
			inside, bounds = inside+" AND at >= ?", append(bounds, q.From)
		}
		if !q.To.IsZero() {
			inside, bounds = inside+" AND at < ?", append(bounds, q.To)
		}
		times := "(SELECT at FROM call_times h WHERE h.call = c.n"
		var who []any
		if q.Viewer != "" {
			times, who = times+" AND h.partner = ?", []any{string(q.Viewer)}
		}
		times += ")"
		where = append(where, "EXISTS (SELECT 1 FROM (SELECT at FROM "+times+
			" UNION ALL SELECT c.opened_at WHERE NOT EXISTS "+times+") WHERE 1"+inside+")")
		args = append(append(append(args, who...), who...), bounds...)
	}
	kind := tokenKind("calls", string(q.Mode), string(q.Viewer), q.Vessel, q.Port, q.From.UTC().String(), q.To.UTC().String())
	if q.After != "" {
		key, err := readToken(kind, q.After, 16)
		if err != nil {
			return nil, "", err
		}
		where, args = append(where, "c.id < ?"), append(args, key)
	}
	args = append(args, limit+1)
	err = s.main.pool.snapshot(ctx, "calls", func(r *reader) error {
		rows, err := r.query("SELECT c.n, c.id, c.mode, c.vessel, c.name, c.port, c.opened_at FROM calls c WHERE "+
			strings.Join(where, " AND ")+" ORDER BY c.id DESC LIMIT ?", args...)
		if err != nil {
			return err
		}
		for i := range rows {
			if i == limit {
				last := items[limit-1].ID
				next = makeToken(kind, last[:])
				break
			}
			c, err := callOf(r, &rows[i], q.Viewer)
			if err != nil {
				return err
			}
			items = append(items, c)
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return items, next, nil
}

func callOf(q asker, w *row, viewer partner.ID) (gateway.Call, error) {
	n := w.int()
	c := gateway.Call{
		ID: w.uuid(), Mode: cargo.Traffic(modes.decode(w.int())), Number: callNumber(n), Vessel: w.text(), Name: w.text(),
		Port: w.text(), OpenedAt: w.time(),
	}
	own, who := "", []any{n}
	if viewer != "" {
		own, who = " AND partner = ?", []any{n, string(viewer)}
	}
	aliases, err := q.query("SELECT partner, voyage, carrier FROM call_aliases WHERE call = ?"+own+" ORDER BY partner, voyage, carrier", who...)
	if err != nil {
		return c, err
	}
	for i := range aliases {
		a := &aliases[i]
		c.Aliases = append(c.Aliases, gateway.CallAlias{Partner: partner.ID(a.text()), Voyage: a.text(), Carrier: a.text()})
	}
	times, err := q.query("SELECT kind, at, partner, receipt FROM call_times WHERE call = ?"+own+" ORDER BY kind, at, partner, receipt", who...)
	if err != nil {
		return c, err
	}
	for i := range times {
		h := &times[i]
		c.Times = append(c.Times, gateway.CallTime{
			Kind: []string{"eta", "ata"}[h.int()&1], At: h.time(), Partner: partner.ID(h.text()), Receipt: h.uuid(),
		})
	}
	c.Filings, err = q.number("SELECT count(*) FROM call_receipts WHERE call = ?"+own, who...)
	return c, err
}

// callNumber gives the number of a call as people know it.
func callNumber(n int64) string { return fmt.Sprintf("C%06d", n) }
