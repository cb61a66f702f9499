package voyage

import (
	_ "embed" // for the table below
	"strings"
)

//go:embed data/goods.txt
var goodsTable string

// A commodity is a kind of goods as it is traded.
type commodity struct {
	key      string
	hs       string // Harmonized System, six digits
	sector   int    // index in sectors
	origins  []string
	packs    []string // UN/ECE Recommendation 21
	lo, hi   int      // kg a package
	density  int      // kg a cubic metre as stowed
	boxes    string   // kinds of container that fit: D dry, R reefer, T tank, O open top, F flat rack
	dg       dangerousGoods
	setPoint string // of a reefer, degrees Celsius
	wordings []string
	bulk     bool // a package is as large as the container
}

// dangerousGoods is a classification by the IMDG Code.
type dangerousGoods struct{ un, class, group string }

// sectors are the lines of business; a company has one.
var sectors []string

var (
	catalogue []*commodity
	goodsBy   = map[string]*commodity{}
	exports   = map[string][]*commodity{} // by country
)

func init() {
	index := map[string]int{}
	for f := range rows(goodsTable, 11) {
		g := &commodity{key: f[0], hs: f[1], origins: list(f[3]), packs: list(f[4]), density: number(f[6]), boxes: f[7],
			setPoint: f[9], wordings: strings.Split(f[10], ";")}
		sector, ok := index[f[2]]
		if !ok {
			sector = len(sectors)
			index[f[2]] = sector
			sectors = append(sectors, f[2])
		}
		g.sector = sector
		lo, hi, _ := strings.Cut(f[5], "-")
		g.lo, g.hi = number(lo), number(hi)
		g.bulk = g.hi >= 20000
		if f[8] != "" {
			d := strings.Split(f[8], "/")
			g.dg = dangerousGoods{d[0], d[1], d[2]}
		}
		catalogue = append(catalogue, g)
		goodsBy[g.key] = g
		for i, c := range g.origins {
			if i == 0 || c != g.origins[i-1] {
				exports[c] = append(exports[c], g)
			}
		}
	}
}

// sectorOf gives the index of a sector by its short name.
func sectorOf(name string) int {
	for i, s := range sectors {
		if s == name {
			return i
		}
	}
	panic("voyage: no sector " + name)
}
