package postgres

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// manifestName is the file that is written last: without it a snapshot is not whole.
const manifestName = "manifest.json"

// A manifest tells what a snapshot holds.
type manifest struct {
	Format    int              `json:"format"` // of this file and those beside it
	Schema    int64            `json:"schema"` // version of the tables
	TakenAt   time.Time        `json:"taken_at"`
	Tables    []manifestTable  `json:"tables"`
	Sequences map[string]int64 `json:"sequences"` // by name, the last value given
}

// A manifestTable is one table: a file of PostgreSQL's binary COPY format.
type manifestTable struct {
	Name    string    `json:"name"`
	File    string    `json:"file"`
	Columns []string  `json:"columns"`
	Rows    int64     `json:"rows"`
	Bytes   int64     `json:"bytes"`
	SHA256  string    `json:"sha256"`             // hex
	First   uuid.UUID `json:"first_id,omitempty"` // least and greatest id that the table is partitioned by
	Last    uuid.UUID `json:"last_id,omitempty"`
}

const snapshotFormat = 1

// Snapshot writes a consistent copy into dir while work goes on: one transaction reads all tables as they were at its
// beginning.
func (s *Store) Snapshot(ctx context.Context, dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("postgres: snapshot: %w", err)
	}
	if len(entries) > 0 {
		return nil, inputError("the folder for a snapshot is not empty: it holds %s", entries[0].Name())
	}
	m := manifest{Format: snapshotFormat, Schema: s.version, Sequences: map[string]int64{}}
	var files []string
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// Sending a large table may take longer than any wait of ours, and this session is not idle.
		if err := tx.QueryRow(ctx, "SELECT now()").Scan(&m.TakenAt); err != nil {
			return err
		}
		m.TakenAt = m.TakenAt.UTC()
		tables, err := tableColumns(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := copyOut(ctx, tx, dir, &t); err != nil {
				return fmt.Errorf("postgres: snapshot of %s: %w", t.Name, err)
			}
			m.Tables = append(m.Tables, t)
			files = append(files, t.File)
		}
		for _, q := range sequences {
			var last int64
			// Not of the snapshot but of now, so never less than what the rows hold.
			if err := tx.QueryRow(ctx, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "+q).Scan(&last); err != nil {
				return err
			}
			m.Sequences[q] = last
		}
		return nil
	})
	if err != nil {
		return nil, mapError(ctx, err)
	}
	text, err := json.MarshalIndent(&m, "", "\t")
	if err != nil {
		return nil, err
	}
	if err := writeFile(dir, manifestName, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err }); err != nil {
		return nil, err
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	return append(files, manifestName), nil
}

var sequences = []string{"receipt_seq", "call_number", "case_number"}

// tableColumns gives our tables, without the partitions, which are read by their parents, and what goose keeps.
func tableColumns(ctx context.Context, q querier) ([]manifestTable, error) {
	rows, err := q.Query(ctx, `
		SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname = ANY ($1)
		GROUP BY c.relname ORDER BY c.relname`, tables)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (manifestTable, error) {
		var t manifestTable
		err := row.Scan(&t.Name, &t.Columns)
		t.File = t.Name + ".copy"
		return t, err
	})
	if err == nil && len(out) != len(tables) {
		err = fmt.Errorf("postgres: %d tables of %d are there", len(out), len(tables))
	}
	return out, err
}

// tables are all that a snapshot holds.
var tables = []string{
	"answers", "artifacts", "audit", "audit_heads", "audit_pending", "bodies", "call_aliases", "call_keys", "call_receipts", "call_times", "calls",
	"case_groups", "case_history", "cases", "channels",
	"consignments", "controls", "counters", "cursors", "deliveries", "documents", "equipment", "events", "events_pending", "keys", "mandates",
	"messages", "partners", "profiles", "receipts", "settled", "settlements", "staged", "tombstones", "transport_acts", "users", "work",
}

func partitionColumn(table string) string {
	for _, p := range partitioned {
		if p.table == table {
			return p.column
		}
	}
	return ""
}

func quoted(columns []string) string {
	q := make([]string, len(columns))
	for i, c := range columns {
		q[i] = pgx.Identifier{c}.Sanitize()
	}
	return strings.Join(q, ", ")
}

// copyOut writes one table and completes its line in the manifest.
func copyOut(ctx context.Context, tx pgx.Tx, dir string, t *manifestTable) error {
	if col := partitionColumn(t.Name); col != "" {
		var first, last *uuid.UUID
		err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT (SELECT %[1]s FROM %[2]s ORDER BY %[1]s LIMIT 1), (SELECT %[1]s FROM %[2]s ORDER BY %[1]s DESC LIMIT 1)`,
			col, t.Name)).Scan(&first, &last)
		if err != nil {
			return err
		}
		t.First, t.Last = idOrNil(first), idOrNil(last)
	}
	return writeFile(dir, t.File, func(w io.Writer) error {
		sum := &summing{w: w, h: sha256.New()}
		tag, err := tx.Conn().PgConn().CopyTo(ctx, sum, fmt.Sprintf("COPY (SELECT %s FROM %s) TO STDOUT (FORMAT binary)", quoted(t.Columns), t.Name))
		t.Rows, t.Bytes, t.SHA256 = tag.RowsAffected(), sum.n, hex.EncodeToString(sum.h.Sum(nil))
		return err
	})
}

// A summing writer counts and digests what goes through it.
type summing struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (s *summing) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.n += int64(n)
	s.h.Write(p[:n])
	return n, err
}

// writeFile makes a file that is on disk when it returns.
func writeFile(dir, name string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("postgres: snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("postgres: snapshot: %w", err)
	}
	return f.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("postgres: snapshot: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// readManifest reads and checks that of a snapshot.
func readManifest(dir string) (*manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("postgres: this is no whole snapshot: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("postgres: %s: %w", manifestName, err)
	}
	if m.Format != snapshotFormat {
		return nil, inputError("the snapshot has the format %d, and this program reads %d", m.Format, snapshotFormat)
	}
	seen := map[string]bool{}
	for _, t := range m.Tables {
		if !slices.Contains(tables, t.Name) || seen[t.Name] || t.File != t.Name+".copy" || len(t.Columns) == 0 {
			return nil, inputError("the snapshot names a table %q in %q", t.Name, t.File)
		}
		seen[t.Name] = true
	}
	for _, t := range tables {
		if !seen[t] {
			return nil, inputError("the snapshot lacks the table %s", t)
		}
	}
	return &m, nil
}
