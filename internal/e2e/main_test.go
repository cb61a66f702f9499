// Package e2e_test runs the real program from outside, as its users do: `cargogate serve` as one process on SQLite, and as
// two on PostgreSQL and S3, reached by curl, by HTTPS and by folders, and administered by its own commands meanwhile.
//
// What comes out is read by programs of others: openssl, zstd, gzip, an EDIFACT reader from npm.
//
// With E2E_LONG=1 in the environment the same tests send many more messages.
package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"cargogate/internal/store/pgtest"
)

var (
	program string // path of the built program
	npmDir  = filepath.Join("..", "edifact", "contrl", "testdata", "npm")
)

// long is set for the long variant of the tests.
var long = os.Getenv("E2E_LONG") == "1"

// TestMain builds the program once, and fetches the independent reader where it is missing.
func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "cargogate-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "cargogate")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/cargogate")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the program does not build: %v\n%s", err, out)
		return 1
	}
	if _, err := os.Stat(filepath.Join(npmDir, "node_modules", "edifact", "package.json")); err != nil {
		if out, err := exec.Command("make", "-C", filepath.Join("..", ".."), "npm").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the independent EDIFACT reader cannot be installed (make npm: %v); tests against it will fail\n%s\n", err, out)
		}
	}
	return pgtest.Main(m)
}

// tool gives the path of another's program. Without it a test fails with CI=true, and else is skipped.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not installed: %v", name, err)
	default:
		t.Skipf("NOT TESTED: %s is not installed (%v); CI=true makes this a failure", name, err)
	}
	return path
}
