package voyage

import "strings"

func (k *planting) putGoods(s sign) bool {
	b, r := k.b, k.r
	if len(b.items) == 0 {
		return false
	}
	x := &b.items[0]
	switch s {
	case signCover:
		if len(k.t.cover) == 0 {
			return false
		}
		text, hs, _ := strings.Cut(pick(r, k.t.cover), "/")
		x.text = []string{text}
		if r.pct(25) {
			x.text = append(x.text, pick(r, []string{"INVOICE NO ", "PO "})+digits(r, 6))
		}
		if x.hs != "" || r.pct(50) {
			x.hs = hs
		}
	case signNoDangerous:
		if x.dg.un == "" {
			return false
		}
		x.dg = dangerousGoods{}
	case signUnitMass:
		by := r.in(3, 5)
		if r.pct(50) && x.count/by > 0 {
			x.recount(x.count / by)
		} else {
			x.recount(x.count * by)
		}
	case signMassLow:
		x.grams = x.grams * int64(r.in(25, 45)) / 100 / 1000 * 1000
	case signMassHigh:
		before := x.grams
		if x.grams = k.heavier(x.grams, r.in(140, 190)); x.grams < before*11/10 {
			x.grams = before
			return false
		}
	case signUniform:
		x.recount((x.count + 99) / 100 * 100)
		x.pack = "CT"
	case signRoundMass:
		unit := int64(1000000)
		if x.grams < 4*unit {
			unit /= 10
		}
		x.grams = max(unit, (x.grams+unit/2)/unit*unit)
		if x.count > 150 {
			x.recount(x.count / 100 * 100)
		}
	case signNoMarks:
		x.marks = nil
	}
	x.grams = max(x.grams, 1000)
	return true
}

// heavier raises a mass to so many percent, as far as its containers bear it.
func (k *planting) heavier(grams int64, percent int) int64 {
	most := int64(20000000)
	for i := range k.boxes {
		if i == 0 {
			most = 0
		}
		most += int64(boxKinds[k.boxes[i].kind].payload) * 1000
	}
	return max(grams, min(grams*int64(percent)/100, most))
}

// recount gives an item another number of packages, spread as before.
func (x *item) recount(n int) {
	n = max(n, len(x.splits))
	x.count = n
	for i := range x.splits {
		x.splits[i].count = n / len(x.splits)
		if i < n%len(x.splits) {
			x.splits[i].count++
		}
	}
}
