package scoring

import "strconv"

// Unit says what a whole number of a feature or parameter counts, and how it is written for people.
type Unit uint8

// Units. All numbers are whole, so that sums and comparisons are exact on every machine.
const (
	Plain    Unit = iota // a count, or a code
	Grams                // shown in kg
	Litres               // shown in m³
	Permille             // shown in %
	Minutes              // shown in h
	Density              // kg/m³
	MilliTEU             // thousandths of a twenty-foot equivalent
)

// String gives the unit's word.
func (u Unit) String() string {
	return [...]string{"count", "g", "l", "‰", "min", "kg/m³", "TEU/1000"}[min(u, MilliTEU)]
}

// appendNumber writes a number for people, exact as far as it goes.
func appendNumber(dst []byte, n int64, u Unit) []byte {
	switch u {
	case Grams:
		return append(appendScaled(dst, n, 1000), " kg"...)
	case Litres:
		return append(appendScaled(dst, n, 1000), " m³"...)
	case Permille:
		return append(appendScaled(dst, n, 10), " %"...)
	case MilliTEU:
		return append(appendScaled(dst, n, 1000), " TEU"...)
	case Density:
		return append(strconv.AppendInt(dst, n, 10), " kg/m³"...)
	case Minutes:
		if n%60 == 0 || n >= 600 || n <= -600 {
			return append(strconv.AppendInt(dst, n/60, 10), " h"...)
		}
		return append(strconv.AppendInt(dst, n, 10), " min"...)
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendScaled writes n/by, where by is a power of ten, without zeros at its end.
func appendScaled(dst []byte, n, by int64) []byte {
	u := uint64(n)
	if n < 0 {
		dst, u = append(dst, '-'), -u
	}
	dst = strconv.AppendUint(dst, u/uint64(by), 10)
	rest := u % uint64(by)
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for place := uint64(by) / 10; rest > 0; place /= 10 {
		dst = append(dst, byte('0'+rest/place))
		rest %= place
	}
	return dst
}
