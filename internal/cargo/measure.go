package cargo

import (
	"encoding/json"
	"fmt"

	"cargogate/internal/refdata"
)

// normalScale is how many digits after the mark a normalised value is rounded to where the exact one does not fit:
// micrograms of kg, cubic millimetres of m³.
const normalScale = 9

// Measure is a mass, volume, length or temperature: value and unit as declared, and where they can be read the number
// and the normalised value. The zero value is an absent measure.
type Measure struct {
	Value  string // as declared, mark and zeros included: "1250,500" (DE 6314)
	Unit   string // as declared: "KGM", "TON" (DE 6411)
	ReadAs string // common code (UN/ECE Rec 20) that an alias was read as: "TNE" for "TON"; empty otherwise

	Number     OptDecimal        // Value as a number; absent where it could not be read
	Dimension  refdata.Dimension // as asked for, or that of the unit
	Normalised OptDecimal        // in kg for mass, m³ for volume, m for length; absent for the rest and where it cannot be had
	Rounded    bool              // Normalised was rounded half to even to nine digits, because the exact value does not fit

	Source Range
}

// A MeasureFault says what was wrong with a declared measure beyond its number. Faults add up.
type MeasureFault uint8

// Faults.
const (
	MeasureUnitAlias   MeasureFault = 1 << iota // read: the unit is a known spelling, not a common code; see Measure.ReadAs
	MeasureUnitUnknown                          // the unit is unknown, missing, or of another dimension: nothing normalised
	MeasureTooLarge                             // the normalised value does not fit: absent
)

// MakeMeasure reads a measure of the given dimension, or of any, as it was declared. mark is the decimal mark in force, 0 for either;
// see ParseDecimal. The measure keeps what was declared whatever the faults.
func MakeMeasure(value, unit string, mark byte, dim refdata.Dimension) (Measure, NumberFault, MeasureFault) {
	if value == "" && unit == "" {
		return Measure{}, NumberEmpty, MeasureUnitUnknown
	}
	m := Measure{Value: value, Unit: unit, Dimension: dim}
	d, numberFault := ParseDecimal(value, mark)
	if numberFault.Readable() {
		m.Number = DecimalOf(d)
	}
	u, alias, ok := refdata.ResolveUnit(unit, dim)
	if !ok {
		return m, numberFault, MeasureUnitUnknown
	}
	m.Dimension = u.Dimension
	var fault MeasureFault
	if alias {
		m.ReadAs = u.Code
		fault = MeasureUnitAlias
	}
	if !m.Number.OK || normalName(u.Dimension) == "" {
		return m, numberFault, fault
	}
	product, exact, ok := d.MulRound(NewDecimal(u.Coefficient, u.Scale), normalScale)
	if !ok {
		return m, numberFault, fault | MeasureTooLarge
	}
	m.Normalised, m.Rounded = DecimalOf(product), !exact
	return m, numberFault, fault
}

// Kilograms makes a mass from a number of kilograms, for formats that state no unit.
func Kilograms(value string, mark byte) (Measure, NumberFault) {
	m, fault, _ := MakeMeasure(value, "KGM", mark, refdata.Mass)
	return m, fault
}

// IsZero reports whether the measure is absent: neither value nor unit was declared.
func (m Measure) IsZero() bool { return m.Value == "" && m.Unit == "" }

// normalName gives the name of the normalised value in JSON.
func normalName(d refdata.Dimension) string {
	switch d {
	case refdata.Mass:
		return "kg"
	case refdata.Volume:
		return "m3"
	case refdata.Length:
		return "m"
	}
	return ""
}

type measureJSON struct {
	Value   string     `json:"value,omitempty"`
	Unit    string     `json:"unit,omitempty"`
	Kg      OptDecimal `json:"kg,omitzero"`
	M3      OptDecimal `json:"m3,omitzero"`
	M       OptDecimal `json:"m,omitzero"`
	ReadAs  string     `json:"read_as,omitempty"`
	Rounded bool       `json:"rounded,omitempty"`
	Kind    string     `json:"kind,omitempty"`
	Source  Range      `json:"source,omitzero"`
}

// MarshalJSON writes the measure as it stands in a record.
func (m Measure) MarshalJSON() ([]byte, error) { return m.appendJSON(nil), nil }

// UnmarshalJSON reads a measure. The number is read anew from the declared value.
func (m *Measure) UnmarshalJSON(b []byte) error {
	var j measureJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("cargo: measure: %w", err)
	}
	*m = Measure{Value: j.Value, Unit: j.Unit, ReadAs: j.ReadAs, Rounded: j.Rounded, Source: j.Source}
	if d, fault := ParseDecimal(j.Value, 0); fault.Readable() {
		m.Number = DecimalOf(d)
	}
	switch {
	case j.Kg.OK:
		m.Dimension, m.Normalised = refdata.Mass, j.Kg
	case j.M3.OK:
		m.Dimension, m.Normalised = refdata.Volume, j.M3
	case j.M.OK:
		m.Dimension, m.Normalised = refdata.Length, j.M
	}
	for d := refdata.Mass; d <= refdata.Number; d++ {
		if j.Kind == d.String() {
			m.Dimension = d
		}
	}
	return nil
}

// appendJSON writes {"value":…,"unit":…,"kg":…}. The dimension follows from the name of the normalised value; without
// one it is written as "kind".
func (m *Measure) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("value", m.Value)
	o.text("unit", m.Unit)
	name := normalName(m.Dimension)
	if m.Normalised.OK && name != "" {
		o.decimal(name, m.Normalised)
	} else if m.Dimension != refdata.AnyDimension {
		o.text("kind", m.Dimension.String())
	}
	o.text("read_as", m.ReadAs)
	o.flag("rounded", m.Rounded)
	o.span("source", m.Source)
	return o.end()
}
