package voyage

// A class is where a planting can stand.
type class uint8

const (
	straightClass class = iota // a bill alone in its containers
	houseClass                 // a house beside others
	emptyClass
	groupageClass // a master with many houses, as a whole
	exportClass
	classes
)

// menu lists the typologies of each service and class.
type menu [][classes][]*typology

func newMenu(chosen []*typology) menu {
	m := make(menu, len(services))
	for i, s := range services {
		for _, t := range chosen {
			if !t.export && len(t.loadings(s)) == 0 {
				continue
			}
			at := func(c class) { m[i][c] = append(m[i][c], t) }
			switch {
			case t.export:
				at(exportClass)
			case t.shape == emptyBill:
				at(emptyClass)
			case t.shape == manyHouses:
				at(groupageClass)
			default:
				at(straightClass)
				if t.shape == anyBill {
					at(houseClass)
				}
			}
		}
	}
	return m
}

// roll decides whether a consignment is planted, and with what.
func (w *world) roll(c *call, p *part, i, j int, class class) (t *typology, lookalike bool) {
	if p.export {
		class = exportClass
	}
	l := w.menu[c.service][class]
	weight := 0
	for _, t := range l {
		weight += w.weights[t.index]
	}
	if weight == 0 {
		return nil, false
	}
	r := stream(w.seed, forPlant, uint64(c.number), uint64(p.id), uint64(i), uint64(j))
	typology, lookalikes := min(300000, w.typologyRate*int64(weight)/1000), min(300000, w.lookalikeRate*int64(weight)/1000)
	switch odds := int64(r.n(1000000)); {
	case odds < typology:
	case odds < typology+lookalikes:
		lookalike = true
	default:
		return nil, false
	}
	odds := r.n(weight)
	for _, t = range l {
		if odds -= w.weights[t.index]; odds < 0 {
			break
		}
	}
	if t.shape == masterAlone && j > 0 { // a house has a house's master above it
		return nil, false
	}
	return t, lookalike
}

// level sets weights and rates, so that over all traffic about so many of a million consignments are planted, and those
// typologies that few lanes or kinds of bill can show are not much rarer than the others.
func (w *world) level(typology, lookalike int) {
	open := make([]int, len(typologies)) // consignments that could show one
	all, most := 0, 0
	for i := range 2 * len(services) {
		c := w.planCall(i, 100, 1<<30, 0)
		for k := range c.parts {
			p := &c.parts[k]
			for n := range p.slots {
				count := func(class class, consignments int) {
					if p.export {
						class = exportClass
					}
					for _, t := range w.menu[c.service][class] {
						open[t.index] += consignments
						most = max(most, open[t.index])
					}
				}
				s := &p.slots[n]
				all += s.consignments()
				switch {
				case s.kind == simpleSlot:
					count(straightClass, 1)
				case s.kind == emptiesSlot:
					count(emptyClass, 1)
				case s.houses == 1:
					count(straightClass, 1)
				case s.kind == groupage:
					count(groupageClass, 4)
					count(houseClass, (s.houses+1)/2) // the others do not come from the port of the container
				default:
					count(houseClass, s.houses)
				}
			}
		}
	}
	w.weights = make([]int, len(typologies))
	sum := 0
	for i, n := range open {
		if n == 0 {
			continue
		}
		highest := 3 // a lane must not be told by what is planted on it
		if s := typologies[i].shape; s == emptyBill || s == manyHouses {
			highest = 8
		}
		w.weights[i] = max(1, min(highest, most/3/n))
		sum += w.weights[i] * n
	}
	if sum > 0 {
		rate := func(wanted int) int64 { return int64(wanted) * 1000 * int64(all) / int64(sum) }
		w.typologyRate, w.lookalikeRate = rate(typology), rate(lookalike)
	}
}
