package contrl

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the goldens anew")

// goldens are the archives with a subject and the answer that it must get, or "none: why" where it gets none.
func goldens(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "edifact", "contrl", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	return files
}

// TestGoldens holds the answers against archives of subject.edi and want.contrl, one answer after the other, a
// segment a line. A subject is answered where it asks for it.
func TestGoldens(t *testing.T) {
	o := someOptions
	o.Line, o.Always = "\n", false
	for _, file := range goldens(t) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		part := func(name string) *txtar.File {
			i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
			if i < 0 {
				t.Fatalf("%s has no %s", file, name)
			}
			return &archive.Files[i]
		}
		subjects, findings := read(t, part("subject.edi").Data)
		var got strings.Builder
		for _, s := range subjects {
			if err := Wanted(s, o); err != nil {
				got.WriteString("none: " + err.Error() + "\n")
				continue
			}
			got.WriteString(writeAnswer(t, s, findings, o))
		}
		want := part("want.contrl")
		if *update {
			want.Data = []byte(got.String())
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(want.Data), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filepath.Base(file), diff)
		}
	}
}
