package diag

import (
	"bytes"
	"cmp"
	"io"
	"slices"
)

// resolveBuffer is how much of the file Resolve holds at a time, in bytes.
const resolveBuffer = 64 << 10

// Resolve fills Line and Col of every position of the findings, their related ones included, in one forward reading
// of src that stops at the last position. A line ends with a line feed; Col counts bytes. An offset behind the end of
// the file is counted as the end, a negative one as the start. The findings may be in any order. The error is that
// of reading; positions before it are filled.
func Resolve(src io.ReaderAt, size int64, findings []Finding) error {
	var places []*Position
	for i := range findings {
		places = append(places, &findings[i].Pos)
		for j := range findings[i].Related {
			places = append(places, &findings[i].Related[j])
		}
	}
	slices.SortFunc(places, func(a, b *Position) int { return cmp.Compare(a.Offset, b.Offset) })

	c := lineCounter{src: src, size: size, line: 1}
	for _, p := range places {
		if err := c.advance(min(max(p.Offset, 0), size)); err != nil {
			return err
		}
		p.Line, p.Col = c.line, int(c.at-c.lineStart)+1
	}
	return nil
}

// A lineCounter walks forward through a file and knows the line it is in.
type lineCounter struct {
	src       io.ReaderAt
	size      int64
	at        int64 // bytes passed
	line      int   // 1-based
	lineStart int64 // offset of the line's first byte

	buf      []byte // allocated with the first reading
	window   []byte // the part of buf that holds the file from windowAt on
	windowAt int64
}

// advance goes on to an offset that is not before the present one nor behind the end.
func (c *lineCounter) advance(to int64) error {
	for c.at < to {
		if c.at >= c.windowAt+int64(len(c.window)) {
			if err := c.fill(); err != nil {
				return err
			}
		}
		passed := c.window[c.at-c.windowAt:]
		if rest := to - c.at; int64(len(passed)) > rest {
			passed = passed[:rest]
		}
		if n := bytes.Count(passed, newline); n > 0 {
			c.line += n
			c.lineStart = c.at + int64(bytes.LastIndexByte(passed, '\n')) + 1
		}
		c.at += int64(len(passed))
	}
	return nil
}

var newline = []byte{'\n'}

// fill reads the next window. It is only called before the end, so that no byte is an error.
func (c *lineCounter) fill() error {
	if c.buf == nil {
		c.buf = make([]byte, min(resolveBuffer, c.size))
	}
	n, err := c.src.ReadAt(c.buf, c.at)
	c.window, c.windowAt = c.buf[:n], c.at
	if n > 0 {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF // shorter than size says
	}
	return err
}
