package probe

import (
	"os"
	"runtime/debug"
	"syscall"
)

// bound keeps this process from using more memory. The limit is on what is mapped to be written: of addresses, the runtime
// reserves many more than it uses.
func bound(memory int64) error {
	if memory <= 0 {
		return nil
	}
	debug.SetMemoryLimit(memory / 4 * 3) // collect before it comes to that
	// Where the machine itself runs short, this process goes first.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // not everywhere
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: uint64(memory), Max: uint64(memory)})
}
