package voyage

import "strconv"

// A writer writes the segments of one interchange into memory. It shares no code with the readers of this module.
type writer struct {
	b     []byte
	f     *flavour
	open  int // separators that wait for something behind them
	colon int // of components, the same
	segs  int // of the message, UNH counted
}

// tag begins a segment.
func (w *writer) tag(t string) *writer {
	w.b = append(w.b, t...)
	w.open, w.colon = 0, 0
	w.segs++
	return w
}

// end closes a segment.
func (w *writer) end() {
	w.b = append(w.b, '\'')
	w.b = append(w.b, w.f.line...)
}

// next goes on to the next element.
func (w *writer) next() *writer {
	w.open++
	w.colon = 0
	return w
}

// flush writes the separators before a value; they are never written before nothing.
func (w *writer) flush() {
	for ; w.open > 0; w.open-- {
		w.b = append(w.b, '+')
	}
	for ; w.colon > 0; w.colon-- {
		w.b = append(w.b, ':')
	}
}

// el writes an element of one or more components that are codes: no letters to change, nothing to release.
func (w *writer) el(components ...string) *writer {
	w.next()
	for i, c := range components {
		if i > 0 {
			w.colon++
		}
		if c != "" {
			w.flush()
			w.b = append(w.b, c...)
		}
	}
	return w
}

// num writes an element that is a number.
func (w *writer) num(n int) *writer {
	w.next().flush()
	w.b = strconv.AppendInt(w.b, int64(n), 10)
	return w
}

// txt writes an element of components that are texts.
func (w *writer) txt(components ...string) *writer {
	w.next()
	for i, c := range components {
		if i > 0 {
			w.colon++
		}
		if c != "" {
			w.flush()
			w.text(c)
		}
	}
	return w
}

// text writes a value in the letters of the flavour, service characters released.
func (w *writer) text(s string) {
	l := w.f.letters
	for _, r := range s {
		switch {
		case r == '+' || r == ':' || r == '\'' || r == '?':
			w.b = append(w.b, '?', byte(r))
		case r >= 0x80 && l == latin:
			w.b = append(w.b, byte(r)) // the tables hold ISO 8859-1 alone, and a test sees to it
		case r >= 0x80:
			w.b = append(w.b, plainLetters[r-0x80]...)
		case r == '@' && l != latin:
			w.b = append(w.b, "(AT)"...)
		case r >= 'a' && r <= 'z' && l == capitals:
			w.b = append(w.b, byte(r)&^0x20)
		default:
			w.b = append(w.b, byte(r))
		}
	}
}

// plain gives what the flavour makes of a text, without release characters.
func (f *flavour) plain(s string) string {
	w := writer{f: f}
	w.text(s)
	out := make([]rune, 0, len(w.b))
	for i := 0; i < len(w.b); i++ {
		if w.b[i] == '?' {
			i++
		}
		out = append(out, rune(w.b[i]))
	}
	return string(out)
}

// plainLetters are the letters of ISO 8859-1 from 80 on without their accents.
var plainLetters = func() (t [0x80]string) {
	for i := range t {
		t[i] = "."
	}
	for from, to := range map[string]string{"ÀÁÂÃÅ": "A", "Ä": "AE", "Æ": "AE", "Ç": "C", "ÈÉÊË": "E", "ÌÍÎÏ": "I", "Ñ": "N", "ÒÓÔÕ": "O",
		"ÖØ": "OE", "ÙÚÛ": "U", "Ü": "UE", "Ý": "Y", "ß": "SS"} {
		for _, r := range from {
			t[r-0x80] = to
		}
	}
	return t
}()

// decimal writes v, which has so many decimals, without zeros that say nothing.
func decimal(v int64, decimals int) string {
	var buf [24]byte
	b := strconv.AppendInt(buf[:0], v, 10)
	for len(b) <= decimals {
		b = append([]byte{'0'}, b...)
	}
	whole, part := b[:len(b)-decimals], b[len(b)-decimals:]
	for len(part) > 0 && part[len(part)-1] == '0' {
		part = part[:len(part)-1]
	}
	if len(part) == 0 {
		return string(whole)
	}
	return string(whole) + "." + string(part)
}
