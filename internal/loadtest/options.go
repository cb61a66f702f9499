package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"cargogate/internal/scoring"
)

// Names of the rows, in the order in which they are measured.
const (
	RowAccept  = "accept"  // one sender
	RowHTTP    = "http"    // 64 senders over HTTP
	RowSettle  = "settle"  // receive to settled
	RowLatency = "latency" // the same at half its rate
	RowCases   = "cases"   // receive to case, with scoring on
	RowNodes   = "nodes"   // two nodes against one, on PostgreSQL
	RowLarge   = "large"   // one very large message, over HTTPS
)

// Kinds of store.
const (
	kindSQLite = "sqlite"
	kindPG     = "postgres"
)

// Rows are the names of all rows.
func Rows() []string {
	return []string{RowAccept, RowHTTP, RowSettle, RowLatency, RowCases, RowNodes, RowLarge}
}

// Options say what is measured, and where.
type Options struct {
	Store   string        // sqlite or postgres
	DSN     string        // postgres: a server on which this user may make databases
	Dir     string        // folder for everything that is written; it must be on the disk that is to be measured
	Rows    []string      // names of rows; none is all that the store has
	Span    time.Duration // how long the gateway's side of a turn is
	Turns   int           // of each ratio
	Senders int           // of the row http
	Large   int64         // bytes of the large message
	Program string        // cargogate itself, which the row large starts
	Out     io.Writer     // what is being done is told here; nil is nobody
}

// A Figure is one line of the result.
type Figure struct {
	Row    string  `json:"row"`
	Store  string  `json:"store"`
	What   string  `json:"what"`
	Value  float64 `json:"value"` // median of the turns
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
	Unit   string  `json:"unit"`
	Limit  float64 `json:"limit,omitempty"` // the other side, median
	Ratio  float64 `json:"ratio,omitempty"` // median of the ratios of the turns
	Target string  `json:"target,omitempty"`
	Note   string  `json:"note,omitempty"`
	Load   string  `json:"load,omitempty"` // of the machine before the run, processes that wanted to run
}

// ErrOptions says that what was asked for cannot be measured.
var ErrOptions = errors.New("loadtest: options")

func (o *Options) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrOptions, fmt.Sprintf(format, args...))
	}
	if o.Store != kindSQLite && o.Store != kindPG {
		return wrong("store %q is neither sqlite nor postgres", o.Store)
	}
	if o.Store == kindPG && o.DSN == "" {
		return wrong("postgres needs a connection string")
	}
	if len(o.Rows) == 0 {
		o.Rows = Rows()
		if o.Store == kindSQLite {
			o.Rows = slices.DeleteFunc(o.Rows, func(r string) bool { return r == RowNodes })
		}
	}
	for _, r := range o.Rows {
		if !slices.Contains(Rows(), r) {
			return wrong("there is no row %q; there are %q", r, Rows())
		}
		if r == RowNodes && o.Store == kindSQLite {
			return wrong("two nodes need postgres")
		}
	}
	if o.Span <= 0 || o.Turns < 1 || o.Senders < 1 {
		return wrong("%s a side, %d turns and %d senders: each must be more than nothing", o.Span, o.Turns, o.Senders)
	}
	if slices.Contains(o.Rows, RowLarge) && (o.Large < 1<<20 || o.Program == "") {
		return wrong("the large message has %d bytes, and the program is %q: 1 MiB is the least", o.Large, o.Program)
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return nil
}

// A bench is one run.
type bench struct {
	Options
	databases *databases // nil on SQLite
	figures   []Figure
	rate      float64         // messages a second, of the row settle
	engine    *scoring.Engine // nil where nothing is scored
}

// Run measures, row after row. What it wrote is removed, whatever became of it.
func Run(ctx context.Context, o Options) (figures []Figure, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.Dir, "cargogate-bench-*")
	if err != nil {
		return nil, fmt.Errorf("loadtest: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o.Dir = dir
	b := &bench{Options: o}
	if o.Store == kindPG {
		if b.databases, err = newDatabases(ctx, o.DSN); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, b.databases.close()) }()
	}
	measures := map[string]func(context.Context) error{
		RowAccept: b.accept, RowHTTP: b.http, RowSettle: b.settle, RowLatency: b.latency, RowCases: b.cases, RowNodes: b.nodes, RowLarge: b.large,
	}
	for _, row := range Rows() {
		if !slices.Contains(o.Rows, row) {
			continue
		}
		b.tell("%s on %s …", row, o.Store)
		if err := measures[row](ctx); err != nil {
			return b.figures, fmt.Errorf("loadtest: %s on %s: %w", row, o.Store, err)
		}
	}
	return b.figures, nil
}

func (b *bench) tell(format string, args ...any) { fmt.Fprintf(b.Out, format+"\n", args...) }

func (b *bench) add(f Figure) {
	f.Store = b.Store
	b.figures = append(b.figures, f)
	b.tell("  %s: %s, limit %s, ratio %.2f, target %s%s", f.What, quantity(f.Value, f.Unit), quantity(f.Limit, f.Unit), f.Ratio, f.Target, note(f.Note))
}

func note(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
