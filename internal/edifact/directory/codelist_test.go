package directory

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// list finds a code list of a release by the element's path in CUSCAR.
func list(t testing.TB, release, path string) *CodeList {
	t.Helper()
	c, ok := component(lookup(t, "CUSCAR", release, 3), path)
	if !ok || c.Codes == nil {
		t.Fatalf("D.%s %s has no code list", release, path)
	}
	return c.Codes
}

// TestCodeIntervals checks values whose coming and going is known from the text of
// the releases, and names that changed with the value kept.
func TestCodeIntervals(t *testing.T) {
	tests := []struct {
		release, path, code string
		held                bool
		name                string
	}{
		{"95B", "NAD/3035", "CN", true, "Consignee"},
		{"95B", "NAD/3035", "N1", true, "Notify party no. 1"},
		{"08A", "NAD/3035", "N1", true, "Notify party no. 1"},
		{"11B", "NAD/3035", "N1", false, ""},
		{"18A", "NAD/3035", "N1", false, ""},
		{"95B", "MEA/C502/6313", "G", true, "Gross weight"},
		{"08A", "MEA/C502/6313", "G", true, "Gross weight"},
		{"11B", "MEA/C502/6313", "G", false, ""},
		{"95B", "MEA/C502/6313", "AAG", true, "Gross weight (item level)"},
		{"99A", "MEA/C502/6313", "AAG", true, "Gross weight (item level)"},
		{"99B", "MEA/C502/6313", "AAG", false, ""},
		{"00B", "MEA/C502/6313", "AAG", true, "Stern thrust"},
		{"18A", "MEA/C502/6313", "AAG", true, "Stern thrust"},
		{"95B", "MEA/C502/6313", "VGM", false, ""},
		{"11B", "MEA/C502/6313", "VGM", false, ""},
		{"16A", "MEA/C502/6313", "VGM", true, "Transport equipment verified gross mass (weight)"},
		{"11B", "EQD/8053", "BB", false, ""},
		{"16A", "EQD/8053", "BB", true, "Un-containerized cargo (breakbulk)"},
		{"95B", "EQD/8053", "CN", true, "Container"},
		{"95B", "BGM/C002/1001", "85", true, "Customs manifest"},
		{"95B", "BGM/C002/1001", "785", true, "Cargo manifest"},
		{"95B", "BGM/C002/1001", "714", true, "House bill of lading"},
		{"95B", "BGM/1225", "9", true, "Original"},
		{"95B", "RFF/C506/1153", "BM", true, "Bill of lading number"},
		{"95B", "RFF/C506/1153", "MB", true, "Master bill of lading number"},
		{"95B", "RFF/C506/1153", "XP", true, "Previous cargo control number"},
		{"16A", "RFF/C506/1153", "XP", true, "Previous cargo control number"},
		{"95B", "DTM/C507/2379", "203", true, "CCYYMMDDHHMM"},
		{"95B", "DTM/C507/2379", "999", false, ""},
		// Compared byte for byte.
		{"95B", "BGM/1225", "09", false, ""},
		{"95B", "NAD/3035", "cn", false, ""},
		{"95B", "NAD/3035", "CN ", false, ""},
		{"95B", "NAD/3035", "", false, ""},
		{"95B", "NAD/3035", "CONSIGNEE", false, ""},
		{"95B", "NAD/3035", "\x00CN", false, ""},
	}
	for _, tt := range tests {
		l := list(t, tt.release, tt.path)
		if got := l.Has([]byte(tt.code)); got != tt.held {
			t.Errorf("D.%s %s Has(%q) = %v", tt.release, tt.path, tt.code, got)
		}
		if name, ok := l.Name(tt.code); ok != tt.held || name != tt.name {
			t.Errorf("D.%s %s Name(%q) = %q, %v, want %q", tt.release, tt.path, tt.code, name, ok, tt.name)
		}
	}
}

// TestNoCodeList names elements whose values other standards list, not UNCL.
func TestNoCodeList(t *testing.T) {
	for _, path := range []string{"MEA/C174/6411", "NAD/3207", "RFF/C506/1154", "LOC/C517/3225"} {
		c, ok := component(lookup(t, "CUSCAR", "95B", 3), path)
		if !ok || c.Codes != nil {
			t.Errorf("D.95B %s: found %v, codes %v", path, ok, c.Codes)
		}
	}
	var none *CodeList
	if none.Has([]byte("CN")) || none.Len() != 0 {
		t.Error("a nil list holds a value")
	}
	if name, ok := none.Name("CN"); ok || name != "" {
		t.Errorf("a nil list names a value: %q", name)
	}
}

// TestCodeListsComplete reads the data files in a second, plain way: every list of
// every release holds exactly the values listed, and each has a name.
func TestCodeListsComplete(t *testing.T) {
	for _, p := range []*pack{untdid(), servicePack()} {
		want := make([]map[string][]string, len(p.releases)) // release => list => values
		for i := range want {
			want[i] = map[string][]string{}
		}
		for line := range strings.Lines(p.codes) {
			f := strings.Fields(line)
			from, to := p.span(f[1])
			for i := from; i <= to; i++ {
				want[i][f[0]] = append(want[i][f[0]], f[2:]...)
			}
		}
		total := 0
		for i := range want {
			for tag, values := range want[i] {
				l := newCodeList(p, tag, i)
				if l.Len() != len(values) {
					t.Errorf("%s %s: %d values, want %d", p.releases[i], tag, l.Len(), len(values))
				}
				for _, v := range values {
					total++
					if name, ok := l.Name(v); !ok || name == "" || !l.Has([]byte(v)) {
						t.Errorf("%s %s: value %q: name %q, %v", p.releases[i], tag, v, name, ok)
					}
				}
			}
		}
		if total == 0 {
			t.Errorf("no values in %v", p.releases)
		}
	}
}

// TestHasAgrees draws texts near to real values: Has is true for the list's values
// and for nothing else.
func TestHasAgrees(t *testing.T) {
	l := list(t, "16A", "NAD/3035")
	var values []string
	for row := range rows(untdid().codes, "3035") {
		f := strings.Fields(row)
		if from, to := untdid().span(f[0]); from <= l.index && l.index <= to {
			values = append(values, f[1:]...)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.OneOf(
			rapid.SampledFrom(values),
			rapid.StringMatching(`[A-Z0-9]{1,4}`),
			rapid.StringN(0, 8, 12),
		).Draw(t, "code")
		if got, want := l.Has([]byte(code)), slices.Contains(values, code); got != want {
			t.Fatalf("Has(%q) = %v, want %v", code, got, want)
		}
	})
}
