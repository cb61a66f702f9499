package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/refdata"
)

// measure reads value and unit of a composite and reports what is wrong with the unit. The unit of something that is
// neither mass nor volume, length or temperature is left alone.
func (m *Mapper) measure(e, valueAt, unitAt int, dim refdata.Dimension) cargo.Measure {
	return m.measureOf(e, m.str(e, valueAt), unitAt, dim)
}

func (m *Mapper) measureOf(e int, value string, unitAt int, dim refdata.Dimension) cargo.Measure {
	q, fault := makeMeasure(value, m.str(e, unitAt), dim)
	q.Source = m.span()
	switch {
	case fault&cargo.MeasureUnitAlias != 0:
		m.find(diag.UnitAlias, e, unitAt, diag.A("found", q.Unit), diag.A("used", q.ReadAs))
	case fault&cargo.MeasureUnitUnknown != 0 && q.Unit != "" && dim != refdata.AnyDimension:
		m.find(diag.UnknownUnit, e, unitAt, diag.A("found", q.Unit))
	}
	return q
}

// makeMeasure is cargo.MakeMeasure with a short cut for kilograms and cubic metres, which are normalised as they stand.
func makeMeasure(value, unit string, dim refdata.Dimension) (cargo.Measure, cargo.MeasureFault) {
	if value != "" && (unit == "KGM" && dim == refdata.Mass || unit == "MTQ" && dim == refdata.Volume) {
		m := cargo.Measure{Value: value, Unit: unit, Dimension: dim}
		if d, fault := cargo.ParseDecimal(value, 0); fault.Readable() {
			m.Number = cargo.DecimalOf(d)
			m.Normalised = m.Number
		}
		return m, 0
	}
	m, _, fault := cargo.MakeMeasure(value, unit, 0, dim)
	return m, fault
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
	if !m.track {
		return
	}
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
