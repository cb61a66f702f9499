//go:build linux

package powerfs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// insideVariable names the test that runs in a process of its own.
const insideVariable = "POWERFS_INSIDE"

// Isolated runs a test that mounts in a process with a mount table of its own: whatever ends that process, a panic or a
// timeout among them, its mounts end with it. In that process it returns true, and the test goes on. In the first one
// it returns false when the other has ended, whose output and failure are the test's.
//
// Without /dev/fuse or the right to mount a test fails where CI is "true", and is skipped elsewhere.
func Isolated(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideVariable) == t.Name() {
		return true
	}
	if err := mayMount(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED: %v; CI=true makes this a failure", err)
	}
	args := []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.count=1"}
	if end, ok := t.Deadline(); ok {
		args = append(args, "-test.timeout="+max(time.Until(end)-2*time.Second, time.Second).String())
	}
	cmd := exec.Command(os.Args[0], args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), insideVariable+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	ended := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // Pdeathsig comes with the end of the thread
		ended <- cmd.Run()
	}()
	err := <-ended
	t.Logf("in a process of its own:\n%s", out.Bytes())
	if err == nil && !bytes.Contains(out.Bytes(), []byte("--- PASS: "+t.Name())) {
		err = fmt.Errorf("it did not run")
	}
	if err != nil {
		t.Fatalf("in a process of its own: %v", err)
	}
	return false
}

func mayMount() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("powerfs: only root may mount")
	}
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("powerfs: no FUSE: %w", err)
	}
	return f.Close()
}
