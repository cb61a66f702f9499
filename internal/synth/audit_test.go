package synth

import (
	"slices"
	"strconv"
	"time"

	"cargogate/internal/refdata"
)

// An audit is a second opinion on a file: it goes through the segments in order, adds everything up, and notes what
// does not agree, with the code and the place that a checker would give. It knows nothing of the outline that
// faults are planted by.
type audit struct {
	*document
	found []Expected

	messages   int
	references map[string]bool
	message    messageAudit
	bill       *billAudit
	item       *itemAudit
}

type messageAudit struct {
	unh         int
	equipment   map[string]int64 // number, place
	used        map[string]bool
	containers  int
	cnis        int
	bills       map[string]bool
	countCNT    [2]int // segments of header CNT 16 and 10
	houses      int    // CNT of the CNI group, 0 where there is none
	houseBills  int
	masterSum   [3]int64
	houseSum    [3]int64
	hasHouses   bool
	inBills     bool
	masterPlace int64
	unitUnknown bool // in this CNI group: master and houses cannot be compared
}

type billAudit struct {
	kind   string
	totals map[string]int // CNT segment by DE 6069
	sum    [3]int64       // thousandths: mass, packages, volume
}

type itemAudit struct {
	gid, packages, split int
}

func (a *audit) note(code string, s span) {
	a.found = append(a.found, Expected{code, int64(s.off)})
}

func (a *audit) comp(seg, n, c int) span { s, _ := a.at(seg, n, c); return s }

func (a *audit) number(seg, n, c int) int { v, _ := strconv.Atoi(a.value(seg, n, c)); return v }

// runAudit gives what does not agree.
func runAudit(src []byte) []Expected {
	a := &audit{document: split(src), references: map[string]bool{}}
	for i := range a.segments {
		a.segment(i, a.tag(i))
	}
	slices.SortFunc(a.found, func(x, y Expected) int { return int(x.Offset - y.Offset) })
	return slices.Compact(a.found)
}

func (a *audit) segment(i int, tag string) {
	m := &a.message
	switch tag {
	case "UNH":
		a.messages++
		*m = messageAudit{unh: i, equipment: map[string]int64{}, used: map[string]bool{}, bills: map[string]bool{}}
		if ref := a.value(i, 1, 1); a.references[ref] {
			a.note("EDI0026", a.comp(i, 1, 1))
		} else {
			a.references[ref] = true
		}
	case "UNT":
		a.endMessage(i)
	case "UNZ":
		if a.number(i, 1, 1) != a.messages {
			a.note("EDI0029", a.comp(i, 1, 1))
		}
		if a.value(i, 2, 1) != a.value(0, 5, 1) {
			a.note("EDI0028", a.comp(i, 2, 1))
		}
	case "TDT":
		if id := a.value(i, 8, 1); id != "" && !refdata.IMOValid(id) {
			a.note("CAR0003", a.comp(i, 8, 1))
		}
	case "DTM":
		layout := map[string]string{"203": "200601021504", "102": "20060102", "204": "20060102150405"}[a.value(i, 1, 3)]
		if v := a.value(i, 1, 2); len(v) != len(layout) {
			a.note("CAR0014", a.comp(i, 1, 2))
		} else if _, err := time.Parse(layout, v); err != nil {
			a.note("CAR0015", a.comp(i, 1, 2))
		}
	case "LOC":
		if refdata.Locode(a.value(i, 2, 1)) != refdata.Known {
			a.note("CAR0016", a.comp(i, 2, 1))
		}
	case "NAD":
		if c := a.value(i, 9, 1); c != "" && !refdata.Country(c) {
			a.note("CAR0017", a.comp(i, 9, 1))
		}
	case "EQD":
		m.containers++
		id := a.value(i, 2, 1)
		if _, dup := m.equipment[id]; dup {
			a.note("CAR0025", a.comp(i, 2, 1))
			break
		}
		m.equipment[id] = int64(a.comp(i, 2, 1).off)
		a.containerNumber(id, a.comp(i, 2, 1))
	default:
		a.billSegment(i, tag)
	}
}

func (a *audit) containerNumber(id string, at span) {
	if !refdata.ContainerForm(id) {
		a.note("CAR0002", at)
	} else if !refdata.ContainerValid(id) {
		a.note("CAR0001", at)
	}
}

func (a *audit) billSegment(i int, tag string) {
	m := &a.message
	switch tag {
	case "CNI":
		a.endConsignment()
		m.inBills = true
		m.cnis++
		if a.number(i, 1, 1) != m.cnis {
			a.note("CAR0029", a.comp(i, 1, 1))
		}
	case "RFF":
		if !m.inBills {
			break
		}
		a.endBill()
		a.bill = &billAudit{kind: a.value(i, 1, 1), totals: map[string]int{}}
		if no := a.value(i, 1, 2); m.bills[no] {
			a.note("CAR0023", a.comp(i, 1, 2))
		} else {
			m.bills[no] = true
		}
		if a.bill.kind == "BH" {
			m.houseBills++
		}
		m.masterPlace = int64(a.segments[i].off)
	case "CNT":
		switch q := a.value(i, 1, 1); {
		case a.bill != nil:
			a.bill.totals[q] = i
		case m.inBills:
			m.houses, m.hasHouses = i, true
		case q == "16":
			m.countCNT[0] = i
		case q == "10":
			m.countCNT[1] = i
		}
	case "GID":
		a.endItem()
		a.item = &itemAudit{gid: i, packages: a.number(i, 2, 1)}
		a.bill.sum[1] += int64(a.item.packages) * 1000
		if !refdata.PackageType(a.value(i, 2, 2)) {
			a.note("CAR0024", a.comp(i, 2, 2))
		}
	case "PAC":
		if a.number(i, 1, 1) != a.item.packages {
			a.note("CAR0013", a.comp(i, 1, 1))
		}
		if !refdata.PackageType(a.value(i, 3, 1)) {
			a.note("CAR0024", a.comp(i, 3, 1))
		}
	case "MEA":
		if a.bill == nil {
			break
		}
		v, ok := thousandths(a.value(i, 3, 2))
		switch unit := a.value(i, 3, 1); {
		case !ok:
			a.note("number", a.comp(i, 3, 2))
		case unit == "KGM":
			a.bill.sum[0] += v
		case unit == "MTQ":
			a.bill.sum[2] += v
		default:
			a.note("CAR0021", a.comp(i, 3, 1))
			m.unitUnknown = true
		}
	case "SGP":
		id := a.value(i, 1, 1)
		a.containerNumber(id, a.comp(i, 1, 1))
		m.used[id] = true
		if _, ok := m.equipment[id]; !ok {
			a.note("CAR0010", a.comp(i, 1, 1))
		}
		a.item.split += a.number(i, 2, 1)
	}
}

func (a *audit) endItem() {
	if a.item != nil && a.item.split != a.item.packages {
		a.note("CAR0012", a.comp(a.item.gid, 2, 1))
	}
	a.item = nil
}

func (a *audit) endBill() {
	a.endItem()
	if a.bill == nil {
		return
	}
	for q, c := range map[string]struct {
		code string
		sum  int
	}{"7": {"CAR0006", 0}, "8": {"CAR0008", 1}, "11": {"CAR0007", 1}, "15": {"CAR0027", 2}} {
		seg, ok := a.bill.totals[q]
		if !ok {
			a.note("no total "+q, span{})
			continue
		}
		if v, ok := thousandths(a.value(seg, 1, 2)); !ok || v != a.bill.sum[c.sum] {
			a.note(c.code, a.comp(seg, 1, 2))
		}
	}
	for k, v := range a.bill.sum {
		switch a.bill.kind {
		case "MB":
			a.message.masterSum[k] += v
		case "BH":
			a.message.houseSum[k] += v
		}
	}
	a.bill = nil
}

func (a *audit) endConsignment() {
	a.endBill()
	m := &a.message
	if m.hasHouses && a.number(m.houses, 1, 2) != m.houseBills || !m.hasHouses && m.houseBills > 0 {
		a.note("CAR0005", a.comp(m.houses, 1, 2))
	}
	if m.masterSum != m.houseSum && m.hasHouses && !m.unitUnknown {
		a.note("master and houses", span{off: int(m.masterPlace)})
	}
	m.hasHouses, m.unitUnknown, m.houseBills, m.masterSum, m.houseSum = false, false, 0, [3]int64{}, [3]int64{}
}

func (a *audit) endMessage(i int) {
	a.endConsignment()
	m := &a.message
	if a.number(i, 1, 1) != i-m.unh+1 {
		a.note("EDI0029", a.comp(i, 1, 1))
	}
	if a.value(i, 2, 1) != a.value(m.unh, 1, 1) {
		a.note("EDI0028", a.comp(i, 2, 1))
	}
	if a.number(m.countCNT[0], 1, 2) != len(m.equipment) {
		a.note("CAR0009", a.comp(m.countCNT[0], 1, 2))
	}
	if a.number(m.countCNT[1], 1, 2) != m.cnis {
		a.note("CAR0004", a.comp(m.countCNT[1], 1, 2))
	}
	for id, off := range m.equipment {
		if !m.used[id] {
			a.note("CAR0011", span{off: int(off)})
		}
	}
	m.inBills = false
}
