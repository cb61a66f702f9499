package voyage

import "strconv"

// item writes a GID group.
func (m *filing) item(o *writer, s *slot, n int, x *item) {
	f := m.f
	o.tag("GID").num(n).el(strconv.Itoa(x.count), x.pack).end()
	if f.pac {
		o.tag("PAC").num(x.count).el("3").el(x.pack).end()
	}
	o.tag("FTX").el("AAA").el("").el("").txt(x.text...).end()
	quality := "G"
	if f.d16a {
		quality = "AAB"
	}
	if f.tonnes {
		o.tag("MEA").el("AAE").el(quality).el("TNE", decimal(x.grams, 6)).end()
	} else {
		o.tag("MEA").el("AAE").el(quality).el("KGM", decimal(x.grams, 3)).end()
	}
	if f.volume && x.litres > 0 {
		o.tag("MEA").el("AAE").el("AAW").el("MTQ", decimal(x.litres, 3)).end()
	}
	for _, sp := range x.splits {
		o.tag("SGP").el(s.boxes[sp.box].id).num(sp.count).end()
	}
	if x.dg.un != "" {
		o.tag("DGS").el("IMD").el(x.dg.class).el(x.dg.un).el("").el(x.dg.group).end()
	}
	if len(x.marks) > 0 {
		o.tag("PCI").el("24").txt(f.marks(x)...).end()
	}
	if f.hs && x.hs != "" {
		o.tag("CST").el("").el(x.hs, "122").end()
	}
}

// marks gives the lines of marks that an item shows.
func (f *flavour) marks(x *item) []string {
	l := make([]string, len(x.marks))
	for i, s := range x.marks {
		l[i] = f.line35(s)
	}
	return l
}
