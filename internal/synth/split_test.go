package synth

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	d := split([]byte("UNA:+.? '\r\nAAA+x:y?+z+??'\nBBB'  CCC+?'::q+'rest"))
	var tags []string
	for i := range d.segments {
		tags = append(tags, d.tag(i))
	}
	if want := []string{"AAA", "BBB", "CCC"}; !slices.Equal(tags, want) {
		t.Fatalf("tags %q, want %q", tags, want)
	}
	for _, c := range []struct {
		seg, n, c int
		want      string
		ok        bool
	}{
		{0, 1, 1, "x", true}, {0, 1, 2, "y?+z", true}, {0, 1, 3, "", false}, {0, 2, 1, "??", true}, {0, 3, 1, "", false},
		{1, 1, 1, "", false}, {2, 1, 1, "?'", true}, {2, 1, 2, "", true}, {2, 1, 3, "q", true}, {2, 2, 1, "", true},
	} {
		s, ok := d.at(c.seg, c.n, c.c)
		if ok != c.ok || d.value(c.seg, c.n, c.c) != c.want {
			t.Errorf("segment %d element %d component %d: %v %v, want %q %v", c.seg, c.n, c.c, s, ok, c.want, c.ok)
		}
	}
	if d.is(0, "AA") || d.is(3, "AAA") || d.is(-1, "AAA") || !d.is(1, "BBB") {
		t.Error("is")
	}
}

func TestSplitOwnServiceCharacters(t *testing.T) {
	d := split([]byte("UNA|*,! ~AAA*1|2!~3*4~BBB*5~"))
	if len(d.segments) != 2 || d.value(0, 1, 2) != "2!~3" || d.value(0, 2, 1) != "4" || d.value(1, 1, 1) != "5" {
		t.Errorf("%v", d.segments)
	}
}

func TestSplitStopsCleanly(t *testing.T) {
	for _, s := range []string{"", "U", "UNA:+.?", "AAA", "AAA?", "AAA+?'", "?", " \r\n"} {
		if d := split([]byte(s)); len(d.segments) != 0 {
			t.Errorf("%q has segments %v", s, d.segments)
		}
	}
}
