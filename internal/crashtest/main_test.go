//go:build linux

package crashtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"cargogate/internal/store/pgtest"
)

const (
	killsVariable  = "CRASH_KILLS"
	killsDefault   = 2
	binaryVariable = "CRASHTEST_BINARY" // of a test that runs in a process of its own
)

// built is the program, made when the first test asks for it.
var built struct {
	sync.Mutex
	dir  string
	path string
}

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// binary gives the program with failpoints.
func binary(t *testing.T) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if path := os.Getenv(binaryVariable); path != "" {
		return path
	}
	if built.path != "" {
		return built.path
	}
	dir, err := os.MkdirTemp("", "crashtest-")
	if err != nil {
		t.Fatal(err)
	}
	built.dir = dir
	path := filepath.Join(dir, "cargogate")
	cmd := exec.Command("go", "build", "-tags", "failpoints", "-o", path, "cargogate/cmd/cargogate")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	built.path = path
	return path
}

// kills is how often each failpoint is to kill on each store.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(killsVariable)
	if text == "" {
		return killsDefault
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number from 1 on", killsVariable, text)
	}
	return n
}
