//go:build failpoints

package failpoint

import (
	"os"
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

// Sabotaged reports whether a protection is switched off.
func Sabotaged(s Sabotage) bool { return sabotages[s] }
