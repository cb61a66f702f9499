package partner

import (
	"context"
	"crypto/subtle"
	"slices"
)

// Authenticate gives who a key belongs to. Whatever is wrong with it, the error is ErrUnauthenticated and says no more;
// ErrStale, with the error of the database, where it cannot be told for now.
func (d *Directory) Authenticate(ctx context.Context, text string) (Principal, error) {
	s := d.fresh(ctx)
	if err := d.stale(); err != nil {
		return Principal{}, err
	}
	id, hash, err := ParseKeyText(text)
	if err != nil {
		return Principal{}, ErrUnauthenticated
	}
	k := s.keys[id]
	if k == nil {
		k = &Key{} // compared all the same, so that time does not tell which IDs there are
	}
	same := subtle.ConstantTimeCompare(k.Hash[:], hash[:]) == 1
	if !same || k.ID != id || !k.Holds(d.now()) {
		return Principal{}, ErrUnauthenticated
	}
	p := Principal{ID: k.Owner, Mode: k.Mode, Key: k.ID}
	switch k.OwnerKind {
	case OwnerPartner:
		owner := s.partners[ID(k.Owner)]
		if owner == nil || owner.Suspended {
			return Principal{}, ErrUnauthenticated
		}
		p.Kind = KindPartner
	case OwnerUser:
		owner := s.users[k.Owner]
		if owner == nil || owner.Suspended {
			return Principal{}, ErrUnauthenticated
		}
		p.Kind, p.Roles, p.Offices = KindStaff, slices.Clone(owner.Roles), slices.Clone(owner.Offices)
	case OwnerService:
		p.Kind = KindService
	default:
		return Principal{}, ErrUnauthenticated
	}
	return p, nil
}
