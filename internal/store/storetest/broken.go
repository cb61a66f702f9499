package storetest

import "cargogate/internal/gateway"

// A Breakage is a store with one fault, made of a good one, and the rule that must notice it.
type Breakage struct {
	Name string // what the store does wrong
	Rule string // name of a rule that fails
	Wrap func(gateway.Store) gateway.Store
}

// Check runs the rule on the broken store that is made of a good one, and gives what failed.
func (b Breakage) Check(f Factory) []string {
	for _, rule := range Rules() {
		if rule.Name != b.Rule {
			continue
		}
		return Record(rule.Name, patience*2, func(t T) {
			rule.Check(t, func(t T) Opened {
				o := f(t)
				o.Store = b.Wrap(o.Store)
				o.Second, o.Reopen = nil, nil // they are not broken
				return o
			})
		})
	}
	return nil
}

// Broken gives the broken stores.
func Broken() []Breakage {
	var all []Breakage
	for _, some := range [][]Breakage{brokenAccept, brokenClaim, brokenSettle, brokenRead, brokenOut, brokenKeep, brokenArtifact, brokenCase} {
		all = append(all, some...)
	}
	return all
}
