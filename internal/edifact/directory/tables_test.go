package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// everyMessage calls f for each table that is held, in both layouts.
func everyMessage(t *testing.T, f func(t *testing.T, m *Message)) {
	t.Helper()
	n := 0
	visit := func(typ, version, release string) {
		for _, syntax := range []int{3, 4} {
			if m, match := Lookup(typ, version, release, syntax); match == Exact {
				t.Run(fmt.Sprintf("%s-%s-%d", typ, m.Release, syntax), func(t *testing.T) { f(t, m) })
				n++
			}
		}
	}
	for _, typ := range Types() {
		for _, release := range Releases() {
			visit(typ, "D", release[2:])
		}
	}
	visit("CONTRL", "D", "3")
	visit("CONTRL", "4", "1")
	// Eight messages in sixteen releases, and CONTRL twice, in two layouts.
	if want := (8*16 + 2) * 2; n != want {
		t.Errorf("%d tables are held, want %d", n, want)
	}
}

// TestTables checks what must hold in every table: the tree is sound and every
// segment, composite, element and code list that it needs is there.
func TestTables(t *testing.T) {
	everyMessage(t, func(t *testing.T, m *Message) {
		group := 0
		for i, n := range m.Nodes {
			if n.Max < 1 || n.End <= i || n.End > len(m.Nodes) || n.Parent >= i {
				t.Fatalf("row %d: %+v", i, n)
			}
			if i > 0 && m.Nodes[i-1].Position >= n.Position {
				t.Errorf("row %d: position %s after %s", i, n.Position, m.Nodes[i-1].Position)
			}
			if n.Parent >= 0 && (m.Nodes[n.Parent].Group == 0 || i >= m.Nodes[n.Parent].End || n.End > m.Nodes[n.Parent].End) {
				t.Errorf("row %d is not inside its group: %+v in %+v", i, n, m.Nodes[n.Parent])
			}
			if n.Group == 0 {
				if n.Segment == nil || n.Segment.Tag != n.Tag || n.Name == "" || n.End != i+1 {
					t.Fatalf("row %d: %+v", i, n)
				}
				if m.Release == "4.1" {
					checkSegment(t, n.Segment, 4)
				} else {
					checkSegment(t, n.Segment, m.Syntax)
				}
				continue
			}
			group++
			if trigger := m.Nodes[i+1]; n.Group != group || n.Segment != nil || n.Tag != trigger.Tag ||
				!trigger.Mandatory || trigger.Max != 1 || trigger.Parent != i {
				t.Errorf("row %d: heading %+v, trigger %+v", i, n, trigger)
			}
		}
		if first, last := m.Nodes[0], m.Nodes[len(m.Nodes)-1]; first.Tag != "UNH" || last.Tag != "UNT" || last.Parent != -1 {
			t.Errorf("from %s to %s", first.Tag, last.Tag)
		}
	})
}

// checkSegment checks one segment's layout.
func checkSegment(t *testing.T, s *Segment, layout int) {
	t.Helper()
	if len(s.Elements) == 0 {
		t.Errorf("%s has no elements", s.Tag)
	}
	for _, e := range s.Elements {
		letter := e.Tag[0] > '9'
		if letter != e.Composite || !e.Composite && len(e.Components) != 1 || len(e.Components) == 0 || e.Name == "" ||
			e.Repeats < 1 || layout == 3 && e.Repeats != 1 {
			t.Errorf("%s: %+v", s.Tag, e)
		}
		for _, c := range e.Components {
			if c.Name == "" || c.Repr.Max < 1 || c.Repr.Min > c.Repr.Max || c.Repr.Class < Alpha || c.Repr.Class > Alphanumeric ||
				!e.Composite && c.Tag != e.Tag || c.Codes != nil && (c.Codes.Tag != c.Tag || c.Codes.Len() == 0) {
				t.Errorf("%s/%s: %+v", s.Tag, e.Tag, c)
			}
		}
	}
}

// TestMeasurementDetails holds C502 and others to all their components: a well-known
// set of tables made from the same directories lost some of them.
func TestMeasurementDetails(t *testing.T) {
	want := map[string]string{
		"MEA/C502": "6313 6321 6155 6154",
		"MEA/C174": "6411 6314 6162 6152 6432",
		"TDT/C222": "8213 1131 3055 8212 8453",
		"NAD/C082": "3039 1131 3055",
		"LOC/C517": "3225 1131 3055 3224",
		"EQD/C237": "8260 1131 3055 3207",
	}
	for _, release := range Releases() {
		m := lookup(t, "CUSCAR", release[2:], 3)
		got := map[string]string{}
		for _, n := range m.Nodes {
			if n.Group > 0 {
				continue
			}
			for _, e := range n.Segment.Elements {
				var tags []string
				for _, c := range e.Components {
					tags = append(tags, c.Tag)
				}
				got[n.Tag+"/"+e.Tag] = strings.Join(tags, " ")
			}
		}
		for path, tags := range want {
			if got[path] != tags {
				t.Errorf("%s %s: components %q, want %q", release, path, got[path], tags)
			}
		}
	}
}

// TestRepeatedElements checks the two layouts of a segment whose elements repeat.
func TestRepeatedElements(t *testing.T) {
	com := func(syntax int) []Element {
		m := lookup(t, "CUSCAR", "16A", syntax)
		i := slices.IndexFunc(m.Nodes, func(n Node) bool { return n.Tag == "COM" })
		return m.Nodes[i].Segment.Elements
	}
	v4, v3 := com(4), com(3)
	if len(v4) != 1 || v4[0].Tag != "C076" || v4[0].Repeats != 3 || !v4[0].Mandatory {
		t.Errorf("COM in syntax 4: %+v", v4)
	}
	if len(v3) != 3 || !v3[0].Mandatory || v3[1].Mandatory || v3[2].Mandatory {
		t.Fatalf("COM in syntax 3: %+v", v3)
	}
	for _, e := range v3 {
		if e.Tag != "C076" || e.Repeats != 1 || &e.Components[0] != &v3[0].Components[0] {
			t.Errorf("COM in syntax 3: %+v, not the same composite", e)
		}
	}
	// Before D.99B no release prints a repetition: both layouts are the same.
	for _, release := range []string{"95B", "99A"} {
		a, b := lookup(t, "CUSCAR", release, 3), lookup(t, "CUSCAR", release, 4)
		for i := range a.Nodes {
			if n := a.Nodes[i]; n.Segment != nil && !isServiceTag(n.Tag) && len(n.Segment.Elements) != len(b.Nodes[i].Segment.Elements) {
				t.Errorf("D.%s %s differs between the layouts", release, n.Tag)
			}
		}
	}
}
