package scoring

import (
	"slices"
	"strings"

	"cargogate/internal/cargo"
)

// Instant is a point in time that may be unknown.
type Instant struct {
	Unix int64 // seconds since 1970-01-01T00:00:00Z, meaningful where OK
	OK   bool
}

// At makes a known instant.
func At(unix int64) Instant { return Instant{Unix: unix, OK: true} }

// Input is what a score is made from: a consignment, and what is known beside it. Everything but the consignment may be
// missing; what follows from it is then not derivable, and brings no points.
type Input struct {
	Consignment *cargo.Consignment
	Call        *cargo.Call   // nil: that of the consignment
	Filing      *cargo.Filing // tells whether it amends where Amendments are not known

	Received  Instant // legal time of the filing that is judged for lateness: the first of the document
	Arrival   Instant // as expected when that filing came, and frozen then; unknown: the call's ETA, where it has an instant
	Arrived   Instant // actual; unknown: the call's ATA
	Departure Instant // from the place of loading, actual or expected, frozen likewise; unknown: the call's ATD or ETD

	Amendments Amendments
	Houses     Houses
	Peers      *Peers
}

// Amendments is what became of a filing since it was first accepted.
type Amendments struct {
	Known   bool
	Count   int
	Changes []Change
}

// Change is one thing that an amendment made different.
type Change struct {
	What           Changed
	AfterDeparture bool // of the conveyance from the place of loading
	AfterRefusal   bool // the version before was refused
}

// Changed says what was changed. The words are in reasons.
type Changed uint8

// What can be changed.
const (
	ChangedConsignor Changed = iota
	ChangedConsignee
	ChangedNotify
	ChangedDescription
	ChangedHS
	ChangedMass
	ChangedPackages
	ChangedDischarge
	ChangedDelivery
	ChangedSeals
	ChangedEquipment
	ChangedDangerousGoods
	ChangedMassMuch // by a fifth of what was declared before, or more
	numChanged
)

var changedWords = [numChanged]string{
	"consignor", "consignee", "notify party", "description", "HS code", "mass", "packages", "place of discharge",
	"place of delivery", "seals", "equipment", "dangerous goods", "mass by much",
}

// String gives the word for people.
func (c Changed) String() string {
	if c < numChanged {
		return changedWords[c]
	}
	return "something"
}

// Houses is what is known of the houses of a master.
type Houses struct {
	Known    bool // somebody has counted; Count is meaningful
	Count    int
	Complete bool        // all houses that belong to the master are there, so that Total can be compared with it
	Total    cargo.Total // sums over them
}

// Peers is what the other equipment and consignments of a call say of the containers and seals of a consignment. It is
// filled once for a call, and then only read.
type Peers struct {
	seals map[string]string // seal → the first container that has it
	twice map[string]string // seal → a second one
	bills map[string]int    // container → consignments that name it
	reach map[string]names  // contact or address of consignees, as appendContactKey and appendAddressKey have it → their names
}

// names counts different names, as far as it matters.
type names struct {
	first string
	more  []string
}

// maxNames is how many names are told apart.
const maxNames = 20

// NewPeers makes an empty one.
func NewPeers() *Peers {
	return &Peers{seals: map[string]string{}, twice: map[string]string{}, bills: map[string]int{}, reach: map[string]names{}}
}

// AddEquipment takes in the seals of a piece of equipment. Giving it again changes nothing.
func (p *Peers) AddEquipment(e *cargo.Equipment) {
	for _, seal := range e.Seals {
		first, ok := p.seals[seal]
		switch {
		case !ok:
			p.seals[seal] = e.ID
		case first != e.ID && p.twice[seal] == "":
			p.twice[seal] = e.ID
		}
	}
}

// AddConsignment takes in which containers a consignment is in. Each is given once, and only those of one level: a master
// and its houses name the same containers and share them with nobody.
func (p *Peers) AddConsignment(c *cargo.Consignment) {
	for i := range c.Equipment {
		p.bills[c.Equipment[i].ID]++
		p.AddEquipment(&c.Equipment[i])
	}
	consignee := c.Party(cargo.RoleConsignee)
	if consignee == nil || blank(consignee.Name) {
		return
	}
	name := foldName(consignee.Name)
	for i := range consignee.Contacts {
		p.reaches(string(appendContactKey(nil, consignee.Contacts[i].Value)), name)
	}
	p.reaches(string(appendAddressKey(nil, &words{}, consignee)), name)
}

// reaches takes in that somebody of a name is reached by a contact or address.
func (p *Peers) reaches(key, name string) {
	if key == "" {
		return
	}
	n := p.reach[key]
	switch {
	case n.first == "":
		n.first = name
	case n.first != name && len(n.more) < maxNames && !slices.Contains(n.more, name):
		n.more = append(n.more, name)
	default:
		return
	}
	p.reach[key] = n
}

// appendAddressKey appends what two spellings of an address have in common; nothing where it has no number, and so could be
// that of anybody in the town. w is room to work in.
func appendAddressKey(dst []byte, w *words, p *cargo.Party) []byte {
	w.reset()
	for _, line := range p.Address {
		w.add(line)
	}
	number := false
	for _, t := range w.tokens {
		number = number || t.digits
	}
	if !number || len(w.tokens) < 2 {
		return dst
	}
	w.add(p.City)
	return append(append(dst, "at "...), w.bytes...)
}

// foldName gives a name as names are told apart: without regard to case and blanks.
func foldName(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), " ")) }

// appendContactKey appends what two spellings of a contact have in common: a mail address in small letters, or the last nine
// digits of a number. Nothing where it is neither.
func appendContactKey(dst []byte, s string) []byte {
	if strings.IndexByte(s, '@') > 0 {
		for _, c := range []byte(strings.TrimSpace(s)) {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
		}
		return dst
	}
	n, from := 0, len(s)
	for n < 9 && from > 0 {
		if from--; isDigit(s[from]) {
			n++
		}
	}
	if n < 7 {
		return dst
	}
	for ; from < len(s); from++ {
		if isDigit(s[from]) {
			dst = append(dst, s[from])
		}
	}
	return dst
}

// named gives how many names there are for a key.
func (p *Peers) named(key []byte) int {
	if p == nil || len(key) == 0 {
		return 0
	}
	n := p.reach[string(key)]
	if n.first == "" {
		return 0
	}
	return 1 + len(n.more)
}

// sealElsewhere reports whether another container has the seal.
func (p *Peers) sealElsewhere(seal, container string) bool {
	if p == nil {
		return false
	}
	first, ok := p.seals[seal]
	return ok && first != container || p.twice[seal] != ""
}

// shared reports whether more than one consignment names the container.
func (p *Peers) shared(container string) bool { return p != nil && p.bills[container] > 1 }
