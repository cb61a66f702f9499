package synth

import (
	"fmt"
	"testing"
)

func TestBalancedFilesAgree(t *testing.T) {
	n := 0
	for name, opts := range variants {
		if !opts.balanced() {
			continue
		}
		n++
		for seed := range uint64(5) {
			opts.Seed = seed
			src, _ := generate(t, opts)
			if found := runAudit(src); len(found) > 0 {
				t.Errorf("%s, seed %d: %d complaints, the first %v at %s", name, seed, len(found), found[0], excerpt(src, found[0].Offset))
			}
		}
	}
	if n == 0 {
		t.Fatal("no balanced variant")
	}
	// The plain file is the proof that the audit can complain.
	src, s := generate(t, variants["plain"])
	wrong := 0
	for _, f := range runAudit(src) {
		if f.Code == "CAR0006" {
			wrong++
		}
	}
	if wrong < s.Consignments*9/10 {
		t.Errorf("only %d of %d random mass totals are found wrong", wrong, s.Consignments)
	}
}

// excerpt shows what is at a place.
func excerpt(src []byte, off int64) string {
	return fmt.Sprintf("%q", src[max(0, int(off)-20):min(len(src), int(off)+30)])
}
