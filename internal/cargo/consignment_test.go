package cargo

import (
	"testing"

	"cargogate/internal/refdata"
)

func item(packages []Package, mass, unit, volume string) Item {
	var i Item
	i.Packages = packages
	i.GrossMass, _, _ = MakeMeasure(mass, unit, '.', refdata.Mass)
	i.Volume, _, _ = MakeMeasure(volume, "MTQ", '.', refdata.Volume)
	if volume == "" {
		i.Volume = Measure{}
	}
	return i
}

func TestComputeTotals(t *testing.T) {
	outer := func(n int64) Package { return Package{Count: CountOf(n), Level: PackageOuter} }
	inner := func(n int64) Package { return Package{Count: CountOf(n), Level: PackageInner} }
	plain := func(n int64) Package { return Package{Count: CountOf(n)} }
	for _, tt := range []struct {
		name     string
		items    []Item
		packages Count
		mass     string
		volume   string
		complete bool
	}{
		{"nothing", nil, Count{}, "", "", true},
		{"two units", []Item{item([]Package{plain(3)}, "1.5", "TNE", ""), item([]Package{plain(4)}, "100", "LBR", "0.5")},
			CountOf(7), "1545.359237", "0.5", true},
		{"inner packages do not count", []Item{item([]Package{outer(2), inner(500), outer(1)}, "0", "KGM", "")},
			CountOf(3), "0", "", true},
		{"inner packages alone do not count", []Item{item([]Package{inner(500)}, "1", "KGM", "")}, Count{}, "1", "", true},
		{"a count of zero is there", []Item{item([]Package{plain(0)}, "1", "KGM", "")}, CountOf(0), "1", "", true},
		{"an unknown unit is missed", []Item{item(nil, "5", "XYZ", ""), item(nil, "5", "KGM", "")}, Count{}, "5", "", false},
	} {
		c := Consignment{Items: tt.items, Equipment: make([]Equipment, 2)}
		if got := c.ComputeTotals(); got != tt.complete {
			t.Errorf("%s: complete %t", tt.name, got)
		}
		got := c.Totals.Computed
		if got.Packages != tt.packages || str(got.GrossMass) != tt.mass || str(got.Volume) != tt.volume {
			t.Errorf("%s: %+v", tt.name, got)
		}
		if got.Items != CountOf(int64(len(tt.items))) || got.Equipment != CountOf(2) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func str(o OptDecimal) string {
	if !o.OK {
		return ""
	}
	return o.D.String()
}

func TestFinders(t *testing.T) {
	c := sampleRecords(t)[0].(*Consignment)
	if d, ok := c.TransportDocument(); !ok || d.Number != "HB-2026-00017" {
		t.Errorf("%+v %t", d, ok)
	}
	if p := c.Party(RoleConsignee); p == nil || p.City != "ROTTERDAM" {
		t.Errorf("%+v", p)
	}
	if p := c.Place(PlaceLoading); p == nil || p.Locode != "CNSHA" {
		t.Errorf("%+v", p)
	}
	if e := c.FindEquipment("CSQU3054383"); e == nil || !e.Valid {
		t.Errorf("%+v", e)
	}
	if c.Party(RoleBuyer) != nil || c.Place(PlaceDelivery) != nil || c.FindEquipment("") != nil {
		t.Error("found what is not there")
	}
	c.Documents = c.Documents[1:]
	if d, ok := c.TransportDocument(); ok {
		t.Errorf("%+v is no transport document", d)
	}
}

func TestRange(t *testing.T) {
	a, b := Range{Offset: 10, Length: 5}, Range{Offset: 2, Length: 3}
	if got := a.Cover(b); got != (Range{Offset: 2, Length: 13}) || b.Cover(a) != got {
		t.Errorf("%+v", got)
	}
	if a.Cover(Range{}) != a || (Range{}).Cover(a) != a || !(Range{}).IsZero() || a.IsZero() || a.End() != 15 {
		t.Error("an unknown range must add nothing")
	}
}
