package edifact

import (
	"fmt"
	"unicode/utf8"
)

// put appends a segment, its terminator and the line end, and writes when enough is gathered.
func (e *Encoder) put(tag string, elements []Element) {
	e.segments++
	e.buf = append(e.buf, tag...)
	for i := range trimmedElements(elements) {
		e.buf = append(e.buf, e.d.Element)
		e.element(tag, &elements[i])
	}
	e.buf = append(e.buf, e.d.Segment)
	e.buf = append(e.buf, e.o.Line...)
	if e.err == nil && len(e.buf) >= encoderBuffer {
		e.err = e.Flush()
	}
}

// element appends one element with all its repeats.
func (e *Encoder) element(tag string, el *Element) {
	repeats := trimmedElements(el.repeats)
	if len(repeats) > 1 && e.d.Repetition == 0 && e.err == nil {
		e.err = fmt.Errorf("edifact: segment %s: %w", tag, ErrRepetition)
	}
	for i := range repeats {
		if i > 0 {
			e.buf = append(e.buf, e.d.Repetition)
		}
		e.element(tag, &repeats[i])
	}
	for i, c := range trimmed(el.components) {
		if i > 0 {
			e.buf = append(e.buf, e.d.Component)
		}
		e.value(tag, c)
	}
	e.value(tag, el.value)
}

// value appends one value: encoded, and with a release character before each service character. Service characters
// are below 0x80 and no byte of an encoded character is, so bytes can be looked at one by one.
func (e *Encoder) value(tag, v string) {
	if v == "" {
		return
	}
	lost := 0
	e.text, lost = e.o.Charset.AppendEncoded(e.text[:0], v)
	e.lost += lost
	for _, c := range e.text {
		if (c < ' ' || c == 0x7f) && !e.special[c] {
			c = '.' // in no repertoire
			e.lost++
		}
		if e.special[c] {
			if e.d.Release == 0 {
				if e.err == nil {
					e.err = fmt.Errorf("edifact: segment %s: %q: %w", tag, c, ErrRelease)
				}
				return
			}
			e.buf = append(e.buf, e.d.Release)
		}
		e.buf = append(e.buf, c)
	}
}

// Holds reports whether every character of the UTF-8 text belongs to the repertoire of a syntax identifier (DE 0001).
// It is false for an identifier that is unknown or not held (UNOX, UNOY).
func Holds(syntaxID, text string) bool {
	rep, known := repertoireOf(syntaxID)
	if !known || !rep.held {
		return false
	}
	m := charsets[rep.charset].m
	for _, r := range text {
		switch {
		case r == utf8.RuneError:
			return false
		case r < utf8.RuneSelf:
			class := repertoireClass[r]
			if class == 0 || rep.level < 3 && class == printable || rep.level < 2 && class == lowerCase {
				return false
			}
		case rep.charset == ASCII:
			return false
		case m != nil:
			if _, ok := m.EncodeRune(r); !ok {
				return false
			}
		}
	}
	return true
}
