// Package storetest is the conformance suite of gateway.Store: one named test for each rule of the port, run against
// every store, and a list of broken stores that the suite must notice.
//
// A store's own test calls Run with a Factory. Each rule gets a store of its own, empty and migrated, so a Factory does
// well to copy a template. Rules run in parallel.
package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"cargogate/internal/gateway"
)

// T is what the suite needs of a test. *testing.T is one, and what Run hands to a Factory; a Recorder is another.
type T interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	FailNow()
	Failed() bool
	Cleanup(f func())
	TempDir() string
	Context() context.Context
}

// Opened is a store to be tested: empty, migrated, and closed by a cleanup of the T that it was made for.
type Opened struct {
	Store gateway.Store
	// Second is another node on the same database; nil where there can be none.
	Second gateway.Store
	// Advance moves database time, for both nodes; nil where it cannot be moved. Then leases are short and are waited for.
	Advance func(time.Duration)
	// Reopen closes Store, opens the same database again and gives what is there then; nil where that cannot be done.
	// A store closed by Reopen may be closed once more by its cleanup.
	Reopen func() gateway.Store
}

// A Factory opens an empty store for one rule.
type Factory func(t T) Opened

// A Rule is one sentence of the port, and the test of it.
type Rule struct {
	Name string // "claim/rotates over partners"
	test func(r *rig)
}

// Check tests the rule on a store of its own.
func (rule Rule) Check(t T, f Factory) {
	t.Helper()
	rule.test(newRig(t, f(t)))
}

// Run tests all rules.
func Run(t *testing.T, f Factory) {
	t.Helper()
	groups := map[string][]Rule{}
	var order []string
	for _, rule := range Rules() {
		group, _, _ := strings.Cut(rule.Name, "/")
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], rule)
	}
	for _, group := range order {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			for _, rule := range groups[group] {
				_, name, _ := strings.Cut(rule.Name, "/")
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					rule.Check(t, f)
				})
			}
		})
	}
}

// Rules gives all rules, grouped by what comes before the slash of their names.
func Rules() []Rule {
	var all []Rule
	for _, rules := range [][]Rule{
		acceptRules, claimRules, failRules, settleRules, foldRules, linkRules, callRules, searchRules, outboxRules, deliveryRules,
		auditRules, partnerRules, keepRules, textRules, artifactRules, caseRules, loadRules, modelRules,
	} {
		all = append(all, rules...)
	}
	return all
}
