package sqlite

import (
	"context"
	"fmt"

	"cargogate/internal/gateway"
)

// PutArtifacts keeps what scores depend on; what is there stays.
func (s *Store) PutArtifacts(ctx context.Context, all []gateway.Artifact) error {
	at, err := s.Now(ctx)
	if err != nil {
		return err
	}
	return s.main.writer.tx(ctx, "artifacts", func(t *tx) error {
		for _, a := range all {
			if _, err := t.exec("INSERT INTO artifacts (id, kind, body, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING", a.ID, a.Kind, a.Body, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// Artifact gives one.
func (s *Store) Artifact(ctx context.Context, id string) (gateway.Artifact, error) {
	rows, err := s.main.pool.query(ctx, "artifact", "SELECT kind, body FROM artifacts WHERE id = ?", id)
	if err != nil {
		return gateway.Artifact{}, err
	}
	if len(rows) == 0 {
		return gateway.Artifact{}, fmt.Errorf("artifact %s: %w", id, gateway.ErrNotFound)
	}
	return gateway.Artifact{ID: id, Kind: rows[0].text(), Body: rows[0].blob()}, nil
}
