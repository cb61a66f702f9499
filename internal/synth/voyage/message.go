package voyage

import (
	"strconv"
	"time"
)

// A filing is what one message says.
type filing struct {
	w        *world
	c        *call
	p        *part
	f        *flavour
	function byte // DE 1225: 9 original, 5 replace, 4 change, 2 addition, 1 cancellation
	document string
	control  string // DE 0020
	created  int    // minutes from the start
	slots    []slot // those of the part that the message names, of an NVOCC with the masters that it does not file
	start    time.Time
}

// at gives a time of the traffic in a form of its own.
func (m *filing) at(minute int, form string) string {
	return m.start.Add(time.Duration(minute) * time.Minute).Format(form)
}

const (
	formMinute = "200601021504" // DE 2379: 203
	formDay    = "20060102"     // DE 2379: 102
)

// bytes writes the interchange.
func (m *filing) bytes() []byte {
	f := m.f
	o := &writer{f: f, b: make([]byte, 0, 4096+1500*len(m.slots))}
	if f.una {
		o.b = append(append(o.b, "UNA:+.? '"...), f.line...)
	}
	day := "060102"
	if f.longDate {
		day = formDay
	}
	o.tag("UNB").el(f.syntax).el(m.p.filer.code, "ZZZ").el(f.to, "ZZZ").el(m.at(m.created, day), m.at(m.created, "1504")).el(m.control)
	if f.reply {
		o.el("").el("").el("").el("1")
	}
	o.end()
	o.segs = 0
	version := "95B"
	if f.d16a {
		version = "16A"
	}
	o.tag("UNH").el("1").el("CUSCAR", "D", version, "UN", f.assoc).end()
	m.header(o)
	if m.function != '1' {
		m.content(o)
	}
	o.tag("UNT").num(o.segs).el("1").end()
	o.tag("UNZ").el("1").el(m.control).end()
	return o.b
}

// header writes BGM to the places and times of the call.
func (m *filing) header(o *writer) {
	f, c := m.f, m.c
	kind := f.kind
	if m.p.export {
		kind = "833"
	}
	o.tag("BGM").el(kind).el(m.document).el(string(m.function)).end()
	o.tag("DTM").el("137", m.at(m.created, formMinute), "203").end()
	if f.register != "" {
		r := stream(m.w.seed, forCall, uint64(c.number), 99)
		o.tag("RFF").el(f.register, "26"+c.line.home.code+numbered("9999999999", r.u(), &r)).end()
	}
	if m.function != '9' {
		o.tag("RFF").el(f.previous, m.document).end()
	}
	sender := m.p.filer.office(homeCountry)
	o.tag("NAD").el("MS").el(m.p.filer.code, first(f.carrier), second(f.carrier))
	if f.grouped {
		o.el("").txt(sender.name)
	}
	o.end()
	if f.d16a && f.contacts {
		o.tag("CTA").el("IC").txt("", "MANIFEST DESK").end()
		o.tag("COM").txt(sender.phone, "TE").end()
	}
	o.tag("NAD").el("CA").el(c.line.line.code, first(f.carrier), second(f.carrier)).end()
	o.tag("TDT").el("20").el(c.voyage).el("1").el("").el(c.line.line.code, first(f.carrier), second(f.carrier)).el("").el("")
	if f.name == "canal" {
		o.txt(c.vessel.sign, "103", "", c.vessel.name, c.vessel.flag)
	} else {
		o.txt(c.vessel.imo, "146", "", c.vessel.name, c.vessel.flag)
	}
	o.end()
	m.times(o)
	if f.d16a {
		o.tag("GEI").el("5")
	} else {
		o.tag("GIS")
	}
	if m.p.export {
		o.el("22").end()
	} else {
		o.el("23").end()
	}
}

// times writes where the ship comes from, where it calls and goes, and when.
func (m *filing) times(o *writer) {
	c := m.c
	last := c.line.loading[len(c.line.loading)-1]
	if m.p.export {
		m.loc(o, "5", c.line.home)
		m.loc(o, "61", c.line.next[0])
		o.tag("DTM").el("133", m.at(c.eta+stay, formMinute), "203").end()
		return
	}
	m.loc(o, "5", last)
	m.loc(o, "60", c.line.home)
	m.loc(o, "61", c.line.next[0])
	o.tag("DTM").el("133", m.at(c.eta-sailing(last), formMinute), "203").end()
	o.tag("DTM").el("132", m.at(c.eta, formMinute), "203").end()
	if m.created > c.eta {
		o.tag("DTM").el("178", m.at(c.eta, formMinute), "203").end()
	}
}

// stay is how many minutes a ship is in port; sailing, how many it takes from a port, at sixteen knots.
const stay = 18 * 60

func sailing(from *port) int { return from.miles * 60 / 16 }

func (m *filing) loc(o *writer, role string, p *port) { m.place(o, role, p.code, "") }

func (m *filing) place(o *writer, role, code, name string) {
	o.tag("LOC").el(role).txt(code, first(m.f.place), second(m.f.place), name).end()
}

// first and second give list and agency of a code as a flavour states them: ":139:6".
func first(s string) string {
	for i := 1; i < len(s); i++ {
		if s[i] == ':' {
			return s[1:i]
		}
	}
	return ""
}

func second(s string) string {
	for i := 1; i < len(s); i++ {
		if s[i] == ':' {
			return s[i+1:]
		}
	}
	return ""
}

// content writes containers and bills.
func (m *filing) content(o *writer) {
	boxes := 0
	for i := range m.slots {
		if !m.f.equip {
			break
		}
		s := &m.slots[i]
		used := make([]bool, len(s.boxes))
		for _, b := range filed(m.p, s) {
			for k := range b.items {
				for _, sp := range b.items[k].splits {
					used[sp.box] = true
				}
			}
		}
		for k := range s.boxes {
			if used[k] {
				m.box(o, s, k)
				boxes++
			}
		}
	}
	if boxes > 0 {
		o.tag("CNT").el("16", strconv.Itoa(boxes)).end()
	}
	o.tag("CNT").el("10", strconv.Itoa(len(m.slots))).end()
	for i := range m.slots {
		s := &m.slots[i]
		if m.p.nvocc < 0 {
			m.cni(o, i+1, s.bill.number)
			m.bill(o, s, &s.bill)
			continue
		}
		m.cni(o, i+1, s.bill.number)
		o.tag("CNT").el("10", strconv.Itoa(len(s.houses))).end()
		for j := range s.houses {
			m.bill(o, s, &s.houses[j])
		}
	}
}

func (m *filing) cni(o *writer, n int, number string) {
	o.tag("CNI").num(n)
	if m.f.typed {
		o.el(number, "", "BOL").end()
	} else {
		o.el(number).end()
	}
}
