package synth

import "fmt"

// A balanced writes messages in which every statement agrees with every other.
type balanced struct {
	o      *segmentWriter
	r      *rng
	d      dialect
	seed   uint64 // of this message's containers and bill numbers
	houses bool   // mix in master bills with house bills

	carrier   string
	discharge port // of every bill in the message: the vessel's place of arrival
	equipment int  // EQD groups
	bills     int  // RFF groups so far, for their numbers
}

// message writes one message of n CNI groups. Where n is more than a message may hold, the bills beyond become house
// bills under those that fit.
func (b *balanced) message(number, n int) {
	o, r := b.o, b.r
	ref := fmt.Sprintf("M%09d", number)
	b.carrier = pick(r, carriers)
	b.discharge = pick(r, ports)
	cnis := min(n, maxGroup)
	b.equipment = min(cnis*4/5+1, maxGroup)

	o.seg("UNH+", ref, "+CUSCAR:", b.d.version)
	o.seg("BGM+85+", b.carrier, fmt.Sprintf("%d%08d", 2026, r.n(1e8)), b.d.documentTail, "+9")
	b.header()
	for i := range b.equipment {
		o.equipment(r, b.d, distinctContainer(b.seed, i))
	}
	o.seg("CNT+16:", itoa(b.equipment))
	o.seg("CNT+10:", itoa(cnis))
	for i := range cnis {
		b.consignment(i, cnis, n)
	}
	o.endMessage(ref)
}

// header writes what stands between BGM and the equipment.
func (b *balanced) header() {
	o, r := b.o, b.r
	o.seg("DTM+137:202611230915:203")
	o.seg("RFF+XC:", fmt.Sprintf("26%s%010d", b.discharge.code, r.n(1e9)))
	o.seg("RFF+AAS:", fmt.Sprintf("MAN%07d", r.n(1e7)))
	if b.d.groupsHeader {
		o.seg("DTM+171:20261120:102")
	}
	o.seg("NAD+MS+", b.carrier, ":172:20++", companyName(r))
	if b.d.groupsHeader {
		o.contact(r)
	}
	o.seg("NAD+CA+", b.carrier, ":172:20")
	o.seg("TDT+20+", fmt.Sprintf("%03d", r.in(1, 999)), pick(r, []string{"E", "W", "N", "S"}), "+1++", b.carrier, ":172:20+++",
		imoNumber(r), ":146::", pick(r, vessels), ":", pick(r, []string{"PA", "LR", "MH", "SG", "MT", "CY", "DK", "HK", "DE", "GB"}))
	o.seg("LOC+5+", b.foreignPort().code, ":139:6")
	o.seg("LOC+60+", b.discharge.code, ":139:6")
	o.seg("DTM+133:202611", fmt.Sprintf("%02d%02d", r.in(1, 9), r.n(24)), "00:203")
	o.seg("DTM+132:202611", fmt.Sprintf("%02d%02d", r.in(24, 28), r.n(24)), "00:203")
	o.seg(b.d.indicator, "23")
}

// foreignPort gives a port that is not in the country of discharge.
func (b *balanced) foreignPort() port {
	for {
		if p := pick(b.r, ports); p.country() != b.discharge.country() {
			return p
		}
	}
}

// consignment writes the i-th of cnis CNI groups. Where n is more than cnis, the bills beyond are spread over the
// groups as houses.
func (b *balanced) consignment(i, cnis, n int) {
	houses := 0
	if b.houses && b.r.pct(35) {
		houses = b.r.in(2, 6)
	}
	if more := n - cnis; more > 0 {
		houses = (i+1)*more/cnis - i*more/cnis
	}
	number := b.number()
	b.o.stats.MasterBills++
	b.o.seg("CNI+", itoa(i+1), "+", number)
	place := i % b.equipment
	if houses == 0 {
		b.bill("BM", number, b.items(place, false))
		return
	}
	b.o.seg("CNT+10:", itoa(houses))
	// The master's goods item sums its houses, which are drawn twice from the same state so that they need not be
	// kept: once to add them up and once to be written.
	state := *b.r
	var sum goodsItem
	for range houses {
		for _, it := range b.items(place, true) {
			sum.mass += it.mass
			sum.volume += it.volume
			sum.packages += it.packages
		}
	}
	sum.number, sum.packType, sum.commodity = 1, "PK", -1
	sum.splits = []placement{{place, sum.packages}}
	b.bill("MB", number, []goodsItem{sum})
	write := *b.r
	for range houses {
		*b.r = state
		items := b.items(place, true)
		state = *b.r
		*b.r = write
		b.bill("BH", b.number(), items)
		write = *b.r
	}
}

// number gives the next bill number: carrier, a part that is the message's own, and a counter, so that no two bills
// of an interchange share one.
func (b *balanced) number() string {
	b.bills++
	return b.carrier + fmt.Sprintf("%05d%06d", b.seed%100000, b.bills)
}
