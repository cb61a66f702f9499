package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
	"cargogate/internal/partner"
)

// registry gives all rows of a table of the registry, in order of their ids.
func registry[T any](ctx context.Context, s *Store, table string) ([]T, error) {
	rows, err := s.pool.Query(ctx, "SELECT doc FROM "+table+" ORDER BY id")
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
		var v T
		var doc []byte
		if err := row.Scan(&doc); err != nil {
			return v, err
		}
		return v, json.Unmarshal(doc, &v)
	})
	if err != nil {
		return nil, mapError(ctx, fmt.Errorf("postgres: %s: %w", table, err))
	}
	return out, nil
}

// Partners gives all partners, by ID.
func (s *Store) Partners(ctx context.Context) ([]partner.Partner, error) {
	return registry[partner.Partner](ctx, s, "partners")
}

// Mandates gives all mandates, by ID.
func (s *Store) Mandates(ctx context.Context) ([]partner.Mandate, error) {
	return registry[partner.Mandate](ctx, s, "mandates")
}

// Keys gives all keys with their hashes, by ID.
func (s *Store) Keys(ctx context.Context) ([]partner.Key, error) {
	rows, err := s.pool.Query(ctx, "SELECT doc, hash FROM keys ORDER BY id")
	if err != nil {
		return nil, mapError(ctx, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (partner.Key, error) {
		var k partner.Key
		var doc, hash []byte
		if err := row.Scan(&doc, &hash); err != nil {
			return k, err
		}
		copy(k.Hash[:], hash)
		return k, json.Unmarshal(doc, &k)
	})
	return out, mapError(ctx, err)
}

// Channels gives all channels, by partner and name.
func (s *Store) Channels(ctx context.Context) ([]partner.Channel, error) {
	return registry[partner.Channel](ctx, s, "channels")
}

// Users gives all users, by ID.
func (s *Store) Users(ctx context.Context) ([]partner.User, error) {
	return registry[partner.User](ctx, s, "users")
}

// Profiles gives all profiles, by name.
func (s *Store) Profiles(ctx context.Context) ([]partner.Profile, error) {
	return registry[partner.Profile](ctx, s, "profiles")
}

// Generation counts the changes.
func (s *Store) Generation(ctx context.Context) (int64, error) {
	var n int64
	err := s.pool.QueryRow(ctx, "SELECT value FROM counters WHERE name = 'registry'").Scan(&n)
	return n, mapError(ctx, err)
}

// Apply makes changes in one transaction. The row of the generation is locked first, so changes are made one after the
// other, and one that was decided by what is not so any more is not made.
func (s *Store) Apply(ctx context.Context, changes []partner.Change, by partner.Act) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		var now time.Time
		var generation int64
		if err := tx.QueryRow(ctx, "UPDATE counters SET value = value + 1 WHERE name = 'registry' RETURNING clock_timestamp(), value").Scan(&now, &generation); err != nil {
			return err
		}
		if by.Read != nil && *by.Read != generation-1 {
			return fmt.Errorf("%w: it is at %d and was read at %d", partner.ErrMoved, generation-1, *by.Read)
		}
		for i := range changes {
			if err := apply(ctx, tx, &changes[i]); err != nil {
				return err
			}
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		var batch pgx.Batch
		queueAudit(&batch, []audit.Row{{
			ID: id, At: now.UTC(), Principal: by.Principal, Action: by.Action, Object: by.Object, Detail: by.Detail, TraceID: by.TraceID,
		}})
		return tx.SendBatch(ctx, &batch).Close()
	})
}

// A registered is one row of the registry: where it stands, under which id, what it is.
type registered struct {
	table, id string
	doc       any
	deletable bool
}

func rowOf(c *partner.Change) (registered, error) {
	var rows []registered
	if p := c.Partner; p != nil {
		rows = append(rows, registered{"partners", string(p.ID), p, false})
	}
	if m := c.Mandate; m != nil {
		rows = append(rows, registered{"mandates", m.ID, m, false})
	}
	if k := c.Key; k != nil {
		rows = append(rows, registered{"keys", k.ID, k, false})
	}
	if ch := c.Channel; ch != nil {
		id := string(ch.Partner) + "\n" + ch.Name
		if ch.Partner == "" || ch.Name == "" {
			id = ""
		}
		rows = append(rows, registered{"channels", id, ch, true})
	}
	if u := c.User; u != nil {
		rows = append(rows, registered{"users", u.ID, u, false})
	}
	if p := c.Profile; p != nil {
		rows = append(rows, registered{"profiles", p.Name, p, true})
	}
	switch {
	case len(rows) != 1:
		return registered{}, fmt.Errorf("%w: a change of %d rows, want one", partner.ErrInvalid, len(rows))
	case rows[0].id == "":
		return registered{}, fmt.Errorf("%w: a row of %s without an id", partner.ErrInvalid, rows[0].table)
	case c.Delete && (c.Insert || !rows[0].deletable):
		return registered{}, fmt.Errorf("%w: %s in %s cannot be deleted", partner.ErrInvalid, rows[0].id, rows[0].table)
	}
	return rows[0], nil
}

func apply(ctx context.Context, tx pgx.Tx, c *partner.Change) error {
	row, err := rowOf(c)
	if err != nil {
		return err
	}
	if c.Delete {
		tag, err := tx.Exec(ctx, "DELETE FROM "+row.table+" WHERE id = $1", row.id)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%w: %q in %s", partner.ErrNotFound, row.id, row.table)
		}
		return err
	}
	doc, err := json.Marshal(row.doc)
	if err != nil {
		return fmt.Errorf("%w: %s %q: %w", partner.ErrInvalid, row.table, row.id, err)
	}
	insert, update, args := "(id, doc) VALUES ($1, $2)", "doc = $2", []any{row.id, doc}
	if c.Key != nil {
		insert, update, args = "(id, doc, hash) VALUES ($1, $2, $3)", "doc = $2, hash = $3", append(args, c.Key.Hash[:])
	}
	if c.Insert {
		tag, err := tx.Exec(ctx, "INSERT INTO "+row.table+" "+insert+" ON CONFLICT (id) DO NOTHING", args...)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%w: %q in %s", partner.ErrExists, row.id, row.table)
		}
		return err
	}
	tag, err := tx.Exec(ctx, "UPDATE "+row.table+" SET "+update+" WHERE id = $1", args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("%w: %q in %s", partner.ErrNotFound, row.id, row.table)
	}
	return err
}
