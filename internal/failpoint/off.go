//go:build !failpoints

package failpoint

// Enabled reports whether the binary was built with failpoints.
const Enabled = false

// Hit does nothing in a normal build.
func Hit(Point) {}

// Sabotaged is always false in a normal build.
func Sabotaged(Sabotage) bool { return false }
