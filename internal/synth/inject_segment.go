package synth

// segmentKinds take segments out of a message, add them, or put them where they may not stand.
var segmentKinds = []kind{
	{"segment-missing", "EDI1005", func(p *plan) bool {
		m := p.message()
		if m.bgm < 0 {
			return false
		}
		p.removed(m, run{m.bgm, m.bgm + 1}, "BGM is missing")
		return true
	}},
	{"header-transport-trigger-missing", "EDI1005", func(p *plan) bool {
		m := p.message()
		if m.tdt < 0 || !p.is(m.tdt+1, "LOC") {
			return false
		}
		p.removed(m, run{m.tdt, m.tdt + 1}, "the header's TDT is missing before its LOC")
		return true
	}},
	{"onward-transport-trigger-missing", "EDI1005", func(p *plan) bool {
		m, b := p.bill(func(b *billOutline) bool { return b.tdt >= 0 && p.is(b.tdt+1, "LOC") })
		if b == nil {
			return false
		}
		p.removed(m, run{b.tdt, b.tdt + 1}, "the TDT of onward carriage is missing before its LOC")
		return true
	}},
	{"equipment-trigger-missing", "EDI1005", func(p *plan) bool {
		m := p.message()
		if len(m.equipment) == 0 {
			return false
		}
		g := pick(p.r, m.equipment)
		if !p.is(g.first+1, "MEA") {
			return false
		}
		id := p.value(g.first, 2, 1)
		p.removed(m, run{g.first, g.first + 1}, "EQD is missing before its MEA")
		p.may("CAR0009", m.containers, 1, 2)
		p.eachPlacement(m, id, func(_ *billOutline, seg int) { p.may("CAR0010", seg, 1, 1) })
		return true
	}},
	{"consignment-trigger-missing", "EDI1005", func(p *plan) bool {
		// Only the first: after a bill, an RFF without its CNI is simply the next bill of the same CNI.
		m := p.message()
		if len(m.consignments) == 0 || m.consignments[0].cni < 0 || m.consignments[0].rff < 0 {
			return false
		}
		b := &m.consignments[0]
		p.removed(m, run{b.cni, b.rff}, "the first CNI is missing before its RFF")
		p.may("CAR0004", m.bills, 1, 2)
		if len(m.consignments) > 1 {
			p.may("CAR0029", m.consignments[1].cni, 1, 1)
		}
		return true
	}},
	{"bill-trigger-missing", "EDI1005", func(p *plan) bool {
		m, b := p.bill(func(b *billOutline) bool { return b.places.first < b.places.end })
		if b == nil {
			return false
		}
		p.replace(span{p.segments[b.rff].off, p.after(b.rff)}, "")
		p.recount(m, -1)
		if b.cni >= 0 { // its control totals pass for those of CNI; the first LOC does not
			p.noticed(b.places.first)
			p.mayHere("CAR0022", p.segments[b.cni])
		} else {
			p.noticed(b.rff + 1)
			p.houseCountMayDiffer(m, b)
		}
		p.totalsMayDiffer(b)
		p.totalsMayDiffer(p.before(m, b))
		p.consequences = append(p.consequences, consequence{"CAR0022", p.finding})
		p.describe("the RFF of a bill is missing")
		return true
	}},
	{"party-trigger-missing", "EDI1005", func(p *plan) bool {
		m, b := p.bill(func(b *billOutline) bool { n := len(b.parties); return n > 0 && p.is(b.parties[n-1].first+1, "CTA") })
		if b == nil {
			return false
		}
		last := b.parties[len(b.parties)-1].first
		p.removed(m, run{b.parties[0].first, last + 1}, "the NAD segments of a bill are missing before a CTA")
		p.mayHere("CAR0030", p.segments[b.rff])
		return true
	}},
	{"item-trigger-missing", "EDI1005", func(p *plan) bool {
		m, b := p.bill(func(b *billOutline) bool { return len(b.items) > 0 })
		if b == nil {
			return false
		}
		g := pick(p.r, b.items)
		if !p.is(g.first+1, "PAC") {
			return false
		}
		p.removed(m, run{g.first, g.first + 1}, "GID is missing before its PAC")
		p.totalsMayDiffer(b)
		p.may("CAR0013", g.first+1, 1, 1)
		for i := g.first; i < g.end; i++ {
			if p.is(i, "SGP") {
				p.may("CAR0012", i, 2, 1)
			}
		}
		return true
	}},
	{"items-missing", "EDI1006", func(p *plan) bool {
		m, b := p.bill(func(b *billOutline) bool { return len(b.items) > 0 })
		if b == nil {
			return false
		}
		g := run{b.items[0].first, b.end}
		p.removed(m, g, "a bill has no goods item")
		p.totalsMayDiffer(b)
		for i := g.first; i < g.end; i++ {
			if p.is(i, "SGP") {
				p.unusedMay(m, p.value(i, 1, 1))
			}
		}
		return true
	}},
	{"segment-repeated", "EDI0035", plantRepeatedSegment},
	{"group-repeated", "EDI0036", plantRepeatedGroup},
	{"segment-misplaced", "EDI0015", func(p *plan) bool {
		// These stand in the equipment group only, which lies behind.
		return p.strange([]string{"SEL+XX0000001+CA", "TMP+2+005:CEL", "DIM+1+CMT:120:100:90"}, "a segment of the equipment group stands in a bill")
	}},
	{"segment-unknown", "EDI1007", func(p *plan) bool {
		return p.strange([]string{"ZQX+1", "QQQ+A:B+2", "XYX+7"}, "a segment has a tag that the message does not have")
	}},
	{"tag-malformed", "EDI1008", func(p *plan) bool {
		return p.strange([]string{"LOCX+9", "LC+9+NLRTM", "N+1"}, "a tag has not three characters")
	}},
}

// removed takes out a run and expects what follows to be noticed.
func (p *plan) removed(m *messageOutline, g run, text string) {
	p.remove(m, g)
	p.noticed(g.end)
	p.describe("%s", text)
}

// strange adds one of the segments behind a segment of a bill.
func (p *plan) strange(list []string, text string) bool {
	m, _, seg := p.segment(pick(p.r, []string{"LOC", "NAD", "MEA", "PAC"}), anySegment)
	if seg < 0 {
		return false
	}
	s := pick(p.r, list)
	p.finding = p.add(m, seg+1, s)[0]
	n := 0
	for n < len(s) && s[n] != p.element {
		n++
	}
	p.length = n
	p.describe("%s: %s", text, s)
	return true
}

// before gives the bill before b, or b itself where it is the first.
func (p *plan) before(m *messageOutline, b *billOutline) *billOutline {
	for i := range m.consignments {
		if m.consignments[i].end == b.rff {
			return &m.consignments[i]
		}
	}
	return b
}

// houseCountMayDiffer allows the number of houses that the CNI above b states to be found wrong.
func (p *plan) houseCountMayDiffer(m *messageOutline, b *billOutline) {
	above := -1
	for i := range m.consignments {
		if c := &m.consignments[i]; c.cni >= 0 && c.rff < b.rff {
			above = c.houses
		}
	}
	p.may("CAR0005", above, 1, 2)
}
