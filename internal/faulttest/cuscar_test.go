//go:build linux

package faulttest_test

import (
	"fmt"
	"strings"
)

// A bill is one bill of an invented manifest.
type bill struct {
	kind   string // BM, MB or BH: simple, master, house
	number string
	parent string // of a house
}

// cuscar writes an interchange with one manifest. Each bill is of ten packages.
func cuscar(sender, control, reference, function string, bills ...bill) []byte {
	segments := []string{"BGM+85+" + reference + "+" + function, "TDT+20+047W+1++NRDK:172:20+++9732149:146:11:NORDIC HERON", "LOC+60+NLRTM",
		"DTM+132:202611252200:203"}
	begun, n := map[string]bool{}, 0
	for _, b := range bills {
		parent := b.number
		if b.parent != "" {
			parent = b.parent
		}
		if !begun[parent] {
			begun[parent] = true
			n++
			segments = append(segments, fmt.Sprintf("CNI+%d+%s", n, parent))
		}
		segments = append(segments, "RFF+"+b.kind+":"+b.number, "NAD+CN+++MAASHAVEN LOGISTICS BV:KADE 7", "GID+1+10:CT",
			"FTX+AAA+++GARDEN FURNITURE", "MEA+AAE+G+KGM:100")
	}
	return fmt.Appendf(nil, "UNB+UNOC:3+%s+CUSTOMS+261123:0915+%s++++1'UNH+1+CUSCAR:D:95B:UN'%s'UNT+%d+1'UNZ+1+%s'",
		sender, control, strings.Join(segments, "'"), len(segments)+2, control)
}

// padded is a manifest of at least size bytes, of one simple bill after the other.
func padded(sender, control string, size int) []byte {
	var bills []bill
	for n := 0; n*130 < size; n++ {
		bills = append(bills, bill{kind: "BM", number: fmt.Sprintf("%sB%05d", control, n)})
	}
	b := cuscar(sender, control, "M"+control, "9", bills...)
	if len(b) < size {
		panic(fmt.Sprintf("%d bills make %d bytes of %d", len(bills), len(b), size))
	}
	return b
}
