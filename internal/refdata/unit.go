package refdata

import (
	"strconv"
	"strings"
)

// A Dimension says what a unit measures. The zero value stands for any.
type Dimension uint8

// Dimensions, each with the unit that factors lead to.
const (
	AnyDimension Dimension = iota
	Mass                   // kg
	Volume                 // m³
	Length                 // m
	Temperature            // no factor: scales with different zeros
	Number                 // single things
)

// String gives the word that the pack uses.
func (d Dimension) String() string {
	switch d {
	case Mass:
		return "mass"
	case Volume:
		return "volume"
	case Length:
		return "length"
	case Temperature:
		return "temperature"
	case Number:
		return "count"
	}
	return "any"
}

// A Unit is one unit of measure (UN/ECE Recommendation 20) with its exact factor: one of it is Coefficient × 10^-Scale
// of the dimension's own unit. HasFactor is false where no such factor exists: temperatures, and counts of sets.
type Unit struct {
	Code        string // common code, an..3: "KGM"
	Name        string
	Dimension   Dimension
	Coefficient int64
	Scale       uint8
	HasFactor   bool
}

// aliasKey is a spelling from the field within one dimension, since "L" is pounds in one column and litres in the next.
type aliasKey struct {
	text uint64
	dim  Dimension
}

var units, unitAliases = func() (map[uint64]*Unit, map[aliasKey]*Unit) {
	units, aliases := make(map[uint64]*Unit, 128), make(map[aliasKey]*Unit, 128)
	_, _, rest := header(unitsPack)
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		f := strings.SplitN(line, " ", 4)
		must(len(f) == 4, "units", line)
		if f[0] == "alias" {
			dim, ok := dimensionOf(f[1])
			from, ok2 := key(f[2])
			to, ok3 := key(f[3])
			u := units[to]
			must(ok && ok2 && ok3 && u != nil && u.Dimension == dim, "units", line)
			aliases[aliasKey{from, dim}] = u
			continue
		}
		k, ok := key(f[0])
		u := &Unit{Code: f[0], Name: f[3]}
		var ok2, ok3 bool
		u.Dimension, ok2 = dimensionOf(f[1])
		u.Coefficient, u.Scale, u.HasFactor, ok3 = factorOf(f[2])
		must(ok && ok2 && ok3, "units", line)
		units[k] = u
	}
	return units, aliases
}()

// LookupUnit finds a unit by its common code (UN/ECE Recommendation 20), of any dimension.
func LookupUnit[T Text](code T) (Unit, bool) {
	k, ok := key(code)
	if !ok {
		return Unit{}, false
	}
	u := units[k]
	if u == nil {
		return Unit{}, false
	}
	return *u, true
}

// ResolveUnit finds the unit that a measure of the given dimension was declared in: by its common code, else by a
// spelling seen in the field ("KGS", "TON", "CBM"), and then alias is true. With AnyDimension only common codes are
// found, because a spelling means something only within a dimension: "L" is a pound of mass and a litre of volume.
func ResolveUnit[T Text](code T, dim Dimension) (u Unit, alias, ok bool) {
	k, ok := key(code)
	if !ok {
		return Unit{}, false, false
	}
	if u := units[k]; u != nil && (dim == AnyDimension || u.Dimension == dim) {
		return *u, false, true
	}
	if u := unitAliases[aliasKey{k, dim}]; u != nil {
		return *u, true, true
	}
	return Unit{}, false, false
}

func dimensionOf(word string) (Dimension, bool) {
	for d := Mass; d <= Number; d++ {
		if d.String() == word {
			return d, true
		}
	}
	return AnyDimension, false
}

// factorOf reads "0.4536" as 4536 × 10^-4, and "-" as no factor.
func factorOf(s string) (coefficient int64, scale uint8, has, ok bool) {
	if s == "-" {
		return 0, 0, false, true
	}
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	return n, uint8(len(fraction)), true, err == nil && n > 0
}
