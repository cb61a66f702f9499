package internal_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tourPart is one command of the README's tour with what it prints, between markers that a reader does not see:
//
//	<!-- tour:check -->
//	```console
//	$ bin/cargogate check testdata/example/manifest.edi
//	…
//	```
//	<!-- /tour -->
var tourPart = regexp.MustCompile("(?s)<!-- tour:([a-z-]+) -->\n```console\n\\$ ([^\n]*)\n(.*?)```\n<!-- /tour -->")

// tourCommands are the commands that the tour has to show, so that none is lost from it by accident.
var tourCommands = []string{"check", "check-broken", "convert", "ack", "fmt", "show", "explain"}

// TestReadmeTour runs the tour's commands and compares: a README whose output is not the program's is a false
// promise. go test ./internal -run ReadmeTour -update rewrites it.
func TestReadmeTour(t *testing.T) {
	root := repoRoot(t)
	file := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	program := buildProgram(t, root)
	seen := map[string]bool{}
	updated := tourPart.ReplaceAllFunc(readme, func(part []byte) []byte {
		m := tourPart.FindSubmatch(part)
		name, command, want := string(m[1]), string(m[2]), string(m[3])
		seen[name] = true
		got := runTour(t, root, program, command)
		if got != want && !*update {
			t.Errorf("tour %s: %s prints\n%s\nbut the README says\n%s", name, command, got, want)
		}
		return []byte("<!-- tour:" + name + " -->\n```console\n$ " + command + "\n" + got + "```\n<!-- /tour -->")
	})
	for _, name := range tourCommands {
		if !seen[name] {
			t.Errorf("the README's tour lacks %s", name)
		}
	}
	if n := bytes.Count(readme, []byte("<!-- tour:")); n != len(seen) {
		t.Errorf("%d tour markers, but %d well-formed parts", n, len(seen))
	}
	if *update && !t.Failed() && !bytes.Equal(readme, updated) {
		if err := os.WriteFile(file, updated, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// buildProgram builds cargogate as `make build` does and gives its path. It looks at every file first: go test sees
// what a test looks at, and so runs this one again when the program has changed, which it does not import.
func buildProgram(t *testing.T, root string) string {
	t.Helper()
	walkFiles(t, root, func(path string) {
		if _, err := os.Stat(filepath.Join(root, path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
	program := filepath.Join(t.TempDir(), "cargogate")
	cmd := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/cargogate")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// runTour runs one command line as a reader would, in the repository's root, and gives what a terminal would show.
// The exit status follows where it is not zero.
func runTour(t *testing.T, root, program, command string) string {
	t.Helper()
	const shown = "bin/cargogate "
	if !strings.HasPrefix(command, shown) {
		t.Errorf("tour command %q does not begin with %q", command, shown)
		return ""
	}
	cmd := exec.Command("bash", "-o", "pipefail", "-c", `"$CARGOGATE" `+strings.TrimPrefix(command, shown))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CARGOGATE="+program, "LC_ALL=C.UTF-8", "COLUMNS=100", "NO_COLOR=1",
		"SOURCE_DATE_EPOCH=1795514400") // 2026-11-24, 10:00: the hour at which answers are written
	out, err := cmd.CombinedOutput()
	text := string(out)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		text += exit.Error() + "\n"
	} else if err != nil {
		t.Errorf("%s: %v", command, err)
	}
	return text
}
