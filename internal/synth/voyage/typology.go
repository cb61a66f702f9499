package voyage

import (
	"fmt"
	"strings"
)

// A typology is a way in which cargo is misused, as cases show it: goods and lanes that it prefers, and the signs that
// it leaves in a manifest.
type typology struct {
	name   string
	index  int      // among typologies
	export bool     // on an export list; else on imports
	from   []string // countries of loading, of an import
	to     []string // countries of destination; none for what the flow gives
	flows  []flow   // of imports; none for imported alone
	goods  []string // keys of what the consignment seems to be, look-alikes included
	cover  []string // descriptions that hide it, with an HS code behind the slash; for signCover
	line   string   // sector of a consignee who has nothing to do with the goods; for signOtherTrade
	signs  []sign   // the strong ones first
	shared []sign   // what a look-alike may show besides goods and route
	shape  shape
}

// A shape is where a typology can stand.
type shape uint8

const (
	anyBill     shape = iota // a straight bill or a house
	straight                 // a straight bill of its own containers
	emptyBill                // a bill of empty containers
	masterAlone              // a master whose houses never come
	manyHouses               // several houses of one master
)

// typologies are all of them. docs/typologies.md says what each is, and a test holds the two together.
var typologies = []*typology{
	{name: "cocaine-rip-off", shape: straight, from: fields("EC CO CR PE BR CL PA DO"),
		goods:  fields("bananas pineapples mangoes limes coffee scrap-metal shrimp avocados cocoa"),
		signs:  []sign{signSealChanged, signSealForeign, signGrossDiffers, signSealTwice, signViaOdd, signAmendedLate},
		shared: []sign{signSealTwice, signRoundMass}},
	{name: "cocaine-in-load", shape: straight, from: fields("EC CO CR PE BR CL PA DO UY AR"),
		goods:  fields("fruit-pulp charcoal frozen-fish squid pineapples sawn-tropical frozen-berries orange-juice coffee"),
		signs:  []sign{signNewConsignee, signThinAddress, signFreeMail, signMassLow, signRoundMass, signViaOdd, signNoNotify, signShipperNew},
		shared: []sign{signNewConsignee}},
	{name: "heroin-cover", shape: straight, from: fields("PK IN TR KE AE IR"),
		goods:  fields("talc dried-fruit marble sesame gypsum towels carpets pistachios"),
		signs:  []sign{signNewConsignee, signPerson, signUnitMass, signPostBox, signNotifyAbroad, signSharedContact, signViaOdd},
		shared: []sign{signNewConsignee, signNotifyAbroad}},
	{name: "precursor-cover", from: fields("CN IN HK"), goods: fields("phenyl acetic-anhydride permanganate solvents"), line: "HOUS",
		cover:  []string{"CLEANING AGENT/340250", "PAINT ADDITIVE/320820", "INDUSTRIAL CHEMICALS/382499", "LEATHER FINISHING AGENT/380991"},
		signs:  []sign{signCover, signNoDangerous, signOtherTrade, signNewConsignee, signThinAddress, signFreeMail, signNoNotify},
		shared: []sign{signNewConsignee}},
	{name: "drug-equipment", shape: straight, from: fields("CN IN HK"), goods: fields("tablet-press"), line: "FURN",
		cover:  []string{"PACKING MACHINE PARTS/842290", "CONFECTIONERY MACHINE/843820", "STAMPING MACHINE WITH DIES/846299"},
		signs:  []sign{signCover, signPerson, signOtherTrade, signFreeMail, signNewConsignee, signNoNotify},
		shared: []sign{signNewConsignee}},
	{name: "weapon-parts", from: fields("US TR CN TW"), goods: fields("hunting-optics airsoft"), line: "FURN",
		cover: []string{"STEEL TUBES AND SPRINGS/730690", "MACHINE PARTS BARREL BLANKS/846693", "FISHING EQUIPMENT/950790",
			"TOOLS WITH TRIGGER ASSEMBLY AND MAGAZINES/820559"},
		signs:  []sign{signCover, signPerson, signMassHigh, signOtherTrade, signNewConsignee, signFreeMail, signNotifyAbroad},
		shared: []sign{signNewConsignee}},
	{name: "explosive-precursor", shape: straight, from: fields("EG TR KR TH GR"),
		goods: fields("ammonium-nitrate peroxide permanganate"), line: "CERA",
		cover:  []string{"FERTILIZER/310590", "CLEANING LIQUID/340290", "POTTERY MATERIAL/250700"},
		signs:  []sign{signNoDangerous, signCover, signOtherTrade, signPerson, signNewConsignee, signThinAddress},
		shared: []sign{signNewConsignee}},
	{name: "dual-use", export: true, to: fields("AE TR SG HK PK CN"),
		goods: fields("frequency-converters carbon-fibre maraging pumps"), line: "TEXT",
		cover: []string{"SPARE PARTS FOR TEXTILE MACHINES/844859", "ALLOY STEEL BARS/722830", "INDUSTRIAL SPARE PARTS/847990",
			"MOTOR CONTROLLERS/850440"},
		signs:  []sign{signCover, signForwarderConsignee, signNewConsignee, signOnwardOdd, signOtherTrade, signThinAddress},
		shared: []sign{signForwarderConsignee}},
	{name: "diverted-electronics", export: true, to: fields("AE TR HK"), goods: fields("semiconductors network capacitors"), line: "FOOD",
		cover:  []string{"ELECTRONIC PARTS/854390", "COMPUTER ACCESSORIES/847330"},
		signs:  []sign{signOnwardOdd, signNewConsignee, signForwarderConsignee, signCover, signOtherTrade, signNotifyAbroad},
		shared: []sign{signForwarderConsignee, signNotifyAbroad}},
	{name: "radioactive-undeclared", from: fields("US IN CN ZA KR CA AR"), goods: fields("sources level-gauges"), line: "SCRP",
		cover: []string{"MEASURING INSTRUMENT WITH SOURCE CS-137/902680", "INDUSTRIAL RADIOGRAPHY CAMERA IR-192/902219",
			"USED INSTRUMENTS LEAD SHIELDED/902790"},
		signs:  []sign{signCover, signNoDangerous, signMassHigh, signOtherTrade, signThinAddress},
		shared: []sign{signNewConsignee}},
	{name: "counterfeit-fashion", from: fields("CN HK TR AE"),
		goods: fields("shoes-sport handbags t-shirts headphones perfume slippers"), line: "TOY",
		cover: []string{"FASHION ACCESSORIES/621790", "DAILY NECESSITIES/392690", "LADIES BAGS DESIGNER STYLE/420292",
			"SHOES OEM LOGO AAA QUALITY/640299", "GENERAL MERCHANDISE/392690"},
		signs:  []sign{signCover, signViaHub, signPerson, signNewConsignee, signSharedContact, signUnitMass, signNoMarks, signFreeMail},
		shared: []sign{signViaHub, signNewConsignee}},
	{name: "counterfeit-medicine", from: fields("IN CN HK AE"), goods: fields("medicaments supplements"), line: "COSM",
		cover:  []string{"HEALTH PRODUCTS/210690", "HERBAL PRODUCTS/121190", "COSMETIC SAMPLES/330499"},
		signs:  []sign{signCover, signNewConsignee, signViaHub, signFreeMail, signOtherTrade, signPerson},
		shared: []sign{signNewConsignee}},
	{name: "cigarettes-cover", shape: straight, from: fields("CN AE TR VN EG KR ID"), flows: []flow{imported, transit},
		goods: fields("cigarettes"), line: "FURN",
		cover:  []string{"WOODEN FURNITURE/940360", "PLASTIC HOUSEHOLD ARTICLES/392410", "PAPER PRODUCTS/481890", "ELECTRIC HEATERS/851629"},
		signs:  []sign{signCover, signOtherTrade, signNewConsignee, signUnitMass, signNoNotify, signForwarderConsignee, signRoundMass},
		shared: []sign{signNewConsignee}},
	{name: "tobacco-inputs", from: fields("CN US ID BR IN TR MX"), goods: fields("acetate-tow cigarette-paper leaf-tobacco"), line: "TEXT",
		cover:  []string{"TEXTILE FIBRE/550490", "PAPER IN REELS/480591", "DRIED PLANT LEAVES/140490"},
		signs:  []sign{signOtherTrade, signCover, signNewConsignee, signThinAddress, signFreeMail},
		shared: []sign{signNewConsignee}},
	{name: "duty-misdescription", from: fields("CN EG AR"), goods: fields("garlic e-bikes tyres tiles"), line: "HOUS",
		cover:  []string{"FRESH ONIONS/070310", "BICYCLE PARTS/871499", "RUBBER MATS/401691", "STONE ARTICLES/680299"},
		signs:  []sign{signCover, signUnitMass, signNewConsignee, signThinAddress, signViaOdd},
		shared: []sign{signRoundMass}},
	{name: "alcohol-in-transit", shape: straight, from: fields("US CA MX DO PA IN JP"), flows: []flow{transit},
		goods: fields("whisky rum tequila"), line: "CHEM",
		cover:  []string{"BEVERAGES/220299", "WINDSCREEN LIQUID/382000", "VINEGAR/220900"},
		signs:  []sign{signForwarderConsignee, signNewConsignee, signNoDangerous, signCover, signNotifyAbroad, signThinAddress},
		shared: []sign{signForwarderConsignee, signNotifyAbroad}},
	{name: "protected-timber", shape: straight, from: fields("MG GH CM MZ TG NG"), flows: []flow{imported, transhipped},
		goods: fields("sawn-tropical teak-timber logs"),
		cover: []string{"HARDWOOD SQUARES/440799", "ROSEWOOD LOGS DALBERGIA/440349", "SCRAP WOOD/440149",
			"WOOD FOR MUSICAL INSTRUMENTS/440799"},
		signs:  []sign{signCover, signNewConsignee, signToOrderBare, signOnwardOdd, signMassHigh, signNoNotify},
		shared: []sign{signNewConsignee}},
	{name: "wildlife-cover", shape: straight, from: fields("NG MZ TZ KE CM AO TG CI"), flows: []flow{imported, transhipped},
		to:     fields("VN HK CN"),
		goods:  fields("cashew sesame shells ornaments scrap-metal cocoa"),
		signs:  []sign{signOnwardOdd, signConsigneeChanged, signToOrderBare, signMassHigh, signViaOdd, signNewConsignee, signShipperNew},
		shared: []sign{signNewConsignee}},
	{name: "e-waste", export: true, to: fields("GH NG TG CI CM"), goods: fields("used-electronics effects"), line: "PERS",
		cover:  []string{"USED HOUSEHOLD GOODS/980400", "SECOND HAND ELECTRONICS MIXED/854390", "USED FRIDGES AND TV NOT TESTED/841821"},
		signs:  []sign{signCover, signPerson, signMassHigh, signThinAddress, signNoMarks, signFreeMail},
		shared: []sign{signPerson}},
	{name: "plastic-waste", export: true, to: fields("MY ID VN TR IN TH"),
		goods: fields("plastic-scrap pet-flakes scrap-tyres waste-paper"), line: "FURN",
		cover:  []string{"MIXED PLASTIC/390190", "PLASTIC RAW MATERIAL/390110", "USED PLASTIC FILM UNSORTED/392020", "RECYCLED GOODS/392690"},
		signs:  []sign{signCover, signNewConsignee, signDischargeChanged, signOtherTrade, signThinAddress, signRoundMass},
		shared: []sign{signRoundMass, signNewConsignee}},
	{name: "stolen-vehicles", export: true, shape: straight, to: fields("GH NG TG AE CI"), goods: fields("used-parts used-cars effects"),
		cover:  []string{"USED AUTO PARTS/870899", "PERSONAL EFFECTS/980400", "USED SPARE PARTS AND TYRES/870899"},
		signs:  []sign{signCover, signPerson, signGrossDiffers, signMassHigh, signNoDangerous, signFreeMail, signConsigneeChanged},
		shared: []sign{signPerson}},
	{name: "self-heating-undeclared", from: fields("NG ZA AR UY CO GH BR PE CL MA IN"), goods: fields("charcoal fishmeal seed-cake"),
		cover:  []string{"BBQ BRIQUETTES/440290", "CARBON PRODUCT/380290", "FEED MEAL/230990", "COCONUT SHELL PRODUCT/140490"},
		signs:  []sign{signNoDangerous, signCover, signShipperNew, signThinAddress},
		shared: []sign{signShipperNew}},
	{name: "oxidiser-undeclared", from: fields("CN IN US"), goods: fields("hypochlorite pool-chemicals"),
		cover:  []string{"BLEACHING POWDER/340250", "WATER TREATMENT COMPOUND/382499", "DISINFECTANT/380894", "CCH 65/282810"},
		signs:  []sign{signNoDangerous, signCover, signShipperNew, signViaHub, signThinAddress},
		shared: []sign{signShipperNew}},
	{name: "batteries-and-fireworks-undeclared", from: fields("CN KR TW HK JP VN"),
		goods: fields("lithium-batteries e-bikes fireworks phones"),
		cover: []string{"ELECTRONIC PARTS/854390", "PARTY ARTICLES/950590", "POWER BANK/850760", "SPORTS GOODS/950699",
			"E-BIKE SPARES/871499"},
		signs:  []sign{signNoDangerous, signCover, signNewConsignee, signShipperNew, signFreeMail},
		shared: []sign{signNewConsignee}},
	{name: "empty-with-load", shape: emptyBill, from: fields("EC CO CR PE BR PA DO CL US ZA MA TR"),
		signs: []sign{signEmptyHeavy, signEmptySealed, signAmendedLate}},
	{name: "phantom-groupage", shape: masterAlone, from: fields("CN HK IN TR AE SG"),
		goods:  fields("toys household-plastic lamps fabrics auto-parts shoes-sport cookware"),
		cover:  []string{"FREIGHT ALL KINDS/", "CONSOLIDATED CARGO/", "GENERAL CARGO/"},
		signs:  []sign{signNoHouses, signCover, signNoMarks, signRoundMass, signNewConsignee},
		shared: []sign{signCover}},
	{name: "switched-consignee", shape: straight, from: fields("CN TR AE IN BR EG VN TH"), flows: []flow{imported, transhipped},
		goods:  fields("fabrics fasteners steel-coils pe-granules copy-paper tyres rice sugar"),
		signs:  []sign{signConsigneeChanged, signNewConsignee, signNotifyAbroad, signToOrderBare, signMassChanged},
		shared: []sign{signAmendedLate}},
	{name: "shell-trade", from: fields("CN HK AE IN TR SG PA"),
		goods:  fields("household-plastic fabrics toys cables auto-parts scrap-metal cookware"),
		signs:  []sign{signSharedContact, signSameName, signPhoneAbroad, signRoundMass, signThinAddress, signMassLow, signShipperNew},
		shared: []sign{signRoundMass}},
	{name: "split-consignments", shape: manyHouses, signs: []sign{signSplit}, shared: []sign{signSplitOpenly}},
	{name: "removal-cover", shape: straight, from: fields("US ZA AU AE NZ KE SG"), goods: fields("effects"),
		cover:  []string{"PERSONAL EFFECTS/980400", "USED PERSONAL ARTICLES/980400"},
		signs:  []sign{signCompanyShips, signMassHigh, signUniform, signThinAddress, signNotifyAbroad, signFreeMail},
		shared: []sign{signNotifyAbroad}},
}

func init() {
	for i, t := range typologies {
		t.index = i
	}
}

func fields(s string) []string { return strings.Fields(s) }

// Typologies gives the names of all typologies, in a fixed order.
func Typologies() []string {
	names := make([]string, len(typologies))
	for i, t := range typologies {
		names[i] = t.name
	}
	return names
}

// ParseTypologies reads a list of names, separated by commas, for Options: "all" and "" give all of them, "none" gives
// none. The error names what there is.
func ParseTypologies(s string) ([]string, error) {
	switch s {
	case "", "all":
		return nil, nil
	case "none":
		return []string{}, nil
	}
	names := strings.Split(s, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	_, err := chosen(names)
	return names, err
}

// chosen gives the typologies with the names; nil stands for all.
func chosen(names []string) ([]*typology, error) {
	if names == nil {
		return typologies, nil
	}
	var l []*typology
	for _, n := range names {
		found := false
		for _, t := range typologies {
			if t.name == n {
				l, found = append(l, t), true
			}
		}
		if !found {
			return nil, fmt.Errorf("voyage: no typology %q; there are %s", n, strings.Join(Typologies(), ", "))
		}
	}
	return l, nil
}

// loadings gives the ports of a service from which the typology comes.
func (t *typology) loadings(s *service) []*port {
	var l []*port
	for _, p := range s.loading {
		if t.loads(p) {
			l = append(l, p)
		}
	}
	return l
}

// loads reports whether the typology comes from a port: its country is one of those, and exports goods that it takes.
func (t *typology) loads(p *port) bool {
	return len(t.from) == 0 || contains(t.from, p.country()) && (len(t.goods) == 0 || len(t.goodsFrom(p)) > 0)
}

// goodsFrom gives the goods of a typology that come by way of a port: from its country, or a neighbour's.
func (t *typology) goodsFrom(p *port) []*commodity {
	var l []*commodity
	for _, key := range t.goods {
		g := goodsBy[key]
		ok := contains(g.origins, p.country())
		for _, n := range neighbours[p.country()] {
			ok = ok || contains(g.origins, n)
		}
		if ok {
			l = append(l, g)
		}
	}
	return l
}
