package voyage

import "strings"

// A filer is who files: a carrier or an NVOCC.
type filer struct {
	code    string // SCAC, and its own in UNB
	name    string
	country string
	bill    string   // pattern of its bill numbers behind the code: 9 a digit, A a letter
	seal    string   // pattern of its seals
	owners  []string // container prefixes of its own
	nvocc   bool
	index   int // over carriers and NVOCCs
}

// carriers are shipping lines: codes and container prefixes are real, names are invented.
var carriers = makeFilers(false, `
MAEU|NORDSTJERNEN LINE|DK|999999999|ML9999999|MSKU MRKU MAEU MRSU
MSCU|LAGO BLU SHIPPING COMPANY|CH|AA999999|FJ99999999|MSCU MEDU MSDU TRHU
CMDU|COMPAGNIE OCEANE DU SUD|FR|AAA0999999|A9999999|CMAU ECMU CGMU
COSU|EASTERN HARBOUR CONTAINER LINES|CN|9999999999|CC999999A|CSNU CBHU CCLU
HLCU|HANSA KONTOR LINIE|DE|AAA999999999|HLG9999999|HLXU HLBU HAMU
ONEY|PACIFIC SAKURA LINE|JP|AAAA99999999|JP99999A|ONEU NYKU MOAU
EGLV|JADE ISLAND MARINE|TW|999999999999|EMC9999999|EGHU EISU EITU
HDMU|HANGANG MERCHANT MARINE|KR|AAAA9999999|HM9999999|HMMU HDMU
YMLU|YUNG MEI MARINE TRANSPORT|TW|A999999999|YM9999999|YMLU YMMU
ZIMU|CARMEL SEA SERVICES|IL|AAA9999999|ZU99999|ZCSU ZIMU
PCIU|STRAITS FEEDER LINES|SG|AAA999999|PC9999999|PCIU
WHLC|WAN SHAN LINES|TW|999A999999|WH9999999|WHSU WHLU
SUDU|SUL ATLANTICA NAVEGACAO|BR|A99AAA999999|SA9999999|SUDU
GRIU|MERIDIONALE RORO E CONTAINER|IT|A99999999|GR999999|GCNU
SMLU|SEAWAYS TROPICAL FRUIT LINE|CR|9AAA99999|SB99999999|SMLU CXRU
ARKU|ANADOLU KONTEYNER HATLARI|TR|AAA99999|AR9999999|ARKU
`)

// nvoccs file the houses of the masters that carriers file for them. Codes and names are invented.
var nvoccs = makeFilers(true, `
NRXC|NORTHWAY CONSOLIDATORS BV|NL|RTM99999999||
HBWL|HARBOURWISE LOGISTICS GMBH|DE|HB99999999||
TPGF|TIDEPOOL GLOBAL FORWARDING|HK|AAA99999999||
SNDL|SUNDIAL LCL SERVICES|CN|SH99999999||
OCBX|OCEANBOX CONSOLIDATION LTD|GB|OB9999999A||
KVLG|KOVALEN GROUPAGE NV|BE|999AA99999||
MRDN|MERIDIAN FREIGHT PARTNERS|IN|BOM99999999||
BLPT|BLUEPORT CARGO SDN BHD|MY|PKG99999999||
ALZO|ALIZE OVERSEAS SARL|FR|A9999999||
QTRF|QUARTERDECK FREIGHT INC|US|QD99999999||
LTNS|LANTERN SHIPPING LINES|SG|LS99999999||
VRTC|VERTICE CARGA LTDA|BR|SSZ99999999||
DNUB|DANUBE GROUPAGE KFT|AT|VIE99999999||
GRNF|GRANFLEET NVOCC CO LTD|KR|PUS99999999||
ORLG|ORIOLE LOGISTICS CO LTD|TH|BKK99999999||
HPTL|HIGHPOINT TRANSLINK LLC|AE|JEA99999999||
SKPR|SKIPPER FORWARDING AB|SE|GOT99999999||
PLTX|PALATINE EXPRESS LTD|PK|KHI99999999||
`)

func makeFilers(nvocc bool, table string) []*filer {
	var all []*filer
	for f := range rows(table, 6) {
		x := &filer{code: f[0], name: f[1], country: f[2], bill: f[3], seal: f[4], owners: strings.Fields(f[5]), nvocc: nvocc,
			index: len(all)}
		if nvocc {
			x.index += 100
		}
		all = append(all, x)
	}
	return all
}

func carrier(code string) *filer {
	for _, c := range carriers {
		if c.code == code {
			return c
		}
	}
	panic("voyage: no carrier " + code)
}

// lessors are the prefixes of containers that any carrier hires.
var lessors = strings.Fields("TCLU TGHU TEMU BMOU CAIU FCIU SEGU TCNU TLLU GESU FFAU DRYU BEAU TRLU UETU")

// shippersOwned are prefixes of containers that belong to no carrier or lessor here.
var shippersOwned = strings.Fields("QBXU LWNU OXRU VKTU")

// banks stand as consignees on bills to order.
var banks = []party{
	{name: "BANK VAN DE WATERWEG N.V.", street: "COOLSINGEL 88", city: "ROTTERDAM", post: "3012 AG", country: "NL"},
	{name: "NOORDZEE HANDELSBANK N.V.", street: "HERENGRACHT 402", city: "AMSTERDAM", post: "1017 BZ", country: "NL"},
	{name: "HANSEATISCHE HAFENBANK AG", street: "ADOLPHSPLATZ 3", city: "HAMBURG", post: "20457", country: "DE"},
	{name: "BANQUE MARITIME DU NORD SA", street: "RUE DE LA LOI 17", city: "BRUSSEL", post: "1000", country: "BE"},
	{name: "EASTERN MERCHANTS BANK PLC", street: "41 GRACECHURCH LANE", city: "LONDON", post: "EC3 2AB", country: "GB"},
}

// forwarders stand as notify parties, and as consignees where they receive for somebody else.
var forwarders = []party{
	{name: "MAASVLAKTE EXPEDITIE B.V.", street: "EUROPAWEG 875", city: "ROTTERDAM", post: "3199 LC", country: "NL",
		phone: "+31104567120", mail: "ops@maasexp.example", id: "NL004512377"},
	{name: "VAN DER MEULEN FORWARDING B.V.", street: "ALBERT PLESMANWEG 61", city: "ROTTERDAM", post: "3088 GB", country: "NL",
		phone: "+31104281190"},
	{name: "POLDERMAN DOUANE EXPEDITEURS", street: "WAALHAVEN O.Z. 12", city: "ROTTERDAM", post: "3087 BM", country: "NL",
		phone: "+31107712040", mail: "docs@polderman.example"},
	{name: "IJ-HAVEN CARGO AGENTS B.V.", street: "RADARWEG 33", city: "AMSTERDAM", post: "1042 AA", country: "NL", phone: "+31206114588"},
	{name: "RHENANIA LOGISTIK GMBH", street: "HAFENSTRASSE 201", city: "DUISBURG", post: "47119", country: "DE", phone: "+492034410770"},
	{name: "SCHELDE FORWARDING NV", street: "NOORDERLAAN 147", city: "ANTWERPEN", post: "2030", country: "BE", phone: "+3232244190",
		mail: "imp@schelde.example"},
	{name: "DELTA COOL CHAIN SERVICES B.V.", street: "VIERHAVENSSTRAAT 20", city: "ROTTERDAM", post: "3029 BE", country: "NL",
		phone: "+31102217744"},
	{name: "ZEELAND TERMINAL AGENCIES B.V.", street: "FINLANDWEG 4", city: "VLISSINGEN", post: "4389 PX", country: "NL",
		phone: "+31115612870"},
}

// A service is a loop of ships: the ports that they load at before they come here, where they call, and where they go
// on to.
type service struct {
	name    string
	line    *filer
	partner []*filer // with slots on the same ships
	loading []*port
	home    *port
	next    []*port
}

func makeService(name, lines, loading, home, next string) *service {
	s := &service{name: name, loading: portsOf(loading), home: portByCode[home], next: portsOf(next)}
	for i, l := range strings.Fields(lines) {
		if i == 0 {
			s.line = carrier(l)
		} else {
			s.partner = append(s.partner, carrier(l))
		}
	}
	return s
}

// services run once for every twenty-four calls or so.
var services = []*service{
	makeService("FE1", "MSCU MAEU", "CNSHA CNNGB CNYTN MYTPP", "NLRTM", "DEHAM BEANR"),
	makeService("AL3", "COSU CMDU EGLV", "CNQIN CNSHA CNNGB SGSIN", "NLRTM", "DEHAM GBFXT"),
	makeService("WCS", "SMLU HLCU", "CLVAP PECLL ECGYE PAMIT COCTG", "NLRTM", "DEHAM BEANR"),
	makeService("IPK", "HLCU CMDU ZIMU", "INMUN INNSA PKKHI AEJEA", "NLRTM", "DEHAM GBFXT"),
	makeService("FE4", "HDMU ONEY YMLU", "KRPUS CNTXG CNQIN HKHKG SGSIN", "NLRTM", "BEANR DEHAM"),
	makeService("BSL", "SUDU MAEU CMDU", "BRSSZ BRPNG BRITJ UYMVD", "NLRTM", "DEHAM BEANR"),
	makeService("WAF", "CMDU MAEU", "NGAPP GHTEM CIABJ SNDKR", "NLRTM", "DEHAM BEANR"),
	makeService("SEA", "ONEY HLCU EGLV", "VNSGN THLCH IDJKT MYPKG", "NLRTM", "DEHAM SEGOT"),
	makeService("NAX", "ZIMU HLCU", "USHOU USSAV USNYC", "NLRTM", "DEHAM GBSOU"),
	makeService("EMD", "ARKU MSCU", "TRMER TRIZM TRIST GRPIR", "NLRTM", "BEANR GBFXT"),
	makeService("FE6", "EGLV WHLC", "TWKHH CNXMN CNYTN HKHKG", "NLRTM", "DEHAM GBFXT"),
	makeService("BAN", "SMLU", "ECGYE CRLIO COSMR DOCAU", "NLVLI", "BEANR DEBRV"),
	makeService("SAF", "MSCU MAEU", "ZADUR ZACPT", "NLRTM", "DEHAM GBSOU"),
	makeService("EAF", "PCIU CMDU", "KEMBA TZDAR MZBEW MZMPM", "NLRTM", "BEANR DEHAM"),
	makeService("JPX", "ONEY HDMU", "JPTYO JPUKB KRPUS CNNGB SGSIN", "NLRTM", "DEHAM BEANR"),
	makeService("GLF", "CMDU HLCU COSU", "AEJEA INMUN SAJED EGPSD", "NLRTM", "DEHAM GBFXT"),
	makeService("CAR", "HLCU CMDU", "COCTG PAMIT CRLIO MXVER", "NLRTM", "DEHAM BEANR"),
	makeService("NAF", "ARKU CMDU", "EGALY TNTUN MACAS ESALG", "NLRTM", "BEANR DEHAM"),
	makeService("SAB", "MSCU SUDU", "ARBUE UYMVD BRPNG BRSSZ", "NLRTM", "BEANR DEHAM"),
	makeService("GUI", "GRIU MSCU", "AOLAD CMDLA TGLFW GHTEM", "NLAMS", "BEANR DEHAM"),
	makeService("BGL", "MAEU HLCU", "BDCGP INMAA LKCMB", "NLRTM", "DEHAM GBFXT"),
	makeService("STL", "HLCU", "CAMTR CAHAL", "NLRTM", "BEANR DEHAM"),
	makeService("ANZ", "CMDU MSCU", "AUSYD AUMEL NZTRG SGSIN", "NLRTM", "DEHAM GBFXT"),
	makeService("IOC", "CMDU PCIU", "MGTOA KEMBA OMSLL SAJED", "NLRTM", "DEHAM BEANR"),
}

// homeCountry is that of the administration.
const homeCountry = "NL"

// A vessel is a ship.
type vessel struct {
	name string
	imo  string
	sign string // call sign
	flag string
}

var (
	vesselFirst = strings.Fields("AURELIA BOREALIS CORMORANT DELPHINE ESTRELLA FJORD GARNET HALCYON IBERIS JUNIPER KESTREL LAVENDER MARIGOLD " +
		"NEREID OSPREY PETREL QUARTZ ROSALIND SARGASSO TAMARIND UMBRIA VALDIVIA WISTERIA XANADU YARROW ZEPHYR")
	vesselSecond = strings.Fields("BRIDGE SPIRIT EXPRESS STAR TRADER HORIZON PIONEER GLORY BREEZE HARMONY")
	flags        = strings.Fields("PA LR MH SG MT CY DK HK DE PT")
)

// vessel gives one of the ships of a service. No two ships of the world share a name or an IMO number.
func (w *world) vessel(serviceIndex, number int) vessel {
	k := serviceIndex*vesselsOfService + number
	r := stream(w.seed, forWorld, uint64(k))
	i := int(w.scatter(uint64(k), 257))
	v := vessel{name: vesselFirst[i%len(vesselFirst)] + " " + vesselSecond[i/len(vesselFirst)%len(vesselSecond)], flag: pick(&r, flags)}
	if k >= 257 {
		v.name += " II"
	}
	v.sign = pattern(&r, pick(&r, []string{"3EA9", "A8AA9", "V7AA9", "9VA99", "5BAA9"}))
	six := 910000 + int(w.scatter(uint64(k), 79999))
	v.imo = imoNumber(six)
	return v
}

// vesselsOfService is how many ships a service has.
const vesselsOfService = 12
