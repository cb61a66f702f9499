package scoring

import (
	"crypto/sha256"
	_ "embed" // for the built-in rules
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed data/rules.txt
var builtinRules string

// Rules are what is in force at a site: which indicators, at which version, with which points and parameters; bands; the
// threshold; what has to be known for an assessment. They never change once read.
type Rules struct {
	Name       string
	Edition    string
	Threshold  int
	Bands      []Band // from the lowest
	Families   []Family
	Indicators []Rule // in the order of the file
	Needs      []Need

	version string
	text    string   // the file
	names   []string // of families, sorted
}

// Band is a word for a range of points.
type Band struct {
	Name string
	From int // the least points of the band
}

// Family is a kind of threat.
type Family struct {
	Name    string
	Meaning string
}

// Rule is one indicator in force.
type Rule struct {
	ID     string // "to-order@1"
	Family string
	Points int
	Params []int64 // in the order of the indicator's
	Text   string  // template in English: {name} stands for an argument

	indicator *Indicator
	family    int // in Rules.names
}

// Need is something without which a consignment cannot be assessed: at least one of the features has to be known.
type Need struct {
	Name     string
	Features []FeatureNumber
	Goods    bool // not needed for empty equipment, and not on a master whose houses describe the goods
}

// BuiltinRules gives the rules that come with the program.
func BuiltinRules() (*Rules, error) { return ParseRules("rules.txt", builtinRules) }

// Indicator gives the code that the rule calls.
func (r *Rule) Indicator() *Indicator { return r.indicator }

// Version names the rules by the hash of their file: "rules-1a2b3c4d5e6f".
func (r *Rules) Version() string { return r.version }

// Band gives the word for a number of points.
func (r *Rules) Band(points int) string {
	name := r.Bands[0].Name
	for _, b := range r.Bands {
		if points >= b.From {
			name = b.Name
		}
	}
	return name
}

// ParseRules reads a rules file strictly. Lines that are not indented begin something: "rules NAME", "edition TEXT",
// "threshold N", "band NAME N" (rising, the first from 0), "family NAME MEANING", "need NAME FEATURE [| FEATURE]", "need-goods" likewise,
// and "indicator ID". Indented lines belong to the indicator before: family, points, param NAME N, text. The error wraps
// ErrData and names line and column.
func ParseRules(file, text string) (*Rules, error) {
	p := rulesParser{source: newSource(file, text), rules: &Rules{Threshold: -1}}
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("scoring: rules: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	p.rules.version, p.rules.text = "rules-"+hex.EncodeToString(sum[:])[:12], text
	return p.rules, nil
}

type rulesParser struct {
	*source
	rules *Rules
	open  *Rule // the indicator that indented lines belong to
	given []bool
	at    DataError // where it began
}

func (p *rulesParser) parse() error {
	var err error
	if p.rules.Name, err = p.header("rules"); err != nil {
		return err
	}
	if p.rules.Edition, err = p.header("edition"); err != nil {
		return err
	}
	for {
		more, err := p.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if p.deep {
			err = p.member()
		} else if err = p.closeIndicator(); err == nil {
			err = p.statement()
		}
		if err != nil {
			return err
		}
	}
	if err := p.closeIndicator(); err != nil {
		return err
	}
	return p.whole()
}

// whole checks what only the whole file shows.
func (p *rulesParser) whole() error {
	r := p.rules
	p.line, p.col = p.line+1, 1
	switch {
	case r.Threshold < 0:
		return p.errorf(0, "the file has no line \"threshold N\"")
	case len(r.Bands) == 0:
		return p.errorf(0, "the file has no line \"band NAME N\"")
	case len(r.Indicators) == 0:
		return p.errorf(0, "the file has no indicator")
	}
	for _, f := range r.Families {
		r.names = append(r.names, f.Name)
	}
	slices.Sort(r.names)
	for i := range r.Indicators {
		r.Indicators[i].family, _ = slices.BinarySearch(r.names, r.Indicators[i].Family)
	}
	return nil
}

// statement reads a line that begins something.
func (p *rulesParser) statement() error {
	r := p.rules
	word, rest, at := p.pair()
	name, tail, _ := strings.Cut(rest, " ")
	tail = strings.TrimLeft(tail, " ")
	if rest == "" {
		return p.errorf(0, "%q stands alone, or is no statement", word)
	}
	switch word {
	case "threshold":
		n, err := p.number(rest, at, 0)
		if err == nil && r.Threshold >= 0 {
			return p.errorf(0, "the threshold stands here twice")
		}
		r.Threshold = n
		return err
	case "band":
		n, err := p.number(tail, len(p.text)-len(tail), 0)
		if err != nil {
			return err
		}
		if k := len(r.Bands); k == 0 && n != 0 || k > 0 && n <= r.Bands[k-1].From {
			return p.errorf(at, "bands rise, and the first begins at 0")
		}
		if name == bandUnassessed || slices.ContainsFunc(r.Bands, func(b Band) bool { return b.Name == name }) {
			return p.errorf(at, "the band %q is there already", name)
		}
		r.Bands = append(r.Bands, Band{name, n})
	case "family":
		if tail == "" || !plainName(name) {
			return p.errorf(at, "a family needs a name in small letters and its meaning")
		}
		if p.family(name) >= 0 {
			return p.errorf(at, "the family %q is there already", name)
		}
		r.Families = append(r.Families, Family{name, tail})
	case "need", "need-goods":
		return p.need(name, tail, at, word == "need-goods")
	case "indicator":
		return p.openIndicator(rest, at)
	default:
		return p.errorf(0, "%q is no statement: rules, edition, threshold, band, family, need, need-goods, indicator", word)
	}
	return nil
}

// plainName reports whether a name is of small letters and underscores, as the JSON of scores has it.
func plainName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

func (p *rulesParser) family(name string) int {
	return slices.IndexFunc(p.rules.Families, func(f Family) bool { return f.Name == name })
}

func (p *rulesParser) number(s string, at, least int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > 1000 {
		return 0, p.errorf(at, "%q is not a whole number from %d to 1000", s, least)
	}
	return n, nil
}

func (p *rulesParser) need(name, tail string, at int, goods bool) error {
	n := Need{Name: name, Goods: goods}
	for _, id := range strings.Split(tail, " | ") {
		f, ok := FeatureByID(id)
		if !ok {
			return p.errorf(at, "there is no feature %q", id)
		}
		n.Features = append(n.Features, f)
	}
	p.rules.Needs = append(p.rules.Needs, n)
	return nil
}

func (p *rulesParser) openIndicator(id string, at int) error {
	ind, ok := IndicatorByID(id)
	if !ok {
		return p.errorf(at, "there is no indicator %q in this release", id)
	}
	name, _, _ := strings.Cut(id, "@")
	for i := range p.rules.Indicators {
		if other, _, _ := strings.Cut(p.rules.Indicators[i].ID, "@"); other == name {
			return p.errorf(at, "the indicator %q is there already, as %s", name, p.rules.Indicators[i].ID)
		}
	}
	p.open = &Rule{ID: id, indicator: ind, Params: make([]int64, len(ind.params))}
	p.given = make([]bool, len(ind.params))
	p.at = DataError{File: p.file, Line: p.line, Col: p.col + at}
	return nil
}

// member reads a line of an indicator.
func (p *rulesParser) member() error {
	if p.open == nil {
		return p.errorf(0, "an indented line belongs to an indicator, and none is open")
	}
	word, rest, at := p.pair()
	if rest == "" {
		return p.errorf(0, "%q has no value", word)
	}
	twice := false
	switch word {
	case "family":
		if p.family(rest) < 0 {
			return p.errorf(at, "there is no family %q above", rest)
		}
		twice, p.open.Family = p.open.Family != "", rest
	case "points":
		n, err := p.number(rest, at, 1)
		if err != nil {
			return err
		}
		twice, p.open.Points = p.open.Points != 0, n
	case "text":
		if name, ok := p.open.indicator.knows(rest); !ok {
			return p.errorf(at, "the text asks for {%s}, which the indicator does not give: %s", name, strings.Join(p.open.indicator.args(), ", "))
		}
		twice, p.open.Text = p.open.Text != "", rest
	case "param":
		return p.param(rest, at)
	default:
		return p.errorf(0, "%q is not family, points, param or text", word)
	}
	if twice {
		return p.errorf(0, "%q stands here twice", word)
	}
	return nil
}

func (p *rulesParser) param(rest string, at int) error {
	name, value, _ := strings.Cut(rest, " ")
	for i, param := range p.open.indicator.params {
		if param.Name != name {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < -1e15 || n > 1e15 {
			return p.errorf(at+len(name)+1, "%q is not a whole number", value)
		}
		if p.given[i] {
			return p.errorf(at, "the parameter %q stands here twice", name)
		}
		p.open.Params[i], p.given[i] = n, true
		return nil
	}
	return p.errorf(at, "the indicator has no parameter %q", name)
}

// closeIndicator checks that nothing of the open indicator is missing.
func (p *rulesParser) closeIndicator() error {
	o := p.open
	if o == nil {
		return nil
	}
	p.open = nil
	missing := ""
	switch i := slices.Index(p.given, false); {
	case i >= 0:
		missing = "param " + o.indicator.params[i].Name
	case o.Family == "":
		missing = "family"
	case o.Points == 0:
		missing = "points"
	case o.Text == "":
		missing = "text"
	}
	if missing != "" {
		e := p.at
		e.Reason = fmt.Sprintf("the indicator %s has no line %q", o.ID, missing)
		return &e
	}
	p.rules.Indicators = append(p.rules.Indicators, *o)
	return nil
}
