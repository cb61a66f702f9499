package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// endEquipment closes the piece of equipment at hand.
func (m *Mapper) endEquipment() {
	st := &m.kit
	if !st.open {
		return
	}
	st.open = false
	e := &st.e
	over := false
	if e.ID != "" {
		p := st.register.find(e.ID)
		switch {
		case p != nil && p.group != 0: // a second EQD: the first counts
		case p != nil: // goods have named it already
			st.register.write(p, e.ID, &e.Equipment)
			m.declare(p)
		default:
			if p = st.register.add(e.ID, &e.Equipment); p != nil {
				m.declare(p)
			} else {
				over = true
				st.beyond = true
				m.overflows(e.ID, true, st.at)
			}
		}
	}
	if m.sink.Equipment == nil {
		return
	}
	if over || len(st.kept) >= MaxEquipment {
		m.sink.Equipment(e)
		return
	}
	st.kept = append(st.kept, e.Clone())
}

func (m *Mapper) declare(p *piece) {
	st := &m.kit
	p.at, p.length, p.segment = st.at.Offset, uint16(min(st.at.Length, 0xffff)), uint32(st.at.Segment)
	p.group, p.empty, p.valid = uint32(st.declared), st.e.Fullness == cargo.FullnessEmpty, st.e.Valid
}

// overflows hands on equipment that the register has no room for.
func (m *Mapper) overflows(id string, declared bool, at diag.Position) {
	st := &m.kit
	if m.sink.Overflow == nil {
		if !st.told {
			st.told = true
			if m.report != nil {
				m.report(diag.Finding{Code: diag.EquipmentCheckLimited, Interchange: m.ic.Index, Message: m.head.Index, Pos: at,
					Pointer: m.walker.Pointer(0), Value: diag.Clip([]byte(id)), Args: []diag.Arg{diag.N("max", MaxEquipment)}})
			}
		}
		return
	}
	m.sink.Overflow(Overflow{ID: id, Declared: declared, Empty: declared && st.e.Fullness == cargo.FullnessEmpty, At: at})
}

// rowOf gives the row of a role.
func (m *Mapper) rowOf(r role) int {
	for i := range m.table.rows {
		if m.table.rows[i].role == r {
			return i
		}
	}
	return -1
}

// endKit settles what can be known of equipment only at the end of a message.
func (m *Mapper) endKit() {
	st := &m.kit
	for i := range st.register.pieces {
		p := &st.register.pieces[i]
		m.totals.Equipment++
		if p.group == 0 || p.bill != 0 || p.empty || !m.ended || m.totals.Consignments == 0 {
			continue
		}
		id := st.register.text(p)[:p.id]
		s := spot{offset: p.at, length: int32(p.length), segment: int32(p.segment), e: 2, c: 1,
			row: int16(m.rowOf(roleEQD)), ordinal: int32(p.group), ok: true}
		m.findAt(diag.EquipmentNotUsed, &s, id, diag.A("equipment", id))
	}
	for _, e := range st.kept {
		p := st.register.find(e.ID)
		e.Lone = p == nil || p.bill == 0
		m.sink.Equipment(e)
	}
}
