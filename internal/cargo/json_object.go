package cargo

import (
	"strconv"
	"unicode/utf8"
)

// object writes one JSON object by appending to a buffer. Members that are absent (an empty text, an absent count, a
// false flag) are left out.
type object struct {
	b     []byte
	empty bool
}

func open(dst []byte) object { return object{b: append(dst, '{'), empty: true} }

func (o *object) end() []byte { return append(o.b, '}') }

// key writes a member's name. Names are ours and need no escaping.
func (o *object) key(name string) {
	if !o.empty {
		o.b = append(o.b, ',')
	}
	o.empty = false
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(name, value string) {
	if value == "" {
		return
	}
	o.key(name)
	o.b = appendString(o.b, value)
}

// ascii is for digits and signs that this package has put together, where nothing needs escaping.
func (o *object) ascii(name string, value []byte) {
	o.key(name)
	o.b = append(append(append(o.b, '"'), value...), '"')
}

// always writes a text even where it is empty: the members that every record has.
func (o *object) always(name, value string) {
	o.key(name)
	o.b = appendString(o.b, value)
}

func (o *object) number(name string, value int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, value, 10)
}

func (o *object) count(name string, value Count) {
	if value.OK {
		o.number(name, value.N)
	}
}

func (o *object) decimal(name string, value OptDecimal) {
	if !value.OK {
		return
	}
	o.key(name)
	o.b = append(o.b, '"')
	o.b = value.D.AppendText(o.b)
	o.b = append(o.b, '"')
}

func (o *object) flag(name string, value bool) {
	if value {
		o.boolean(name, true)
	}
}

func (o *object) boolean(name string, value bool) {
	o.key(name)
	o.b = strconv.AppendBool(o.b, value)
}

func (o *object) texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	o.key(name)
	o.b = append(o.b, '[')
	for i, v := range values {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = appendString(o.b, v)
	}
	o.b = append(o.b, ']')
}

func (o *object) measure(name string, m *Measure) {
	if m.IsZero() {
		return
	}
	o.key(name)
	o.b = m.appendJSON(o.b)
}

func (o *object) time(name string, t *Time) {
	if t.IsZero() {
		return
	}
	o.key(name)
	o.b = t.appendJSON(o.b)
}

func (o *object) span(name string, r Range) {
	if r.IsZero() {
		return
	}
	o.alwaysSpan(name, r)
}

func (o *object) alwaysSpan(name string, r Range) {
	o.key(name)
	o.b = append(o.b, `{"offset":`...)
	o.b = strconv.AppendInt(o.b, r.Offset, 10)
	o.b = append(o.b, `,"length":`...)
	o.b = strconv.AppendInt(o.b, r.Length, 10)
	o.b = append(o.b, '}')
}

// element is what an array or a member holds: a pointer to T that can write itself.
type element[T any] interface {
	*T
	appendJSON(dst []byte) []byte
}

// array writes a list of objects, and nothing where it is empty.
func array[T any, P element[T]](o *object, name string, values []T) {
	if len(values) == 0 {
		return
	}
	o.key(name)
	o.b = append(o.b, '[')
	for i := range values {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = P(&values[i]).appendJSON(o.b)
	}
	o.b = append(o.b, ']')
}

const hexDigits = "0123456789abcdef"

// plainByte marks the ASCII characters that stand for themselves in a JSON string.
var plainByte = func() (p [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		p[c] = c != '"' && c != '\\'
	}
	return p
}()

// appendString appends a JSON string (RFC 8259). What is not UTF-8 becomes U+FFFD, a byte at a time, so that a line is
// valid whatever the message held.
func appendString(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s), '"')
}

// appendEscaped appends the inside of a JSON string.
func appendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plainByte[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			start = i + 1
		}
		i += size
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
