package e2e_test

import (
	"fmt"
	"strings"
)

// A bill is one transport document of a manifest; what is not given is that of any.
type bill struct {
	kind      string // BM straight, MB master, BH house
	number    string
	parent    string // of a house
	consignee string
	goods     string
	container string
	packages  int
}

// A manifest is one CUSCAR message in an interchange. Nothing is to be said against it.
type manifest struct {
	sender, control string
	test            bool
	reference       string
	function        string // DE 1225; "" is 9, original
	filer           string // NAD+MS; "" is none
	voyage, imo     string
	eta             string // YYYYMMDDHHMM
	port            string // UN/LOCODE of the call, where all is discharged
	bills           []bill
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// String writes the interchange.
func (m manifest) String() string {
	flag := ""
	if m.test {
		flag = "++1" // DE 0035
	}
	segments := []string{"BGM+85+" + m.reference + "+" + or(m.function, "9"), "DTM+137:202611200925:203"}
	if m.filer != "" {
		segments = append(segments, "NAD+MS+"+m.filer+":172:20")
	}
	segments = append(segments, "TDT+20+"+or(m.voyage, "047W")+"+1++NRDK:172:20+++"+or(m.imo, "9732149")+":146::NORDIC HERON:LR",
		"LOC+5+INNSA:139:6", "LOC+60+"+or(m.port, "NLRTM")+":139:6", "DTM+133:202611020600:203", "DTM+132:"+or(m.eta, "202611232200")+":203", "GIS+23")
	equipment := map[string]bool{}
	masters := map[string]bool{}
	for _, b := range m.bills {
		if b.container != "" && !equipment[b.container] {
			equipment[b.container] = true
			segments = append(segments, "EQD+CN+"+b.container+"+22G1:102:5++3+5", "MEA+AAE+G+KGM:1000")
		}
	}
	for _, b := range m.bills {
		masters[or(b.parent, b.number)] = true
	}
	if n := len(equipment); n > 0 {
		segments = append(segments, fmt.Sprintf("CNT+16:%d", n))
	}
	if len(masters) > 0 {
		segments = append(segments, fmt.Sprintf("CNT+10:%d", len(masters)))
	}
	seen := map[string]bool{}
	for _, b := range m.bills {
		parent := or(b.parent, b.number)
		if !seen[parent] {
			seen[parent] = true
			segments = append(segments, fmt.Sprintf("CNI+%d+%s", len(seen), parent))
		}
		packages := max(b.packages, 10)
		segments = append(segments, "RFF+"+or(b.kind, "BM")+":"+b.number, "CNT+7:100:KGM", fmt.Sprintf("CNT+8:%d", packages), fmt.Sprintf("CNT+11:%d", packages),
			"LOC+9+INNSA:139:6", "LOC+11+"+or(m.port, "NLRTM")+":139:6", "LOC+7+"+or(m.port, "NLRTM")+":139:6", "GIS+23:109:ZZZ",
			"NAD+CZ++KAVERI FREIGHT FORWARDERS:14 DOCK ROAD:MUMBAI 400001:IN", "NAD+CN++"+or(b.consignee, "MAASHAVEN LOGISTICS BV")+":KADE 7:3089 ROTTERDAM:NL",
			fmt.Sprintf("GID+1+%d:CT", packages), fmt.Sprintf("PAC+%d+3+CT", packages), "FTX+AAA+++"+or(b.goods, "GARDEN FURNITURE"), "MEA+AAE+G+KGM:100")
		if b.container != "" {
			segments = append(segments, fmt.Sprintf("SGP+%s+%d", b.container, packages))
		}
	}
	return fmt.Sprintf("UNA:+.? 'UNB+UNOC:3+%s:ZZZ+CUSTOMSGATE:ZZZ+261120:0930+%s++++1%s'UNH+1+CUSCAR:D:95B:UN'%s'UNT+%d+1'UNZ+1+%s'",
		m.sender, m.control, flag, strings.Join(segments, "'"), len(segments)+2, m.control)
}
