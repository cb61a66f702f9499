package edifact

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A Charset is a character set that an interchange can be read in. The zero value is US-ASCII.
type Charset uint8

// Character sets of the syntax identifiers (DE 0001), and Windows-1252, which is what undeclared bytes mostly are.
const (
	ASCII Charset = iota
	UTF8
	Windows1252
	ISO8859_1
	ISO8859_2
	ISO8859_3
	ISO8859_4
	ISO8859_5
	ISO8859_6
	ISO8859_7
	ISO8859_8
	ISO8859_9
	ISO8859_15
)

var charsets = [...]struct {
	name string
	m    *charmap.Charmap
}{
	ASCII: {"US-ASCII", charmap.Windows1252}, UTF8: {"UTF-8", nil}, Windows1252: {"windows-1252", charmap.Windows1252},
	ISO8859_1: {"ISO-8859-1", charmap.ISO8859_1}, ISO8859_2: {"ISO-8859-2", charmap.ISO8859_2},
	ISO8859_3: {"ISO-8859-3", charmap.ISO8859_3}, ISO8859_4: {"ISO-8859-4", charmap.ISO8859_4},
	ISO8859_5: {"ISO-8859-5", charmap.ISO8859_5}, ISO8859_6: {"ISO-8859-6", charmap.ISO8859_6},
	ISO8859_7: {"ISO-8859-7", charmap.ISO8859_7}, ISO8859_8: {"ISO-8859-8", charmap.ISO8859_8},
	ISO8859_9: {"ISO-8859-9", charmap.ISO8859_9}, ISO8859_15: {"ISO-8859-15", charmap.ISO8859_15},
}

// String gives the IANA name, as `check` prints it.
func (c Charset) String() string { return charsets[c].name }

// Append appends text in this character set to dst as UTF-8. A byte that the set does not have becomes U+FFFD.
func (c Charset) Append(dst, text []byte) []byte {
	m := charsets[c].m
	if m == nil {
		for len(text) > 0 {
			r, n := utf8.DecodeRune(text)
			dst = utf8.AppendRune(dst, r)
			text = text[n:]
		}
		return dst
	}
	for _, b := range text {
		if b < utf8.RuneSelf {
			dst = append(dst, b)
		} else {
			dst = utf8.AppendRune(dst, m.DecodeByte(b))
		}
	}
	return dst
}

// AppendEncoded appends the UTF-8 text to dst in this character set and tells how many characters the set does not
// have; each of those became a full stop, which every repertoire has.
func (c Charset) AppendEncoded(dst []byte, text string) (out []byte, lost int) {
	m := charsets[c].m
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		case c == UTF8 && r != utf8.RuneError:
			dst = utf8.AppendRune(dst, r)
		default:
			b, ok := byte('.'), false
			if m != nil && c != ASCII {
				b, ok = m.EncodeRune(r)
			}
			if !ok {
				b = '.'
				lost++
			}
			dst = append(dst, b)
		}
	}
	return dst, lost
}

// A repertoire is what a syntax identifier (DE 0001) stands for.
type repertoire struct {
	charset Charset
	level   int // 1: UNOA, 2: UNOB, 3: the printable characters of the set
	held    bool
}

// repertoireOf knows the syntax identifiers of version 4 (ISO 9735-1:2002, DE 0001). UNOX (code extension) and UNOY
// (ISO 10646 without extension) are recognised, and not held: their interchanges are parked.
func repertoireOf(id string) (r repertoire, known bool) {
	switch id {
	case "UNOA":
		return repertoire{ASCII, 1, true}, true
	case "UNOB":
		return repertoire{ASCII, 2, true}, true
	case "UNOC":
		return repertoire{ISO8859_1, 3, true}, true
	case "UNOD":
		return repertoire{ISO8859_2, 3, true}, true
	case "UNOE":
		return repertoire{ISO8859_5, 3, true}, true
	case "UNOF":
		return repertoire{ISO8859_7, 3, true}, true
	case "UNOG":
		return repertoire{ISO8859_3, 3, true}, true
	case "UNOH":
		return repertoire{ISO8859_4, 3, true}, true
	case "UNOI":
		return repertoire{ISO8859_6, 3, true}, true
	case "UNOJ":
		return repertoire{ISO8859_8, 3, true}, true
	case "UNOK":
		return repertoire{ISO8859_9, 3, true}, true
	case "UNOL":
		return repertoire{ISO8859_15, 3, true}, true
	case "UNOW":
		return repertoire{UTF8, 3, true}, true
	case "UNOX", "UNOY":
		return repertoire{UTF8, 3, false}, true
	}
	return repertoire{ASCII, 3, true}, false
}

// Repertoire classes of the bytes below 0x80: what UNOA has, what UNOB adds, the rest of what is printable.
const (
	inA = 1 + iota
	lowerCase
	printable
)

var repertoireClass = func() (t [128]uint8) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = printable
	}
	for _, c := range " ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-()/='+:?!\"%&*;<>" {
		t[c] = inA
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = lowerCase
	}
	return t
}()

// evidence gathers, over one interchange, which character set its bytes of 0x80 and above can be.
type evidence struct {
	first  int64 // offset of the first segment with such a byte, -1 for none
	utf8   bool  // all of them are well-formed UTF-8
	c1     bool  // bytes 80 to 9F stand outside UTF-8 sequences: controls in ISO 8859, letters in Windows-1252
	length int
}

func (e *evidence) add(offset int64, raw []byte) {
	if e.first < 0 {
		e.first, e.utf8, e.length = offset, true, len(raw)
	}
	if e.utf8 && !utf8.Valid(raw) {
		e.utf8 = false
	}
	if !e.c1 {
		for _, b := range raw {
			e.c1 = e.c1 || b >= 0x80 && b < 0xa0
		}
	}
}

// decide gives the character set to read in: valid UTF-8 wins, then what is declared, then Windows-1252. differs
// reports that this is not what was declared.
func (e *evidence) decide(declared repertoire) (c Charset, differs bool) {
	switch {
	case e.first < 0:
		return declared.charset, false
	case e.utf8:
		return UTF8, declared.charset != UTF8
	case declared.charset == ASCII, declared.charset == UTF8, declared.charset == ISO8859_1 && e.c1:
		return Windows1252, true
	}
	return declared.charset, false
}
