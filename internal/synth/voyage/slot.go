package voyage

import "strconv"

// make makes the slot of a part: its bills and containers, as they were first filed.
func (w *world) make(c *call, p *part, i int) slot {
	r := stream(w.seed, forBill, uint64(c.number), uint64(p.id), uint64(i))
	sp := &p.slots[i]
	var s slot
	switch sp.kind {
	case emptiesSlot:
		w.makeEmpties(&r, c, p, i, &s)
	case groupage:
		w.makeGroupage(&r, c, p, i, &s)
	case ownersFull:
		w.makeFull(&r, c, p, i, &s)
	default:
		s.bill, s.boxes = w.unit(&r, c, p, i, 0, straightClass)
		s.bill.correct(&r, true)
		s.bill.added = r.ppm(12000) && s.bill.change == 0
	}
	s.bill.number = w.billNumber(p.filer, c.number, sp.base)
	for j := range s.houses {
		s.houses[j].number = w.billNumber(nvoccs[sp.nvocc], c.number, sp.base+1+j)
		s.houses[j].parent = s.bill.number
		s.houses[j].kind = "BH"
	}
	for k := range s.boxes {
		s.boxes[k].id = w.containerNumber(s.boxes[k].id, c.number, (p.first+i)*32+k)
	}
	s.bill.finish()
	for j := range s.houses {
		s.houses[j].finish()
	}
	s.weigh()
	return s
}

// weigh gives each container its gross mass: tare, and the goods by their share of packages.
func (s *slot) weigh() {
	for k := range s.boxes {
		s.boxes[k].gross = s.boxes[k].tare + s.boxes[k].skew
	}
	load := func(b *bill) {
		for i := range b.items {
			x := &b.items[i]
			if s.boxes[x.splits[0].box].status == '4' {
				continue // an empty container carries itself
			}
			for _, sp := range x.splits {
				s.boxes[sp.box].gross += x.grams / int64(x.count) * int64(sp.count)
			}
		}
	}
	if len(s.houses) == 0 {
		load(&s.bill)
	}
	for j := range s.houses {
		load(&s.houses[j])
	}
	for k := range s.boxes {
		s.boxes[k].gross = s.boxes[k].gross / 10000 * 10000
	}
}

// unit makes a bill of its own containers, honest, planted or a look-alike.
func (w *world) unit(r *rng, c *call, p *part, i, j int, class class) (bill, []box) {
	t, lookalike := w.roll(c, p, i, j, class)
	d := draft{sector: -1, loading: pick(r, c.line.loading), flow: drawFlow(r)}
	if p.export {
		d.loading, d.flow = c.line.home, exported
	}
	if t == nil {
		return w.draw(r, c, p, d)
	}
	pr := stream(w.seed, forCase, uint64(c.number), uint64(p.id), uint64(i), uint64(j))
	if !p.export {
		d.loading, d.flow = pick(&pr, t.loadings(c.line)), imported
		if len(t.flows) > 0 {
			d.flow = pick(&pr, t.flows)
		}
	}
	if len(t.goods) > 0 {
		d.goods = pick(&pr, t.goodsFrom(d.loading))
	}
	if p.export && len(t.to) > 0 {
		d.to = pick(&pr, t.to)
	}
	b, boxes := w.draw(r, c, p, d)
	by := p.filer
	if sp := &p.slots[i]; sp.houses > 0 {
		by = nvoccs[sp.nvocc]
	}
	k := planting{w: w, r: &pr, c: c, p: p, t: t, b: &b, filer: by, boxes: boxes, sector: b.items[0].goods.sector}
	k.plant(lookalike)
	return b, boxes
}

// drawFlow draws what the goods of an import list do here.
func drawFlow(r *rng) flow {
	switch odds := r.n(100); {
	case odds < 77:
		return imported
	case odds < 86:
		return transhipped
	case odds < 93:
		return transit
	}
	return aboard
}

// makeFull makes a master of full containers that an NVOCC has booked, and its houses.
func (w *world) makeFull(r *rng, c *call, p *part, i int, s *slot) {
	sp := &p.slots[i]
	class := straightClass
	if sp.houses > 1 {
		class = houseClass
	}
	first := draft{}
	for j := range sp.houses {
		h, boxes := w.house(r, c, p, i, j+1, class, &first)
		for k := range h.items {
			for l := range h.items[k].splits {
				h.items[k].splits[l].box += len(s.boxes)
			}
		}
		s.boxes = append(s.boxes, boxes...)
		s.houses = append(s.houses, h)
	}
	w.makeMaster(r, p, sp, s)
	if sp.houses == 1 && r.pct(60) { // the line copies what the house says
		s.bill.items[0].text = s.houses[0].items[0].text
	}
}

// house makes a house in containers of its own; all houses of a master go the same way.
func (w *world) house(r *rng, c *call, p *part, i, j int, class class, d *draft) (bill, []box) {
	b, boxes := w.unit(r, c, p, i, j, class)
	if d.loading == nil {
		d.loading, d.flow = b.loading, b.flow
	} else if b.truth == nil {
		*d = draft{sector: -1, loading: d.loading, flow: d.flow}
		b, boxes = w.draw(r, c, p, *d)
	}
	b.correct(r, false)
	return b, boxes
}

// makeMaster sums up the houses of a slot.
func (w *world) makeMaster(r *rng, p *part, sp *slotPlan, s *slot) {
	nv, b, h := nvoccs[sp.nvocc], &s.bill, &s.houses[0]
	b.kind, b.flow, b.loading, b.discharge, b.via, b.delivery, b.onward = "MB", h.flow, h.loading, h.discharge, h.via, h.delivery, h.onward
	b.origin, b.freight = h.origin, 'P'
	b.shipper, b.consignee = nv.office(h.loading.country()), nv.office(h.discharge.country())
	if r.pct(30) {
		b.consignee = pick(r, forwarders)
	}
	if r.pct(70) {
		b.notify = b.consignee
	}
	x := item{goods: h.items[0].goods, pack: "PK", marks: []string{"N/M"}}
	x.hs, x.dg = h.items[0].hs, h.items[0].dg
	counts := make([]int, len(s.boxes))
	for j := range s.houses {
		for k := range s.houses[j].items {
			y := &s.houses[j].items[k]
			x.count += y.count
			x.grams += y.grams
			x.litres += y.litres
			for _, sp := range y.splits {
				counts[sp.box] += sp.count
			}
			if y.dg.un != "" {
				x.dg = y.dg
			}
		}
	}
	for k, n := range counts {
		x.splits = append(x.splits, split{k, n})
	}
	if r.pct(5) { // weighed again, or added up by hand
		x.grams += x.grams / 1000 * int64(r.in(-12, 12))
	}
	if len(s.houses) > 1 {
		x.hs = ""
	}
	x.text = []string{strconv.Itoa(x.count) + " PACKAGES " + pick(r, []string{"CONSOLIDATED CARGO",
		"CONSOLIDATED CARGO AS PER ATTACHED LIST", "GROUPAGE AS PER HOUSE BILLS", "FREIGHT ALL KINDS"})}
	if len(s.houses) <= 3 {
		x.text = append(x.text, s.houses[0].items[0].text[0])
	}
	b.items = []item{x}
	b.correct(r, false)
}
