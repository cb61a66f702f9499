package internal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What is looked for is built from pieces, so that this file does not hold it either.
var (
	// A path of somebody's machine; what stands before tells it from a part of a longer path.
	machinePath = regexp.MustCompile(`(?:^|[^A-Za-z0-9_.-])(/(?:` + strings.Join([]string{"work", "root"}, "|") + `)/` +
		`|/(?:home|Users)/[A-Za-z0-9_]+/|[Cc]:\\[A-Za-z])`)
	// A temporary folder is a machine's own too; tests alone may speak of it.
	temporaryPath = regexp.MustCompile(`(?:^|[^A-Za-z0-9_.-])(/(?:var/)?` + "tmp" + `/)`)
	// Where packages come from is the business of whoever builds.
	registryHost = regexp.MustCompile(strings.Join([]string{
		`(?:proxy|sum|index)\.` + `golang\.org`, `registry\.` + `(?:npmjs\.org|yarnpkg\.com)`,
		`(?:deb|security|ftp)\.` + `debian\.org`, `files\.` + `pythonhosted\.org`, `pypi\.` + `org`,
	}, "|"))
)

// TestNoMachinePaths keeps out of the repository what is true on one machine only.
func TestNoMachinePaths(t *testing.T) {
	root := repoRoot(t)
	beside := filepath.Dir(root) + string(filepath.Separator)
	files := 0
	walkFiles(t, root, func(path string) {
		switch filepath.Ext(path) {
		case ".test", ".out", ".prof": // ignored by git
			return
		}
		b, err := os.ReadFile(filepath.Join(root, path))
		if errors.Is(err, fs.ErrNotExist) {
			return // a file of another package's running test
		}
		if err != nil {
			t.Error(err)
			return
		}
		files++
		text := string(b)
		for _, found := range machineWords(path, text) {
			t.Errorf("%s holds %q", path, found)
		}
		// Whatever this machine is called, the folder that holds the repository is its own.
		if len(beside) > 2 && strings.Contains(text, beside) {
			t.Errorf("%s holds the path of this repository's parent folder", path)
		}
	})
	if files == 0 {
		t.Error("no file read")
	}
}

// machineWords lists the machine paths and registry hosts in the text of the file at path.
func machineWords(path, text string) []string {
	var found []string
	for _, m := range machinePath.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	if !strings.HasSuffix(path, "_test.go") && !strings.Contains("/"+path, "/testdata/") {
		for _, m := range temporaryPath.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
	}
	return append(found, registryHost.FindAllString(text, -1)...)
}

// TestMachineWords tests the check itself, again with words made of pieces.
func TestMachineWords(t *testing.T) {
	for _, tt := range []struct {
		path, text string
		want       int
	}{
		{"a.md", "cd /" + "work/main", 1},
		{"a.md", `"/` + `root/.cache"`, 1},
		{"a.go", "// see file:///" + "home/jo/x", 1},
		{"a.md", "C" + `:\Data`, 1},
		{"a.md", "/" + "tmp/x and /var/" + "tmp/y", 2},
		{"a_test.go", "/" + "tmp/x", 0},
		{"package-lock.json", `"resolved": "https://registry.` + `npmjs.org/edifact"`, 1},
		{"a.md", "proxy." + "golang.org", 1},
		{"a.md", "https://example.com/" + "work/item and ../" + "work/x", 0},
		{"a.edi", "FTX+AAI+++ROUTE C" + ":\n", 0},
		{"a.md", "a network, a root/leaf, at home/away", 0},
	} {
		if got := machineWords(tt.path, tt.text); len(got) != tt.want {
			t.Errorf("%s %q: found %q, want %d", tt.path, tt.text, got, tt.want)
		}
	}
}
