// Package blobtest holds every blob.Store to the rules of its port, and shows of each rule that a store which breaks it
// is noticed.
package blobtest

import (
	"context"
	"testing"

	"cargogate/internal/blob"
)

// T is what a rule needs of *testing.T, so that a rule can also be run where it should fail: see Fails.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// A Rule is one promise of the port.
type Rule struct {
	Name string // of the subtest
	Doc  string // the promise
	// Check fails t if s, which is empty, does not keep the promise.
	Check func(t T, s blob.Store)
	// Break makes of a store that keeps all promises one that breaks this one.
	Break func(s blob.Store) blob.Store
}

// Run holds a store to all rules. open gives an empty one; it is called once for each rule.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for _, r := range Rules() {
		// One after another: what a rule measures of the memory would be another's.
		t.Run(r.Name, func(t *testing.T) { r.Check(t, open(t)) })
	}
}

// Rules gives all rules.
func Rules() []Rule {
	var all []Rule
	for _, group := range [][]Rule{putRules(), conflictRules(), readRules(), listRules(), storeRules()} {
		all = append(all, group...)
	}
	return all
}
