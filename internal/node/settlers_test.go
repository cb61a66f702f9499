package node

import (
	"testing"

	"cargogate/internal/config"
)

func TestSettlers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind              string
		connections, want int
	}{{"sqlite", 8, 1}, {"postgres", 4, 2}, {"postgres", 8, 4}, {"postgres", 50, 4}, {"postgres", 1, 1}} {
		if got := Settlers(&config.Store{Kind: c.kind, Connections: c.connections}); got != c.want {
			t.Errorf("%s with %d connections: %d, not %d", c.kind, c.connections, got, c.want)
		}
	}
}
