package scoring

import (
	"crypto/sha256"
	_ "embed" // for the pinned behaviour
	"encoding/hex"
	"errors"
	"sync"

	"cargogate/internal/refdata"
)

// behaviour has a line for each indicator and feature that this build has, with the hash of what it does on a fixed
// corpus; a test holds it to the code.
//
//go:embed data/behaviour.txt
var behaviour string

// Versions name by content everything that a score depends on. Each is empty or a word and a hash.
type Versions struct {
	Rules     string `json:"rules"`
	Lists     string `json:"lists"`
	Model     string `json:"model"` // of a learned model; empty where none took part
	Reference string `json:"reference"`
	Build     string `json:"build"`
}

// ErrUnknownRules says that a stored score was made by rules that are not at hand.
var ErrUnknownRules = errors.New("scoring: the rules of the stored score are not at hand")

// Build names what the code of this build does, by the hash of its pinned behaviour: "build-1a2b3c4d5e6f". Two builds
// with the same Build score alike, whatever else has changed in them.
func Build() string { return build() }

var build = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(behaviour))
	return "build-" + hex.EncodeToString(sum[:])[:12]
})

// Engine is what a site scores with. It never changes, and any number of goroutines may use it, each by a Scorer of its
// own.
type Engine struct {
	lists    *Lists
	rules    *Rules
	order    map[*Rules][]*Rule // by falling points, then by id
	earlier  map[string]*Rules  // by version
	versions Versions
}

// Options say what an engine is made from. The zero value is everything built in.
type Options struct {
	Lists   *Lists   // nil: the built-in ones
	Rules   *Rules   // nil: the built-in ones
	Earlier []*Rules // rules that stored scores name, for Replay
}

// NewEngine makes an engine.
func NewEngine(o Options) (*Engine, error) {
	var err error
	if o.Lists == nil {
		if o.Lists, err = LoadLists(nil); err != nil {
			return nil, err
		}
	}
	if o.Rules == nil {
		if o.Rules, err = BuiltinRules(); err != nil {
			return nil, err
		}
	}
	e := &Engine{lists: o.Lists, rules: o.Rules, order: map[*Rules][]*Rule{}, earlier: map[string]*Rules{}}
	for _, r := range append([]*Rules{o.Rules}, o.Earlier...) {
		e.earlier[r.version] = r
		e.order[r] = r.ordered()
	}
	e.versions = Versions{Rules: o.Rules.version, Lists: o.Lists.version, Reference: refdata.Version(), Build: Build()}
	return e, nil
}

// Versions names what the engine's scores are made by.
func (e *Engine) Versions() Versions { return e.versions }

// Rules gives the rules in force.
func (e *Engine) Rules() *Rules { return e.rules }
