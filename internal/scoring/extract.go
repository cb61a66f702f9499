package scoring

import (
	"math"
	"strings"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// extractor fills a vector from an input. It keeps its room from one consignment to the next.
type extractor struct {
	lists *Lists
	in    *Input
	c     *cargo.Consignment
	call  *cargo.Call
	v     *Vector

	words  words
	search search
	marks  []byte // by token of words: what it is
	names  [3]words
	seals  map[string]string
	items  []itemMarks
	hs     []byte   // digits of the HS code at hand
	codes  []string // what the trade at hand deals in
	buf    []byte

	mode, flow, level int // index of the word, -1 where unknown
	empties           bool
	classified        bool // an item is declared as dangerous
	described         bool // something says what the goods are: a word that describes, or an HS code
	toOrder           bool
	mass              amount
	packages          amount
	summed            [2]bool // every item has a gross mass, a number of packages
	end               place
	loading           place
}

// amount is a number with where it was declared.
type amount struct {
	n  int64
	ok bool
	at Path
}

// place is a place of the route.
type place struct {
	locode  string
	country string
	at      Path
	ok      bool
}

// run takes all features of an input into v.
func (x *extractor) run(in *Input, v *Vector) {
	v.Reset()
	x.in, x.c, x.v = in, in.Consignment, v
	x.call = in.Call
	if x.call == nil {
		x.call = x.c.Call
	}
	x.journey()
	x.amounts()
	x.goods()
	x.dangerous()
	x.route()
	x.parties()
	x.describes()
	x.identities()
	x.equipment()
	x.load()
	x.filing()
	x.gaps()
	x.receiver()
	x.marksMissing()
	x.regions()
	x.roundMass()
	x.grossExcess()
	v.settle()
	x.in, x.c, x.call, x.v = nil, nil, nil, nil
}

// journey takes mode, flow, level, and what is known of houses.
func (x *extractor) journey() {
	c, v := x.c, x.v
	mode := c.Mode
	if (mode == "" || mode == cargo.ModeUnknown) && x.call != nil {
		mode = x.call.Conveyance.Mode
	}
	x.mode = x.word(fMode, modeWords[:], string(mode), fieldMode)
	x.flow = x.word(fFlow, flowWords[:], string(c.Flow), fieldFlow)
	x.level = x.word(fLevel, levelWords[:], string(c.Level), fieldLevel)
	if h := &x.in.Houses; h.Known && c.Level == cargo.LevelMaster {
		v.know(fHouses, int64(h.Count), path(fieldContextHouses))
	}
}

// describes says whether the goods have to be described here, or are by the houses of a master.
func (x *extractor) describes() {
	if x.level < 0 {
		return
	}
	here := x.level != levelMaster
	switch h := &x.in.Houses; {
	case here:
	case h.Known:
		here = h.Count == 0
	default:
		here = x.v.Total(fForwarderBoth) == 0
	}
	x.v.know(fDescribes, bit(here), path(fieldLevel))
}

// word sets a feature to the index of its word, -1 where there is none.
func (x *extractor) word(f FeatureNumber, words []string, word string, at Field) int {
	i := indexOf(words, word)
	switch {
	case i >= 0:
		x.v.know(f, int64(i), path(at))
	case word == "":
		x.v.absent(f, path(at))
	}
	return i
}

func (x *extractor) maritime() bool { return x.mode == modeMaritime }

// Indexes in modeWords, flowWords and levelWords that features and indicators ask for.
const (
	modeMaritime = 0
	modeAir      = 3
	modeMail     = 4

	flowImport       = 0
	flowTransit      = 2
	flowTranshipment = 3

	levelMaster = 1
	levelHouse  = 2
	levelSub    = 3
)

// amounts takes masses, volume and packages: the sum of the items where each item has one, else what was declared in
// total, else the sum of those that have.
func (x *extractor) amounts() {
	t := &x.c.Totals
	var all, some [3]bool
	for k, has := range [...]func(*cargo.Item) bool{
		func(i *cargo.Item) bool { return !i.GrossMass.IsZero() },
		func(i *cargo.Item) bool { return !i.Volume.IsZero() },
		func(i *cargo.Item) bool { return i.OuterPackages().OK },
	} {
		all[k] = len(x.c.Items) > 0
		for i := range x.c.Items {
			stated := has(&x.c.Items[i])
			all[k], some[k] = all[k] && stated, some[k] || stated
		}
	}
	x.summed = [2]bool{all[0], all[2]}
	computed, ok1 := scaled(t.Computed.GrossMass, 3)
	declared, ok2 := scaled(t.Declared.GrossMass, 3)
	x.mass = x.amount(fMass, amount{computed, ok1, path(fieldComputedMass)}, amount{declared, ok2, path(fieldDeclaredMass)}, all[0], some[0])
	computed, ok1 = scaled(t.Computed.Volume, 3)
	declared, ok2 = scaled(t.Declared.Volume, 3)
	x.amount(fVolume, amount{computed, ok1, path(fieldItems)}, amount{declared, ok2, path(fieldDeclaredVolume)}, all[1], some[1])
	x.packages = x.amount(fPackages, amount{t.Computed.Packages.N, t.Computed.Packages.OK, path(fieldComputedPackages)},
		amount{t.Declared.Packages.N, t.Declared.Packages.OK, path(fieldDeclaredPackages)}, all[2], some[2])
	if len(x.c.Items) == 0 {
		x.v.absent(fItems, path(fieldItems))
		return
	}
	x.v.know(fItems, int64(len(x.c.Items)), path(fieldItems))
}

// amount chooses between a sum and a declared total. Where neither can be read and something was stated, the feature is
// not derivable.
func (x *extractor) amount(f FeatureNumber, sum, total amount, all, some bool) amount {
	a := sum
	if total.ok && (!all || !sum.ok) {
		a = total
	}
	switch {
	case a.ok:
		x.v.know(f, a.n, a.at)
	case !some:
		x.v.absent(f, total.at)
	}
	return a
}

// scaled gives a number times ten to the power of scale as a whole number, cut off behind that.
func scaled(d cargo.OptDecimal, scale int) (int64, bool) {
	if !d.OK {
		return 0, false
	}
	n := d.D.Coefficient()
	for s := int(d.D.Scale()); s > scale; s-- {
		n /= 10
	}
	for s := int(d.D.Scale()); s < scale; s++ {
		if n > math.MaxInt64/100 || n < math.MinInt64/100 {
			return 0, false
		}
		n *= 10
	}
	return n, true
}

// grams gives a mass in grams.
func grams(m *cargo.Measure) (int64, bool) {
	if m.Dimension != refdata.Mass {
		return 0, false
	}
	return scaled(m.Normalised, 3)
}

// permille gives the difference of two amounts in thousandths of the greater one.
func permille(a, b int64) int64 {
	greater := max(a, b)
	if greater <= 0 {
		return 0
	}
	return ratio(max(a, b)-min(a, b), greater, 1000)
}

// ratio gives a × times / b, saturating; b is over zero.
func ratio(a, b, times int64) int64 {
	if a > math.MaxInt64/times {
		if a/b > math.MaxInt64/times {
			return math.MaxInt64
		}
		return a / b * times
	}
	return a * times / b
}

// country gives the country of a place, from its UN/LOCODE where it has one.
func country(locode, declared string) string {
	if len(locode) == 5 && refdata.Country(locode[:2]) {
		return locode[:2]
	}
	if refdata.Country(declared) {
		return declared
	}
	return ""
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
