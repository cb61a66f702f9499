package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes a text from outside fit for a terminal, a log and a spreadsheet: what is not printable, such as
// an escape sequence, a change of writing direction or a byte that is not UTF-8, becomes \xNN or \u{NNNN}.
func printable(s string) string {
	if isPrintable(s) {
		return s
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1, r < utf8.RuneSelf && !unicode.IsPrint(r):
			b.WriteString(`\x`)
			b.WriteByte(hex[s[0]>>4])
			b.WriteByte(hex[s[0]&15])
		case !unicode.IsPrint(r):
			b.WriteString(`\u{`)
			for shift := 20; shift >= 0; shift -= 4 {
				if d := r >> shift; d != 0 || shift < 16 {
					b.WriteByte(hex[d&15])
				}
			}
			b.WriteByte('}')
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// isPrintable reports whether printable would change nothing, at no cost for plain ASCII.
func isPrintable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return isPrintableUnicode(s[i:])
		}
	}
	return true
}

func isPrintableUnicode(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		}
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
