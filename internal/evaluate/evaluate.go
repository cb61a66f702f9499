// Package evaluate says what scores are worth on traffic whose truth is known: how many of the planted cases are among
// the consignments that an administration would look at, how many honest look-alikes, against choosing by lot.
package evaluate

import (
	"cmp"
	"math"
	"slices"

	"cargogate/internal/scoring"
	"cargogate/internal/synth/voyage"
)

// A Key names a consignment in the truth and in the traffic: the kind and the number of its own document.
type Key struct{ Kind, Number string }

// A Row is the score in force of one consignment.
type Row struct {
	Points     int
	Assessable bool
	Fired      []string // indicators, of planted ones only
}

// Traffic is what is evaluated.
type Traffic struct {
	Days  float64 // that it spans
	Truth map[Key]voyage.Truth
	Rows  map[Key]Row
}

// Shares are the parts of the traffic that are looked at, in thousandths.
var Shares = []int{5, 10, 20, 50}

// A Report is what an evaluation came to.
type Report struct {
	Consignments int        `json:"consignments"`
	Days         float64    `json:"days"`
	Planted      int        `json:"planted"`
	Lookalikes   int        `json:"lookalikes"`
	Missing      int        `json:"missing"` // planted, and no consignment of theirs was scored
	Shares       []Share    `json:"shares"`
	Typologies   []Typology `json:"typologies"`
}

// A Share is what comes of looking at a part of the traffic.
type Share struct {
	Permille       int     `json:"permille"`
	Flagged        int     `json:"flagged"`
	ADay           float64 `json:"a_day"`
	Points         int     `json:"points"` // the least that is flagged
	Full           Part    `json:"full"`   // cases that show most of their signs
	Plain          Part    `json:"plain"`  // cases that show as many signs of those that need no history
	All            Part    `json:"all"`    // full and partial cases
	Lookalikes     Part    `json:"lookalikes"`
	Precision      float64 `json:"precision"`       // planted cases among what is flagged
	RandomLow      float64 `json:"random_low"`      // bounds of 95 % on the share of all cases
	RandomHigh     float64 `json:"random_high"`     // that as many drawn by lot would hold
	RandomExpected float64 `json:"random_expected"` // and what is expected
}

// A Part is how many of some were flagged.
type Part struct {
	Flagged int `json:"flagged"`
	Of      int `json:"of"`
}

// Rate gives the share, 0 where there are none.
func (p Part) Rate() float64 {
	if p.Of == 0 {
		return 0
	}
	return float64(p.Flagged) / float64(p.Of)
}

func (p *Part) add(flagged bool) {
	p.Of++
	if flagged {
		p.Flagged++
	}
}

// A Typology is what comes of one typology at each share.
type Typology struct {
	Name       string      `json:"name"`
	Shares     []PerShare  `json:"shares"`
	Indicators []Indicator `json:"indicators"` // that fired on its full cases, most often first
}

// PerShare is a typology at one share.
type PerShare struct {
	Permille   int  `json:"permille"`
	Full       Part `json:"full"`
	Partial    Part `json:"partial"`
	Lookalikes Part `json:"lookalikes"`
}

// An Indicator is how often one fired on the cases of a typology, and on its look-alikes.
type Indicator struct {
	ID         string `json:"id"`
	Cases      int    `json:"cases"`
	Lookalikes int    `json:"lookalikes"`
}

// fullSigns is how many signs a full case shows, where its typology has as many.
const fullSigns = 3

// Evaluate makes the report.
func Evaluate(t *Traffic) *Report {
	r := &Report{Consignments: len(t.Rows), Days: t.Days}
	keys := make([]Key, 0, len(t.Rows))
	for k := range t.Rows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Kind, b.Kind)) })
	set := make([]scoring.Candidate, len(keys))
	for i, k := range keys {
		row := t.Rows[k]
		set[i] = scoring.Candidate{ID: k.Kind + " " + k.Number, Points: row.Points, Assessable: row.Assessable}
	}
	most := map[string]int{} // signs of a typology's fullest case
	for k, tr := range t.Truth {
		if _, scored := t.Rows[k]; !scored {
			r.Missing++
		}
		if tr.Role == voyage.RoleLookalike {
			r.Lookalikes++
			continue
		}
		r.Planted++
		most[tr.Typology] = max(most[tr.Typology], len(tr.Signs))
	}
	byName := map[string]*Typology{}
	for _, tr := range t.Truth {
		if byName[tr.Typology] == nil {
			byName[tr.Typology] = &Typology{Name: tr.Typology}
		}
	}
	for _, permille := range Shares {
		r.Shares = append(r.Shares, share(t, keys, set, permille, most, byName))
	}
	fired(t, most, byName)
	for _, ty := range byName {
		r.Typologies = append(r.Typologies, *ty)
	}
	slices.SortFunc(r.Typologies, func(a, b Typology) int { return cmp.Compare(a.Name, b.Name) })
	return r
}

// full reports whether a case shows most of what its typology has.
func full(tr *voyage.Truth, most map[string]int) bool { return enough(len(tr.Signs), tr, most) }

// plain reports whether a case shows as many signs as a full one without those that only the history of a party shows.
func plain(tr *voyage.Truth, most map[string]int) bool {
	n := 0
	for _, s := range tr.Signs {
		if !voyage.NeedsHistory(s) {
			n++
		}
	}
	return enough(n, tr, most)
}

// enough reports whether so many signs are most of what the typology of a case has.
func enough(signs int, tr *voyage.Truth, most map[string]int) bool {
	return signs >= min(fullSigns, most[tr.Typology])
}

// share looks at a part of the traffic.
func share(t *Traffic, keys []Key, set []scoring.Candidate, permille int, most map[string]int, byName map[string]*Typology) Share {
	chosen := scoring.Select(set, scoring.Budget{Permille: permille})
	flagged := make(map[Key]bool, len(chosen))
	s := Share{Permille: permille, Flagged: len(chosen)}
	for _, i := range chosen {
		flagged[keys[i]] = true
		s.Points = set[i].Points // by falling points
	}
	if t.Days > 0 {
		s.ADay = float64(s.Flagged) / t.Days
	}
	per := map[string]*PerShare{}
	for name := range byName {
		per[name] = &PerShare{Permille: permille}
	}
	hits := 0
	for k, tr := range t.Truth {
		p, hit := per[tr.Typology], flagged[k]
		switch {
		case tr.Role == voyage.RoleLookalike:
			p.Lookalikes.add(hit)
			s.Lookalikes.add(hit)
			continue
		case full(&tr, most):
			p.Full.add(hit)
			s.Full.add(hit)
		default:
			p.Partial.add(hit)
		}
		if plain(&tr, most) {
			s.Plain.add(hit)
		}
		s.All.add(hit)
		if hit {
			hits++
		}
	}
	if s.Flagged > 0 {
		s.Precision = float64(hits) / float64(s.Flagged)
	}
	if n := len(set); n > 0 {
		s.RandomExpected = float64(s.Flagged) / float64(n)
		s.RandomLow, s.RandomHigh = lot(s.RandomExpected, s.All.Of, n)
	}
	for name, p := range per {
		byName[name].Shares = append(byName[name].Shares, *p)
	}
	return s
}

// lot gives bounds of 95 % on the share of cases that are drawn when a share p of n consignments is: hypergeometric, by its
// normal approximation.
func lot(p float64, cases, n int) (low, high float64) {
	if cases == 0 || n < 2 {
		return 0, 0
	}
	deviation := math.Sqrt(p * (1 - p) / float64(cases) * float64(n-cases) / float64(n-1))
	return max(0, p-1.96*deviation), min(1, p+1.96*deviation)
}

// fired counts which indicators spoke.
func fired(t *Traffic, most map[string]int, byName map[string]*Typology) {
	counts := map[string]map[string]*Indicator{}
	for k, tr := range t.Truth {
		alike := tr.Role == voyage.RoleLookalike
		if !alike && !full(&tr, most) {
			continue
		}
		of := counts[tr.Typology]
		if of == nil {
			of = map[string]*Indicator{}
			counts[tr.Typology] = of
		}
		for _, id := range t.Rows[k].Fired {
			if of[id] == nil {
				of[id] = &Indicator{ID: id}
			}
			if alike {
				of[id].Lookalikes++
			} else {
				of[id].Cases++
			}
		}
	}
	for name, of := range counts {
		for _, i := range of {
			byName[name].Indicators = append(byName[name].Indicators, *i)
		}
		slices.SortFunc(byName[name].Indicators, func(a, b Indicator) int {
			return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(b.Lookalikes, a.Lookalikes), cmp.Compare(a.ID, b.ID))
		})
	}
}
