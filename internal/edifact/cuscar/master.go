package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
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
	masterGoods bool // a master bill of the group has shown its goods, which are those of its houses too
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
		if st.at.ok {
			m.strange++
			m.mapped--
			if m.track {
				m.sink.Unmapped(&st.segment)
			}
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
