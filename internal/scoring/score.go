package scoring

import (
	"cmp"
	"fmt"
	"slices"
)

// bandUnassessed is the band of what cannot be assessed and has too few points to be selected anyhow.
const bandUnassessed = "not_assessable"

// Score is what is said of one consignment. It belongs to the Scorer that made it, and is good until that is used again.
type Score struct {
	Points     int  // the sum of the reasons' points
	Selected   bool // the points reach the threshold
	Assessable bool
	Band       string   // by points; "not_assessable" where it is not, unless the points suffice to select it
	Missing    []string // names of the needs that are not met
	Reasons    []Reason // by falling points, then by indicator
	Versions   Versions

	rules    *Rules
	vector   *Vector
	cited    []evidence
	families []int // points by family, in the order of Rules.names
	stored   []byte
}

// Reason is one indicator that fired.
type Reason struct {
	Rule *Rule

	first, end int // in Score.cited
}

// Families calls yield with the families that have points, by name.
func (s *Score) Families(yield func(name string, points int) bool) {
	for i, p := range s.families {
		if p != 0 && !yield(s.rules.names[i], p) {
			return
		}
	}
}

// Vector gives the features that the score was made from.
func (s *Score) Vector() *Vector { return s.vector }

// Features gives the features that a reason cites.
func (s *Score) Features(r *Reason) []FeatureNumber {
	var out []FeatureNumber
	for _, c := range s.cited[r.first:r.end] {
		if !slices.Contains(out, c.feature) {
			out = append(out, c.feature)
		}
	}
	return out
}

// Fields gives the JSON pointers of what a reason rests on.
func (s *Score) Fields(r *Reason) []string {
	var out []string
	s.fields(r, func(p Path) { out = append(out, p.String()) })
	return out
}

// fields calls visit with each path of a reason once.
func (s *Score) fields(r *Reason, visit func(Path)) {
	var seen [4 * maxObservations]Path
	n := 0
	for _, c := range s.cited[r.first:r.end] {
		o := &s.vector.values[c.feature].obs[c.index]
		for _, p := range [2]Path{o.At, o.Other} {
			if p.IsZero() || n == len(seen) || slices.Contains(seen[:n], p) {
				continue
			}
			seen[n] = p
			n++
			visit(p)
		}
	}
}

// Scorer makes scores, one after the other, and keeps its room: in the steady state it allocates nothing. It is for one
// goroutine.
type Scorer struct {
	engine *Engine
	x      extractor
	vector Vector
	eval   evaluation
	score  Score
}

// NewScorer makes a scorer.
func (e *Engine) NewScorer() *Scorer {
	return &Scorer{engine: e, x: extractor{lists: e.lists, seals: map[string]string{}}}
}

// Score takes the features of in and judges them. in.Consignment must be there.
func (s *Scorer) Score(in *Input) *Score {
	s.x.run(in, &s.vector)
	return s.judge(s.engine.rules, s.engine.versions)
}

// ScoreVector judges a vector by the rules in force: what a draft of rules would have said.
func (s *Scorer) ScoreVector(v *Vector) *Score {
	s.vector = *v
	return s.judge(s.engine.rules, s.engine.versions)
}

// Replay judges a stored vector by the rules that versions name, and gives the score that was given then: the same points
// and reasons, byte for byte. The error wraps ErrVector or ErrUnknownRules.
func (s *Scorer) Replay(vector []byte, versions Versions) (*Score, error) {
	rules, ok := s.engine.earlier[versions.Rules]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknownRules, versions.Rules)
	}
	if err := s.vector.UnmarshalBinary(vector); err != nil {
		return nil, err
	}
	return s.judge(rules, versions), nil
}

// judge asks every indicator in force.
func (s *Scorer) judge(rules *Rules, versions Versions) *Score {
	out := &s.score
	out.rules, out.vector, out.Versions = rules, &s.vector, versions
	out.Points, out.Reasons, out.Missing = 0, out.Reasons[:0], out.Missing[:0]
	out.families = slices.Grow(out.families[:0], len(rules.names))[:len(rules.names)]
	clear(out.families)
	e := &s.eval
	e.v, e.cited = &s.vector, e.cited[:0]
	for _, r := range s.engine.order[rules] {
		first := len(e.cited)
		e.params = r.Params
		if r.indicator.judge(e) != Fired {
			e.cited = e.cited[:first]
			continue
		}
		out.Points += r.Points
		out.families[r.family] += r.Points
		out.Reasons = append(out.Reasons, Reason{r, first, len(e.cited)})
	}
	out.cited = e.cited
	for i := range rules.Needs {
		if !s.met(&rules.Needs[i]) {
			out.Missing = append(out.Missing, rules.Needs[i].Name)
		}
	}
	out.Assessable = len(out.Missing) == 0
	out.Selected = out.Points >= rules.Threshold
	out.Band = rules.Band(out.Points)
	if !out.Assessable && !out.Selected {
		out.Band = bandUnassessed
	}
	return out
}

// met reports whether one of a need's features is known, or none is needed.
func (s *Scorer) met(n *Need) bool {
	if n.Goods && here(&s.eval) == Quiet {
		return true
	}
	for _, f := range n.Features {
		if s.vector.State(f) == Known {
			return true
		}
	}
	return false
}

// ordered gives the rules in the order of reasons.
func (r *Rules) ordered() []*Rule {
	out := make([]*Rule, len(r.Indicators))
	for i := range r.Indicators {
		out[i] = &r.Indicators[i]
	}
	slices.SortFunc(out, func(a, b *Rule) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.ID, b.ID))
	})
	return out
}
