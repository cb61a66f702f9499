//go:build !linux

package probe

import "runtime/debug"

// bound asks the runtime alone, as systems differ in what they bound.
func bound(memory int64) error {
	if memory > 0 {
		debug.SetMemoryLimit(memory)
	}
	return nil
}
