package synth

import (
	"strconv"
	"strings"
)

// totalKinds make a control total wrong that was right.
var totalKinds = []kind{
	{"mass-total", "CAR0006", func(p *plan) bool { return p.wrongTotal(totalMass, 1000, "gross mass") }},
	{"piece-total", "CAR0008", func(p *plan) bool { return p.wrongTotal(totalPieces, 7, "pieces") }},
	{"package-total", "CAR0007", func(p *plan) bool { return p.wrongTotal(totalPackages, 7, "packages") }},
	{"volume-total", "CAR0027", func(p *plan) bool { return p.wrongTotal(totalVolume, 100, "volume") }},
	{"equipment-count", "CAR0009", func(p *plan) bool {
		m := p.message()
		return p.wrongHeaderCount(m.containers, len(m.equipment), "containers")
	}},
	{"master-bill-count", "CAR0004", func(p *plan) bool {
		m := p.message()
		return p.wrongHeaderCount(m.bills, m.cnis(), "master bills")
	}},
	{"house-bill-count", "CAR0005", func(p *plan) bool {
		m, b := p.bill(func(b *billOutline) bool { return b.houses >= 0 })
		return b != nil && p.wrongHeaderCount(b.houses, m.housesUnder(b), "house bills")
	}},
}

// cnis counts the CNI groups.
func (m *messageOutline) cnis() int {
	n := 0
	for i := range m.consignments {
		if m.consignments[i].cni >= 0 {
			n++
		}
	}
	return n
}

// housesUnder counts the bills of b's CNI group but for b, which is its first.
func (m *messageOutline) housesUnder(b *billOutline) int {
	n := 0
	for i := range m.consignments {
		if c := &m.consignments[i]; c.rff > b.rff {
			if c.cni >= 0 {
				break
			}
			n++
		}
	}
	return n
}

// wrongHeaderCount adds to a CNT that is right.
func (p *plan) wrongHeaderCount(seg, right int, what string) bool {
	if seg < 0 {
		return false
	}
	s, ok := p.filled(seg, 1, 2)
	if !ok || string(p.src[s.off:s.end]) != itoa(right) {
		return false
	}
	n := itoa(right + p.r.in(1, 5))
	p.wrong(s, n)
	p.describe("CNT states %s %s instead of %d", n, what, right)
	return true
}

// wrongTotal adds to the whole part of a bill's total, where that agrees with the items.
func (p *plan) wrongTotal(total, more int, what string) bool {
	_, b := p.bill(func(b *billOutline) bool {
		stated, ok := p.stated(b, total)
		return ok && stated == p.sum(b, total)
	})
	if b == nil {
		return false
	}
	s, _ := p.at(b.totals[total], 1, 2)
	whole, rest, dot := strings.Cut(string(p.src[s.off:s.end]), ".")
	n, _ := strconv.Atoi(whole)
	text := itoa(n + more)
	if dot {
		text += "." + rest
	}
	p.wrong(s, text)
	p.describe("CNT states %d more %s than the items have", more, what)
	return true
}

// stated gives a bill's own total in thousandths.
func (p *plan) stated(b *billOutline, total int) (int64, bool) {
	if b.totals[total] < 0 {
		return 0, false
	}
	return thousandths(p.value(b.totals[total], 1, 2))
}

// sum adds up the items of a bill in thousandths: MEA by DE 6411 KGM and MTQ, GID by its packages.
func (p *plan) sum(b *billOutline, total int) int64 {
	var sum int64
	unit := map[int]string{totalMass: "KGM", totalVolume: "MTQ"}[total]
	for _, it := range b.items {
		if unit == "" {
			n, _ := thousandths(p.value(it.first, 2, 1))
			sum += n
			continue
		}
		for i := it.first; i < it.end; i++ {
			if p.is(i, "MEA") && p.value(i, 3, 1) == unit {
				n, _ := thousandths(p.value(i, 3, 2))
				sum += n
			}
		}
	}
	return sum
}

// thousandths reads a decimal number with at most three places after a point.
func thousandths(s string) (int64, bool) {
	whole, rest, _ := strings.Cut(s, ".")
	if len(rest) > 3 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+(rest + "000")[:3], 10, 64)
	return n, err == nil
}
