package cargo

import "cargogate/internal/refdata"

// A NumberFault says what is wrong with the text of a number (ISO 9735, rules for numeric elements). Faults add up. A
// text with none of NumberUnreadable is read all the same.
type NumberFault uint8

// Faults.
const (
	NumberEmpty      NumberFault = 1 << iota // nothing there
	NumberNotNumeric                         // a character that is no digit, mark or leading minus; a second mark; no digit at all
	NumberTooLong                            // more than MaxDigits significant digits
	NumberOtherMark                          // read, with the decimal mark that was not agreed
	NumberNoInteger                          // read, but no digit stands before the mark: ".5"
	NumberNoFraction                         // read, but no digit stands after the mark: "5."
	NumberUnreadable = NumberEmpty | NumberNotNumeric | NumberTooLong
)

// Readable reports whether a number could be read in spite of the fault.
func (f NumberFault) Readable() bool { return f&NumberUnreadable == 0 }

// ParseDecimal reads a number: digits with at most one decimal mark among or beside them, and a minus sign directly
// before where negative. Leading zeros do not count as digits. mark is the agreed decimal mark, '.' or ','; 0 accepts
// both. An exponent, a plus sign, spaces and separators of thousands are not numeric. It allocates nothing; where the
// fault is not Readable the number is 0.
func ParseDecimal[T refdata.Text](s T, mark byte) (Decimal, NumberFault) {
	if len(s) == 0 {
		return Decimal{}, NumberEmpty
	}
	i, negative := 0, false
	if s[0] == '-' {
		i, negative = 1, true
	}
	var (
		n           int64
		significant int // digits after leading zeros
		scale       int // digits after the mark, trailing zeros cut
		whole, part int // digits before and after the mark
		zeros       int // zeros at the end of the fraction, held back
		seen        bool
		fault       NumberFault
	)
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' || c == ',' {
			if seen {
				return Decimal{}, NumberNotNumeric
			}
			seen = true
			if mark != 0 && c != mark {
				fault |= NumberOtherMark
			}
			continue
		}
		if c < '0' || c > '9' {
			return Decimal{}, NumberNotNumeric
		}
		if seen {
			part++
			if c == '0' {
				zeros++
				continue
			}
			for ; zeros > 0; zeros-- {
				n, significant, scale = n*10, significant+btoi(n != 0), scale+1
				if significant > MaxDigits || scale > maxScale {
					return Decimal{}, NumberTooLong
				}
			}
			scale++
		} else {
			whole++
		}
		if n != 0 || c != '0' {
			significant++
		}
		if significant > MaxDigits || scale > maxScale {
			return Decimal{}, NumberTooLong
		}
		n = n*10 + int64(c-'0')
	}
	if whole+part == 0 {
		return Decimal{}, NumberNotNumeric
	}
	if whole == 0 {
		fault |= NumberNoInteger
	}
	if seen && part == 0 {
		fault |= NumberNoFraction
	}
	if negative {
		n = -n
	}
	return Decimal{n, uint8(scale)}, fault
}

// ParseCount reads a whole number that is not negative, as counts are; a fraction of zeros ("12.000") is accepted and
// reported like any other. Where the fault is not Readable, or the number is negative or broken (NumberNotNumeric), the
// count is absent.
func ParseCount[T refdata.Text](s T, mark byte) (Count, NumberFault) {
	d, fault := ParseDecimal(s, mark)
	if !fault.Readable() {
		return Count{}, fault
	}
	if d.scale != 0 || d.coefficient < 0 {
		return Count{}, fault | NumberNotNumeric
	}
	return Count{N: d.coefficient, OK: true}, fault
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
