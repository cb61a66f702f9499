package cargo

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(decimals(), 0, 12).Draw(t, "terms")
		var s Sum
		want := new(big.Rat)
		for _, d := range terms {
			s.Add(DecimalOf(d))
			s.Add(OptDecimal{})
			want.Add(want, rat(d))
		}
		got, exact := s.Value()
		if len(terms) == 0 {
			if got.OK || !exact {
				t.Fatalf("an empty sum is %v, exact %t", got, exact)
			}
			return
		}
		if exact != fits(want) {
			t.Fatalf("%v: exact %t, want %s", terms, exact, want.RatString())
		}
		switch {
		case exact:
			if !got.OK || rat(got.D).Cmp(want) != 0 {
				t.Fatalf("%v: %v, want %s", terms, got, want.RatString())
			}
		case got.OK:
			off := new(big.Rat).Sub(rat(got.D), want)
			if off.Abs(off).Cmp(big.NewRat(1, 2_000_000_000)) > 0 {
				t.Fatalf("%v: %s is too far from %s", terms, got.D, want.FloatString(20))
			}
		default:
			if limit := big.NewRat(999_999_999, 1); new(big.Rat).Abs(want).Cmp(limit) < 0 {
				t.Fatalf("%v: %s was refused", terms, want.FloatString(20))
			}
		}
	})
}

func TestSumOverflow(t *testing.T) {
	for _, sign := range []int64{1, -1} {
		var s Sum
		for range 400 {
			s.Add(DecimalOf(NewDecimal(sign*maxCoefficient, 0)))
		}
		if got, exact := s.Value(); got.OK || exact {
			t.Errorf("%v, exact %t", got, exact)
		}
	}
}
