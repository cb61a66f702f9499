package voyage

// A slotKind is what a slot of a carrier's list holds.
type slotKind uint8

const (
	simpleSlot  slotKind = iota // a straight bill, or one to order
	groupage                    // an NVOCC's master of one container, with many houses
	ownersFull                  // an NVOCC's master of full containers, with one to three houses
	emptiesSlot                 // empty containers that are moved under a bill
)

// A slotPlan is a slot before it is made.
type slotPlan struct {
	kind   slotKind
	nvocc  int // index in nvoccs
	houses int
	base   int // number of its first consignment among those of the call
}

// consignments counts the bills of a slot, master and houses.
func (p *slotPlan) consignments() int { return 1 + p.houses }

// A part is what one filer files about a call.
type part struct {
	id     int // of the part in the call, the same for all calls
	filer  *filer
	export bool
	nvocc  int // of the houses that it files; -1 for a carrier's list
	slots  []slotPlan
	first  int   // number of its first slot among those of the call
	refs   []ref // the masters of an NVOCC's houses
}

// A ref names a slot of a carrier's part.
type ref struct{ part, slot int }

// A call is the visit of a ship, planned: who files how many bills of what kind.
type call struct {
	number  int // from 0 in the order of arrival
	service int
	line    *service
	voyage  string
	vessel  vessel
	eta     int // minutes from the start
	parts   []part
	count   int // consignments
}

// Parts of a call: carriers' imports from 0 on, an export list, and the houses of each NVOCC.
const (
	exportPart = 8
	housePart  = 16
)

// planCall plans the n-th call. limit is the most consignments that it may have.
func (w *world) planCall(n, size, limit int, eta int) *call {
	r := stream(w.seed, forCall, uint64(n))
	round := n / len(services)
	order := stream(w.seed, forWorld, uint64(round))
	c := &call{number: n, eta: eta}
	c.service = permuted(&order, len(services), n%len(services))
	c.line = services[c.service]
	c.vessel = w.vessel(c.service, round%vesselsOfService)
	c.voyage = numbered(pick(&r, []string{"999W", "99W", "A999", "9999N"}), r.u(), &r)
	bills := r.in(size*5/8, size*11/8)
	lines := append([]*filer{c.line.line}, c.line.partner...)
	first := 0
	for i, l := range lines {
		share := 100
		if len(lines) > 1 {
			share = []int{60, 25, 15}[min(i, 2)]
		}
		first = c.addPart(w, part{id: i, filer: l, nvocc: -1}, bills*share/100, first, limit)
	}
	if r.pct(45) {
		c.addPart(w, part{id: exportPart, filer: c.line.line, nvocc: -1, export: true}, max(1, bills/4), first, limit)
	}
	c.addHouses()
	return c
}

// permuted gives the k-th entry of a shuffled row of n numbers.
func permuted(r *rng, n, k int) int {
	row := make([]int, n)
	for i := range row {
		row[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := r.n(i + 1)
		row[i], row[j] = row[j], row[i]
	}
	return row[k]
}

// addPart plans the slots of a part until it has about the number of consignments wanted, and gives the number of the
// slot after them.
func (c *call) addPart(w *world, p part, bills, first, limit int) int {
	if c.count >= limit || bills <= 0 {
		return first
	}
	p.first = first
	for n := 0; n < bills && c.count < limit; {
		r := stream(w.seed, forSlot, uint64(c.number), uint64(p.id), uint64(len(p.slots)))
		s := planSlot(&r, p.export)
		if c.count+s.consignments() > limit {
			s = slotPlan{}
		}
		s.base = c.count
		p.slots = append(p.slots, s)
		n += s.consignments()
		c.count += s.consignments()
	}
	c.parts = append(c.parts, p)
	return first + len(p.slots)
}

func planSlot(r *rng, export bool) slotPlan {
	odds := r.n(100)
	switch {
	case export || odds < 76:
		return slotPlan{}
	case odds < 80:
		return slotPlan{kind: emptiesSlot}
	case odds < 86:
		return slotPlan{kind: groupage, nvocc: r.zipf(len(nvoccs)), houses: r.in(3, 12)}
	}
	return slotPlan{kind: ownersFull, nvocc: r.zipf(len(nvoccs)), houses: 1 + r.n(3)*r.n(2)}
}

// addHouses plans the filings of NVOCCs, each of all houses that it has on the call.
func (c *call) addHouses() {
	var refs [64][]ref
	for i := range c.parts {
		for k := range c.parts[i].slots {
			if s := &c.parts[i].slots[k]; s.houses > 0 {
				refs[s.nvocc] = append(refs[s.nvocc], ref{i, k})
			}
		}
	}
	for i := range nvoccs {
		if len(refs[i]) > 0 {
			c.parts = append(c.parts, part{id: housePart + i, filer: nvoccs[i], nvocc: i, refs: refs[i]})
		}
	}
}
