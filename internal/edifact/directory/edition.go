package directory

import (
	"strconv"
	"strings"
)

// edition is one release of a data set, as far as it has been asked for. The
// values in its maps are shared and never change; the maps are guarded by pack.mu.
type edition struct {
	pack       *pack
	index      int
	segments   map[segmentKey]*Segment
	composites map[string]*Element
	elements   map[string]*[1]Component
	lists      map[string]*CodeList
}

type segmentKey struct {
	tag    string
	layout int
}

func newEdition(p *pack, i int) *edition {
	return &edition{
		pack: p, index: i,
		segments:   map[segmentKey]*Segment{},
		composites: map[string]*Element{},
		elements:   map[string]*[1]Component{},
		lists:      map[string]*CodeList{},
	}
}

// segment returns the layout of a segment, nil where the release does not hold it.
//
// The line of a segment lists its elements as "C002C 1004C C517C5": tag, status,
// repetitions. Syntax version 4 sends repetitions in one place, with the repetition
// separator (ISO 9735-1:2002; UNA position 5). Versions 1 to 3 have no such
// separator: repetition of a data element there is by position (ISO 9735:1988, 8.2),
// so each takes a place of its own. The first keeps the status, the others may be
// left out. EDSD D.99B uses its repetition column in the same way for ARR, which it
// reserves for version 3.
func (e *edition) segment(tag string, layout int) *Segment {
	key := segmentKey{tag, layout}
	if s := e.segments[key]; s != nil {
		return s
	}
	text, ok := e.pack.fact(e.pack.segments, tag, e.index)
	if !ok {
		return nil
	}
	list, name, _ := strings.Cut(text, "\t")
	key.tag = strings.Clone(tag) // it may point into a caller's buffer
	s := &Segment{Tag: key.tag, Name: name}
	places := 0
	for part := range strings.SplitSeq(list, " ") {
		places += copies(repeats(part), layout)
	}
	s.Elements = make([]Element, 0, places)
	for part := range strings.SplitSeq(list, " ") {
		el := e.element(part[:4])
		el.Mandatory = part[4] == 'M'
		el.Repeats = repeats(part)
		n := copies(el.Repeats, layout)
		if n > 1 {
			el.Repeats = 1
		}
		for range n {
			s.Elements = append(s.Elements, el)
			el.Mandatory = false
		}
	}
	e.segments[key] = s
	return s
}

// repeats reads the repetitions of "C517C5"; none printed is 1.
func repeats(part string) int {
	if len(part) == 5 {
		return 1
	}
	n, err := strconv.Atoi(part[5:])
	if err != nil {
		panic("directory: embedded data has element " + part)
	}
	return n
}

// copies tells how many places an element with n repetitions takes.
func copies(n, layout int) int {
	if layout < 4 {
		return n
	}
	return 1
}

// element returns a place of a segment, without status and repetitions.
func (e *edition) element(tag string) Element {
	if tag[0] >= '0' && tag[0] <= '9' {
		c := e.component(tag)
		return Element{Tag: c[0].Tag, Name: c[0].Name, Components: c[:]}
	}
	if el := e.composites[tag]; el != nil {
		return *el
	}
	text, ok := e.pack.fact(e.pack.composites, tag, e.index)
	if !ok {
		panic("directory: embedded data lacks composite " + tag)
	}
	list, name, _ := strings.Cut(text, "\t")
	el := &Element{Tag: tag, Name: name, Composite: true}
	el.Components = make([]Component, 0, strings.Count(list, " ")+1)
	for part := range strings.SplitSeq(list, " ") {
		c := e.component(part[:4])[0]
		c.Mandatory = part[4] == 'M'
		el.Components = append(el.Components, c)
	}
	e.composites[tag] = el
	return *el
}

// component returns a data element as the only component of a simple element: its
// status is the element's own.
func (e *edition) component(tag string) *[1]Component {
	if c := e.elements[tag]; c != nil {
		return c
	}
	text, ok := e.pack.fact(e.pack.elements, tag, e.index)
	if !ok {
		panic("directory: embedded data lacks element " + tag)
	}
	repr, name, _ := strings.Cut(text, "\t")
	c := &[1]Component{{Tag: tag, Name: name, Mandatory: true, Repr: parseRepr(repr), Codes: e.codes(tag)}}
	e.elements[tag] = c
	return c
}

// codes returns the code list of an element, nil where none is held.
func (e *edition) codes(tag string) *CodeList {
	if l, ok := e.lists[tag]; ok {
		return l
	}
	l := newCodeList(e.pack, tag, e.index)
	e.lists[tag] = l
	return l
}

// parseRepr reads "an..35" or "n6".
func parseRepr(text string) Repr {
	letters := strings.TrimRight(text, ".0123456789")
	digits := strings.TrimLeft(text, "an.")
	n, err := strconv.Atoi(digits)
	r := Repr{Max: n}
	switch letters {
	case "a":
		r.Class = Alpha
	case "n":
		r.Class = Numeric
	case "an":
		r.Class = Alphanumeric
	}
	if err != nil || r.Class == 0 {
		panic("directory: embedded data has representation " + text)
	}
	if !strings.Contains(text, "..") {
		r.Min = n
	}
	return r
}
