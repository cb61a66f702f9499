package directory

import (
	_ "embed"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// The data files that gendirectory writes.
var (
	//go:embed data/releases.txt
	releasesText string
	//go:embed data/messages.txt
	messagesText string
	//go:embed data/segments.txt
	segmentsText string
	//go:embed data/composites.txt
	compositesText string
	//go:embed data/elements.txt
	elementsText string
	//go:embed data/codes.txt
	codesText string
	//go:embed data/names.txt
	namesText string
)

//go:generate go run ./gendirectory -out data

// untdid is the data set of the United Nations directories.
var untdid = sync.OnceValue(func() *pack {
	return newPack(&pack{
		releases: strings.Fields(releasesText),
		messages: messagesText, segments: segmentsText, composites: compositesText,
		elements: elementsText, codes: codesText, names: namesText,
	})
})

// messageKey names a table that has been made.
type messageKey struct {
	pack        *pack
	typ         string
	index       int
	layout, own int // of the service segments UNH, UNT, UNS; of all others
}

// made holds every *Message that Lookup has made. There is one for each key, so
// that callers may compare pointers and keep what they derive from one.
var (
	madeMu sync.RWMutex
	made   = map[messageKey]*Message{}
)

// Lookup returns the table of a message type in a directory release, named as in
// UNH S009: DE 0065 ("CUSCAR"), 0052 ("D") and 0054 ("95B"). syntax is the syntax
// version of the interchange (DE 0002).
//
// A release that is not held gives the newest one before it that holds the message,
// and Nearest; Message.Release says which. CONTRL is held as D.3 (the same as 2.1)
// and as 4.1, by ISO 9735. Everything else is NotHeld, with a nil Message.
func Lookup(msgType, version, release string, syntax int) (*Message, Match) {
	layout := layoutOf(syntax)
	if msgType == "CONTRL" {
		return lookupCONTRL(version, release, layout)
	}
	p := untdid()
	held, ok := p.held[msgType]
	if !ok || version != "D" {
		return nil, NotHeld
	}
	asked, ok := releaseOrder(release)
	if !ok {
		return nil, NotHeld
	}
	for held != 0 {
		i := bits.Len32(held) - 1
		held &^= 1 << i
		order, _ := releaseOrder(p.releases[i])
		if order > asked {
			continue
		}
		match := Nearest
		if order == asked {
			match = Exact
		}
		return makeMessage(messageKey{p, msgType, i, layout, layout}), match
	}
	return nil, NotHeld
}

// layoutOf returns the element layout of a syntax version.
func layoutOf(syntax int) int {
	if syntax >= 4 {
		return 4
	}
	return 3
}

// releaseOrder turns "95B" into a number that grows with time. A release is two
// digits of the year, from 1988 on, and a letter.
func releaseOrder(release string) (int, bool) {
	if len(release) != 3 || release[0] < '0' || release[0] > '9' || release[1] < '0' || release[1] > '9' ||
		release[2] < 'A' || release[2] > 'C' {
		return 0, false
	}
	year := int(release[0]-'0')*10 + int(release[1]-'0')
	if year < 88 {
		year += 100
	}
	return year<<8 | int(release[2]), true
}

// makeMessage returns the table for a key, made on first use.
func makeMessage(key messageKey) *Message {
	madeMu.RLock()
	m := made[key]
	madeMu.RUnlock()
	if m != nil {
		return m
	}
	madeMu.Lock()
	defer madeMu.Unlock()
	if m := made[key]; m != nil {
		return m
	}
	// The caller's string may point into a buffer that it reads into again.
	key.typ = strings.Clone(key.typ)
	m = &Message{Type: key.typ, Release: key.release(), Syntax: key.layout, Nodes: buildNodes(key)}
	made[key] = m
	return m
}

// release names the directory that a key's table is from.
func (k messageKey) release() string {
	switch {
	case k.pack != servicePack():
		return "D." + k.pack.releases[k.index]
	case k.own == 4:
		return "4.1"
	}
	return "D.3"
}

// Releases returns the directory releases held, oldest first: "D.95B".
func Releases() []string {
	var out []string
	for _, r := range untdid().releases {
		out = append(out, "D."+r)
	}
	return out
}

// Types returns the message types held in any release, in alphabetical order.
func Types() []string {
	types := slices.Collect(maps.Keys(untdid().held))
	return slices.Sorted(slices.Values(append(types, "CONTRL")))
}
