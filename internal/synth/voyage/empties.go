package voyage

// makeEmpties makes a bill of empty containers that a line moves.
func (w *world) makeEmpties(r *rng, c *call, p *part, i int, s *slot) {
	b := &s.bill
	t, lookalike := w.roll(c, p, i, 0, emptyClass)
	b.kind, b.flow, b.loading, b.discharge, b.freight = "BM", imported, pick(r, c.line.loading), c.line.home, 'P'
	if t != nil {
		b.loading = pick(r, t.loadings(c.line))
	}
	b.shipper, b.consignee = p.filer.office(b.loading.country()), p.filer.office(homeCountry)
	kind := boxKinds[pick(r, []string{"22G1", "45G1", "42G1", "45R1"})]
	x := item{goods: empties, count: r.in(1, 6), pack: "NE", text: []string{pick(r, empties.wordings)}, marks: []string{"N/M"}}
	for k := range x.count {
		bx := w.box(r, p.filer, kind)
		bx.status, bx.seals = '4', nil
		if r.pct(2) { // forgotten when it was emptied
			bx.seals = []string{pattern(r, p.filer.seal)}
		}
		if r.pct(2) { // not swept, or dunnage left in it
			bx.skew = int64(r.in(20, 70)) * 10000
		}
		s.boxes = append(s.boxes, bx)
		x.splits = append(x.splits, split{k, 1})
		x.grams += bx.tare
	}
	b.items = []item{x}
	if t != nil {
		pr := stream(w.seed, forCase, uint64(c.number), uint64(p.id), uint64(i), 0)
		k := planting{w: w, r: &pr, c: c, p: p, t: t, b: b, filer: p.filer, boxes: s.boxes}
		k.plant(lookalike)
	}
	b.correct(r, true)
}

// empties are what a line moves when nobody has cargo.
var empties = &commodity{key: "empties", hs: "860900", density: 100, lo: 2000, hi: 5000, packs: []string{"NE"}, boxes: "D",
	wordings: []string{"EMPTY CONTAINERS", "EMPTY CONTAINER REPOSITIONING", "MT CONTAINERS FOR REPOSITIONING"}}

// office gives a line's or NVOCC's office in a country.
func (f *filer) office(code string) party {
	c := countries[code]
	if c == nil {
		c = countries[homeCountry]
	}
	r := stream(uint64(f.index), forCompany, c.index)
	p := party{name: f.name}
	p.settle(&r, c)
	p.phone = phone(&r, c, c.areas[0])
	return p
}
