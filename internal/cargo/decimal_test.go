package cargo

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// decimals draws numbers of every size, and their text.
func decimals() *rapid.Generator[Decimal] {
	return rapid.Custom(func(t *rapid.T) Decimal {
		n := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64Range(-maxCoefficient, maxCoefficient)).
			Draw(t, "coefficient")
		return NewDecimal(n, rapid.Uint8Range(0, maxScale).Draw(t, "scale"))
	})
}

func rat(d Decimal) *big.Rat {
	den := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale())), nil)
	return new(big.Rat).SetFrac(big.NewInt(d.Coefficient()), den)
}

// fits reports whether an exact number has the range of a Decimal.
func fits(r *big.Rat) bool {
	for scale := int64(0); scale <= maxScale; scale++ {
		n := new(big.Rat).Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(scale), nil)))
		if n.IsInt() {
			return n.Num().CmpAbs(big.NewInt(maxCoefficient)) <= 0
		}
	}
	return false
}

func TestDecimalArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals().Draw(t, "a"), decimals().Draw(t, "b")
		if got, want := a.Cmp(b), rat(a).Cmp(rat(b)); got != want {
			t.Fatalf("%s cmp %s is %d, want %d", a, b, got, want)
		}
		if (a.Cmp(b) == 0) != (a == b) {
			t.Fatalf("%s and %s: equal values must be the same value", a, b)
		}
		product := new(big.Rat).Mul(rat(a), rat(b))
		if p, ok := a.Mul(b); ok != fits(product) || ok && rat(p).Cmp(product) != 0 {
			t.Fatalf("%s × %s = %s %t, want %s", a, b, p, ok, product.RatString())
		}
		// A sum is refused only where its terms cannot stand at one scale, so it may refuse what would fit reduced.
		sum := new(big.Rat).Add(rat(a), rat(b))
		s, ok := a.Add(b)
		if ok && rat(s).Cmp(sum) != 0 {
			t.Fatalf("%s + %s = %s, want %s", a, b, s, sum.RatString())
		}
		if !ok && s != (Decimal{}) {
			t.Fatalf("%s + %s refused with %s", a, b, s)
		}
		if !ok && a.Scale() == b.Scale() && fits(sum) && a.Scale() == 0 {
			t.Fatalf("%s + %s refused", a, b)
		}
	})
}

func TestDecimalMulRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals().Draw(t, "a"), decimals().Draw(t, "b")
		scale := rapid.Uint8Range(0, maxScale).Draw(t, "scale")
		p, exact, ok := a.MulRound(b, scale)
		product := new(big.Rat).Mul(rat(a), rat(b))
		if exact != (ok && fits(product)) {
			t.Fatalf("%s × %s: exact %t, ok %t", a, b, exact, ok)
		}
		if !ok {
			if limit := big.NewRat(maxCoefficient, 1); scale == 0 && new(big.Rat).Abs(product).Cmp(limit) < 0 {
				t.Fatalf("%s × %s refused, though whole numbers of it fit", a, b)
			}
			return
		}
		if exact {
			if rat(p).Cmp(product) != 0 {
				t.Fatalf("%s × %s = %s", a, b, p)
			}
			return
		}
		// big.Rat rounds half away from zero, so only the distance is compared, and the tie to even by its digit.
		off := new(big.Rat).Sub(rat(p), product)
		unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		half := new(big.Rat).Mul(unit, big.NewRat(1, 2))
		switch off.Abs(off).Cmp(half) {
		case 1:
			t.Fatalf("%s × %s = %s at scale %d: too far from %s", a, b, p, scale, product.FloatString(40))
		case 0:
			q := new(big.Rat).Quo(rat(p), unit)
			if q.Num().Bit(0) != 0 {
				t.Fatalf("%s × %s = %s at scale %d: a tie must go to even", a, b, p, scale)
			}
		}
	})
}

func TestDecimalTies(t *testing.T) {
	half := NewDecimal(5, 1)
	for _, tt := range []struct {
		coefficient int64 // × 10^-9, times a half
		want        string
		exact       bool
	}{
		{200000000000000001, "100000000", false},           // …0.5 goes down to even
		{200000000000000003, "100000000.000000002", false}, // …1.5 goes up to even
		{-200000000000000003, "-100000000.000000002", false},
		{200000000000000002, "100000000.000000001", true},
		{3, "0.0000000015", true}, // fits, so nothing is rounded
	} {
		p, exact, ok := NewDecimal(tt.coefficient, 9).MulRound(half, 9)
		if p.String() != tt.want || exact != tt.exact || !ok {
			t.Errorf("%d: %s exact %t ok %t, want %s exact %t", tt.coefficient, p, exact, ok, tt.want, tt.exact)
		}
	}
}

func TestDecimalText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := decimals().Draw(t, "d")
		s := d.String()
		if want := rat(d).FloatString(int(d.Scale())); s != want {
			t.Fatalf("%s, want %s", s, want)
		}
		if got, fault := ParseDecimal(s, '.'); got != d || fault != 0 {
			t.Fatalf("%s reads as %s, fault %b", s, got, fault)
		}
	})
}

func TestDecimalPredicates(t *testing.T) {
	for s, want := range map[string]int{"-0.5": -1, "0.00": 0, "7": 1} {
		d, _ := ParseDecimal(s, '.')
		if d.Sign() != want || d.IsZero() != (want == 0) {
			t.Errorf("%s: sign %d, zero %t", s, d.Sign(), d.IsZero())
		}
	}
	for _, build := range []func() Decimal{
		func() Decimal { return NewDecimal(1, maxScale+1) },
		func() Decimal { return NewDecimal(maxCoefficient+1, 0) },
		func() Decimal { return NewDecimal(math.MinInt64, 0) },
	} {
		func() {
			defer func() { _ = recover() }()
			t.Errorf("%s is out of range", build())
		}()
	}
}

func TestOptionalSums(t *testing.T) {
	absent, two := Count{}, CountOf(2)
	for _, tt := range []struct {
		a, b, want Count
		ok         bool
	}{
		{absent, absent, absent, true},
		{absent, two, two, true},
		{two, absent, two, true},
		{two, CountOf(0), two, true},
		{two, two, CountOf(4), true},
		{CountOf(math.MaxInt64), two, absent, false},
	} {
		if got, ok := tt.a.Add(tt.b); got != tt.want || ok != tt.ok {
			t.Errorf("%v + %v = %v %t, want %v %t", tt.a, tt.b, got, ok, tt.want, tt.ok)
		}
	}
	none, half := OptDecimal{}, DecimalOf(NewDecimal(5, 1))
	for _, tt := range []struct {
		a, b, want OptDecimal
		ok         bool
	}{
		{none, none, none, true},
		{none, half, half, true},
		{half, none, half, true},
		{half, half, DecimalOf(NewDecimal(1, 0)), true},
		{DecimalOf(NewDecimal(maxCoefficient, 0)), half, none, false},
	} {
		if got, ok := tt.a.Add(tt.b); got != tt.want || ok != tt.ok {
			t.Errorf("%v + %v = %v %t, want %v %t", tt.a, tt.b, got, ok, tt.want, tt.ok)
		}
	}
}
