package voyage

import "strconv"

// bill writes one RFF group.
func (m *filing) bill(o *writer, s *slot, b *bill) {
	f := m.f
	o.tag("RFF").el(b.kind, b.number).end()
	mass, litres := b.mass(), int64(0)
	for i := range b.items {
		litres += b.items[i].litres
	}
	if f.tonnes {
		o.tag("CNT").el("7", decimal(mass, 6), "TNE").end()
	} else {
		o.tag("CNT").el("7", decimal(mass, 3), "KGM").end()
	}
	o.tag("CNT").el("8", strconv.Itoa(b.packages())).end()
	if f.pac {
		o.tag("CNT").el("11", strconv.Itoa(b.packages())).end()
	}
	if f.volume && litres > 0 {
		o.tag("CNT").el("15", decimal(litres, 3), "MTQ").end()
	}
	m.loc(o, "9", b.loading)
	if b.via != nil {
		m.loc(o, "13", b.via)
	}
	m.loc(o, "11", b.discharge)
	if b.delivery.code != "" {
		m.place(o, "7", b.delivery.code, b.delivery.name)
	}
	if f.origin && b.origin != "" {
		o.tag("LOC").el("27").el(b.origin, "162", "5").end()
	}
	m.declared(o, b)
	if f.charges {
		o.tag("CPI").el("4").el("").el(string(b.freight)).end()
	}
	if l := &b.onward; l.mode != 0 {
		o.tag("TDT").el("30").el(l.voyage).el(string(l.mode)).end()
		m.loc(o, "9", b.discharge)
		m.place(o, "11", b.delivery.code, "")
		o.tag("DTM").el("133", m.at(m.c.eta+l.days*24*60, formDay), "102").end()
	}
	m.party(o, "CZ", &b.shipper)
	m.party(o, "CN", &b.consignee)
	if b.notify.name != "" {
		m.party(o, f.notify, &b.notify)
	}
	for i := range b.items {
		m.item(o, s, i+1, &b.items[i])
	}
}

// declared writes what a bill says of its own flow.
func (m *filing) declared(o *writer, b *bill) {
	code := [...]string{imported: "23", transhipped: "28", transit: "24", aboard: "", exported: "22"}[b.flow]
	if !m.f.flows || code == "" {
		return
	}
	if m.f.d16a {
		o.tag("GEI").el("5").el(code, "109", "148").end()
	} else {
		o.tag("GIS").el(code, "109", "148").end()
	}
}
