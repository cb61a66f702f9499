package partner

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"cargogate/internal/cargo"
)

// errGone is the error of a database that is away.
var errGone = errors.New("connection refused")

// A fakeStore is a Store in memory that counts what is asked of it.
type fakeStore struct {
	mu         sync.Mutex
	gone       bool
	generation int64
	asked      int // calls of Generation
	loaded     int // calls of Partners
	acts       []Act
	partners   map[ID]Partner
	mandates   map[string]Mandate
	keys       map[string]Key
	channels   map[channelKey]Channel
	users      map[string]User
	profiles   map[string]Profile
	before     func() // what another does just before a change is made; it holds the lock
}

func newFakeStore() *fakeStore {
	return &fakeStore{partners: map[ID]Partner{}, mandates: map[string]Mandate{}, keys: map[string]Key{},
		channels: map[channelKey]Channel{}, users: map[string]User{}, profiles: map[string]Profile{}}
}

func (f *fakeStore) setGone(gone bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = gone
}

// list gives the values of a map in the order of their keys.
func list[K comparable, V any](f *fakeStore, m map[K]V, less func(a, b V) int) ([]V, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone {
		return nil, errGone
	}
	var out []V
	for _, v := range m {
		out = append(out, v)
	}
	slices.SortFunc(out, less)
	return out, nil
}

func (f *fakeStore) Partners(context.Context) ([]Partner, error) {
	f.mu.Lock()
	f.loaded++
	f.mu.Unlock()
	return list(f, f.partners, func(a, b Partner) int { return cmp.Compare(a.ID, b.ID) })
}

func (f *fakeStore) Mandates(context.Context) ([]Mandate, error) {
	return list(f, f.mandates, func(a, b Mandate) int { return cmp.Compare(a.ID, b.ID) })
}

func (f *fakeStore) Keys(context.Context) ([]Key, error) {
	return list(f, f.keys, func(a, b Key) int { return cmp.Compare(a.ID, b.ID) })
}

func (f *fakeStore) Channels(context.Context) ([]Channel, error) {
	return list(f, f.channels, func(a, b Channel) int { return cmp.Compare(a.Name, b.Name) })
}

func (f *fakeStore) Users(context.Context) ([]User, error) {
	return list(f, f.users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
}

func (f *fakeStore) Profiles(context.Context) ([]Profile, error) {
	return list(f, f.profiles, func(a, b Profile) int { return cmp.Compare(a.Name, b.Name) })
}

func (f *fakeStore) Generation(context.Context) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.gone {
		return 0, errGone
	}
	return f.generation, nil
}

// put makes one change to a map, as Change says.
func put[K comparable, V any](m map[K]V, key K, v *V, c Change) error {
	_, there := m[key]
	switch {
	case c.Insert && there:
		return ErrExists
	case !c.Insert && !there:
		return ErrNotFound
	case c.Delete:
		delete(m, key)
	default:
		m[key] = *v
	}
	return nil
}

func (f *fakeStore) Apply(_ context.Context, changes []Change, by Act) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone {
		return errGone
	}
	if f.before != nil {
		f.before()
	}
	if by.Read != nil && *by.Read != f.generation {
		return ErrMoved
	}
	for _, c := range changes {
		var err error
		switch {
		case c.Partner != nil:
			err = put(f.partners, c.Partner.ID, c.Partner, c)
		case c.Mandate != nil:
			err = put(f.mandates, c.Mandate.ID, c.Mandate, c)
		case c.Key != nil:
			err = put(f.keys, c.Key.ID, c.Key, c)
		case c.Channel != nil:
			err = put(f.channels, channelKey{c.Channel.Partner, c.Channel.Name}, c.Channel, c)
		case c.User != nil:
			err = put(f.users, c.User.ID, c.User, c)
		case c.Profile != nil:
			err = put(f.profiles, c.Profile.Name, c.Profile, c)
		default:
			err = ErrInvalid
		}
		if err != nil {
			return err
		}
	}
	f.acts = append(f.acts, by)
	f.generation++
	return nil
}

// A clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A world is a store with a service and a directory on it, all on one clock.
type world struct {
	*clock
	store   *fakeStore
	service *Service
	dir     *Directory
}

var admin = By{Principal: LocalOperator("ops"), TraceID: "0af7651916cd43dd8448eb211c80319c"}

// newWorld makes a world with partners ACME and BOLT.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: newClock(), store: newFakeStore()}
	w.service = NewService(w.store, w.now)
	for _, p := range []Partner{
		{ID: "ACME", Name: "Acme Lines", Roles: []Role{RoleCarrier}, Identifiers: []Identifier{{SchemeUNB, "ACMELINES"}, {SchemeSCAC, "ACML"}}},
		{ID: "BOLT", Name: "Bolt Forwarding", Roles: []Role{RoleForwarder, RoleAgent}, Identifiers: []Identifier{{SchemeUNB, "BOLTFWD"}}},
	} {
		if _, err := w.service.AddPartner(t.Context(), admin, p); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if w.dir, err = NewDirectory(t.Context(), w.store, w.now); err != nil {
		t.Fatal(err)
	}
	return w
}

// key adds a key and makes the directory see it.
func (w *world) key(t *testing.T, n NewKey) (Key, string) {
	t.Helper()
	k, text, err := w.service.AddKey(t.Context(), admin, n)
	if err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	return k, text
}

func (w *world) refresh(t *testing.T) {
	t.Helper()
	if err := w.dir.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func liveKey(owner string) NewKey {
	return NewKey{OwnerKind: OwnerPartner, Owner: owner, Mode: cargo.TrafficLive}
}
