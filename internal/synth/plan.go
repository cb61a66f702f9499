package synth

import "strings"

// A plan gathers what one fault changes and what must be found.
type plan struct {
	*document
	*outline
	r *rng

	edits        []Edit
	finding      mark
	length       int
	text         string
	consequences []consequence
}

type consequence struct {
	code string
	mark mark
}

// replace puts text in the place of s.
func (p *plan) replace(s span, text string) {
	p.edits = append(p.edits, Edit{int64(s.off), s.end - s.off, text})
}

// insert puts text before byte off.
func (p *plan) insert(off int, text string) {
	p.edits = append(p.edits, Edit{int64(off), 0, text})
}

// remove takes out the segments of a run with their line breaks and corrects the count of UNT.
func (p *plan) remove(m *messageOutline, g run) {
	p.replace(span{p.segments[g.first].off, p.after(g.end - 1)}, "")
	p.recount(m, g.first-g.end)
}

// add puts segments before the segment with index before, each with terminator and line break, corrects the count
// of UNT, and gives for each the place of its tag in the faulty file.
func (p *plan) add(m *messageOutline, before int, segments ...string) []mark {
	var b strings.Builder
	marks := make([]mark, len(segments))
	off := p.segments[before].off
	for i, s := range segments {
		marks[i] = mark{off: off, delta: b.Len()}
		b.WriteString(s)
		b.WriteByte(p.terminator)
		b.WriteString(p.lineBreak())
	}
	p.insert(off, b.String())
	p.recount(m, len(segments))
	return marks
}

// lineBreak gives what stands between the first two segments.
func (p *plan) lineBreak() string {
	return string(p.src[p.segments[0].end+1 : p.segments[1].off])
}

// recount adds n to the count of UNT, which must have been right.
func (p *plan) recount(m *messageOutline, n int) {
	s, _ := p.at(m.unt, 1, 1)
	p.replace(s, itoa(m.unt-m.unh+1+n))
}

// wrong replaces a value and expects the finding at it.
func (p *plan) wrong(s span, text string) {
	p.replace(s, text)
	p.finding, p.length = mark{off: s.off}, len(text)
}

// noticed expects the finding at the tag of a segment of the source.
func (p *plan) noticed(seg int) {
	p.finding, p.length = mark{off: p.segments[seg].off, after: true}, len(p.tag(seg))
}

// may allows a finding at a component of the source that is not edited itself, if it is there.
func (p *plan) may(code string, seg, element, component int) {
	if seg < 0 {
		return
	}
	if s, ok := p.at(seg, element, component); ok {
		p.consequences = append(p.consequences, consequence{code, mark{off: s.off, after: true}})
	}
}

// mayHere allows a finding at a place that is edited.
func (p *plan) mayHere(code string, s span) {
	p.consequences = append(p.consequences, consequence{code, mark{off: s.off}})
}

// totalsMayDiffer allows the control totals of a bill to be found wrong.
func (p *plan) totalsMayDiffer(b *billOutline) {
	for k, code := range [...]string{totalMass: "CAR0006", totalPieces: "CAR0008", totalPackages: "CAR0007", totalVolume: "CAR0027"} {
		p.may(code, b.totals[k], 1, 2)
	}
}

// message chooses one.
func (p *plan) message() *messageOutline {
	return &p.messages[p.r.n(len(p.messages))]
}

// bill chooses a bill that suits: from a random one on in a random message, then on through all messages.
func (p *plan) bill(suits func(*billOutline) bool) (*messageOutline, *billOutline) {
	first := p.r.n(len(p.messages))
	for i := range p.messages {
		m := &p.messages[(first+i)%len(p.messages)]
		n := len(m.consignments)
		if n == 0 {
			continue
		}
		start := p.r.n(n)
		for j := range n {
			b := &m.consignments[(start+j)%n]
			if b.rff >= 0 && suits(b) {
				return m, b
			}
		}
	}
	return nil, nil
}

// segment chooses a segment with the tag that suits inside a bill; -1 where there is none.
func (p *plan) segment(tag string, suits func(seg int) bool) (*messageOutline, *billOutline, int) {
	seg := -1
	m, b := p.bill(func(b *billOutline) bool {
		start := p.r.n(b.end - b.rff)
		for k := range b.end - b.rff {
			i := b.rff + (start+k)%(b.end-b.rff)
			if p.is(i, tag) && suits(i) {
				seg = i
				return true
			}
		}
		return false
	})
	return m, b, seg
}

// header chooses a segment with the tag that suits in the header of a random message, BGM to the equipment.
func (p *plan) header(tag string, suits func(seg int) bool) (*messageOutline, int) {
	m := p.message()
	n := m.headerEnd - m.unh
	start := p.r.n(n)
	for k := range n {
		if i := m.unh + (start+k)%n; p.is(i, tag) && suits(i) {
			return m, i
		}
	}
	return m, -1
}

// anySegment suits every segment.
func anySegment(int) bool { return true }
