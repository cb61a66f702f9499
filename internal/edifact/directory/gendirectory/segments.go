package main

import (
	"regexp"
	"strings"
)

// element is one place of a segment: a simple element, or a composite with its
// components as the segment directory repeats them.
type element struct {
	row
	components []row
}

// segment is an entry of the segment directory (TRSD, EDSD).
type segment struct {
	tag, name string
	elements  []element
}

var reSegmentHead = regexp.MustCompile(`^[ +*#|X-]{6,7}([A-Z][A-Z0-9]{2}) {2,}(\S.*)$`)

// readSegments reads a segment directory.
func readSegments(s *source) (map[string]*segment, error) {
	out := map[string]*segment{}
	for _, ls := range s.entries() {
		ls = skipBlank(ls)
		if len(ls) == 0 {
			continue
		}
		m := reSegmentHead.FindStringSubmatch(ls[0].text)
		if m == nil {
			return nil, s.errorf(ls[0], "heading of a segment expected")
		}
		seg := &segment{tag: m[1], name: m[2]}
		for ls = ls[1:]; len(ls) > 0 && ls[0].text != ""; ls = ls[1:] {
			seg.name = join(seg.name, ls[0].text)
		}
		elements, err := s.readElements(ls)
		if err != nil {
			return nil, err
		}
		seg.elements = elements
		if out[seg.tag] != nil || len(elements) == 0 {
			return nil, s.errorf(ls[0], "segment %s twice, or without elements", seg.tag)
		}
		out[seg.tag] = seg
	}
	return out, nil
}

// readElements reads the table of one segment, after its function and notes.
func (s *source) readElements(ls []line) ([]element, error) {
	var elements []element
	text := true // inside the function or a note, which are left out
	for len(ls) > 0 {
		l := ls[0]
		if m := reHead.FindStringSubmatch(l.text); m != nil {
			r, rest, err := s.readRow(m[2], m[3], ls)
			if err != nil {
				return nil, err
			}
			composite := len(r.tag) > 0 && (r.tag[0] == 'C' || r.tag[0] == 'E')
			if composite == (r.repr != "") || m[1] != position(len(elements)+1) {
				return nil, s.errorf(l, "composite with or element without representation, or position out of order")
			}
			elements, ls, text = append(elements, element{row: r}), rest, false
			continue
		}
		m := reComponent.FindStringSubmatch(l.text)
		switch {
		case l.text == "":
		case m != nil && !text:
			r, rest, err := s.readRow(m[1], m[2], ls)
			if err != nil {
				return nil, err
			}
			last := &elements[len(elements)-1]
			if r.repr == "" || r.repeats != 1 || last.repr != "" {
				return nil, s.errorf(l, "component without representation or composite")
			}
			last.components, ls = append(last.components, r), rest
			continue
		case isNoteHead(l.text):
			text = true
		case text && indent(strings.TrimLeft(l.text, "+*#|X-")) > 0:
		default:
			return nil, s.errorf(l, "line not understood in a segment's table")
		}
		ls = ls[1:]
	}
	return elements, nil
}

// position prints the position of the nth element: 010, 020, …
func position(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10), '0'}) }

// isNoteHead tells whether a line begins text that is no part of a table.
func isNoteHead(text string) bool {
	t := strings.TrimLeft(text, " +*#|X-")
	for _, head := range []string{"Function:", "Desc:", "Note:", "Notes:", "Dependency note:", "Dependency notes:"} {
		if strings.HasPrefix(t, head) {
			return true
		}
	}
	return false
}
