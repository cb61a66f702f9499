package sqlite

import (
	"sync"
	"time"
)

// A clock gives database time: the time of this process, which never goes back. When the wall clock is set back, time
// goes on at half its speed until the wall clock has caught up, so that leases still end.
type clock struct {
	now func() time.Time

	mu   sync.Mutex
	last time.Time // as given
	seen time.Time // as read, with the monotonic reading where there is one
}

func newClock(now func() time.Time) *clock {
	if now == nil {
		now = time.Now
	}
	return &clock{now: now}
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.now()
	wall := seen.UTC().Truncate(time.Microsecond)
	if !wall.After(c.last) {
		// Sub uses the monotonic reading where both have one: it is the time that really passed.
		if passed := seen.Sub(c.seen); passed > 0 {
			wall = c.last.Add(passed / 2).Truncate(time.Microsecond)
		} else {
			wall = c.last
		}
	}
	c.last, c.seen = wall, seen
	return wall
}
