package blobtest_test

import (
	"testing"

	"cargogate/internal/blob"
	"cargogate/internal/blob/blobtest"
	"cargogate/internal/blob/fs"
)

// TestNotices shows of each rule that a store which breaks it, and it alone, is noticed: the rule holds for the store
// below, and fails for the broken one.
func TestNotices(t *testing.T) {
	open := func() blob.Store {
		s, err := fs.Open(t.TempDir(), fs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	names := map[string]bool{}
	for _, r := range blobtest.Rules() {
		t.Run(r.Name, func(t *testing.T) {
			if names[r.Name] || r.Doc == "" {
				t.Errorf("rule %q has no name of its own, or says nothing", r.Name)
			}
			names[r.Name] = true
			if got := blobtest.Fails(t.Context(), r, open()); len(got) > 0 {
				t.Fatalf("the rule complains of a store that keeps it: %q", got)
			}
			got := blobtest.Fails(t.Context(), r, r.Break(open()))
			if len(got) == 0 {
				t.Fatal("the rule does not notice the broken store")
			}
			t.Logf("noticed: %.200s", got[0])
		})
	}
}
