package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// link finds the target of a Markdown link, without its title or fragment.
var link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

// named finds files and folders of ours that a text names in back quotes: `internal/diag/codes.json`.
var named = regexp.MustCompile("`((?:cmd|docs|internal|scripts|testdata|tools|\\.ci)/[A-Za-z0-9_./-]*)`")

// TestDocumentLinks holds the documents to what exists: every relative link and every path in back quotes leads
// somewhere.
func TestDocumentLinks(t *testing.T) {
	root := repoRoot(t)
	links := 0
	walkFiles(t, root, func(path string) {
		if filepath.Ext(path) != ".md" || strings.Contains("/"+path, "/testdata/") {
			return
		}
		b, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
			return
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
		for _, m := range named.FindAllStringSubmatch(string(b), -1) {
			links++
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", path, m[1])
			}
		}
	})
	if links == 0 {
		t.Error("no link found")
	}
}
