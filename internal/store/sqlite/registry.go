package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/partner"
)

// Kinds of rows of registry.
const (
	partners code = iota
	mandates
	keys
	channels
	users
	profiles
)

// all reads the rows of one kind, in the order of their ids.
func all[T any](ctx context.Context, s *Store, kind code, more func(*T, *row)) ([]T, error) {
	rows, err := s.main.pool.query(ctx, "registry", "SELECT doc, hash FROM registry WHERE kind = ? ORDER BY id, part", kind)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(rows))
	for i := range rows {
		if err := json.Unmarshal([]byte(rows[i].text()), &out[i]); err != nil {
			return nil, fmt.Errorf("sqlite: registry: %w", err)
		}
		if more != nil {
			more(&out[i], &rows[i])
		}
	}
	return out, nil
}

// Partners gives all, by ID.
func (s *Store) Partners(ctx context.Context) ([]partner.Partner, error) {
	return all[partner.Partner](ctx, s, partners, nil)
}

// Mandates gives all.
func (s *Store) Mandates(ctx context.Context) ([]partner.Mandate, error) {
	return all[partner.Mandate](ctx, s, mandates, nil)
}

// Keys gives all, with their hashes.
func (s *Store) Keys(ctx context.Context) ([]partner.Key, error) {
	return all(ctx, s, keys, func(k *partner.Key, w *row) { k.Hash = w.digest() })
}

// Channels gives all.
func (s *Store) Channels(ctx context.Context) ([]partner.Channel, error) {
	return all[partner.Channel](ctx, s, channels, nil)
}

// Users gives all.
func (s *Store) Users(ctx context.Context) ([]partner.User, error) {
	return all[partner.User](ctx, s, users, nil)
}

// Profiles gives all.
func (s *Store) Profiles(ctx context.Context) ([]partner.Profile, error) {
	return all[partner.Profile](ctx, s, profiles, nil)
}

// Generation counts the changes.
func (s *Store) Generation(ctx context.Context) (int64, error) {
	return s.main.pool.number(ctx, "generation", "SELECT value FROM meta WHERE name = 'generation'")
}

// An entry is a change as it is stored.
type entry struct {
	kind     code
	id, part string
	value    any
	hash     []byte
	deletes  bool // rows of the kind may be deleted
}

// entryOf gives the one entry of a change, partner.ErrInvalid where there is none or more than one.
func entryOf(c *partner.Change) (entry, error) {
	var found []entry
	if p := c.Partner; p != nil {
		found = append(found, entry{kind: partners, id: string(p.ID), value: p})
	}
	if m := c.Mandate; m != nil {
		found = append(found, entry{kind: mandates, id: m.ID, value: m})
	}
	if k := c.Key; k != nil {
		found = append(found, entry{kind: keys, id: k.ID, value: k, hash: k.Hash[:]})
	}
	if c := c.Channel; c != nil {
		found = append(found, entry{kind: channels, id: string(c.Partner), part: c.Name, value: c, deletes: true})
	}
	if u := c.User; u != nil {
		found = append(found, entry{kind: users, id: u.ID, value: u})
	}
	if p := c.Profile; p != nil {
		found = append(found, entry{kind: profiles, id: p.Name, value: p, deletes: true})
	}
	switch {
	case len(found) != 1:
		return entry{}, fmt.Errorf("sqlite: %w: a change of %d rows, want one", partner.ErrInvalid, len(found))
	case found[0].id == "":
		return entry{}, fmt.Errorf("sqlite: %w: a change of a row without an id", partner.ErrInvalid)
	case c.Delete && c.Insert, c.Delete && !found[0].deletes:
		return entry{}, fmt.Errorf("sqlite: %w: %s cannot be deleted so", partner.ErrInvalid, found[0].id)
	}
	return found[0], nil
}

// Apply makes changes in one transaction, with the audit row of the act, and raises the generation.
func (s *Store) Apply(ctx context.Context, changes []partner.Change, by partner.Act) error {
	entries := make([]entry, len(changes))
	for i := range changes {
		e, err := entryOf(&changes[i])
		if err != nil {
			return err
		}
		entries[i] = e
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	return s.main.writer.tx(ctx, "apply", func(t *tx) error {
		if by.Read != nil {
			n, err := t.number("SELECT value FROM meta WHERE name = 'generation'")
			if err != nil {
				return err
			}
			if n != *by.Read {
				return fmt.Errorf("%w: it is at %d and was read at %d", partner.ErrMoved, n, *by.Read)
			}
		}
		for i, e := range entries {
			if err := applyEntry(t, e, changes[i].Insert, changes[i].Delete); err != nil {
				return err
			}
		}
		if _, err := t.exec("UPDATE meta SET value = value + 1 WHERE name = 'generation'"); err != nil {
			return err
		}
		return insertAudit(t, "audit_new", audit.Row{
			ID: id, At: s.clock.read(), Principal: by.Principal, Action: by.Action, Object: by.Object, Detail: by.Detail, TraceID: by.TraceID,
		})
	})
}

func applyEntry(t *tx, e entry, insert, remove bool) error {
	name := e.id
	if e.part != "" {
		name += "/" + e.part
	}
	var n int64
	var err error
	if remove {
		n, err = t.exec("DELETE FROM registry WHERE kind = ? AND id = ? AND part = ?", e.kind, e.id, e.part)
	} else {
		var doc []byte
		if doc, err = json.Marshal(e.value); err != nil {
			return fmt.Errorf("sqlite: %w: %s: %w", partner.ErrInvalid, name, err)
		}
		if insert {
			n, err = t.exec("INSERT INTO registry (kind, id, part, doc, hash) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				e.kind, e.id, e.part, string(doc), e.hash)
		} else {
			n, err = t.exec("UPDATE registry SET doc = ?, hash = ? WHERE kind = ? AND id = ? AND part = ?", string(doc), e.hash, e.kind, e.id, e.part)
		}
	}
	if err != nil || n > 0 {
		return err
	}
	if insert {
		return fmt.Errorf("%s: %w", name, partner.ErrExists)
	}
	return fmt.Errorf("%s: %w", name, partner.ErrNotFound)
}
