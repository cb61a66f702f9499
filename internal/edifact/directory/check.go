package directory

import (
	"bytes"
	"unicode/utf8"

	"cargogate/internal/diag"
	"cargogate/internal/edi"
)

// A segmentCheck is a Segment laid flat for checking: what one value may be, without a pointer to follow but the
// code list's.
type segmentCheck struct {
	def      *Segment
	elements []elementCheck
	parts    []componentCheck
	needed   int // last mandatory element, 1-based; 0 for none
}

type elementCheck struct {
	from, to  int32 // in parts
	mandatory bool
	repeats   int32
	list      int32  // component that names another code list (DE 1131 or 3055), 1-based; 0 for none
	need      uint32 // bit j is set where component j+1 is mandatory
}

type componentCheck struct {
	max, min  int32
	how       how
	class     Class
	mandatory bool
	listed    bool // the value is from the list that a component beside it may name
	codes     *CodeList
}

// how says what the first look at a value must do; whatever it does not let pass gets a second, thorough look.
type how uint8

const (
	byLength  how = iota // text: nothing but its length matters
	byCode               // a code list
	byNumber             // digits and a decimal mark
	byLetters            // no digits
)

func compileSegment(s *Segment) *segmentCheck {
	c := &segmentCheck{def: s}
	for i := range s.Elements {
		e := &s.Elements[i]
		ec := elementCheck{from: int32(len(c.parts)), mandatory: e.Mandatory, repeats: int32(max(1, e.Repeats))}
		if e.Mandatory {
			c.needed = i + 1
		}
		for j, p := range e.Components {
			if e.Composite && (p.Tag == "1131" || p.Tag == "3055") && ec.list == 0 {
				ec.list = int32(j + 1)
			}
			if p.Mandatory {
				ec.need |= 1 << j
			}
			cc := componentCheck{class: p.Repr.Class, mandatory: p.Mandatory, min: int32(p.Repr.Min), max: int32(p.Repr.Max), codes: p.Codes, listed: p.Tag != "1131" && p.Tag != "3055"}
			switch {
			case p.Repr.Class == Numeric:
				cc.how = byNumber
			case p.Codes != nil:
				cc.how = byCode
			case p.Repr.Class == Alpha:
				cc.how = byLetters
			}
			c.parts = append(c.parts, cc)
		}
		ec.to = int32(len(c.parts))
		c.elements = append(c.elements, ec)
	}
	return c
}

// check checks the elements of a segment. It is written for the segment without a fault: one pass over the flat
// segment, in which only a code list costs a call. Whatever is not plainly right is looked at again by the slower
// methods below, which know what is wrong and report it.
func (w *Walker) check(s *edi.Segment, c *segmentCheck, row int) {
	text, ends, elems := s.Flat()
	n := len(elems) - 2
	if elems[1] != 1 {
		w.find(diag.NestingIndicator, w.tagAt(s), w.pointer(row), s.Tag(), diag.A("segment", string(s.Tag())))
	}
	if n == 0 && c.needed == 0 && !w.c.m.Nodes[row].Mandatory { // what is mandatory is sent even where it has nothing to say
		w.find(diag.EmptySegment, w.tagAt(s), w.pointer(row), s.Tag(), diag.A("segment", string(s.Tag())))
	}
	if n > len(c.elements) || n < c.needed {
		w.checkCount(s, c, row, n)
		n = min(n, len(c.elements))
	}
	if n > 0 && elems[n+1]-elems[n] == 1 && ends[elems[n+1]]-ends[elems[n]] == 1 {
		n = w.trailing(s, c, row, n)
	}
	if s.Flags&edi.Repetition != 0 {
		w.checkRepeats(s, c, row, n)
		return
	}
	for e := 1; e <= n; e++ {
		ec := &c.elements[e-1]
		from, to := elems[e], elems[e+1]
		if to-from > uint32(ec.to-ec.from) {
			w.composite(s, c, row, e, 1, int(to-from))
			continue
		}
		parts := c.parts[ec.from:ec.to]
		var got uint32
		fine := true
		for k := from; k < to; k++ {
			v := text[ends[k]+1 : ends[k+1]]
			if len(v) == 0 {
				continue
			}
			j := k - from
			got |= 1 << j
			p := &parts[j]
			if len(v) > int(p.max) || len(v) < int(p.min) {
				fine = false
				continue
			}
			switch p.how {
			case byCode:
				if !p.codes.Has(v) {
					fine = false
				}
			case byNumber:
				if !plainNumber(v, w.subject.DecimalMark) {
					fine = false
				}
			case byLetters:
				fine = fine && !hasDigit(v)
			}
		}
		if got == 0 {
			fine = !ec.mandatory && to-from == 1
		} else if ec.need&^got != 0 || ends[to]-ends[to-1] == 1 {
			fine = false
		}
		if !fine {
			w.composite(s, c, row, e, 1, int(to-from))
		}
	}
}

// plainNumber reports whether v is digits, with at most one of the given decimal mark between them.
func plainNumber(v []byte, mark byte) bool {
	marks := 0
	for i, b := range v {
		if b-'0' > 9 {
			if b != mark || i == 0 || i == len(v)-1 {
				return false
			}
			marks++
		}
	}
	return marks <= 1
}

func hasDigit(v []byte) bool {
	for _, b := range v {
		if b >= '0' && b <= '9' {
			return true
		}
	}
	return false
}

// checkRepeats checks a segment in which some element is repeated.
func (w *Walker) checkRepeats(s *edi.Segment, c *segmentCheck, row, n int) {
	for e := 1; e <= n; e++ {
		if s.NumRepeats(e) > 1 {
			w.repeats(s, c, row, e)
		} else {
			w.composite(s, c, row, e, 1, s.NumComponents(e))
		}
	}
}

// composite checks repeat r of element e, which has k components, and reports what is wrong with it.
func (w *Walker) composite(s *edi.Segment, c *segmentCheck, row, e, r, k int) {
	ec := &c.elements[e-1]
	width := int(ec.to - ec.from)
	other := false // the code comes from another list than the directory's
	if ec.list > 0 {
		for l := int(ec.list); l <= width; l++ {
			if p := &c.parts[int(ec.from)+l-1]; !p.listed {
				if v := s.RepeatComponent(e, r, l); len(v) > 0 && !(len(v) == 1 && v[0] == '6') {
					other = true
				}
			}
		}
	}
	used := false
	for j := 1; j <= k; j++ {
		v := s.RepeatComponent(e, r, j)
		if len(v) == 0 {
			continue
		}
		used = true
		if j > width {
			w.surplus(s, c, row, e, r, j)
			return
		}
		p := &c.parts[int(ec.from)+j-1]
		codes := p.codes
		if other && p.listed {
			codes = nil
		}
		w.value(s, c, row, e, r, j, v, p, codes)
	}
	if !used {
		if ec.mandatory {
			w.absent(s, c, row, e, r, 0)
		}
		if k > 1 {
			w.trailingAt(s, c, row, e, r, 2)
		}
		return
	}
	for j := 1; j <= width; j++ {
		if c.parts[int(ec.from)+j-1].mandatory && len(s.RepeatComponent(e, r, j)) == 0 {
			w.absent(s, c, row, e, r, j)
		}
	}
	if len(s.RepeatComponent(e, r, k)) == 0 {
		last := k
		for last > 1 && len(s.RepeatComponent(e, r, last-1)) == 0 {
			last--
		}
		w.trailingAt(s, c, row, e, r, last)
	}
}

func (w *Walker) repeats(s *edi.Segment, c *segmentCheck, row, e int) {
	ec := &c.elements[e-1]
	n := s.NumRepeats(e)
	if n > int(ec.repeats) {
		at := w.elementAt(s, e, int(ec.repeats)+1, 1)
		w.find(diag.RepetitionNotAllowed, at, w.elementPointer(row, c, e, 0), s.RepeatComponent(e, int(ec.repeats)+1, 1), diag.N("max", int64(ec.repeats)), diag.A("element", c.def.Elements[e-1].Tag))
		n = int(ec.repeats)
	}
	for r := 1; r <= n; r++ {
		w.composite(s, c, row, e, r, s.RepeatComponents(e, r))
	}
}

// value checks one value against its representation and code list.
func (w *Walker) value(s *edi.Segment, c *segmentCheck, row, e, r, j int, v []byte, p *componentCheck, codes *CodeList) {
	if len(v) > int(p.max) || len(v) < int(p.min) || p.class == Numeric {
		if p.class == Numeric {
			if !w.number(s, c, row, e, r, j, v, p) {
				return
			}
		} else if !w.length(s, c, row, e, r, j, v, p) {
			return
		}
	}
	if p.class == Alpha && hasDigit(v) {
		w.findAt(diag.WrongCharacterType, s, c, row, e, r, j, v, diag.A("repr", c.repr(e, j)))
		return
	}
	if codes != nil && !codes.Has(v) {
		if u := w.plain(s, v); !codes.Has(bytes.TrimRight(u, " ")) {
			w.findAt(diag.ValueNotInCodeList, s, c, row, e, r, j, v, diag.A("value", diag.Clip(u)), diag.A("release", w.c.m.Release))
		}
	}
}

// plain takes the release characters out of v, for the rare value that needs a second look.
func (w *Walker) plain(s *edi.Segment, v []byte) []byte {
	if s.Flags&edi.Escaped == 0 {
		return v
	}
	return edi.AppendUnescaped(nil, v, w.subject.Release)
}

// length checks a value whose bytes are too many or too few: characters count, not bytes, and neither release
// characters nor trailing spaces do.
func (w *Walker) length(s *edi.Segment, c *segmentCheck, row, e, r, j int, v []byte, p *componentCheck) bool {
	u := w.plain(s, v)
	n := len(u)
	if w.subject.UTF8 {
		n = utf8.RuneCount(u)
	}
	if n > int(p.max) {
		n -= len(u) - len(bytes.TrimRight(u, " "))
	}
	switch {
	case n > int(p.max):
		w.findAt(diag.ElementTooLong, s, c, row, e, r, j, v, diag.N("max", int64(p.max)), diag.N("length", int64(n)))
	case n < int(p.min):
		w.findAt(diag.ElementTooShort, s, c, row, e, r, j, v, diag.N("min", int64(p.min)), diag.N("length", int64(n)))
	default:
		return true
	}
	return false
}

// number checks a numeric value (ISO 9735:1988, 10): digits, a minus sign before them, one decimal mark with a digit
// on either side. Mark and sign do not count as length.
func (w *Walker) number(s *edi.Segment, c *segmentCheck, row, e, r, j int, v []byte, p *componentCheck) bool {
	digits, marks, mark := 0, 0, -1
	for i, b := range v {
		switch {
		case b >= '0' && b <= '9':
			digits++
		case b == '.' || b == ',':
			marks++
			mark = i
		case b == '-' && i == 0:
		default:
			// Trailing spaces carry nothing, and the mark may be a released service character.
			if u := bytes.TrimRight(w.plain(s, v), " "); len(u) < len(v) && len(u) > 0 {
				return w.number(s, c, row, e, r, j, u, p)
			}
			w.findAt(diag.WrongCharacterType, s, c, row, e, r, j, v, diag.A("repr", c.repr(e, j)))
			return false
		}
	}
	if marks > 1 || digits == 0 {
		w.findAt(diag.InvalidNumber, s, c, row, e, r, j, v)
		return false
	}
	if digits > int(p.max) {
		w.findAt(diag.ElementTooLong, s, c, row, e, r, j, v, diag.N("max", int64(p.max)), diag.N("length", int64(digits)))
		return false
	}
	if digits < int(p.min) {
		w.findAt(diag.ElementTooShort, s, c, row, e, r, j, v, diag.N("min", int64(p.min)), diag.N("length", int64(digits)))
		return false
	}
	if mark >= 0 {
		first := 0
		if v[0] == '-' {
			first = 1
		}
		if mark == first || mark == len(v)-1 {
			w.findAt(diag.MissingDigitAtDecimalMark, s, c, row, e, r, j, v)
		}
		if v[mark] != w.subject.DecimalMark && w.subject.SyntaxVersion < 4 {
			w.findAt(diag.WrongDecimalMark, s, c, row, e, r, j, v, diag.A("expected", string(rune(w.subject.DecimalMark))), diag.A("found", string(rune(v[mark]))))
		}
	}
	return true
}

// repr gives the representation of component j of element e, "an..35".
func (c *segmentCheck) repr(e, j int) string {
	return c.def.Elements[e-1].Components[j-1].Repr.String()
}

// checkCount looks at a segment with more elements than its definition, or fewer than its last mandatory one.
func (w *Walker) checkCount(s *edi.Segment, c *segmentCheck, row, n int) {
	for e := n + 1; e <= c.needed; e++ {
		if c.elements[e-1].mandatory {
			w.absent(s, c, row, e, 1, 0)
		}
	}
	for e := len(c.elements) + 1; e <= n; e++ {
		if _, length := s.ElementSpan(e); length > 0 {
			at := w.elementAt(s, e, 0, 0)
			w.find(diag.TooManyElements, at, w.pointer(row), s.Element(e), diag.A("segment", c.def.Tag), diag.N("max", int64(len(c.elements))))
			return
		}
	}
	if n > len(c.elements) {
		at := w.elementAt(s, len(c.elements)+1, 0, 0)
		w.find(diag.TrailingSeparator, at, w.pointer(row), nil, diag.A("segment", c.def.Tag))
	}
}

// trailing reports the separators before the end of a segment that carry nothing and gives the number of elements
// before them.
func (w *Walker) trailing(s *edi.Segment, c *segmentCheck, row, n int) int {
	last := n
	for last > 0 {
		if _, length := s.ElementSpan(last); length > 0 {
			break
		}
		last--
	}
	if s.NumElements() <= len(c.elements) {
		at := w.elementAt(s, last+1, 0, 0)
		w.find(diag.TrailingSeparator, at, w.pointer(row), nil, diag.A("segment", c.def.Tag))
	}
	for e := last + 1; e <= n; e++ {
		if c.elements[e-1].mandatory {
			w.absent(s, c, row, e, 1, 0)
		}
	}
	return last
}

func (w *Walker) trailingAt(s *edi.Segment, c *segmentCheck, row, e, r, j int) {
	w.find(diag.TrailingSeparator, w.elementAt(s, e, r, j), w.elementPointer(row, c, e, 0), nil, diag.A("segment", c.def.Tag))
}

func (w *Walker) surplus(s *edi.Segment, c *segmentCheck, row, e, r, j int) {
	w.find(diag.TooManyElements, w.elementAt(s, e, r, j), w.elementPointer(row, c, e, 0), s.RepeatComponent(e, r, j),
		diag.A("segment", c.def.Tag), diag.A("element", c.def.Elements[e-1].Tag), diag.N("max", int64(len(c.def.Elements[e-1].Components))))
}

// absent reports a mandatory element (j = 0) or component.
func (w *Walker) absent(s *edi.Segment, c *segmentCheck, row, e, r, j int) {
	el := &c.def.Elements[e-1]
	tag, name := el.Tag, el.Name
	if j > 0 && el.Composite {
		tag, name = el.Components[j-1].Tag, el.Components[j-1].Name
	}
	if !el.Composite {
		j = 0
	}
	w.find(diag.MissingElement, w.elementAt(s, e, r, j), w.elementPointer(row, c, e, j), nil, diag.A("element", tag), diag.A("name", name), diag.A("segment", c.def.Tag))
}

func (w *Walker) findAt(code diag.Code, s *edi.Segment, c *segmentCheck, row, e, r, j int, v []byte, args ...diag.Arg) {
	el := &c.def.Elements[e-1]
	args = append([]diag.Arg{diag.A("element", el.Components[j-1].Tag), diag.A("name", el.Components[j-1].Name)}, args...)
	if !el.Composite {
		j = 0
	}
	at := w.elementAt(s, e, r, j)
	w.find(code, at, w.elementPointer(row, c, e, j), v, args...)
}

// elementAt is the place of component j (0: the element) of repeat r of element e.
func (w *Walker) elementAt(s *edi.Segment, e, r, j int) diag.Position {
	p := diag.Position{Segment: w.segment, Element: e, Component: j}
	if r > 1 || s.Flags&edi.Repetition != 0 && s.NumRepeats(e) > 1 {
		p.Repeat = r
	}
	if j == 0 && r <= 1 {
		p.Offset, p.Length = s.ElementSpan(e)
	} else {
		p.Offset, p.Length = s.Span(e, max(r, 1), max(j, 1))
	}
	return p
}

func (w *Walker) elementPointer(row int, c *segmentCheck, e, j int) diag.Pointer {
	if w.report == nil {
		return ""
	}
	b := append(w.appendPointer(nil, row), '/')
	el := &c.def.Elements[e-1]
	b = append(b, el.Tag...)
	if j > 0 && el.Composite {
		b = append(append(b, '/'), el.Components[j-1].Tag...)
	}
	return diag.Pointer(b)
}

// CheckService checks the elements of a service segment that no message's table holds, and reports as the walker would:
// those of the envelope (UNB, UNG, UNE, UNZ), and UNH and UNT of a message whose type is not held.
func CheckService(s *edi.Segment, subject Subject, report func(diag.Finding)) {
	def := Service(string(s.Tag()), max(3, min(subject.SyntaxVersion, 4)))
	if def == nil || s.Flags&edi.Oversized != 0 {
		return
	}
	m := &Message{Nodes: []Node{{Tag: def.Tag, Parent: -1, End: 1, Max: 1, Segment: def}}}
	w := Walker{subject: subject, segment: subject.Segment, report: report, c: &compiled{m: m}, counts: []int32{0}}
	w.check(s, compileSegment(def), 0)
}
