package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var dataFolder = filepath.Join("..", "data")

// TestStale fails where the committed data files are not what the generator makes.
// Where the environment names the directories they are made again and compared byte
// by byte; elsewhere the manifest says whether somebody changed them by hand.
func TestStale(t *testing.T) {
	if err := verify(os.DirFS(dataFolder)); err != nil {
		t.Error(err)
	}
	src := os.Getenv(sourceVariable)
	if src == "" {
		return
	}
	files, _, err := generate(os.DirFS(src), strings.Split(committed, ","))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		have, err := os.ReadFile(filepath.Join(dataFolder, f.name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(have, f.data) {
			t.Errorf("%s is stale: run go generate", f.name)
		}
	}
}

// TestManifestInputs checks that all sixteen releases went in, each whole.
func TestManifestInputs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(dataFolder, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^[0-9a-f]{64}  (D\d\d[AB])/\S+$`).FindAllStringSubmatch(string(text), -1) {
		inputs[m[1]]++
	}
	if len(inputs) != 16 {
		t.Errorf("inputs from %d releases, want 16", len(inputs))
	}
	types := strings.Count(committed, ",") + 1
	for release, n := range inputs {
		// Segments, composites, elements and codes; D.95B to D.96B have codes in two files.
		want := types + 4
		if strings.HasPrefix(release, "D95") || strings.HasPrefix(release, "D96") {
			want++
		}
		if n != want {
			t.Errorf("%s: %d input files, want %d", release, n, want)
		}
	}
}

// TestVerify changes, removes and adds to a data set that was in order.
func TestVerify(t *testing.T) {
	build := func() fstest.MapFS {
		f := file{"codes.txt", []byte("3035 95B-18A CN\n")}
		m := manifest([]file{{"D95B/TRED.95B", []byte("text")}}, []file{f})
		return fstest.MapFS{f.name: {Data: f.data}, m.name: {Data: m.data}}
	}
	if err := verify(build()); err != nil {
		t.Errorf("a data set in order: %v", err)
	}
	faults := map[string]func(fstest.MapFS){
		"changed":         func(m fstest.MapFS) { m["codes.txt"] = &fstest.MapFile{Data: []byte("3035 95B-18A CA\n")} },
		"missing":         func(m fstest.MapFS) { delete(m, "codes.txt") },
		"without list":    func(m fstest.MapFS) { delete(m, manifestName) },
		"with empty list": func(m fstest.MapFS) { m[manifestName] = &fstest.MapFile{Data: []byte("# nothing\n")} },
	}
	for name, fault := range faults {
		fsys := build()
		fault(fsys)
		if err := verify(fs.FS(fsys)); err == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}
