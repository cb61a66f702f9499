package scoring

import (
	"unicode"
	"unicode/utf8"
)

// words is a text taken apart for comparison: capital letters and digits of Latin text without accents, other scripts
// as they are, everything else a boundary. It is filled again and again and keeps its room.
type words struct {
	bytes  []byte
	tokens []token
}

// token is one word.
type token struct {
	start, end int32 // in words.bytes
	id         uint32
	letters    bool // has a letter
	digits     bool // has a digit
	glued      bool // stands directly behind the token before, as in "A/C" or "7664-93-9"
}

func (w *words) reset() {
	w.bytes, w.tokens = w.bytes[:0], w.tokens[:0]
}

// text gives the bytes of a token.
func (w *words) text(t token) []byte { return w.bytes[t.start:t.end] }

// byteClass says what an ASCII character is to words: 0 a boundary, else the character to keep.
var byteClass = func() (c [utf8.RuneSelf]byte) {
	for b := byte('0'); b <= '9'; b++ {
		c[b] = b
	}
	for b := byte('A'); b <= 'Z'; b++ {
		c[b], c[b+'a'-'A'] = b, b
	}
	return c
}()

// latin folds U+00C0 to U+017F to ASCII: one or two letters for each, a blank for what is no letter.
const latin = "A A A A A A AEC E E E E I I I I D N O O O O O   O U U U U Y THSS" +
	"A A A A A A AEC E E E E I I I I D N O O O O O   O U U U U Y THY " +
	"A A A A A A C C C C C C C C D D D D E E E E E E E E E E G G G G " +
	"G G G G H H H H I I I I I I I I I I IJIJJ J K K K L L L L L L L " +
	"L L L N N N N N N N N N O O O O O O OEOER R R R R R S S S S S S " +
	"S S T T T T T T U U U U U U U U U U U U W W Y Y Y Z Z Z Z Z Z S "

// add takes a text apart and appends its words. Invalid bytes are boundaries.
func (w *words) add(s string) {
	open, gap := false, true
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			keep := byteClass[c]
			if keep == 0 {
				// An apostrophe or a full stop within a word does not part it: "SHIPPER'S", "S.T.C." stay one word.
				if (c == '\'' || c == '.') && open && !endsInDigit(w.bytes) && i < len(s) && s[i] < utf8.RuneSelf && byteClass[s[i]] > '9' {
					continue
				}
				open, gap = false, c <= ' '
				continue
			}
			open = w.open(open, gap)
			w.put(keep)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r >= 0xc0 && r < 0x180:
			k := int(r-0xc0) * 2
			if latin[k] == ' ' {
				open, gap = false, true
				continue
			}
			open = w.open(open, gap)
			w.put(latin[k])
			if latin[k+1] != ' ' {
				w.put(latin[k+1])
			}
		case r >= 0xff01 && r <= 0xff5e: // full-width forms of ASCII
			keep := byteClass[r-0xff01+'!']
			if keep == 0 {
				open, gap = false, true
				continue
			}
			open = w.open(open, gap)
			w.put(keep)
		case unicode.Is(unicode.Mn, r), r >= 0x200b && r <= 0x200f, r == 0xad, r == 0xfeff:
			// accents of their own and what cannot be seen part no word
		case r != utf8.RuneError && unicode.IsLetter(r):
			open = w.open(open, gap)
			w.bytes = utf8.AppendRune(w.bytes, unicode.ToUpper(r))
			t := &w.tokens[len(w.tokens)-1]
			t.letters, t.end = true, int32(len(w.bytes))
		default:
			open, gap = false, true
		}
	}
}

// open begins a token where none is open.
func (w *words) open(open, gap bool) bool {
	if !open {
		at := int32(len(w.bytes))
		w.tokens = append(w.tokens, token{start: at, end: at, glued: !gap})
	}
	return true
}

func (w *words) put(c byte) {
	w.bytes = append(w.bytes, c)
	t := &w.tokens[len(w.tokens)-1]
	t.end++
	if c <= '9' {
		t.digits = true
	} else {
		t.letters = true
	}
}

func endsInDigit(b []byte) bool { return len(b) > 0 && b[len(b)-1] <= '9' }

// stem takes an English plural's ending off a word of ASCII letters, so that "BATTERIES" and "BATTERY" are one. It is
// used on both sides of every comparison and need not give a word.
func stem(b []byte) []byte {
	n := len(b)
	if n < 4 || b[n-1] != 'S' || b[n-2] == 'S' || b[n-2] <= '9' {
		return b
	}
	if n > 4 && b[n-2] == 'E' {
		if c := b[n-3]; c == 'X' || c == 'H' || c == 'S' && b[n-4] == 'S' {
			return b[:n-2]
		}
	}
	return b[:n-1]
}

// stemmed gives the word as the vocabulary has it. The ending -IES, which stem leaves as -IE, is made -Y in place.
func (w *words) stemmed(t token) []byte {
	b := stem(w.text(t))
	if n := len(b); n > 3 && n < int(t.end-t.start) && b[n-1] == 'E' && b[n-2] == 'I' {
		b = b[:n-1]
		b[n-2] = 'Y'
	}
	return b
}
