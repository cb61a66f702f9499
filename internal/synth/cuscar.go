package synth

import (
	"fmt"
	"io"
	"strconv"
)

// A Mode says how an interchange is cut into messages. The zero value is ManyMessages.
type Mode string

// Modes of WriteCUSCAR.
const (
	ManyMessages  Mode = "many"   // messages of MinBills to MaxBills consignments until Size is reached
	SingleMessage Mode = "single" // one message of about Size bytes
)

// Directory releases that WriteCUSCAR knows.
const (
	ReleaseD95B = "D.95B" // UNH S009: D, 95B
	ReleaseD16A = "D.16A" // UNH S009: D, 16A
)

// CUSCAROptions say what WriteCUSCAR writes. The zero value gives one small message of seed 0.
type CUSCAROptions struct {
	Seed uint64 // the same options give the same bytes
	Size int64  // bytes aimed at; the file ends with the message that comes within 20,000 bytes of it, or just after
	Mode Mode   // "" is ManyMessages

	MinBills, MaxBills int // CNI groups of a message in ManyMessages; 0 stands for 10 and 120

	CRLF bool // CR LF after each segment terminator

	// Balanced makes every statement of the file agree with every other: control totals of a bill (DE 6069: 7
	// gross weight, 8 pieces, 11 packages, 15 cube) equal the sums of its items, the packages of SGP add up to
	// those of GID, every container of an EQD is named by an SGP and the reverse, the header counts containers
	// and master bills, places agree with the declared flow. A checker should have nothing to say about it.
	// Without it, totals are drawn at random.
	Balanced bool

	// MasterHouse mixes straight bills (RFF+BM) with master bills (RFF+MB) that are followed in the same CNI group
	// by their house bills (RFF+BH), whose number stands in the CNT of the CNI group. It implies Balanced.
	MasterHouse bool

	Release string // ReleaseD95B or ReleaseD16A; "" is D.95B
}

// Stats count what was written.
type Stats struct {
	Bytes        int64 // all bytes, UNA and line breaks included
	Messages     int   // UNH
	Segments     int   // in messages, UNH and UNT included
	MasterBills  int   // CNI groups
	Consignments int   // bills: RFF groups under CNI
	GoodsItems   int   // GID groups
	Equipment    int   // EQD groups
}

// WriteCUSCAR writes one interchange of customs cargo reports to w and says what it wrote. It buffers; the memory
// it takes does not grow with Size. An error is either an option out of range or the first error of w.
//
// One message of more than about 31 MB has more segments than UNT can state in syntax version 3 (DE 0074, n..6);
// without Balanced, one message of more than about 9 MB also passes the 9999 repeats of the EQD and CNI groups.
// With Balanced those groups stop at 9999 and further bills become house bills under the masters that are there.
func WriteCUSCAR(w io.Writer, opts CUSCAROptions) (Stats, error) {
	d, err := dialectOf(opts.Release)
	if err != nil {
		return Stats{}, err
	}
	lo, hi := opts.MinBills, opts.MaxBills
	if lo == 0 {
		lo = 10
	}
	if hi == 0 {
		hi = max(120, lo)
	}
	if lo < 1 || hi < lo || hi > maxGroup {
		return Stats{}, fmt.Errorf("synth: %d to %d bills a message: want 1 to %d", lo, hi, maxGroup)
	}
	if opts.Mode != "" && opts.Mode != ManyMessages && opts.Mode != SingleMessage {
		return Stats{}, fmt.Errorf("synth: mode %q is neither many nor single", opts.Mode)
	}
	if opts.Size < 0 {
		return Stats{}, fmt.Errorf("synth: size %d is negative", opts.Size)
	}

	o := newSegmentWriter(w, opts.CRLF)
	r := &rng{opts.Seed}
	ref := fmt.Sprintf("ICR%09d", r.n(1e9))
	o.seg("UNA:+.? ")
	o.seg("UNB+UNOC:3+", pick(r, carriers), ":ZZZ+CUSTOMSGATE:ZZZ+261123:0915+", ref)
	o.segs = 0 // UNA and UNB are of no message
	many := opts.Mode != SingleMessage
	for o.stats.Messages == 0 || many && o.stats.Bytes < opts.Size-20000 {
		n := r.in(lo, hi)
		if !many {
			n = billsOf(opts)
		}
		number := o.stats.Messages + 1
		if opts.Balanced || opts.MasterHouse {
			b := balanced{o: o, r: r, d: d, seed: opts.Seed<<20 + uint64(number), houses: opts.MasterHouse}
			b.message(number, n)
		} else {
			plainMessage(o, r, d, opts.Seed, number, n)
		}
	}
	o.seg("UNZ+", itoa(o.stats.Messages), "+", ref)
	return o.stats, o.Flush()
}

// maxGroup is how often EQD, CNI and RFF groups may stand in a message (CUSCAR, all releases).
const maxGroup = 9999

// billsOf gives how many CNI groups (beyond maxGroup: bills) make up a single message of about opts.Size bytes. It
// divides by measured means, because a message states its counts before its bills.
func billsOf(opts CUSCAROptions) int {
	mean := 876 // of a bill with its share of the equipment
	switch {
	case opts.MasterHouse:
		mean = 2030 // of a bill or a master with its houses
	case opts.Balanced:
		mean = 922
	}
	n := max(1, int(float64(opts.Size)/float64(mean)))
	if n > maxGroup && (opts.Balanced || opts.MasterHouse) {
		const perHouse = 780
		n = max(maxGroup, int(opts.Size/perHouse))
	}
	return n
}

// itoa is short for the decimal form of a count.
func itoa(n int) string { return strconv.Itoa(n) }
