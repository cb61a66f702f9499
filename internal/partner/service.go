package partner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
)

// Times of keys.
const (
	KeyLife    = 365 * 24 * time.Hour // of a key that does not say
	KeyOverlap = 7 * 24 * time.Hour   // how long a rotated key still opens, where it is not said
)

// A Service changes who may do what: each change is validated, authorised, and written with its row of the audit log.
// A change is decided by what was read and made only where that still holds: two who change the same row at the same
// moment do not overwrite one another, nor can they make together what neither could make alone.
type Service struct {
	store   Store
	now     func() time.Time
	kinds   []string
	classes []string // of retention, sorted; see Retain
	retain  bool     // classes are known
	read    *int64   // generation at which is read what the change at hand is decided by
}

// NewService makes a Service. now is the clock, nil is time.Now; kinds are the kinds of channel that there are, none is
// folder and https.
func NewService(store Store, now func() time.Time, kinds ...string) *Service {
	if now == nil {
		now = time.Now
	}
	if len(kinds) == 0 {
		kinds = []string{kindFolder, kindHTTPS}
	}
	return &Service{store: store, now: now, kinds: kinds}
}

// decideMost is how often a change is decided anew because others changed something meanwhile.
const decideMost = 20

// decide calls f to read, judge and write, and calls it again where something was changed between reading and writing.
func decide[R any](ctx context.Context, s *Service, f func(*Service) (R, error)) (R, error) {
	for range decideMost {
		read, err := s.store.Generation(ctx)
		if err != nil {
			var zero R
			return zero, err
		}
		at := *s
		at.read = &read
		out, err := f(&at)
		if !errors.Is(err, ErrMoved) {
			return out, err
		}
	}
	var zero R
	return zero, fmt.Errorf("%w: others change something all the time", ErrConflict)
}

// change is decide for what gives nothing.
func change(ctx context.Context, s *Service, f func(*Service) error) error {
	_, err := decide(ctx, s, func(s *Service) (struct{}, error) { return struct{}{}, f(s) })
	return err
}

// unchanged compares the revision that an editor has read with the one that is there; 0 is that of an editor who has
// read none and replaces what there is.
func unchanged(read, there int64, format string, args ...any) error {
	if read == 0 || read == there {
		return nil
	}
	return fmt.Errorf("%w: %s is at revision %d, and this is a change of revision %d; read it again", ErrConflict, fmt.Sprintf(format, args...), there, read)
}

// By is who makes a change.
type By struct {
	Principal Principal
	TraceID   string
}

// LocalOperator is who changes things from the command line of the gateway's own machine: whoever can run it there can
// reach the database anyway. name is the account, as the audit log names it.
func LocalOperator(name string) Principal {
	return Principal{Kind: KindStaff, ID: "local/" + name, Roles: []StaffRole{StaffData, StaffOperator, StaffAuditor}, Mode: cargo.TrafficLive}
}

// time gives the time as databases keep it.
func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// apply authorises a change and makes it.
func (s *Service) apply(ctx context.Context, by By, a Action, act, object string, detail any, changes ...Change) error {
	if err := Authorise(by.Principal, a, Object{}); err != nil {
		return err
	}
	text := "{}"
	if detail != nil {
		b, err := json.Marshal(detail)
		if err != nil {
			return err
		}
		text = string(b)
	}
	return s.store.Apply(ctx, changes, Act{Principal: by.Principal.String(), Action: act, Object: object, Detail: text, TraceID: by.TraceID, Read: s.read})
}

// find gives the first element that is looked for, ErrNotFound where there is none.
func find[T any](list []T, err error, is func(*T) bool) (T, error) {
	var zero T
	if err != nil {
		return zero, err
	}
	for i := range list {
		if is(&list[i]) {
			return list[i], nil
		}
	}
	return zero, ErrNotFound
}

func (s *Service) partner(ctx context.Context, id ID) (Partner, error) {
	list, err := s.store.Partners(ctx)
	p, err := find(list, err, func(p *Partner) bool { return p.ID == id })
	return p, about(err, "partner %s", id)
}

// AddPartner adds a partner with two live channels, https and folder.
func (s *Service) AddPartner(ctx context.Context, by By, p Partner) (Partner, error) {
	return decide(ctx, s, func(s *Service) (Partner, error) { return s.addPartner(ctx, by, p) })
}

func (s *Service) addPartner(ctx context.Context, by By, p Partner) (Partner, error) {
	p.CreatedAt, p.Revision = s.time(), 1
	p.UpdatedAt = p.CreatedAt
	if err := s.checkRetention(&p); err != nil {
		return Partner{}, err
	}
	if err := s.checkPartner(ctx, &p); err != nil {
		return Partner{}, err
	}
	if _, err := s.partner(ctx, p.ID); err == nil {
		return Partner{}, about(ErrExists, "partner %s", p.ID)
	} else if !errors.Is(err, ErrNotFound) {
		return Partner{}, err
	}
	https := Channel{Partner: p.ID, Name: kindHTTPS, Kind: kindHTTPS, Mode: cargo.TrafficLive}
	folder := Channel{Partner: p.ID, Name: kindFolder, Kind: kindFolder, Mode: cargo.TrafficLive}
	channels, err := s.store.Channels(ctx)
	if err != nil {
		return Partner{}, err
	}
	if err := freeFolder(channels, &folder); err != nil {
		return Partner{}, err
	}
	return p, s.apply(ctx, by, PartnerWrite, "partner.add", "partner:"+string(p.ID), roles(&p),
		Change{Insert: true, Partner: &p}, Change{Insert: true, Channel: &https}, Change{Insert: true, Channel: &folder})
}

// UpdatePartner replaces what is known of a partner. Its revision is that of what was read and changed: where another
// has changed the partner since, the error is ErrConflict. 0 is not compared.
func (s *Service) UpdatePartner(ctx context.Context, by By, p Partner) (Partner, error) {
	return decide(ctx, s, func(s *Service) (Partner, error) { return s.updatePartner(ctx, by, p) })
}

func (s *Service) updatePartner(ctx context.Context, by By, p Partner) (Partner, error) {
	old, err := s.partner(ctx, p.ID)
	if err != nil {
		return Partner{}, err
	}
	if err := unchanged(p.Revision, old.Revision, "partner %s", p.ID); err != nil {
		return Partner{}, err
	}
	p.CreatedAt, p.UpdatedAt, p.Revision = old.CreatedAt, s.time(), old.Revision+1
	if p.Retention != old.Retention { // one that has gone from the configuration stands in the way of nothing else
		if err := s.checkRetention(&p); err != nil {
			return Partner{}, err
		}
	}
	if err := s.checkPartner(ctx, &p); err != nil {
		return Partner{}, err
	}
	return p, s.apply(ctx, by, PartnerWrite, "partner.update", "partner:"+string(p.ID), roles(&p), Change{Partner: &p})
}

// roles is what the audit log says of a partner: no names.
func roles(p *Partner) any {
	return struct {
		Roles     []Role `json:"roles"`
		Profile   string `json:"profile,omitempty"`
		Suspended bool   `json:"suspended,omitempty"`
	}{p.Roles, p.Profile, p.Suspended}
}

// checkPartner validates a partner, alone and beside the others.
func (s *Service) checkPartner(ctx context.Context, p *Partner) error {
	if err := p.Validate(); err != nil {
		return err
	}
	partners, err := s.store.Partners(ctx)
	if err != nil {
		return err
	}
	for _, other := range partners {
		if other.ID == p.ID {
			continue
		}
		for _, i := range other.Identifiers {
			if slices.Contains(p.Identifiers, i) {
				return about(ErrExists, "identifier %s is that of partner %s", i, other.ID)
			}
		}
	}
	if p.Profile != "" && p.Profile != DefaultProfile {
		list, err := s.store.Profiles(ctx)
		_, err = find(list, err, func(x *Profile) bool { return x.Name == p.Profile })
		return about(err, "profile %s", p.Profile)
	}
	return nil
}

// SuspendPartner ends all that a partner may do, until ResumePartner.
func (s *Service) SuspendPartner(ctx context.Context, by By, id ID) error {
	return s.suspend(ctx, by, id, true, "partner.suspend")
}

// ResumePartner ends a suspension.
func (s *Service) ResumePartner(ctx context.Context, by By, id ID) error {
	return s.suspend(ctx, by, id, false, "partner.resume")
}

func (s *Service) suspend(ctx context.Context, by By, id ID, suspended bool, act string) error {
	return change(ctx, s, func(s *Service) error {
		p, err := s.partner(ctx, id)
		if err != nil {
			return err
		}
		p.Suspended, p.UpdatedAt, p.Revision = suspended, s.time(), p.Revision+1
		return s.apply(ctx, by, PartnerWrite, act, "partner:"+string(id), nil, Change{Partner: &p})
	})
}

// AddMandate lets agent act for filer from one time until another; nil is open.
func (s *Service) AddMandate(ctx context.Context, by By, filer, agent ID, from time.Time, until *time.Time) (Mandate, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Mandate{}, err
	}
	m := Mandate{ID: id.String(), Filer: filer, Agent: agent, From: from.UTC(), CreatedAt: s.time()}
	if until != nil {
		t := until.UTC()
		m.Until = &t
	}
	if err := m.Validate(); err != nil {
		return Mandate{}, err
	}
	for _, p := range []ID{filer, agent} {
		if _, err := s.partner(ctx, p); err != nil {
			return Mandate{}, err
		}
	}
	return m, s.apply(ctx, by, PartnerWrite, "mandate.add", "mandate:"+m.ID, parties(&m), Change{Insert: true, Mandate: &m})
}

// RevokeMandate ends a mandate now. One that was revoked stays as it is.
func (s *Service) RevokeMandate(ctx context.Context, by By, id string) error {
	return change(ctx, s, func(s *Service) error {
		list, err := s.store.Mandates(ctx)
		m, err := find(list, err, func(m *Mandate) bool { return m.ID == id })
		if err != nil {
			return about(err, "mandate %s", id)
		}
		if m.RevokedAt != nil {
			return Authorise(by.Principal, PartnerWrite, Object{})
		}
		now := s.time()
		m.RevokedAt = &now
		return s.apply(ctx, by, PartnerWrite, "mandate.revoke", "mandate:"+id, parties(&m), Change{Mandate: &m})
	})
}

func parties(m *Mandate) any {
	return struct {
		Filer ID `json:"filer"`
		Agent ID `json:"agent"`
	}{m.Filer, m.Agent}
}

// PutProfile inserts a profile or replaces that of its name. Its revision is that of what was read and changed: where
// another has put or removed it since, the error is ErrConflict. 0 is not compared.
func (s *Service) PutProfile(ctx context.Context, by By, p Profile) (Profile, error) {
	if err := p.Validate(); err != nil {
		return Profile{}, err
	}
	return decide(ctx, s, func(s *Service) (Profile, error) {
		list, err := s.store.Profiles(ctx)
		old, err := find(list, err, func(x *Profile) bool { return x.Name == p.Name })
		insert := errors.Is(err, ErrNotFound)
		if err != nil && !insert {
			return Profile{}, err
		}
		if insert && p.Revision != 0 {
			return Profile{}, fmt.Errorf("%w: there is no profile %s any more, and this is a change of revision %d", ErrConflict, p.Name, p.Revision)
		}
		if err := unchanged(p.Revision, old.Revision, "profile %s", p.Name); err != nil {
			return Profile{}, err
		}
		put := p
		put.Revision = old.Revision + 1
		return put, s.apply(ctx, by, PartnerWrite, "profile.put", "profile:"+p.Name, nil, Change{Insert: insert, Profile: &put})
	})
}

// RemoveProfile removes a profile that no partner has.
func (s *Service) RemoveProfile(ctx context.Context, by By, name string) error {
	return change(ctx, s, func(s *Service) error {
		list, err := s.store.Profiles(ctx)
		p, err := find(list, err, func(x *Profile) bool { return x.Name == name })
		if err != nil {
			return about(err, "profile %s", name)
		}
		partners, err := s.store.Partners(ctx)
		if err != nil {
			return err
		}
		for _, x := range partners {
			if x.Profile == name {
				return invalid("profile %s is that of partner %s", name, x.ID)
			}
		}
		return s.apply(ctx, by, PartnerWrite, "profile.remove", "profile:"+name, nil, Change{Delete: true, Profile: &p})
	})
}

// AddUser adds a member of the administration.
func (s *Service) AddUser(ctx context.Context, by By, u User) (User, error) {
	u.CreatedAt, u.Revision = s.time(), 1
	if err := u.Validate(); err != nil {
		return User{}, err
	}
	return u, s.apply(ctx, by, UserWrite, "user.add", "user:"+u.ID, duties(&u), Change{Insert: true, User: &u})
}

// UpdateUser replaces what is known of a user. Its revision is that of what was read and changed, as for a partner.
func (s *Service) UpdateUser(ctx context.Context, by By, u User) (User, error) {
	return decide(ctx, s, func(s *Service) (User, error) {
		old, err := s.user(ctx, u.ID)
		if err != nil {
			return User{}, err
		}
		if err := unchanged(u.Revision, old.Revision, "user %s", u.ID); err != nil {
			return User{}, err
		}
		put := u
		put.CreatedAt, put.Revision = old.CreatedAt, old.Revision+1
		if err := put.Validate(); err != nil {
			return User{}, err
		}
		return put, s.apply(ctx, by, UserWrite, "user.update", "user:"+u.ID, duties(&put), Change{User: &put})
	})
}

// SuspendUser ends all that a user may do, or with suspended false lets it again.
func (s *Service) SuspendUser(ctx context.Context, by By, id string, suspended bool) error {
	act := "user.suspend"
	if !suspended {
		act = "user.resume"
	}
	return change(ctx, s, func(s *Service) error {
		u, err := s.user(ctx, id)
		if err != nil {
			return err
		}
		u.Suspended, u.Revision = suspended, u.Revision+1
		return s.apply(ctx, by, UserWrite, act, "user:"+id, nil, Change{User: &u})
	})
}

func (s *Service) user(ctx context.Context, id string) (User, error) {
	list, err := s.store.Users(ctx)
	u, err := find(list, err, func(u *User) bool { return u.ID == id })
	return u, about(err, "user %s", id)
}

func duties(u *User) any {
	return struct {
		Roles     []StaffRole `json:"roles"`
		Offices   []string    `json:"offices,omitempty"`
		Suspended bool        `json:"suspended,omitempty"`
	}{u.Roles, u.Offices, u.Suspended}
}
