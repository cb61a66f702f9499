package main

import (
	"regexp"
	"strings"
)

// dataElement is an entry of the data element directory (TRED, EDED).
type dataElement struct {
	tag, name, repr string
}

var (
	reElementHead = regexp.MustCompile(`^[ +*#|X-]{1,5}(\d{4}) +(\S.*)$`)
	reUsage       = regexp.MustCompile(` +\[[BIC]?\]$`)
	reRepr        = regexp.MustCompile(`^[ +*#|X-]*Repr: +((?:an?|n)(?:\.\.)?\d+)$`)
)

// readElementHead reads the heading of an entry of the element directory or of the
// code list, up to and with its representation, and returns the lines after it.
func (s *source) readElementHead(ls []line) (dataElement, []line, error) {
	first := ls[0]
	m := reElementHead.FindStringSubmatch(first.text)
	if m == nil {
		return dataElement{}, nil, s.errorf(first, "heading of a data element expected")
	}
	e := dataElement{tag: m[1], name: reUsage.ReplaceAllString(m[2], "")}
	for ls = ls[1:]; len(ls) > 0 && ls[0].text != ""; ls = ls[1:] {
		e.name = join(e.name, reUsage.ReplaceAllString(ls[0].text, ""))
	}
	for ; len(ls) > 0; ls = ls[1:] {
		if m := reRepr.FindStringSubmatch(ls[0].text); m != nil {
			e.repr = m[1]
			return e, ls[1:], nil
		}
		if strings.Contains(ls[0].text, "Repr:") {
			return e, nil, s.errorf(ls[0], "representation not understood")
		}
	}
	return e, nil, s.errorf(first, "element without representation")
}

// readDataElements reads a data element directory.
func readDataElements(s *source) (map[string]dataElement, error) {
	out := map[string]dataElement{}
	for _, ls := range s.entries() {
		ls = skipBlank(ls)
		if len(ls) == 0 {
			continue
		}
		e, rest, err := s.readElementHead(ls)
		if err != nil {
			return nil, err
		}
		// Only notes may follow.
		if rest = skipBlank(rest); len(rest) > 0 && !isNoteHead(rest[0].text) {
			return nil, s.errorf(rest[0], "line not understood after a representation")
		}
		if _, twice := out[e.tag]; twice {
			return nil, s.errorf(ls[0], "element twice")
		}
		out[e.tag] = e
	}
	return out, nil
}
