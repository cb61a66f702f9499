package render

import (
	"bufio"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A textPrinter writes segments for people: a line for the segment, one for each element with a value.
type textPrinter struct {
	out  *bufio.Writer
	line []byte
}

// Widths of the columns of an element: its place, its tags, its name.
const (
	placeWidth = len("element 12.3")
	tagWidth   = len("C002.1001")
	nameWidth  = 40 // what no element name passes by much
)

func (p *textPrinter) segment(s *Segment) error {
	b := pad(p.line[:0], 2*s.depth)
	b = append(b, printable(s.Tag)...)
	if s.Name != "" {
		b = append(append(b, "  "...), s.Name...)
	}
	b = append(b, "  ("...)
	if s.Segment > 0 {
		b = append(strconv.AppendInt(append(b, "segment "...), int64(s.Segment), 10), ", "...)
	}
	b = strconv.AppendInt(append(b, "byte "...), s.Offset, 10)
	if g := groups(s.Pointer); g != "" {
		b = append(append(b, ", in "...), g...)
	}
	b = append(b, ")\n"...)
	for i := range s.Elements {
		b = appendElement(pad(b, 2*s.depth), &s.Elements[i])
	}
	p.line = b
	_, err := p.out.Write(b)
	return err
}

// appendElement appends the line of an element.
func appendElement(b []byte, e *Element) []byte {
	b = append(b, "  "...)
	from := len(b)
	b = strconv.AppendInt(append(b, "element "...), int64(e.Position), 10)
	if e.Repeat > 0 {
		b = append(strconv.AppendInt(append(b, '['), int64(e.Repeat), 10), ']')
	}
	if e.Component > 0 {
		b = strconv.AppendInt(append(b, '.'), int64(e.Component), 10)
	}
	b = append(pad(b, placeWidth-(len(b)-from)), "  "...)

	from = len(b)
	b = append(b, e.Composite...)
	if e.Composite != "" && e.Tag != "" {
		b = append(b, '.')
	}
	b = append(b, e.Tag...)
	b = append(pad(b, tagWidth-(len(b)-from)), "  "...)

	name := e.Name
	if e.Tag == "" {
		name = "not in the directory"
	}
	b = append(b, name...)
	b = append(pad(b, nameWidth-utf8.RuneCountInString(name)), "  "...)
	b = append(b, printable(e.Value)...)
	if e.Meaning != "" {
		b = append(append(b, " = "...), e.Meaning...)
	}
	return append(b, '\n')
}

// pad appends n spaces, none where n is negative.
func pad(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

func (p *textPrinter) end() error { return nil }

// groups gives the segment groups of a pointer, without the message and the segment: "SG4[1]/SG5[2]".
func groups(pointer string) string {
	from, to := strings.IndexByte(pointer, '/'), strings.LastIndexByte(pointer, '/')
	if from < 0 || from == to {
		return ""
	}
	return pointer[from+1 : to]
}
