package voyage

import (
	"strconv"
	"strings"
)

// A party is a company or a person in a consignment.
type party struct {
	name    string
	lines   []string // more of the name: "C/O …", a bank's branch
	street  string
	city    string
	post    string
	country string
	contact string
	phone   string // with the calling code
	mail    string
	id      string
}

// tradeWords are what companies call themselves by their line of business; what a sector lacks is made up by the words
// of the country.
var tradeWords = map[string][]string{
	"FRUIT": {"FRUIT", "FRESH PRODUCE", "FRUITS", "AGF"}, "FOOD": {"FOODS", "INGREDIENTS", "FOOD PRODUCTS"},
	"FISH": {"SEAFOOD", "FISH", "MARINE PRODUCTS"}, "MEAT": {"MEAT", "MEATS", "FOODS"}, "COFF": {"COFFEE", "COCOA", "COMMODITIES"},
	"DRINK": {"BEVERAGES", "DRINKS", "WINE"}, "AGRO": {"AGRO", "FEED", "FERTILIZERS"}, "TOBA": {"TOBACCO", "LEAF"},
	"TEXT": {"TEXTILES", "FASHION", "APPAREL", "GARMENTS"}, "SHOE": {"FOOTWEAR", "SHOES", "LEATHER GOODS"},
	"FURN": {"FURNITURE", "INTERIORS", "LIVING"}, "TOY": {"TOYS", "GIFTS", "NOVELTIES"}, "SPOR": {"SPORTS", "CYCLES", "OUTDOOR"},
	"HOUS": {"HOUSEHOLD", "HOME PRODUCTS", "KITCHENWARE"}, "ELEC": {"ELECTRONICS", "TECHNOLOGY", "DIGITAL"},
	"MACH": {"MACHINERY", "ENGINEERING", "EQUIPMENT"}, "ENER": {"SOLAR", "ENERGY", "POWER"}, "AUTO": {"AUTOMOTIVE", "AUTO PARTS", "TYRES"},
	"VEHI": {"CARS", "AUTOMOBILES", "USED PARTS"}, "META": {"STEEL", "METALS", "FASTENERS"}, "MEDI": {"MEDICAL", "INSTRUMENTS"},
	"PHAR": {"PHARMA", "HEALTHCARE", "NUTRITION"}, "COSM": {"COSMETICS", "BEAUTY"}, "CHEM": {"CHEMICALS", "CHEMIE", "COATINGS"},
	"PLAS": {"PLASTICS", "POLYMERS", "RUBBER"}, "SCRP": {"RECYCLING", "METAL RECYCLING", "SECONDARY RAW MATERIALS"},
	"WOOD": {"TIMBER", "WOOD PRODUCTS", "PANELS"}, "PAPE": {"PAPER", "PACKAGING", "PULP"}, "CERA": {"CERAMICS", "STONE", "TILES"},
	"PERS": {"RELOCATION", "MOVERS", "REMOVALS"},
}

var sectorWords [][]string // by index of the sector

func init() {
	for _, s := range sectors {
		sectorWords = append(sectorWords, tradeWords[s])
	}
}

// company gives the company of a country and line of business with a rank; the same one each time.
func (w *world) company(c *country, sector int, rank uint64) party {
	r := stream(w.seed, forCompany, c.index, uint64(sector), rank)
	p := party{name: companyName(&r, c, sectorWords[sector])}
	p.settle(&r, c)
	if r.pct(7) {
		p.lines = append(p.lines, pick(&r, branches))
	}
	if odds := r.n(100); odds < 3 {
		p.street = "P.O. BOX " + strconv.Itoa(r.in(12, 9800))
	} else if odds < 7 {
		p.street += pick(&r, oddities)
	}
	p.reach(&r, c)
	share := 15
	if c.code == homeCountry {
		share = 60
	}
	if r.pct(share) {
		p.id = c.idPrefix + digits(&r, 9)
	}
	return p
}

// branches and oddities make addresses odd and true.
var (
	branches = []string{"IMPORT DEPARTMENT", "HEAD OFFICE", "WAREHOUSE DIVISION", "BRANCH OFFICE", "PURCHASING DEPT"}
	oddities = []string{" UNIT 4B", " 3RD FLOOR", " REAR OF BUILDING C", " OPP. POST OFFICE", " HALL 2 DOCK 11", " SUITE 1201", " KM 4,5"}
)

// companyName makes a name that fits in two lines of 35.
func companyName(r *rng, c *country, trade []string) string {
	who := pick(r, c.names)
	word := pick(r, c.words)
	if len(trade) > 0 && r.pct(70) {
		word = pick(r, trade)
	}
	form := pick(r, c.forms)
	switch r.n(6) {
	case 0:
		who = pick(r, c.cities)
	case 1:
		who += pick(r, joiners) + pick(r, c.names)
	case 2:
		who = pick(r, coined) + pick(r, endings)
	case 3:
		who += " " + pick(r, coined)
	}
	return who + " " + word + " " + form
}

var (
	joiners = []string{" & ", " AND ", "-"}
	coined  = strings.Fields("NOVA ALTO VERA SOLI MERI TERRA LUMI CORA DELTA FORTU OPTI VITA " +
		"AGRI PRIMA AURO GLOBO EURO INTER OMNI STELLA RIVA MARO KORA")
	endings = strings.Fields("MEX TRA LINK PORT FRESH COM TEC NET LINE FLEX GRO VAL SUN NOR STAR FOR PACK ZON")
)

// settle gives a street, a town and a postcode.
func (p *party) settle(r *rng, c *country) {
	p.country = c.code
	p.city = pick(r, c.cities)
	n := strconv.Itoa(1 + r.n(r.in(4, 480)))
	if c.houseFirst {
		p.street = n + " " + pick(r, c.streets)
	} else {
		p.street = pick(r, c.streets) + " " + n
	}
	p.post = pattern(r, c.postcode)
}

// reach gives a contact, a telephone number of the country and a mail address.
func (p *party) reach(r *rng, c *country) {
	if r.pct(75) {
		lead := pick(r, c.areas)
		if r.pct(18) {
			lead = pick(r, c.mobiles)
		}
		p.phone = phone(r, c, lead)
	}
	if r.pct(45) {
		p.mail = companyMail(r, p.name, c)
	}
	if r.pct(6) {
		p.mail = freeMail(r, p.name)
	}
	if r.pct(50) {
		p.contact = person(r, c)
	}
}

func phone(r *rng, c *country, lead string) string {
	return "+" + c.calling + lead + digits(r, max(3, c.digits-len(lead)))
}

// person gives a name of somebody.
func person(r *rng, c *country) string { return pick(r, c.first) + " " + pick(r, c.names) }

// companyMail gives an address at a domain that cannot exist (RFC 2606), within the 25 characters of DE 3148 in D.95B.
func companyMail(r *rng, name string, c *country) string {
	domain := slug(name, 10)
	return pick(r, []string{"info", "ops", "imp", "log"}) + "@" + domain + ".example"
}

func freeMail(r *rng, name string) string {
	return slug(name, 8) + digits(r, 4) + "@" + pick(r, []string{"gmail.com", "yahoo.com", "hotmail.com", "outlook.com"})
}

// slug gives the first letters of a name in small.
func slug(name string, most int) string {
	b := make([]byte, 0, most)
	for i := 0; i < len(name) && len(b) < most; i++ {
		if c := name[i]; c >= 'A' && c <= 'Z' {
			b = append(b, c|0x20)
		}
	}
	return string(b)
}

// digits gives n digits, the first of them no zero.
func digits(r *rng, n int) string {
	var b [24]byte
	v := r.u()
	for i := range n {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	if n > 0 && b[0] == '0' {
		b[0] = byte('1' + v%9)
	}
	return string(b[:n])
}

// pattern fills 9 with a digit and A with a letter.
func pattern(r *rng, p string) string {
	var buf [16]byte
	b := buf[:0]
	v := r.u()
	for i := range len(p) {
		switch p[i] {
		case '9':
			b = append(b, byte('0'+v%10))
			v /= 10
		case 'A':
			b = append(b, byte('A'+v%26))
			v /= 26
		default:
			b = append(b, p[i])
		}
	}
	return string(b)
}
