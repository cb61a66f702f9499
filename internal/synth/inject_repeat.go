package synth

import "slices"

// A surplus says how a segment is repeated until it stands once too often.
type surplus struct {
	max  int    // how often the segment may stand (CUSCAR, D.95B and D.16A alike)
	text string // what is added; "" is a copy of what is there
}

// plantRepeatedSegment adds copies of a segment behind the last of its row until one is too many.
func plantRepeatedSegment(p *plan) bool {
	switch p.r.n(4) {
	case 0:
		m, seg := p.header("GIS", anySegment)
		if seg < 0 {
			m, seg = p.header("GEI", anySegment)
		}
		return seg >= 0 && p.repeated(m, seg, surplus{max: 9})
	case 1:
		m := p.message()
		if len(m.equipment) == 0 {
			return false
		}
		g := pick(p.r, m.equipment)
		return p.is(g.end-1, "SEL") && p.repeated(m, g.end-1, surplus{max: 9, text: "SEL+XX0000001+CA"})
	case 2:
		m, _, seg := p.segment("PCI", anySegment)
		return seg >= 0 && p.repeated(m, seg, surplus{max: 9})
	}
	m, _, seg := p.segment("CST", anySegment)
	return seg >= 0 && p.repeated(m, seg, surplus{max: 1})
}

// repeated fills the row that ends with seg up to one more than its maximum.
func (p *plan) repeated(m *messageOutline, seg int, s surplus) bool {
	tag := p.tag(seg)
	have := 1
	for p.is(seg-have, tag) {
		have++
	}
	if s.text == "" {
		s.text = string(p.src[p.segments[seg].off:p.segments[seg].end])
	}
	marks := p.add(m, seg+1, slices.Repeat([]string{s.text}, s.max+1-have)...)
	p.finding, p.length = marks[len(marks)-1], len(tag)
	p.describe("%s stands %d times in a row; %d are allowed", tag, s.max+1, s.max)
	return true
}

// plantRepeatedGroup adds triggers of a group until one is too many.
func plantRepeatedGroup(p *plan) bool {
	if p.r.pct(50) { // header transport, C 9
		m := p.message()
		if m.tdt < 0 {
			return false
		}
		end := m.tdt + 1
		for p.is(end, "LOC") || p.is(end, "DTM") {
			end++
		}
		marks := p.add(m, end, slices.Repeat([]string{"TDT+30+001W+1"}, 9)...)
		p.finding, p.length = marks[8], 3
		p.describe("the header has ten TDT groups; nine are allowed")
		return true
	}
	m, _, seg := p.segment("CTA", anySegment) // contact of a party, C 9
	if seg < 0 {
		return false
	}
	end := seg + 1
	for p.is(end, "COM") {
		end++
	}
	marks := p.add(m, end, slices.Repeat([]string{"CTA+IC+:TEN CONTACTS"}, 9)...)
	p.finding, p.length = marks[8], 3
	p.describe("a party has ten CTA groups; nine are allowed")
	return true
}
