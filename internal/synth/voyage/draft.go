package voyage

// A draft says what is already settled about a bill before the rest is drawn.
type draft struct {
	goods   *commodity // nil for any that the country exports
	loading *port
	flow    flow
	to      string // country of the consignee; empty for what the flow gives
	sector  int    // of the consignee; -1 for that of the goods
}

// bill draws an honest bill with its containers.
func (w *world) draw(r *rng, c *call, p *part, d draft) (b bill, boxes []box) {
	b.kind, b.flow, b.loading = "BM", d.flow, d.loading
	w.route(r, c, &b, d)
	from := b.loading.country()
	if b.flow != exported && r.pct(8) {
		if n := neighbours[from]; len(n) > 0 {
			from = pick(r, n)
		}
	}
	if len(exports[from]) == 0 {
		from = pick(r, neighbours[from])
	}
	g := d.goods
	if g == nil {
		for range 6 {
			g = pick(r, exports[from])
			if b.flow == exported || r.n(100) >= 15 || g.boxes != "R" {
				break
			}
		}
	} else if !contains(g.origins, from) {
		from = b.loading.country()
		if !contains(g.origins, from) {
			from = nearest(r, g, from)
		}
	}
	b.origin = from
	w.trade(r, &b, g, from, d)
	boxes = w.stuff(r, p, &b, g)
	w.noise(r, &b, boxes)
	return b, boxes
}

// neighbours export through the ports of another country.
var neighbours = map[string][]string{"SG": {"ID", "MY", "VN", "TH"}, "HK": {"CN", "CN", "TW"}, "MY": {"ID", "TH"}, "UY": {"PY", "AR"},
	"AR": {"PY"},
	"KE": {"TZ"}, "AE": {"IN", "IR", "PK"}, "BR": {"PY"}, "LK": {"IN", "BD"}, "GR": {"TR"}, "PA": {"CO", "CR", "EC"}, "TR": {"GE"},
	"KR": {"CN", "JP"}, "OM": {"IN", "TZ"}, "ZA": {"MZ"}, "TG": {"GH", "NG"}, "ES": {"MA"}, "SA": {"EG"}, "CN": {"VN"}, "CO": {"EC"},
	"AO": {"ZA", "CM"}}

// nearest gives a country that exports the goods, through a port elsewhere: a neighbour of the port, or any.
func nearest(r *rng, g *commodity, at string) string {
	for _, n := range neighbours[at] {
		if contains(g.origins, n) {
			return n
		}
	}
	return pick(r, g.origins)
}

func contains(l []string, s string) bool {
	for _, x := range l {
		if x == s {
			return true
		}
	}
	return false
}

// route settles the places of a bill.
func (w *world) route(r *rng, c *call, b *bill, d draft) {
	home := c.line.home
	b.discharge = home
	switch b.flow {
	case exported:
		b.loading = home
		b.discharge = pick(r, abroad)
		if d.to != "" {
			if p := portOf(r, d.to); p != nil {
				b.discharge = p
			}
		}
	case aboard:
		b.discharge = pick(r, c.line.next)
	case transhipped:
		to := pick(r, feeders)
		if d.to != "" {
			if p := portOf(r, d.to); p != nil {
				to = p
			}
		}
		b.delivery = place{to.code, to.name}
		b.onward = leg{mode: '1', voyage: numbered("9999", r.u(), r), days: r.in(2, 7)}
	case transit:
		to := pick(r, inland)
		b.delivery = place{to.code, to.name}
		b.onward = leg{mode: pick(r, []byte("2388")), voyage: numbered("T99999", r.u(), r), days: r.in(1, 4)}
	default:
		if r.pct(35) {
			b.delivery = place{home.code, home.name}
		} else if r.pct(20) {
			to := pick(r, hinterland)
			b.delivery = place{to.code, to.name}
		}
	}
	if b.flow != exported && r.pct(12) {
		if hubs := usualHubs[b.loading.area]; len(hubs) > 0 {
			if hub := portByCode[pick(r, hubs)]; hub != b.loading {
				b.via = hub
			}
		}
	}
}

// usualHubs are where containers of a range change ships on their way here.
var usualHubs = map[string][]string{"fareast": {"SGSIN", "MYTPP", "MYPKG"}, "southeast": {"SGSIN", "LKCMB", "MYTPP"},
	"southasia": {"LKCMB", "OMSLL", "SAJED"},
	"med":       {"GRPIR", "ESALG", "MTMAR"}, "westafrica": {"ESALG", "TGLFW"}, "eastafrica": {"OMSLL", "LKCMB"}, "southafrica": {"ESALG"},
	"eastsam": {"ESALG", "BRSSZ"}, "westsam": {"PAMIT", "COCTG", "DOCAU"}, "northam": {"GBFXT", "BEANR"}, "oceania": {"SGSIN", "MYTPP"}}

// Where goods go: overseas with an export list, by feeder, inland to another country, inland at home.
var (
	abroad = portsOf("CNSHA CNNGB SGSIN KRPUS JPYOK INNSA AEJEA TRIST EGALY NGAPP GHTEM CIABJ " +
		"TGLFW KEMBA ZADUR BRSSZ ARBUE USNYC USHOU CAMTR AUSYD MYPKG VNSGN IDJKT THLCH SAJED MACAS PKKHI")
	feeders = portsOf("GBFXT IEDUB SEGOT FIHEL FIKTK NOOSL PLGDN LVRIX LTKLJ EETLL DKAAR GBSOU")
	inland  = []place{{"DEDUI", "DUISBURG"}, {"DEMUC", "MUENCHEN"}, {"CHBSL", "BASEL"}, {"ATVIE", "WIEN"}, {"CZPRG", "PRAHA"},
		{"PLWAW", "WARSZAWA"}, {"BEANR", "ANTWERPEN"}, {"FRPAR", "PARIS"}}
	hinterland = []place{{"NLTLB", "TILBURG"}, {"NLVEN", "VENLO"}, {"NLAMS", "AMSTERDAM"}, {"NLMOE", "MOERDIJK"}, {"NLEIN", "EINDHOVEN"}}
)

// portOf gives a port of a country, nil for one that has none.
func portOf(r *rng, country string) *port {
	n := 0
	var got *port
	for _, p := range ports {
		if p.country() == country {
			if n++; r.n(n) == 0 {
				got = p
			}
		}
	}
	return got
}

// country gives where the consignee of a bill is.
func (b *bill) destination(r *rng) string {
	switch {
	case b.delivery.code != "":
		return b.delivery.code[:2]
	case b.flow == imported && r.pct(22):
		return pick(r, []string{"DE", "DE", "BE", "FR", "GB", "PL"})
	}
	return b.discharge.country()
}
