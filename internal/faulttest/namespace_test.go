//go:build linux

package faulttest_test

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
)

// A namespace is a mount table of its own, in which a test may mount and start programs. It belongs to one thread, on
// which all that is done in it runs, and ends with that thread and those programs, whatever ends them: no mount is left.
type namespace struct {
	work chan func()
}

// newNamespace makes one. Without the right to it a test fails where CI is "true", and is skipped elsewhere.
func newNamespace(t *testing.T) *namespace {
	t.Helper()
	n := &namespace{work: make(chan func())}
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := syscall.Unshare(syscall.CLONE_NEWNS)
		if err == nil {
			err = syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
		}
		made <- err
		for f := range n.work {
			f()
		}
	}()
	err := <-made
	t.Cleanup(func() { close(n.work) })
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("no mounts: %v", err)
	default:
		t.Skipf("NOT TESTED: no mounts: %v; CI=true makes this a failure", err)
	}
	return n
}

// do runs f in the namespace.
func (n *namespace) do(f func() error) error {
	if n == nil {
		return f()
	}
	done := make(chan error)
	n.work <- func() { done <- f() }
	return <-done
}

// tmpfs mounts a memory disk of so many bytes.
func (n *namespace) tmpfs(t *testing.T, dir string, size int) {
	t.Helper()
	must(t, n.do(func() error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)) }))
}
