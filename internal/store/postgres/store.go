package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"cargogate/internal/failpoint"
	"cargogate/internal/gateway"
)

// Options say how a database is used.
type Options struct {
	DSN         string        // URL or key=value, as libpq takes it
	MaxConns    int32         // at most so many connections, two more for Accept and one for Subscribe; 0 is 10
	LockTimeout time.Duration // how long a statement waits for a lock; 0 is 10 s
}

// A Store is a gateway.Store on PostgreSQL.
type Store struct {
	pool     *pgxpool.Pool
	arrivals *pgxpool.Pool // for Accept alone: it waits for no other statement, and its one plan is kept
	version  int64         // of the schema
	news     chan struct{} // of arrivals, for all nodes
	over     chan struct{} // closed when news are told no more
	end      context.CancelFunc

	work       rotation
	deliveries rotation
}

var _ gateway.Store = (*Store)(nil)

// Open connects to a migrated database. It gives ErrSchema where the tables are not those of this program.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.MaxConns < 0 || o.LockTimeout < 0 {
		return nil, inputError("a database with %d connections and a wait of %s for locks", o.MaxConns, o.LockTimeout)
	}
	version, err := checkSchema(ctx, o.DSN)
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w: %w", ErrDSN, err)
	}
	config.MaxConns = 10
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = 10 * time.Second
	}
	session(config.ConnConfig, o.LockTimeout)
	config.AfterConnect = durable
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	few := config.Copy()
	few.MaxConns = acceptConns
	few.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	arrivals, err := pgxpool.NewWithConfig(ctx, few)
	if err != nil {
		pool.Close()
		return nil, mapError(ctx, err)
	}
	telling, end := context.WithCancel(context.Background())
	s := &Store{pool: pool, arrivals: arrivals, version: version, news: make(chan struct{}, 1), over: make(chan struct{}), end: end}
	go s.tell(telling)
	if err := pool.Ping(ctx); err != nil {
		return nil, errors.Join(mapError(ctx, err), s.Close())
	}
	return s, nil
}

// acceptConns is how many commits of arrivals there can be at once: a node has one, and a try of a commit that was given
// up can still hang.
const acceptConns = 2

// session sets what every session of ours has.
func session(c *pgx.ConnConfig, lockTimeout time.Duration) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	for name, value := range map[string]string{
		"timezone":                            "UTC",
		"jit":                                 "off", // compiling takes longer than any of our queries
		"lock_timeout":                        fmt.Sprint(lockTimeout.Milliseconds()),
		"idle_in_transaction_session_timeout": "60000", // a node that vanished keeps no locks
	} {
		c.RuntimeParams[name] = value
	}
	if _, ok := c.RuntimeParams["application_name"]; !ok {
		c.RuntimeParams["application_name"] = "cargogate"
	}
}

// durable sees to it that a commit is on disk when it returns, whatever the default of the server is.
func durable(ctx context.Context, c *pgx.Conn) error {
	sql := "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
	if failpoint.Sabotaged(failpoint.NoFsync) {
		sql = "SELECT set_config('synchronous_commit', 'off', false)"
	}
	_, err := c.Exec(ctx, sql)
	return err
}

// Close ends all connections. Those of Subscribe end with its context.
func (s *Store) Close() error {
	s.end()
	<-s.over
	s.arrivals.Close()
	s.pool.Close()
	return nil
}

// Now gives the database's time.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var t time.Time
	err := s.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&t)
	return t.UTC(), mapError(ctx, err)
}

// Check reports whether the database answers and can be written to.
func (s *Store) Check(ctx context.Context) error {
	tag, err := s.pool.Exec(ctx, "UPDATE counters SET value = value + 1 WHERE name = 'check'")
	if err == nil && tag.RowsAffected() != 1 {
		err = errors.New("postgres: the row that is written to for a check is not there")
	}
	return mapError(ctx, err)
}

// tries is how often a transaction is tried that another one keeps from committing.
const tries = 6

// lookups is how a transaction begins whose statements look up few rows by their keys, again and again. Left to itself
// the server plans some of them each time anew, which takes longer than they do, or keeps a plan that it made while
// tables were small. By indexes alone one plan is right for ever.
var lookups = pgx.TxOptions{BeginQuery: `BEGIN; SET LOCAL plan_cache_mode = force_generic_plan;
	SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`}

// setLookups does the same for a batch, which is one transaction.
const setLookups = `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
	set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// inTx runs f in a transaction, again where it lost against another one. Statements see what was committed before each of
// them (READ COMMITTED): what must not change in between is locked.
func (s *Store) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	return s.inTxOf(ctx, pgx.TxOptions{}, f)
}

func (s *Store) inTxOf(ctx context.Context, o pgx.TxOptions, f func(pgx.Tx) error) error {
	var err error
	for try := range tries {
		if try > 0 { // the others have to get on
			select {
			case <-ctx.Done():
				return mapError(ctx, ctx.Err())
			case <-time.After(time.Duration(try) * 5 * time.Millisecond):
			}
		}
		if err = pgx.BeginTxFunc(ctx, s.pool, o, f); err == nil || !retryable(err) {
			break
		}
	}
	return mapError(ctx, err)
}

// Update runs f in one transaction of settling.
func (s *Store) Update(ctx context.Context, f func(gateway.Tx) error) error {
	return s.inTx(ctx, func(pt pgx.Tx) error {
		t := &tx{tx: pt}
		defer func() { t.done = true }()
		if err := pt.QueryRow(ctx, "SELECT now()").Scan(&t.now); err != nil {
			return err
		}
		t.now = t.now.UTC()
		err := f(t)
		if err == nil {
			err = t.flush(ctx)
		}
		if err == nil && t.failed != nil { // f went on where the transaction could not
			return t.failed
		}
		return err
	})
}

// A tx is one transaction of settling.
type tx struct {
	tx     pgx.Tx
	now    time.Time
	later  []statement
	locked bool  // LockDocuments was called
	done   bool  // Update has returned
	failed error // a statement failed: nothing can be committed any more
}

// A statement is one whose result nobody waits for. It goes with the next one whose result is, or before the commit, so
// that many share a round trip.
type statement struct {
	what  string // in errors
	sql   string
	args  []any
	check func(pgconn.CommandTag) error // nil takes any result
}

// enqueue keeps a statement for later. It comes before all that is done after it.
func (t *tx) enqueue(s statement) { t.later = append(t.later, s) }

// send sends what was kept and then a batch, and gives the results of the batch. The caller closes them.
func (t *tx) send(ctx context.Context, batch *pgx.Batch) (pgx.BatchResults, error) {
	if len(t.later) == 0 {
		return t.tx.SendBatch(ctx, batch), nil
	}
	kept := t.later
	t.later = nil
	var all pgx.Batch
	for _, s := range kept {
		all.Queue(s.sql, s.args...)
	}
	for _, q := range batch.QueuedQueries {
		all.Queue(q.SQL, q.Arguments...)
	}
	results := t.tx.SendBatch(ctx, &all)
	for _, s := range kept {
		tag, err := results.Exec()
		if err == nil && s.check != nil {
			err = s.check(tag)
		}
		if err != nil {
			_ = results.Close() // err is the first
			return nil, t.note(ctx, s.what, err)
		}
	}
	return results, nil
}

// flush sends what was kept.
func (t *tx) flush(ctx context.Context) error {
	if len(t.later) == 0 || t.failed != nil {
		return t.failed
	}
	results, err := t.send(ctx, &pgx.Batch{})
	if err != nil {
		return err
	}
	return t.note(ctx, "settle", results.Close())
}

// exec runs one statement behind those that were kept.
func (t *tx) exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if len(t.later) == 0 {
		return t.tx.Exec(ctx, sql, args...)
	}
	var batch pgx.Batch
	batch.Queue(sql, args...)
	results, err := t.send(ctx, &batch)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	return tag, errors.Join(err, results.Close())
}

var errDone = errors.New("postgres: a transaction was used after its end")

// ready says whether the transaction can do another thing.
func (t *tx) ready() error {
	if t.done {
		return errDone
	}
	return t.failed
}

// note keeps an error that ends the transaction.
func (t *tx) note(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	t.failed = fmt.Errorf("postgres: %s: %w", what, mapError(ctx, err))
	return t.failed
}

// Now is the database's time at the beginning of the transaction.
func (t *tx) Now() time.Time { return t.now }

// A querier is a connection, a pool or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// A rotation remembers whom a node served last, so that the next turn begins with somebody else.
type rotation struct {
	mu     sync.Mutex
	served []string // the last one at the end
}

// maxServed bounds what is remembered; who was served longer ago counts as never served.
const maxServed = 1000

func (r *rotation) order() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.served...)
}

func (r *rotation) serve(names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := make(map[string]bool, len(names))
	for _, n := range names {
		last[n] = true
	}
	kept := r.served[:0]
	for _, n := range r.served {
		if !last[n] {
			kept = append(kept, n)
		}
	}
	for _, n := range names {
		if last[n] {
			kept = append(kept, n)
			delete(last, n)
		}
	}
	r.served = append([]string(nil), kept[max(0, len(kept)-maxServed):]...)
}
