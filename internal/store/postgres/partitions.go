package postgres

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// partitioned are the growing tables and the column that they are partitioned by.
var partitioned = []growing{
	{"receipts", "id"}, {"bodies", "receipt"}, {"settlements", "receipt"}, {"messages", "receipt"}, {"consignments", "id"},
	{"equipment", "id"}, {"controls", "receipt"}, {"call_receipts", "receipt"}, {"events", "id"}, {"answers", "id"},
	{"deliveries", "id"}, {"audit", "id"}, {"tombstones", "receipt"},
}

// A growing table, and the column that it is partitioned by.
type growing struct{ table, column string }

// storage says how partitions of a table are kept where it matters: consignments get another state or link once or
// twice, which is cheap while the new row has room on the page of the old one.
var storage = map[string]string{"consignments": " WITH (fillfactor = 85)", "deliveries": " WITH (fillfactor = 85)"}

// maxAhead bounds what EnsurePartitions makes.
const maxAhead = 10 * 366 * 24 * time.Hour

// lockPartitions is the advisory lock of who makes partitions.
const lockPartitions int64 = 0x63_67_70_61_72 // "cgpar"

// EnsurePartitions makes partitions for this month and those ahead, and gives until when there are some. Each is made in a
// transaction of its own that waits for locks only briefly; where somebody reads everything for long (a snapshot), it
// gives ErrUnavailable and may be called again.
func (s *Store) EnsurePartitions(ctx context.Context, ahead time.Duration) (time.Time, error) {
	if ahead < 0 || ahead > maxAhead {
		return time.Time{}, inputError("partitions for %s ahead", ahead)
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return time.Time{}, mapError(ctx, err)
	}
	defer conn.Release()
	until, err := ensurePartitions(ctx, conn.Conn(), ahead)
	return until, mapError(ctx, err)
}

// PartitionsUntil tells until when all growing tables have partitions without a gap from now on; the zero time where the
// current month has none.
func (s *Store) PartitionsUntil(ctx context.Context) (time.Time, error) {
	until, err := partitionsUntil(ctx, s.pool)
	return until, mapError(ctx, err)
}

func ensurePartitions(ctx context.Context, conn *pgx.Conn, ahead time.Duration) (time.Time, error) {
	var now time.Time
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return time.Time{}, err
	}
	if err := makePartitions(ctx, conn, now, now.Add(ahead)); err != nil {
		return time.Time{}, err
	}
	return partitionsUntil(ctx, conn)
}

// makePartitions makes what is missing of the months from one time to another.
func makePartitions(ctx context.Context, conn *pgx.Conn, from, to time.Time) error {
	there, err := partitions(ctx, conn)
	if err != nil {
		return err
	}
	for month := monthOf(from); !month.After(to); month = month.AddDate(0, 1, 0) {
		for _, p := range partitioned {
			covered := slices.ContainsFunc(there[p.table], func(b bounds) bool {
				return !b.from.After(month) && !b.to.Before(month.AddDate(0, 1, 0))
			})
			if covered {
				continue
			}
			if err := makePartition(ctx, conn, p.table, p.column, month); err != nil {
				return fmt.Errorf("postgres: partition of %s for %s: %w", p.table, month.Format("2006-01"), err)
			}
		}
	}
	return nil
}

func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// makePartition makes one. ATTACH lets readers and writers of the table go on; only the default partition, which is empty
// but for rows of wrong clocks, is locked for a moment. Rows of the month that are there are moved.
func makePartition(ctx context.Context, conn *pgx.Conn, table, column string, month time.Time) error {
	name := table + "_" + month.Format("200601")
	lo, hi := lowestID(month), lowestID(month.AddDate(0, 1, 0))
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var there bool
		err := tx.QueryRow(ctx, "SELECT set_config('lock_timeout', '2000', true) IS NOT NULL AND pg_advisory_xact_lock($1) IS NOT NULL",
			lockPartitions).Scan(&there)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&there); err != nil || there {
			return err // another node was quicker
		}
		for _, sql := range []string{
			fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL)%s", name, table, storage[table]),
			fmt.Sprintf("LOCK TABLE %s_default IN ACCESS EXCLUSIVE MODE", table),
			fmt.Sprintf("WITH moved AS (DELETE FROM %[2]s_default WHERE %[3]s >= '%[4]s' AND %[3]s < '%[5]s' RETURNING *) INSERT INTO %[1]s SELECT * FROM moved",
				name, table, column, lo, hi),
			fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", table, name, lo, hi),
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// bounds are those of one partition, by the times in its ids.
type bounds struct{ from, to time.Time }

var boundsText = regexp.MustCompile(`^FOR VALUES FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)$`)

// partitions gives the bounds of all partitions but the default ones, sorted, by table.
func partitions(ctx context.Context, q querier) (map[string][]bounds, error) {
	rows, err := q.Query(ctx, `
		SELECT parent.relname, pg_get_expr(part.relpartbound, part.oid)
		FROM pg_inherits i JOIN pg_class part ON part.oid = i.inhrelid JOIN pg_class parent ON parent.oid = i.inhparent
		WHERE part.relkind = 'r' AND part.relispartition AND parent.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	there := map[string][]bounds{}
	var table, text string
	_, err = pgx.ForEachRow(rows, []any{&table, &text}, func() error {
		if m := boundsText.FindStringSubmatch(text); m != nil {
			there[table] = append(there[table], bounds{timeOf(uuid.MustParse(m[1])), timeOf(uuid.MustParse(m[2]))})
		}
		return nil
	})
	for _, b := range there {
		slices.SortFunc(b, func(a, b bounds) int { return a.from.Compare(b.from) })
	}
	return there, err
}

func partitionsUntil(ctx context.Context, q querier) (time.Time, error) {
	var now time.Time
	if err := q.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return time.Time{}, err
	}
	there, err := partitions(ctx, q)
	if err != nil {
		return time.Time{}, err
	}
	var least time.Time
	for i, p := range partitioned {
		until := now
		for _, b := range there[p.table] {
			if !b.from.After(until) && b.to.After(until) {
				until = b.to
			}
		}
		if until.Equal(now) {
			return time.Time{}, nil
		}
		if i == 0 || until.Before(least) {
			least = until
		}
	}
	return least, nil
}
