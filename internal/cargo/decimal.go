package cargo

import (
	"math"
	"math/bits"
	"strconv"
)

// MaxDigits is the most significant digits that a Decimal has: the longest number of the EDIFACT directories is n..18,
// and 10^18 fits an int64.
const MaxDigits = 18

// maxScale is the most digits after the decimal mark that arithmetic keeps.
const maxScale = 18

// Decimal is an exact decimal number: coefficient × 10^-scale. It is always in lowest terms (1.50 is held as 15 × 10^-1,
// zero has scale 0), so that equal numbers are equal values and == compares them. The zero value is 0; for a number that
// may be absent see OptDecimal. The text as it was declared is kept elsewhere (Measure.Value).
type Decimal struct {
	coefficient int64
	scale       uint8
}

// NewDecimal makes coefficient × 10^-scale. It panics on a scale over 18 or more than MaxDigits digits, which only a
// fault of the program can bring: numbers from outside come through ParseDecimal.
func NewDecimal(coefficient int64, scale uint8) Decimal {
	if scale > maxScale || magnitude(coefficient) > maxCoefficient {
		panic("cargo: NewDecimal: out of range")
	}
	return reduce(coefficient, scale)
}

// Coefficient gives the digits as a whole number.
func (d Decimal) Coefficient() int64 { return d.coefficient }

// Scale gives the number of digits after the decimal mark.
func (d Decimal) Scale() uint8 { return d.scale }

// IsZero reports whether d is 0.
func (d Decimal) IsZero() bool { return d.coefficient == 0 }

// Sign gives -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.coefficient < 0:
		return -1
	case d.coefficient > 0:
		return 1
	}
	return 0
}

// Equal reports whether both are the same number.
func (d Decimal) Equal(o Decimal) bool { return d == o }

// Cmp gives -1, 0 or 1 as d is less than, equal to or greater than o. It is exact for all values.
func (d Decimal) Cmp(o Decimal) int {
	if s, t := d.Sign(), o.Sign(); s != t {
		return cmpInt(s, t)
	}
	scale := max(d.scale, o.scale)
	ahi, alo := bits.Mul64(magnitude(d.coefficient), pow10[scale-d.scale])
	bhi, blo := bits.Mul64(magnitude(o.coefficient), pow10[scale-o.scale])
	c := 0
	switch {
	case ahi != bhi && ahi < bhi, ahi == bhi && alo < blo:
		c = -1
	case ahi != bhi || alo != blo:
		c = 1
	}
	return c * d.Sign()
}

// Add gives d + o; ok is false where the exact sum does not fit, and then the result is 0.
func (d Decimal) Add(o Decimal) (sum Decimal, ok bool) {
	scale := max(d.scale, o.scale)
	a, ok1 := rescale(d, scale)
	b, ok2 := rescale(o, scale)
	if !ok1 || !ok2 {
		return Decimal{}, false
	}
	s := a + b // neither is over half of an int64
	sum = reduce(s, scale)
	if magnitude(sum.coefficient) > maxCoefficient {
		return Decimal{}, false
	}
	return sum, true
}

// Mul gives d × o; ok is false where the exact product does not fit, and then the result is 0.
func (d Decimal) Mul(o Decimal) (product Decimal, ok bool) {
	hi, lo, scale, negative := d.mul(o)
	hi, lo, scale = strip(hi, lo, scale)
	if scale > maxScale {
		return Decimal{}, false
	}
	return compose(hi, lo, scale, negative)
}

// MulRound gives d × o, exactly where that fits, else rounded half to even at the given number of digits after the
// decimal mark; exact says which. ok is false where even that does not fit.
func (d Decimal) MulRound(o Decimal, scale uint8) (product Decimal, exact, ok bool) {
	if product, ok = d.Mul(o); ok {
		return product, true, true
	}
	hi, lo, have, negative := d.mul(o)
	if have <= int(scale) {
		return Decimal{}, false, false
	}
	hi, lo = divRound(hi, lo, have-int(scale))
	hi, lo, have = strip(hi, lo, int(scale))
	product, ok = compose(hi, lo, have, negative)
	return product, false, ok
}

// String writes the number in lowest terms with a point: "81230.5", "-0.25", "0".
func (d Decimal) String() string { return string(d.AppendText(nil)) }

// AppendText appends what String gives.
func (d Decimal) AppendText(dst []byte) []byte {
	if d.coefficient < 0 {
		dst = append(dst, '-')
	}
	m, n := magnitude(d.coefficient), int(d.scale)
	if n == 0 {
		return strconv.AppendUint(dst, m, 10)
	}
	dst = strconv.AppendUint(dst, m/pow10[n], 10)
	dst = append(dst, '.')
	fraction := m % pow10[n]
	for place := n - 1; place > 0 && fraction < pow10[place]; place-- {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, fraction, 10)
}

// maxCoefficient is the largest number of MaxDigits digits.
const maxCoefficient = 1e18 - 1

var pow10 = func() (p [maxScale + 1]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func cmpInt(a, b int) int {
	if a < b {
		return -1
	}
	return 1
}

// reduce brings a number to lowest terms.
func reduce(coefficient int64, scale uint8) Decimal {
	if coefficient == 0 {
		return Decimal{}
	}
	for scale > 0 && coefficient%10 == 0 {
		coefficient /= 10
		scale--
	}
	return Decimal{coefficient, scale}
}

func rescale(d Decimal, scale uint8) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(d.coefficient), pow10[scale-d.scale])
	if hi != 0 || lo > math.MaxInt64/2 {
		return 0, false
	}
	if d.coefficient < 0 {
		return -int64(lo), true
	}
	return int64(lo), true
}

func (d Decimal) mul(o Decimal) (hi, lo uint64, scale int, negative bool) {
	hi, lo = bits.Mul64(magnitude(d.coefficient), magnitude(o.coefficient))
	return hi, lo, int(d.scale) + int(o.scale), d.Sign()*o.Sign() < 0
}

// strip takes zeros off the end of a 128-bit coefficient while there are digits after the mark.
func strip(hi, lo uint64, scale int) (uint64, uint64, int) {
	if hi == 0 && lo == 0 {
		return 0, 0, 0
	}
	for scale > 0 {
		qhi, qlo, r := div128(hi, lo, 10)
		if r != 0 {
			break
		}
		hi, lo, scale = qhi, qlo, scale-1
	}
	return hi, lo, scale
}

// divRound divides a 128-bit number by 10^places and rounds half to even. Over 18 places it goes in two steps, and the
// second knows whether the first left something.
func divRound(hi, lo uint64, places int) (uint64, uint64) {
	left := false
	if places > maxScale {
		by := pow10[min(places-maxScale, maxScale)]
		var r uint64
		hi, lo, r = div128(hi, lo, by)
		left, places = r != 0, maxScale
	}
	by := pow10[places]
	hi, lo, r := div128(hi, lo, by)
	if half := by / 2; r > half || r == half && (left || lo&1 == 1) {
		var carry uint64
		lo, carry = bits.Add64(lo, 1, 0)
		hi += carry
	}
	return hi, lo
}

func div128(hi, lo, by uint64) (qhi, qlo, r uint64) {
	qhi, r = hi/by, hi%by
	qlo, r = bits.Div64(r, lo, by)
	return qhi, qlo, r
}

func compose(hi, lo uint64, scale int, negative bool) (Decimal, bool) {
	if hi != 0 || lo > maxCoefficient {
		return Decimal{}, false
	}
	n := int64(lo)
	if negative {
		n = -n
	}
	return Decimal{n, uint8(scale)}, true
}
