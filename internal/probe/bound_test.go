//go:build linux

package probe

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cargogate/internal/gateway"
)

// TestMemoryIsBounded: a reading that takes all memory ends its child, long before that of the machine is used up.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	head, original := trial(manifest)
	p := prober(t, "memory", func(o *Options) { o.Memory, o.Base = 256<<20, 5*time.Minute })
	if err := p(t.Context(), head, original); !errors.Is(err, gateway.ErrFatal) || !strings.Contains(err.Error(), "memory") && !strings.Contains(err.Error(), "allocate") {
		t.Error(err)
	}
}
