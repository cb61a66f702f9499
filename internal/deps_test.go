package internal_test

import (
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "cargogate"

// A rule says what the non-test files of one package may import. Test files may import more, because Go itself
// forbids their cycles; where even they may not, tests says so.
type rule struct {
	pkg     string   // folder from the root
	uses    []string // packages of ours, and with them all that those may use; "*" is all of them
	modules []string // other people's modules; and "unsafe", which nothing has without a word on it here
	not     []string // packages of the standard library, and what lies below them, that it may not import
	tests   bool     // the rule holds for its test files too, for packages of ours
	why     string
}

// rules is the layout: docs/adr/0001-layout-and-import-rules.md gives the reason for the whole. What is not allowed
// here is forbidden. Syntax knows nothing of meaning, meaning nothing of transport, and siblings nothing of another.
var rules = []rule{
	{pkg: "internal", why: "only tests stand here"},
	{pkg: "internal/diag",
		why: "everything reports findings, so diag stands below everything and brings nothing with it"},
	{pkg: "internal/diag/internal/gencodes",
		why: "a generator must run before what it generates compiles"},
	{pkg: "internal/edi", uses: []string{"internal/diag"}, not: []string{"os", "net", "time"},
		why: "one lexer serves EDIFACT and X12: it sees delimiters and bytes, never a message"},
	{pkg: "internal/refdata", not: []string{"net"},
		why: "code lists of the world are data: they know no message, and work without a network"},
	{pkg: "internal/refdata/genrefdata",
		why: "a generator must run before what it generates compiles"},
	{pkg: "internal/cargo", uses: []string{"internal/diag", "internal/refdata"}, not: []string{"os", "net"},
		why: "the canonical model is the same whatever format the cargo came in"},
	// unsafe: strings that share a block of memory which is never written again, so that a value costs no allocation.
	{pkg: "internal/edifact", uses: []string{"internal/edi", "internal/diag"},
		modules: []string{"golang.org/x/text", "unsafe"}, not: []string{"os", "net"},
		why: "syntax and meaning are separate: the envelope is read without knowing what a consignment is"},
	{pkg: "internal/edifact/directory", uses: []string{"internal/edifact"}, not: []string{"net"},
		why: "the tables say how a message is built, not what it means"},
	{pkg: "internal/edifact/directory/gendirectory", modules: []string{"golang.org/x/text"},
		why: "a generator must run before what it generates compiles"},
	{pkg: "internal/validate", uses: []string{"internal/cargo", "internal/refdata", "internal/diag"},
		not: []string{"os", "net", "io/fs"},
		why: "business rules are pure functions over cargo, the same for every format: no I/O, no clock"},
	{pkg: "internal/scoring", uses: []string{"internal/cargo", "internal/refdata"}, not: []string{"os", "net", "time"},
		why: "a score follows from the consignment and what is handed over beside it: no store, no clock, no network"},
	{pkg: "internal/edifact/cuscar",
		uses: []string{"internal/edifact/directory", "internal/cargo", "internal/refdata", "internal/validate"}, not: []string{"os", "net"},
		why: "one package a message: it maps segments to cargo, applies the rules while places are at hand, and knows no sibling message"},
	{pkg: "internal/edifact/contrl", uses: []string{"internal/edifact"}, not: []string{"os", "net"},
		why: "CONTRL speaks of syntax only: it is written from findings, never from cargo"},
	{pkg: "internal/edifact/cusres", uses: []string{"internal/edifact"}, not: []string{"os", "net"},
		why: "CUSRES says what was decided: it is written from a decision, and knows no sibling message"},
	{pkg: "internal/intake", modules: []string{"golang.org/x/text"}, not: []string{"net"},
		uses: []string{"internal/edifact/cuscar", "internal/edifact/contrl", "internal/validate"},
		why:  "reads one original: it joins syntax, meaning and rules, and stands below every transport"},
	{pkg: "internal/synth", uses: []string{"internal/refdata"}, tests: true,
		why: "test traffic is an oracle: if it read with our parser it would share our mistakes"},
	{pkg: "internal/synth/voyage", uses: []string{"internal/synth"}, not: []string{"net"},
		why: "traffic of a whole port is written without our encoder, and its faults are those of the injector"},
	{pkg: "internal/render", uses: []string{"internal/intake"}, not: []string{"os", "net"},
		why: "writes what reading came to, wherever it goes: command line now, HTTP later"},
	{pkg: "internal/assess", uses: []string{"internal/intake", "internal/scoring"}, not: []string{"os", "net", "time"},
		why: "scores files with what they say of one another: nothing is on file"},
	{pkg: "internal/failpoint",
		why: "every layer marks where a crash hurts, so it stands below everything"},
	{pkg: "internal/durable", uses: []string{"internal/failpoint"}, not: []string{"net"},
		why: "what is on disk after a power loss is decided in one place"},
	{pkg: "internal/durable/lossy", uses: []string{"internal/durable"}, not: []string{"net"},
		why: "a disk that forgets, for tests"},
	{pkg: "internal/blob", not: []string{"os", "net"},
		why: "the port of originals: bytes under keys, wherever they are"},
	{pkg: "internal/blob/fs", uses: []string{"internal/blob", "internal/durable"}, not: []string{"net"},
		why: "originals in a folder"},
	{pkg: "internal/blob/s3", uses: []string{"internal/blob", "internal/durable"},
		modules: []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		why:     "originals in S3, and the only place that knows the SDK"},
	{pkg: "internal/blob/blobtest", uses: []string{"internal/blob"},
		why: "the suite of every store of originals knows only the port"},
	{pkg: "internal/partner", uses: []string{"internal/cargo", "internal/diag"}, modules: []string{"github.com/google/uuid"}, not: []string{"net", "os"},
		why: "who may do what is decided without knowing over what it was asked"},
	{pkg: "internal/audit", modules: []string{"github.com/google/uuid"}, not: []string{"net"},
		why: "the log of acts knows ids and digests, and nothing of what they stand for"},
	{pkg: "internal/outbox", uses: []string{"internal/partner"}, modules: []string{"github.com/google/uuid"}, not: []string{"net", "os"},
		why: "what has to go out, however it goes"},
	{pkg: "internal/transport", uses: []string{"internal/cargo", "internal/partner"}, modules: []string{"github.com/google/uuid"}, not: []string{"net", "os"},
		why: "what a transport hands over is the same for all of them"},
	{pkg: "internal/transport/transporttest", uses: []string{"internal/transport"}, modules: []string{"github.com/google/uuid"},
		why: "the suite of every transport knows only the port"},
	{pkg: "internal/transport/folder", uses: []string{"internal/transport", "internal/failpoint", "internal/durable"},
		why: "a transport knows no sibling and no gateway"},
	{pkg: "internal/caseq", uses: []string{"internal/partner", "internal/scoring"}, modules: []string{"github.com/google/uuid"}, not: []string{"os", "net"},
		why: "what a case may become is the same whoever asks and wherever it is kept: no store, no clock"},
	{pkg: "internal/gateway",
		uses:    []string{"internal/audit", "internal/blob", "internal/caseq", "internal/edifact/cusres", "internal/scoring", "internal/failpoint", "internal/intake", "internal/outbox", "internal/render", "internal/transport"},
		modules: []string{"github.com/google/uuid", "github.com/klauspost/compress", "github.com/prometheus/client_golang"},
		not:     []string{"net", "database/sql"},
		why:     "the six steps see databases, originals and transports through ports alone"},
	{pkg: "internal/transport/https", uses: []string{"internal/gateway"},
		modules: []string{"github.com/danielgtaylor/huma/v2", "github.com/google/uuid", "github.com/klauspost/compress", "github.com/prometheus/client_golang"},
		why:     "the API shows what the gateway gives: it reads no database"},
	{pkg: "internal/store/storetest", uses: []string{"internal/gateway"}, modules: []string{"github.com/google/uuid", "github.com/google/go-cmp", "pgregory.net/rapid"},
		why: "the suite of every database knows only the port"},
	{pkg: "internal/store/sqlite", uses: []string{"internal/gateway", "internal/durable"},
		modules: []string{"modernc.org/sqlite", "github.com/pressly/goose/v3", "github.com/google/uuid"},
		why:     "one dialect, behind the port"},
	{pkg: "internal/store/pgtest",
		modules: []string{"github.com/jackc/pgx/v5"},
		why:     "a PostgreSQL of the tests' own"},
	{pkg: "internal/store/postgres", uses: []string{"internal/gateway"},
		modules: []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3", "github.com/google/uuid"},
		why:     "one dialect, behind the port"},
	{pkg: "internal/jobs", uses: []string{"internal/gateway"},
		modules: []string{"github.com/riverqueue/river", "github.com/jackc/pgx/v5", "modernc.org/sqlite", "github.com/google/uuid"},
		why:     "River, and nothing but River: rows of the gateway are the truth"},
	{pkg: "internal/probe", uses: []string{"internal/gateway"}, not: []string{"net"},
		why: "one message, read apart: no database, no connection"},
	{pkg: "internal/config", modules: []string{"github.com/goccy/go-yaml"},
		why: "a file is read and checked without opening what it names"},
	{pkg: "internal/backup", uses: []string{"internal/blob"}, not: []string{"net"},
		why: "a backup is files and digests, whatever they hold"},
	{pkg: "internal/evaluate", uses: []string{"internal/assess", "internal/gateway", "internal/synth/voyage"}, not: []string{"net"},
		why: "compares scores with the truth, which nothing else reads"},
	{pkg: "internal/downstream", uses: []string{"internal/gateway", "internal/durable"}, modules: []string{"github.com/prometheus/client_golang"},
		not: []string{"database/sql"},
		why: "brings events to other systems: it knows the feed of events, not what they tell of"},
	{pkg: "internal/console", uses: []string{"internal/gateway"}, modules: []string{"github.com/a-h/templ", "github.com/google/uuid"},
		not: []string{"database/sql"},
		why: "pages show what the gateway gives: they read no database and no configuration"},
	{pkg: "internal/node", uses: []string{"*"}, modules: []string{"github.com/google/uuid", "github.com/prometheus/client_golang"},
		why: "joins what a configuration names; below it nothing knows the whole"},
	{pkg: "internal/demo", uses: []string{"internal/node", "internal/synth/voyage"},
		why: "a gateway as anybody runs one, with traffic that comes as anybody's does"},
	{pkg: "internal/crashtest/powerfs", modules: []string{"github.com/hanwen/go-fuse/v2", "modernc.org/sqlite"}, not: []string{"net"},
		why: "a disk that loses power, mounted: it knows nothing of who writes on it"},
	{pkg: "internal/crashtest", uses: []string{"*"}, modules: []string{"github.com/jackc/pgx/v5", "modernc.org/sqlite"},
		why: "kills the program and looks into its database from outside"},
	{pkg: "internal/e2e", uses: []string{"*"}, why: "only tests stand here"},
	{pkg: "internal/faulttest", uses: []string{"*"}, why: "only tests stand here"},
	{pkg: "internal/loadtest", uses: []string{"*"},
		modules: []string{"github.com/google/uuid", "github.com/jackc/pgx/v5", "modernc.org/sqlite", "github.com/klauspost/compress", "github.com/prometheus/client_golang"},
		why:     "measures the gateway beside its limits, which are raw drivers"},
	{pkg: "internal/loadtest/measure", uses: []string{"*"}, modules: []string{"github.com/jackc/pgx/v5"},
		why: "runs the measurements and writes them down"},
	{pkg: "internal/corpus", uses: []string{"internal/intake"},
		why: "runs what a user would run, over a folder"},
	{pkg: "internal/bench", uses: []string{"*"},
		why: "measures every layer beside its limit"},
	{pkg: "cmd/cargogate", uses: []string{"*"},
		modules: []string{"github.com/alecthomas/kong", "golang.org/x/term"},
		why:     "wiring and flags only: nothing imports it"},
}

// testModules are for test files alone; a module of ours that needs one to run has chosen it in its rule.
var testModules = []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "pgregory.net/rapid", "github.com/google/uuid",
	"github.com/johannesboyne/gofakes3", "github.com/hanwen/go-fuse/v2", "github.com/chromedp/chromedp", "github.com/chromedp/cdproto",
	"github.com/standard-webhooks/standard-webhooks/libraries"}

func ruleFor(pkg string) *rule {
	for i := range rules {
		if rules[i].pkg == pkg {
			return &rules[i]
		}
	}
	return nil
}

// mayUse follows the uses of a rule: what a package may use, its users may use too.
func (r *rule) mayUse(pkg string) bool {
	for _, u := range r.uses {
		if u == pkg || u == "*" {
			return true
		}
		if next := ruleFor(u); next != nil && next.mayUse(pkg) {
			return true
		}
	}
	return false
}

func under(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return path == root || strings.HasPrefix(path, root+"/")
	})
}

// forbids gives the reason why a file of the rule's package may not import path, "" where it may.
func (r *rule) forbids(path string, test bool) string {
	ours, internal := strings.CutPrefix(path, module+"/")
	first, _, _ := strings.Cut(path, "/")
	switch {
	case path == "C":
		return "everything builds without cgo"
	case path == "unsafe" && !slices.Contains(r.modules, path):
		return "unsafe has to be argued for in the package's rule"
	case internal && strings.HasPrefix(ours, "cmd/"):
		return "nothing imports a command"
	case internal && (ours == r.pkg || r.mayUse(ours)):
		return ""
	case internal && test && !r.tests:
		return ""
	case internal:
		return r.why
	case strings.Contains(first, "."):
		if under(path, r.modules) || test && under(path, testModules) {
			return ""
		}
		return "the module is not in the package's rule; a new dependency has to be argued for"
	case !test && under(path, r.not):
		return r.why
	}
	return ""
}

// TestImports holds every package to its rule, and every package to having one.
func TestImports(t *testing.T) {
	fset := token.NewFileSet()
	missing := map[string]bool{}
	for _, f := range goFiles(t, fset, parser.ImportsOnly) {
		if under(f.dir, []string{"tools", "e2e"}) {
			continue // a module of its own
		}
		r := ruleFor(f.dir)
		if r == nil {
			if !missing[f.dir] {
				missing[f.dir] = true
				t.Errorf("package %s has no rule: add it to the table in internal/deps_test.go", f.dir)
			}
			continue
		}
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := r.forbids(path, f.test); why != "" {
				t.Errorf("%s must not import %s: %s", f.path, path, why)
			}
		}
	}
}

// TestRules tests the rules themselves: that they are well formed, free of cycles, and forbid what they should.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for i := range rules {
		r := &rules[i]
		if seen[r.pkg] {
			t.Errorf("%s has two rules", r.pkg)
		}
		seen[r.pkg] = true
		if r.why == "" {
			t.Errorf("%s: a rule needs its reason", r.pkg)
		}
		for _, u := range r.uses {
			// A rule may use only what stands above it, so the table is its own proof that there is no cycle.
			if u != "*" && !seen[u] {
				t.Errorf("%s uses %s, which has no rule above it", r.pkg, u)
			}
		}
	}
	for _, tt := range []struct {
		pkg, imports string
		test, ok     bool
	}{
		{"internal/diag", "cargogate/internal/edi", false, false},
		{"internal/edi", "cargogate/internal/diag", false, true},
		{"internal/edifact", "cargogate/internal/cargo", false, false},
		{"internal/edifact", "golang.org/x/text/encoding", false, true},
		{"internal/edifact/cuscar", "cargogate/internal/edi", false, true},
		{"internal/edifact/cuscar", "cargogate/internal/edifact/contrl", false, false},
		{"internal/edifact/contrl", "cargogate/internal/cargo", false, false},
		{"internal/validate", "cargogate/internal/edifact", false, false},
		{"internal/validate", "os", false, false},
		{"internal/validate", "slices", false, true},
		{"internal/cargo", "pgregory.net/rapid", true, true},
		{"internal/cargo", "pgregory.net/rapid", false, false},
		{"internal/cargo", "net/http", false, false},
		{"internal/synth", "cargogate/internal/edi", true, false},
		{"internal/intake", "cargogate/internal/synth", true, true},
		{"internal/intake", "cargogate/internal/synth", false, false},
		{"internal/intake", "cargogate/cmd/cargogate", true, false},
		{"internal/edi", "unsafe", false, false},
		{"internal/edifact", "unsafe", false, true},
		{"internal/edifact", "C", false, false},
		{"cmd/cargogate", "cargogate/internal/validate", false, true},
		{"cmd/cargogate", "github.com/spf13/cobra", false, false},
	} {
		if why := ruleFor(tt.pkg).forbids(tt.imports, tt.test); (why == "") != tt.ok {
			t.Errorf("%s imports %s (test file: %v): allowed = %v, want %v", tt.pkg, tt.imports, tt.test, why == "", tt.ok)
		}
	}
}
