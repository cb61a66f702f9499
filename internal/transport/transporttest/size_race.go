//go:build race

package transporttest

// largeSize is less under the race detector, which makes hashing a hundred times slower.
const largeSize = 48 << 20
