package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

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
	}
	if master.doc != "" && master.doc != number && st.number == 1 {
		m.addMasterDocument()
	}
}

// promote makes the first bill of a CNI group a master where it does not say what it is and a house bill follows.
func (m *Mapper) promote() {
	st, master := &m.bill, &m.cni
	next, _ := documentKind(m.raw(1, 1))
	if !st.open || st.number != 1 || st.c.Level != cargo.LevelSimple || !isHouse(next) || len(st.c.Documents) == 0 {
		return
	}
	st.c.Level = cargo.LevelMaster
	master.master, master.masterKind = st.c.Documents[0].Number, st.c.Documents[0].Kind
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
	case !master.parentKnown && !st.numbers.full() && !(m.known != nil && m.known(master.doc)):
		m.findAt(diag.ParentBillUnknown, &master.at, master.doc, diag.A("document", master.doc))
	}
	master.parentKnown = true
	c.Parent = cargo.Document{Kind: above, Number: master.doc}
}
