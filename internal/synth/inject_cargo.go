package synth

import "strings"

// cargoKinds break what the segments say about ship, dates, places, bills and goods.
var cargoKinds = []kind{
	{"imo-check-digit", "CAR0003", func(p *plan) bool {
		m := p.message()
		if m.tdt < 0 {
			return false
		}
		s, ok := p.filled(m.tdt, 8, 1)
		if !ok || s.end-s.off != 7 {
			return false
		}
		id := string(p.src[s.off:s.end])
		p.wrong(s, id[:6]+string('0'+(imoCheckDigit(id)-'0'+byte(p.r.in(1, 9)))%10))
		p.describe("the check digit of the ship's IMO number is wrong")
		return true
	}},
	{"date-contradicts-format", "CAR0014", func(p *plan) bool {
		_, seg := p.header("DTM", func(seg int) bool { return p.value(seg, 1, 3) == "203" && len(p.value(seg, 1, 2)) == 12 })
		if seg < 0 {
			return false
		}
		s, _ := p.at(seg, 1, 3)
		p.replace(s, pick(p.r, []string{"102", "204"})) // CCYYMMDD, CCYYMMDDHHMMSS
		v, _ := p.at(seg, 1, 2)
		p.finding, p.length = mark{off: v.off}, v.end-v.off
		p.describe("a date of twelve digits has a format code for another length")
		return true
	}},
	{"date-impossible", "CAR0015", func(p *plan) bool {
		seg := -1
		if p.r.pct(50) {
			_, seg = p.header("DTM", func(seg int) bool { return len(p.value(seg, 1, 2)) == 12 })
		} else {
			_, _, seg = p.segment("DTM", func(seg int) bool { return len(p.value(seg, 1, 2)) == 8 })
		}
		if seg < 0 {
			return false
		}
		s, _ := p.at(seg, 1, 2)
		old := string(p.src[s.off:s.end])
		p.wrong(s, old[:4]+pick(p.r, []string{"1301", "0230", "1131", "0012"})+old[8:])
		p.describe("a date is in no calendar")
		return true
	}},
	{"place-unknown", "CAR0016", func(p *plan) bool {
		_, _, seg := p.segment("LOC", func(seg int) bool { return p.value(seg, 1, 1) == "9" && len(p.value(seg, 2, 1)) == 5 })
		if seg < 0 {
			return false
		}
		s, _ := p.at(seg, 2, 1)
		// A list of places may be incomplete for a country, so only a country that there is not makes a place unknown
		// to every checker.
		p.wrong(s, "QQ"+string(p.src[s.off+2:s.end]))
		p.mayHere("CAR0017", s)
		p.describe("a place of loading is not in UN/LOCODE")
		return true
	}},
	{"country-unknown", "CAR0017", func(p *plan) bool {
		_, _, seg := p.segment("NAD", func(seg int) bool { return len(p.value(seg, 9, 1)) == 2 })
		if seg < 0 {
			return false
		}
		s, _ := p.at(seg, 9, 1)
		p.wrong(s, "QQ") // kept for private use in ISO 3166-1
		p.describe("the country of a party is not in ISO 3166-1")
		return true
	}},
	{"unit-unknown", "CAR0021", func(p *plan) bool {
		_, b, seg := p.segment("MEA", func(seg int) bool { return p.value(seg, 3, 1) == "KGM" || p.value(seg, 3, 1) == "MTQ" })
		if seg < 0 {
			return false
		}
		s, _ := p.at(seg, 3, 1)
		p.wrong(s, "QQX")
		p.totalsMayDiffer(b)
		p.describe("the unit of a measure is not in Recommendation 20")
		return true
	}},
	{"package-type-unknown", "CAR0024", func(p *plan) bool {
		_, b := p.bill(func(b *billOutline) bool { return len(b.items) > 0 })
		if b == nil {
			return false
		}
		g := pick(p.r, b.items)
		s, _ := p.filled(g.first, 2, 2)
		t, ok := p.filled(g.first+1, 3, 1)
		if !ok || !p.is(g.first+1, "PAC") || len(p.value(g.first, 2, 2)) != 2 {
			return false
		}
		p.wrong(s, unknownPackage)
		p.replace(t, unknownPackage)
		p.mayHere("CAR0024", t)
		p.describe("the package type of an item is not in Recommendation 21")
		return true
	}},
	{"package-count-differs", "CAR0013", func(p *plan) bool {
		_, b, seg := p.segment("PAC", func(seg int) bool {
			return p.is(seg-1, "GID") && p.value(seg, 1, 1) == p.value(seg-1, 2, 1) && p.value(seg, 2, 1) == "3"
		})
		if seg < 0 {
			return false
		}
		s, ok := p.filled(seg, 1, 1)
		if !ok {
			return false
		}
		p.wrong(s, "1"+string(p.src[s.off:s.end]))
		p.totalsMayDiffer(b)
		p.describe("PAC counts other packages than GID")
		return true
	}},
	{"bill-duplicate", "CAR0023", func(p *plan) bool {
		straight := func(b *billOutline) bool { return b.cni >= 0 && p.value(b.rff, 1, 1) == "BM" }
		m, b := p.bill(straight)
		if b == nil {
			return false
		}
		var others []*billOutline
		for i := range m.consignments {
			if c := &m.consignments[i]; c.rff >= 0 && c.rff != b.rff && straight(c) {
				others = append(others, c)
			}
		}
		if len(others) == 0 {
			return false
		}
		first, second := b, pick(p.r, others)
		if first.rff > second.rff {
			first, second = second, first
		}
		number := p.value(first.rff, 1, 2)
		s, _ := p.at(second.rff, 1, 2)
		t, ok := p.filled(second.cni, 2, 1)
		if !ok {
			return false
		}
		p.wrong(s, number)
		p.replace(t, number)
		p.mayHere("CAR0023", t)
		p.describe("two bills of a message have the number %s", number)
		return true
	}},
	{"consignment-sequence", "CAR0029", func(p *plan) bool {
		m, b := p.bill(func(b *billOutline) bool { return b.cni >= 0 && len(p.value(b.cni, 1, 1)) < 4 })
		if b == nil {
			return false
		}
		s, ok := p.filled(b.cni, 1, 1)
		if !ok || strings.Trim(string(p.src[s.off:s.end]), "0123456789") != "" {
			return false
		}
		p.wrong(s, "9"+string(p.src[s.off:s.end]))
		p.sequenceMayDiffer(m, b)
		p.describe("a CNI is numbered out of turn")
		return true
	}},
}

// unknownPackage is no code of Recommendation 21, where none begins with 9.
const unknownPackage = "9Q"

// sequenceMayDiffer allows the number of the CNI after b's to be found out of turn.
func (p *plan) sequenceMayDiffer(m *messageOutline, b *billOutline) {
	for i := range m.consignments {
		if c := &m.consignments[i]; c.cni > b.cni {
			p.may("CAR0029", c.cni, 1, 1)
			return
		}
	}
}
