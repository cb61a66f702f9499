package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// ruler stands for a line that separates two entries of a directory.
const ruler = "----"

// line is one line of a directory file, without its line break.
type line struct {
	number int    // 1-based
	text   string // UTF-8; ruler for a separating line
}

// source is a directory file that is being read.
type source struct {
	name  string // "D95B/TRSD.95B"
	lines []line
}

// errorf returns an error that names the file and the line.
func (s *source) errorf(l line, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s: %q", s.name, l.number, fmt.Sprintf(format, args...), l.text)
}

// readSource reads one directory file.
//
// Two character sets meet in these files. Rulers and the trees of the message
// tables are drawn in code page 437 up to D.01B and in ASCII afterwards; letters
// outside ASCII in names are Windows-1252 in every release. A line is taken as
// drawn when its bytes above 127 are box drawing only, which no name's are.
func readSource(fsys fs.FS, name string) (*source, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	s := &source{name: name}
	for i, b := range bytes.Split(raw, []byte("\n")) {
		b = bytes.TrimRight(b, "\r \x1a")
		text, err := decodeLine(b)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		if len(text) >= 40 && strings.Trim(text, "-") == "" {
			text = ruler
		}
		s.lines = append(s.lines, line{i + 1, text})
	}
	return s, nil
}

// boxes maps the box-drawing bytes of code page 437 that the directories use to
// the ASCII characters that later releases draw with.
var boxes = map[byte]byte{
	0xC4: '-', 0xB3: '|', 0xBF: '+', 0xD9: '+', 0xC1: '+', 0xB4: '+', 0xC2: '+', 0xC3: '+', 0xC0: '+', 0xDA: '+', 0xC5: '+',
}

// decodeLine turns the bytes of a line into UTF-8, its drawing into ASCII.
func decodeLine(b []byte) (string, error) {
	plain, box := true, true
	for _, c := range b {
		if c < 0x80 {
			continue
		}
		plain = false
		if _, ok := boxes[c]; !ok {
			box = false
		}
	}
	if plain {
		return string(b), nil
	}
	if box {
		out := bytes.Clone(b)
		for i, c := range out {
			if a, ok := boxes[c]; ok {
				out[i] = a
			}
		}
		return string(out), nil
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	return string(out), err
}

// entries splits a file at its rulers and drops what comes before the first.
func (s *source) entries() [][]line {
	var out [][]line
	start := -1
	for i, l := range s.lines {
		if l.text != ruler {
			continue
		}
		if start >= 0 {
			out = append(out, s.lines[start:i])
		}
		start = i + 1
	}
	if start >= 0 {
		out = append(out, s.lines[start:])
	}
	return out
}

// skipBlank drops empty lines at the front.
func skipBlank(ls []line) []line {
	for len(ls) > 0 && ls[0].text == "" {
		ls = ls[1:]
	}
	return ls
}

// indent counts the spaces at the front of a line.
func indent(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }
