package voyage

import (
	_ "embed" // for the table below
	"strings"
)

//go:embed data/countries.txt
var countryTable string

// A country is how names, addresses and numbers look in one country.
type country struct {
	code       string // ISO 3166-1 alpha-2
	index      uint64
	idPrefix   string
	calling    string
	areas      []string
	mobiles    []string
	digits     int // of a number, area or mobile lead included
	postcode   string
	tld        string
	houseFirst bool
	cities     []string
	streets    []string
	names      []string
	words      []string
	forms      []string
	first      []string
}

var countries = func() map[string]*country {
	all := map[string]*country{}
	for f := range rows(countryTable, 14) {
		c := &country{code: f[0], index: uint64(len(all)), idPrefix: f[1], calling: f[2], areas: list(f[3]), mobiles: list(f[4]),
			digits: number(f[5]), postcode: f[6], tld: f[7], houseFirst: f[8] == "y", cities: list(f[9]), streets: list(f[10]),
			names: list(f[11]), words: list(f[12]), forms: forms(f[13])}
		for _, g := range givenNames {
			if strings.Contains(g.countries, f[0]) {
				c.first = g.names
			}
		}
		if c.first == nil {
			c.first = givenNames[0].names
		}
		all[c.code] = c
	}
	return all
}()

// forms cuts a list of legal forms at its commas, but not at the one of "CO., LTD.".
func forms(s string) []string {
	l := list(strings.ReplaceAll(s, "CO., ", "CO.; "))
	for i := range l {
		l[i] = strings.ReplaceAll(l[i], "CO.; ", "CO., ")
	}
	return l
}

// givenNames are of people, by where they are usual. The first stands for all other countries.
var givenNames = []struct {
	countries string
	names     []string
}{
	{"", strings.Fields("JAN PETER MARIA ANNA THOMAS PAUL EVA MARTIN LENA DAVID SARAH MARK")},
	{"ES PT BR AR UY PY CL PE EC CO CR PA DO GT MX AO MZ",
		strings.Fields("CARLOS JUAN LUIS ANA ROSA MIGUEL JORGE DIEGO ELENA PABLO MARTA RAÚL")},
	{"CN HK TW SG", strings.Fields("WEI LI MING HUA JING YAN FANG TAO LEI XIN CHEN GANG")},
	{"AE SA OM EG MA TN IR PK TR ID MY BD", strings.Fields("AHMED OMAR YUSUF FATIMA KHALID HASSAN ALI LEILA TARIQ SAMIR IMRAN NADIA")},
	{"NG GH CI SN TG CM KE TZ", strings.Fields("EMMANUEL KWAME GRACE SAMUEL JOSEPH BLESSING ISAAC AMINA VICTOR MOSES ESTHER DANIEL")},
	{"IN LK", strings.Fields("RAJESH SURESH PRIYA ANIL DEEPAK KAVITA SANJAY MEENA VIJAY RAVI NEHA ASHOK")},
	{"JP KR VN TH PH KH MM", strings.Fields("MIN HANA KENJI SUN LINH HUNG YUKI NARA SOMCHAI THU JUN MAI")},
}
