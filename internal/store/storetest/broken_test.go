package storetest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/store/storetest"
)

// TestBroken shows that the suite notices each broken store, in the rule that it breaks, on a store without a disk and
// on a real one, and that it finds nothing in that rule where the store is whole.
func TestBroken(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]storetest.Factory{"memory": inMemory, "sqlite": onDisk} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := map[string]bool{}
			for _, b := range storetest.Broken() {
				t.Run(b.Name, func(t *testing.T) {
					t.Parallel()
					failures := b.Check(open)
					if len(failures) == 0 {
						t.Errorf("the rule %q noticed nothing", b.Rule)
					}
					for _, failure := range failures {
						t.Logf("%s: %s", b.Rule, failure)
					}
				})
				if whole[b.Rule] {
					continue
				}
				whole[b.Rule] = true
				t.Run("not: "+b.Rule, func(t *testing.T) {
					t.Parallel()
					good := storetest.Breakage{Name: "none", Rule: b.Rule, Wrap: func(s gateway.Store) gateway.Store { return s }}
					for _, failure := range good.Check(open) {
						t.Errorf("%s: %s", b.Rule, failure)
					}
				})
			}
		})
	}
}

// TestModelNotices shows that random work finds faults that no rule was written for.
func TestModelNotices(t *testing.T) {
	t.Parallel()
	noticed := []string{
		"accept forgets transport acts", "accept knows acts of other commits only", "accept takes another partner's act for a repeat",
		"claim takes the newest first", "claim does not count", "claim leases for ever", "claim takes what still waits", "wait is a failure",
		"wake wakes nobody", "fail never parks", "fail parks at once", "replay does nothing", "replay takes whatever is named", "settle has no fence",
		"settle is done twice",
	}
	for _, b := range storetest.Broken() {
		i := slices.Index(noticed, b.Name)
		if i < 0 {
			continue
		}
		noticed = slices.Delete(noticed, i, i+1)
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			b.Rule = "model/random accepts, claims, settles, waits, failures and replays"
			if failures := b.Check(inMemory); len(failures) == 0 {
				t.Errorf("nothing was noticed")
			}
		})
	}
	if len(noticed) > 0 {
		t.Errorf("there are no broken stores %q", noticed)
	}
}

// TestRecord shows that a recorder keeps failures, ends a test that cannot go on, and leaves nothing behind.
func TestRecord(t *testing.T) {
	t.Parallel()
	var dir string
	var order []string
	got := storetest.Record("name", time.Minute, func(t storetest.T) {
		t.Helper()
		t.Logf("no failure")
		dir = t.TempDir()
		t.Cleanup(func() { order = append(order, "first") })
		t.Cleanup(func() {
			order = append(order, "last")
			if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
				t.Errorf("the folder has gone before the cleanup: %v", err)
			}
		})
		if t.Failed() || t.Name() != "name" || t.Context().Err() != nil {
			t.Errorf("%s has failed before it began", t.Name())
		}
		t.Errorf("one %d", 1)
		if !t.Failed() {
			t.Errorf("it has not failed")
		}
		t.Fatalf("two")
		t.Errorf("three")
	})
	if want := []string{"one 1", "two"}; !slices.Equal(got, want) {
		t.Errorf("failures %q, want %q", got, want)
	}
	if want := []string{"last", "first"}; !slices.Equal(order, want) {
		t.Errorf("cleanups %q, want %q", order, want)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if got := storetest.Record("panics", time.Minute, func(storetest.T) { panic("why") }); !slices.Equal(got, []string{"panic: why"}) {
		t.Errorf("failures of a panic %q", got)
	}
	if got := storetest.Record("fails", time.Minute, func(t storetest.T) { t.FailNow() }); len(got) != 1 {
		t.Errorf("failures of FailNow %q", got)
	}
	if got := storetest.Record("waits", time.Millisecond, func(t storetest.T) { <-t.Context().Done() }); len(got) != 0 {
		t.Errorf("failures of a test that heeds its context %q", got)
	}
}

// TestRules holds names to be of their own, so that each rule is run and each breakage has one.
func TestRules(t *testing.T) {
	t.Parallel()
	rules, broken := map[string]bool{}, map[string]bool{}
	for _, rule := range storetest.Rules() {
		if rules[rule.Name] {
			t.Errorf("there are two rules %q", rule.Name)
		}
		rules[rule.Name] = true
	}
	for _, b := range storetest.Broken() {
		if broken[b.Name] {
			t.Errorf("there are two broken stores %q", b.Name)
		}
		broken[b.Name] = true
		if !rules[b.Rule] {
			t.Errorf("the broken store %q names no rule: %q", b.Name, b.Rule)
		}
	}
	if len(broken) < 30 {
		t.Errorf("only %d broken stores", len(broken))
	}
}
