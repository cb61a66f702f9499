package diag

import (
	"strings"
	"unicode/utf8"
)

// A Position is a place in a file, in bytes and in the standard's own counting (ISO 9735, CONTRL).
type Position struct {
	Offset    int64 // bytes from the start of the file, 0-based
	Length    int   // bytes of the offending text; 0 for a place between bytes
	Line, Col int   // 1-based, Col counts bytes; 0 until Resolve has counted them
	Segment   int   // 1-based in the message body, UNH = 1 (DE 0096); 0 in the envelope
	Element   int   // 1-based after the tag, 0 for the whole segment; CONTRL's DE 0098 is Element+1
	Repeat    int   // 1-based occurrence (DE 0136); 0 where none applies
	Component int   // 1-based in the composite (DE 0104); 0 where none applies
}

// End gives the offset of the first byte after the offending text.
func (p Position) End() int64 { return p.Offset + int64(p.Length) }

// A Pointer names a place in a message's structure by tags, not by bytes: "UNH[2]/SG7[3]/NAD[1]/C082/3039" is the
// party identification of the first NAD of the third segment group 7 of the second message. Counters are 1-based
// among siblings of the same tag; group numbers are those of the message's own release.
type Pointer string

// Parent gives the pointer one step up, "" at the top.
func (p Pointer) Parent() Pointer {
	i := strings.LastIndexByte(string(p), '/')
	if i < 0 {
		return ""
	}
	return p[:i]
}

// LastToken gives the last step.
func (p Pointer) LastToken() string {
	return string(p[strings.LastIndexByte(string(p), '/')+1:])
}

func decodeRune(b []byte) (rune, int) {
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 {
		return rune(b[0]), 1
	}
	return r, n
}
