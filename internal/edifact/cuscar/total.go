package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/refdata"
	"cargogate/internal/validate"
)

// addTotal takes a CNT of a bill (DE 6069: 7 gross mass, 8 pieces, 11 packages, 15 volume, and others).
func (m *Mapper) addTotal() {
	st := &m.bill
	st.cnts++
	c := st.c.AddControl(m.str(1, 1), m.str(1, 2), m.str(1, 3))
	c.Source = m.span()
	which := -1
	switch c.Qualifier {
	case "7":
		which = totalMass
	case "8":
		which = totalPieces
	case "11":
		which = totalPackages
	case "15", "26":
		which = totalVolume
	}
	if which < 0 || st.totals[which].spot.ok {
		return
	}
	t := &st.totals[which]
	t.spot = m.spot(1, 2, st.cnts)
	sum := &st.c.Totals.Declared
	switch which {
	case totalMass:
		t.measure = m.total(c.Value, c.Unit, refdata.Mass)
		sum.GrossMass = t.measure.Normalised
	case totalVolume:
		t.measure = m.total(c.Value, c.Unit, refdata.Volume)
		sum.Volume = t.measure.Normalised
	default:
		t.count, _ = cargo.ParseCount(c.Value, 0)
		t.measure.Value = c.Value
		if which == totalPieces {
			sum.Pieces = t.count
		} else {
			sum.Packages = t.count
		}
	}
}

// total reads a total of mass or volume and reports what is wrong with its unit. Without a unit it says nothing.
func (m *Mapper) total(value, unit string, dim refdata.Dimension) cargo.Measure {
	q, fault := makeMeasure(value, unit, dim)
	switch {
	case fault&cargo.MeasureUnitAlias != 0:
		m.find(diag.UnitAlias, 1, 3, diag.A("found", unit), diag.A("used", q.ReadAs))
	case fault&cargo.MeasureUnitUnknown != 0 && unit != "":
		m.find(diag.UnknownUnit, 1, 3, diag.A("found", unit))
	}
	return q
}

// checkTotals compares the totals that a bill states with the sums of its items. A sum that leaves out an item which
// states nothing, or what could not be read, proves only that a smaller total is wrong.
func (m *Mapper) checkTotals() {
	st := &m.bill
	sum := &st.c.Totals.Computed
	if len(st.c.Items) == 0 || st.room < 0 || m.cut {
		return
	}
	if t := &st.totals[totalMass]; t.spot.ok && validate.SumDiffers(&t.measure, sum.GrossMass, m.tolerance) &&
		!(st.lacking[0] && sum.GrossMass.D.Cmp(t.measure.Normalised.D) < 0) {
		m.findTotal(diag.GrossMassTotal, t, sum.GrossMass.D, "KGM")
	}
	if t := &st.totals[totalVolume]; t.spot.ok && validate.SumDiffers(&t.measure, sum.Volume, cargo.Decimal{}) &&
		!(st.lacking[2] && sum.Volume.D.Cmp(t.measure.Normalised.D) < 0) {
		m.findTotal(diag.VolumeTotal, t, sum.Volume.D, "MTQ")
	}
	for which := totalPackages; which <= totalPieces; which++ {
		t, code := &st.totals[which], diag.PackageTotal
		if which == totalPieces {
			code = diag.PieceTotal
		}
		if t.spot.ok && validate.CountDiffers(t.count, sum.Packages) && !(st.lacking[1] && sum.Packages.N < t.count.N) {
			m.findAt(code, &t.spot, t.measure.Value, diag.A("declared", t.measure.Value), m.number("computed", sum.Packages.N))
		}
	}
}

// findTotal reports a total of mass or volume. The sum is given in the unit that the total is declared in where that is
// the unit of the sum, else both stand in the unit of the sum.
func (m *Mapper) findTotal(code diag.Code, t *declaredTotal, sum cargo.Decimal, unit string) {
	declared := t.measure.Value
	if t.measure.Unit != unit {
		declared = t.measure.Normalised.D.String()
	}
	m.findAt(code, &t.spot, t.measure.Value, diag.A("declared", declared), m.decimal("computed", sum), diag.A("unit", unit))
}
