package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// An itemState is the goods item at hand.
type itemState struct {
	open     bool
	number   int // in the bill, 1-based
	i        *cargo.Item
	declared cargo.Count // outermost packages of the GID
	declType string      // and their type
	gid      spot        // DE 7224 of the GID
	packs    cargo.Count // of the PAC of the outer level, summed
	packsOff bool        // one of them states no number
	pac      spot        // DE 7224 of the last of them
	split    cargo.Count // of the SGP, summed
	splitOff bool
	sgp      spot
	sgps     int
	pacs     int
	packed   int64  // packages of the last PAC of the outer level
	placed   int64  // packages of the last SGP
	name     string // proper shipping or technical name of dangerous goods (FTX AAD)
}

func (st *itemState) reset() { *st = itemState{} }

// beginItem begins a goods item, with its GID or without.
func (m *Mapper) beginItem() {
	if !m.bill.open {
		return
	}
	m.endItem()
	st := &m.bill.item
	st.open, st.number, st.i = true, st.number+1, m.bill.c.AddItem()
	st.declared, st.packs, st.split = cargo.Count{}, cargo.Count{}, cargo.Count{}
	st.packsOff, st.splitOff, st.sgp.ok = false, false, false
	st.sgps, st.pacs, st.declType, st.name = 0, 0, "", ""
	st.i.Source = m.span()
}

// itemSegment maps a segment of a goods item.
func (m *Mapper) itemSegment(r role) bool {
	b := &m.bill
	if !b.open {
		return false
	}
	if b.room--; b.room < 0 {
		m.full()
		return false
	}
	m.extend(&b.c.Source)
	if r == roleGID {
		m.beginItem()
		m.setItem()
		return true
	}
	if !b.item.open {
		return false
	}
	i := b.item.i
	m.extend(&i.Source)
	switch r {
	case rolePAC:
		m.addPackage()
	case roleHAN:
		m.addHandling()
	case roleItemFTX:
		m.addItemText()
	case roleItemMEA:
		m.itemMeasure()
	case roleItemStatusMEA:
		i.Measures = append(i.Measures, cargo.NamedMeasure{Kind: m.measureKind(), Measure: m.measure(3, 2, 1, refdata.AnyDimension)})
	case roleItemMOA:
		if a := m.money(); i.Value.IsZero() {
			i.Value = a
		} else {
			i.Amounts = append(i.Amounts, a)
		}
	case roleSGP:
		m.addItemEquipment()
	case roleDGS:
		m.addDangerousGoods()
	case rolePCI:
		m.addMarks()
	case roleCST:
		m.addCommodities()
	case roleItemLOC:
		p := i.AddPlace()
		m.setPlace(p)
		if p.Role == cargo.PlaceOrigin && i.Origin == "" {
			i.Origin = p.Country
		}
	case roleTMD:
		m.addMovementType()
	case roleItemGIS:
		x := m.indicator()
		i.Indicators = append(i.Indicators, cargo.Indicator{List: x.list, Code: x.code, Value: x.value, Source: m.span()})
	case roleItemDOC:
		d := i.AddDocument()
		d.Kind, d.Type, d.Number, d.Source = namedDocumentKind(m.raw(1, 1)), m.str(1, 1), m.str(2, 1), m.span()
	case roleItemQTY:
		i.Quantities = append(i.Quantities, cargo.Quantity{})
		m.setQuantity(&i.Quantities[len(i.Quantities)-1])
	case roleItemQTYFTX:
		return m.addQuantityText(i.Quantities)
	}
	return true
}

// addHandling takes a HAN: C524 with a code or a text, C218 with a class of hazard.
func (m *Mapper) addHandling() {
	i := m.bill.item.i
	code, text := m.str(1, 1), m.str(1, 4)
	if code != "" || text != "" {
		i.Handling = append(i.Handling, cargo.Indicator{List: "4079", Code: code, Value: text, Source: m.span()})
	}
	if class := m.str(2, 1); class != "" {
		i.Handling = append(i.Handling, cargo.Indicator{List: "7419", Code: class, Value: m.str(2, 4), Source: m.span()})
	}
}

// addItemText takes a FTX: the description of the goods (DE 4451: AAA) and other texts.
func (m *Mapper) addItemText() {
	st := &m.bill.item
	i := st.i
	if string(m.raw(1, 1)) == "AAA" && len(m.raw(3, 1)) == 0 {
		m.mark(1, 1)
		text := m.join(4, 1, 5, '\n')
		switch {
		case i.Description == "":
			i.Description = text
		case text != "":
			m.buf = append(append(append(m.buf[:0], i.Description...), '\n'), text...)
			i.Description = m.keep(m.buf)
		}
		return
	}
	t := i.AddText()
	m.setText(t)
	if t.Subject == "AAD" {
		st.name = t.Text
	}
}

// itemMeasure takes a MEA of goods.
func (m *Mapper) itemMeasure() {
	i := m.bill.item.i
	var into *cargo.Measure
	q, dim := m.qualityOf(true)
	switch q {
	case grossMass:
		into = &i.GrossMass
	case netMass:
		into = &i.NetMass
	case volume:
		into = &i.Volume
	}
	if into != nil && into.IsZero() {
		*into = m.measure(3, 2, 1, dim)
		m.usualMeasure()
		return
	}
	i.Measures = append(i.Measures, cargo.NamedMeasure{Kind: m.measureKind(), Measure: m.measure(3, 2, 1, dim)})
}

// addDangerousGoods takes a DGS: 8273, C205 class, C234 UN number, C223 flash point, 8339 packing group, and others that
// the record keeps as they are.
func (m *Mapper) addDangerousGoods() {
	d := m.bill.item.i.AddDangerousGoods()
	d.Regulation, d.Class, d.UN = m.str(1, 1), m.str(2, 1), m.str(3, 1)
	if len(m.raw(4, 1)) > 0 {
		d.FlashPoint = m.measure(4, 1, 2, refdata.Temperature)
	}
	d.PackingGroup, d.Source = m.str(5, 1), m.span()
	b := m.buf[:0]
	for _, at := range [...]struct {
		e, c int
		name string
	}{{2, 2, "page"}, {3, 2, "flash point"}, {6, 1, "EMS"}, {7, 1, "MFAG"}, {8, 1, "TREM card"}, {10, 1, "label"}, {10, 2, "label"}, {10, 3, "label"}} {
		v := m.raw(at.e, at.c)
		if len(v) == 0 {
			continue
		}
		m.mark(at.e, at.c)
		if len(b) > 0 {
			b = append(b, "; "...)
		}
		b = m.text.Append(append(append(b, at.name...), ' '), m.s, v)
	}
	m.buf = b
	d.Details = m.keep(b)
}

// addCommodities takes a CST: up to five C246, of which the first code of the Customs tariff (DE 1131: 122) is the
// item's own.
func (m *Mapper) addCommodities() {
	i := m.bill.item.i
	for e := 2; e <= 6; e++ {
		code, list := m.raw(e, 1), m.raw(e, 2)
		if len(code) == 0 {
			continue
		}
		if i.HS == "" && (len(list) == 0 || string(list) == "122") {
			i.HS = m.str(e, 1)
			m.markIf(e, 2, "122")
			continue
		}
		i.Commodities = append(i.Commodities, cargo.Identifier{Scheme: m.list(e, 2), Value: m.str(e, 1)})
	}
}

// addMovementType takes a TMD: C219 with a code or text, 8332, 8341.
func (m *Mapper) addMovementType() {
	i := m.bill.item.i
	for _, at := range [...]struct {
		e  int
		de string
	}{{1, "8335"}, {2, "8332"}, {3, "8341"}} {
		x := cargo.Indicator{List: at.de, Code: m.str(at.e, 1), Source: m.span()}
		if at.e == 1 {
			x.Value = m.str(1, 2)
		}
		if x.Code != "" || x.Value != "" {
			i.Indicators = append(i.Indicators, x)
		}
	}
}

// endItem closes the goods item at hand.
func (m *Mapper) endItem() {
	b := &m.bill
	st := &b.item
	if !st.open {
		return
	}
	st.open = false
	m.checkPackages()
	i := st.i
	if st.name != "" && len(i.DangerousGoods) > 0 && i.DangerousGoods[0].Name == "" {
		i.DangerousGoods[0].Name = st.name
	}
	b.lacking[0] = b.lacking[0] || !i.GrossMass.Normalised.OK
	b.lacking[1] = b.lacking[1] || !i.OuterPackages().OK
	b.lacking[2] = b.lacking[2] || !i.Volume.Normalised.OK
}
