//go:build failpoints

package failpoint

import (
	"bytes"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Enabled reports whether the binary was built with failpoints.
const Enabled = true

var (
	armed     Point
	countdown atomic.Int64
	sabotages = map[Sabotage]bool{}
)

// CARGOGATE_FAILPOINT is "point" or "point:n"; the process is killed as the point is passed the n-th time.
func init() {
	if v := os.Getenv("CARGOGATE_FAILPOINT"); v != "" {
		_ = os.Unsetenv("CARGOGATE_FAILPOINT") // it is this process that is to die, and not one that it tries a message in
		name, n, found := strings.Cut(v, ":")
		armed = Point(name)
		countdown.Store(1)
		if found {
			if k, err := strconv.ParseInt(n, 10, 64); err == nil {
				countdown.Store(k)
			}
		}
	}
	for _, s := range strings.Split(os.Getenv("CARGOGATE_SABOTAGE"), ",") {
		if s != "" {
			sabotages[Sabotage(s)] = true
		}
	}
}

// Hit kills the process, without any clean-up, if p is armed and has been passed often enough.
func Hit(p Point) {
	if p == armed && countdown.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
}

// FatalRead overflows the stack if the message is marked, which no recover catches.
func FatalRead(message io.ReaderAt) {
	mark := os.Getenv(MarkVariable)
	if mark == "" {
		return
	}
	head := make([]byte, 64<<10)
	n, _ := message.ReadAt(head, 0) // a short message is whole
	if bytes.Contains(head[:n], []byte(mark)) {
		debug.SetMaxStack(1 << 20)
		deeper(0)
	}
}

func deeper(n int) int {
	if n < 0 {
		return n
	}
	return deeper(n+1) + n
}

// Sabotaged reports whether a protection is switched off.
func Sabotaged(s Sabotage) bool { return sabotages[s] }
