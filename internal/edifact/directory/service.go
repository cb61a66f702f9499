package directory

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/service.txt
var serviceText string

// servicePack is the data set of ISO 9735: its releases are the syntax versions 3,
// which stands for 1 to 3, and 4.
var servicePack = sync.OnceValue(func() *pack {
	sections := map[string]string{}
	name, begin := "", 0
	for offset := 0; offset < len(serviceText); {
		line, _, _ := strings.Cut(serviceText[offset:], "\n")
		if line == "" || line[0] == '#' {
			// A comment or an empty line ends a section; the next one is named below it.
			if name != "" {
				sections[name] += serviceText[begin:offset]
			}
			name = ""
		} else if head, ok := strings.CutPrefix(line, "== "); ok {
			name, begin = head, offset+len(line)+1
		}
		offset += len(line) + 1
	}
	if name != "" {
		sections[name] += serviceText[begin:]
	}
	return newPack(&pack{
		releases: []string{"3", "4"},
		messages: sections["messages"], segments: sections["segments"], composites: sections["composites"],
		elements: sections["elements"], codes: sections["codes"], names: sections["names"],
	})
})

// Service returns the layout of a service segment of ISO 9735 in a syntax version:
// UNB, UNZ, UNG, UNE, UNH, UNT, UNS, and UCI, UCM, UCS, UCD, UCF of CONTRL. It
// returns nil for any other tag. Versions 1 to 3 have one layout, that of version 3.
func Service(tag string, syntax int) *Segment {
	p := servicePack()
	layout := layoutOf(syntax)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.edition(layout-3).segment(tag, layout)
}

// lookupCONTRL finds CONTRL by the version of the service message in its UNH: D.3
// and 2.1 have one table and the segments of syntax version 3, 4.1 those of version
// 4. UNH and UNT have the layout of the interchange that the CONTRL is in.
func lookupCONTRL(version, release string, layout int) (*Message, Match) {
	key := messageKey{pack: servicePack(), typ: "CONTRL", layout: layout}
	switch version {
	case "D", "2":
		key.own = 3
	case "4":
		key.index, key.own = 1, 4
	default:
		return nil, NotHeld
	}
	switch version + "." + release {
	case "D.3", "2.1", "4.1":
		return makeMessage(key), Exact
	}
	return makeMessage(key), Nearest
}
