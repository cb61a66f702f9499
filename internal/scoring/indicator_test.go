package scoring

import (
	"slices"
	"strings"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

type edit = func(*Input)

// A neutralCase is a consignment that fires an indicator, and the change that makes its fields good. also names the other
// indicators that read the same fields and go with it.
type neutralCase struct {
	fire    edit
	neutral edit
	also    []string
}

func item(f func(*cargo.Item)) edit { return func(in *Input) { f(&in.Consignment.Items[0]) } }

func describe(text, hs string) edit {
	return item(func(i *cargo.Item) { i.Description, i.HS = text, hs })
}

func unit(f func(*cargo.Equipment)) edit { return func(in *Input) { f(&in.Consignment.Equipment[0]) } }

func party(role cargo.Role, f func(*cargo.Party)) edit {
	return func(in *Input) { f(in.Consignment.Party(role)) }
}

// named gives a party another name.
func named(role cargo.Role, name string) edit {
	return party(role, func(p *cargo.Party) { p.Name = name })
}

func placeAt(role cargo.PlaceRole, code string) edit {
	return func(in *Input) {
		p := in.Consignment.Place(role)
		if p == nil {
			addPlace(in.Consignment, role, code)
			return
		}
		p.Locode, p.Country = code, code[:2]
	}
}

// from sets where the goods come from, with the consignor.
func from(code string) edit {
	return both(placeAt(cargo.PlaceLoading, code), both(item(func(i *cargo.Item) { i.Origin = code[:2] }),
		party(cargo.RoleConsignor, func(p *cargo.Party) { p.Country, p.Contacts = code[:2], p.Contacts[:0] })))
}

// to sets where the goods end, with the parties there.
func to(code string) edit {
	return func(in *Input) {
		placeAt(cargo.PlaceDischarge, code)(in)
		placeAt(cargo.PlaceDelivery, code)(in)
		for _, role := range []cargo.Role{cargo.RoleConsignee, cargo.RoleNotify} {
			p := in.Consignment.Party(role)
			p.Country, p.Contacts = code[:2], p.Contacts[:0]
		}
	}
}

func both(a, b edit) edit {
	return func(in *Input) {
		a(in)
		b(in)
	}
}

func all(edits ...edit) edit {
	return func(in *Input) {
		for _, e := range edits {
			e(in)
		}
	}
}

func without(role cargo.Role) edit {
	return func(in *Input) {
		in.Consignment.Parties = slices.DeleteFunc(in.Consignment.Parties, func(p cargo.Party) bool { return p.Role == role })
	}
}

func noPlaces(roles ...cargo.PlaceRole) edit {
	return func(in *Input) {
		in.Consignment.Places = slices.DeleteFunc(in.Consignment.Places, func(p cargo.Place) bool { return slices.Contains(roles, p.Role) })
	}
}

func summed(e edit) edit { return both(e, total) }

func secondItem(f func(*cargo.Item)) edit {
	return func(in *Input) {
		i := in.Consignment.AddItem()
		i.Description, i.HS = "WOOLLEN BLANKETS", "630120"
		f(i)
	}
}

func changes(c ...Change) edit {
	return func(in *Input) { in.Amendments = Amendments{Known: true, Count: 1, Changes: c} }
}

func late(what Changed) edit { return changes(Change{What: what, AfterDeparture: true}) }

func dangerous(un, class, group string) edit {
	return both(describe("PAINT", "320890"), item(func(i *cargo.Item) {
		d := i.AddDangerousGoods()
		d.UN, d.Class, d.PackingGroup = un, class, group
	}))
}

func declared(un, class, group string) edit {
	return item(func(i *cargo.Item) {
		i.DangerousGoods[0] = cargo.DangerousGoods{UN: un, Class: class, PackingGroup: group}
	})
}

func sized(code string) edit { return unit(func(e *cargo.Equipment) { e.SizeType = code }) }

func master(houses int) edit {
	return func(in *Input) {
		in.Consignment.Level = cargo.LevelMaster
		in.Houses = Houses{Known: true, Count: houses}
	}
}

func forwarders(in *Input) {
	in.Consignment.Party(cargo.RoleConsignor).Name = "COROMANDEL FREIGHT FORWARDERS"
	in.Consignment.Party(cargo.RoleConsignee).Name = "POLDER LOGISTICS BV"
}

func airMode(in *Input) {
	c := in.Consignment
	c.Mode, c.Call.Conveyance.Mode = cargo.ModeAir, cargo.ModeAir
	c.Equipment, c.Items[0].Equipment = nil, nil
	c.Documents[0] = cargo.Document{Kind: cargo.DocumentAWB, Number: "020-12345675"}
	c.Totals.Computed.Equipment = cargo.Count{}
}

func noMass(in *Input) {
	in.Consignment.Items[0].GrossMass, in.Consignment.Items[0].NetMass = cargo.Measure{}, cargo.Measure{}
	total(in)
}

// emptyUnit makes the sample a bill of an empty container.
func emptyUnit(in *Input) {
	c := in.Consignment
	c.Items[0] = cargo.Item{Description: "EMPTY CONTAINER"}
	e := &c.Equipment[0]
	e.Fullness, e.Load, e.Seals, e.SealDetails, e.VGM = cargo.FullnessEmpty, "", nil, nil, cargo.Measure{}
	total(in)
}

var plain = describe("COTTON BED LINEN, PRINTED", "630221")

// neutralCases has one for each indicator in force, and a test that it has.
var neutralCases = map[string]neutralCase{
	"description-missing@1": {fire: describe("", "630221"),
		neutral: plain},
	"description-gap@1": {fire: secondItem(func(i *cargo.Item) { i.Description = "" }),
		neutral: func(in *Input) { in.Consignment.Items[1].Description = "WOOLLEN BLANKETS" }},
	"description-vague@1": {fire: describe("SAID TO CONTAIN GENERAL CARGO", "630221"),
		neutral: plain},
	"description-vague-item@1": {fire: secondItem(func(i *cargo.Item) { i.Description = "SPARE PARTS" }),
		neutral: func(in *Input) { in.Consignment.Items[1].Description = "WOOLLEN BLANKETS" }},
	"description-mostly-vague@1": {fire: describe("GENERAL GOODS AND VARIOUS COTTON ITEMS", "630221"),
		neutral: plain},
	"description-packaging@1": {fire: describe("850 CARTONS ON 20 PALLETS", "630221"),
		neutral: plain},
	"description-numeric@1": {fire: describe("4711 / 2026", "630221"),
		neutral: plain},
	"description-repeated@1": {fire: describe("COTTON LINENNNNN", "630221"),
		neutral: plain},
	"description-placeholder@1": {fire: describe("AS PER ATTACHED LIST", "630221"),
		neutral: plain},
	"personal-effects-company@1": {fire: describe("USED HOUSEHOLD GOODS", "630221"),
		neutral: named(cargo.RoleConsignor, "ANJALI NAIR")},
	"personal-effects-heavy@1": {
		fire:    both(describe("USED HOUSEHOLD GOODS", "630221"), named(cargo.RoleConsignor, "ANJALI NAIR")),
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass, i.NetMass = mass("4900"), mass("4800") })),
	},
	"precursor-words@1": {fire: describe("PIPERONAL", "293293"),
		neutral: plain, also: []string{"precursor-stranger@1", "trade-differs@1"}},
	"precursor-mislabelled@1": {fire: both(describe("PIPERONAL", "853650"), named(cargo.RoleConsignee, "TULP CHEMICALS BV")),
		neutral: item(func(i *cargo.Item) { i.HS = "293293" }), also: []string{"trade-differs@1", "precursor-stranger@1"}},
	"precursor-destination@1": {fire: both(describe("PIPERONAL", "293293"), to("MXZLO")),
		neutral: to("NLRTM")},
	"cas-number@1": {fire: describe("SOLVENT CAS 108-24-7 FOR SYNTHESIS", "291524"),
		neutral: plain, also: []string{"trade-differs@1", "precursor-stranger@1"}},
	"dual-use-words@1": {fire: describe("VACUUM PUMP", "841410"),
		neutral: plain},
	"dual-use-diversion@1": {
		fire:    all(describe("VACUUM PUMP", "841410"), to("AEAUH")),
		neutral: plain, also: []string{"dual-use-words@1"},
	},
	"weapon-words@1": {fire: describe("RIFLE SCOPES", "901310"),
		neutral: plain, also: []string{"arms-stranger@1", "trade-differs@1"}},
	"arms-declared@1": {fire: describe("AIR-OPERATED SPORTING DEVICES", "930400"),
		neutral: plain, also: []string{"arms-stranger@1", "trade-differs@1"}},
	"explosive-precursor-words@1": {fire: describe("CALCIUM AMMONIUM NITRATE", "310240"),
		neutral: plain, also: []string{"dangerous-hs@1", "trade-differs@1", "precursor-stranger@1"}},
	"radioactive-words@1": {
		fire: both(describe("GAMMA RADIOGRAPHY SET", "902219"),
			item(func(i *cargo.Item) { *i.AddDangerousGoods() = cargo.DangerousGoods{UN: "2916", Class: "7"} })),
		neutral: plain, also: []string{"trade-differs@1", "radioactive-stranger@1"}},
	"radioactive-undeclared@1": {
		fire: describe("GAMMA RADIOGRAPHY SET", "902219"),
		neutral: item(func(i *cargo.Item) {
			*i.AddDangerousGoods() =
				cargo.DangerousGoods{UN: "2916", Class: "7"}
		}),
	},
	"species-words@1": {fire: describe("ROSEWOOD BOARDS", "440729"),
		neutral: plain},
	"waste-goods@1": {fire: describe("MIXED PLASTIC", "390120"),
		neutral: plain},
	"waste-export@1": {fire: both(describe("MIXED PLASTIC", "391590"), to("GHTEM")),
		neutral: plain, also: []string{"waste-goods@1"}},
	"excise-words@1": {fire: describe("CELLULOSE ACETATE TOW", "540490"),
		neutral: plain},
	"excise-transit@1": {
		fire: all(describe("VODKA 40 PCT", "220860"),
			func(in *Input) { in.Consignment.Flow = cargo.FlowTransit }, placeAt(cargo.PlaceTranshipment, "EGPSD")),
		neutral: plain, also: []string{"excise-stranger@1", "trade-differs@1"}},
	"used-vehicles@1": {fire: describe("USED CAR", "870323"),
		neutral: plain, also: []string{"trade-differs@1"}},
	"hs-missing@1": {fire: describe("COTTON BED LINEN", ""),
		neutral: plain},
	"hs-gap@1": {fire: secondItem(func(i *cargo.Item) { i.HS = "" }),
		neutral: func(in *Input) { in.Consignment.Items[1].HS = "630120" }},
	"hs-faulty@1": {fire: describe("COTTON BED LINEN", "6302"),
		neutral: plain},
	"hs-against-text@1": {fire: both(describe("LEATHER SHOES", "854442"), named(cargo.RoleConsignee, "TULP BV")),
		neutral: item(func(i *cargo.Item) { i.HS = "640391" })},
	"high-priority-diversion@1": {
		fire:    both(describe("MEMORY MODULES", "854232"), to("KZALA")),
		neutral: plain,
	},
	"branded-route@1": {
		fire:    all(describe("LEATHER HANDBAGS", "420221"), from("CNSHA"), placeAt(cargo.PlaceTranshipment, "AEJEA")),
		neutral: plain,
	},
	"branded-parcel@1": {
		fire: all(airMode, describe("LEATHER HANDBAGS", "420221"), from("CNCAN"), summed(item(func(i *cargo.Item) {
			i.Packages[0].Count, i.GrossMass, i.NetMass, i.Volume = cargo.CountOf(3), mass("12"), mass("10"), volume("0.1")
		}))),
		neutral: plain,
	},
	"dangerous-undeclared@1": {fire: describe("COCONUT SHELL CHARCOAL", "440290"),
		neutral: plain, also: []string{"dangerous-hs@1"}},
	"dangerous-other-un@1": {fire: both(dangerous("1090", "3", "II"), describe("COCONUT SHELL CHARCOAL", "440290")),
		neutral: declared("1361", "4.2", "III")},
	"dangerous-in-text@1": {fire: describe("COCONUT SHELL CHARCOAL UN 1361", "440290"),
		neutral: plain},
	"dangerous-possible@1": {fire: describe("PERFUME", "330300"),
		neutral: item(func(i *cargo.Item) {
			*i.AddDangerousGoods() = cargo.DangerousGoods{UN: "1266", Class: "3", PackingGroup: "II"}
		})},
	"hs-chapter@1": {fire: describe("COTTON YARN", "630221"),
		neutral: item(func(i *cargo.Item) { i.HS = "520512" })},
	"hs-two-codes@1": {fire: describe("COTTON BED LINEN\nHS CODE 9603.90", "630221"),
		neutral: describe("COTTON BED LINEN\nHS CODE 6302.21", "630221")},
	"un-number-form@1": {fire: both(dangerous("1263", "3", "II"),
		item(func(i *cargo.Item) { *i.AddDangerousGoods() = cargo.DangerousGoods{UN: "UN12"} })),
		neutral: item(func(i *cargo.Item) { i.DangerousGoods = i.DangerousGoods[:1] })},
	"un-number-missing@1": {fire: both(dangerous("1263", "3", "II"),
		item(func(i *cargo.Item) { *i.AddDangerousGoods() = cargo.DangerousGoods{Class: "3"} })),
		neutral: item(func(i *cargo.Item) { i.DangerousGoods = i.DangerousGoods[:1] })},
	"dangerous-class@1": {fire: dangerous("1263", "8", "II"),
		neutral: declared("1263", "3", "II")},
	"packing-group-missing@1": {fire: dangerous("1263", "3", ""),
		neutral: declared("1263", "3", "III")},
	"packing-group@1": {fire: both(dangerous("1203", "3", "III"), describe("MOTOR FUEL", "271012")),
		neutral: declared("1203", "3", "2")},
	"consignor-missing@1": {fire: without(cargo.RoleConsignor),
		neutral: func(in *Input) { in.Consignment.Parties = sample().Consignment.Parties }},
	"consignee-missing@1": {fire: without(cargo.RoleConsignee),
		neutral: func(in *Input) { in.Consignment.Parties = sample().Consignment.Parties }},
	"to-order@1": {fire: named(cargo.RoleConsignee, "TO THE ORDER OF SHIPPER"),
		neutral: named(cargo.RoleConsignee, "TULP HOME TEXTILES BV")},
	"to-order-without-notify@1": {fire: both(named(cargo.RoleConsignee, "TO ORDER"), without(cargo.RoleNotify)),
		neutral: func(in *Input) {
			in.Consignment.Parties = append(in.Consignment.Parties, sample().Consignment.Parties[2])
		}},
	"bank-without-notify@1": {fire: both(named(cargo.RoleConsignee, "BANK OF THE LOW LANDS"), without(cargo.RoleNotify)),
		neutral: named(cargo.RoleConsignee, "TULP HOME TEXTILES BV")},
	"same-parties@1": {fire: named(cargo.RoleConsignee, "Malabar Weavers B.V."),
		neutral: named(cargo.RoleConsignee, "TULP HOME TEXTILES BV")},
	"same-contact@1": {
		fire: both(party(cargo.RoleConsignor, func(p *cargo.Party) { p.AddContact("email", "sales@loom.example") }), party(cargo.RoleConsignee,
			func(p *cargo.Party) { p.AddContact("email", "Sales@Loom.Example") })),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[1].Value = "in@tulp.example" }),
	},
	"same-address@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address[0] = "14, Loom Street" }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address[0] = "WIJNHAVEN 12" })},
	"party-placeholder@1": {fire: named(cargo.RoleConsignee, "XXXX"),
		neutral: named(cargo.RoleConsignee, "TULP HOME TEXTILES BV")},
	"address-missing@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address, p.City, p.Postcode = nil, "", "" }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.AddAddress("WIJNHAVEN 12"); p.City = "ROTTERDAM" })},
	"address-incomplete@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address[0], p.City, p.Postcode = "WIJNHAVEN", "", "" }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address[0], p.City = "WIJNHAVEN 12", "ROTTERDAM" }), also: []string{"street-missing@1"}},
	"trade-differs@1": {fire: named(cargo.RoleConsignee, "TULP FROZEN SEAFOOD BV"), neutral: named(cargo.RoleConsignee, "TULP HOME TEXTILES BV")},
	"consignor-trade-differs@1": {fire: named(cargo.RoleConsignor, "MALABAR TYRES PVT LTD"),
		neutral: named(cargo.RoleConsignor, "MALABAR WEAVERS PVT LTD")},
	"excise-stranger@1": {fire: both(describe("UNMANUFACTURED LEAF", "240120"), named(cargo.RoleConsignee, "TULP BV")),
		neutral: named(cargo.RoleConsignee, "TULP TOBACCO BV")},
	"precursor-stranger@1": {fire: both(describe("PIPERONAL", "293293"), named(cargo.RoleConsignee, "TULP BV")),
		neutral: named(cargo.RoleConsignee, "TULP CHEMICALS BV")},
	"medicine-stranger@1": {fire: both(describe("SLIMMING PATCHES", "392690"), named(cargo.RoleConsignee, "TULP BV")),
		neutral: named(cargo.RoleConsignee, "TULP PLASTICS BV")},
	"radioactive-stranger@1": {fire: both(describe("SEALED SOURCE CS-137", "284444"), named(cargo.RoleConsignee, "TULP BV")),
		neutral: named(cargo.RoleConsignee, "TULP CHEMICALS BV"), also: []string{"precursor-stranger@1"}},
	"arms-stranger@1": {fire: both(describe("SPORTING GOODS", "930599"), named(cargo.RoleConsignee, "TULP BV")),
		neutral: named(cargo.RoleConsignee, "TULP SPORTS BV")},
	"medicine-hub@1": {fire: both(describe("FOOD SUPPLEMENT", "210690"), both(named(cargo.RoleConsignee, "TULP NUTRITION BV"), placeAt(cargo.PlaceTranshipment, "AEJEA"))),
		neutral: placeAt(cargo.PlaceTranshipment, "LKGAL"), also: []string{"hub@1"}},
	"mobile-alone@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[0].Value = "+31 6 12345678" }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[0].Value = "+31 10 5550100" })},
	"anonymous-contacts@1": {fire: both(named(cargo.RoleConsignee, "ANJALI NAIR"), party(cargo.RoleConsignee, func(p *cargo.Party) {
		p.Contacts[0].Value = "+31 6 12345678"
		p.AddContact("email", "an.nair@gmail.com")
	})), neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[0].Value = "+31 10 5550100" })},
	"forwarder-consignee@1": {fire: named(cargo.RoleConsignee, "POLDER LOGISTICS BV"), neutral: named(cargo.RoleConsignee, "TULP HOME TEXTILES BV")},
	"contact-of-many@1": {fire: func(in *Input) {
		in.Peers = NewPeers()
		for _, name := range []string{"TULP HOME TEXTILES BV", "A. DE BOER", "B. SMIT"} {
			other := sample().Consignment
			other.Party(cargo.RoleConsignee).Name = name
			in.Peers.AddConsignment(other)
		}
		in.Peers.bills = map[string]int{}
	}, neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[0].Value, p.Address[0] = "+31 10 5550999", "WIJNHAVEN 14" })},
	"street-missing@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address, p.Postcode = nil, "" }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address = []string{"WIJNHAVEN 12"} })},
	"notify-missing@1": {fire: without(cargo.RoleNotify),
		neutral: func(in *Input) {
			addParty(in.Consignment, cargo.RoleNotify, "DE GROOT CUSTOMS AGENCY BV", "HAVENKADE 3", "ROTTERDAM", "3011 XA", "NL", "+31 10 5550177")
		}},
	"marks-missing@1": {fire: item(func(i *cargo.Item) { i.Packages[0].Marks = "" }),
		neutral: item(func(i *cargo.Item) { i.Packages[0].Marks = "N/M" })},
	"round-mass@1": {fire: summed(item(func(i *cargo.Item) { i.GrossMass, i.NetMass = mass("9000"), mass("8900") })),
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass, i.NetMass = mass("9001"), mass("8900") }))},
	"gross-excess@1": {fire: unit(func(e *cargo.Equipment) { e.VGM = mass("13800") }), neutral: unit(func(e *cargo.Equipment) { e.VGM = mass("13260") })},
	"onward-overseas@1": {fire: func(in *Input) {
		placeAt(cargo.PlaceDelivery, "VNHPH")(in)
		in.Consignment.Flow = cargo.FlowTranshipment
	}, neutral: placeAt(cargo.PlaceDelivery, "NLRTM")},
	"onward-beyond@1": {fire: func(in *Input) {
		from("NLRTM")(in)
		placeAt(cargo.PlaceDischarge, "TRMER")(in)
		placeAt(cargo.PlaceDelivery, "GETBS")(in)
		in.Consignment.Flow = cargo.FlowExport
	}, neutral: placeAt(cargo.PlaceDelivery, "TRMER"), also: []string{"hub@1"}},
	"detour@1":       {fire: placeAt(cargo.PlaceTranshipment, "ZADUR"), neutral: placeAt(cargo.PlaceTranshipment, "LKGAL")},
	"mass-changed@1": {fire: late(ChangedMassMuch), neutral: changes(Change{What: ChangedMassMuch})},
	"dangerous-hs@1": {fire: describe("COTTON BED LINEN, PRINTED", "360410"), neutral: item(func(i *cargo.Item) { i.HS = "630221" }),
		also: []string{"hs-against-text@1", "trade-differs@1"}},
	"po-box@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Address[0] = "P.O. BOX 418" }),
		neutral: party(cargo.RoleConsignee,
			func(p *cargo.Party) { p.Address[0] = "WIJNHAVEN 12" })},
	"free-mail@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.AddContact("email", "tulp.textiles@GMAIL.com") }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[1].Value = "in@tulp.example" })},
	"phone-country@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[0].Value = "+971 4 555 0101" }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Contacts[0].Value = "0031 10 5550100" })},
	"consignee-abroad@1": {fire: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Country, p.Contacts = "BE", nil }),
		neutral: party(cargo.RoleConsignee, func(p *cargo.Party) { p.Country = "NL" })},
	"notify-abroad@1": {fire: party(cargo.RoleNotify, func(p *cargo.Party) { p.Country, p.Contacts = "LV", nil }),
		neutral: party(cargo.RoleNotify, func(p *cargo.Party) { p.Country = "NL" })},
	"consignor-abroad@1": {fire: party(cargo.RoleConsignor, func(p *cargo.Party) { p.Country, p.Contacts = "CY", nil }),
		neutral: party(cargo.RoleConsignor, func(p *cargo.Party) { p.Country = "IN" })},
	"person-commercial@1": {fire: named(cargo.RoleConsignee, "WILLEM VAN DIJK"),
		neutral: named(cargo.RoleConsignee, "TULP HOME TEXTILES BV")},
	"forwarders-without-house@1": {
		fire:    all(master(0), forwarders),
		neutral: func(in *Input) { in.Houses.Count = 4 },
	},
	"container-check-digit@1": {fire: unit(func(e *cargo.Equipment) { e.SetID("CSQU3054384") }),
		neutral: unit(func(e *cargo.Equipment) { e.SetID("CSQU3054383") })},
	"container-form@1": {fire: unit(func(e *cargo.Equipment) { e.SetID("BOX 12") }),
		neutral: unit(func(e *cargo.Equipment) { e.SetID("CSQU3054383") })},
	"imo-check-digit@1": {fire: func(in *Input) { in.Consignment.Call.Conveyance.SetIMO("9074728") },
		neutral: func(in *Input) { in.Consignment.Call.Conveyance.SetIMO("IMO 9074729") }},
	"imo-missing@1": {fire: func(in *Input) { in.Consignment.Call.Conveyance.IMO = "" },
		neutral: func(in *Input) { in.Consignment.Call.Conveyance.SetIMO("9074729") }},
	"awb-check-digit@1": {fire: both(airMode, func(in *Input) { in.Consignment.Documents[0].Number = "020-12345670" }),
		neutral: func(in *Input) { in.Consignment.Documents[0].Number = "02012345675" }},
	"document-missing@1": {fire: func(in *Input) { in.Consignment.Documents = nil },
		neutral: func(in *Input) { in.Consignment.AddDocument(cargo.DocumentBill, "A1", "") }},
	"size-type@1": {fire: sized("9ZG1"),
		neutral: sized("45G1")},
	"empty-laden@1": {fire: both(emptyUnit, unit(func(e *cargo.Equipment) { e.Gross = mass("9800") })),
		neutral: unit(func(e *cargo.Equipment) { e.Gross = mass("3950") })},
	"empty-sealed@1": {fire: both(emptyUnit, unit(func(e *cargo.Equipment) { e.AddSeal("ML0091427", "", "") })),
		neutral: unit(func(e *cargo.Equipment) { e.Seals = nil })},
	"empty-from-source@1": {fire: both(emptyUnit, both(placeAt(cargo.PlaceLoading, "ECGYE"), party(cargo.RoleConsignor,
		func(p *cargo.Party) { p.Country, p.Contacts = "EC", nil }))),
		neutral: from("INCOK"), also: []string{"cocaine-source@1"}},
	"full-without-mass@1": {fire: noMass,
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass = mass("9350.5") })),
		also:    []string{"mass-missing@1"}},
	"full-nearly-empty@1": {fire: summed(item(func(i *cargo.Item) { i.GrossMass, i.NetMass, i.Volume = mass("320"), mass("300"), volume("1.4") })),
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass, i.Volume = mass("9350.5"), volume("54.2") }))},
	"seal-missing@1": {fire: unit(func(e *cargo.Equipment) { e.Seals, e.SealDetails = nil, nil }),
		neutral: unit(func(e *cargo.Equipment) { e.AddSeal("ML0091427", "", "") })},
	"seal-repeated@1": {
		fire: func(in *Input) {
			in.Peers = NewPeers()
			in.Peers.AddConsignment(in.Consignment)
			in.Peers.AddEquipment(&cargo.Equipment{ID: "MSKU9070323", Seals: []string{"ML0091427"}})
		},
		neutral: unit(func(e *cargo.Equipment) { e.Seals[0] = "ML0091428" }),
	},
	"seal-faulty@1": {fire: unit(func(e *cargo.Equipment) { e.Seals[0] = "0000000" }),
		neutral: unit(func(e *cargo.Equipment) { e.Seals[0] = "ML0091427" })},
	"reefer-dry-goods@1": {fire: sized("45R1"),
		neutral: sized("45G1")},
	"cold-goods-dry-box@1": {fire: describe("FROZEN VEGETABLES", "071080"),
		neutral: sized("45R1")},
	"tank-boxed-goods@1": {fire: sized("22T1"),
		neutral: sized("45G1")},
	"open-boxed-goods@1": {fire: sized("45U1"),
		neutral: sized("45G1")},
	"gross-over-limit@1": {fire: unit(func(e *cargo.Equipment) { e.VGM, e.Gross = cargo.Measure{}, mass("37000") }),
		neutral: unit(func(e *cargo.Equipment) { e.Gross = mass("13250") }), also: []string{"gross-excess@1"}},
	"vgm-differs@1": {fire: unit(func(e *cargo.Equipment) { e.VGM = mass("19800") }),
		neutral: unit(func(e *cargo.Equipment) { e.VGM = mass("13260") }), also: []string{"gross-excess@1"}},
	"mass-missing@1": {fire: both(unit(func(e *cargo.Equipment) { e.Fullness = "" }), noMass),
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass = mass("9350.5") }))},
	"packages-missing@1": {fire: summed(item(func(i *cargo.Item) { i.Packages[0].Count = cargo.Count{} })),
		neutral: summed(item(func(i *cargo.Item) { i.Packages[0].Count = cargo.CountOf(850) }))},
	"over-payload@1": {fire: summed(item(func(i *cargo.Item) { i.GrossMass = mass("32000") })),
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass = mass("9350.5") })), also: []string{"round-mass@1"}},
	"over-capacity@1": {fire: summed(item(func(i *cargo.Item) { i.Volume = volume("95") })),
		neutral: summed(item(func(i *cargo.Item) { i.Volume = volume("54.2") }))},
	"density-high@1": {fire: summed(item(func(i *cargo.Item) { i.Volume = volume("3") })),
		neutral: summed(item(func(i *cargo.Item) { i.Volume = volume("54.2") }))},
	"density-low@1": {fire: summed(item(func(i *cargo.Item) { i.GrossMass, i.NetMass = mass("1200"), mass("1100") })),
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass = mass("9350.5") })), also: []string{"round-mass@1"}},
	"package-heavy@1": {fire: summed(item(func(i *cargo.Item) { i.Packages[0].Count = cargo.CountOf(1) })),
		neutral: summed(item(func(i *cargo.Item) { i.Packages[0].Count = cargo.CountOf(850) }))},
	"package-light@1": {fire: summed(item(func(i *cargo.Item) { i.Packages[0].Count = cargo.CountOf(2000001) })),
		neutral: summed(item(func(i *cargo.Item) { i.Packages[0].Count = cargo.CountOf(850) }))},
	"net-over-gross@1": {fire: item(func(i *cargo.Item) { i.NetMass = mass("9400") }),
		neutral: item(func(i *cargo.Item) { i.NetMass = mass("8900") })},
	"round-numbers@1": {
		fire:    summed(item(func(i *cargo.Item) { i.GrossMass, i.Packages[0].Count = mass("12000"), cargo.CountOf(800) })),
		neutral: summed(item(func(i *cargo.Item) { i.GrossMass = mass("12010") })), also: []string{"round-mass@1"}},
	"mass-differs@1": {fire: func(in *Input) { in.Consignment.Totals.Declared.GrossMass = mass("11000").Normalised },
		neutral: total},
	"packages-differ@1": {fire: func(in *Input) { in.Consignment.Totals.Declared.Packages = cargo.CountOf(790) },
		neutral: total},
	"house-mass-differs@1": {
		fire: both(master(2), func(in *Input) {
			in.Houses.Complete, in.Houses.Total = true, cargo.Total{Packages: cargo.CountOf(850), GrossMass: mass("8000").Normalised}
		}),
		neutral: func(in *Input) { in.Houses.Total.GrossMass = mass("9350.5").Normalised },
	},
	"house-packages-differ@1": {
		fire: both(master(2), func(in *Input) {
			in.Houses.Complete, in.Houses.Total = true, cargo.Total{Packages: cargo.CountOf(700), GrossMass: mass("9350.5").Normalised}
		}),
		neutral: func(in *Input) { in.Houses.Total.Packages = cargo.CountOf(850) },
	},
	"cocaine-source@1": {fire: from("ECGYE"),
		neutral: from("INCOK")},
	"opiate-source@1": {fire: from("PKKHI"),
		neutral: from("INCOK")},
	"hub@1": {fire: placeAt(cargo.PlaceTranshipment, "SGSIN"),
		neutral: noPlaces(cargo.PlaceTranshipment)},
	"cover-goods@1": {fire: both(describe("GREEN COFFEE BEANS", "090111"), from("COBUN")),
		neutral: plain, also: []string{"trade-differs@1"}},
	"rip-off-seal@1": {
		fire:    all(describe("GREEN COFFEE BEANS", "090111"), from("COBUN"), unit(func(e *cargo.Equipment) { e.Seals[0] = "000000" })),
		neutral: unit(func(e *cargo.Equipment) { e.Seals[0] = "ML0091427" }),
		also:    []string{"seal-faulty@1"},
	},
	"source-reefer-dry@1": {fire: both(sized("45R1"), from("ECGYE")),
		neutral: from("INCOK"), also: []string{"cocaine-source@1"}},
	"opiate-cover@1": {fire: both(describe("TALC POWDER", "252620"), from("PKKHI")),
		neutral: plain, also: []string{"trade-differs@1"}},
	"round-trip@1": {fire: all(from("NLAMS"), placeAt(cargo.PlaceTranshipment, "GBFXT")),
		neutral: noPlaces(cargo.PlaceTranshipment)},
	"origin-elsewhere@1": {fire: item(func(i *cargo.Item) { i.Origin = "LK" }),
		neutral: item(func(i *cargo.Item) { i.Origin = "IN" })},
	"loading-missing@1": {fire: noPlaces(cargo.PlaceLoading),
		neutral: placeAt(cargo.PlaceLoading, "INCOK")},
	"late-filing@1": {fire: func(in *Input) { in.Received = At(arrival - 3*3600) },
		neutral: func(in *Input) { in.Received = At(arrival - 24*3600) }},
	"filed-after-arrival@1": {
		fire:    func(in *Input) { in.Received, in.Arrived = At(arrival-30*3600), At(arrival-50*3600) },
		neutral: func(in *Input) { in.Arrived = At(arrival) },
	},
	"amended-often@1": {fire: func(in *Input) { in.Amendments.Count = 4 },
		neutral: func(in *Input) { in.Amendments.Count = 2 }},
	"amended-late@1": {fire: late(ChangedMass),
		neutral: changes(Change{What: ChangedMass})},
	"consignee-switched@1": {fire: late(ChangedConsignee),
		neutral: changes(Change{What: ChangedConsignee})},
	"diverted@1": {fire: late(ChangedDischarge),
		neutral: changes(Change{What: ChangedDischarge})},
	"seal-changed@1": {fire: late(ChangedSeals),
		neutral: changes(Change{What: ChangedSeals})},
	"reworded@1": {fire: changes(Change{What: ChangedDescription, AfterRefusal: true}),
		neutral: changes(Change{What: ChangedDescription})},
	"incomplete@1": {
		fire: func(in *Input) {
			c := in.Consignment
			c.Level, in.Houses = cargo.LevelMaster, Houses{Known: true}
			forwarders(in)
			c.Parties = c.Parties[:1]
			c.Places, c.Documents, c.Equipment, c.Items[0].Equipment = c.Places[:1], nil, nil, nil
			c.Items[0].Volume = cargo.Measure{}
			total(in)
		},
		neutral: func(in *Input) { addPlace(in.Consignment, cargo.PlaceDelivery, "NLRTM") },
	},
}

// TestEveryIndicatorHasCases holds the table to the rules.
func TestEveryIndicatorHasCases(t *testing.T) {
	t.Parallel()
	rules := plainEngine(t).Rules()
	for i := range rules.Indicators {
		if _, ok := neutralCases[rules.Indicators[i].ID]; !ok {
			t.Errorf("%s has no case", rules.Indicators[i].ID)
		}
	}
	if len(neutralCases) != len(rules.Indicators) {
		t.Errorf("%d cases for %d indicators", len(neutralCases), len(rules.Indicators))
	}
	if len(rules.Indicators) < 45 {
		t.Errorf("only %d indicators", len(rules.Indicators))
	}
}

// TestNeutralising fires every indicator with a consignment, makes the fields good, and looks that the points go down
// by exactly what the indicator brings, and the others that read the very same fields.
func TestNeutralising(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	for id, tt := range neutralCases {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			points := map[string]int{}
			for _, r := range e.rules.Indicators {
				points[r.ID] = r.Points
			}
			in := change(tt.fire)
			s := e.NewScorer().Score(in)
			before := s.Points
			if !fired(s, id) {
				t.Fatalf("it does not fire:\n%s", s.AppendJSON(nil, in.Consignment))
			}
			for i := range s.Reasons {
				r := &s.Reasons[i]
				if r.Rule.ID != id {
					continue
				}
				if len(s.Fields(r)) == 0 {
					t.Error("the reason names no field")
				}
				if text := s.Text(r); text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, "“”") {
					t.Errorf("text %q", text)
				}
			}
			tt.neutral(in)
			s = e.NewScorer().Score(in)
			want := before - points[id]
			for _, other := range tt.also {
				want -= points[other]
			}
			if fired(s, id) {
				t.Errorf("it still fires with the neutral value")
			}
			if s.Points != want {
				t.Errorf("points %d → %d, want %d:\n%s", before, s.Points, want, s.AppendJSON(nil, in.Consignment))
			}
		})
	}
}

// TestMissing takes away what each indicator reads, one feature at a time: it never fires by that, and is unsure where
// the feature was needed.
func TestMissing(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	for id, tt := range neutralCases {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			s := e.NewScorer()
			s.Score(change(tt.fire))
			full := s.vector
			rule := ruleByID(e.rules, id)
			unsure := 0
			for _, f := range rule.indicator.needs {
				v := full
				v.Forget(f)
				if got := verdict(rule, &v); got == Unsure {
					unsure++
				}
				s.Score(sample())
				v = s.vector
				v.Forget(f)
				if got := verdict(rule, &v); got == Fired {
					t.Errorf("it fires on the plain sample without %s", features[f].ID)
				}
			}
			if unsure == 0 {
				t.Error("no missing feature makes it unsure")
			}
			var nothing Vector
			if got := verdict(rule, &nothing); got != Unsure {
				t.Errorf("of nothing it says %s", got)
			}
		})
	}
}

func ruleByID(r *Rules, id string) *Rule {
	for i := range r.Indicators {
		if r.Indicators[i].ID == id {
			return &r.Indicators[i]
		}
	}
	return nil
}

func verdict(r *Rule, v *Vector) Verdict {
	e := evaluation{v: v, params: r.Params}
	return r.indicator.judge(&e)
}

// absence are the indicators that fire because something is not declared. All others find fault with a value.
var absence = []string{
	"description-missing@1", "hs-missing@1", "consignor-missing@1", "consignee-missing@1", "document-missing@1",
	"loading-missing@1", "mass-missing@1", "packages-missing@1", "imo-missing@1", "incomplete@1",
}

// TestAbsentIsNotBad scores a consignment that declares nothing: only what asks for absence may fire.
func TestAbsentIsNotBad(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	for _, mode := range []cargo.Mode{"", cargo.ModeMaritime, cargo.ModeAir, cargo.ModeRoad, cargo.ModeUnknown} {
		for _, level := range []cargo.Level{"", cargo.LevelSimple, cargo.LevelMaster, cargo.LevelHouse} {
			in := &Input{Consignment: &cargo.Consignment{Mode: mode, Level: level, Call: &cargo.Call{}}}
			s := e.NewScorer().Score(in)
			for _, r := range s.Reasons {
				if !slices.Contains(absence, r.Rule.ID) {
					t.Errorf("mode %q, level %q: %s fires on nothing", mode, level, r.Rule.ID)
				}
			}
			if s.Assessable || len(s.Missing) != 3 {
				t.Errorf("mode %q, level %q: assessable %v, missing %v", mode, level, s.Assessable, s.Missing)
			}
		}
	}
}

// TestOtherModes looks that what belongs to ships does not misfire elsewhere.
func TestOtherModes(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	in := change(airMode)
	in.Consignment.Party(cargo.RoleConsignee).Name = "TO ORDER"
	if s := e.NewScorer().Score(in); s.Points != 0 {
		t.Errorf("air:\n%s", s.AppendJSON(nil, in.Consignment))
	}
	in = change(func(in *Input) {
		c := in.Consignment
		c.Mode, c.Call.Conveyance.Mode, c.Call.Conveyance.IMO = cargo.ModeRoad, cargo.ModeRoad, ""
		c.Equipment[0] = cargo.Equipment{Kind: cargo.KindTrailer, ID: "AB-12-CD", Fullness: cargo.FullnessFull}
		c.Items[0].Equipment = nil
	})
	if s := e.NewScorer().Score(in); s.Points != 0 {
		t.Errorf("road:\n%s", s.AppendJSON(nil, in.Consignment))
	}
}

func TestUnreadableIsNotBad(t *testing.T) {
	t.Parallel()
	in := change(item(func(i *cargo.Item) {
		i.GrossMass, _, _ = cargo.MakeMeasure("ABOUT 9 T", "XXX", '.', refdata.Mass)
		i.NetMass = cargo.Measure{}
	}), total)
	s := plainEngine(t).NewScorer().Score(in)
	if s.Vector().State(fMass) != NotDerivable || s.Points != 0 {
		t.Errorf("mass is %s:\n%s", s.Vector().State(fMass), s.AppendJSON(nil, in.Consignment))
	}
}
