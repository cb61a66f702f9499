package render

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A textPrinter writes segments for people: a line for the segment, one for each element with a value.
type textPrinter struct {
	out *bufio.Writer
}

// Widths of the columns of an element: its place, its tags, its name.
const (
	placeWidth = len("element 12.3")
	tagWidth   = len("C002.1001")
	nameWidth  = 40 // what no element name passes by much
)

func (p *textPrinter) segment(s *Segment) error {
	indent := strings.Repeat("  ", s.depth)
	fmt.Fprintf(p.out, "%s%s", indent, printable(s.Tag))
	if s.Name != "" {
		fmt.Fprintf(p.out, "  %s", s.Name)
	}
	p.out.WriteString("  (")
	if s.Segment > 0 {
		fmt.Fprintf(p.out, "segment %d, ", s.Segment)
	}
	fmt.Fprintf(p.out, "byte %d", s.Offset)
	if g := groups(s.Pointer); g != "" {
		fmt.Fprintf(p.out, ", in %s", g)
	}
	p.out.WriteString(")\n")
	for i := range s.Elements {
		p.element(indent, &s.Elements[i])
	}
	_, err := p.out.Write(nil) // an earlier error stays in the writer
	return err
}

func (p *textPrinter) element(indent string, e *Element) {
	place := "element " + strconv.Itoa(e.Position)
	if e.Repeat > 0 {
		place += "[" + strconv.Itoa(e.Repeat) + "]"
	}
	if e.Component > 0 {
		place += "." + strconv.Itoa(e.Component)
	}
	tag := e.Tag
	if e.Composite != "" {
		tag = e.Composite + "." + tag
	}
	name := e.Name
	if e.Tag == "" {
		tag, name = strings.TrimSuffix(tag, "."), "not in the directory"
	}
	fmt.Fprintf(p.out, "%s  %-*s  %-*s  %s%s  %s", indent, placeWidth, place, tagWidth, tag, name,
		strings.Repeat(" ", max(0, nameWidth-utf8.RuneCountInString(name))), printable(e.Value))
	if e.Meaning != "" {
		fmt.Fprintf(p.out, " = %s", e.Meaning)
	}
	p.out.WriteByte('\n')
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
