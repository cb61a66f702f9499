package scoring

import "cargogate/internal/cargo"

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
	numChanged
)

var changedWords = [numChanged]string{
	"consignor", "consignee", "notify party", "description", "HS code", "mass", "packages", "place of discharge",
	"place of delivery", "seals", "equipment", "dangerous goods",
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
}

// NewPeers makes an empty one.
func NewPeers() *Peers {
	return &Peers{seals: map[string]string{}, twice: map[string]string{}, bills: map[string]int{}}
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
