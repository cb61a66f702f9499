package cargo

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Count is a whole number that may be absent. Absent is not zero.
type Count struct {
	N  int64 // meaningful where OK
	OK bool
}

// CountOf makes a count that is there.
func CountOf(n int64) Count { return Count{N: n, OK: true} }

// IsZero reports whether the count is absent. The name is what encoding/json asks for under omitzero.
func (c Count) IsZero() bool { return !c.OK }

// Add gives the sum of both; an absent count adds nothing, and two absent ones stay absent. ok is false, and the count
// absent, where the sum does not fit.
func (c Count) Add(o Count) (sum Count, ok bool) {
	switch {
	case !c.OK:
		return o, true
	case !o.OK:
		return c, true
	}
	n := c.N + o.N
	if (n > c.N) != (o.N > 0) {
		return Count{}, false
	}
	return CountOf(n), true
}

// MarshalJSON writes the number, or null where it is absent.
func (c Count) MarshalJSON() ([]byte, error) {
	if !c.OK {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, c.N, 10), nil
}

// UnmarshalJSON reads a whole number or null.
func (c *Count) UnmarshalJSON(b []byte) error {
	*c = Count{}
	if string(b) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return fmt.Errorf("cargo: count: %w", err)
	}
	*c = CountOf(n)
	return nil
}

// OptDecimal is an exact number that may be absent. Absent is not zero.
type OptDecimal struct {
	D  Decimal // meaningful where OK
	OK bool
}

// DecimalOf makes a number that is there.
func DecimalOf(d Decimal) OptDecimal { return OptDecimal{D: d, OK: true} }

// IsZero reports whether the number is absent. The name is what encoding/json asks for under omitzero.
func (o OptDecimal) IsZero() bool { return !o.OK }

// Add gives the sum of both; an absent number adds nothing, and two absent ones stay absent. ok is false, and the number
// absent, where the exact sum does not fit.
func (o OptDecimal) Add(p OptDecimal) (sum OptDecimal, ok bool) {
	switch {
	case !o.OK:
		return p, true
	case !p.OK:
		return o, true
	}
	d, ok := o.D.Add(p.D)
	if !ok {
		return OptDecimal{}, false
	}
	return DecimalOf(d), true
}

// MarshalJSON writes the number as a string, or null where it is absent.
func (o OptDecimal) MarshalJSON() ([]byte, error) {
	if !o.OK {
		return []byte("null"), nil
	}
	return append(o.D.AppendText([]byte{'"'}), '"'), nil
}

// UnmarshalJSON reads a string that holds a number, or null.
func (o *OptDecimal) UnmarshalJSON(b []byte) error {
	*o = OptDecimal{}
	if string(b) == "null" {
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("cargo: decimal: %w", err)
	}
	d, fault := ParseDecimal(s, '.')
	if fault != 0 {
		return fmt.Errorf("cargo: decimal: %q is not a number", s)
	}
	*o = DecimalOf(d)
	return nil
}
