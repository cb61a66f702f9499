package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

type unraised struct{ gateway.Store }

func (unraised) Generation(context.Context) (int64, error) { return 7, nil }

type unordered struct{ gateway.Store }

func (s unordered) Partners(ctx context.Context) ([]partner.Partner, error) {
	got, err := s.Store.Partners(ctx)
	slices.Reverse(got)
	return got, err
}

type keyless struct{ gateway.Store }

func (s keyless) Keys(ctx context.Context) ([]partner.Key, error) {
	got, err := s.Store.Keys(ctx)
	for i := range got {
		got[i].Hash[31] = 0
	}
	return got, err
}

type holdless struct{ gateway.Store }

func (holdless) Hold(context.Context, uuid.UUID, string, audit.Row) error { return nil }

type releasing struct{ gateway.Store }

// Unhold lets go of all holds at once.
func (s releasing) Unhold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error {
	rc, err := s.Receipt(ctx, id)
	for _, other := range rc.Holds {
		if other != name {
			err = errors.Join(err, s.Store.Unhold(ctx, id, other, AuditRow("message.unhold")))
		}
	}
	return errors.Join(err, s.Store.Unhold(ctx, id, name, row))
}

// A purger is a store whose Purge is another.
type purger struct {
	gateway.Store
	purge func(ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error)
}

func (s purger) Purge(ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
	return s.purge(ctx, t, row)
}

func purging(f func(s gateway.Store, ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error)) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return purger{s, func(ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
			return f(s, ctx, t, row)
		}}
	}
}

// A rememberer shows heads and links as they were when it was first asked for them.
type rememberer struct {
	gateway.Store
	mu    *sync.Mutex
	heads map[string]gateway.Document
	links map[uuid.UUID][2][]uuid.UUID
}

func remembering(s gateway.Store) gateway.Store {
	return rememberer{s, new(sync.Mutex), map[string]gateway.Document{}, map[uuid.UUID][2][]uuid.UUID{}}
}

func (s rememberer) Document(ctx context.Context, key string) (gateway.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.heads[key]; ok {
		return d, nil
	}
	d, err := s.Store.Document(ctx, key)
	if err == nil {
		s.heads[key] = d
	}
	return d, err
}

func (s rememberer) Links(ctx context.Context, id uuid.UUID) (parents, houses []uuid.UUID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.links[id]; ok {
		return l[0], l[1], nil
	}
	parents, houses, err = s.Store.Links(ctx, id)
	if err == nil {
		s.links[id] = [2][]uuid.UUID{parents, houses}
	}
	return parents, houses, err
}

// A beheaded store leaves no head where it has purged.
type beheaded struct{ gateway.Store }

func (s beheaded) Document(ctx context.Context, key string) (gateway.Document, error) {
	d, err := s.Store.Document(ctx, key)
	stones, listing := s.Tombstones(ctx, time.Time{}, 10)
	if len(stones) > 0 {
		d.State, d.Versions, d.Current = "none", 0, gateway.Order{}
	}
	return d, errors.Join(err, listing)
}

// tidy is a store that shows nothing of what it left: only the receipt looks purged.
type tidy struct {
	gateway.Store
	mu     *sync.Mutex
	stones *[]gateway.Tombstone
}

func (s tidy) Purge(ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.Now(ctx)
	t.At, t.Derived = now, 2
	*s.stones = append(*s.stones, t)
	return t, errors.Join(err, s.AppendAudit(ctx, []audit.Row{row}))
}

func (s tidy) Tombstones(context.Context, time.Time, int) ([]gateway.Tombstone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(*s.stones), nil
}

type hoarder struct{ gateway.Store }

// Receipt gives bodies that have gone.
func (s hoarder) Receipt(ctx context.Context, id uuid.UUID) (gateway.Receipt, error) {
	rc, err := s.Store.Receipt(ctx, id)
	if rc.Inline == nil {
		rc.Inline = []byte("kept")
	}
	return rc, err
}

// A dater is a store whose list of what expired is another.
type dater struct {
	gateway.Store
	expired func(ctx context.Context, limit int) ([]gateway.Receipt, error)
}

func (s dater) Expired(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	return s.expired(ctx, limit)
}

type inert struct{ gateway.Store }

func (s inert) Archived(ctx context.Context, id uuid.UUID, _ string) error {
	_, err := s.Receipt(ctx, id)
	return err
}

type restless struct{ gateway.Store }

// Unarchived gives what is not final too.
func (s restless) Unarchived(ctx context.Context, limit int) ([]gateway.Receipt, error) {
	got, err := s.Store.Unarchived(ctx, limit)
	open, openErr := s.Receipts(ctx, gateway.ReceiptQuery{Mode: "live", States: []gateway.State{gateway.StateReading}})
	return append(got, open...), errors.Join(err, openErr)
}

type blind struct{ gateway.Store }

func (blind) Missing(_ context.Context, keys []string) ([]string, error) { return keys, nil }

// An adopter is a store whose Adopt is another.
type adopter struct {
	gateway.Store
	adopt func(ctx context.Context, r gateway.Receipt, row audit.Row) (bool, error)
}

func (s adopter) Adopt(ctx context.Context, r gateway.Receipt, row audit.Row) (bool, error) {
	return s.adopt(ctx, r, row)
}

type empty struct{ gateway.Store }

func (empty) Snapshot(context.Context, string) ([]string, error) { return nil, nil }

type past struct{ gateway.Store }

func (s past) Now(ctx context.Context) (time.Time, error) {
	t, err := s.Store.Now(ctx)
	return t.Truncate(time.Hour), err
}

type undead struct{ gateway.Store }

func (undead) Close() error { return nil }

type oblivious struct{ gateway.Store }

func (s oblivious) Tombstones(ctx context.Context, _ time.Time, limit int) ([]gateway.Tombstone, error) {
	return s.Store.Tombstones(ctx, time.Time{}, limit)
}

var brokenKeep = []Breakage{
	{"apply is half done", "partner/apply is all or none", func(s gateway.Store) gateway.Store {
		return applier{s, func(ctx context.Context, changes []partner.Change, by partner.Act) error {
			for i := range changes {
				if err := s.Apply(ctx, changes[i:i+1], by); err != nil {
					return err
				}
			}
			return nil
		}}
	}},
	{"the generation is raised by each change", "partner/the generation is raised by one", func(s gateway.Store) gateway.Store {
		return applier{s, func(ctx context.Context, changes []partner.Change, by partner.Act) error {
			for i := range changes {
				if err := s.Apply(ctx, changes[i:i+1], by); err != nil {
					return err
				}
			}
			return nil
		}}
	}},
	{"the generation is not raised", "partner/the generation is raised by one", func(s gateway.Store) gateway.Store { return unraised{s} }},
	{"an insert replaces", "partner/an insert does not replace", func(s gateway.Store) gateway.Store {
		return applier{s, func(ctx context.Context, changes []partner.Change, by partner.Act) error {
			err := s.Apply(ctx, changes, by)
			if errors.Is(err, partner.ErrExists) {
				for i := range changes {
					changes[i].Insert = false
				}
				return s.Apply(ctx, changes, by)
			}
			return err
		}}
	}},
	{"a replacement inserts", "partner/what is not there is not replaced", func(s gateway.Store) gateway.Store {
		return applier{s, func(ctx context.Context, changes []partner.Change, by partner.Act) error {
			err := s.Apply(ctx, changes, by)
			if errors.Is(err, partner.ErrNotFound) {
				for i := range changes {
					changes[i].Insert = !changes[i].Delete
				}
				return s.Apply(ctx, changes, by)
			}
			return err
		}}
	}},
	{"apply does not ask what was read", "partner/what was decided by what is not so any more is not made", func(s gateway.Store) gateway.Store {
		return applier{s, func(ctx context.Context, changes []partner.Change, by partner.Act) error {
			by.Read = nil
			return s.Apply(ctx, changes, by)
		}}
	}},
	{"an act is not named", "partner/an act is in the audit log", func(s gateway.Store) gateway.Store {
		return applier{s, func(ctx context.Context, changes []partner.Change, by partner.Act) error {
			by.Principal = "service:gateway"
			return s.Apply(ctx, changes, by)
		}}
	}},
	{"what cannot be deleted is", "partner/channels and profiles are deleted, nothing else", func(s gateway.Store) gateway.Store {
		return applier{s, func(ctx context.Context, changes []partner.Change, by partner.Act) error {
			if err := s.Apply(ctx, changes, by); err != nil && !changes[0].Delete {
				return err
			}
			return nil
		}}
	}},
	{"partners are in no order", "partner/all by ID", func(s gateway.Store) gateway.Store { return unordered{s} }},
	{"keys are changed", "partner/keeps all that it is given", func(s gateway.Store) gateway.Store { return keyless{s} }},
	{"a hold holds nothing", "retention/a hold blocks expiry and purge", func(s gateway.Store) gateway.Store { return holdless{s} }},
	{"an unhold lets go of all holds", "retention/a hold blocks expiry and purge", func(s gateway.Store) gateway.Store { return releasing{s} }},
	{"purge goes through a hold", "retention/a hold blocks expiry and purge", purging(
		func(s gateway.Store, ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
			got, err := s.Purge(ctx, t, row)
			if errors.Is(err, gateway.ErrHeld) {
				rc, err := s.Receipt(ctx, t.Receipt)
				for _, name := range rc.Holds {
					err = errors.Join(err, s.Unhold(ctx, t.Receipt, name, AuditRow("message.unhold")))
				}
				if err != nil {
					return t, err
				}
				return s.Purge(ctx, t, row)
			}
			return got, err
		})},
	{"purge leaves what was derived", "purge/removes all that was derived", func(s gateway.Store) gateway.Store {
		return tidy{s, &sync.Mutex{}, &[]gateway.Tombstone{}}
	}},
	{"purge leaves links", "purge/removes links", func(s gateway.Store) gateway.Store { return tidy{s, &sync.Mutex{}, &[]gateway.Tombstone{}} }},
	{"purge leaves the head", "purge/the head falls back to the newest version that is kept", remembering},
	{"purge forgets an older head", "purge/a purge of an older version leaves the head", func(s gateway.Store) gateway.Store { return beheaded{s} }},
	{"purge leaves links of neighbours", "purge/neighbours are linked to what is kept", remembering},
	{"purge leaves the body", "purge/leaves a tombstone", func(s gateway.Store) gateway.Store { return hoarder{s} }},
	{"purge makes a second tombstone", "purge/again changes nothing", func(s gateway.Store) gateway.Store { return tidy{s, &sync.Mutex{}, &[]gateway.Tombstone{}} }},
	{"purge counts nothing", "purge/leaves a tombstone", purging(
		func(s gateway.Store, ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
			got, err := s.Purge(ctx, t, row)
			got.Derived = 0
			return got, err
		})},
	{"tombstones are changed", "text/of tombstones comes back as it went in", purging(
		func(s gateway.Store, ctx context.Context, t gateway.Tombstone, row audit.Row) (gateway.Tombstone, error) {
			t.Why = strings.ToLower(t.Why)
			return s.Purge(ctx, t, row)
		})},
	{"tombstones know no time", "tombstones/in the order of their time, from a time on", func(s gateway.Store) gateway.Store { return oblivious{s} }},
	{"nothing expires", "retention/final ones that are past their time expire, oldest first", func(s gateway.Store) gateway.Store {
		return dater{s, func(context.Context, int) ([]gateway.Receipt, error) { return nil, nil }}
	}},
	{"all that is final expires", "retention/nothing expires before its time", func(s gateway.Store) gateway.Store {
		return dater{s, func(ctx context.Context, limit int) ([]gateway.Receipt, error) {
			return s.Receipts(ctx, gateway.ReceiptQuery{Mode: "live", States: []gateway.State{gateway.StateAccepted}, Limit: limit})
		}}
	}},
	{"archived keeps the body", "archive/final ones with an inline body, oldest first", func(s gateway.Store) gateway.Store { return inert{s} }},
	{"what is read is archived", "archive/final ones with an inline body, oldest first", func(s gateway.Store) gateway.Store { return restless{s} }},
	{"bodies with a receipt are missing", "archive/bodies without a receipt", func(s gateway.Store) gateway.Store { return blind{s} }},
	{"adopt does it twice", "adopt/a receipt whose row was lost is work again", func(s gateway.Store) gateway.Store {
		return adopter{s, func(ctx context.Context, r gateway.Receipt, row audit.Row) (bool, error) {
			_, err := s.Adopt(ctx, r, row)
			return true, err
		}}
	}},
	{"adopt makes no receipt", "adopt/a receipt whose row was lost is work again", func(s gateway.Store) gateway.Store {
		return adopter{s, func(context.Context, gateway.Receipt, audit.Row) (bool, error) { return true, nil }}
	}},
	{"a snapshot is empty", "store/a snapshot while work goes on", func(s gateway.Store) gateway.Store { return empty{s} }},
	{"time stands still", "store/time is UTC, to the microsecond, and goes on", func(s gateway.Store) gateway.Store { return past{s} }},
	{"a closed store goes on", "store/nothing goes on when it is closed", func(s gateway.Store) gateway.Store { return undead{s} }},
}
