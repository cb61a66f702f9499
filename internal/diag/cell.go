package diag

import (
	"unicode"
	"unicode/utf8"
)

// A cell is what stands in one place of a terminal line: a character with its combining marks, or a stand-in for
// what cannot be shown.
type cell struct {
	text       string
	width      int // display columns, 1 or 2
	start, end int // bytes of the window
}

// maxMarks bounds the combining marks on one character; more are shown as stand-ins.
const maxMarks = 4

// cells turns what the window shows into cells. Every byte from start to stop belongs to exactly one cell, except
// those of a character that the window's end cuts.
func (w *window) cells() []cell {
	out := make([]cell, 0, w.stop-w.start)
	marks := 0
	for at := w.start; at < w.stop; {
		rest := w.bytes[at:w.stop]
		if w.cutRight && !utf8.FullRune(rest) && at >= w.to {
			break
		}
		r, n := utf8.DecodeRune(rest)
		if unicode.In(r, unicode.Mn, unicode.Me) && marks < maxMarks && len(out) > 0 && at != w.from {
			last := &out[len(out)-1]
			last.text += string(rest[:n])
			last.end += n
			marks++
		} else {
			text, width := show(r, n)
			out = append(out, cell{text, width, at, at + n})
			marks = 0
		}
		at += n
	}
	return out
}

// show gives the text and width for one decoded character: signs of their own for tab, carriage return and line
// feed, "·" for other control characters and marks that stand alone, "�" for a byte that is not UTF-8.
func show(r rune, n int) (string, int) {
	switch {
	case r == utf8.RuneError && n <= 1:
		return "�", 1
	case r == '\t':
		return "→", 1
	case r == '\r':
		return "␍", 1
	case r == '\n':
		return "␊", 1
	case !unicode.IsPrint(r), unicode.In(r, unicode.Mn, unicode.Me):
		return "·", 1
	}
	return string(r), runeWidth(r)
}

// wide holds the characters that terminals show two columns wide, by and large those of East Asian scripts.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f900, 0x1f9ff, 1}, {0x20000, 0x3fffd, 1}},
}

// runeWidth gives the display columns of a printable character.
func runeWidth(r rune) int {
	if r >= 0x1100 && unicode.Is(wide, r) {
		return 2
	}
	return 1
}
