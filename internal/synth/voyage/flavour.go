package voyage

// A flavour is how one country's senders write a CUSCAR.
type flavour struct {
	name     string
	d16a     bool
	syntax   string // S001
	longDate bool   // the date of UNB with its century, as in syntax version 4
	una      bool
	line     string // after each segment
	assoc    string // DE 0057
	kind     string // DE 1001 of an import list
	register string // DE 1153 of a reference in the header
	previous string // DE 1153 of the filing before this one
	carrier  string // list and agency of a carrier's code
	place    string // list and agency of a UN/LOCODE
	letters  letters
	grouped  bool   // parties by their elements; else name and address as lines
	equip    bool   // containers have EQD groups; else goods alone name them
	notify   string // DE 3035 of the notify party
	ids      bool   // parties with their numbers
	contacts bool   // CTA and COM
	typed    bool   // the number in CNI comes with what it is
	volume   bool   // MEA of volume, CNT 15
	tare     bool   // MEA of the tare of containers
	vgm      bool   // the container's mass is the verified one
	tonnes   bool   // gross mass in TNE
	hs       bool   // CST
	pac      bool   // PAC beside GID
	origin   bool   // LOC 27
	charges  bool   // CPI
	flows    bool   // GIS or GEI of each bill
	reply    bool   // DE 0031: an acknowledgement is wanted
	to       string // recipient
}

// letters is what characters a flavour writes.
type letters uint8

const (
	capitals letters = iota // UNOA
	ascii                   // UNOB
	latin                   // UNOC: ISO 8859-1
)

// flavours are all of them, those of D.95B first.
var flavours = []flavour{
	{name: "directory", syntax: "UNOC:3", una: true, kind: "85", register: "XC", previous: "ACW", carrier: ":172:166", place: ":139:6",
		letters: latin,
		grouped: true, equip: true, notify: "NI", ids: true, contacts: true, volume: true, hs: true, pac: true, origin: true,
		charges: true, flows: true, reply: true, to: "CUSTOMSGATE"},
	{name: "community", syntax: "UNOA:2", assoc: "LOT10", kind: "785", register: "SS", previous: "ACW", carrier: ":172:20",
		place: "::139", letters: capitals,
		equip: true, notify: "N1", pac: true, flows: true, to: "PORTCOMMUNITY"},
	{name: "canal", syntax: "UNOB:1", line: "\r\n", kind: "785", register: "AAS", previous: "ACW", carrier: ":172:20", place: ":139:6",
		letters: ascii,
		notify:  "N1", tonnes: true, volume: true, hs: true, to: "ECA"},
	{name: "terminal", syntax: "UNOB:3", una: true, line: "\n", kind: "85", register: "AAS", previous: "ACW", carrier: ":172:ZZZ",
		place: ":139:6", letters: ascii,
		grouped: true, equip: true, notify: "NI", tare: true, contacts: true, hs: true, pac: true, origin: true, to: "CUSTOMSGATE"},
	{name: "cape", d16a: true, syntax: "UNOB:4", longDate: true, kind: "785", register: "ABT", previous: "XP", carrier: ":172:ZZZ",
		place: ":139:6", letters: ascii,
		grouped: true, equip: true, notify: "NI", ids: true, contacts: true, typed: true, volume: true, hs: true, pac: true,
		flows: true, to: "SARSDEC"},
	{name: "northern", d16a: true, syntax: "UNOC:3", una: true, kind: "85", register: "XC", previous: "XP", carrier: ":172:166",
		place: ":139:6", letters: latin,
		grouped: true, equip: true, notify: "NI", ids: true, contacts: true, volume: true, vgm: true, hs: true, origin: true,
		charges: true, flows: true, reply: true, to: "CUSTOMSGATE"},
	{name: "plain", d16a: true, syntax: "UNOA:3", kind: "85", register: "AAS", previous: "ACW", carrier: ":172:20", place: ":139:6",
		letters: capitals,
		equip:   true, notify: "NI", tare: true, hs: true, pac: true, flows: true, to: "CUSTOMSGATE"},
}

// Formats that a filer may use, as `generate --format` names them.
const (
	FormatD95B = "cuscar-d95b"
	FormatD16A = "cuscar-d16a"
)

// format gives the format of a flavour.
func (f *flavour) format() string {
	if f.d16a {
		return FormatD16A
	}
	return FormatD95B
}

// writes reports whether a message has a place for what shows a sign: some senders give no contacts, or no containers.
func (f *flavour) writes(s sign) bool {
	switch s {
	case signFreeMail, signSharedContact, signPhoneAbroad:
		return f.contacts
	case signSealForeign, signSealTwice, signGrossDiffers, signSealChanged, signEmptyHeavy, signEmptySealed:
		return f.equip
	}
	return true
}

// flavourOf gives the flavour that a filer writes, always the same of those allowed.
func (w *world) flavourOf(f *filer) *flavour {
	r := stream(w.seed, forWorld, 1<<32+uint64(f.index))
	return &w.flavours[r.n(len(w.flavours))]
}
