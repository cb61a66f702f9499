package validate

import (
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

func TestDate(t *testing.T) {
	for _, tt := range []struct {
		value, code string
		local       string
		zone        string
		fault       DateFault
	}{
		{"20261123", "102", "2026-11-23", "unknown", DateRight},
		{"202611230915", "203", "2026-11-23T09:15", "unknown", DateRight},
		{"20261123091559", "204", "2026-11-23T09:15:59", "unknown", DateRight},
		{"261123", "101", "2026-11-23", "unknown", DateRight},
		{"691231", "101", "2069-12-31", "unknown", DateRight},
		{"700101", "101", "1970-01-01", "unknown", DateRight},
		{"231126", "2", "2026-11-23", "unknown", DateRight},
		{"112326", "3", "2026-11-23", "unknown", DateRight},
		{"2611230915", "201", "2026-11-23T09:15", "unknown", DateRight},
		{"261123091500", "202", "2026-11-23T09:15:00", "unknown", DateRight},
		{"202611230915UTC", "303", "2026-11-23T09:15", "Z", DateRight},
		{"202611230915CET", "303", "2026-11-23T09:15", "unknown:CET", DateRight},
		{"202611230915+02", "303", "2026-11-23T09:15", "+02:00", DateRight},
		{"202611230915-0330", "205", "2026-11-23T09:15", "-03:30", DateRight},
		{"2611230915GMT", "301", "2026-11-23T09:15", "Z", DateRight},
		{"0915", "401", "T09:15", "unknown", DateRight},
		{"2026", "602", "2026", "unknown", DateRight},
		{"202611", "610", "2026-11", "unknown", DateRight},
		{"20261101-20261130", "718", "", "unknown", DateRight},
		{"20261123", "", "2026-11-23", "unknown", DateRight},
		{"20240229", "102", "2024-02-29", "unknown", DateRight},

		{"20261123", "203", "", "unknown", DateOtherForm},
		{"202611230915", "102", "", "unknown", DateOtherForm},
		{"261123", "102", "", "unknown", DateOtherForm},
		{"202611230915", "303", "", "unknown", DateOtherForm},
		{"20260230", "102", "", "unknown", DateImpossible},
		{"20261301", "102", "", "unknown", DateImpossible},
		{"202611232460", "203", "", "unknown", DateImpossible},
		{"2460", "401", "", "unknown", DateImpossible},
		{"202611230915+15", "303", "", "unknown", DateImpossible},
		{"23 NOV 26", "102", "", "unknown", DateForm},
		{"2026112", "102", "", "unknown", DateForm},
		{"20261123", "999", "", "unknown", DateForm},
		{"2026112A", "102", "", "unknown", DateForm},
		{"202611230915cet", "303", "", "unknown", DateForm},
		{"202611230915+2", "303", "", "unknown", DateForm},
		{"WEEK 47", "718", "", "unknown", DateForm},
		{"123", "", "", "unknown", DateForm},
	} {
		got, fault := Date(tt.value, []byte(tt.value), []byte(tt.code))
		if fault != tt.fault || got.Local() != tt.local || got.Value != tt.value || got.Zone.String() != tt.zone {
			t.Errorf("%s by %s: %q %q zone %q fault %d, want %q zone %q fault %d", tt.value, tt.code, got.Value, got.Local(), got.Zone, fault, tt.local, tt.zone, tt.fault)
		}
	}
	if got, fault := Date("", nil, []byte("102")); !got.IsZero() || fault != DateRight {
		t.Errorf("an absent date is %+v, %d", got, fault)
	}
	if Layout([]byte("203")) != "CCYYMMDDHHMM" || Layout([]byte("718")) != "" || Layout([]byte("x")) != "" {
		t.Error("the form of a code is wrong")
	}
}

func measure(t *testing.T, value, unit string, dim refdata.Dimension) cargo.Measure {
	t.Helper()
	m, _, _ := cargo.MakeMeasure(value, unit, 0, dim)
	return m
}

func TestSumDiffers(t *testing.T) {
	for _, tt := range []struct {
		value, unit, sum string
		want             bool
	}{
		{"1000", "KGM", "1000", false},
		{"1000", "KGM", "1000.5", false},
		{"1000", "KGM", "999.5", false},
		{"1000", "KGM", "1000.51", true},
		{"1000", "KGM", "999.49", true},
		{"1000.0", "KGM", "1000.05", false},
		{"1000.0", "KGM", "1000.051", true},
		{"1000,00", "KGM", "1000.01", true},
		{"18.9", "TNE", "18950", false},
		{"18.9", "TNE", "18950.1", true},
		{"18", "TNE", "18499", false},
		{"10", "LBR", "4.31", false},
		{"10", "LBR", "4.2", true},
		{"1000", "QQX", "5", false},
		{"x", "KGM", "5", false},
		{"0", "KGM", "0.5", false},
		{"0", "KGM", "1", true},
	} {
		m := measure(t, tt.value, tt.unit, refdata.Mass)
		sum, _ := cargo.ParseDecimal(tt.sum, '.')
		if got := SumDiffers(&m, cargo.DecimalOf(sum), cargo.Decimal{}); got != tt.want {
			t.Errorf("%s %s against %s kg differs: %v", tt.value, tt.unit, tt.sum, got)
		}
		if SumDiffers(&m, cargo.OptDecimal{}, cargo.Decimal{}) {
			t.Errorf("%s differs from nothing", tt.value)
		}
	}
}

func TestSumDiffersByMoreThanATolerance(t *testing.T) {
	for _, tt := range []struct {
		value, unit, sum, tolerance string
		want                        bool
	}{
		{"1000", "KGM", "1001.5", "0", true},
		{"1000", "KGM", "1001.5", "1.5", false},
		{"1000", "KGM", "998.5", "1.5", false},
		{"1000", "KGM", "1001.51", "1.5", true},
		{"1000", "KGM", "998.49", "1.5", true},
		{"1000", "KGM", "1000.5", "0.1", false}, // a total stays as exact as it is written
		{"1000.0", "KGM", "1000.2", "0.1", true},
		{"18", "TNE", "18499", "1.5", false},
		{"18", "TNE", "18501", "1.5", true},
		{"18", "TNE", "18501", "501", false}, // in kg, whatever the unit of the total
	} {
		m := measure(t, tt.value, tt.unit, refdata.Mass)
		sum, _ := cargo.ParseDecimal(tt.sum, '.')
		tolerance, _ := cargo.ParseDecimal(tt.tolerance, '.')
		if got := SumDiffers(&m, cargo.DecimalOf(sum), tolerance); got != tt.want {
			t.Errorf("%s %s against %s kg, tolerance %s kg: differs %v", tt.value, tt.unit, tt.sum, tt.tolerance, got)
		}
	}
}

func TestCountDiffers(t *testing.T) {
	one, two := cargo.CountOf(1), cargo.CountOf(2)
	if CountDiffers(one, one) || !CountDiffers(one, two) || CountDiffers(one, cargo.Count{}) || CountDiffers(cargo.Count{}, one) {
		t.Error("counts are compared wrongly")
	}
}

func TestIdentities(t *testing.T) {
	for id, want := range map[string]IdentityFault{"MSKU7142039": IdentityRight, "MSKU7142030": IdentityDigit, "MSKU714203": IdentityForm,
		"MSKX7142039": IdentityForm, "": IdentityForm, "msku7142039": IdentityForm} {
		got, digit := Container(id)
		if got != want || got == IdentityDigit && digit != '9' {
			t.Errorf("container %q: %d, digit %c", id, got, digit)
		}
	}
	for id, want := range map[string]IdentityFault{"9074729": IdentityRight, "9074720": IdentityDigit, "907472": IdentityForm, "A8XY7": IdentityForm} {
		got, digit := IMO(id)
		if got != want || got == IdentityDigit && digit != '9' {
			t.Errorf("ship %q: %d, digit %c", id, got, digit)
		}
	}
	for id, want := range map[string]bool{"MSKU7142039": true, "MSKU714203": true, "MSKU71420399": true, "MSKU714203X": false, "LOT1": false, "12345678901": false} {
		if MeantAsContainer(id) != want {
			t.Errorf("%q is meant as a container: %v", id, !want)
		}
	}
}

func TestPlaceUnknown(t *testing.T) {
	for code, want := range map[string]bool{"NLRTM": false, "NLZZZ": false, "QQABC": true, "NLRT": true, "nlrtm": true, "": true} {
		if PlaceUnknown(code) != want {
			t.Errorf("%q is unknown: %v", code, !want)
		}
	}
}

func TestFunction(t *testing.T) {
	none, bills := Content{}, Content{Masters: 1, Consignments: 1}
	for f, want := range map[cargo.Function][2]bool{ // with nothing, with a bill
		cargo.FunctionOriginal: {true, false}, cargo.FunctionReplace: {true, false}, cargo.FunctionAddition: {true, false},
		cargo.FunctionChange: {true, false}, cargo.FunctionDeletion: {true, false}, cargo.FunctionCancellation: {false, true},
		cargo.FunctionDuplicate: {false, false}, "other:27": {false, false},
	} {
		if FunctionContradicts(f, none) != want[0] || FunctionContradicts(f, bills) != want[1] {
			t.Errorf("%s: %v, %v", f, FunctionContradicts(f, none), FunctionContradicts(f, bills))
		}
	}
	if FunctionContradicts(cargo.FunctionOriginal, Content{Equipment: 1}) || FunctionContradicts(cargo.FunctionDeletion, Content{Masters: 1}) {
		t.Error("equipment, or a master alone, is content")
	}
	if !NeedsOriginal(cargo.FunctionReplace, none) || NeedsOriginal(cargo.FunctionReplace, Content{Reference: true}) || NeedsOriginal(cargo.FunctionOriginal, none) {
		t.Error("who needs an earlier filing is told wrongly")
	}
}

func TestFlow(t *testing.T) {
	type places map[cargo.PlaceRole]string
	const l, d, f, v = cargo.PlaceLoading, cargo.PlaceDischarge, cargo.PlaceDestination, cargo.PlaceDelivery
	for _, tt := range []struct {
		name   string
		port   string
		places places
		onward cargo.Mode
		want   cargo.Flow
		reason string
	}{
		{"no port", "", places{d: "NLRTM"}, "", cargo.FlowUnknown, "the port of call is not known"},
		{"landed", "NLRTM", places{l: "CNSHA", d: "NLRTM"}, "", cargo.FlowImport, "discharged at the port of call NLRTM"},
		{"landed for here", "NLRTM", places{l: "CNSHA", d: "NLRTM", f: "NLRTM"}, "", cargo.FlowImport, "discharged at the port of call NLRTM"},
		{"landed for the country", "NLRTM", places{l: "CNSHA", d: "NLRTM", v: "NLTIL"}, "", cargo.FlowImport, "discharged at the port of call NLRTM, bound for NLTIL in the same country"},
		{"landed for another country", "NLRTM", places{l: "CNSHA", d: "NLRTM", f: "DEDUI"}, "", cargo.FlowTransit, "discharged at the port of call NLRTM, bound for DEDUI in another country"},
		{"by rail", "NLRTM", places{l: "CNSHA", d: "NLRTM", f: "DEDUI"}, cargo.ModeRail, cargo.FlowTransit, "discharged at the port of call NLRTM, bound for DEDUI in another country"},
		{"by sea", "NLRTM", places{l: "CNSHA", d: "NLRTM", f: "NOOSL"}, cargo.ModeMaritime, cargo.FlowTranshipment, "discharged at the port of call NLRTM, carried on by sea to NOOSL in another country"},
		{"for a country", "NLRTM", places{l: "CNSHA", d: "NLRTM", f: "DE"}, "", cargo.FlowTransit, "discharged at the port of call NLRTM, bound for DE in another country"},
		{"loaded", "NLRTM", places{l: "NLRTM", d: "USNYC"}, "", cargo.FlowExport, "loaded at the port of call NLRTM"},
		{"loaded, no more", "NLRTM", places{l: "NLRTM"}, "", cargo.FlowExport, "loaded at the port of call NLRTM"},
		{"loaded before", "NLRTM", places{l: "NLAMS", d: "USNYC"}, "", cargo.FlowExport, "loaded at NLAMS, in the country of the port of call NLRTM"},
		{"landed later", "NLRTM", places{l: "CNSHA", d: "NLAMS"}, "", cargo.FlowImport, "discharged at NLAMS, in the country of the port of call NLRTM"},
		{"aboard", "NLRTM", places{l: "CNSHA", d: "DEHAM"}, "", cargo.FlowRemainingAboard, "neither loaded nor discharged in the country of the port of call NLRTM: discharged at DEHAM"},
		{"coastal", "NLRTM", places{l: "NLAMS", d: "NLRTM"}, "", cargo.FlowUnknown, "loaded at NLAMS and discharged at NLRTM, both in the country of the port of call"},
		{"no discharge", "NLRTM", places{l: "CNSHA"}, "", cargo.FlowUnknown, "the place of discharge is not known"},
		{"bound for here", "NLRTM", places{l: "CNSHA", f: "NLTIL"}, "", cargo.FlowImport, "bound for NLTIL, in the country of the port of call NLRTM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c cargo.Consignment
			for role, code := range tt.places {
				p := c.AddPlace()
				p.Role = role
				if len(code) == 5 {
					p.Locode = code
				} else {
					p.Country = code
				}
			}
			if tt.onward != "" {
				c.AddLeg().Conveyance.Mode = tt.onward
			}
			r := Flow(&c, &cargo.Call{Port: tt.port})
			if got := string(r.AppendReason(nil)); r.Flow != tt.want || got != tt.reason {
				t.Errorf("%s, %q", r.Flow, got)
			}
		})
	}
	if r := Flow(&cargo.Consignment{}, nil); r.Flow != cargo.FlowUnknown {
		t.Errorf("without a call: %s", r.Flow)
	}
}

func TestContradicts(t *testing.T) {
	for _, tt := range []struct {
		computed, declared cargo.Flow
		want               bool
	}{
		{cargo.FlowImport, cargo.FlowImport, false}, {cargo.FlowImport, cargo.FlowExport, true}, {cargo.FlowImport, "", false},
		{cargo.FlowUnknown, cargo.FlowImport, false}, {cargo.FlowTransit, cargo.FlowTranshipment, false},
		{cargo.FlowTranshipment, cargo.FlowTransit, false}, {cargo.FlowTransit, cargo.FlowImport, true},
	} {
		if got := (Route{Flow: tt.computed}).Contradicts(tt.declared); got != tt.want {
			t.Errorf("%s declared as %s: %v", tt.computed, tt.declared, got)
		}
	}
}
