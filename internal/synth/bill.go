package synth

import "fmt"

// A goodsItem is one GID group before it is written.
type goodsItem struct {
	number    int    // DE 1496
	packages  int    // DE 7224
	packType  string // DE 7065
	commodity int    // index in commodity; -1 for goods that are listed under the house bills
	mass      int64  // gross, hundredths of a kilogram
	volume    int64  // thousandths of a cubic metre
	splits    []placement
}

// A placement says how many of an item's packages are in one container.
type placement struct{ equipment, packages int }

// items draws the goods of one bill. The first is in the container with index place, so that a caller who goes
// round the containers leaves none empty; with alone all of the goods are in that one.
func (b *balanced) items(place int, alone bool) []goodsItem {
	r := b.r
	n := 1
	if r.pct(30) {
		n = r.in(2, 4)
	}
	items := make([]goodsItem, n)
	for i := range items {
		it := goodsItem{number: i + 1, packages: r.in(1, 1200), packType: pick(r, packTypes), commodity: r.n(len(commodity))}
		it.mass = int64(r.in(50, 26000)*100 + r.n(100))
		it.volume = int64(r.in(1, 68)*1000 + r.n(1000))
		first := place
		if i > 0 && !alone {
			first = r.n(b.equipment)
		}
		it.splits = []placement{{first, it.packages}}
		if second := r.n(b.equipment); !alone && r.pct(50) && second != first && it.packages > 1 {
			k := r.in(1, it.packages-1)
			it.splits = []placement{{first, it.packages - k}, {second, k}}
		}
		items[i] = it
	}
	return items
}

// bill writes one RFF group: a bill of the given kind (DE 1153: BM, MB, BH) with its totals, places, parties, goods.
func (b *balanced) bill(kind, number string, items []goodsItem) {
	o, r := b.o, b.r
	o.stats.Consignments++
	var mass, volume int64
	packages := 0
	for _, it := range items {
		mass += it.mass
		volume += it.volume
		packages += it.packages
	}
	o.seg("RFF+", kind, ":", number)
	o.seg("CNT+7:", decimal(mass, 2), ":KGM")
	o.seg("CNT+8:", itoa(packages))
	o.seg("CNT+11:", itoa(packages))
	o.seg("CNT+15:", decimal(volume, 3), ":MTQ")
	o.seg("LOC+9+", b.foreignPort().code, ":139:6")
	o.seg("LOC+11+", b.discharge.code, ":139:6")
	if r.pct(80) { // import: stays where it is landed
		if r.pct(50) {
			o.seg("LOC+7+", b.discharge.code, ":139:6:", b.discharge.name)
		}
		o.seg(b.d.indicator, "23:109:148")
	} else { // transhipment: goes on by sea to a third country
		final := b.foreignPort()
		o.seg("LOC+7+", final.code, ":139:6:", final.name)
		o.seg(b.d.indicator, "28:109:148")
		o.seg("TDT+30+", fmt.Sprintf("%03dW", r.in(1, 999)), "+1")
		o.seg("LOC+9+", b.discharge.code, ":139:6")
		o.seg("LOC+11+", final.code, ":139:6")
		o.seg("DTM+133:202612", fmt.Sprintf("%02d", r.in(1, 28)), ":102")
	}
	b.party("CZ")
	b.party("CN")
	if r.pct(70) {
		b.party("NI")
		if r.pct(60) {
			o.contact(r)
		}
	}
	for _, it := range items {
		b.item(it)
	}
}

// item writes one GID group.
func (b *balanced) item(it goodsItem) {
	o, r := b.o, b.r
	o.stats.GoodsItems++
	o.seg("GID+", itoa(it.number), "+", itoa(it.packages), ":", it.packType)
	o.seg("PAC+", itoa(it.packages), "+3+", it.packType) // DE 7075: 3 is the outer level
	if it.commodity < 0 {
		o.seg("FTX+AAA+++CONSOLIDATED CARGO:AS PER HOUSE BILLS")
	} else {
		o.description(r, commodity[it.commodity])
	}
	o.seg("MEA+AAE+", b.d.itemMass, "+KGM:", decimal(it.mass, 2))
	o.seg("MEA+AAE+AAW+MTQ:", decimal(it.volume, 3))
	for _, s := range it.splits {
		o.seg("SGP+", distinctContainer(b.seed, s.equipment), "+", itoa(s.packages))
	}
	if it.commodity >= 0 {
		o.dangerous(r)
	}
	o.marks(r, it.packages)
	if it.commodity >= 0 {
		o.seg("CST++", commodity[it.commodity][1], ":122")
	}
}

// party writes NAD with qualifier q (DE 3035): city and country agree. Half of the addresses are structured.
func (b *balanced) party(q string) {
	r := b.r
	p := pick(r, ports)
	id := ""
	if r.pct(60) {
		id = p.country() + fmt.Sprintf("%09d", r.n(1e9)) + "::ZZZ"
	}
	name := companyName(r)
	street := itoa(r.in(1, 999)) + " " + pick(r, streets)
	post := fmt.Sprintf("%05d", r.n(100000))
	if r.pct(50) {
		b.o.seg("NAD+", q, "+", id, "++", name, "+", street, ":FLOOR ", itoa(r.in(1, 40)), "+", p.name, "++", post, "+", p.country())
	} else {
		b.o.seg("NAD+", q, "+", id, "+", name, ":", street, ":", p.name, " ", post, ":", p.country())
	}
}

// decimal writes v with the given number of decimals and a point as the mark that UNA states.
func decimal(v int64, decimals int) string {
	scale := int64(1)
	for range decimals {
		scale *= 10
	}
	return fmt.Sprintf("%d.%0*d", v/scale, decimals, v%scale)
}
