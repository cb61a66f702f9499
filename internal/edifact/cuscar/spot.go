package cuscar

import (
	"strconv"

	"cargogate/internal/diag"
)

// A spot is a place in the message that a finding may be about later, when the segment is gone.
type spot struct {
	offset  int64
	length  int32
	segment int32
	ordinal int32 // of the segment among those of its row in its group, from 1; of its group for equipment
	row     int16 // row of the segment
	e, c    int8
	ok      bool
}

// spot keeps a place of the segment at hand. ordinal is its number among those of its row in its group.
func (m *Mapper) spot(e, c, ordinal int) spot {
	s := spot{segment: int32(m.walker.Segment()), row: int16(m.rowAt), ordinal: int32(ordinal), e: int8(e), c: int8(c), ok: true}
	if c == 0 {
		off, n := m.s.ElementSpan(e)
		s.offset, s.length = off, int32(n)
	} else {
		off, n := m.s.Span(e, 1, c)
		s.offset, s.length = off, int32(n)
	}
	return s
}

// at gives the position of a spot.
func (m *Mapper) at(s *spot) diag.Position {
	p := diag.Position{Offset: s.offset, Length: int(s.length), Segment: int(s.segment), Element: int(s.e), Component: int(s.c)}
	if !m.composite(int(s.row), p.Element) {
		p.Component = 0
	}
	return p
}

// spotPointer gives the pointer of a spot, from the numbers of the groups that are open now: equipment is told by the
// spot alone.
func (m *Mapper) spotPointer(s *spot) diag.Pointer {
	nodes := m.table.message.Nodes
	var space [96]byte
	b := append(space[:0], "UNH["...)
	b = append(strconv.AppendInt(b, int64(m.head.Index), 10), ']')
	group := func(n, instance int) {
		b = append(b, "/SG"...)
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, '[')
		b = append(strconv.AppendInt(b, int64(max(1, instance)), 10), ']')
	}
	ordinal := int(s.ordinal)
	switch m.table.rows[s.row].role.level() {
	case levelMaster:
		group(m.table.numbers[roleCNI], m.cni.number)
	case levelBill:
		group(m.table.numbers[roleCNI], m.cni.number)
		group(m.table.numbers[roleRFF], m.bill.number)
	case levelItem:
		group(m.table.numbers[roleCNI], m.cni.number)
		group(m.table.numbers[roleRFF], m.bill.number)
		group(m.table.numbers[roleGID], m.bill.item.number)
	case levelEquipment:
		group(m.table.numbers[roleEQD], int(s.ordinal))
		ordinal = 1
	}
	b = append(b, '/')
	b = append(b, nodes[s.row].Tag...)
	b = append(b, '[')
	b = append(strconv.AppendInt(b, int64(max(1, ordinal)), 10), ']')
	b = m.appendElement(b, int(s.row), int(s.e), int(s.c))
	return diag.Pointer(m.keep(b))
}
