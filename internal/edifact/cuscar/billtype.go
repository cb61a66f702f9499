package cuscar

import "cargogate/internal/cargo"

// typeBill says what kind of bill the document is, as far as the message does: to order where the consignee is nobody in
// particular, a sea waybill where its qualifier says so, straight where a consignee is named.
func (m *Mapper) typeBill() {
	st := &m.bill
	c := &st.c
	if len(c.Documents) == 0 {
		return
	}
	switch c.Documents[0].Kind {
	case cargo.DocumentBill, cargo.DocumentMasterBill, cargo.DocumentHouseBill:
	default:
		return // an air waybill is not negotiable
	}
	switch {
	case st.toOrder:
		c.BillType = cargo.BillToOrder
	case st.waybill:
		c.BillType = cargo.BillSeaWaybill
	default:
		if p := c.Party(cargo.RoleConsignee); p != nil && p.Name != "" {
			c.BillType = cargo.BillStraight
		}
	}
}

// toOrder reports whether a consignee is "to order", "to the order of" a bank or the shipper, or "order of" one: in the
// name or the first line behind it.
func toOrder(p *cargo.Party) bool {
	return orderText(p.Name) || len(p.Address) > 0 && orderText(p.Address[0])
}

func orderText(s string) bool {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '"' || s[0] == '*') {
		s = s[1:]
	}
	for _, phrase := range [...]string{"TO ORDER", "TO THE ORDER", "ORDER OF ", "UNTO ORDER", "UNTO THE ORDER"} {
		if hasFold(s, phrase) {
			return true
		}
	}
	return len(s) == len("ORDER") && hasFold(s, "ORDER")
}

// hasFold reports whether s begins with a phrase in capital letters, whatever the case of s.
func hasFold(s, phrase string) bool {
	if len(s) < len(phrase) {
		return false
	}
	for i := range len(phrase) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != phrase[i] {
			return false
		}
	}
	return true
}
