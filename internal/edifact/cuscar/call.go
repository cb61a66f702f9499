package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/validate"
)

// A callState holds the conveyances of the header. The main one is the first of the main carriage (DE 8051: 20), or the
// first of all; a Call of its own is made of each other one.
type callState struct {
	main, side cargo.Call
	cur        *cargo.Call // that LOC and DTM belong to; nil before the first TDT
	hasMain    bool
	hasSide    bool
	sent       bool // the main one has been handed on, and consignments point to it
	room       int

	arrival, departure int // how good the port found so far is, 0 for none
	arrivalPort        string
	departurePort      string
}

func (st *callState) reset() {
	st.main.Reset()
	st.side.Reset()
	*st = callState{main: st.main, side: st.side, room: maxSegments}
}

// callSegment maps a segment of a conveyance of the header. Once a consignment points to the call, it does not change
// any more.
func (m *Mapper) callSegment(r role) bool {
	st := &m.calls
	if st.room--; st.room < 0 || st.sent {
		return false
	}
	if r == roleCallTDT {
		m.beginCall(string(m.raw(1, 1)))
		m.setConveyance(&st.cur.Conveyance)
		return true
	}
	if st.cur == nil {
		return false
	}
	m.extend(&st.cur.Source)
	if r == roleCallLOC {
		p := st.cur.AddPlace()
		m.setPlace(p)
		if st.cur == &st.main {
			st.port(p)
		}
		return true
	}
	m.callTime(st.cur)
	return true
}

// beginCall begins a conveyance of the header with its stage (DE 8051), empty where the TDT is missing.
func (m *Mapper) beginCall(stage string) {
	st := &m.calls
	if st.sent {
		return
	}
	m.sendSide()
	switch {
	case !st.hasMain:
		st.cur, st.hasMain = &st.main, true
	case stage == "20" && st.main.Conveyance.StageCode != "20":
		st.main, st.side = st.side, st.main
		st.hasSide = true
		st.finish(&st.side, m.exports())
		m.sendSide()
		st.arrival, st.departure, st.arrivalPort, st.departurePort = 0, 0, "", ""
		st.cur = &st.main
	default:
		st.cur, st.hasSide = &st.side, true
	}
	st.cur.Reset()
	st.cur.Origin, st.cur.Source = m.origin(), m.span()
}

// setConveyance fills a conveyance from a TDT: 8051, 8028, C220 mode, C228 (C001 from D.02B on) kind of means, C040
// carrier, 8101, C401 8457, C222 vessel.
func (m *Mapper) setConveyance(v *cargo.Conveyance) {
	v.StageCode, v.Voyage = m.str(1, 1), m.str(2, 1)
	v.Mode, v.ModeCode = mode(m.raw(3, 1)), m.str(3, 1)
	v.TypeOfMeans = m.str(4, 1)
	if v.Carrier = m.str(5, 1); v.Carrier != "" {
		v.CarrierList = m.list(5, 2)
	}
	v.CarrierName = m.str(5, 4)
	v.TransitDirection, v.ExcessReason = m.str(6, 1), m.str(7, 1)
	v.Name, v.Flag = m.str(8, 4), m.str(8, 5)
	m.setVessel(v)
}

// setVessel reads C222's identity by its list (DE 1131: 146 IMO number, 103 call sign) or agency (DE 3055: 11 Lloyd's),
// or by its form alone.
func (m *Mapper) setVessel(v *cargo.Conveyance) {
	id, list, agency := m.raw(8, 1), m.raw(8, 2), m.raw(8, 3)
	if len(id) == 0 {
		return
	}
	fault, expected := validate.IMO(m.str(8, 1))
	imo := string(list) == "146" || string(agency) == "11" && string(list) != "103"
	switch {
	case imo || len(list)+len(agency) == 0 && fault != validate.IdentityForm:
		v.SetIMO(m.str(8, 1))
		m.markIf(8, 2, "146")
		m.markIf(8, 3, "11")
		if fault == validate.IdentityDigit {
			m.find(diag.IMOCheckDigit, 8, 1, diag.A("imo", v.IMO), diag.A("expected", string(expected)), diag.A("found", v.IMO[6:]))
		} else if fault == validate.IdentityForm && !v.IMOValid {
			m.find(diag.IMOCheckDigit, 8, 1, diag.A("imo", v.IMO))
		}
	case string(list) == "103":
		v.CallSign = m.str(8, 1)
		m.mark(8, 2)
	default:
		v.ID = m.str(8, 1)
		if len(list)+len(agency) > 0 {
			v.IDScheme = m.list(8, 2)
		}
	}
}

// callTime takes a DTM of a conveyance of the header (DE 2005).
func (m *Mapper) callTime(c *cargo.Call) {
	var into *cargo.Time
	switch string(m.raw(1, 1)) {
	case "132":
		into = &c.ETA
	case "178":
		into = &c.ATA
	case "133":
		into = &c.ETD
	case "186":
		into = &c.ATD
	}
	if into == nil || !into.IsZero() {
		m.setDate(c.AddDate())
		return
	}
	m.mark(1, 1)
	*into = m.time()
}

// port remembers the place if it is a better port of call than those before: where the ship arrives and where it leaves.
func (st *callState) port(p *cargo.Place) {
	if len(p.Locode) != 5 {
		return
	}
	arrival, departure := 0, 0
	switch p.RoleCode {
	case "60":
		arrival = 5
	case "87", "78":
		arrival = 4
	case "11", "12":
		arrival = 3
	case "24", "79":
		arrival = 2
	case "5":
		departure = 5
	case "9":
		departure = 4
	}
	if arrival > st.arrival {
		st.arrival, st.arrivalPort = arrival, p.Locode
	}
	if departure > st.departure {
		st.departure, st.departurePort = departure, p.Locode
	}
}

// exports reports whether the report is about a departure: by its kind (DE 1001: 833 declares a departure) or by its
// indicator (DE 7365: 22).
func (m *Mapper) exports() bool {
	f := &m.filing.f
	if f.TypeCode == "833" {
		return true
	}
	for i := range f.Indicators {
		if x := &f.Indicators[i]; x.List == "7365" && x.Code == "22" {
			return true
		}
	}
	return false
}

// finish sets the port of call: where the ship leaves for a report of departure, where it arrives for all others.
func (st *callState) finish(c *cargo.Call, departs bool) {
	first, second := st.arrivalPort, ""
	if departs {
		first, second = st.departurePort, st.arrivalPort
	}
	if c.Port = first; c.Port == "" {
		c.Port = second
	}
}

// sendSide hands on a conveyance that is not the main one.
func (m *Mapper) sendSide() {
	st := &m.calls
	if !st.hasSide {
		return
	}
	st.hasSide = false
	if m.sink.Call != nil {
		m.sink.Call(&st.side)
	}
}

// sendCalls closes the header's conveyances: before the first bill, or at the end.
func (m *Mapper) sendCalls() {
	st := &m.calls
	if st.sent {
		return
	}
	m.sendSide()
	st.sent = true
	if !st.hasMain {
		return
	}
	st.finish(&st.main, m.exports())
	if m.sink.Call != nil {
		m.sink.Call(&st.main)
	}
}
