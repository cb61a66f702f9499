//go:build !failpoints

package failpoint

import "io"

// Enabled reports whether the binary was built with failpoints.
const Enabled = false

// Hit does nothing in a normal build.
func Hit(Point) {}

// FatalRead does nothing in a normal build.
func FatalRead(io.ReaderAt) {}

// Sabotaged is always false in a normal build.
func Sabotaged(Sabotage) bool { return false }
