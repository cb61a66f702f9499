package cuscar

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the goldens from what the mapper does")

// A golden is one case: a comment, the input, and what is wanted of it.
type golden struct {
	name    string
	path    string
	archive *txtar.Archive
	input   []byte
}

// goldens reads testdata/edifact/cuscar/*.txtar. Line ends in input.edi are for people and are taken out, unless the
// case says "line breaks: kept" in its comment. Input that is not UTF-8 stands in a file beside the archive.
func goldens(tb testing.TB) []golden {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "edifact", "cuscar", "*.txtar"))
	if err != nil || len(paths) < 14 {
		tb.Fatalf("%d goldens, %v", len(paths), err)
	}
	var all []golden
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		g := golden{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: a}
		for _, f := range a.Files {
			if f.Name == "input.edi" {
				g.input = f.Data
				if !bytes.Contains(a.Comment, []byte("line breaks: kept")) {
					g.input = bytes.ReplaceAll(g.input, []byte("\n"), nil)
				}
			}
		}
		if g.input == nil {
			if g.input, err = os.ReadFile(strings.TrimSuffix(path, ".txtar") + ".edi"); err != nil {
				tb.Fatal(err)
			}
		}
		all = append(all, g)
	}
	return all
}

// want gives a section of the archive.
func (g *golden) want(name string) string {
	for _, f := range g.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func (g *golden) set(name, text string) {
	for i := range g.archive.Files {
		if g.archive.Files[i].Name == name {
			g.archive.Files[i].Data = []byte(text)
			return
		}
	}
	g.archive.Files = append(g.archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

// findingLines writes findings for people: code, severity, place, pointer, value and arguments.
func findingLines(r *result) string {
	var b strings.Builder
	for _, f := range r.findings {
		severity := f.Severity
		if severity == 0 {
			severity = f.Code.Severity()
		}
		fmt.Fprintf(&b, "%s %s %d+%d segment %d %s %q", f.Code, severity, f.Pos.Offset, f.Pos.Length, f.Pos.Segment, f.Pointer, f.Value)
		for _, a := range f.Args {
			fmt.Fprintf(&b, " %s=%q", a.Name, a.Value)
		}
		for _, p := range f.Related {
			fmt.Fprintf(&b, " related %d+%d", p.Offset, p.Length)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func recordLines(r *result) string {
	var b strings.Builder
	for _, line := range r.records {
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			res := read(t, g.name+".edi", g.input)
			if res.mapped+res.strange != res.segments {
				t.Errorf("%d segments mapped and %d not, of %d", res.mapped, res.strange, res.segments)
			}
			findings, records := findingLines(res), recordLines(res)
			if *update {
				g.set("want.findings", findings)
				g.set("want.ndjson", records)
				if err := os.WriteFile(g.path, txtar.Format(g.archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(g.want("want.findings"), findings); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(g.want("want.ndjson"), records); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}
