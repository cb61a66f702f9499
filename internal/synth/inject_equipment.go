package synth

// equipmentKinds break the identities of containers and the link between EQD and SGP.
var equipmentKinds = []kind{
	{"container-check-digit", "CAR0001", func(p *plan) bool {
		return p.renamed("CAR0001", "the check digit of a container is wrong, wherever it is named", func(id string) string {
			return id[:10] + string('0'+(containerCheckDigit(id)-'0'+byte(p.r.in(1, 9)))%10)
		})
	}},
	{"container-number-form", "CAR0002", func(p *plan) bool {
		return p.renamed("CAR0002", "a container number has no check digit, wherever it is named", func(id string) string { return id[:10] })
	}},
	{"equipment-not-declared", "CAR0010", func(p *plan) bool {
		m, _, seg := p.segment("SGP", anySegment)
		if seg < 0 {
			return false
		}
		s, ok := p.filled(seg, 1, 1)
		if !ok {
			return false
		}
		p.unusedMay(m, string(p.src[s.off:s.end]))
		id := p.strangeContainer(m)
		p.wrong(s, id)
		p.describe("SGP names the container %s, which no EQD declares", id)
		return true
	}},
	{"equipment-not-used", "CAR0011", func(p *plan) bool {
		m := p.message()
		s, ok := span{}, false
		if m.containers >= 0 {
			s, ok = p.filled(m.containers, 1, 2)
		}
		if !ok || len(m.equipment) == 0 || string(p.src[s.off:s.end]) != itoa(len(m.equipment)) {
			return false
		}
		p.replace(s, itoa(len(m.equipment)+1))
		p.addedEquipment(m, p.strangeContainer(m))
		p.describe("an EQD declares a container that no SGP names")
		return true
	}},
	{"equipment-repeated", "CAR0025", func(p *plan) bool {
		m := p.message()
		if len(m.equipment) == 0 {
			return false
		}
		p.addedEquipment(m, p.value(pick(p.r, m.equipment).first, 2, 1))
		p.may("CAR0009", m.containers, 1, 2)
		p.describe("a container is declared by two EQD")
		return true
	}},
}

// addedEquipment adds an EQD group behind the last and expects the finding at its number.
func (p *plan) addedEquipment(m *messageOutline, id string) {
	g := m.equipment[len(m.equipment)-1]
	segs := []string{"EQD+CN+" + id + "+22G1:102:5++3+5"}
	for i := g.first + 1; i < g.end; i++ {
		segs = append(segs, string(p.src[p.segments[i].off:p.segments[i].end]))
	}
	p.finding, p.length = p.add(m, g.end, segs...)[0], len(id)
	p.finding.delta += len("EQD+CN+")
}

// renamed changes the number of one container in its EQD, where the finding is expected, and in every SGP.
func (p *plan) renamed(code, text string, change func(id string) string) bool {
	m := p.message()
	if len(m.equipment) == 0 {
		return false
	}
	g := pick(p.r, m.equipment)
	s, ok := p.filled(g.first, 2, 1)
	id := string(p.src[s.off:s.end])
	if !ok || len(id) != 11 {
		return false
	}
	changed := change(id)
	p.wrong(s, changed)
	p.eachPlacement(m, id, func(_ *billOutline, seg int) {
		at, _ := p.at(seg, 1, 1)
		p.replace(at, changed)
		p.mayHere(code, at)
	})
	p.describe("%s", text)
	return true
}

// eachPlacement calls f for every SGP of the message that names the container.
func (p *plan) eachPlacement(m *messageOutline, id string, f func(b *billOutline, seg int)) {
	for i := range m.consignments {
		b := &m.consignments[i]
		for _, it := range b.items {
			for seg := it.first; seg < it.end; seg++ {
				if p.is(seg, "SGP") && p.value(seg, 1, 1) == id {
					f(b, seg)
				}
			}
		}
	}
}

// unusedMay allows the EQD of the container to be found unused.
func (p *plan) unusedMay(m *messageOutline, id string) {
	for _, g := range m.equipment {
		if p.value(g.first, 2, 1) == id {
			p.may("CAR0011", g.first, 2, 1)
		}
	}
}

// strangeContainer gives a valid number that the message does not name.
func (p *plan) strangeContainer(m *messageOutline) string {
	for i := 0; ; i++ {
		id := distinctContainer(p.r.u(), i)
		known := false
		for _, g := range m.equipment {
			known = known || p.value(g.first, 2, 1) == id
		}
		if !known {
			return id
		}
	}
}
