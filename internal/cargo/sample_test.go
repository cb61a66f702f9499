package cargo

import (
	"testing"

	"cargogate/internal/refdata"
)

// sampleCall is the call of the samples: an invented ship on an invented voyage between real ports.
func sampleCall(t testing.TB) *Call {
	call := &Call{
		Conveyance: Conveyance{
			Name: "NORDIC HERON", CallSign: "9VHR7", Flag: "SG", Carrier: "ABCD", Voyage: "118W", Mode: ModeMaritime,
			CarrierName: "ABC LINE", CarrierList: "172:20", ModeCode: "1", StageCode: "20", TypeOfMeans: "11",
			ID: "RX-1", IDScheme: "ZZZ",
		},
		Port:   "NLRTM",
		Source: Range{Offset: 210, Length: 96},
	}
	call.Conveyance.SetIMO("9074729")
	call.ETA = sampleTime(t, "202603091405", Parts{2026, 3, 9, 14, 5, 0}, Zone{Kind: ZonePlace, Text: "NLRTM", Minutes: 60, OffsetOK: true})
	call.ATA = sampleTime(t, "202603091512", Parts{2026, 3, 9, 15, 12, 0}, OffsetZone(0))
	call.ETD = sampleTime(t, "202603110600", Parts{2026, 3, 11, 6, 0, 0}, Zone{})
	call.ATD = Time{Value: "20269999"}
	p := call.AddPlace()
	p.Role, p.Locode, p.Country, p.RoleCode, p.Name = PlaceLastPort, "GBFXT", "GB", "125", "FELIXSTOWE"
	call.AddReference("VM", "2026-0417").Source = Range{Offset: 290, Length: 12}
	d := call.AddDate()
	d.Kind, d.Time = "7", call.ETA
	return call
}

func sampleTime(t testing.TB, value string, p Parts, zone Zone) Time {
	v, err := TimeFromParts(value, PrecisionMinute, p, zone)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func sampleMeasure(t testing.TB, value, unit string, dim refdata.Dimension, offset int64) Measure {
	m, fault, _ := MakeMeasure(value, unit, 0, dim)
	if fault != 0 {
		t.Fatalf("%s %s: fault %b", value, unit, fault)
	}
	m.Source = Range{Offset: offset, Length: int64(len(value))}
	return m
}

// fillSample fills a consignment as a mapper would, with something in every member.
func fillSample(t testing.TB, c *Consignment, call *Call) {
	c.Origin = Origin{File: "sample.edi", Interchange: 1, Message: 1}
	c.Level, c.Mode, c.Flow, c.Status = LevelHouse, ModeMaritime, FlowImport, StatusAccepted
	c.FlowReason = "discharged and delivered here"
	c.AddDocument(DocumentHouseBill, "HB-2026-00017", "WXYZ").Type = "BH"
	c.AddDocument(DocumentUCR, "6GB123456789000-1", "").Source = Range{Offset: 460, Length: 24}
	c.Parent = Document{Kind: DocumentMasterBill, Number: "ABCD118W0042", Issuer: "ABCD"}
	c.Call = call

	p := c.AddParty()
	p.Role, p.RoleCode, p.Name, p.City, p.Country = RoleConsignee, "CN", "MÜLLER & ZONEN B.V.", "ROTTERDAM", "NL"
	p.Region, p.Postcode, p.Source = "ZH", "3011 AB", Range{Offset: 520, Length: 88}
	p.AddAddress("WIJNHAVEN 12")
	p.AddIdentifier("EORI", "NL001234567")
	p.AddContact("phone", "+31 10 5550100").Name = "J. SMIT"
	p.Dates = append(p.Dates, Date{Kind: "137", Time: call.ETA})
	n := c.AddParty()
	n.Role, n.Name = RoleNotify, "SAME AS CONSIGNEE"

	l := c.AddPlace()
	l.Role, l.Locode, l.Country, l.RoleCode, l.Facility = PlaceLoading, "CNSHA", "CN", "9", "YANGSHAN 4"
	l.Source = Range{Offset: 700, Length: 22}
	when := l.AddTime()
	when.Kind, when.Time = "186", call.ETD
	o := c.AddPlace()
	o.Role, o.Code, o.List, o.Name = PlaceCustomsOffice, "000510", "113:ZZZ", "ROTTERDAM HAVEN"

	fillSampleItem(t, c.AddItem())

	e := c.AddEquipment()
	e.Kind, e.SizeType, e.Fullness, e.Load, e.Movement = KindContainer, "45G1", FullnessFull, LoadFCL, MovementImport
	e.SetID("CSQU3054383")
	e.Declared, e.Source = true, Range{Offset: 300, Length: 40}
	e.AddSeal("ML-0091", "CA", "1")
	e.AddSeal("CU77", "", "")
	e.Tare = sampleMeasure(t, "3.88", "TNE", refdata.Mass, 350)
	e.Gross = sampleMeasure(t, "27130.5", "KGM", refdata.Mass, 360)
	e.VGM = sampleMeasure(t, "27140", "KGM", refdata.Mass, 370)

	c.Totals.Declared = Total{
		Packages: CountOf(10), GrossMass: DecimalOf(NewDecimal(232505, 1)), Volume: DecimalOf(NewDecimal(613, 1)),
		Pieces: CountOf(400), Items: CountOf(1), Equipment: CountOf(1), Consignments: CountOf(0),
		MasterBills: CountOf(0), NetMass: DecimalOf(NewDecimal(22100, 0)),
	}
	c.ComputeTotals()
	c.SpecialHandling = append(c.SpecialHandling, "PER", "COL")
	ci := c.AddCustomsInformation()
	*ci = CustomsInformation{Country: "NL", Group: "CNE", Kind: "T", Value: "NL001234567", Source: Range{Offset: 900, Length: 20}}

	c.BillType, c.FlowDeclared, c.Sequence = BillToOrder, FlowImport, "17"
	leg := c.AddLeg()
	leg.Conveyance.Mode, leg.Conveyance.Voyage, leg.Source = ModeRoad, "T-9", Range{Offset: 940, Length: 30}
	leg.AddPlace().Locode = "NLTLB"
	leg.AddReference("AAM", "CMR 5518")
	leg.AddDate().Kind = "178"
	c.AddReference("ABO", "A-77")
	c.AddDate().Time = call.ATA
	*c.AddText() = Text{Subject: "AAI", Text: "KEEP DRY\nTHIS SIDE UP", Code: "KD", Source: Range{Offset: 980, Length: 26}}
	m, _ := MakeMoney("64", "1.250,00", "EUR", ',')
	c.AddAmount(m)
	*c.AddQuantity() = Quantity{Kind: "49", Value: "10", Unit: "PCE", Text: "AS MANIFESTED"}
	c.AddIndicator("7365", "23").Value = "IMPORT"
	c.AddCharge("4237", "P")
	c.AddControl("7", "23250.5", "KGM").Source = Range{Offset: 1100, Length: 18}
	c.Source = Range{Offset: 430, Length: 720}
}

func fillSampleItem(t testing.TB, i *Item) {
	i.Sequence, i.Description, i.HS, i.Origin = CountOf(1), "PAINT, WATER BASED\n400 TINS", "320910", "CN"
	i.Source = Range{Offset: 740, Length: 250}
	*i.AddPackage() = Package{Count: CountOf(10), Type: "PX", Marks: "M&Z\n1-10", Level: PackageOuter, TypeName: "PALLETS"}
	*i.AddPackage() = Package{Count: CountOf(400), Type: "TINS", Level: PackageInner, ReadAs: "TN", Source: Range{Offset: 760, Length: 9}}
	i.GrossMass = sampleMeasure(t, "23,250500", "TON", refdata.Mass, 770)
	i.NetMass = sampleMeasure(t, "22100", "KGM", refdata.Mass, 780)
	i.Volume = sampleMeasure(t, "2164.789", "FTQ", refdata.Volume, 790)
	g := i.AddDangerousGoods()
	*g = DangerousGoods{UN: "1263", Class: "3", PackingGroup: "3", Regulation: "IMD", Name: "PAINT", Details: "F-E:S-E",
		Source: Range{Offset: 800, Length: 30}}
	g.FlashPoint = sampleMeasure(t, "23", "CEL", refdata.Temperature, 806)
	i.Value, _ = MakeMoney("", "48500.00", "USD", '.')
	e := i.AddEquipment("CSQU3054383")
	e.Packages, e.Source = CountOf(10), Range{Offset: 840, Length: 20}
	e.GrossMass = sampleMeasure(t, "23250.5", "KGM", refdata.Mass, 850)
	i.Commodities = append(i.Commodities, Identifier{Scheme: "TSP", Value: "3209100000"})
	i.Handling = append(i.Handling, Indicator{List: "4079", Code: "EBB"})
	*i.AddText() = Text{Subject: "AAD", Text: "PAINT RELATED MATERIAL"}
	*i.AddDocument() = Document{Kind: DocumentPrevious, Number: "25NL0005100X1", Type: "AAE"}
	i.References = append(i.References, Reference{Qualifier: "ABT", Number: "55-1"})
	i.Amounts = append(i.Amounts, Money{Kind: "40", Amount: "n/a", Currency: "USD"})
	i.Quantities = append(i.Quantities, Quantity{Kind: "12", Value: "400"})
	i.Indicators = append(i.Indicators, Indicator{Code: "9"})
	i.Measures = append(i.Measures, NamedMeasure{Kind: "AAE:HT", Measure: sampleMeasure(t, "120", "CM", refdata.Length, 870)})
	i.AddPlace().Locode = "CNNGB"
	i.AddParty().Role = RoleSeller
}

// sampleRecords makes one record of each kind, in the order of newRecords.
func sampleRecords(t testing.TB) []Record {
	call := sampleCall(t)
	c := new(Consignment)
	fillSample(t, c, call)

	f := &Filing{
		Origin: c.Origin, Format: "edifact", Type: "CUSCAR", Version: "D.95B", Function: FunctionOriginal, FunctionCode: "9",
		TypeCode: "785", TypeText: "CARGO MANIFEST", Reference: "MAN-118W", DocumentVersion: "2", ControlReference: "0000417",
		MessageReference: "1", Sender: "ABCD", Recipient: "CUSTOMS", Mode: TrafficTest, Status: StatusUnaccepted,
		Source: Range{Offset: 60, Length: 4000},
	}
	f.Transmitter = Party{Role: RoleAgent, Name: "ABC AGENCIES"}
	f.Filer = Party{Role: RoleDeclarant, Name: "ABC LINE"}
	f.Carrier = Party{Role: RoleCarrier, Identifiers: []Identifier{{Scheme: "SCAC", Value: "ABCD"}}}
	f.Responsible = Party{Role: OtherRole("VW"), Country: "SG"}
	f.AddParty().Role = RoleAgent
	f.AddReference("ACW", "MAN-117W")
	f.AddDocument(DocumentManifest, "MAN-118W", "")
	f.AddDate().Kind = "137"
	f.AddPlace().Locode = "NLRTM"
	f.AddText().Text = "FIRST FILING"
	f.AddQuantity().Value = "1"
	f.AddIndicator("7365", "23")
	f.Totals.Declared.MasterBills = CountOf(1)
	f.AddControl("10", "1", "")
	f.AddAuthentication("1", "9F2C")

	record := call.Clone()
	record.Origin = c.Origin

	e := &TransportEquipment{Origin: Origin{File: "sample.edi", Interchange: 1, Message: 2}, Lone: true}
	e.CopyFrom(&c.Equipment[0])
	e.SetID("CSQU3054380")
	e.Temperature = sampleMeasure(t, "-18.0", "CEL", refdata.Temperature, 400)
	e.MinTemp = sampleMeasure(t, "-20", "CEL", refdata.Temperature, 410)
	e.MaxTemp = sampleMeasure(t, "1", "FAH", refdata.Temperature, 420)
	e.AddParty().Role = OtherRole("CF")
	e.AddPlace().Locode = "NLRTM"
	e.AddMeasure("AAE:LN", sampleMeasure(t, "12.19", "MTR", refdata.Length, 380))
	e.AddReference("BN", "BOOK-5")
	e.AddIndicator("7365", "4")
	e.AddText().Text = "DOOR DENTED"

	v := &EquipmentEvent{Origin: c.Origin, ID: "CSQU3054383", Valid: true, Event: EventDischarged, Kind: KindContainer,
		SizeType: "45G1", Fullness: FullnessEmpty, Call: call, Time: call.ATA, Source: Range{Offset: 500, Length: 33}}
	v.Place.Role, v.Place.Locode = PlaceDischarge, "NLRTM"
	v.AddDocument(DocumentBooking, "BOOK-5", "")
	v.AddReference("AAO", "77")

	u := &Unmapped{Origin: c.Origin, Tag: "AUT", Segment: 412, Pointer: "UNH/SG13[1]/AUT[1]", Reason: "no_field",
		Elements: []string{"A+B"}, Source: Range{Offset: 3900, Length: 12}}
	return []Record{c, f, record, e, v, u}
}
