package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/refdata"
	"cargogate/internal/validate"
)

// time reads a DTM: C507 with what happens (2005), the time (2380) and its format code (2379).
func (m *Mapper) time() cargo.Time {
	value, code := m.raw(1, 2), m.raw(1, 3)
	t, fault := validate.Date(m.str(1, 2), value, code)
	switch fault {
	case validate.DateRight:
		if t.Precision != cargo.PrecisionNone {
			m.mark(1, 3)
		}
	case validate.DateOtherForm:
		m.find(diag.DateContradictsFormat, 1, 2, diag.A("found", t.Value), diag.A("format", string(code)), diag.A("expected", validate.Layout(code)))
	case validate.DateImpossible:
		m.find(diag.ImpossibleDate, 1, 2, diag.A("found", t.Value), diag.A("format", string(code)))
	case validate.DateForm:
		m.find(diag.DateInvalidForm, 1, 2, diag.A("found", t.Value), diag.A("format", string(code)))
	}
	return t
}

// setDate fills a date from a DTM.
func (m *Mapper) setDate(d *cargo.Date) {
	d.Kind, d.Time, d.Source = m.str(1, 1), m.time(), m.span()
}

// setPlace fills a place from a LOC: 3227, C517 with code, list and name, C519 with the place within it.
func (m *Mapper) setPlace(p *cargo.Place) {
	q := m.raw(1, 1)
	p.RoleCode, p.Role = m.str(1, 1), m.placeRole(q)
	p.Source = m.span()
	code, list, agency := m.raw(2, 1), m.raw(2, 2), m.raw(2, 3)
	p.Name = m.str(2, 4)
	switch {
	case len(code) == 0:
	case isLocode(code, list, agency):
		p.Locode = m.str(2, 1)
		if refdata.LocodeForm(p.Locode) {
			p.Country = p.Locode[:2]
		}
		if string(list) == "139" && string(agency) == "6" { // what nearly everybody sends is not repeated
			m.mark(2, 2)
			m.mark(2, 3)
		} else if len(list)+len(agency) > 0 {
			p.List = m.list(2, 2)
		}
		if validate.PlaceUnknown(p.Locode) {
			m.find(diag.UnknownPlace, 2, 1, diag.A("place", p.Locode), diag.A("role", string(p.Role)))
		}
	case isCountry(q, code, list):
		p.Country = m.str(2, 1)
		if string(list) == "162" && string(agency) == "5" {
			m.mark(2, 2)
			m.mark(2, 3)
		} else if len(list)+len(agency) > 0 {
			p.List = m.list(2, 2)
		}
		if !refdata.Country(code) {
			m.find(diag.UnknownCountry, 2, 1, diag.A("country", p.Country), diag.A("role", string(p.Role)))
		}
	default:
		p.Code = m.str(2, 1)
		if len(list)+len(agency) > 0 {
			p.List = m.list(2, 2)
		}
	}
	if code := m.str(3, 1); code != "" {
		p.Facility = code
	} else {
		p.Facility = m.str(3, 4)
	}
}

// isLocode reports whether a place is declared as a UN/LOCODE: by the list of ports (139, which stands in either slot
// in the field), by the agency (6: UN/ECE), or by its form alone.
func isLocode(code, list, agency []byte) bool {
	if string(list) == "139" || string(agency) == "139" {
		return true
	}
	switch {
	case string(list) == "162", len(code) == 2:
		return false
	case string(agency) == "6":
		return true
	}
	if len(list)+len(agency) > 0 || len(code) != 5 {
		return false
	}
	for _, c := range code[:2] {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// isCountry reports whether a place is declared as a country: by the list (162), or by two letters in a role of
// countries (DE 3227).
func isCountry(qualifier, code, list []byte) bool {
	if string(list) == "162" {
		return true
	}
	if len(list) > 0 || len(code) != 2 {
		return false
	}
	switch string(qualifier) {
	case "25", "27", "28", "30", "35", "36", "37", "38", "39", "40", "49", "52", "86", "101", "113", "120", "121", "126", "148", "162":
		return true
	}
	return false
}

// measure reads value and unit of a composite and reports what is wrong with the unit.
func (m *Mapper) measure(e, valueAt, unitAt int, dim refdata.Dimension) cargo.Measure {
	return m.measureOf(e, m.str(e, valueAt), unitAt, dim)
}

func (m *Mapper) measureOf(e int, value string, unitAt int, dim refdata.Dimension) cargo.Measure {
	q, _, fault := cargo.MakeMeasure(value, m.str(e, unitAt), 0, dim)
	q.Source = m.span()
	switch {
	case fault&cargo.MeasureUnitAlias != 0:
		m.find(diag.UnitAlias, e, unitAt, diag.A("found", q.Unit), diag.A("used", q.ReadAs))
	case fault&cargo.MeasureUnitUnknown != 0 && q.Unit != "":
		m.find(diag.UnknownUnit, e, unitAt, diag.A("found", q.Unit))
	}
	return q
}

// A quality is what a MEA measures (DE 6311 with DE 6313).
type quality uint8

const (
	otherQuality quality = iota
	grossMass
	netMass
	tareMass
	verifiedMass
	volume
)

// qualityOf reads C502 of a MEA. item says that goods are measured, not equipment. A measure without a property is one
// of mass or volume where its purpose says so.
func (m *Mapper) qualityOf(item bool) (quality, refdata.Dimension) {
	purpose, property := m.raw(1, 1), m.raw(2, 1)
	q, dim := otherQuality, refdata.AnyDimension
	switch string(property) {
	case "G", "AAB", "AAD", "AAE", "WT":
		q, dim = grossMass, refdata.Mass
	case "AAG": // a goods item's gross weight to D.99A, the stern thrust of a ship from D.00B on
		if u, _, ok := refdata.ResolveUnit(m.raw(3, 1), refdata.Mass); ok && u.Dimension == refdata.Mass {
			q, dim = grossMass, refdata.Mass
		}
	case "ABS":
		if item {
			q, dim = grossMass, refdata.Mass
		}
	case "AET", "EGW":
		if !item {
			q, dim = grossMass, refdata.Mass
		}
	case "N", "AAC", "AAL":
		if item {
			q, dim = netMass, refdata.Mass
		}
	case "T":
		if !item {
			q, dim = tareMass, refdata.Mass
		}
	case "VGM":
		if !item {
			q, dim = verifiedMass, refdata.Mass
		}
	case "AAW", "AAX", "ABJ":
		if item {
			q, dim = volume, refdata.Volume
		}
	case "":
		switch string(purpose) {
		case "WT", "AAI":
			q, dim = grossMass, refdata.Mass
		case "VOL":
			if item {
				q, dim = volume, refdata.Volume
			}
		}
	}
	return q, dim
}

// usualMeasure marks purpose and property where the field of the record says all that they say.
func (m *Mapper) usualMeasure() {
	m.markIf(1, 1, "AAE")
	m.markIf(1, 1, "WT")
	switch string(m.raw(2, 1)) {
	case "G", "AAB", "N", "AAC", "T", "VGM", "AAW", "AET":
		m.mark(2, 1)
	}
}

// measureKind names a measure that has no field of its own, "AAE:AAX".
func (m *Mapper) measureKind() string {
	if len(m.raw(2, 1)) == 0 {
		return m.str(1, 1)
	}
	b := append(m.text.Append(m.buf[:0], m.s, m.raw(1, 1)), ':')
	m.buf = m.text.Append(b, m.s, m.raw(2, 1))
	m.mark(1, 1)
	m.mark(2, 1)
	return m.keep(m.buf)
}

// reference reads C506 of a RFF.
func (m *Mapper) reference() (qualifier, number string) { return m.str(1, 1), m.str(1, 2) }

// setText fills a text from a FTX: 4451, C107 with a code, C108 with up to five lines.
func (m *Mapper) setText(t *cargo.Text) {
	t.Subject, t.Code, t.Text, t.Source = m.str(1, 1), m.str(3, 1), m.join(4, 1, 5, '\n'), m.span()
}

// setQuantity fills a quantity from a QTY: C186.
func (m *Mapper) setQuantity(q *cargo.Quantity) {
	q.Kind, q.Value, q.Unit, q.Source = m.str(1, 1), m.str(1, 2), m.str(1, 3), m.span()
}

// addQuantityText adds a FTX to the quantity that it stands under.
func (m *Mapper) addQuantityText(all []cargo.Quantity) bool {
	if len(all) == 0 {
		return false
	}
	q := &all[len(all)-1]
	text := m.join(4, 1, 5, '\n')
	if q.Text != "" && text != "" {
		m.buf = append(append(append(m.buf[:0], q.Text...), '\n'), text...)
		text = m.keep(m.buf)
	}
	if text != "" {
		q.Text = text
	}
	return true
}

// money reads a MOA: C516.
func (m *Mapper) money() cargo.Money {
	a, _ := cargo.MakeMoney(m.str(1, 1), m.str(1, 2), m.str(1, 3), 0)
	a.Source = m.span()
	return a
}

// An indicator is what GIS and GEI say, wherever they stand.
type indicator struct {
	list, code, value string
	at                int // element that holds the code
}

// indicator reads a GIS or a GEI: DE 7365 with its list, and the process or text beside it. GEI has a qualifier before
// it. The list that nearly everybody states, 109:148, is not repeated.
func (m *Mapper) indicator() indicator {
	i := indicator{list: "7365", at: 1}
	if m.row.gei {
		i.at = 2
		m.markIf(1, 1, "5") // consignment, which is what the record is about
		i.value = m.str(2, 4)
		if i.value == "" {
			i.value = m.str(3, 1)
		}
	} else {
		i.value = m.str(1, 4)
	}
	i.code = m.str(i.at, 1)
	m.markIf(i.at, 2, "109")
	m.markIf(i.at, 3, "148")
	return i
}
