package storetest_test

import (
	"testing"
	"time"

	"cargogate/internal/store/storetest"
)

// inMemory opens a memory, as two nodes.
func inMemory(t storetest.T) storetest.Opened {
	m := newMemory()
	t.Cleanup(func() { _ = m.Close() })
	return storetest.Opened{Store: m, Second: m, Advance: func(d time.Duration) { m.elapsed.Add(int64(d)) }}
}

// TestMemory runs the suite on a store that has nothing but the rules.
func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, inMemory)
}

// TestMemoryWaiting runs it where time cannot be moved, and has to be waited for.
func TestMemoryWaiting(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t storetest.T) storetest.Opened {
		return storetest.Opened{Store: inMemory(t).Store}
	})
}
