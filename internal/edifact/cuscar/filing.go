package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/validate"
)

// A filingState is the report as a whole, as far as it has been read.
type filingState struct {
	f        cargo.Filing
	room     int
	party    partyState
	previous bool // a reference names an earlier report

	function  spot // DE 1225
	reference spot // DE 1004
	controls  int  // CNT segments so far
	masters   declaredCount
	kit       declaredCount
}

// A declaredCount is a control total of a message, kept until what it counts has been read.
type declaredCount struct {
	n    cargo.Count
	text string
	spot spot
}

func (m *Mapper) beginFiling() {
	f := m.filing.f
	f.Reset()
	m.filing = filingState{f: f, room: maxSegments}
	p := &m.filing.f
	p.Origin, p.Format = m.origin(), "edifact"
	p.Type, p.Version, p.MessageReference = m.head.Type, m.head.Directory(), m.head.Reference
	p.ControlReference, p.Sender, p.Recipient = m.ic.ControlReference, m.ic.Sender.ID, m.ic.Recipient.ID
	p.Mode = cargo.TrafficLive
	if m.ic.Test() {
		p.Mode = cargo.TrafficTest
	}
	p.Status = m.status()
	if id := m.ic.Sender.ID; id != "" {
		p.Transmitter.AddIdentifier(m.ic.Sender.Qualifier, id)
	}
}

// filingSegment maps a segment of the report as a whole.
func (m *Mapper) filingSegment(r role) bool {
	st, f := &m.filing, &m.filing.f
	if st.room--; st.room < 0 && r != roleUNT {
		return false
	}
	f.Source = f.Source.Cover(m.span())
	switch r {
	case roleUNH:
		m.messageHeader()
	case roleBGM:
		m.beginningOfMessage()
	case roleFilingDTM, roleFilingRFFDTM, roleAUTDTM:
		m.setDate(f.AddDate())
	case roleFilingLOC:
		m.setPlace(f.AddPlace())
	case roleFilingQTY:
		m.setQuantity(f.AddQuantity())
	case roleFilingRFF, roleAUTRFF:
		m.filingReference()
	case roleFilingNAD:
		m.filingParty()
	case roleFilingNADDTM:
		return m.addPartyDate(&st.party)
	case roleFilingCTA:
		return m.addContact(&st.party)
	case roleFilingCOM:
		return m.addChannels(&st.party)
	case roleFilingFTX:
		m.setText(f.AddText())
	case roleFilingGIS:
		i := m.indicator()
		x := f.AddIndicator(i.list, i.code)
		x.Value, x.Source = i.value, m.span()
	case roleFilingCNT:
		m.filingControl()
	case roleAUT:
		m.endMaster()
		if v := m.str(1, 1); v != "" {
			f.AddAuthentication("9280", v).Source = m.span()
		}
		if v := m.str(2, 1); v != "" {
			f.AddAuthentication("9282", v).Source = m.span()
		}
	case roleUNT:
		m.ended = true
		m.mark(1, 1) // count and reference are the envelope's, which has checked them
		m.mark(2, 1)
	}
	return true
}

// messageHeader takes the UNH, most of which the envelope has read.
func (m *Mapper) messageHeader() {
	f := &m.filing.f
	for c := 1; c <= 3; c++ {
		m.mark(2, c)
	}
	m.mark(1, 1)
	m.markIf(2, 4, "UN")
	if v := m.str(2, 5); v != "" { // DE 0057: which agreement's flavour this is
		f.AddIndicator("0057", v).Source = m.span()
	}
	if v := m.str(3, 1); v != "" { // common access reference
		f.AddReference("0068", v).Source = m.span()
	}
}

// beginningOfMessage takes the BGM: C002 with the kind of report, its number (1004, from D.96B on in C106 with a
// version), and 1225 for what it does.
func (m *Mapper) beginningOfMessage() {
	f := &m.filing.f
	f.TypeCode, f.TypeText = m.str(1, 1), m.str(1, 4)
	f.Reference, f.DocumentVersion = m.str(2, 1), m.str(2, 2)
	f.Function, f.FunctionCode = m.function(m.raw(3, 1)), m.str(3, 1)
	m.totals.Function = f.FunctionCode
	m.filing.function, m.filing.reference = m.spot(3, 1, 1), m.spot(2, 1, 1)
}

// A FilingPlace is a place in the header of a message that a finding of its reader may be about.
type FilingPlace uint8

// Places in the header.
const (
	AtFunction  FilingPlace = iota // DE 1225
	AtReference                    // DE 1004
)

// Where gives the place in the message that was ended last, until the walker begins another; ok is false where the
// message has no such segment.
func (m *Mapper) Where(at FilingPlace) (p diag.Position, pointer diag.Pointer, ok bool) {
	s := &m.filing.function
	if at == AtReference {
		s = &m.filing.reference
	}
	if !s.ok {
		return p, "", false
	}
	return m.at(s), m.spotPointer(s), true
}

func (m *Mapper) filingReference() {
	f := &m.filing.f
	kind, is := referenceKind(m.raw(1, 1))
	qualifier, number := m.reference()
	if !is {
		f.AddReference(qualifier, number).Source = m.span()
		return
	}
	d := f.AddDocument(kind, number, "")
	d.Type, d.Source = qualifier, m.span()
	m.filing.previous = m.filing.previous || kind == cargo.DocumentPrevious
}

// filingParty takes a NAD of the header. The first that issues, sends or declares the report is the filer.
func (m *Mapper) filingParty() {
	f := &m.filing.f
	var into *cargo.Party
	switch string(m.raw(1, 1)) {
	case "MS", "DT", "RL", "FR":
		into = &f.Filer
	case "CA":
		into = &f.Carrier
	case "VW", "DDA":
		into = &f.Responsible
	}
	if into == nil || !into.IsZero() {
		into = f.AddParty()
	}
	m.setParty(into)
	m.filing.party = partyState{p: into}
}

// filingControl takes a CNT of the header: the number of master bills, of equipment, and others.
func (m *Mapper) filingControl() {
	st, f := &m.filing, &m.filing.f
	st.controls++
	c := f.AddControl(m.str(1, 1), m.str(1, 2), m.str(1, 3))
	c.Source = m.span()
	var into *declaredCount
	switch c.Qualifier {
	case "10":
		into = &st.masters
	case "16":
		into = &st.kit
	default:
		return
	}
	n, _ := cargo.ParseCount(c.Value, 0)
	*into = declaredCount{n, c.Value, m.spot(1, 2, st.controls)}
	if c.Qualifier == "10" {
		f.Totals.Declared.MasterBills = n
	} else {
		f.Totals.Declared.Equipment = n
	}
}

// endFiling checks the message as a whole and hands on the Filing. What lacks in a message that broke off says nothing
// about its sender's counts.
func (m *Mapper) endFiling() {
	st, f := &m.filing, &m.filing.f
	t := &m.totals
	if m.ended {
		m.checkCount(diag.MasterBillCount, &st.masters, t.MasterBills)
		if m.kit.declared > 0 {
			m.checkCount(diag.EquipmentCount, &st.kit, m.kit.declared-m.kit.doubles)
		}
		m.checkFunction()
	}
	f.Totals.Computed = cargo.Total{
		Packages: cargo.CountOf(t.Packages), GrossMass: cargo.DecimalOf(t.GrossMass), Items: cargo.CountOf(t.GoodsItems),
		Equipment: cargo.CountOf(t.Equipment), Consignments: cargo.CountOf(t.Consignments),
		MasterBills: cargo.CountOf(t.MasterBills),
	}
	if m.sink.Filing != nil {
		m.sink.Filing(f)
	}
}

func (m *Mapper) checkCount(code diag.Code, d *declaredCount, computed int64) {
	if validate.CountDiffers(d.n, cargo.CountOf(computed)) {
		m.findAt(code, &d.spot, d.text, diag.A("declared", d.text), m.number("computed", computed))
	}
}

func (m *Mapper) checkFunction() {
	f := &m.filing.f
	spot := &m.filing.function
	if f.FunctionCode == "" || !spot.ok {
		return
	}
	content := validate.Content{
		Masters: m.totals.MasterBills, Consignments: m.totals.Consignments, Equipment: m.totals.Equipment,
		Reference: f.Reference != "" || m.filing.previous,
	}
	if validate.FunctionContradicts(f.Function, content) {
		m.findAt(diag.FunctionWithoutContent, spot, f.FunctionCode, diag.A("function", f.FunctionCode))
	}
	if validate.NeedsOriginal(f.Function, content) {
		m.findAt(diag.FunctionWithoutOriginal, spot, f.FunctionCode, diag.A("function", f.FunctionCode))
	}
}
