package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/validate"
)

// A masterState is the CNI group at hand: a master bill, or a straight bill alone.
type masterState struct {
	open    bool
	number  int    // of the group in the message, 1-based
	seq     string // DE 1490
	doc     string // DE 1004
	offset  int64
	segment cargo.Unmapped // the CNI, in case no bill follows it

	controls    []cargo.Control // CNT of the group, shown by its first bill
	cnts        int
	houses      declaredCount
	expected    int64 // sequence number of the next group
	told        bool  // CAR0029 has been reported
	bills       int   // RFF groups
	houseBills  int64
	master      string // number of the master bill among them
	masterKind  cargo.DocumentKind
	parentKnown bool // CAR0028 has been looked at
	at          spot // DE 1004
}

func (st *masterState) reset() { *st = masterState{controls: st.controls[:0]} }

// masterSegment maps CNI and the CNT behind it.
func (m *Mapper) masterSegment(r role) bool {
	st := &m.cni
	if r == roleCNI {
		m.beginMaster()
		st.offset = m.s.Offset
		st.seq, st.doc = m.str(1, 1), m.str(2, 1)
		st.at = m.spot(2, 1, 1)
		m.checkSequence()
		if m.track {
			u := m.openUnmapped(reasonNoBill)
			for _, v := range [...]string{st.seq, st.doc} {
				if v != "" {
					u.Elements = append(u.Elements, v)
				}
			}
			u.Source = m.span()
			st.segment = *u.Clone()
		}
		return true
	}
	if !st.open || len(st.controls) >= maxSegments {
		return false
	}
	st.cnts++
	st.controls = append(st.controls, cargo.Control{Qualifier: m.str(1, 1), Value: m.str(1, 2), Unit: m.str(1, 3), Source: m.span()})
	if c := &st.controls[len(st.controls)-1]; c.Qualifier == "10" {
		n, _ := cargo.ParseCount(c.Value, 0)
		st.houses = declaredCount{n, c.Value, m.spot(1, 2, st.cnts)}
	}
	return true
}

// beginMaster begins a CNI group, with its CNI or without.
func (m *Mapper) beginMaster() {
	m.endMaster()
	m.endEquipment()
	st := &m.cni
	*st = masterState{open: true, number: st.number + 1, expected: st.expected + 1, told: st.told, controls: st.controls[:0]}
	m.totals.MasterBills++
}

// checkSequence compares the number of a CNI with its place. A sender who goes on from a number out of turn is told once.
func (m *Mapper) checkSequence() {
	st := &m.cni
	n, _ := cargo.ParseCount(m.raw(1, 1), 0)
	if !n.OK || n.N == st.expected {
		return
	}
	if !st.told {
		st.told = true
		m.find(diag.ConsignmentSequence, 1, 1, diag.A("found", st.seq), m.number("expected", st.expected))
	}
}

// endMaster closes the CNI group at hand with its last bill.
func (m *Mapper) endMaster() {
	m.endBill()
	st := &m.cni
	if !st.open {
		return
	}
	st.open = false
	if st.bills == 0 {
		if m.track && st.segment.Tag != "" {
			m.strange++
			m.mapped--
			m.sink.Unmapped(&st.segment)
		}
		return
	}
	if n := &st.houses; n.n.OK && !m.cut {
		differs := n.n.N != st.houseBills
		if st.houseBills == 0 { // a straight bill: the count may be that of all bills of the group
			differs = n.n.N != 0 && n.n.N != int64(st.bills)
		}
		if differs {
			m.findAt(diag.HouseBillCount, &n.spot, n.text, diag.A("declared", n.text), m.number("computed", st.houseBills))
		}
	}
}

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
	lacking   [3]bool          // some item has no gross mass, packages, volume
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
	m.endBill()
	m.endEquipment()
	m.sendCalls()
	st, master := &m.bill, &m.cni
	used := maxSegments - st.room
	c, n, item, serial := st.c, st.numbers, st.item, st.serial
	if used > 4096 { // what a giant took is not kept for those after it
		c, item = cargo.Consignment{}, itemState{}
	}
	c.Reset()
	item.reset()
	*st = billState{c: c, numbers: n, item: item, serial: serial + 1, open: true, room: maxSegments}
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
	c.Source = c.Source.Cover(m.span())
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

// setBill takes the RFF that begins a bill: kind and number of its document (C506).
func (m *Mapper) setBill() {
	st := &m.bill
	q := m.raw(1, 1)
	kind, _ := documentKind(q)
	st.qualifier, st.waybill = m.str(1, 1), string(q) == "AAM"
	number := m.str(1, 2)
	if number == "" {
		m.find(diag.MissingDocumentNumber, 1, 2, diag.A("kind", word(kind)))
	} else if first, ok := st.numbers.add(isHouse(kind), number, m.position(1, 2)); !ok {
		m.findRelated(diag.DuplicateBill, 1, 2, []diag.Position{first}, diag.A("document", number))
	}
	m.nameBill(kind, number)
	if len(st.c.Documents) > 0 {
		st.c.Documents[0].Type = st.qualifier
	}
}

// word gives a document's kind for people.
func word(kind cargo.DocumentKind) string {
	switch kind {
	case cargo.DocumentMasterBill:
		return "master bill"
	case cargo.DocumentHouseBill:
		return "house bill"
	case cargo.DocumentAWB:
		return "air waybill"
	case cargo.DocumentMasterAWB:
		return "master air waybill"
	case cargo.DocumentHouseAWB:
		return "house air waybill"
	}
	return "bill"
}

func isHouse(kind cargo.DocumentKind) bool {
	return kind == cargo.DocumentHouseBill || kind == cargo.DocumentHouseAWB
}

// nameBill gives the bill its document, its level and, for a house, its parent: the master in the same CNI group, else
// what the CNI names. A bill without a number of its own takes that of the CNI.
func (m *Mapper) nameBill(kind cargo.DocumentKind, number string) {
	st, master := &m.bill, &m.cni
	c := &st.c
	if number == "" && !isHouse(kind) && st.number == 1 {
		number = master.doc
	}
	d := c.AddDocument(kind, number, "")
	d.Source = m.span()
	if c.Mode == "" && (kind == cargo.DocumentAWB || kind == cargo.DocumentMasterAWB || kind == cargo.DocumentHouseAWB) {
		c.Mode = cargo.ModeAir
	}
	switch kind {
	case cargo.DocumentMasterBill, cargo.DocumentMasterAWB:
		c.Level = cargo.LevelMaster
		master.master, master.masterKind = number, kind
	case cargo.DocumentHouseBill, cargo.DocumentHouseAWB:
		c.Level = cargo.LevelHouse
		master.houseBills++
		m.findParent(kind, number)
		return
	default:
		if master.houses.n.OK && master.houses.n.N > 0 && st.number == 1 {
			c.Level = cargo.LevelMaster // it states house bills below it
			master.master, master.masterKind = number, kind
		}
	}
	if master.doc != "" && master.doc != number && st.number == 1 {
		m.addMasterDocument()
	}
}

// addMasterDocument shows the number of the CNI where it is not that of the bill.
func (m *Mapper) addMasterDocument() {
	d := m.bill.c.AddDocument(cargo.DocumentBill, m.cni.doc, "")
	d.Type = "CNI"
}

// findParent finds the document above a house bill.
func (m *Mapper) findParent(kind cargo.DocumentKind, number string) {
	st, master := &m.bill, &m.cni
	c := &st.c
	switch {
	case master.master != "":
		c.Parent = cargo.Document{Kind: master.masterKind, Number: master.master}
		if st.number == 1 && master.doc != "" && master.doc != master.master && master.doc != number {
			m.addMasterDocument()
		}
		return
	case master.doc == "" || master.doc == number:
		return
	}
	above := cargo.DocumentMasterBill
	if kind == cargo.DocumentHouseAWB {
		above = cargo.DocumentMasterAWB
	}
	switch {
	case st.numbers.has(false, master.doc):
	case st.numbers.has(true, master.doc): // reported as a house bill itself
		above = kind
		c.Level = cargo.LevelSubHouse
	case !master.parentKnown && !st.numbers.full():
		m.findAt(diag.ParentBillUnknown, &master.at, master.doc, diag.A("document", master.doc))
	}
	master.parentKnown = true
	c.Parent = cargo.Document{Kind: above, Number: master.doc}
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

// endBill closes the bill at hand: what its items make up, the checks that need the whole, its flow; and hands it on.
func (m *Mapper) endBill() {
	st := &m.bill
	if !st.open {
		return
	}
	m.endItem()
	c := &st.c
	complete := c.ComputeTotals()
	m.checkTotals(complete)
	m.typeBill()
	if !m.cut && c.Party(cargo.RoleConsignee) == nil {
		m.findAt(diag.MissingMandatoryParty, &st.rff, "RFF", diag.A("role", string(cargo.RoleConsignee)))
	}
	m.deriveFlow()
	c.Status = m.status()
	if st.refused {
		c.Status = cargo.StatusUnaccepted
	}
	t, of := &m.totals, &c.Totals.Computed
	t.GoodsItems += of.Items.N
	t.Packages += of.Packages.N
	if sum, ok := t.GrossMass.Add(of.GrossMass.D); ok {
		t.GrossMass = sum
	}
	st.open = false
	if m.sink.Consignment != nil {
		m.sink.Consignment(c)
	}
}

// deriveFlow works out the flow and compares it with what the bill declares; what only the report as a whole declares
// is shown, and need not hold for each bill.
func (m *Mapper) deriveFlow() {
	st := &m.bill
	c := &st.c
	route := validate.Flow(c, c.Call)
	c.Flow = route.Flow
	m.buf = route.AppendReason(m.buf[:0])
	if string(m.buf) == m.words.reason {
		c.FlowReason = m.words.reason
	} else {
		c.FlowReason = m.keep(m.buf)
		m.words.reason = c.FlowReason
	}
	if c.FlowDeclared != "" {
		if route.Contradicts(c.FlowDeclared) {
			m.findAt(diag.FlowContradicts, &st.indicator, c.Indicators[st.indicator.ordinal-1].Code, diag.A("declared", string(c.FlowDeclared)), diag.A("computed", string(c.Flow)), diag.A("reason", c.FlowReason))
		}
		return
	}
	for i := range m.filing.f.Indicators {
		if x := &m.filing.f.Indicators[i]; x.List == "7365" {
			if flow := declaredFlow([]byte(x.Code)); flow != "" {
				c.FlowDeclared = flow
				return
			}
		}
	}
}
