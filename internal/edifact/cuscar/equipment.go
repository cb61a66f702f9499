package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/refdata"
	"cargogate/internal/validate"
)

// An equipmentState is the equipment of a message: the EQD group at hand, and all that came before.
type equipmentState struct {
	register register
	e        cargo.TransportEquipment
	party    partyState
	open     bool
	room     int
	at       diag.Position // of the identity, as sent
	kept     []*cargo.TransportEquipment

	declared int64 // EQD groups
	doubles  int64 // EQD groups with the identity of another
	beyond   bool  // some EQD declared equipment that the register has no room for
	told     bool  // CAR0026 has been reported
}

func (st *equipmentState) reset() {
	r, e, kept := st.register, st.e, st.kept[:0]
	r.reset()
	clear(kept[:cap(kept)])
	*st = equipmentState{register: r, e: e, kept: kept}
}

// beginEquipment begins a piece of equipment, with its EQD or without.
func (m *Mapper) beginEquipment() {
	m.endEquipment()
	st := &m.kit
	st.declared++
	st.open, st.room = true, maxSegments
	st.e.Reset()
	st.e.Origin, st.e.Declared, st.e.Source = m.origin(), true, m.span()
	st.at = m.position(0, 0)
	st.party = partyState{}
}

// equipmentSegment maps a segment of an EQD group.
func (m *Mapper) equipmentSegment(r role) bool {
	st := &m.kit
	if r == roleEQD {
		m.beginEquipment()
		m.setEquipment()
		return true
	}
	if !st.open {
		return false
	}
	if st.room--; st.room < 0 {
		return false
	}
	e := &st.e
	m.extend(&e.Source)
	switch r {
	case roleEquipmentMEA:
		m.equipmentMeasure()
	case roleEquipmentDIM:
		m.equipmentDimensions()
	case roleEquipmentSEL:
		e.AddSeal(m.str(1, 1), m.str(2, 1), m.str(3, 1))
	case roleEquipmentNAD:
		p := e.AddParty()
		m.setParty(p)
	case roleEquipmentLOC:
		m.setPlace(e.AddPlace())
	case roleEquipmentGIS:
		i := m.indicator()
		x := e.AddIndicator(i.list, i.code)
		x.Value, x.Source = i.value, m.span()
	case roleEquipmentTSR:
		m.transportRequirements(&e.Indicators)
	case roleEquipmentTMP:
		m.markIf(1, 1, "2") // transport temperature
		e.Temperature = m.measure(2, 1, 2, refdata.Temperature)
	case roleEquipmentRNG:
		e.MinTemp = m.measure(2, 2, 1, refdata.Temperature)
		e.MaxTemp = m.measureOf(2, m.str(2, 3), 1, refdata.Temperature)
	}
	return true
}

// setEquipment takes the EQD: 8053, C237 identity, C224 size and type, 8249, 8169.
func (m *Mapper) setEquipment() {
	st := &m.kit
	e := &st.e
	e.Source = m.span()
	e.Kind = m.equipmentKind(m.raw(1, 1))
	m.mark(1, 1)
	id := m.str(2, 1)
	if e.Kind == "" && refdata.ContainerForm(id) {
		e.Kind = cargo.KindContainer
	}
	e.SetID(id)
	if id != "" {
		st.at = m.position(2, 1)
	}
	if e.SizeType = m.str(3, 1); e.SizeType == "" {
		e.SizeType = m.str(3, 4)
	}
	m.markIf(3, 2, "102")
	m.markIf(3, 3, "5")
	if move, ok := movement(m.raw(5, 1)); ok {
		e.Movement = move
		m.mark(5, 1)
	}
	full, load, exact := fullness(m.raw(6, 1))
	e.Fullness, e.Load = full, load
	if exact {
		m.mark(6, 1)
	}
	if id == "" {
		return
	}
	if p := st.register.find(id); p != nil && p.group != 0 {
		st.doubles++
		m.findRelated(diag.DuplicateEquipment, 2, 1, []diag.Position{{Offset: p.at, Length: int(p.length), Segment: int(p.segment), Element: 2, Component: 1}}, diag.A("equipment", id))
		return
	}
	if e.Kind == cargo.KindContainer {
		m.checkContainer(2, id)
	}
}

// checkContainer checks the container number in element e.
func (m *Mapper) checkContainer(e int, id string) {
	switch fault, expected := validate.Container(id); fault {
	case validate.IdentityForm:
		m.find(diag.ContainerNumberForm, e, 1, diag.A("container", id))
	case validate.IdentityDigit:
		m.find(diag.ContainerCheckDigit, e, 1, diag.A("container", id), diag.A("expected", string(expected)), diag.A("found", id[10:]))
	}
}

// equipmentMeasure takes a MEA of equipment.
func (m *Mapper) equipmentMeasure() {
	e := &m.kit.e
	var into *cargo.Measure
	q, dim := m.qualityOf(false)
	switch q {
	case tareMass:
		into = &e.Tare
	case grossMass:
		into = &e.Gross
	case verifiedMass:
		into = &e.VGM
	}
	if into != nil && into.IsZero() {
		*into = m.measure(3, 2, 1, dim)
		m.usualMeasure()
		return
	}
	e.AddMeasure(m.measureKind(), m.measure(3, 2, 1, dim))
}

// equipmentDimensions takes a DIM: C211 with length, width and height in one unit.
func (m *Mapper) equipmentDimensions() {
	for c, de := range [...]string{2: "6168", 3: "6140", 4: "6008"} {
		if c < 2 || len(m.raw(2, c)) == 0 {
			continue
		}
		m.buf = append(append(m.text.Append(m.buf[:0], m.s, m.raw(1, 1)), ':'), de...)
		m.mark(1, 1)
		kind := m.keep(m.buf)
		m.kit.e.AddMeasure(kind, m.measure(2, c, 1, refdata.Length))
	}
}

// transportRequirements takes a TSR: conditions, services, priority and nature of the goods, each by its data element.
func (m *Mapper) transportRequirements(to *[]cargo.Indicator) {
	for _, at := range [...]struct {
		e, c int
		de   string
	}{{1, 1, "4065"}, {2, 1, "7273"}, {2, 4, "7273"}, {3, 1, "4219"}, {4, 1, "7085"}} {
		if v := m.str(at.e, at.c); v != "" {
			*to = append(*to, cargo.Indicator{List: at.de, Code: v, Source: m.span()})
		}
	}
}
