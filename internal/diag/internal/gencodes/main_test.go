package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// diagDir is the folder of package diag.
var diagDir = filepath.Join("..", "..")

// TestFresh fails when codes_gen.go is not what codes.json gives.
func TestFresh(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(diagDir, sourceFile))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parse(src)
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(rows)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(diagDir, outputFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: run go generate ./internal/diag", outputFile)
	}
}

// TestRun writes the file in the folder it is started in, as go generate does.
func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := run(); err == nil {
		t.Error("no error without codes.json")
	}
	src := `[{"code":"TST0002","name":"Second","severity":"note","scope":"item"},
		{"code":"TST0001","name":"First","severity":"error","scope":"group","contrl_v3":31,"contrl_v4":18,"args":["found"]}]`
	if err := os.WriteFile(sourceFile, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(outputFile)
	if err != nil {
		t.Fatal(err)
	}
	first, second := strings.Index(string(out), `{Code: First, Name: "First", Severity: Error, Scope: ScopeGroup, contrlV3: 31, contrlV4: 18, Args: []string{"found"}}`),
		strings.Index(string(out), `{Code: Second, Name: "Second", Severity: Note, Scope: ScopeItem}`)
	if first < 0 || second < first {
		t.Errorf("rows at %d and %d in\n%s", first, second, out)
	}
}

func TestParseRefuses(t *testing.T) {
	const good = `{"code":"TST0001","name":"First","severity":"error","scope":"item","contrl_v3":12,"contrl_v4":12,"args":["found"]}`
	if _, err := parse([]byte("[" + good + "]")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new string }{
		{"code form", "TST0001", "TST1"},
		{"lower case code", "TST0001", "tst0001"},
		{"name not exported", "First", "first"},
		{"severity", `"error"`, `"fatal"`},
		{"scope", `"item"`, `"file"`},
		{"value not in the list of syntax 3", `"contrl_v3":12`, `"contrl_v3":45`},
		{"value not in the list of syntax 4", `"contrl_v4":12`, `"contrl_v4":19`},
		{"value in one list only", `"contrl_v4":12`, `"contrl_v4":0`},
		{"argument form", `["found"]`, `["Found"]`},
		{"argument twice", `["found"]`, `["found","found"]`},
		{"unknown field", `"scope"`, `"rejects":"item","scope"`},
		{"more after the list", `]}`, `]}] [`},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%s: nothing replaced", c.name)
		}
		if _, err := parse([]byte("[" + bad + "]")); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
	for name, second := range map[string]string{
		"code twice": strings.Replace(good, "First", "Second", 1),
		"name twice": strings.Replace(good, "TST0001", "TST0002", 1),
	} {
		if _, err := parse([]byte("[" + good + "," + second + "]")); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
