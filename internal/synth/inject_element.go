package synth

import "strings"

// elementKinds break elements and components: their presence, number, length, type and code.
var elementKinds = []kind{
	{"element-missing", "EDI0013", func(p *plan) bool {
		tag, n := "LOC", 1 // 3227
		switch p.r.n(3) {
		case 0:
			tag = "FTX" // 4451
		case 1:
			tag = "NAD" // 3035
		}
		_, b, seg := p.segment(tag, func(seg int) bool { return tag != "NAD" || p.value(seg, 1, 1) == "NI" })
		if seg < 0 {
			return false
		}
		p.mayHere("CAR0030", p.segments[b.rff])
		return p.emptied(seg, n, 1, "the first element of "+tag+" is empty")
	}},
	{"component-missing", "EDI0013", func(p *plan) bool {
		seg, what := -1, ""
		switch p.r.n(3) {
		case 0:
			_, seg = p.header("RFF", anySegment) // 1153
			what = "the qualifier of a header RFF is empty"
		case 1:
			_, seg = p.header("DTM", anySegment) // 2005
			what = "the qualifier of a header DTM is empty"
		case 2:
			_, _, seg = p.segment("COM", anySegment) // 3148
			what = "the number of a COM is empty"
		}
		return seg >= 0 && p.emptied(seg, 1, 1, what)
	}},
	{"component-cut-short", "EDI0013", func(p *plan) bool {
		_, _, seg := p.segment("COM", anySegment) // 3155
		if seg < 0 {
			return false
		}
		s, ok := p.filled(seg, 1, 2)
		if !ok {
			return false
		}
		p.wrong(span{s.off - 1, p.segments[seg].end}, "")
		p.describe("COM ends before its channel")
		return true
	}},
	{"element-surplus", "EDI0016", func(p *plan) bool {
		// DTM and CNT have one element, SGP has two, in all releases.
		tag, n := "DTM", 1
		switch p.r.n(3) {
		case 0:
			tag = "CNT"
		case 1:
			tag, n = "SGP", 2
		}
		_, _, seg := p.segment(tag, func(seg int) bool {
			_, is := p.elementSpan(seg, n)
			_, more := p.elementSpan(seg, n+1)
			return is && !more
		})
		if seg < 0 {
			return false
		}
		return p.surplus(seg, p.element, tag+" has an element too many")
	}},
	{"component-surplus", "EDI0016", func(p *plan) bool {
		tag := pick(p.r, []string{"DTM", "CNT"}) // C507 and C270 have three components
		_, _, seg := p.segment(tag, func(seg int) bool {
			_, is := p.at(seg, 1, 3)
			_, more := p.at(seg, 1, 4)
			return is && !more
		})
		if seg < 0 {
			return false
		}
		return p.surplus(seg, p.component, tag+" has a component too many")
	}},
	{"trailing-separator", "EDI0045", func(p *plan) bool {
		_, _, seg := p.segment("LOC", anySegment) // five elements; C517 has four components
		if seg < 0 {
			return false
		}
		sep := p.element
		if _, more := p.at(seg, 2, 4); !more && p.r.pct(50) {
			sep = p.component
		}
		end := p.segments[seg].end
		p.insert(end, string(sep))
		p.finding = mark{off: end, delta: 1}
		p.describe("LOC ends with a separator")
		return true
	}},
	{"code-unknown", "EDI0012", plantUnknownCode},
	{"value-too-long", "EDI0039", plantTooLong},
	{"value-too-short", "EDI0040", func(p *plan) bool {
		_, _, seg := p.segment("DGS", func(seg int) bool { return len(p.value(seg, 3, 1)) == 4 })
		if seg < 0 {
			return false
		}
		s, _ := p.at(seg, 3, 1) // 7124, n4
		p.wrong(s, string(p.src[s.off:s.end-1]))
		p.describe("the UN number of DGS has three digits")
		return true
	}},
	{"letter-in-number", "EDI0037", func(p *plan) bool {
		tag, n := "CNI", 1 // 1490, n..4 and n..5
		switch p.r.n(3) {
		case 0:
			tag = "PAC" // 7224, n..8
		case 1:
			tag, n = "SGP", 2 // 7224
		}
		var m *messageOutline
		var b *billOutline
		seg := -1
		if tag == "CNI" {
			if m, b = p.bill(func(b *billOutline) bool { return b.cni >= 0 }); b != nil {
				seg = b.cni
			}
		} else {
			m, b, seg = p.segment(tag, anySegment)
		}
		if seg < 0 {
			return false
		}
		s, ok := p.filled(seg, n, 1)
		if !ok {
			return false
		}
		p.wrong(s, string(p.src[s.off:s.end-1])+"A")
		switch tag { // sequence and sums cannot be worked out any more
		case "CNI":
			p.mayHere("CAR0029", s)
			p.sequenceMayDiffer(m, b)
		case "PAC":
			p.mayHere("CAR0013", s)
			p.totalsMayDiffer(b)
		case "SGP":
			p.mayHere("CAR0012", s)
		}
		p.describe("a number in %s ends with a letter", tag)
		return true
	}},
	{"decimal-without-digit", "EDI0038", func(p *plan) bool {
		// Only of D.95B, where 6314 is numeric; of the equipment, whose mass is in no total.
		m := p.message()
		if p.last || len(m.equipment) == 0 {
			return false
		}
		g := pick(p.r, m.equipment)
		s, ok := p.filled(g.first+1, 3, 2)
		i := strings.IndexByte(string(p.src[s.off:s.end]), '.')
		if !ok || i < 1 || !p.is(g.first+1, "MEA") {
			return false
		}
		p.wrong(s, string(p.src[s.off+i:s.end]))
		p.describe("a mass begins with its decimal mark")
		return true
	}},
}

// surplus puts one more value at the end of a segment and expects the finding at it.
func (p *plan) surplus(seg int, separator byte, text string) bool {
	end := p.segments[seg].end
	p.insert(end, string(separator)+"9")
	p.finding, p.length = mark{off: end, delta: 1}, 1
	p.describe("%s", text)
	return true
}

// plantUnknownCode writes QQ, which is in none of the code lists, for a code that changes little else.
func plantUnknownCode(p *plan) bool {
	sites := []struct {
		tag  string
		n, c int
		de   string
	}{
		{"CTA", 1, 1, "3139"}, {"COM", 1, 2, "3155"}, {"FTX", 1, 1, "4451"}, {"PCI", 1, 1, "4233"}, {"DGS", 1, 1, "8273"},
		{"PAC", 2, 1, "7075"}, {"EQD", 5, 1, "8249"}, {"EQD", 6, 1, "8169"},
	}
	s := pick(p.r, sites)
	seg := -1
	if s.tag == "EQD" {
		if m := p.message(); len(m.equipment) > 0 {
			seg = pick(p.r, m.equipment).first
		}
	} else {
		_, _, seg = p.segment(s.tag, func(seg int) bool { _, ok := p.filled(seg, s.n, s.c); return ok })
	}
	if seg < 0 {
		return false
	}
	at, ok := p.filled(seg, s.n, s.c)
	if !ok {
		return false
	}
	p.wrong(at, "QQ")
	p.describe("%s has a code for %s that is not in the list", s.tag, s.de)
	return true
}

// plantTooLong writes a value of more characters than the release allows.
func plantTooLong(p *plan) bool {
	sites := []struct {
		tag  string
		n, c int
		max  [2]int // D.95B, D.16A
	}{
		{"NAD", 6, 1, [2]int{35, 35}},  // 3164
		{"PCI", 2, 1, [2]int{35, 35}},  // 7102
		{"CTA", 2, 2, [2]int{35, 256}}, // 3412
		{"FTX", 4, 1, [2]int{70, 512}}, // 4440
	}
	s := pick(p.r, sites)
	_, _, seg := p.segment(s.tag, func(seg int) bool { _, ok := p.filled(seg, s.n, s.c); return ok })
	if seg < 0 {
		return false
	}
	limit := s.max[0]
	if p.last {
		limit = s.max[1]
	}
	at, _ := p.at(seg, s.n, s.c)
	p.wrong(at, strings.Repeat("LENGTHY ", limit/8+1)[:limit]+"X")
	p.describe("a value of %s has %d characters", s.tag, limit+1)
	return true
}
