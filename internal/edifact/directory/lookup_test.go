package directory

import (
	"slices"
	"sync"
	"testing"
)

func TestReleasesAndTypes(t *testing.T) {
	want := []string{"D.95B", "D.96A", "D.96B", "D.97B", "D.98B", "D.99A", "D.99B", "D.00B", "D.01B", "D.02B",
		"D.03A", "D.03B", "D.08A", "D.11B", "D.16A", "D.18A"}
	if got := Releases(); !slices.Equal(got, want) {
		t.Errorf("Releases() = %q, want %q", got, want)
	}
	want = []string{"APERAK", "BAPLIE", "COARRI", "CONTRL", "COPRAR", "CUSCAR", "CUSREP", "CUSRES", "IFCSUM"}
	if got := Types(); !slices.Equal(got, want) {
		t.Errorf("Types() = %q, want %q", got, want)
	}
}

func TestLookup(t *testing.T) {
	tests := []struct {
		typ, version, release string
		syntax                int
		want                  string // Message.Release
		layout                int
		match                 Match
	}{
		{"CUSCAR", "D", "95B", 3, "D.95B", 3, Exact},
		{"CUSCAR", "D", "95B", 1, "D.95B", 3, Exact},
		{"CUSCAR", "D", "95B", 0, "D.95B", 3, Exact}, // UNB without a version
		{"CUSCAR", "D", "16A", 4, "D.16A", 4, Exact},
		{"CUSCAR", "D", "97A", 3, "D.96B", 3, Nearest},
		{"CUSCAR", "D", "00A", 3, "D.99B", 3, Nearest},
		{"CUSCAR", "D", "01C", 3, "D.01B", 3, Nearest},
		{"CUSCAR", "D", "24A", 3, "D.18A", 3, Nearest},
		{"CUSCAR", "D", "95A", 3, "", 0, NotHeld}, // older than all held
		{"CUSCAR", "D", "88A", 3, "", 0, NotHeld},
		{"CUSCAR", "D", "5B", 3, "", 0, NotHeld},
		{"CUSCAR", "D", "95b", 3, "", 0, NotHeld},
		{"CUSCAR", "D", "", 3, "", 0, NotHeld},
		{"CUSCAR", "S", "95B", 3, "", 0, NotHeld},
		{"CUSCAR", "", "", 3, "", 0, NotHeld},
		{"", "D", "95B", 3, "", 0, NotHeld},
		{"INVOIC", "D", "96A", 3, "", 0, NotHeld},
		{"CONTRL", "D", "3", 3, "D.3", 3, Exact},
		{"CONTRL", "2", "1", 2, "D.3", 3, Exact},
		{"CONTRL", "4", "1", 4, "4.1", 4, Exact},
		{"CONTRL", "4", "2", 4, "4.1", 4, Nearest},
		{"CONTRL", "D", "96A", 3, "D.3", 3, Nearest},
		{"CONTRL", "1", "1", 3, "", 0, NotHeld},
	}
	for _, tt := range tests {
		m, match := Lookup(tt.typ, tt.version, tt.release, tt.syntax)
		if match != tt.match || (m == nil) != (tt.match == NotHeld) {
			t.Errorf("Lookup(%q, %q, %q, %d) = %v, %d, want match %d", tt.typ, tt.version, tt.release, tt.syntax, m, match, tt.match)
			continue
		}
		if m != nil && (m.Type != tt.typ || m.Release != tt.want || m.Syntax != tt.layout) {
			t.Errorf("Lookup(%q, %q, %q, %d) = %s %s layout %d, want %s layout %d",
				tt.typ, tt.version, tt.release, tt.syntax, m.Type, m.Release, m.Syntax, tt.want, tt.layout)
		}
	}
}

// TestLookupShares asks for everything from several goroutines: each table is made
// once, and a caller's buffer may change after the call.
func TestLookupShares(t *testing.T) {
	var wg sync.WaitGroup
	results := make([][]*Message, 8)
	for g := range results {
		wg.Go(func() {
			for _, typ := range Types() {
				for _, release := range Releases() {
					for syntax := 1; syntax <= 4; syntax++ {
						m, _ := Lookup(typ, "D", release[2:], syntax)
						results[g] = append(results[g], m)
						Service("UNB", syntax)
					}
				}
			}
		})
	}
	wg.Wait()
	for g := range results {
		if !slices.Equal(results[g], results[0]) {
			t.Fatal("two goroutines were given different tables for the same question")
		}
	}
	allocs := testing.AllocsPerRun(100, func() { Lookup("CUSCAR", "D", "95B", 3) })
	if allocs > 0 {
		t.Errorf("a repeated Lookup allocates %v times", allocs)
	}
}
