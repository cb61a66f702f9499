package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// A teller is a store whose Events are others.
type teller struct {
	gateway.Store
	events func(ctx context.Context, q outbox.Query) ([]outbox.Event, error)
}

func (s teller) Events(ctx context.Context, q outbox.Query) ([]outbox.Event, error) {
	return s.events(ctx, q)
}

// asked changes the query.
func asked(edit func(*outbox.Query)) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return teller{s, func(ctx context.Context, q outbox.Query) ([]outbox.Event, error) { edit(&q); return s.Events(ctx, q) }}
	}
}

type stuck struct{ gateway.Store }

func (stuck) LastPosition(context.Context) (int64, error) { return 0, nil }

type eager struct{ gateway.Store }

func (s eager) NumberEvents(ctx context.Context, _ int) (int, error) {
	return s.Store.NumberEvents(ctx, 1000)
}

// A courier is a store whose deliveries are others.
type courier struct {
	gateway.Store
	claim  func(ctx context.Context, owner string, limit int, lease time.Duration) ([]outbox.Delivery, error)
	finish func(ctx context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, delay time.Duration, events []outbox.Event) (bool, error)
}

func (s courier) ClaimDeliveries(ctx context.Context, owner string, limit int, lease time.Duration) ([]outbox.Delivery, error) {
	if s.claim == nil {
		return s.Store.ClaimDeliveries(ctx, owner, limit, lease)
	}
	return s.claim(ctx, owner, limit, lease)
}

func (s courier) FinishDelivery(ctx context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, delay time.Duration, events []outbox.Event) (bool, error) {
	if s.finish == nil {
		return s.Store.FinishDelivery(ctx, id, attempt, state, reason, delay, events)
	}
	return s.finish(ctx, id, attempt, state, reason, delay, events)
}

type miscounting struct{ gateway.Store }

// PendingDeliveries counts what is due.
func (s miscounting) PendingDeliveries(ctx context.Context) (int64, error) {
	got, err := s.ClaimDeliveries(ctx, "counter", 1000, time.Hour)
	return int64(len(got)), err
}

type lasting struct{ gateway.Store }

func (lasting) EndLeases(context.Context) (int64, error) { return 1, nil }

// A recounting store's resend counts from the beginning again: so do the numbers that its attempts are known by.
type recounting struct {
	gateway.Store
	mu   *sync.Mutex
	from map[uuid.UUID]int
}

func (s recounting) ResendDelivery(ctx context.Context, id uuid.UUID) error {
	d, err := s.Store.Delivery(ctx, id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.from[id] = d.Attempts
	s.mu.Unlock()
	return s.Store.ResendDelivery(ctx, id)
}

func (s recounting) counted(d *outbox.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Attempts -= s.from[d.ID]
	d.Resent = 0
}

func (s recounting) Delivery(ctx context.Context, id uuid.UUID) (outbox.Delivery, error) {
	d, err := s.Store.Delivery(ctx, id)
	s.counted(&d)
	return d, err
}

func (s recounting) ClaimDeliveries(ctx context.Context, owner string, limit int, lease time.Duration) ([]outbox.Delivery, error) {
	got, err := s.Store.ClaimDeliveries(ctx, owner, limit, lease)
	for i := range got {
		s.counted(&got[i])
	}
	return got, err
}

func (s recounting) FinishDelivery(ctx context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, delay time.Duration, events []outbox.Event) (bool, error) {
	s.mu.Lock()
	attempt += s.from[id]
	s.mu.Unlock()
	return s.Store.FinishDelivery(ctx, id, attempt, state, reason, delay, events)
}

type unresending struct{ gateway.Store }

func (s unresending) ResendDelivery(ctx context.Context, id uuid.UUID) error {
	_, err := s.Delivery(ctx, id)
	return err
}

type repeating struct{ gateway.Store }

func (s repeating) ClaimDelivery(ctx context.Context, id uuid.UUID, owner string, lease time.Duration) (outbox.Delivery, bool, error) {
	d, ok, err := s.Store.ClaimDelivery(ctx, id, owner, lease)
	if !ok && err == nil {
		if d, err = s.Delivery(ctx, id); err == nil {
			ok = true
		}
	}
	return d, ok, err
}

type bodyless struct{ gateway.Store }

func (s bodyless) Answer(ctx context.Context, id uuid.UUID) (outbox.Answer, error) {
	a, err := s.Store.Answer(ctx, id)
	a.Body = bytes.TrimRight(a.Body, "'")
	return a, err
}

// A notary is a store that seals in another way.
type notary struct {
	gateway.Store
	seal func(ctx context.Context, limit int, seal sealer) (int, error)
}

type sealer = func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error)

func (s notary) SealAudit(ctx context.Context, limit int, seal func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error)) (int, error) {
	return s.seal(ctx, limit, seal)
}

// sealing hands other things to who seals.
func sealing(hand func(last *audit.Sealed, rows []audit.Row), keep func(*audit.Head)) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return notary{s, func(ctx context.Context, limit int, seal sealer) (int, error) {
			return s.SealAudit(ctx, limit, func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
				rows = slices.Clone(rows)
				hand(&last, rows)
				sealed, head, err := seal(last, rows)
				keep(&head)
				return sealed, head, err
			})
		}}
	}
}

// An archivist is a store that gives other sealed rows.
type archivist struct {
	gateway.Store
	sealed func(ctx context.Context, after int64, limit int) ([]audit.Sealed, error)
}

func (s archivist) SealedAudit(ctx context.Context, after int64, limit int) ([]audit.Sealed, error) {
	return s.sealed(ctx, after, limit)
}

type appender struct {
	gateway.Store
	edit func(*audit.Row)
}

func (s appender) AppendAudit(ctx context.Context, rows []audit.Row) error {
	rows = slices.Clone(rows)
	for i := range rows {
		s.edit(&rows[i])
	}
	return s.Store.AppendAudit(ctx, rows)
}

func noHand(*audit.Sealed, []audit.Row) {}
func noKeep(*audit.Head)                {}

var brokenOut = []Breakage{
	{"numbering leaves gaps", "outbox/numbering is gapless, oldest first, at most the limit", func(s gateway.Store) gateway.Store {
		return teller{s, func(ctx context.Context, q outbox.Query) ([]outbox.Event, error) {
			got, err := s.Events(ctx, q)
			for i := range got {
				got[i].Position *= 2
			}
			return got, err
		}}
	}},
	{"numbering changes positions that were given", "outbox/numbering: an older event that is committed later comes later", func(s gateway.Store) gateway.Store {
		return teller{s, func(ctx context.Context, q outbox.Query) ([]outbox.Event, error) {
			all, err := s.Events(ctx, outbox.Query{Limit: 1000})
			slices.SortFunc(all, func(a, b outbox.Event) int { return bytes.Compare(a.ID[:], b.ID[:]) })
			for i := range all {
				all[i].Position = int64(i + 1)
			}
			return all[min(int(q.After), len(all)):], err
		}}
	}},
	{"numbering is before the commit", "outbox/numbering: a writer that is held open is missed by nobody", early(true)},
	{"numbers of transactions that fail are lost", "outbox/numbering is gapless where transactions fail", early(false)},
	{"numbering knows no limit", "outbox/numbering is gapless, oldest first, at most the limit", func(s gateway.Store) gateway.Store { return eager{s} }},
	{"the last position is not kept", "outbox/numbering is gapless where transactions fail", func(s gateway.Store) gateway.Store { return stuck{s} }},
	{"events drop the partner", "outbox/a query chooses by position, mode, partner and type", asked(func(q *outbox.Query) { q.Partner = "" })},
	{"events drop the mode", "outbox/a query chooses by position, mode, partner and type", asked(func(q *outbox.Query) { q.Mode = "" })},
	{"events drop the types", "outbox/a query chooses by position, mode, partner and type", asked(func(q *outbox.Query) { q.Types = nil })},
	{"events come in other pages", "outbox/a query without a limit gives 100", asked(func(q *outbox.Query) { q.Limit = min(q.Limit, 50) })},
	{"answers are changed", "answer/keeps all that it is given", func(s gateway.Store) gateway.Store { return bodyless{s} }},
	{"a delivery is given twice", "delivery/claim: oldest first, counted, and not again while leased", func(s gateway.Store) gateway.Store {
		var given []outbox.Delivery
		return courier{s, func(ctx context.Context, owner string, limit int, lease time.Duration) ([]outbox.Delivery, error) {
			got, err := s.ClaimDeliveries(ctx, owner, limit, lease)
			if len(got) == 0 {
				return given, err
			}
			given = got
			return got, err
		}, nil}
	}},
	{"deliveries do not rotate", "delivery/claim: rotates over partners", func(s gateway.Store) gateway.Store {
		return courier{s, func(ctx context.Context, owner string, limit int, lease time.Duration) ([]outbox.Delivery, error) {
			got, err := s.ClaimDeliveries(ctx, owner, 100, lease)
			slices.SortFunc(got, func(a, b outbox.Delivery) int { return bytes.Compare(a.ID[:], b.ID[:]) })
			return got[:min(limit, len(got))], err
		}, nil}
	}},
	{"a delivery's lease never ends", "delivery/claim: an expired lease is taken again", func(s gateway.Store) gateway.Store {
		return courier{s, func(ctx context.Context, owner string, limit int, _ time.Duration) ([]outbox.Delivery, error) {
			return s.ClaimDeliveries(ctx, owner, limit, 1000*time.Hour)
		}, nil}
	}},
	{"a delivery that is leased is given to who names it", "delivery/claim: of one", func(s gateway.Store) gateway.Store { return repeating{s} }},
	{"a delivery that is not pending is given to who names it", "delivery/claim: only what is pending and due", func(s gateway.Store) gateway.Store { return repeating{s} }},
	{"finish has no fence", "delivery/finish: a lost attempt changes nothing", func(s gateway.Store) gateway.Store {
		return courier{s, nil, func(ctx context.Context, id uuid.UUID, _ int, state outbox.DeliveryState, reason string, delay time.Duration, events []outbox.Event) (bool, error) {
			d, err := s.Delivery(ctx, id)
			if err != nil {
				return false, err
			}
			return s.FinishDelivery(ctx, id, d.Attempts, state, reason, delay, events)
		}}
	}},
	{"finish loses its events", "delivery/finish: delivered, with its event", func(s gateway.Store) gateway.Store {
		return courier{s, nil, func(ctx context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, delay time.Duration, _ []outbox.Event) (bool, error) {
			return s.FinishDelivery(ctx, id, attempt, state, reason, delay, nil)
		}}
	}},
	{"finish does not wait", "delivery/finish: pending again after the delay", func(s gateway.Store) gateway.Store {
		return courier{s, nil, func(ctx context.Context, id uuid.UUID, attempt int, state outbox.DeliveryState, reason string, _ time.Duration, events []outbox.Event) (bool, error) {
			return s.FinishDelivery(ctx, id, attempt, state, reason, 0, events)
		}}
	}},
	{"resend does nothing", "delivery/resend: pending, due now, counting on", func(s gateway.Store) gateway.Store { return unresending{s} }},
	{"resend counts anew", "delivery/resend: what an attempt before it came to changes nothing", func(s gateway.Store) gateway.Store {
		return recounting{s, new(sync.Mutex), map[uuid.UUID]int{}}
	}},
	{"what is pending is counted by what is due", "delivery/how many are pending", func(s gateway.Store) gateway.Store { return miscounting{s} }},
	{"leases of deliveries are not ended", "delivery/leases are ended where nobody works", func(s gateway.Store) gateway.Store { return lasting{s} }},
	{"leases of receipts are not ended", "claim/leases are ended where nobody works", func(s gateway.Store) gateway.Store { return lasting{s} }},
	{"audit rows are changed", "audit/keeps rows as they came", func(s gateway.Store) gateway.Store {
		return appender{s, func(row *audit.Row) { row.Detail = string(bytes.ReplaceAll([]byte(row.Detail), []byte(" "), nil)) }}
	}},
	{"audit times are in milliseconds", "audit/keeps rows as they came", func(s gateway.Store) gateway.Store {
		return appender{s, func(row *audit.Row) { row.At = row.At.Truncate(time.Millisecond) }}
	}},
	{"rows are sealed twice", "audit/unsealed rows are sealed once, oldest first, at most the limit", func(s gateway.Store) gateway.Store {
		return archivist{s, func(ctx context.Context, after int64, limit int) ([]audit.Sealed, error) {
			got, err := s.SealedAudit(ctx, after, limit)
			if after == 0 && len(got) > 1 {
				got[1].Row = got[0].Row
			}
			return got, err
		}}
	}},
	{"a sealed row is missing", "audit/gives sealed rows in pages", func(s gateway.Store) gateway.Store {
		return archivist{s, func(ctx context.Context, after int64, limit int) ([]audit.Sealed, error) {
			got, err := s.SealedAudit(ctx, after, limit)
			return slices.DeleteFunc(got, func(s audit.Sealed) bool { return s.Seq == 4 }), err
		}}
	}},
	{"rows are sealed newest first", "audit/unsealed rows are sealed once, oldest first, at most the limit", sealing(
		func(_ *audit.Sealed, rows []audit.Row) { slices.Reverse(rows) }, noKeep)},
	{"the sealer gets no last row", "audit/hands the last sealed row", sealing(func(last *audit.Sealed, _ []audit.Row) { last.Hash[0]++ }, noKeep)},
	{"heads lose their signature", "audit/keeps a head of each sealing", sealing(noHand, func(h *audit.Head) { h.Signature = h.Signature[:1] })},
	{"a sealing that fails is kept", "audit/a sealing that fails seals nothing", func(s gateway.Store) gateway.Store {
		return notary{s, func(ctx context.Context, limit int, f sealer) (n int, err error) {
			var failed error
			n, err = s.SealAudit(ctx, limit, func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
				if _, _, failed = f(last, rows); failed != nil {
					return seal(last, rows)
				}
				return f(last, rows)
			})
			return n, errors.Join(err, failed)
		}}
	}},
}

// An emitter is a transaction that notes the events that pass, and keeps them where it has no transaction of its own.
type emitter struct {
	gateway.Tx
	note func([]outbox.Event)
}

func (t emitter) Emit(ctx context.Context, events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) error {
	t.note(events)
	if t.Tx == nil {
		return ctx.Err()
	}
	return t.Tx.Emit(ctx, events, deliveries, rows)
}

// early gives positions when events are inserted, as a sequence does. With apart, writers do not wait for each other,
// even on a store that has only one: what a transaction emits, and that alone, is inserted at its end.
func early(apart bool) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		var mu sync.Mutex
		given := map[uuid.UUID]int64{}
		number := func(events []outbox.Event) {
			mu.Lock()
			defer mu.Unlock()
			for _, e := range events {
				given[e.ID] = int64(len(given) + 1)
			}
		}
		return teller{updater{s, func(ctx context.Context, f func(gateway.Tx) error) error {
			if !apart {
				return s.Update(ctx, func(tx gateway.Tx) error { return f(emitter{tx, number}) })
			}
			var events []outbox.Event
			err := f(emitter{nil, func(e []outbox.Event) { number(e); events = append(events, e...) }})
			if err != nil {
				return err
			}
			return s.Update(ctx, func(tx gateway.Tx) error { return tx.Emit(ctx, events, nil, nil) })
		}}, func(ctx context.Context, q outbox.Query) ([]outbox.Event, error) {
			got, err := s.Events(ctx, outbox.Query{Limit: 1000})
			mu.Lock()
			defer mu.Unlock()
			for i := range got {
				got[i].Position = given[got[i].ID]
			}
			slices.SortFunc(got, func(a, b outbox.Event) int { return int(a.Position - b.Position) })
			return slices.DeleteFunc(got, func(e outbox.Event) bool { return e.Position <= q.After }), err
		}}
	}
}

// An applier is a store whose Apply is another.
type applier struct {
	gateway.Store
	apply func(ctx context.Context, changes []partner.Change, by partner.Act) error
}

func (s applier) Apply(ctx context.Context, changes []partner.Change, by partner.Act) error {
	return s.apply(ctx, changes, by)
}
