package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// callWindow is how far an ETA may be from one of a call to be of that call.
const callWindow = 72 * time.Hour

// A callKey is what is locked while calls are merged.
type callKey struct {
	mode         cargo.Traffic
	vessel, port string
}

func compareKeys(a, b callKey) int {
	return cmp.Or(cmp.Compare(a.mode, b.mode), cmp.Compare(a.vessel, b.vessel), cmp.Compare(a.port, b.port))
}

// A voyage is what one partner calls a call.
type voyage struct {
	partner partner.ID
	voyage  string
}

// A known call is one that rows may be merged into.
type known struct {
	id      uuid.UUID
	etas    []time.Time
	voyages map[voyage]bool
}

// MergeCalls merges calls as CallRow says.
func (t *tx) MergeCalls(ctx context.Context, calls []gateway.CallRow) ([]uuid.UUID, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	if len(calls) == 0 {
		return nil, nil
	}
	ids, err := t.mergeCalls(ctx, calls)
	return ids, t.note(ctx, "merge calls", err)
}

func (t *tx) mergeCalls(ctx context.Context, calls []gateway.CallRow) ([]uuid.UUID, error) {
	there, err := t.lockCalls(ctx, calls)
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, len(calls))
	var w callWrites
	for i := range calls {
		c := &calls[i]
		key := callKey{c.Mode, c.Vessel, c.Port}
		k := match(there[key], c)
		if k == nil {
			if c.ID == uuid.Nil {
				return nil, inputError("a new call of %s has no id", c.Vessel)
			}
			k = &known{id: c.ID, voyages: map[voyage]bool{}}
			there[key] = append(there[key], k)
			w.open(c)
		}
		ids[i] = k.id
		w.merge(k.id, c)
		if c.Voyage != "" {
			k.voyages[voyage{c.Partner, c.Voyage}] = true
		}
		if !c.ETA.IsZero() {
			k.etas = append(k.etas, c.ETA)
		}
	}
	w.enqueue(t)
	return ids, nil
}

// callWrites are the rows that a merging inserts, by column, as unnest takes them.
type callWrites struct {
	calls struct {
		id                        []uuid.UUID
		mode, vessel, name, ports []string
	}
	receipts struct {
		receipt, call []uuid.UUID
		partner       []string
	}
	aliases struct {
		call                     []uuid.UUID
		partner, voyage, carrier []string
		at                       map[alias]int
	}
	times struct {
		call, receipt []uuid.UUID
		kind, partner []string
		at            []time.Time
	}
}

// An alias is the key of a row of call_aliases.
type alias struct {
	call uuid.UUID
	voyage
}

// open makes a call.
func (w *callWrites) open(c *gateway.CallRow) {
	o := &w.calls
	o.id, o.mode, o.vessel = append(o.id, c.ID), append(o.mode, string(c.Mode)), append(o.vessel, c.Vessel)
	o.name, o.ports = append(o.name, c.Name), append(o.ports, c.Port)
}

// merge writes what a row says of the call that it is of.
func (w *callWrites) merge(id uuid.UUID, c *gateway.CallRow) {
	r := &w.receipts
	r.receipt, r.call, r.partner = append(r.receipt, c.Receipt), append(r.call, id), append(r.partner, string(c.Partner))
	if a := &w.aliases; c.Voyage != "" {
		key := alias{id, voyage{c.Partner, c.Voyage}}
		if i, ok := a.at[key]; !ok {
			if a.at == nil {
				a.at = map[alias]int{}
			}
			a.at[key] = len(a.call)
			a.call, a.partner = append(a.call, id), append(a.partner, string(c.Partner))
			a.voyage, a.carrier = append(a.voyage, c.Voyage), append(a.carrier, c.Carrier)
		} else if c.Carrier != "" { // the last one stays, and no statement may write a row twice
			a.carrier[i] = c.Carrier
		}
	}
	for _, at := range [...]struct {
		kind string
		time time.Time
	}{{"eta", c.ETA}, {"ata", c.ATA}} {
		if t := &w.times; !at.time.IsZero() {
			t.call, t.receipt, t.kind = append(t.call, id), append(t.receipt, c.Receipt), append(t.kind, at.kind)
			t.partner, t.at = append(t.partner, string(c.Partner)), append(t.at, at.time)
		}
	}
}

// enqueue has the rows be inserted.
func (w *callWrites) enqueue(t *tx) {
	add := func(sql string, args ...any) { t.enqueue(statement{what: "merge calls", sql: sql, args: args}) }
	if o := &w.calls; len(o.id) > 0 {
		add(`INSERT INTO calls (id, mode, number, vessel, name, port, opened_at)
			SELECT id, mode, 'C' || nextval('call_number'), vessel, name, port, clock_timestamp()
			FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) u(id, mode, vessel, name, port)`,
			o.id, o.mode, o.vessel, o.name, o.ports)
	}
	r := &w.receipts
	add(`INSERT INTO call_receipts (receipt, call, partner) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING`,
		r.receipt, r.call, r.partner)
	if a := &w.aliases; len(a.call) > 0 {
		add(`INSERT INTO call_aliases AS o (call, partner, voyage, carrier) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
			ON CONFLICT (call, partner, voyage) DO UPDATE SET carrier = excluded.carrier
			WHERE excluded.carrier <> '' AND o.carrier <> excluded.carrier`, a.call, a.partner, a.voyage, a.carrier)
	}
	if at := &w.times; len(at.call) > 0 {
		add(`INSERT INTO call_times (call, kind, at, partner, receipt)
			SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::uuid[]) ON CONFLICT DO NOTHING`,
			at.call, at.kind, at.at, at.partner, at.receipt)
	}
}

// match gives the known call that a row is of: known calls stand oldest first.
func match(there []*known, c *gateway.CallRow) *known {
	if c.ETA.IsZero() {
		for _, k := range there {
			if c.Voyage != "" && k.voyages[voyage{c.Partner, c.Voyage}] {
				return k
			}
		}
		return nil
	}
	var best *known
	nearest := callWindow + 1
	for _, k := range there {
		for _, eta := range k.etas {
			if d := eta.Sub(c.ETA).Abs(); d < nearest {
				best, nearest = k, d
			}
		}
	}
	return best
}

// lockCalls locks the keys of rows in order, and gives the calls that they may be of: those with an ETA near one of the
// rows, and those with a voyage that a row without an ETA names.
func (t *tx) lockCalls(ctx context.Context, calls []gateway.CallRow) (map[callKey][]*known, error) {
	var keys []callKey
	from, to := map[callKey]time.Time{}, map[callKey]time.Time{}
	var voyages []string
	for i := range calls {
		c := &calls[i]
		k := callKey{c.Mode, c.Vessel, c.Port}
		keys = append(keys, k)
		if c.ETA.IsZero() {
			if c.Voyage != "" {
				voyages = append(voyages, c.Voyage)
			}
			continue
		}
		if f, ok := from[k]; !ok || c.ETA.Before(f) {
			from[k] = c.ETA
		}
		if c.ETA.After(to[k]) {
			to[k] = c.ETA
		}
	}
	slices.SortFunc(keys, compareKeys)
	keys = slices.Compact(keys)
	n := len(keys)
	modes, vessels, ports, lows, highs := make([]string, n), make([]string, n), make([]string, n), make([]*time.Time, n), make([]*time.Time, n)
	for i, k := range keys {
		modes[i], vessels[i], ports[i] = string(k.mode), k.vessel, k.port
		if f, ok := from[k]; ok {
			lows[i], highs[i] = orNull(f.Add(-callWindow)), orNull(to[k].Add(callWindow))
		}
	}
	var batch pgx.Batch
	batch.Queue("INSERT INTO call_keys SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING", modes, vessels, ports)
	batch.Queue(`SELECT FROM call_keys JOIN unnest($1::text[], $2::text[], $3::text[]) u(mode, vessel, port) USING (mode, vessel, port)
		ORDER BY mode, vessel, port FOR UPDATE OF call_keys`, modes, vessels, ports)
	// Rows that come before their ETA grow the window of a call: read all ETAs of each call that has one near.
	batch.Queue(`
		WITH k AS MATERIALIZED (
			SELECT c.id, c.mode, c.vessel, c.port, u.low, u.high
			FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) u(mode, vessel, port, low, high)
			JOIN calls c ON c.mode = u.mode AND c.vessel = u.vessel AND c.port = u.port
		), near AS (
			SELECT k.* FROM k WHERE EXISTS (SELECT FROM call_times t WHERE t.call = k.id AND t.kind = 'eta' AND t.at BETWEEN k.low AND k.high)
			OR EXISTS (SELECT FROM call_aliases a WHERE a.call = k.id AND a.voyage = ANY ($6::text[]))
		)
		SELECT near.id, near.mode, near.vessel, near.port, t.at, '', '' FROM near LEFT JOIN call_times t ON t.call = near.id AND t.kind = 'eta'
		UNION ALL
		SELECT near.id, near.mode, near.vessel, near.port, NULL, a.partner, a.voyage FROM near JOIN call_aliases a ON a.call = near.id
		WHERE a.voyage = ANY ($6::text[])`, modes, vessels, ports, lows, highs, voyages)
	results, err := t.send(ctx, &batch)
	if err != nil {
		return nil, err
	}
	defer results.Close()
	for range 2 {
		if _, err := results.Exec(); err != nil {
			return nil, err
		}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	there := map[callKey][]*known{}
	byID := map[uuid.UUID]*known{}
	var id uuid.UUID
	var key callKey
	var at *time.Time
	var v voyage
	if _, err := pgx.ForEachRow(rows, []any{&id, &key.mode, &key.vessel, &key.port, &at, &v.partner, &v.voyage}, func() error {
		k := byID[id]
		if k == nil {
			k = &known{id: id, voyages: map[voyage]bool{}}
			byID[id] = k
			there[key] = append(there[key], k)
		}
		if at != nil {
			k.etas = append(k.etas, at.UTC())
		}
		if v.voyage != "" {
			k.voyages[v] = true
		}
		return nil
	}); err != nil {
		return nil, err
	}
	for _, ks := range there {
		slices.SortFunc(ks, func(a, b *known) int { return slices.Compare(a.id[:], b.id[:]) })
	}
	return there, nil
}

// Calls gives calls, newest first. From and To are of any of its times, or of when it was opened where it has none.
func (s *Store) Calls(ctx context.Context, q gateway.CallQuery) ([]gateway.Call, string, error) {
	after := uuid.Max
	if q.After != "" {
		key, err := readToken(tokenCalls, q.After)
		if err != nil {
			return nil, "", err
		}
		after = key.id
	}
	limit := clamp(q.Limit)
	rows, err := s.pool.Query(ctx, `
		SELECT c.id, c.mode, c.number, c.vessel, c.name, c.port, c.opened_at,
			(SELECT count(*) FROM call_receipts r WHERE r.call = c.id AND ($2 = '' OR r.partner = $2))
		FROM calls c
		WHERE c.mode = $1 AND c.id < $3
			AND ($2 = '' OR EXISTS (SELECT FROM call_receipts r WHERE r.call = c.id AND r.partner = $2))
			AND ($4 = '' OR c.vessel = $4) AND ($5 = '' OR c.port = $5)
			AND ($6::timestamptz IS NULL AND $7::timestamptz IS NULL
				OR EXISTS (SELECT FROM call_times t WHERE t.call = c.id AND ($6 IS NULL OR t.at >= $6) AND ($7 IS NULL OR t.at < $7))
				OR ($6 IS NULL OR c.opened_at >= $6) AND ($7 IS NULL OR c.opened_at < $7) AND NOT EXISTS (SELECT FROM call_times t WHERE t.call = c.id))
		ORDER BY c.id DESC LIMIT $8`, q.Mode, string(q.Viewer), after, q.Vessel, q.Port, orNull(q.From), orNull(q.To), limit+1)
	if err != nil {
		return nil, "", mapError(ctx, err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (gateway.Call, error) {
		var c gateway.Call
		err := row.Scan(&c.ID, &c.Mode, &c.Number, &c.Vessel, &c.Name, &c.Port, &c.OpenedAt, &c.Filings)
		c.OpenedAt = c.OpenedAt.UTC()
		return c, err
	})
	if err != nil {
		return nil, "", mapError(ctx, err)
	}
	next := ""
	if len(items) > limit {
		items = items[:limit]
		next = writeToken(tokenCalls, place{id: items[limit-1].ID})
	}
	if err := s.callDetails(ctx, items, q.Viewer); err != nil {
		return nil, "", mapError(ctx, fmt.Errorf("postgres: calls: %w", err))
	}
	return items, next, nil
}

// callDetails adds what partners call calls, and when they say that they arrive.
func (s *Store) callDetails(ctx context.Context, items []gateway.Call, viewer partner.ID) error {
	if len(items) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(items))
	byID := map[uuid.UUID]*gateway.Call{}
	for i := range items {
		ids[i] = items[i].ID
		byID[items[i].ID] = &items[i]
	}
	var id uuid.UUID
	rows, err := s.pool.Query(ctx, `SELECT call, partner, voyage, carrier FROM call_aliases
		WHERE call = ANY ($1) AND ($2 = '' OR partner = $2) ORDER BY call, partner, voyage`, ids, string(viewer))
	if err != nil {
		return err
	}
	var a gateway.CallAlias
	if _, err := pgx.ForEachRow(rows, []any{&id, &a.Partner, &a.Voyage, &a.Carrier}, func() error {
		byID[id].Aliases = append(byID[id].Aliases, a)
		return nil
	}); err != nil {
		return err
	}
	rows, err = s.pool.Query(ctx, `SELECT call, kind, at, partner, receipt FROM call_times
		WHERE call = ANY ($1) AND ($2 = '' OR partner = $2) ORDER BY call, at, kind, partner`, ids, string(viewer))
	if err != nil {
		return err
	}
	var t gateway.CallTime
	_, err = pgx.ForEachRow(rows, []any{&id, &t.Kind, &t.At, &t.Partner, &t.Receipt}, func() error {
		t.At = t.At.UTC()
		byID[id].Times = append(byID[id].Times, t)
		return nil
	})
	return err
}
