package directory

import (
	"fmt"
	"strings"
	"testing"
)

// lookup finds a table that must be held exactly.
func lookup(t testing.TB, typ, release string, syntax int) *Message {
	t.Helper()
	m, match := Lookup(typ, "D", release, syntax)
	if match != Exact {
		t.Fatalf("%s D.%s is not held", typ, release)
	}
	return m
}

// groups prints the groups of a message: number, trigger, status, maximum, and the
// number of the group around it.
func groups(m *Message) string {
	var out []string
	for _, n := range m.Nodes {
		if n.Group == 0 {
			continue
		}
		status := "C"
		if n.Mandatory {
			status = "M"
		}
		s := fmt.Sprintf("%d%s%s%d", n.Group, n.Tag, status, n.Max)
		if n.Parent >= 0 {
			s += fmt.Sprintf("<%d", m.Nodes[n.Parent].Group)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// TestCUSCARGroups compares the groups with a reading of the messages that was made
// by hand, apart from the generator.
func TestCUSCARGroups(t *testing.T) {
	const d95b = "1TDTC9 2EQDC9999 3TMPC9<2 4CNIC9999 5RFFC9999<4 6TDTC9<5 7NADC99<5 8CTAC9<7 9QTYC9<5 10GIDM9999<5 " +
		"11GISC9<10 12QTYC9<10 13AUTC1"
	const d16a = "1RFFC99 2NADC99 3CTAC9<2 4TDTC9 5EQDC9999 6TMPC9<5 7CNIC9999 8RFFC9999<7 9TDTC9<8 10RFFC9<9 11NADC99<8 " +
		"12CTAC9<11 13QTYC9<8 14GIDM9999<8 15GEIC9<14 16QTYC9<14 17AUTC1"
	for release, want := range map[string]string{"95B": d95b, "16A": d16a} {
		if got := groups(lookup(t, "CUSCAR", release, 3)); got != want {
			t.Errorf("CUSCAR D.%s groups\n got %s\nwant %s", release, got, want)
		}
	}
}

// shape prints the structure of a message without names and positions.
func shape(m *Message) string {
	var b strings.Builder
	for _, n := range m.Nodes {
		fmt.Fprintf(&b, "%d %s %v %d %d %d\n", n.Group, n.Tag, n.Mandatory, n.Max, n.Parent, n.End)
	}
	return b.String()
}

// TestCUSCARShapes checks between which releases the structure changed.
func TestCUSCARShapes(t *testing.T) {
	eras := [][]string{{"95B"}, {"96A"}, {"96B"}, {"97B"}, {"98B", "99A"}, {"99B", "00B", "01B"}, {"02B", "03A"},
		{"03B", "08A", "11B", "16A", "18A"}}
	last := ""
	for _, era := range eras {
		first := shape(lookup(t, "CUSCAR", era[0], 3))
		if first == last {
			t.Errorf("CUSCAR did not change at D.%s", era[0])
		}
		for _, release := range era[1:] {
			if shape(lookup(t, "CUSCAR", release, 3)) != first {
				t.Errorf("CUSCAR D.%s differs from D.%s", release, era[0])
			}
		}
		last = first
	}
}

// component finds an element's place, or a component's, by path: "RFF/C506/1154",
// "CNI/1490".
func component(m *Message, path string) (Component, bool) {
	p := strings.Split(path, "/")
	for _, n := range m.Nodes {
		if n.Group > 0 || n.Tag != p[0] {
			continue
		}
		for _, e := range n.Segment.Elements {
			if e.Tag != p[1] {
				continue
			}
			for _, c := range e.Components {
				if c.Tag == p[len(p)-1] {
					return c, true
				}
			}
		}
	}
	return Component{}, false
}

// TestRepresentations checks lengths that changed between D.95B and D.16A.
func TestRepresentations(t *testing.T) {
	tests := []struct{ path95b, d95b, path16a, d16a string }{
		{"BGM/1004", "an..35", "BGM/C106/1004", "an..70"},
		{"RFF/C506/1154", "an..35", "RFF/C506/1154", "an..70"},
		{"LOC/C517/3225", "an..25", "LOC/C517/3225", "an..35"},
		{"LOC/C517/3224", "an..17", "LOC/C517/3224", "an..256"},
		{"FTX/C108/4440", "an..70", "FTX/C108/4440", "an..512"},
		{"TDT/C222/8213", "an..9", "TDT/C222/8213", "an..35"},
		{"SEL/9308", "an..10", "SEL/9308", "an..35"},
		{"NAD/C080/3036", "an..35", "NAD/C080/3036", "an..70"},
		{"CNI/1490", "n..4", "CNI/1490", "n..5"},
		{"GID/1496", "n..5", "GID/1496", "an..6"},
		{"CNT/C270/6411", "an..3", "CNT/C270/6411", "an..8"},
		{"MEA/C174/6411", "an..3", "MEA/C174/6411", "an..8"},
		{"NAD/C082/1131", "an..3", "NAD/C082/1131", "an..17"},
		{"CNI/C503/1004", "an..35", "CNI/C503/1004", "an..70"},
	}
	for _, tt := range tests {
		for release, want := range map[string][2]string{"95B": {tt.path95b, tt.d95b}, "16A": {tt.path16a, tt.d16a}} {
			c, ok := component(lookup(t, "CUSCAR", release, 3), want[0])
			if !ok || c.Repr.String() != want[1] {
				t.Errorf("CUSCAR D.%s %s is %v (found %v), want %s", release, want[0], c.Repr, ok, want[1])
			}
		}
	}
}
