package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// A billState is the bill at hand.
type billState struct {
	c         cargo.Consignment
	open      bool
	refused   bool   // a finding refuses it
	number    int    // of the RFF group in its CNI group, 1-based
	serial    uint32 // of the bill in the message, 1-based
	qualifier string // DE 1153
	room      int
	numbers   billNumbers

	rff       spot
	party     partyState
	leg       *cargo.Leg
	item      itemState
	cnts      int
	totals    [4]declaredTotal // by DE 6069: see totalOf
	indicator spot             // the DE 7365 that states the flow
	toOrder   bool             // the consignee is to order
	waybill   bool             // the document is no document of title
	lacking   [3]bool          // some item has no gross mass, packages, volume that could be read
}

// A declaredTotal is a control total of a bill, kept until its items have been read.
type declaredTotal struct {
	measure cargo.Measure // value and unit; of a count the value alone
	count   cargo.Count
	spot    spot
}

// Totals of a bill.
const (
	totalMass = iota
	totalPackages
	totalPieces
	totalVolume
)

func (st *billState) reset() {
	c, n, item := st.c, st.numbers, st.item
	n.reset()
	item.reset()
	*st = billState{c: c, numbers: n, item: item}
}

// beginBill begins a bill, with its RFF or without.
func (m *Mapper) beginBill(lost bool) {
	if !lost {
		m.promote()
	}
	m.endBill()
	m.endEquipment()
	m.sendCalls()
	st, master := &m.bill, &m.cni
	if used := maxSegments - st.room; used > 4096 { // what a giant took is not kept for those after it
		st.c = cargo.Consignment{}
	}
	st.c.Reset()
	st.item.open, st.item.number = false, 0
	st.serial++
	st.open, st.refused, st.room = true, false, maxSegments
	st.qualifier, st.party, st.leg, st.cnts = "", partyState{}, nil, 0
	st.toOrder, st.waybill, st.lacking = false, false, [3]bool{}
	for i := range st.totals {
		st.totals[i].spot.ok = false
	}
	master.bills++
	st.number = master.bills
	m.totals.Consignments++
	st.rff = m.spot(0, 0, 1)
	p := &st.c
	p.Origin, p.Level, p.Sequence = m.origin(), cargo.LevelSimple, master.seq
	if m.calls.hasMain {
		p.Call = &m.calls.main
		p.Mode = p.Call.Conveyance.Mode
	}
	p.Source = m.span()
	if st.number == 1 {
		if master.open && master.offset != 0 {
			p.Source = p.Source.Cover(cargo.Range{Offset: master.offset, Length: 1})
		}
		p.Controls = append(p.Controls, master.controls...)
		p.Totals.Declared.Consignments = master.houses.n
	}
	if lost {
		m.nameBill(cargo.DocumentBill, "")
		if p.Documents[0].Number == "" {
			m.find(diag.MissingDocumentNumber, 0, 0, diag.A("kind", word(cargo.DocumentBill)))
		}
	}
}

// billSegment maps a segment of a bill that is not of an item.
func (m *Mapper) billSegment(r role, begins bool) bool {
	st := &m.bill
	if r == roleRFF && begins {
		m.beginBill(false)
		m.setBill()
		return true
	}
	if !st.open {
		return false
	}
	if st.room--; st.room < 0 {
		m.full()
		return false
	}
	c := &st.c
	m.extend(&c.Source)
	switch r {
	case roleRFF:
		m.addReference()
	case roleBillCNT:
		m.addTotal()
	case roleBillMOA:
		c.AddAmount(m.money())
	case roleBillLOC:
		m.setPlace(c.AddPlace())
	case roleBillGIS:
		m.addIndicator()
	case roleBillCPI:
		m.addCharges()
	case roleLegTDT:
		m.beginLeg()
		m.setConveyance(&st.leg.Conveyance)
	case roleLegLOC, roleLegDTM, roleLegRFF:
		return m.legSegment(r)
	case roleBillNAD:
		p := c.AddParty()
		m.setParty(p)
		st.party = partyState{p: p}
		if p.Role == cargo.RoleConsignee && toOrder(p) {
			st.toOrder = true
		}
	case roleBillNADDTM:
		return m.addPartyDate(&st.party)
	case roleBillNADRFF:
		return m.addPartyReference(&st.party)
	case roleBillCTA:
		return m.addContact(&st.party)
	case roleBillCOM:
		return m.addChannels(&st.party)
	case roleBillQTY:
		m.setQuantity(c.AddQuantity())
	case roleBillQTYFTX:
		return m.addQuantityText(c.Quantities)
	}
	return true
}

// full says once of a bill that it has more segments than are taken in.
func (m *Mapper) full() {
	if m.bill.room == -1 {
		m.find(diag.LimitExceeded, 0, 0, diag.A("limit", "segments of a bill"), m.number("max", maxSegments))
	}
}

// addReference takes a further reference of the bill.
func (m *Mapper) addReference() {
	c := &m.bill.c
	kind, is := referenceKind(m.raw(1, 1))
	qualifier, number := m.reference()
	if !is {
		c.AddReference(qualifier, number).Source = m.span()
		return
	}
	d := c.AddDocument(kind, number, "")
	d.Type, d.Source = qualifier, m.span()
}

// addIndicator takes a GIS or GEI of the bill. The first that names a flow is what was declared.
func (m *Mapper) addIndicator() {
	st := &m.bill
	i := m.indicator()
	x := st.c.AddIndicator(i.list, i.code)
	x.Value, x.Source = i.value, m.span()
	if flow := declaredFlow(m.raw(i.at, 1)); flow != "" && st.c.FlowDeclared == "" {
		st.c.FlowDeclared = flow
		st.indicator = m.spot(i.at, 1, len(st.c.Indicators))
	}
}

// addCharges takes a CPI: category, method and payer of charges, each by its data element.
func (m *Mapper) addCharges() {
	c := &m.bill.c
	for _, at := range [...]struct {
		e  int
		de string
	}{{1, "5237"}, {2, "4215"}, {3, "4237"}} {
		if v := m.str(at.e, 1); v != "" {
			c.AddCharge(at.de, v).Source = m.span()
		}
	}
}
