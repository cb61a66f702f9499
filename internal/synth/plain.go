package synth

import (
	"fmt"
	"strings"
)

// plainMessage writes one message whose totals are drawn at random. The order in which it asks r must stay: the
// published checksum of the default file depends on it.
func plainMessage(o *segmentWriter, r *rng, d dialect, seed uint64, msg, n int) {
	ref := fmt.Sprintf("M%09d", msg)
	car := pick(r, carriers)
	pol, pod := pick(r, portCodes), pick(r, portCodes)
	cseed := seed<<20 + uint64(msg)
	neq := n*4/5 + 1
	o.seg("UNH+", ref, "+CUSCAR:", d.version)
	o.seg("BGM+85+", car, fmt.Sprintf("%d%08d", 2026, r.n(1e8)), d.documentTail, "+9")
	o.seg("DTM+137:202611230915:203")
	o.seg("RFF+XC:", fmt.Sprintf("26%s%010d", pod, r.n(1e9)))
	o.seg("RFF+AAS:", fmt.Sprintf("MAN%07d", r.n(1e7)))
	o.seg("NAD+MS+", car, ":172:20++", companyName(r))
	o.seg("NAD+CA+", car, ":172:20")
	o.seg("TDT+20+", fmt.Sprintf("%03d", r.n(999)), pick(r, []string{"E", "W", "N", "S"}), "+1++", car, ":172:20+++", imoNumber(r), ":146::", pick(r, vessels), ":", pick(r, countries))
	o.seg("LOC+5+", pol, ":139:6")
	o.seg("LOC+60+", pod, ":139:6")
	o.seg("DTM+133:20261101", fmt.Sprintf("%02d", r.n(24)), "00:203")
	o.seg("DTM+132:20261125", fmt.Sprintf("%02d", r.n(24)), "00:203")
	o.seg(d.indicator, "23")
	for i := range neq {
		o.equipment(r, d, randomContainer(cseed, i))
	}
	o.seg("CNT+16:", itoa(neq))
	for i := 1; i <= n; i++ {
		plainBill(o, r, d, cseed, car, pod, i, neq)
	}
	o.endMessage(ref)
}

// equipment writes one EQD group: a full import container, its gross mass and its seal.
func (o *segmentWriter) equipment(r *rng, d dialect, id string) {
	o.stats.Equipment++
	o.seg("EQD+CN+", id, "+", pick(r, sizeTypes), ":102:5++3+5")
	o.seg("MEA+AAE+", d.equipmentMass, "+KGM:", itoa(r.in(2200, 32000)), ".", fmt.Sprintf("%03d", r.n(1000)))
	o.seg("SEL+", pick(r, carriers)[:2], fmt.Sprintf("%07d", r.n(1e7)), "+CA")
}

// plainBill writes the CNI group of one straight bill.
func plainBill(o *segmentWriter, r *rng, d dialect, cseed uint64, car, pod string, i, neq int) {
	o.stats.MasterBills++
	o.stats.Consignments++
	bl := car + fmt.Sprintf("%010d", r.n(1e9)*10+r.n(10))
	items := 1
	if r.pct(30) {
		items = r.in(2, 4)
	}
	o.seg("CNI+", itoa(i), "+", bl)
	o.seg("RFF+BM:", bl)
	o.seg("CNT+7:", itoa(r.in(100, 28000)), ":KGM")
	o.seg("CNT+8:", itoa(r.in(1, 2400)))
	o.seg("LOC+9+", pick(r, portCodes), ":139:6")
	o.seg("LOC+11+", pod, ":139:6")
	if r.pct(40) {
		o.seg("LOC+7+", pick(r, portCodes), ":139:6:", pick(r, cityNames))
	}
	o.seg(d.indicator, pick(r, []string{"22", "23", "24", "28"}), ":109:148")
	if r.pct(20) {
		o.seg("TDT+10+", fmt.Sprintf("%03dW", r.n(999)), "+3")
		o.seg("LOC+9+", pick(r, portCodes), ":139:6")
		o.seg("DTM+133:202611", fmt.Sprintf("%02d", r.in(1, 28)), ":102")
	}
	o.plainParty(r, "CZ")
	o.plainParty(r, "CN")
	if r.pct(70) {
		o.plainParty(r, "NI")
		if r.pct(60) {
			o.contact(r)
		}
	}
	for g := 1; g <= items; g++ {
		plainItem(o, r, d, cseed, g, neq)
	}
}

// plainItem writes one GID group.
func plainItem(o *segmentWriter, r *rng, d dialect, cseed uint64, g, neq int) {
	o.stats.GoodsItems++
	gd := commodity[r.n(len(commodity))]
	q := r.in(1, 1200)
	pk := pick(r, packCodes)
	o.seg("GID+", itoa(g), "+", itoa(q), ":", pk)
	o.seg("PAC+", itoa(q), "+1+", pk)
	o.description(r, gd)
	o.seg("MEA+AAE+", d.itemMass, "+KGM:", itoa(r.in(50, 26000)), ".", fmt.Sprintf("%02d", r.n(100)))
	o.seg("MEA+AAE+AAW+MTQ:", itoa(r.in(1, 68)), ".", fmt.Sprintf("%03d", r.n(1000)))
	for k := 0; k < 1+r.n(2); k++ { // the bound is drawn anew each time round, and the checksum depends on it
		o.seg("SGP+", randomContainer(cseed, r.n(neq)), "+", itoa(q/(k+1)))
	}
	o.dangerous(r)
	o.marks(r, q)
	o.seg("CST++", gd[1], ":122")
}

// description writes the FTX of a goods item, in half of the cases with order, invoice and terms.
func (o *segmentWriter) description(r *rng, gd [2]string) {
	t := gd[0]
	if r.pct(50) {
		t += ":PO NO " + itoa(r.in(100000, 999999)) + " INVOICE " + fmt.Sprintf("INV-%d/%05d", 2026, r.n(100000)) + ":HS CODE " + gd[1] + " FREIGHT PREPAID SHIPPERS LOAD STOW AND COUNT"
	}
	o.seg("FTX+AAA+++", t)
}

// dangerous writes a DGS for 6 of 100 items.
func (o *segmentWriter) dangerous(r *rng) {
	if r.pct(6) {
		d := dangerous[r.n(len(dangerous))]
		o.seg("DGS+IMD+", d[0], "+", d[1])
	}
}

// marks writes the PCI of q packages.
func (o *segmentWriter) marks(r *rng, q int) {
	o.seg("PCI+24+", pick(r, nameWords), " ", pick(r, tradeWord), ":C/NO 1-", itoa(q), ":MADE IN ", pick(r, cityNames))
}

// contact writes the CTA group of a party: a person, a telephone number and a mail address.
func (o *segmentWriter) contact(r *rng) {
	o.seg("CTA+IC+:", pick(r, firstName), " ", pick(r, lastName))
	o.seg("COM+?+", itoa(r.in(31, 98)), fmt.Sprintf("%09d", r.n(1e9)), ":TE")
	o.seg("COM+", strings.ToLower(pick(r, nameWords)), "@example.com:EM")
}

// companyName gives an invented name of at most 35 characters, release characters not counted (DE 3036 in D.95B).
func companyName(r *rng) string {
	return pick(r, nameWords) + " " + pick(r, tradeWord) + " " + pick(r, legalForm)
}

// plainParty writes NAD with qualifier q (DE 3035), half of the time structured (C080, C059), else as lines (C058).
// City and country are drawn apart.
func (o *segmentWriter) plainParty(r *rng, q string) {
	id := ""
	if r.pct(60) {
		id = pick(r, countries) + fmt.Sprintf("%09d", r.n(1e9)) + "::ZZZ"
	}
	name := companyName(r)
	street := itoa(r.in(1, 999)) + " " + pick(r, streets)
	if r.pct(50) {
		o.seg("NAD+", q, "+", id, "++", name, "+", street, ":FLOOR ", itoa(r.in(1, 40)), "+", pick(r, cityNames), "++", fmt.Sprintf("%05d", r.n(100000)), "+", pick(r, countries))
	} else {
		o.seg("NAD+", q, "+", id, "+", name, ":", street, ":", pick(r, cityNames), " ", fmt.Sprintf("%05d", r.n(100000)), ":", pick(r, countries))
	}
}
