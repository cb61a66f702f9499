package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/validate"
)

// endBill closes the bill at hand: what its items make up, the checks that need the whole, its flow; and hands it on.
func (m *Mapper) endBill() {
	st := &m.bill
	if !st.open {
		return
	}
	m.endItem()
	c := &st.c
	c.ComputeTotals()
	m.checkTotals()
	m.typeBill()
	if !m.cut && c.Party(cargo.RoleConsignee) == nil {
		m.findAt(diag.MissingMandatoryParty, &st.rff, "RFF", diag.A("role", string(cargo.RoleConsignee)))
	}
	m.deriveFlow()
	c.Status = m.status()
	if st.refused {
		c.Status = cargo.StatusUnaccepted
		m.totals.Refused++
	}
	t, of := &m.totals, &c.Totals.Computed
	t.GoodsItems += of.Items.N
	switch house := c.Level == cargo.LevelHouse || c.Level == cargo.LevelSubHouse; {
	case house && m.cni.masterGoods: // its goods are among those of its master, which has been counted
	default:
		m.cni.masterGoods = m.cni.masterGoods || !house && c.Level == cargo.LevelMaster && of.Items.N > 0
		t.Packages += of.Packages.N
		if sum, ok := t.GrossMass.Add(of.GrossMass.D); ok {
			t.GrossMass = sum
		}
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
			m.findAt(diag.FlowContradicts, &st.indicator, c.Indicators[int(st.indicator.ordinal)-1].Code, diag.A("declared", string(c.FlowDeclared)), diag.A("computed", string(c.Flow)), diag.A("reason", c.FlowReason))
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
