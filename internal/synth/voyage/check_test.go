package voyage

import (
	"slices"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/intake"
)

// usual are the findings that honest files have: the master of a house is in another file, and two flavours put every
// segment on a line of its own.
func usual(x *diag.Finding, f *File) bool {
	return x.Code == diag.ParentBillUnknown || x.Code == diag.SpaceBetweenSegments && (f.Flavour == "canal" || f.Flavour == "terminal")
}

// TestHonestFilesPass: what is not broken on purpose has no finding that is not usual, in any flavour and function.
func TestHonestFilesPass(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(5) {
		bad := 0
		for f := range generator(t, Options{Seed: seed, Consignments: 2500, BrokenRate: -1}).Files() {
			seen[f.Flavour]++
			seen["function "+f.Function]++
			res := read(t, f, intake.Handler{})
			if !res.Clean() {
				t.Errorf("seed %d: %s has an error", seed, f.Name)
			}
			for _, x := range res.Findings {
				if usual(&x, f) {
					continue
				}
				if bad++; bad < 20 {
					from := max(0, x.Pos.Offset-80)
					t.Errorf("seed %d: %s, %s: %s %s %q: …%s", seed, f.Name, f.Flavour, x.Code, x.Pointer, x.Value,
						f.Bytes[from:min(int64(len(f.Bytes)), x.Pos.Offset+90)])
				}
			}
		}
	}
	for _, f := range flavours {
		if seen[f.name] < 20 {
			t.Errorf("%d files in flavour %s", seen[f.name], f.name)
		}
	}
	for _, f := range []string{"9", "5", "4", "2", "1"} {
		if seen["function "+f] == 0 {
			t.Errorf("no message of function %s", f)
		}
	}
}

// TestBrokenFilesAreFoundAndRepaired: a broken file shows a finding, and where that refuses something, the same list
// comes again without fault.
func TestBrokenFilesAreFoundAndRepaired(t *testing.T) {
	t.Parallel()
	broken, repaired := map[string]string{}, 0
	kinds := map[string]bool{}
	files, originals := 0, 0
	for f := range generator(t, Options{Seed: 8, Consignments: 12000, BrokenRate: 120000}).Files() {
		files++
		if f.Function == "9" {
			originals++
		}
		res := read(t, f, intake.Handler{})
		if f.Fault != "" {
			kinds[f.Fault] = true
			if !slices.ContainsFunc(res.Findings, func(x diag.Finding) bool { return !usual(&x, f) }) {
				t.Errorf("%s: %s is not found", f.Name, f.Fault)
			}
			if !res.Clean() {
				broken[f.Document] = f.Fault
			}
			continue
		}
		if !res.Clean() {
			t.Errorf("%s has an error and is not broken: %v", f.Name, res.Findings[0].Code)
		}
		if _, ok := broken[f.Document]; ok && (f.Function == "9" || f.Function == "5") {
			delete(broken, f.Document)
			repaired++
		}
	}
	if len(broken) > 0 {
		t.Errorf("broken and not sent again: %v", broken)
	}
	if repaired < 50 || len(kinds) < 25 || originals < 500 {
		t.Errorf("%d of %d lists repaired, %d kinds of fault", repaired, originals, len(kinds))
	}
}
