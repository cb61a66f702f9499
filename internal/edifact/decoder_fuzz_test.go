package edifact

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"cargogate/internal/diag"
)

// outline gives what one pass makes of the envelopes of in: kind, place and numbers of every service segment. References
// are left out: until the first pass is over it is not known in which character set they are.
func outline(t testing.TB, in string, opts ...Option) (envelopes []string) {
	t.Helper()
	d := NewDecoder(strings.NewReader(in), opts...)
	for end := int64(0); ; {
		s, err := d.ReadSegment()
		if err == io.EOF {
			return envelopes
		}
		if err != nil {
			t.Fatal(err)
		}
		if s.Offset < end || d.InputOffset() <= s.Offset || d.InputOffset() > int64(len(in)) {
			t.Fatalf("segment %s from %d to %d, the one before ended at %d of %d", s.Tag(), s.Offset, d.InputOffset(), end, len(in))
		}
		end = d.InputOffset()
		if d.Kind() == Body || d.Kind() == Stray {
			continue
		}
		e := fmt.Sprintf("%d at %d, segment %d", d.Kind(), s.Offset, d.SegmentNumber())
		if ic := d.Interchange(); ic != nil {
			e += fmt.Sprintf(", interchange %d", ic.Index)
		}
		if m := d.Message(); m != nil {
			e += fmt.Sprintf(", message %d", m.Index)
		}
		envelopes = append(envelopes, e)
	}
}

// FuzzDecoder holds what must hold of any input: it is read to its end, the same at every split, segments follow each
// other without overlap, findings stand inside the file, and both passes see the same envelopes.
func FuzzDecoder(f *testing.F) {
	for _, c := range envelopes {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		findings, tags, _ := pass(t, in, plain)
		split, splitTags, _ := pass(t, in, iotest.OneByteReader)
		if !slices.Equal(findings, split) || !slices.Equal(tags, splitTags) {
			t.Fatalf("input %q\nwhole: %v %v\nbyte by byte: %v %v", in, findings, tags, split, splitTags)
		}
		sets := map[int]Charset{}
		inside := Report(func(f diag.Finding) {
			if f.Pos.Offset < 0 || f.Pos.Length < 0 || f.Pos.End() > int64(len(in)) {
				t.Fatalf("input %q: finding %s at %+v", in, f.Code, f.Pos)
			}
		})
		first := outline(t, in, inside, EnvelopeOnly(func(ic *Interchange) { sets[ic.Index] = ic.Charset }))
		second := outline(t, in, inside, WithCharsets(func(i int) (Charset, bool) { c, ok := sets[i]; return c, ok }))
		if !slices.Equal(first, second) {
			t.Fatalf("input %q\npass one: %q\npass two: %q", in, first, second)
		}
	})
}
