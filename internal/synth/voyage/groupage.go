package voyage

// makeGroupage makes a master of one container that many share.
func (w *world) makeGroupage(r *rng, c *call, p *part, i int, s *slot) {
	sp := &p.slots[i]
	kind := boxKinds[pick(r, []string{"45G1", "42G1", "22G1"})]
	bx := w.box(r, p.filer, kind)
	bx.status = '7'
	s.boxes = []box{bx}
	whole, wholeLookalike := w.roll(c, p, i, 0, groupageClass)
	loading := pick(r, c.line.loading)
	fl := imported
	if r.pct(8) {
		fl = transit
	}
	for j := range sp.houses {
		t, lookalike := w.roll(c, p, i, j+1, houseClass)
		if whole != nil || t != nil && !t.loads(loading) {
			t = nil
		}
		s.houses = append(s.houses, w.share(r, c, p, i, j+1, draft{sector: -1, loading: loading, flow: fl}, t, lookalike, kind))
	}
	if whole != nil {
		w.split(c, p, i, s, whole, wholeLookalike)
	}
	w.makeMaster(r, p, sp, s)
}

// share makes a house that shares a container.
func (w *world) share(r *rng, c *call, p *part, i, j int, d draft, t *typology, lookalike bool, kind boxKind) bill {
	pr := stream(w.seed, forCase, uint64(c.number), uint64(p.id), uint64(i), uint64(j))
	if t != nil && len(t.goods) > 0 {
		for range 4 { // goods that go into a dry container with others
			if g := pick(&pr, t.goodsFrom(d.loading)); fits(g, "45G1") && !g.bulk {
				d.goods = g
			}
		}
		if d.goods == nil {
			t = nil
		}
	}
	b := bill{kind: "BH", flow: d.flow, loading: d.loading}
	w.route(r, c, &b, d)
	b.origin = d.loading.country()
	if len(exports[b.origin]) == 0 || r.pct(8) && len(neighbours[b.origin]) > 0 {
		b.origin = pick(r, neighbours[b.origin])
	}
	g := d.goods
	if g == nil {
		g = goodsBy["household-plastic"]
		for range 8 {
			if y := pick(r, exports[b.origin]); fits(y, "45G1") && !y.bulk {
				g = y
				break
			}
		}
	}
	if !contains(g.origins, b.origin) {
		b.origin = nearest(r, g, d.loading.country())
	}
	w.trade(r, &b, g, b.origin, d)
	kg := r.in(40, 2600)
	if max := kind.volume * g.density / 14; kg > max {
		kg = r.in(max/4, max)
	}
	b.items = []item{w.item(r, &b, g, kg+1, 1)}
	w.noise(r, &b, nil)
	if t != nil {
		k := planting{w: w, r: &pr, c: c, p: p, t: t, b: &b, filer: nvoccs[p.slots[i].nvocc], sector: g.sector}
		k.plant(lookalike)
	}
	b.correct(r, false)
	return b
}

// split gives several houses of a master one receiver: under many names at one address, or openly.
func (w *world) split(c *call, p *part, i int, s *slot, t *typology, lookalike bool) {
	r := stream(w.seed, forCase, uint64(c.number), uint64(p.id), uint64(i), 1<<20)
	n := min(len(s.houses), r.in(3, 5))
	from := r.n(len(s.houses) - n + 1)
	first := &s.houses[from]
	to := first.consignee
	if toOrder(&to) || to.country == "" {
		to = w.company(countries[homeCountry], first.items[0].goods.sector, uint64(r.zipf(w.traders)))
	}
	for j := from; j < from+n; j++ {
		h := &s.houses[j]
		h.consignee, h.notify = to, party{}
		if lookalike {
			h.notify = to
			h.truth = &planted{t, true, []sign{signSplitOpenly}}
			continue
		}
		if j > from || r.pct(50) {
			other := individual(&r, countries[to.country])
			h.consignee.name, h.consignee.id, h.consignee.lines, h.consignee.contact = other.name, "", nil, ""
			if r.pct(40) {
				h.consignee.name = w.company(countries[to.country], r.n(len(sectors)), once(&r)).name
			}
		}
		if h.consignee.phone == "" {
			h.consignee.phone = phone(&r, countries[to.country], countries[to.country].mobiles[0])
			to.phone = h.consignee.phone
		}
		h.truth = &planted{t, false, []sign{signSplit}}
	}
}
