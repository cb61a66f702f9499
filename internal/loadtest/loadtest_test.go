package loadtest_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cargogate/internal/loadtest"
	"cargogate/internal/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// small measures so little that it says nothing of speed, but goes the whole way.
func small(t *testing.T, store string, rows ...string) loadtest.Options {
	return loadtest.Options{Store: store, Dir: t.TempDir(), Rows: rows, Span: 100 * time.Millisecond, Turns: 1, Senders: 4, Large: 2 << 20}
}

func run(t *testing.T, o loadtest.Options) []loadtest.Figure {
	t.Helper()
	figures, err := loadtest.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("%d files are left: %v", len(left), err)
	}
	seen := map[string]bool{}
	for _, f := range figures {
		seen[f.Row] = true
		if f.Store != o.Store || f.What == "" || f.Unit == "" || f.Value <= 0 || f.Least > f.Value || f.Most < f.Value {
			t.Errorf("figure %+v", f)
		}
		compared := f.Unit == "msg/s" || f.Unit == "ms"
		if compared != (f.Limit > 0 && f.Ratio > 0) {
			t.Errorf("%s: limit %v, ratio %v", f.What, f.Limit, f.Ratio)
		}
	}
	for _, row := range o.Rows {
		if !seen[row] {
			t.Errorf("no figure of the row %s", row)
		}
	}
	return figures
}

func TestRowsOnSQLite(t *testing.T) {
	t.Parallel()
	run(t, small(t, "sqlite", loadtest.RowAccept, loadtest.RowHTTP, loadtest.RowSettle, loadtest.RowLatency, loadtest.RowCases))
}

func TestRowsOnPostgres(t *testing.T) {
	t.Parallel()
	o := small(t, "postgres", loadtest.RowAccept, loadtest.RowHTTP, loadtest.RowSettle, loadtest.RowLatency, loadtest.RowCases, loadtest.RowNodes)
	o.DSN = pgtest.Shared(t).DSN("postgres")
	run(t, o)
}

// The latency is measured without the row that gives its rate, too.
func TestLatencyAlone(t *testing.T) {
	t.Parallel()
	run(t, small(t, "sqlite", loadtest.RowLatency))
}

func TestLarge(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "cargogate")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "cargogate/cmd/cargogate")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	o := small(t, "sqlite", loadtest.RowLarge)
	o.Program = program
	figures := run(t, o)
	if note := figures[0].Note; !strings.Contains(note, "accepted with 2") { // 2 MiB hold some 2,300 consignments
		t.Errorf("note %q", note)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*loadtest.Options){
		"store":   func(o *loadtest.Options) { o.Store = "oracle" },
		"dsn":     func(o *loadtest.Options) { o.Store, o.DSN = "postgres", "" },
		"row":     func(o *loadtest.Options) { o.Rows = []string{"speed"} },
		"nodes":   func(o *loadtest.Options) { o.Rows = []string{loadtest.RowNodes} },
		"seconds": func(o *loadtest.Options) { o.Span = 0 },
		"turns":   func(o *loadtest.Options) { o.Turns = 0 },
		"senders": func(o *loadtest.Options) { o.Senders = 0 },
		"program": func(o *loadtest.Options) { o.Rows = []string{loadtest.RowLarge} },
		"large":   func(o *loadtest.Options) { o.Rows, o.Program, o.Large = []string{loadtest.RowLarge}, "cargogate", 10 },
	} {
		o := small(t, "sqlite", loadtest.RowAccept)
		change(&o)
		if _, err := loadtest.Run(t.Context(), o); !errors.Is(err, loadtest.ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := small(t, "sqlite", loadtest.RowAccept)
	o.Dir = filepath.Join(o.Dir, "none")
	if _, err := loadtest.Run(t.Context(), o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	o = small(t, "postgres", loadtest.RowAccept)
	o.DSN = "host=127.0.0.1 port=1 connect_timeout=2"
	if _, err := loadtest.Run(t.Context(), o); err == nil {
		t.Error("a server that is not there is no error")
	}
	o = small(t, "sqlite", loadtest.RowLarge)
	o.Program = filepath.Join(o.Dir, "none")
	if _, err := loadtest.Run(t.Context(), o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	f := loadtest.Figure{Row: "accept", Store: "sqlite", What: "accept", Value: 1234.5, Least: 1000, Most: 2000, Unit: "msg/s", Limit: 1500, Ratio: 0.823, Target: "≥ 0.8"}
	if got, want := f.Markdown(), "| accept | SQLite | 1234 msg/s (1000 to 2000) | 1500 msg/s | **0.82** | ≥ 0.8 |  |"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var b bytes.Buffer
	if err := loadtest.WriteTable(&b, []loadtest.Figure{f}); err != nil || !strings.Contains(b.String(), "0.82") {
		t.Errorf("%v: %s", err, b.String())
	}

	file := filepath.Join(t.TempDir(), "p.md")
	for _, text := range []string{"first\n", "second\n"} {
		if text == "first\n" {
			if err := os.WriteFile(file, []byte("# Performance\n\nOther.\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := loadtest.ReplaceSection(file, text); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(got); !strings.HasPrefix(s, "# Performance\n\nOther.\n\n## The gateway\n") || strings.Count(s, "## ") != 1 ||
			!strings.Contains(s, "-->\n"+text+"<!--") || strings.Contains(s, "first") != (text == "first\n") {
			t.Errorf("after %q: %s", text, s)
		}
	}
	if err := os.WriteFile(file, []byte("<!-- measured: gateway -->\nno end"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := loadtest.ReplaceSection(file, "x"); err == nil {
		t.Error("a mark without its end is no error")
	}
}
