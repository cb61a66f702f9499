package gateway

import (
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
)

func TestRegistration(t *testing.T) {
	at := time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)
	seen := map[string]bool{}
	for _, c := range []struct {
		mode    cargo.Traffic
		order   Order
		ordinal int64
		prefix  string
	}{
		{cargo.TrafficLive, Order{1234567, 1}, 12, "26L0001234567-0001-00012-"},
		{cargo.TrafficLive, Order{1234567, 1}, 0, "26L0001234567-0001-"},
		{cargo.TrafficTest, Order{1234567, 1}, 12, "26T0001234567-0001-00012-"},
		{cargo.TrafficLive, Order{98765432101, 123456}, 1234567, "26L98765432101-123456-1234567-"},
	} {
		got := RegistrationOf(at, c.mode, c.order, c.ordinal)
		if !strings.HasPrefix(got, c.prefix) || len(got) != len(c.prefix)+1 || !ValidRegistration(got) || seen[got] {
			t.Errorf("%q, want %s and a check character", got, c.prefix)
		}
		seen[got] = true
		// A wrong character is always noticed, two neighbours swapped nearly always.
		swaps, missed := 0, 0
		for i := range got {
			for _, r := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
				if wrong := got[:i] + string(r) + got[i+1:]; wrong != got && ValidRegistration(wrong) {
					t.Errorf("%q is valid beside %q", wrong, got)
				}
			}
			if i > 0 && got[i] != got[i-1] {
				swaps++
				if wrong := got[:i-1] + string(got[i]) + string(got[i-1]) + got[i+1:]; ValidRegistration(wrong) {
					missed++
				}
			}
		}
		if 4*missed > swaps {
			t.Errorf("%s: %d of %d swaps go unnoticed", got, missed, swaps)
		}
	}
	for _, wrong := range []string{"", "-", "26L-1-A", "K", "26L0001234567", "26X0001234567-0001-0", strings.Repeat("9", 100)} {
		if ValidRegistration(wrong) {
			t.Errorf("%q is valid", wrong)
		}
	}
	// ISO 7064 gives "A12425GABC1234002" the check character M.
	if c := checkCharacter("A12425GABC1234002"); c != 'M' {
		t.Errorf("check character %c", c)
	}
}
