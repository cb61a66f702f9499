package scoring

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrData is the cause when a list or rules file cannot be read; the error in between is a *DataError.
var ErrData = errors.New("scoring: the file does not follow its format")

// DataError is the first fault of a list or rules file, with its place.
type DataError struct {
	File   string
	Line   int // 1-based
	Col    int // 1-based, in bytes
	Reason string
}

// Error gives file, line, column and reason: "vague-words.txt:12:1: …".
func (e *DataError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Reason)
}

// Unwrap gives ErrData.
func (e *DataError) Unwrap() error { return ErrData }

// Limits of a data file.
const (
	maxDataBytes = 8 << 20
	maxDataLine  = 1000
)

// source reads the lines of a data file: no control characters, no blanks at the end, comments from a number sign at
// the beginning of a line on, empty lines passed over. A byte order mark and carriage returns are let through.
type source struct {
	file string
	rest string
	line int
	text string // of the line, without what is before indent
	col  int    // of text
	deep bool   // the line is indented
}

func newSource(file, text string) *source {
	return &source{file: file, col: 1, rest: strings.TrimPrefix(text, "\ufeff")}
}

// next goes to the next line that says something. It reports false at the end.
func (s *source) next() (bool, error) {
	if s.line == 0 && len(s.rest) > maxDataBytes {
		s.line = 1
		return false, s.errorf(0, "the file has %d bytes, more than %d", len(s.rest), maxDataBytes)
	}
	for s.rest != "" {
		var line string
		line, s.rest, _ = strings.Cut(s.rest, "\n")
		line = strings.TrimSuffix(line, "\r")
		s.line++
		s.col = 1
		if len(line) > maxDataLine {
			return false, s.errorf(maxDataLine, "the line has %d bytes, more than %d", len(line), maxDataLine)
		}
		if !utf8.ValidString(line) {
			return false, s.errorf(0, "the line is not UTF-8")
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfeff }); i >= 0 {
			return false, s.errorf(i, "the line holds the control character %q; blanks part words", line[i:i+1])
		}
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		text := strings.TrimLeft(line, " ")
		s.col, s.text, s.deep = 1+len(line)-len(text), text, len(text) < len(line)
		if strings.HasSuffix(line, " ") {
			return false, s.errorf(len(text)-1, "the line ends in a blank")
		}
		return true, nil
	}
	return false, nil
}

// errorf makes the error for a place in the line at hand: at is the offset in its text.
func (s *source) errorf(at int, format string, args ...any) error {
	return &DataError{File: s.file, Line: max(s.line, 1), Col: s.col + at, Reason: fmt.Sprintf(format, args...)}
}

// pair takes "word rest" from the line.
func (s *source) pair() (word, rest string, at int) {
	word, rest, _ = strings.Cut(s.text, " ")
	trimmed := strings.TrimLeft(rest, " ")
	return word, trimmed, len(s.text) - len(trimmed)
}
