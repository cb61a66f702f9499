package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cargogate/internal/gateway"
)

// PutArtifacts keeps what scores depend on; what is there stays.
func (s *Store) PutArtifacts(ctx context.Context, all []gateway.Artifact) error {
	var batch pgx.Batch
	for _, a := range all {
		batch.Queue("INSERT INTO artifacts (id, kind, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING", a.ID, a.Kind, a.Body)
	}
	return mapError(ctx, s.pool.SendBatch(ctx, &batch).Close())
}

// Artifact gives one.
func (s *Store) Artifact(ctx context.Context, id string) (gateway.Artifact, error) {
	a := gateway.Artifact{ID: id}
	err := s.pool.QueryRow(ctx, "SELECT kind, body FROM artifacts WHERE id = $1", id).Scan(&a.Kind, &a.Body)
	if errors.Is(err, pgx.ErrNoRows) {
		return gateway.Artifact{}, fmt.Errorf("artifact %s: %w", id, gateway.ErrNotFound)
	}
	return a, mapError(ctx, err)
}
