package scoring

import (
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
)

// state scores a consignment and gives a feature with its first observation.
func state(t *testing.T, f FeatureNumber, edits ...edit) (State, Observation, int) {
	t.Helper()
	v := plainEngine(t).NewScorer().Score(change(edits...)).Vector()
	var first Observation
	if o := v.Observations(f); len(o) > 0 {
		first = o[0]
	}
	return v.State(f), first, v.Total(f)
}

// TestFeatures has what the indicators' cases leave out: borders, and the three states.
func TestFeatures(t *testing.T) {
	t.Parallel()
	consignee := func(f func(*cargo.Party)) edit { return party(cargo.RoleConsignee, f) }
	for name, tt := range map[string]struct {
		feature FeatureNumber
		edit    edit
		state   State
		total   int
		number  int64
		text    string
	}{
		"flow unknown":            {fFlow, func(in *Input) { in.Consignment.Flow = cargo.FlowUnknown }, NotDerivable, 0, 0, ""},
		"flow not said":           {fFlow, func(in *Input) { in.Consignment.Flow = "" }, Absent, 1, 0, ""},
		"mode from the call":      {fMode, func(in *Input) { in.Consignment.Mode = cargo.ModeUnknown }, Known, 1, modeMaritime, ""},
		"empties by words":        {fEmpties, describe("EMPTY CONTAINERS RETURNED", ""), Known, 1, 1, ""},
		"empty bottles are goods": {fEmpties, describe("EMPTY BOTTLES OF GLASS", "701090"), Known, 1, 0, ""},
		"empties by equipment": {fEmpties, both(func(in *Input) { in.Consignment.Items = nil },
			unit(func(e *cargo.Equipment) { e.Fullness = cargo.FullnessEmpty })), Known, 1, 1, ""},
		"nothing at all": {fEmpties, func(in *Input) { in.Consignment.Items, in.Consignment.Equipment = nil, nil }, Known, 1, 0, ""},
		"houses of a house": {fHouses, func(in *Input) { in.Consignment.Level, in.Houses = cargo.LevelHouse, Houses{Known: true} },
			NotDerivable, 0, 0, ""},
		"forwarders' master":       {fDescribes, both(forwarders, func(in *Input) { in.Consignment.Level = cargo.LevelMaster }), Known, 1, 0, ""},
		"traders' master":          {fDescribes, func(in *Input) { in.Consignment.Level = cargo.LevelMaster }, Known, 1, 1, ""},
		"only punctuation":         {fNumeric, describe("-- .. --", ""), Known, 1, 0, "-- .. --"},
		"another script":           {fNumeric, describe("木制家具", ""), Known, 0, 0, ""},
		"article number":           {fPackagingOnly, describe("X200-77 10 PCS", ""), Known, 1, 0, "X200-77 10 PCS"},
		"goods word is no vague":   {fVague, describe("AUTO PARTS", "870899"), Known, 0, 0, ""},
		"word three times":         {fRepeated, describe("LINEN LINEN LINEN", "630221"), Known, 1, 3, "LINEN LINEN LINEN"},
		"word twice":               {fRepeated, describe("LINEN LINEN", "630221"), Known, 0, 0, ""},
		"CAS without hyphens":      {fCAS, describe("108 24 7", ""), Known, 0, 0, ""},
		"toy is no weapon":         {fWeaponWords, describe("PLASTIC TOY GUNS", "950300"), Known, 0, 0, ""},
		"HS fits one of the words": {fHSContradicts, describe("PLASTIC CHAIRS AND STEEL PIPES", "730630"), Known, 0, 0, ""},
		"HS without words to fit":  {fHSContradicts, describe("QUIXOTIC OBJECTS", "730630"), NotDerivable, 0, 0, ""},
		"national HS chapter":      {fHSFaulty, describe("COTTON", "980400"), Known, 0, 0, ""},
		"HS with points":           {fHSFaulty, describe("COTTON", "5201.00.10"), Known, 0, 0, ""},
		"HS in the text":           {fHS, describe("STEEL PIPES\nHS CODE: 7306.30.", ""), Known, 1, 0, "7306.30"},
		"NCM in the text":          {fHS, describe("CAFE NCM 0901.11", ""), Known, 1, 0, "0901.11"},
		"no HS in the text":        {fHS, describe("HSS DRILLS HS 12 OHS 730630", ""), Absent, 1, 0, ""},
		"text against its own HS":  {fHSContradicts, describe("LEATHER SHOES HS CODE 8544.42", ""), Known, 1, otherSection, "leather shoes"},
		"clauses are no content": {fVague, describe("ELECTRONIC PARTS\nFREIGHT PREPAID\nPO 9518958", "854390"),
			Known, 1, 1000, "electronic parts"},
		"clauses are not vague": {fVagueShare, describe("SHIPPER'S LOAD, STOW AND COUNT\nCOTTON", "520100"), Known, 0, 0, ""},
		"UN number in the text": {fUNInText, describe("BBQ CHARCOAL UN NO. 1361", ""), Known, 1, 0, "charcoal"},
		"another UN number":     {fUNInText, describe("BBQ CHARCOAL UN1263", ""), Known, 0, 0, ""},
		"bulk by words": {fPackageHeavy, both(describe("RED WINE IN FLEXITANK", "220429"),
			item(func(i *cargo.Item) { i.Packages[0].Count = cargo.CountOf(1) })), NotDerivable, 0, 0, ""},
		"size by three characters": {fTEU, sized("45R1"), Known, 1, 2000, ""},
		"hub of the same country":  {fHubBetween, both(from("AEAUH"), placeAt(cargo.PlaceTranshipment, "AEJEA")), Known, 0, 0, ""},
		"mover is no company": {fCompanyConsignor, party(cargo.RoleConsignor, func(p *cargo.Party) { p.Name = "AUROVAL MOVERS LTD" }),
			Known, 0, 0, ""},
		"HS in no chapter":       {fHSFaulty, describe("COTTON", "770000"), Known, 1, 0, "770000"},
		"heading matches longer": {fHSContradicts, describe("BANANA", "080390"), Known, 0, 0, ""},
		"unlisted UN number":     {fClassDiffers, dangerous("1347", "1", "I"), NotDerivable, 0, 0, ""},
		"broader class":          {fClassDiffers, dangerous("1950", "2.1", ""), Known, 0, 0, ""},
		"no groups to miss":      {fGroupMissing, dangerous("3480", "9", ""), Known, 0, 0, ""},
		"notify by number only": {fNotify, party(cargo.RoleNotify, func(p *cargo.Party) { p.Name = ""; p.AddIdentifier("EORI", "NL001") }),
			Known, 1, 0, ""},
		"air bill to order": {fToOrder, both(airMode, consignee(func(p *cargo.Party) { p.Name = "TO ORDER" })), NotDerivable, 0, 0, ""},
		"negotiable bill":   {fToOrder, func(in *Input) { in.Consignment.BillType = cargo.BillToOrder }, Known, 1, 0, "to_order"},
		"Spanish order": {fToOrder, consignee(func(p *cargo.Party) { p.Name = "A LA ORDEN DE BANCO DEL SUR" }),
			Known, 1, 0, "A LA ORDEN DE BANCO DEL SUR"},
		"purchase order is none": {fToOrder, consignee(func(p *cargo.Party) { p.Name = "PURCHASE ORDER SERVICES BV" }), Known, 0, 0, ""},
		"short names alike": {fSameParties, both(consignee(func(p *cargo.Party) { p.Name = "ABC LTD" }), party(cargo.RoleConsignor,
			func(p *cargo.Party) { p.Name = "ABC GMBH" })), Known, 0, 0, ""},
		"same with a word more": {fSameParties, consignee(func(p *cargo.Party) { p.Name = "MALABAR WEAVERS EUROPE BV" }), Known, 0, 0, ""},
		"same as consignee": {fPartyPlaceholder, party(cargo.RoleNotify, func(p *cargo.Party) { p.Name = "SAME AS CONSIGNEE" }),
			Known, 0, 0, ""},
		"to order is no name": {fPartyPlaceholder, consignee(func(p *cargo.Party) { p.Name = "TO ORDER" }), Known, 0, 0, ""},
		"name of digits":      {fPartyPlaceholder, consignee(func(p *cargo.Party) { p.Name = "0042" }), Known, 1, 0, "0042"},
		"lines hold the city": {fAddressIncomplete, consignee(func(p *cargo.Party) {
			p.Address, p.City, p.Postcode, p.Country = []string{"WIJNHAVEN 12", "ROTTERDAM"}, "", "", ""
		}), Known, 0, 0, ""},
		"box and street": {fPOBox, consignee(func(p *cargo.Party) { p.Address = []string{"PO BOX 8", "12 LONG HARBOUR STREET WEST"} }),
			Known, 0, 0, ""},
		"phone in two ways": {fSharedContact, both(party(cargo.RoleConsignor,
			func(p *cargo.Party) { p.Contacts[0].Value = "010-5550100" }), consignee(func(p *cargo.Party) { p.Contacts[0].Value = "+31 10 5550100" })),
			Known, 1, 0, "+31 10 5550100"},
		"same phone": {fSharedContact, party(cargo.RoleConsignor, func(p *cargo.Party) { p.Contacts[0].Value = "0031 (10) 555-0100" }),
			Known, 1, 0, "+31 10 5550100"},
		"no phone to compare": {fSharedContact, party(cargo.RoleConsignor, func(p *cargo.Party) { p.Contacts = nil }), NotDerivable, 0, 0, ""},
		"own and free mail": {fFreeMail, consignee(func(p *cargo.Party) {
			p.AddContact("email", "x@gmail.com")
			p.AddContact("email", "x@tulp.example")
		}), Known, 0, 0, ""},
		"person's free mail": {fFreeMail, consignee(func(p *cargo.Party) { p.Name = "WILLEM VAN DIJK"; p.AddContact("email", "x@gmail.com") }),
			Known, 0, 0, ""},
		"national number": {fPhoneCountry, func(in *Input) {
			for i := range in.Consignment.Parties {
				in.Consignment.Parties[i].Contacts[0].Value = "010 5550100"
			}
		}, NotDerivable, 0, 0, ""},
		"shared calling code": {fPhoneCountry, consignee(func(p *cargo.Party) { p.Country, p.Contacts[0].Value = "KZ", "+7 727 555 01 01" }),
			Known, 0, 0, ""},
		"country not known": {fConsigneeAbroad, consignee(func(p *cargo.Party) { p.Country = "XX" }), NotDerivable, 0, 0, ""},
		"notify with consignee": {fNotifyAbroad, both(consignee(func(p *cargo.Party) { p.Country = "BE" }), party(cargo.RoleNotify,
			func(p *cargo.Party) { p.Country = "BE" })), Known, 0, 0, ""},
		"company is no person":    {fPersonConsignee, consignee(func(p *cargo.Party) { p.Name = "NORDIC FRUIT" }), Known, 0, 0, ""},
		"trailer is no container": {fContainers, unit(func(e *cargo.Equipment) { e.Kind, e.ID = cargo.KindTrailer, "AB-12" }), Known, 1, 0, ""},
		"container by its form":   {fContainers, unit(func(e *cargo.Equipment) { e.Kind = "" }), Known, 1, 1, ""},
		"no equipment":            {fContainers, func(in *Input) { in.Consignment.Equipment = nil }, Absent, 1, 0, ""},
		"number with blanks":      {fCheckDigit, unit(func(e *cargo.Equipment) { e.ID = "csqu 305438-3" }), Known, 0, 0, ""},
		"goods mention it only": {fSealMissing,
			unit(func(e *cargo.Equipment) { *e = cargo.Equipment{Kind: cargo.KindContainer, ID: "CSQU3054383"} }), NotDerivable, 0, 0, ""},
		"open tops have tarpaulins": {fSealMissing, unit(func(e *cargo.Equipment) { e.SizeType, e.Seals = "45U1", nil }), Known, 0, 0, ""},
		"seals of one container":    {fSealRepeated, unit(func(e *cargo.Equipment) { e.Seals = []string{"ML1", "ML1"} }), Known, 0, 0, ""},
		"seal on two": {fSealRepeated, func(in *Input) {
			in.Consignment.Equipment = append(in.Consignment.Equipment, in.Consignment.Equipment[0])
			in.Consignment.Equipment[1].ID = "MSKU9070323"
		}, Known, 1, 0, "ML0091427"},
		"shared container": {fShared, func(in *Input) {
			in.Peers = NewPeers()
			in.Peers.AddConsignment(in.Consignment)
			in.Peers.AddConsignment(in.Consignment)
		}, Known, 1, 0, "CSQU3054383"},
		"old size code":           {fReefers, sized("4532"), Known, 1, 0, "4532"},
		"room of an unknown size": {fPayload, sized("Z"), NotDerivable, 0, 0, ""},
		"room of an open top":     {fCapacity, sized("45U1"), NotDerivable, 0, 0, ""},
		"empty, mass is its tare": {fEmptyLaden, both(emptyUnit, summed(item(func(i *cargo.Item) { i.GrossMass = mass("3900") }))),
			Known, 0, 0, ""},
		"empty, with goods": {fEmptyLaden, unit(func(e *cargo.Equipment) { e.Fullness = cargo.FullnessEmpty }),
			Known, 1, 9360000, "CSQU3054383"},
		"verified mass, shared": {fVGM, unit(func(e *cargo.Equipment) { e.Load = cargo.LoadLCL }), NotDerivable, 0, 0, ""},
		"mass declared in total": {fMass, func(in *Input) { in.Consignment.Totals.Computed.GrossMass = cargo.OptDecimal{} },
			Known, 1, 9350500, ""},
		"one item without mass": {fMass, both(secondItem(func(i *cargo.Item) {}),
			func(in *Input) { in.Consignment.Totals.Declared.GrossMass = mass("9999").Normalised }),
			Known, 1, 9999000, ""},
		"sum without one item": {fMassDiffers, both(secondItem(func(i *cargo.Item) {}),
			func(in *Input) { in.Consignment.Totals.Declared.GrossMass = mass("9999").Normalised }),
			NotDerivable, 0, 0, ""},
		"bulk has no packages": {fPackageHeavy, item(func(i *cargo.Item) { i.Packages[0].Type = "VO" }), NotDerivable, 0, 0, ""},
		"no places":            {fEnd, func(in *Input) { in.Consignment.Places = nil }, Absent, 1, 0, ""},
		"place of no country":  {fLoading, placeAt(cargo.PlaceLoading, "QQXYZ"), NotDerivable, 0, 0, ""},
		"landed in a hub":      {fHub, to("SGSIN"), Known, 0, 0, ""},
		"on deadline":          {fLate, func(in *Input) { in.Received = At(arrival - 24*3600) }, Known, 1, 0, ""},
		"a second late":        {fLate, func(in *Input) { in.Received = At(arrival - 24*3600 + 1) }, Known, 1, 0, ""},
		"a minute early":       {fLate, func(in *Input) { in.Received = At(arrival - 24*3600 - 1) }, Known, 1, -1, ""},
		"arrival frozen":       {fLate, func(in *Input) { in.Arrival = At(arrival + 10*3600) }, Known, 1, -26 * 60, ""},
		"not received":         {fLate, func(in *Input) { in.Received = Instant{} }, NotDerivable, 0, 0, ""},
		"no arrival declared":  {fLate, func(in *Input) { in.Consignment.Call = &cargo.Call{} }, Absent, 1, 0, ""},
		"arrival in no zone":   {fLate, func(in *Input) { in.Consignment.Call.ETA.Zone = cargo.Zone{} }, Known, 1, -1680, ""},
		"arrival of a day": {fLate, func(in *Input) {
			in.Consignment.Call.ETA.Zone, in.Consignment.Call.ETA.Precision = cargo.Zone{}, cargo.PrecisionDate
		}, NotDerivable, 0, 0, ""},
		"export to departure": {fLate, func(in *Input) { in.Consignment.Flow, in.Departure = cargo.FlowExport, At(arrival-50*3600) },
			Known, 1, 34 * 60, ""},
		"no deadline for rail": {fLate, func(in *Input) { in.Consignment.Mode, in.Consignment.Flow = cargo.ModeRail, cargo.FlowExport },
			NotDerivable, 0, 0, ""},
		"original of a filing": {fAmendments, func(in *Input) {
			in.Amendments, in.Filing = Amendments{}, &cargo.Filing{Function: cargo.FunctionOriginal}
		}, Known, 1, 0, ""},
		"amendment unknown": {fAmendments, func(in *Input) { in.Amendments = Amendments{} }, NotDerivable, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, o, total := state(t, tt.feature, tt.edit)
			if got != tt.state || total != tt.total || o.Number != tt.number || tt.text != "" && o.Text != tt.text {
				t.Errorf("%s is %s, %d times, %d %q; want %s, %d times, %d %q", features[tt.feature].ID, got, total, o.Number, o.Text,
					tt.state, tt.total, tt.number, tt.text)
			}
		})
	}
}

// TestManyItems bounds what a vector keeps, whatever the size of the consignment.
func TestManyItems(t *testing.T) {
	t.Parallel()
	in := change(func(in *Input) {
		for range 5000 {
			*in.Consignment.AddItem() = in.Consignment.Items[0]
			in.Consignment.Items[len(in.Consignment.Items)-1].Description = "GENERAL CARGO"
		}
	})
	s := plainEngine(t).NewScorer().Score(in)
	if n := len(s.Vector().AppendBinary(nil)); n > 4000 {
		t.Errorf("the vector has %d bytes", n)
	}
	if s.Vector().Total(fVague) != 5000 || !fired(s, "description-vague-item@1") {
		t.Errorf("%d vague", s.Vector().Total(fVague))
	}
}

// TestLargeNumbers does arithmetic at the ends of what a decimal holds.
func TestLargeNumbers(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"999999999999999999", "0.000000000000000001", "0", "-5", "123456789012345.678"} {
		in := change(summed(item(func(i *cargo.Item) { i.GrossMass, i.Volume = mass(value), volume(value) })))
		s := plainEngine(t).NewScorer().Score(in)
		sum := 0
		for _, r := range s.Reasons {
			sum += r.Rule.Points
		}
		if sum != s.Points {
			t.Errorf("%s: %d and %d", value, sum, s.Points)
		}
	}
	if q := ratio(1<<62, 3, 1000); q != 1<<63-1 {
		t.Errorf("%d", q)
	}
	if q := ratio(7, 2, 1000); q != 3500 {
		t.Errorf("%d", q)
	}
}

func TestAppendChanges(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		edit edit
		want Changed
	}{
		"consignor":   {party(cargo.RoleConsignor, func(p *cargo.Party) { p.Name = "OTHER" }), ChangedConsignor},
		"consignee":   {without(cargo.RoleConsignee), ChangedConsignee},
		"notify":      {party(cargo.RoleNotify, func(p *cargo.Party) { p.AddIdentifier("EORI", "1") }), ChangedNotify},
		"description": {item(func(i *cargo.Item) { i.Description = "TOWELS" }), ChangedDescription},
		"hs":          {item(func(i *cargo.Item) { i.HS = "630260" }), ChangedHS},
		"mass":        {summed(item(func(i *cargo.Item) { i.GrossMass = mass("9000") })), ChangedMass},
		"packages":    {summed(item(func(i *cargo.Item) { i.Packages[0].Count.N++ })), ChangedPackages},
		"discharge":   {placeAt(cargo.PlaceDischarge, "BEANR"), ChangedDischarge},
		"delivery":    {placeAt(cargo.PlaceDelivery, "BEANR"), ChangedDelivery},
		"seals":       {unit(func(e *cargo.Equipment) { e.Seals[0] = "X1" }), ChangedSeals},
		"equipment":   {unit(func(e *cargo.Equipment) { e.ID = "MSKU9070323" }), ChangedEquipment},
		"dangerous":   {item(func(i *cargo.Item) { i.AddDangerousGoods().UN = "1263" }), ChangedDangerousGoods},
	} {
		got := AppendChanges(nil, sample().Consignment, change(tt.edit).Consignment)
		if len(got) != 1 || got[0] != tt.want || got[0].String() == "" {
			t.Errorf("%s: %v", name, got)
		}
	}
	quiet := change(item(func(i *cargo.Item) { i.Description = "cotton bed linen,  printed 850 cartons " }))
	if got := AppendChanges(nil, sample().Consignment, quiet.Consignment); len(got) != 0 {
		t.Errorf("another way to write it is %v", got)
	}
}

// TestLinear scores long hostile descriptions: the time must not grow as the square of the length. The texts are those
// that a search that goes back would stumble over. A quadratic search would need minutes for them, so that the limit can
// be far above what a busy machine needs.
func TestLinear(t *testing.T) {
	t.Parallel()
	s := plainEngine(t).NewScorer()
	for _, piece := range []string{"S.T.C. ", "HS CODE ", "H", "108-24-", "machine gun ", "\u0301", "AAAA ", "UN 13", "\xff"} {
		in := change(describe(strings.Repeat(piece, (1<<19)/len(piece)), "630221"))
		best := time.Hour
		for range 3 {
			start := time.Now()
			s.Score(in)
			best = min(best, time.Since(start))
		}
		if best > 5*time.Second {
			t.Errorf("%q: %v for half a megabyte", piece, best)
		}
	}
}
