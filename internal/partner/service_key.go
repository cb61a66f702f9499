package partner

import (
	"context"
	"time"

	"cargogate/internal/cargo"
)

// A NewKey is what is wanted of a key.
type NewKey struct {
	OwnerKind OwnerKind
	Owner     string
	Mode      cargo.Traffic
	Label     string
	NotBefore time.Time     // zero is now
	Life      time.Duration // 0 is KeyLife
}

// AddKey makes a key and gives its text, which is not kept and cannot be had again. An owner may have several keys.
func (s *Service) AddKey(ctx context.Context, by By, n NewKey) (k Key, text string, err error) {
	k, text, err = s.newKey(ctx, n)
	if err != nil {
		return Key{}, "", err
	}
	if err := s.apply(ctx, by, keyAction(&k), "key.add", "key:"+k.ID, keyDetail(&k, ""), Change{Insert: true, Key: &k}); err != nil {
		return Key{}, "", err
	}
	return k, text, nil
}

// newKey makes a key of an owner that is there.
func (s *Service) newKey(ctx context.Context, n NewKey) (Key, string, error) {
	if n.NotBefore.IsZero() {
		n.NotBefore = s.time()
	}
	if n.Life == 0 {
		n.Life = KeyLife
	}
	text := newKeyText()
	id, hash, err := ParseKeyText(text)
	if err != nil {
		return Key{}, "", err
	}
	k := Key{ID: id, OwnerKind: n.OwnerKind, Owner: n.Owner, Mode: n.Mode, Hash: hash, Label: n.Label,
		NotBefore: n.NotBefore.UTC(), Expires: n.NotBefore.UTC().Add(n.Life), CreatedAt: s.time()}
	if err := k.Validate(); err != nil {
		return Key{}, "", err
	}
	switch k.OwnerKind {
	case OwnerPartner:
		_, err = s.partner(ctx, ID(k.Owner))
	case OwnerUser:
		_, err = s.user(ctx, k.Owner)
	}
	return k, text, err
}

// RotateKey makes a new key like an old one, which ends after the overlap if not before; 0 is KeyOverlap. Only a key
// that is in force is rotated.
func (s *Service) RotateKey(ctx context.Context, by By, id string, overlap time.Duration) (k Key, text string, err error) {
	if overlap == 0 {
		overlap = KeyOverlap
	}
	if overlap < 0 {
		return Key{}, "", invalid("the overlap is below 0")
	}
	err = change(ctx, s, func(s *Service) error {
		k, text, err = s.rotateKey(ctx, by, id, overlap)
		return err
	})
	return k, text, err
}

func (s *Service) rotateKey(ctx context.Context, by By, id string, overlap time.Duration) (k Key, text string, err error) {
	old, err := s.key(ctx, id)
	if err != nil {
		return Key{}, "", err
	}
	now := s.time()
	if !old.Holds(now) {
		return Key{}, "", invalid("key %s is not in force now, so there is nothing to overlap", id)
	}
	k, text, err = s.newKey(ctx, NewKey{OwnerKind: old.OwnerKind, Owner: old.Owner, Mode: old.Mode, Label: old.Label,
		Life: old.Expires.Sub(old.NotBefore)})
	if err != nil {
		return Key{}, "", err
	}
	if end := now.Add(overlap); end.Before(old.Expires) {
		old.Expires = end
	}
	if err := s.apply(ctx, by, keyAction(&k), "key.rotate", "key:"+id, keyDetail(&k, k.ID),
		Change{Insert: true, Key: &k}, Change{Key: &old}); err != nil {
		return Key{}, "", err
	}
	return k, text, nil
}

// RevokeKey ends a key now. One that was revoked stays as it is.
func (s *Service) RevokeKey(ctx context.Context, by By, id string) error {
	return change(ctx, s, func(s *Service) error { return s.revokeKey(ctx, by, id) })
}

func (s *Service) revokeKey(ctx context.Context, by By, id string) error {
	k, err := s.key(ctx, id)
	if err != nil {
		return err
	}
	if k.RevokedAt != nil {
		return Authorise(by.Principal, keyAction(&k), Object{})
	}
	now := s.time()
	k.RevokedAt = &now
	return s.apply(ctx, by, keyAction(&k), "key.revoke", "key:"+id, keyDetail(&k, ""), Change{Key: &k})
}

func (s *Service) key(ctx context.Context, id string) (Key, error) {
	list, err := s.store.Keys(ctx)
	k, err := find(list, err, func(k *Key) bool { return k.ID == id })
	return k, about(err, "key %s", id)
}

// keyAction gives what a principal must be allowed to do to change a key: who gives out the keys of staff can act as
// staff, so that is no smaller a right than to make users.
func keyAction(k *Key) Action {
	if k.OwnerKind == OwnerPartner {
		return KeyWrite
	}
	return UserWrite
}

func keyDetail(k *Key, by string) any {
	return struct {
		OwnerKind OwnerKind     `json:"owner_kind"`
		Owner     string        `json:"owner"`
		Mode      cargo.Traffic `json:"mode"`
		Expires   time.Time     `json:"expires"`
		By        string        `json:"replaced_by,omitempty"`
	}{k.OwnerKind, k.Owner, k.Mode, k.Expires, by}
}
