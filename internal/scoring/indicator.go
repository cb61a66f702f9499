package scoring

import (
	"slices"
	"strings"
)

// Indicator is the code of one version of an indicator: a pure function of the features that it needs and of its
// parameters. Points, family and text are data, see Rule. An indicator whose verdict or evidence changes for the same
// vector gets a new version; the old one stays, because stored scores name it.
type Indicator struct {
	ID      string // "vague-description@1"
	Meaning string // when it fires

	needs  []FeatureNumber
	params []Param
	judge  func(*evaluation) Verdict
}

// Param is a number that an indicator compares with.
type Param struct {
	Name string
	Unit Unit
}

// Params gives the parameters, in their order.
func (i *Indicator) Params() []Param { return slices.Clone(i.params) }

// Features gives the features that the indicator reads.
func (i *Indicator) Features() []FeatureNumber { return slices.Clone(i.needs) }

// Lists names the lists that those features are taken with.
func (i *Indicator) Lists() []string { return i.listSet().names() }

func (i *Indicator) listSet() listSet {
	var s listSet
	for _, f := range i.needs {
		s = s.or(features[f].lists)
	}
	return s
}

// args names what the indicator's text may ask for.
func (i *Indicator) args() []string {
	var out []string
	for _, f := range i.needs {
		for _, name := range []string{features[f].Number, features[f].Text} {
			if name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	for _, p := range i.params {
		out = append(out, p.Name)
	}
	return out
}

// knows reports whether every {name} of a template is an argument; else it gives the one that is not.
func (i *Indicator) knows(template string) (string, bool) {
	args := i.args()
	for rest := template; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return "", true
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || !slices.Contains(args, name) {
			return name, false
		}
		rest = tail
	}
}

// IndicatorByID finds an indicator by its id with version, in force or not.
func IndicatorByID(id string) (*Indicator, bool) {
	for i := range indicators {
		if indicators[i].ID == id {
			return &indicators[i], true
		}
	}
	return nil, false
}

// Indicators gives all indicators of the program, the old versions too.
func Indicators() []*Indicator {
	out := make([]*Indicator, len(indicators))
	for i := range indicators {
		out[i] = &indicators[i]
	}
	return out
}

// evidence names one observation.
type evidence struct {
	feature FeatureNumber
	index   uint8
}

// evaluation is what an indicator sees while it judges.
type evaluation struct {
	v      *Vector
	params []int64
	cited  []evidence
}

// cite adds an observation to the reason.
func (e *evaluation) cite(f FeatureNumber, index int) {
	e.cited = append(e.cited, evidence{f, uint8(index)})
}

// found is true where a feature observed something, and cites it.
func (e *evaluation) found(f FeatureNumber) Verdict {
	if e.v.State(f) != Known {
		return Unsure
	}
	for i := range e.v.Observations(f) {
		e.cite(f, i)
	}
	return is(e.v.Total(f) > 0)
}

// nothing is true where a feature was looked at and observed nothing.
func (e *evaluation) nothing(f FeatureNumber) Verdict {
	if e.v.State(f) != Known {
		return Unsure
	}
	return is(e.v.Total(f) == 0)
}

// absent is true where a feature was not declared, and cites where it would stand.
func (e *evaluation) absent(f FeatureNumber) Verdict {
	switch e.v.State(f) {
	case Known:
		return Quiet
	case Absent:
		for i := range e.v.Observations(f) {
			e.cite(f, i)
		}
		return Fired
	}
	return Unsure
}

// atLeast is true where an observed number is not less than a limit, and cites those.
func (e *evaluation) atLeast(f FeatureNumber, limit int64) Verdict {
	return e.numbers(f, func(n int64) bool { return n >= limit })
}

// atMost is true where an observed number is not more than a limit, and cites those.
func (e *evaluation) atMost(f FeatureNumber, limit int64) Verdict {
	return e.numbers(f, func(n int64) bool { return n <= limit })
}

// equal is true where an observed number is n, and cites those.
func (e *evaluation) equal(f FeatureNumber, n int64) Verdict {
	return e.numbers(f, func(k int64) bool { return k == n })
}

func (e *evaluation) numbers(f FeatureNumber, holds func(int64) bool) Verdict {
	if e.v.State(f) != Known {
		return Unsure
	}
	out := Quiet
	for i, o := range e.v.Observations(f) {
		if holds(o.Number) {
			e.cite(f, i)
			out = Fired
		}
	}
	return out
}

// some is true where there are at least so many observations, and cites them.
func (e *evaluation) some(f FeatureNumber, least int64) Verdict {
	if e.v.State(f) != Known {
		return Unsure
	}
	for i := range e.v.Observations(f) {
		e.cite(f, i)
	}
	return is(int64(e.v.Total(f)) >= least)
}

// one is true where the feature's number is one of some. It cites nothing: it only says where an indicator applies.
func (e *evaluation) one(f FeatureNumber, of ...int64) Verdict {
	n, ok := e.number(f)
	if !ok {
		return Unsure
	}
	return is(slices.Contains(of, n))
}

// not is one's opposite.
func (e *evaluation) not(f FeatureNumber, of ...int64) Verdict {
	n, ok := e.number(f)
	if !ok {
		return Unsure
	}
	return is(!slices.Contains(of, n))
}

// number gives the number of a feature that is one.
func (e *evaluation) number(f FeatureNumber) (int64, bool) {
	o := e.v.Observations(f)
	if e.v.State(f) != Known || len(o) == 0 {
		return 0, false
	}
	return o[0].Number, true
}

// quotient compares times × a/b with a limit: not less than it, or not more where below is set. It is unsure where the
// divisor is not over zero, and cites both where it is true.
func (e *evaluation) quotient(a, b FeatureNumber, times, limit int64, below bool) Verdict {
	x, ok1 := e.number(a)
	y, ok2 := e.number(b)
	if !ok1 || !ok2 || y <= 0 || x < 0 {
		return Unsure
	}
	q := ratio(x, y, times)
	if below && q > limit || !below && q < limit {
		return Quiet
	}
	e.cite(a, 0)
	e.cite(b, 0)
	return Fired
}

func is(b bool) Verdict {
	if b {
		return Fired
	}
	return Quiet
}
