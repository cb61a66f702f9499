package voyage

// containersOf says how many containers a full-load bill takes, by a roll of 100.
func containersOf(r *rng) int {
	switch odds := r.n(100); {
	case odds < 68:
		return 1
	case odds < 84:
		return 2
	case odds < 91:
		return 3
	case odds < 95:
		return 4
	}
	return r.in(5, 8)
}

// stuff fills containers with goods.
func (w *world) stuff(r *rng, p *part, b *bill, g *commodity) []box {
	n := containersOf(r)
	kind := boxFor(r, g)
	boxes := make([]box, n)
	for i := range boxes {
		boxes[i] = w.box(r, p.filer, kind)
		if kind.code[2] == 'R' {
			boxes[i].setPoint = g.setPoint
			if g.setPoint == "" {
				boxes[i].setPoint = "+12.0"
			}
		}
	}
	items := 1
	if !g.bulk && r.pct(18) {
		items = r.in(2, 4)
	}
	fill := r.in(620, 980)
	if r.pct(9) {
		fill = r.in(150, 620)
	}
	kg := min(kind.payload*r.in(80, 98)/100, kind.volume*g.density*fill/1000) // of one container
	for i := range items {
		x := g
		if i > 0 { // goods of the same line of business in the same kind of container
			for range 4 {
				if y := pick(r, exports[b.origin]); y.sector == g.sector && fits(y, kind.code) && !y.bulk {
					x = y
				}
			}
		}
		b.items = append(b.items, w.item(r, b, x, kg*n/items, n))
	}
	return boxes
}

// fits reports whether goods are carried in a kind of container.
func fits(g *commodity, code string) bool {
	switch code[2] {
	case 'R':
		return g.boxes[0] == 'R'
	case 'T':
		return contains([]string{"T", "DT"}, g.boxes)
	}
	return g.boxes[0] == 'D' && g.boxes != "DT"
}

// boxFor chooses a size and type.
func boxFor(r *rng, g *commodity) boxKind {
	kind := g.boxes[r.n(len(g.boxes))]
	code := "45G1"
	switch kind {
	case 'R':
		code = "45R1"
		if r.pct(8) {
			code = "22R1"
		}
	case 'T':
		code = "22T6"
	case 'O':
		code = pick(r, []string{"22U1", "42U1"})
	case 'F':
		code = "42P1"
	default:
		switch heavy := g.density > 430; {
		case heavy && r.pct(78), g.bulk:
			code = "22G1"
		case heavy && r.pct(50):
			code = "42G1"
		case r.pct(22):
			code = "42G1"
		case r.pct(12):
			code = "22G1"
		case r.pct(3):
			code = "L5G1"
		}
	}
	return boxKinds[code]
}

// box gives a container without its number, which needs its place in the call.
func (w *world) box(r *rng, line *filer, kind boxKind) box {
	x := box{kind: kind.code, status: '5', tare: int64(kind.tare+r.in(-6, 12)*10) * 1000}
	x.id = pick(r, line.owners)
	if odds := r.n(1000); odds < 380 {
		x.id = pick(r, lessors)
	} else if odds < 388 {
		x.id = pick(r, shippersOwned)
	}
	if !r.pct(1) {
		x.seals = append(x.seals, pattern(r, line.seal))
	}
	if r.pct(9) { // the shipper's own, or that of Customs where it was loaded
		x.seals = append(x.seals, pattern(r, pick(r, []string{"SH999999", "CU9999999", "H9999999", "AA99999"})))
	}
	return x
}

// item fills an item with about so many kilograms, spread over the containers of the bill.
func (w *world) item(r *rng, b *bill, g *commodity, kg, boxes int) item {
	x := item{goods: g, hs: g.hs, pack: pick(r, g.packs), dg: g.dg}
	each := r.in(g.lo*10, g.hi*10) // of a package, in tenths
	if each > kg*10/boxes {
		each = kg * 10 / boxes
	}
	each = max(each, 1)
	per := max(1, kg*10/boxes/each) // packages a container
	if r.pct(12) && per > 40 {
		per = per / 20 * 20
	}
	x.count = per * boxes
	x.grams = int64(x.count) * int64(each) * 100
	x.grams += int64(r.n(max(1, int(x.grams/2000)))) // pallets and dunnage
	switch odds := r.n(100); {
	case odds < 60:
		x.grams = x.grams / 1000 * 1000
	case odds < 66 && x.grams > 3000000:
		x.grams = x.grams / 500000 * 500000
	case odds < 90:
		x.grams = x.grams / 10 * 10
	default:
		x.grams = x.grams / 100 * 100
	}
	x.grams = max(x.grams, 1000)
	x.litres = x.grams / int64(g.density) * int64(r.in(93, 107)) / 100
	x.litres = max(1, min(x.litres, int64(boxes)*86000))
	for i := range boxes {
		x.splits = append(x.splits, split{i, per})
	}
	w.describe(r, b, &x)
	return x
}
