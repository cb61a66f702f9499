package directory

import (
	"fmt"
	"strings"
	"testing"
)

// layoutText prints a segment's layout: "0062 M an..14" for a simple element,
// "S010 C(0070 M n..2, 0073 C a1)" for a composite.
func layoutText(s *Segment) string {
	status := func(m bool) string {
		if m {
			return "M"
		}
		return "C"
	}
	var out []string
	for _, e := range s.Elements {
		if !e.Composite {
			out = append(out, fmt.Sprintf("%s %s %s", e.Tag, status(e.Mandatory), e.Components[0].Repr))
			continue
		}
		var parts []string
		for _, c := range e.Components {
			parts = append(parts, fmt.Sprintf("%s %s %s", c.Tag, status(c.Mandatory), c.Repr))
		}
		out = append(out, fmt.Sprintf("%s %s(%s)", e.Tag, status(e.Mandatory), strings.Join(parts, ", ")))
	}
	return strings.Join(out, "; ")
}

func TestService(t *testing.T) {
	tests := []struct {
		tag    string
		syntax int
		want   string
	}{
		{"UNB", 3, "S001 M(0001 M a4, 0002 M n1); S002 M(0004 M an..35, 0007 C an..4, 0008 C an..14); " +
			"S003 M(0010 M an..35, 0007 C an..4, 0014 C an..14); S004 M(0017 M n6, 0019 M n4); 0020 M an..14; " +
			"S005 C(0022 M an..14, 0025 C an2); 0026 C an..14; 0029 C a1; 0031 C n1; 0032 C an..35; 0035 C n1"},
		{"UNB", 4, "S001 M(0001 M a4, 0002 M an1, 0080 C an..6, 0133 C an..3, 0076 C an2); " +
			"S002 M(0004 M an..35, 0007 C an..4, 0008 C an..35, 0042 C an..35); " +
			"S003 M(0010 M an..35, 0007 C an..4, 0014 C an..35, 0046 C an..35); S004 M(0017 M n8, 0019 M n4); 0020 M an..14; " +
			"S005 C(0022 M an..14, 0025 C an2); 0026 C an..14; 0029 C a1; 0031 C n1; 0032 C an..35; 0035 C n1"},
		{"UNZ", 3, "0036 M n..6; 0020 M an..14"},
		{"UNG", 3, "0038 M an..6; S006 M(0040 M an..35, 0007 C an..4); S007 M(0044 M an..35, 0007 C an..4); " +
			"S004 M(0017 M n6, 0019 M n4); 0048 M an..14; 0051 M an..2; S008 M(0052 M an..3, 0054 M an..3, 0057 C an..6); 0058 C an..14"},
		{"UNG", 4, "0038 C an..6; S006 C(0040 M an..35, 0007 C an..4); S007 C(0044 M an..35, 0007 C an..4); " +
			"S004 C(0017 M n8, 0019 M n4); 0048 M an..14; 0051 C an..3; S008 C(0052 M an..3, 0054 M an..3, 0057 C an..6); 0058 C an..14"},
		{"UNE", 3, "0060 M n..6; 0048 M an..14"},
		{"UNH", 3, "0062 M an..14; S009 M(0065 M an..6, 0052 M an..3, 0054 M an..3, 0051 M an..2, 0057 C an..6); " +
			"0068 C an..35; S010 C(0070 M n..2, 0073 C a1)"},
		{"UNT", 3, "0074 M n..6; 0062 M an..14"},
		{"UNT", 4, "0074 M n..10; 0062 M an..14"},
		{"UNS", 3, "0081 M a1"},
		{"UCS", 3, "0096 M n..6; 0085 C an..3"},
		{"UCD", 3, "0085 M an..3; S011 M(0098 M n..3, 0104 C n..3)"},
		{"UCD", 4, "0085 M an..3; S011 M(0098 M n..3, 0104 C n..3, 0136 C n..6)"},
		{"UCM", 3, "0062 M an..14; S009 M(0065 M an..6, 0052 M an..3, 0054 M an..3, 0051 M an..2, 0057 C an..6); " +
			"0083 M an..3; 0085 C an..3; 0013 C a3; S011 C(0098 M n..3, 0104 C n..3)"},
	}
	for _, tt := range tests {
		s := Service(tt.tag, tt.syntax)
		if s == nil || s.Tag != tt.tag {
			t.Errorf("Service(%q, %d) = %v", tt.tag, tt.syntax, s)
			continue
		}
		if got := layoutText(s); got != tt.want {
			t.Errorf("%s in syntax %d\n got %s\nwant %s", tt.tag, tt.syntax, got, tt.want)
		}
	}
	for _, tag := range []string{"", "UN", "BGM", "UNA", "UNX"} {
		if s := Service(tag, 3); s != nil {
			t.Errorf("Service(%q) = %v", tag, s)
		}
	}
	for syntax := 1; syntax <= 3; syntax++ {
		if Service("UNB", syntax) != Service("UNB", 3) {
			t.Errorf("syntax %d has a layout of its own", syntax)
		}
	}
}

func TestCONTRL(t *testing.T) {
	const want = "1UCMC999999 2UCSC999<1 3UCFC999999 4UCMC999999<3 5UCSC999<4"
	for _, v := range [][2]string{{"D", "3"}, {"4", "1"}} {
		m, _ := Lookup("CONTRL", v[0], v[1], 4)
		if got := groups(m); got != want {
			t.Errorf("CONTRL %v groups %s, want %s", v, got, want)
		}
		// The service report has the layout of its own version, UNH that of the interchange.
		own := 3
		if v[0] == "4" {
			own = 4
		}
		if m.Nodes[1].Segment != Service("UCI", own) || m.Nodes[0].Segment != Service("UNH", 4) {
			t.Errorf("CONTRL %v in syntax 4 mixes the layouts up", v)
		}
	}
}

// TestSyntaxErrorCodes checks DE 0085: each version has values that the other has not.
func TestSyntaxErrorCodes(t *testing.T) {
	v3 := Service("UCI", 3).Elements[4].Components[0].Codes
	v4 := Service("UCI", 4).Elements[4].Components[0].Codes
	for code, in := range map[string][2]bool{
		"12": {true, true}, "29": {true, true}, "40": {true, true}, "19": {true, false}, "38": {true, false}, "43": {true, false},
		"45": {false, true}, "48": {false, true}, "1": {false, false}, "44": {false, false}, "012": {false, false},
	} {
		if v3.Has([]byte(code)) != in[0] || v4.Has([]byte(code)) != in[1] {
			t.Errorf("0085 %s: version 3 %v, version 4 %v", code, v3.Has([]byte(code)), v4.Has([]byte(code)))
		}
	}
	if name, _ := v4.Name("45"); name != "Trailing separator" {
		t.Errorf("0085 45 is %q", name)
	}
	if v3.Len() != 34 || v4.Len() != 30 {
		t.Errorf("0085 has %d and %d values, want 34 and 30", v3.Len(), v4.Len())
	}
}
