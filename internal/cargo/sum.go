package cargo

import "math/bits"

// Sum adds up decimals of any scale exactly, in 128 bits: a manifest's masses in pounds have eleven digits after the
// mark, and their total would soon be too large for a Decimal on the way, though the end result is not. The zero value
// is an empty sum.
type Sum struct {
	hi       int64  // the sum × 10^18, two's complement
	lo       uint64 // its lower half
	terms    int64
	overflow bool
}

// Add adds a number; an absent one adds nothing.
func (s *Sum) Add(o OptDecimal) {
	if !o.OK {
		return
	}
	s.terms++
	hi, lo := bits.Mul64(magnitude(o.D.coefficient), pow10[maxScale-o.D.scale])
	if o.D.coefficient < 0 {
		hi, lo = negate(hi, lo)
	}
	sumLo, carry := bits.Add64(s.lo, lo, 0)
	sumHi, _ := bits.Add64(uint64(s.hi), hi, carry)
	before, term, after := s.hi < 0, int64(hi) < 0, int64(sumHi) < 0
	s.overflow = s.overflow || before == term && after != before
	s.hi, s.lo = int64(sumHi), sumLo
}

// Value gives the sum: absent where nothing was added or where it does not fit (and then exact is false), rounded half
// to even to nine digits after the mark where only that fits (and then exact is false too).
func (s *Sum) Value() (total OptDecimal, exact bool) {
	if s.terms == 0 {
		return OptDecimal{}, true
	}
	if s.overflow {
		return OptDecimal{}, false
	}
	hi, lo, negative := uint64(s.hi), s.lo, s.hi < 0
	if negative {
		hi, lo = negate(hi, lo)
	}
	h, l, scale := strip(hi, lo, maxScale)
	if d, ok := compose(h, l, scale, negative); ok {
		return DecimalOf(d), true
	}
	h, l = divRound(hi, lo, maxScale-normalScale)
	h, l, scale = strip(h, l, normalScale)
	d, ok := compose(h, l, scale, negative)
	return OptDecimal{D: d, OK: ok}, false
}

func negate(hi, lo uint64) (uint64, uint64) {
	lo, borrow := bits.Sub64(0, lo, 0)
	hi, _ = bits.Sub64(0, hi, borrow)
	return hi, lo
}
