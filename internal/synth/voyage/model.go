package voyage

// A flow is what a consignment does at the port of the call.
type flow uint8

const (
	imported flow = iota
	transhipped
	transit
	aboard // remains on the ship
	exported
)

// A bill is one consignment with its document.
type bill struct {
	kind      string // DE 1153: BM, MB, BH
	number    string
	parent    string // number of the master of a house
	flow      flow
	loading   *port
	via       *port // where it was transhipped before
	discharge *port
	delivery  place  // where it goes in the end, when that is not where it is discharged
	origin    string // of the goods, where it is stated
	shipper   party
	consignee party
	notify    party // none where the name is empty
	items     []item
	freight   byte // P prepaid, C collect
	onward    leg

	change  change // what a later message changes
	added   bool   // filed by a later addition, not in the original
	changes bucket
	truth   *planted
}

// A place is where a consignment goes.
type place struct{ code, name string }

// A leg is the way on from the port of the call.
type leg struct {
	mode   byte // DE 8067: 1 sea, 2 rail, 3 road, 8 inland waterway; 0 for none
	voyage string
	days   int // after arrival
}

// An item is goods of one kind.
type item struct {
	goods  *commodity
	text   []string // lines of at most 70 characters
	hs     string
	count  int
	pack   string
	grams  int64
	litres int64 // 0 where no volume is stated
	dg     dangerousGoods
	marks  []string
	splits []split
}

// A split says how many packages of an item are in one of the containers of its slot.
type split struct{ box, count int }

// A box is a container.
type box struct {
	id       string
	kind     string // ISO 6346 size and type
	status   byte   // DE 8169: 4 empty, 5 full, 7 LCL
	seals    []string
	tare     int64 // grams
	gross    int64
	setPoint string
	skew     int64 // grams that the gross mass says more or less than tare and goods come to
}

// A slot is what one place in a carrier's list holds: a bill, or a master with its houses, and the containers.
type slot struct {
	bill   bill
	houses []bill
	boxes  []box
}

// mass gives the gross mass of a bill in grams.
func (b *bill) mass() (grams int64) {
	for i := range b.items {
		grams += b.items[i].grams
	}
	return grams
}

// packages counts the outermost packages.
func (b *bill) packages() (n int) {
	for i := range b.items {
		n += b.items[i].count
	}
	return n
}

// A boxKind is a size and type of container.
type boxKind struct {
	code    string
	tare    int // kg
	payload int // kg
	volume  int // cubic metres
}

var boxKinds = map[string]boxKind{
	"22G1": {"22G1", 2230, 28200, 33}, "42G1": {"42G1", 3740, 26700, 67}, "45G1": {"45G1", 3940, 26500, 76},
	"L5G1": {"L5G1", 4800, 26900, 86}, "22R1": {"22R1", 2980, 27000, 28}, "45R1": {"45R1", 4640, 29100, 67},
	"22T6": {"22T6", 3650, 26000, 25}, "22U1": {"22U1", 2350, 28000, 32}, "42U1": {"42U1", 4100, 26400, 66},
	"42P1": {"42P1", 5100, 39000, 50},
}
