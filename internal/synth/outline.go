package synth

// An outline names the segments of a file as WriteCUSCAR writes it, by their index in the document; -1 where a
// segment does not stand.
type outline struct {
	unb, unz int
	messages []messageOutline
	last     bool // release D.16A
}

// A messageOutline is one UNH to UNT.
type messageOutline struct {
	unh, bgm, tdt, unt int
	headerEnd          int // first segment that is not of the header: EQD, or the CNT after it
	equipment          []run
	containers, bills  int // header CNT with DE 6069 16 and 10
	consignments       []billOutline
}

// A run is a row of segments from first up to but without end.
type run struct{ first, end int }

// A billOutline is one RFF group. cni is set for the first bill of a CNI group.
type billOutline struct {
	cni, houses int // CNI, and its CNT with DE 6069 10
	rff         int
	totals      [4]int // CNT by DE 6069: 7, 8, 11, 15
	places      run    // LOC of the bill itself
	tdt         int    // onward carriage
	parties     []run  // NAD with its CTA and COM
	items       []run  // GID groups
	end         int    // first segment after the bill
}

// The places of totals in a billOutline.
const (
	totalMass = iota
	totalPieces
	totalPackages
	totalVolume
)

var totalQualifiers = [...]string{totalMass: "7", totalPieces: "8", totalPackages: "11", totalVolume: "15"} // DE 6069

// outlineOf reads the structure. A file of another shape gives an outline with no messages, or with gaps that the
// planting of faults steps over.
func outlineOf(d *document) *outline {
	o := &outline{unb: -1, unz: -1}
	for i := 0; i < len(d.segments); i++ {
		switch {
		case d.is(i, "UNB"):
			o.unb = i
		case d.is(i, "UNZ"):
			o.unz = i
		case d.is(i, "UNH"):
			o.last = d.value(i, 2, 3) == "16A"
			m := outlineMessage(d, i)
			if m.unt < 0 {
				return o
			}
			o.messages = append(o.messages, m)
			i = m.unt
		}
	}
	return o
}

// outlineMessage reads one message from its UNH on; unt is -1 where it does not end.
func outlineMessage(d *document, unh int) messageOutline {
	m := messageOutline{unh: unh, bgm: -1, tdt: -1, unt: -1, containers: -1, bills: -1}
	i := unh + 1
	for ; i < len(d.segments) && !d.is(i, "EQD") && !d.is(i, "CNT") && !d.is(i, "CNI") && !d.is(i, "UNT"); i++ {
		switch {
		case d.is(i, "BGM"):
			m.bgm = i
		case d.is(i, "TDT"):
			m.tdt = i
		}
	}
	m.headerEnd = i
	for d.is(i, "EQD") {
		g := run{i, i + 1}
		for d.is(g.end, "MEA") || d.is(g.end, "SEL") || d.is(g.end, "TMP") {
			g.end++
		}
		m.equipment = append(m.equipment, g)
		i = g.end
	}
	for ; d.is(i, "CNT"); i++ {
		switch d.value(i, 1, 1) {
		case "16":
			m.containers = i
		case "10":
			m.bills = i
		}
	}
	for d.is(i, "CNI") || d.is(i, "RFF") {
		b := outlineBill(d, i)
		m.consignments = append(m.consignments, b)
		i = b.end
	}
	if d.is(i, "UNT") {
		m.unt = i
	}
	return m
}

// outlineBill reads one bill from its CNI or RFF on.
func outlineBill(d *document, i int) billOutline {
	b := billOutline{cni: -1, houses: -1, rff: -1, totals: [4]int{-1, -1, -1, -1}, tdt: -1}
	if d.is(i, "CNI") {
		b.cni = i
		if i++; d.is(i, "CNT") {
			b.houses = i
			i++
		}
	}
	if !d.is(i, "RFF") {
		b.end = i + 1
		return b
	}
	b.rff = i
	for i++; d.is(i, "CNT"); i++ {
		for k, q := range totalQualifiers {
			if d.value(i, 1, 1) == q {
				b.totals[k] = i
			}
		}
	}
	b.places = run{i, i}
	for ; d.is(i, "LOC"); i++ {
		b.places.end = i + 1
	}
	for ; i < len(d.segments); i++ {
		switch {
		case d.is(i, "TDT"):
			b.tdt = i
		case d.is(i, "NAD"):
			b.parties = append(b.parties, run{i, i + 1})
		case d.is(i, "CTA") || d.is(i, "COM"):
			if n := len(b.parties); n > 0 {
				b.parties[n-1].end = i + 1
			}
		case d.is(i, "GID"):
			b.items = append(b.items, run{i, i + 1})
		case d.is(i, "CNI") || d.is(i, "RFF") || d.is(i, "UNT") || d.is(i, "UNZ"):
			b.end = i
			return b
		default:
			if n := len(b.items); n > 0 {
				b.items[n-1].end = i + 1
			}
		}
	}
	b.end = i
	return b
}
