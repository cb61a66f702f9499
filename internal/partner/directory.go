package partner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How old what a Directory knows may be.
const (
	checkEvery   = time.Second      // how often the generation is asked for
	checkTimeout = 2 * time.Second  // how long an answer is waited for where the caller did not say
	keysFor      = 60 * time.Second // how long keys hold that could not be compared with the database
)

// A Directory knows all partners, users, keys, mandates, channels and profiles. It keeps a copy of what the Store holds,
// asks at most every second whether that has changed, and keeps the last good copy while the database is gone: 60
// seconds long for keys, without end for the rest, so that work on what was taken goes on. Its methods may be called by
// several goroutines at once; what they give is shared and not to be changed.
type Directory struct {
	store Store
	now   func() time.Time

	copy      atomic.Pointer[snapshot]
	checkedAt atomic.Int64 // Unix nanoseconds of the last try to compare, whatever came of it
	goodAt    atomic.Int64 // of the last that succeeded, when it began
	failure   atomic.Pointer[error]
	loading   sync.Mutex
}

// A snapshot is the rows of one generation, by what they are looked up by.
type snapshot struct {
	generation int64
	partners   map[ID]*Partner
	byName     map[Identifier]*Partner // nil where two partners have the same one
	mandates   map[[2]ID][]Mandate     // by filer and agent
	keys       map[string]*Key
	channels   map[channelKey]*Channel
	byKind     map[string][]Channel
	users      map[string]*User
	profiles   map[string]*Profile
}

type channelKey struct {
	partner ID
	name    string
}

// NewDirectory makes a Directory and reads its first copy; it fails where that cannot be read. now is the clock that
// keys and copies are timed by; nil is time.Now.
func NewDirectory(ctx context.Context, store Store, now func() time.Time) (*Directory, error) {
	if now == nil {
		now = time.Now
	}
	d := &Directory{store: store, now: now}
	if err := d.Refresh(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Refresh compares the copy with the Store now and reads it again if it is not the same.
func (d *Directory) Refresh(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	return d.refresh(ctx)
}

// refresh is Refresh under the lock.
func (d *Directory) refresh(ctx context.Context) error {
	begun := d.now()
	err := d.compare(ctx)
	d.checkedAt.Store(d.now().UnixNano())
	if err != nil {
		err = fmt.Errorf("partner: the directory cannot be read: %w", err)
		d.failure.Store(&err)
		return err
	}
	d.goodAt.Store(begun.UnixNano())
	return nil
}

func (d *Directory) compare(ctx context.Context) error {
	generation, err := d.store.Generation(ctx)
	if err != nil {
		return err
	}
	if s := d.copy.Load(); s != nil && s.generation == generation {
		return nil
	}
	// What is read now is at least as new as the generation. If it is newer, the next comparison reads it once more.
	s, err := load(ctx, d.store, generation)
	if err != nil {
		return err
	}
	d.copy.Store(s)
	return nil
}

// fresh gives the copy, compared with the Store if the last comparison is a second old. While one goroutine compares,
// the others go on with the copy that is there.
func (d *Directory) fresh(ctx context.Context) *snapshot {
	if d.now().UnixNano()-d.checkedAt.Load() >= int64(checkEvery) && d.loading.TryLock() {
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		_ = d.refresh(ctx) // kept in d.failure, and told by who must not go on without
		cancel()
		d.loading.Unlock()
	}
	return d.copy.Load()
}

// current is fresh for lookups that nobody waits for with a context.
func (d *Directory) current() *snapshot { return d.fresh(context.Background()) }

// stale gives why keys cannot be trusted any more, nil while they can.
func (d *Directory) stale() error {
	if d.now().UnixNano()-d.goodAt.Load() < int64(keysFor) {
		return nil
	}
	if err := d.failure.Load(); err != nil {
		return fmt.Errorf("%w: %w", ErrStale, *err)
	}
	return ErrStale // another goroutine's comparison hangs
}

// load reads all rows.
func load(ctx context.Context, store Store, generation int64) (*snapshot, error) {
	s := &snapshot{generation: generation, partners: map[ID]*Partner{}, byName: map[Identifier]*Partner{},
		mandates: map[[2]ID][]Mandate{}, keys: map[string]*Key{}, channels: map[channelKey]*Channel{},
		byKind: map[string][]Channel{}, users: map[string]*User{}, profiles: map[string]*Profile{}}
	partners, err := store.Partners(ctx)
	if err != nil {
		return nil, err
	}
	for i := range partners {
		p := &partners[i]
		s.partners[p.ID] = p
		for _, name := range p.Identifiers {
			if _, taken := s.byName[name]; taken {
				s.byName[name] = nil // whose it is cannot be said, so it is nobody's
			} else {
				s.byName[name] = p
			}
		}
	}
	mandates, err := store.Mandates(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range mandates {
		who := [2]ID{m.Filer, m.Agent}
		s.mandates[who] = append(s.mandates[who], m)
	}
	keys, err := store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		s.keys[keys[i].ID] = &keys[i]
	}
	channels, err := store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(channels, func(a, b Channel) int {
		return cmp.Or(cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Name, b.Name))
	})
	for i := range channels {
		c := &channels[i]
		s.channels[channelKey{c.Partner, c.Name}] = c
		s.byKind[c.Kind] = append(s.byKind[c.Kind], *c)
	}
	users, err := store.Users(ctx)
	if err != nil {
		return nil, err
	}
	for i := range users {
		s.users[users[i].ID] = &users[i]
	}
	profiles, err := store.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	for i := range profiles {
		p := profiles[i].withDefaults()
		s.profiles[p.Name] = &p
	}
	return s, nil
}

// Partner gives a partner, suspended or not.
func (d *Directory) Partner(id ID) (Partner, bool) {
	if p := d.current().partners[id]; p != nil {
		return *p, true
	}
	return Partner{}, false
}

// ByIdentifier gives the partner that messages call by value in scheme; none where two share it.
func (d *Directory) ByIdentifier(scheme, value string) (Partner, bool) {
	if p := d.current().byName[Identifier{scheme, value}]; p != nil {
		return *p, true
	}
	return Partner{}, false
}

// Mandated reports whether agent may act for filer at a time: as itself, or by a mandate in force then.
func (d *Directory) Mandated(filer, agent ID, at time.Time) bool {
	if filer == agent {
		return filer != ""
	}
	return slices.ContainsFunc(d.current().mandates[[2]ID{filer, agent}], func(m Mandate) bool { return m.Holds(at) })
}

// Profile gives the profile of a partner, with the defaults filled in. It is the default profile for a partner that has
// none, that is not known or "", and for one whose profile is not there.
func (d *Directory) Profile(of ID) Profile {
	s := d.current()
	name := DefaultProfile
	if p := s.partners[of]; p != nil && p.Profile != "" {
		name = p.Profile
	}
	for _, name := range []string{name, DefaultProfile} {
		if p := s.profiles[name]; p != nil {
			return *p
		}
	}
	return builtIn()
}

// Channel gives a channel of a partner by its name.
func (d *Directory) Channel(of ID, name string) (Channel, bool) {
	if c := d.current().channels[channelKey{of, name}]; c != nil {
		return *c, true
	}
	return Channel{}, false
}

// Channels gives the channels of a kind whose partners are not suspended, by partner and name.
func (d *Directory) Channels(kind string) []Channel {
	s := d.current()
	var out []Channel
	for _, c := range s.byKind[kind] {
		if p := s.partners[c.Partner]; p != nil && !p.Suspended {
			out = append(out, c)
		}
	}
	return out
}

// AnswerChannel gives the channel that answers to what came by a channel go to: the one that it names, else itself. ok
// is false where neither is there.
func (d *Directory) AnswerChannel(of ID, channel string) (c Channel, ok bool) {
	s := d.current()
	own := s.channels[channelKey{of, channel}]
	if own == nil {
		return Channel{}, false
	}
	if own.Answers != "" {
		if other := s.channels[channelKey{of, own.Answers}]; other != nil && other.Mode == own.Mode {
			return *other, true
		}
	}
	return *own, true
}
