//go:build linux

// Package faulttest_test shows what a gateway does when things happen in another order, or go wrong around it: every
// order of settling comes to the same, nothing is missed by who follows events, and a full disk, a database or a store
// of originals that is gone, a slow disk, a clock that jumps, slow senders and very many of them get clear answers, with
// recovery by itself and without loss of what was acknowledged. The sender's own log of answers is the oracle.
//
// CARGOGATE_FAULTTEST=long runs the same code with more orders, longer outages and more load.
package faulttest_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"cargogate/internal/store/pgtest"
)

// long reports whether the longer variant is wanted.
var long = os.Getenv("CARGOGATE_FAULTTEST") == "long"

// either gives one value for every day, and another for the longer variant.
func either[T any](short, longer T) T {
	if long {
		return longer
	}
	return short
}

func TestMain(m *testing.M) {
	flag.Parse()
	// Most of these tests wait for time to pass: as many as there are processors would take minutes.
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := pgtest.Main(m)
	if err := program.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// program is the real binary, built when the first test asks for it. A test that runs in a process of its own finds it by
// a variable.
var program binary

const programVariable = "FAULTTEST_PROGRAM"

type binary struct {
	once sync.Once
	dir  string
	err  error
}

func (b *binary) path(t testing.TB) string {
	t.Helper()
	if path := os.Getenv(programVariable); path != "" {
		return path
	}
	b.once.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "cargogate-faulttest-"); b.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", filepath.Join(b.dir, "cargogate"), "cargogate/cmd/cargogate")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return filepath.Join(b.dir, "cargogate")
}

// share makes the binary known to processes that tests run in.
func (b *binary) share(t testing.TB) {
	t.Helper()
	must(t, os.Setenv(programVariable, b.path(t)))
}

func (b *binary) remove() error {
	if b.dir == "" {
		return nil
	}
	return os.RemoveAll(b.dir)
}

// must ends a test on an error that is no subject of it.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// errNotYet is why a wait goes on.
var errNotYet = errors.New("not yet")
