package cuscar

// beginLeg begins a journey before or after that of the call, with its TDT or without.
func (m *Mapper) beginLeg() {
	st := &m.bill
	if !st.open {
		return
	}
	st.leg = st.c.AddLeg()
	st.leg.Source = m.span()
}

// legSegment maps what stands behind the TDT of a journey.
func (m *Mapper) legSegment(r role) bool {
	l := m.bill.leg
	if l == nil {
		return false
	}
	m.extend(&l.Source)
	switch r {
	case roleLegLOC:
		m.setPlace(l.AddPlace())
	case roleLegDTM:
		m.setDate(l.AddDate())
	case roleLegRFF:
		qualifier, number := m.reference()
		l.AddReference(qualifier, number).Source = m.span()
	}
	return true
}
