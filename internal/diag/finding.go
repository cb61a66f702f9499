// Package diag holds findings: what is wrong with a message, where, and what its sender can do about it.
//
// A Finding carries a stable Code and arguments instead of finished text; the text is rendered at the edge from
// codes.<lang>.json. Findings are for faults that a sender can mend. What a sender cannot mend (I/O, a full disk,
// a bug of ours) is an ordinary error and never a Finding.
package diag

import (
	"strconv"
	"unicode/utf8"
)

// A Severity says how much a finding weighs. The zero value is invalid on purpose, so that a forgotten
// severity shows.
type Severity uint8

// Severities, the heaviest last. An Error makes a strict receiver refuse what the code's scope names; a Warning
// was read without loss; a Note is only remarkable.
const (
	InvalidSeverity Severity = iota
	Note
	Warning
	Error
)

// String gives the word that JSON and text use: note, warning or error; "invalid" for the zero value.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Error:
		return "error"
	case Off:
		return "off"
	}
	return "invalid"
}

// A Finding is one fault of a sender: what, how grave, where in the bytes and where in the structure.
type Finding struct {
	Code     Code     // stable, never reused: "EDI0029"; a row in codes.json
	Severity Severity // the code's default, unless a profile overrides it; List.Add fills the default when it is zero
	Standard string   // the standard's own value, "0085:29", by the list of the subject's syntax version; may be empty

	Interchange int // 1-based in the file; 0 where none applies
	Group       int // functional group, 1-based in the interchange; 0 where there is none or it does not matter
	Message     int // 1-based in the interchange; 0 where none applies

	Pos     Position   // where in the bytes, and in the standard's own counting
	Pointer Pointer    // where in the structure
	Value   string     // the offending text, clipped and escaped; see Clip
	Args    []Arg      // what the text is made of
	Related []Position // the other side: the UNH of a wrong UNT
	Err     error      // cause, for Unwrap; nil mostly
}

// An Arg is one named piece of a finding's text: {expected} in codes.<lang>.json is replaced by the Arg named
// "expected".
type Arg struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A is short for an Arg with a text value.
func A(name, value string) Arg { return Arg{Name: name, Value: value} }

// N is short for an Arg with a whole number.
func N(name string, value int64) Arg { return Arg{Name: name, Value: strconv.FormatInt(value, 10)} }

// Arg gives the value of the named argument, or "" where there is none.
func (f *Finding) Arg(name string) string {
	for _, a := range f.Args {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Error gives code and byte offset, so that a Finding can travel as an error; people get the rendered text instead.
func (f *Finding) Error() string {
	return string(f.Code) + " at byte " + strconv.FormatInt(f.Pos.Offset, 10)
}

// Unwrap gives the cause, if any.
func (f *Finding) Unwrap() error { return f.Err }

// MaxValue is the most bytes of an offending value that a finding keeps.
const MaxValue = 80

// Clip gives the offending text as Finding.Value wants it: at most MaxValue bytes, control characters and invalid
// UTF-8 escaped as \xNN, "…" at the end of what was cut.
func Clip(b []byte) string {
	cut := len(b) > MaxValue
	if cut {
		b = b[:MaxValue]
		if last := lastRuneStart(b); !utf8.FullRune(b[last:]) {
			b = b[:last] // the cut goes through a character
		}
	}
	out := make([]byte, 0, len(b)+4)
	for len(b) > 0 {
		r, n := decodeRune(b)
		if n == 1 && (r < 0x20 || r >= 0x7f) {
			const hex = "0123456789abcdef"
			out = append(out, '\\', 'x', hex[b[0]>>4], hex[b[0]&15])
		} else {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	if cut {
		out = append(out, "…"...)
	}
	return string(out)
}

// lastRuneStart gives the index at which the last character of b begins, whole or not.
func lastRuneStart(b []byte) int {
	i := len(b) - 1
	for i > 0 && i > len(b)-utf8.UTFMax && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}
