package cargo

import (
	"encoding/json"
	"testing"

	"cargogate/internal/refdata"
)

func TestMakeMeasure(t *testing.T) {
	for _, tt := range []struct {
		value, unit string
		mark        byte
		dim         refdata.Dimension
		json        string
		number      NumberFault
		fault       MeasureFault
	}{
		{"1250.500", "KGM", '.', refdata.Mass, `{"value":"1250.500","unit":"KGM","kg":"1250.5"}`, 0, 0},
		{"1250,500", "KGM", ',', refdata.Mass, `{"value":"1250,500","unit":"KGM","kg":"1250.5"}`, 0, 0},
		{"1250,5", "KGM", '.', refdata.Mass, `{"value":"1250,5","unit":"KGM","kg":"1250.5"}`, NumberOtherMark, 0},
		{"23.5", "TON", '.', refdata.Mass, `{"value":"23.5","unit":"TON","kg":"23500","read_as":"TNE"}`, 0, MeasureUnitAlias},
		{"100", "LBR", '.', refdata.Mass, `{"value":"100","unit":"LBR","kg":"45.359237"}`, 0, 0},
		{"100", "L", '.', refdata.Mass, `{"value":"100","unit":"L","kg":"45.359237","read_as":"LBR"}`, 0, MeasureUnitAlias},
		{"100", "L", '.', refdata.Volume, `{"value":"100","unit":"L","m3":"0.1","read_as":"LTR"}`, 0, MeasureUnitAlias},
		{"1", "FTQ", '.', refdata.Volume, `{"value":"1","unit":"FTQ","m3":"0.028316846592"}`, 0, 0},
		{"-18", "CEL", '.', refdata.Temperature, `{"value":"-18","unit":"CEL","kind":"temperature"}`, 0, 0},
		{"3", "DZN", '.', refdata.Number, `{"value":"3","unit":"DZN","kind":"count"}`, 0, 0},
		{"12.19", "MTR", '.', refdata.AnyDimension, `{"value":"12.19","unit":"MTR","m":"12.19"}`, 0, 0},
		{"0", "KGM", '.', refdata.Mass, `{"value":"0","unit":"KGM","kg":"0"}`, 0, 0},
		{"12", "", '.', refdata.Mass, `{"value":"12","kind":"mass"}`, 0, MeasureUnitUnknown},
		{"", "KGM", '.', refdata.Mass, `{"unit":"KGM","kind":"mass"}`, NumberEmpty, 0},
		{"12", "MTQ", '.', refdata.Mass, `{"value":"12","unit":"MTQ","kind":"mass"}`, 0, MeasureUnitUnknown},
		{"heavy", "KGM", '.', refdata.Mass, `{"value":"heavy","unit":"KGM","kind":"mass"}`, NumberNotNumeric, 0},
		{"123456789.123456", "OZA", '.', refdata.Volume,
			`{"value":"123456789.123456","unit":"OZA","m3":"3651.053002834","rounded":true}`, 0, 0},
		{"999999999999999999", "KTN", '.', refdata.Mass,
			`{"value":"999999999999999999","unit":"KTN","kind":"mass"}`, 0, MeasureTooLarge},
		{"", "", '.', refdata.Mass, `{}`, NumberEmpty, MeasureUnitUnknown},
	} {
		m, number, fault := MakeMeasure(tt.value, tt.unit, tt.mark, tt.dim)
		if number != tt.number || fault != tt.fault {
			t.Errorf("%s %s: faults %b %b, want %b %b", tt.value, tt.unit, number, fault, tt.number, tt.fault)
		}
		if got := string(m.appendJSON(nil)); got != tt.json {
			t.Errorf("%s %s:\ngot  %s\nwant %s", tt.value, tt.unit, got, tt.json)
		}
		if m.IsZero() != (tt.json == "{}") {
			t.Errorf("%s %s: IsZero %t", tt.value, tt.unit, m.IsZero())
		}
		var back Measure
		if err := json.Unmarshal([]byte(tt.json), &back); err != nil || back != m {
			t.Errorf("%s comes back as %+v (%v), want %+v", tt.json, back, err, m)
		}
	}
	if m, fault := Kilograms("12.5", '.'); fault != 0 || m.Unit != "KGM" || m.Normalised != DecimalOf(NewDecimal(125, 1)) {
		t.Errorf("%+v, fault %b", m, fault)
	}
}

func TestMeasureAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		if _, number, fault := MakeMeasure("23456.789", "LBS", '.', refdata.Mass); number != 0 || fault != MeasureUnitAlias {
			t.Fatal(number, fault)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	in := []byte("23456.789")
	if n := testing.AllocsPerRun(100, func() {
		if _, fault := ParseDecimal(in, '.'); fault != 0 {
			t.Fatal(fault)
		}
	}); n != 0 {
		t.Errorf("%v allocations to parse a number", n)
	}
}

func TestMoney(t *testing.T) {
	m, fault := MakeMoney("", "1.250,00", "EUR", ',')
	if fault != NumberNotNumeric || m.Number.OK || m.Amount != "1.250,00" {
		t.Errorf("%+v fault %b", m, fault)
	}
	m, fault = MakeMoney("64", "1250,00", "EUR", ',')
	if fault != 0 || m.Number != DecimalOf(NewDecimal(1250, 0)) {
		t.Errorf("%+v fault %b", m, fault)
	}
	if m.IsZero() || !(Money{}).IsZero() {
		t.Error("IsZero")
	}
}
