package scoring

import (
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// arrival is when the ship of the samples is expected: 2026-03-09T14:05:00Z.
const arrival = 1773065100

// plainEngine gives the engine with everything built in.
func plainEngine(t testing.TB) *Engine {
	t.Helper()
	e, err := NewEngine(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// mass makes a mass of so many kilograms.
func mass(value string) cargo.Measure {
	m, _ := cargo.Kilograms(value, '.')
	return m
}

func volume(value string) cargo.Measure {
	m, _, _ := cargo.MakeMeasure(value, "MTQ", '.', refdata.Volume)
	return m
}

// sample makes a consignment that nothing is wrong with: bed linen of invented parties in one container, by sea.
func sample() *Input {
	c := &cargo.Consignment{Level: cargo.LevelSimple, Mode: cargo.ModeMaritime, Flow: cargo.FlowImport, Status: cargo.StatusAccepted}
	c.AddDocument(cargo.DocumentBill, "ABCD118W0042", "ABCD")
	c.BillType = cargo.BillStraight
	call := &cargo.Call{Port: "NLRTM"}
	call.Conveyance.Name, call.Conveyance.Mode = "NORDIC HERON", cargo.ModeMaritime
	call.Conveyance.SetIMO("9074729")
	call.ETA, _ = cargo.TimeFromParts("202603091405", cargo.PrecisionMinute, cargo.Parts{Year: 2026, Month: 3, Day: 9, Hour: 14, Minute: 5}, cargo.OffsetZone(0))
	c.Call = call
	addParty(c, cargo.RoleConsignor, "MALABAR WEAVERS PVT LTD", "14 LOOM STREET", "KOCHI", "682001", "IN", "+91 484 5550142")
	addParty(c, cargo.RoleConsignee, "TULP HOME TEXTILES BV", "WIJNHAVEN 12", "ROTTERDAM", "3011 WP", "NL", "+31 10 5550100")
	addParty(c, cargo.RoleNotify, "DE GROOT CUSTOMS AGENCY BV", "HAVENKADE 3", "ROTTERDAM", "3011 XA", "NL", "+31 10 5550177")
	addPlace(c, cargo.PlaceLoading, "INCOK")
	addPlace(c, cargo.PlaceDischarge, "NLRTM")
	addPlace(c, cargo.PlaceDelivery, "NLRTM")
	i := c.AddItem()
	i.Description, i.HS, i.Origin = "COTTON BED LINEN, PRINTED\n850 CARTONS", "630221", "IN"
	p := i.AddPackage()
	p.Count, p.Type, p.Marks = cargo.CountOf(850), "CT", "TULP HOME 1-850"
	i.GrossMass, i.NetMass, i.Volume = mass("9350.5"), mass("8900"), volume("54.2")
	i.AddEquipment("CSQU3054383").Packages = cargo.CountOf(850)
	e := c.AddEquipment()
	e.Kind, e.SizeType, e.Fullness, e.Load, e.Declared = cargo.KindContainer, "45G1", cargo.FullnessFull, cargo.LoadFCL, true
	e.SetID("CSQU3054383")
	e.AddSeal("ML0091427", "CA", "1")
	e.Tare, e.VGM = mass("3900"), mass("13260")
	c.ComputeTotals()
	c.Totals.Declared =
		cargo.Total{Packages: c.Totals.Computed.Packages, GrossMass: c.Totals.Computed.GrossMass, Volume: c.Totals.Computed.Volume}
	return &Input{Consignment: c, Received: At(arrival - 40*3600), Amendments: Amendments{Known: true}}
}

func addParty(c *cargo.Consignment, role cargo.Role, name, street, city, postcode, country, phone string) {
	p := c.AddParty()
	p.Role, p.Name, p.City, p.Postcode, p.Country = role, name, city, postcode, country
	p.AddAddress(street)
	p.AddContact("phone", phone)
}

func addPlace(c *cargo.Consignment, role cargo.PlaceRole, code string) {
	p := c.AddPlace()
	p.Role, p.Locode, p.Country = role, code, code[:2]
}

// change makes a sample and changes it.
func change(edits ...func(*Input)) *Input {
	in := sample()
	for _, e := range edits {
		e(in)
	}
	return in
}

// total sets the sums anew after items were changed.
func total(in *Input) {
	c := in.Consignment
	c.ComputeTotals()
	c.Totals.Declared =
		cargo.Total{Packages: c.Totals.Computed.Packages, GrossMass: c.Totals.Computed.GrossMass, Volume: c.Totals.Computed.Volume}
	if len(c.Equipment) > 0 {
		c.Equipment[0].VGM = cargo.Measure{}
	}
}

func fired(s *Score, id string) bool {
	for _, r := range s.Reasons {
		if r.Rule.ID == id {
			return true
		}
	}
	return false
}

func TestSampleIsQuiet(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	in := sample()
	s := e.NewScorer().Score(in)
	if s.Points != 0 || !s.Assessable || s.Selected || s.Band != "low" {
		t.Errorf("the plain sample scores:\n%s", s.AppendJSON(nil, in.Consignment))
	}
}
