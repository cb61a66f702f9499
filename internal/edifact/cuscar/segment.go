package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
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
