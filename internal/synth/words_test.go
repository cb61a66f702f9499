package synth

import (
	"testing"

	"cargogate/internal/refdata"
)

// The lists of balanced files must hold only what a checker knows, and the values that faults write only what it
// cannot know.
func TestWordsAgreeWithReferenceData(t *testing.T) {
	for _, p := range ports {
		if got := refdata.Locode(p.code); got != refdata.Known {
			t.Errorf("port %s: %v", p.code, got)
		}
		if len(p.name) > 17 {
			t.Errorf("the name of %s is longer than DE 3224 of D.95B allows", p.code)
		}
		if got := refdata.Locode("QQ" + p.code[2:]); got != refdata.UnknownCountry {
			t.Errorf("QQ%s: %v, want an unknown country", p.code[2:], got)
		}
	}
	for _, c := range packTypes {
		if !refdata.PackageType(c) {
			t.Errorf("package type %s is not in Recommendation 21", c)
		}
	}
	for _, c := range countries {
		if !refdata.Country(c) {
			t.Errorf("country %s is not in ISO 3166-1", c)
		}
	}
	if refdata.Country("QQ") {
		t.Error("QQ is a country")
	}
	if _, alias := refdata.PackageAlias(unknownPackage); alias || refdata.PackageType(unknownPackage) {
		t.Errorf("%s is a package type", unknownPackage)
	}
	if _, ok := refdata.LookupUnit("QQX"); ok {
		t.Error("QQX is a unit")
	}
	if _, _, ok := refdata.ResolveUnit("QQX", refdata.AnyDimension); ok {
		t.Error("QQX is the alias of a unit")
	}
	r := &rng{7}
	for i := range 1000 {
		if id := distinctContainer(7, i); !refdata.ContainerValid(id) {
			t.Errorf("container %s has a wrong check digit", id)
		}
		if id := imoNumber(r); !refdata.IMOValid(id) {
			t.Errorf("IMO number %s has a wrong check digit", id)
		}
	}
}

func TestDistinctContainersDiffer(t *testing.T) {
	seen := make(map[string]int)
	for i := range 200000 {
		id := distinctContainer(1<<20+1, i)
		if j, dup := seen[id]; dup {
			t.Fatalf("containers %d and %d are both %s", i, j, id)
		}
		seen[id] = i
	}
	for a, b := maxContainers, 7368787; ; a, b = b, a%b { // the step reaches every number only if this ends with 1
		if b == 0 {
			if a != 1 {
				t.Fatalf("step and number of containers share the divisor %d", a)
			}
			break
		}
	}
	if maxContainers != len(owners)*1000000 {
		t.Fatalf("%d owners", len(owners))
	}
}
