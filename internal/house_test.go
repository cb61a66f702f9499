// Package internal_test holds the tests that hold the house together: who may import whom, that everything is
// documented, that cargo keeps no bare time, that no machine's paths are committed, and that the documents are true.
package internal_test

import (
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the README's tour from what the commands print")

// skipDirs are folders that hold nothing of ours that is committed.
var skipDirs = []string{".git", "node_modules", "bin", "dist"}

// repoRoot gives the folder that holds go.mod: this package lies one below it.
func repoRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return root
}

// walkFiles calls visit for every regular file below root that could be committed, with its slash path from root.
func walkFiles(t *testing.T, root string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a file of another package's running test
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(skipDirs, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A goFile is one parsed Go file of the repository.
type goFile struct {
	path string // slash path from the root
	dir  string // its folder, the same way
	test bool
	ast  *ast.File
}

// goFiles parses every Go file outside testdata. Build constraints do not matter: a rule holds for every platform.
func goFiles(t *testing.T, fset *token.FileSet, mode parser.Mode) []goFile {
	t.Helper()
	root := repoRoot(t)
	var files []goFile
	walkFiles(t, root, func(path string) {
		if !strings.HasSuffix(path, ".go") || strings.Contains("/"+path, "/testdata/") {
			return
		}
		f, err := parser.ParseFile(fset, filepath.Join(root, path), nil, mode)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		dir := "."
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			dir = path[:i]
		}
		files = append(files, goFile{path: path, dir: dir, test: strings.HasSuffix(path, "_test.go"), ast: f})
	})
	if len(files) == 0 {
		t.Fatal("no Go files found")
	}
	return files
}
