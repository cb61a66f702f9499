package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cargogate/internal/gateway"
)

// Pool gives tests the connections of a store, to do what only somebody else would.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Names for tests of what is not for others.
var (
	LowestID    = lowestID
	Tables      = tables
	Partitioned = partitioned
	MapError    = mapError

	BillPageBefore, BillPageSQL = billPageBefore, billPageSQL
)

// Table gives the name of a growing table.
func (g growing) Table() string { return g.table }

// CopyConsignments sends rows to another table of the same columns.
func CopyConsignments(ctx context.Context, tx pgx.Tx, table string, rows []gateway.ConsignmentRow) error {
	return copyRows(ctx, tx, table, consignmentColumns, rows, consignmentValues)
}
