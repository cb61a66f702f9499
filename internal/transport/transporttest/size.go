//go:build !race

package transporttest

// largeSize is what bounded memory is shown with.
const largeSize = 256 << 20
