package edifact

import (
	"bytes"
	"io"
	"reflect"
	"strconv"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"pgregory.net/rapid"
)

// repertoires gives the characters that a test writes under each syntax identifier.
var repertoires = func() map[string][]rune {
	out := map[string][]rune{}
	for _, id := range []string{"UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOK", "UNOL", "UNOW"} {
		for r := rune(0x20); r < 0x2200; r++ {
			if Holds(id, string(r)) && (r < 0x7f || r >= 0xa0) {
				out[id] = append(out[id], r)
			}
		}
	}
	return out
}()

// drawSegments draws segments of a message, with and without trailing empty parts.
func drawSegments(t *rapid.T, alphabet []rune, repeats bool) (segments []plainSegment, elements [][]Element) {
	letter := rapid.OneOf(rapid.SampledFrom([]rune("+:'?*|^~\\#A")), rapid.SampledFrom(alphabet))
	value := rapid.Custom(func(t *rapid.T) string {
		runes := rapid.SliceOfN(letter, 0, 8).Draw(t, "text")
		kept := runes[:0]
		for _, r := range runes {
			for _, a := range alphabet {
				if a == r {
					kept = append(kept, r)
					break
				}
			}
		}
		return string(kept)
	})
	most := 1
	if repeats {
		most = 4
	}
	component := rapid.SliceOfN(value, 0, 4)
	element := rapid.SliceOfN(component, 0, most)
	for i := range rapid.IntRange(1, 5).Draw(t, "segments") {
		tag := rapid.StringMatching(`[A-TV-Z][A-Z0-9]{2}`).Draw(t, "tag"+strconv.Itoa(i))
		values := rapid.SliceOfN(element, 0, 5).Draw(t, "elements")
		var es []Element
		var plain [][][]string
		for _, e := range values {
			var rs []Element
			var ps [][]string
			for _, components := range e {
				if len(components) == 1 {
					rs = append(rs, Simple(components[0]))
				} else {
					rs = append(rs, Composite(components...))
				}
				ps = append(ps, trimmed(components))
			}
			es = append(es, Repeated(rs...))
			plain = append(plain, trimEmpty(ps))
		}
		segments = append(segments, plainSegment{tag, trimEmpty(plain)})
		elements = append(elements, es)
	}
	return segments, elements
}

// What is encoded is decoded to the same values, in every syntax version, character set and line policy, and neither
// pass of the decoder finds a fault in it.
func TestEncodedIsDecodedTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := EncoderOptions{
			SyntaxID:      rapid.SampledFrom([]string{"UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOK", "UNOL", "UNOW"}).Draw(t, "id"),
			SyntaxVersion: rapid.IntRange(1, 4).Draw(t, "version"),
			Line:          rapid.SampledFrom([]string{"", "\n", "\r\n"}).Draw(t, "line"),
			UNA:           rapid.Bool().Draw(t, "UNA"),
		}
		if o.UNA && rapid.Bool().Draw(t, "own service characters") {
			o.Delimiters = edi.Delimiters{Component: '|', Element: '^', Release: '\\', Segment: '~', Repetition: '#'}
		}
		segments, elements := drawSegments(t, repertoires[o.SyntaxID], o.SyntaxVersion == 4)
		var out bytes.Buffer
		e := NewEncoder(&out, o)
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(e.BeginInterchange(someInterchange))
		check(e.BeginMessage(&Message{Reference: "1", Type: "CUSCAR", Version: "D", Release: "16A", Agency: "UN"}))
		for i := range segments {
			check(e.Segment(segments[i].tag, elements[i]...))
		}
		check(e.EndMessage())
		check(e.EndInterchange())
		if e.Lost() != 0 {
			t.Fatalf("lost %d characters of the set's own", e.Lost())
		}
		written := out.Bytes()
		report := Report(func(f diag.Finding) {
			switch f.Code {
			case diag.CharacterSetDiffers, diag.SpaceBetweenSegments: // text that could be UTF-8 too; the line policy
			default:
				t.Fatalf("%s at %d in %q", f.Code, f.Pos.Offset, written)
			}
		})
		first := NewDecoder(bytes.NewReader(written), report, EnvelopeOnly(nil))
		for err := error(nil); err == nil; {
			if _, err = first.ReadSegment(); err != nil && err != io.EOF {
				t.Fatal(err)
			}
		}
		rep, _ := repertoireOf(o.SyntaxID)
		d := NewDecoder(bytes.NewReader(written), report, WithCharsets(func(int) (Charset, bool) { return rep.charset, true }))
		var text Text
		var got []plainSegment
		for {
			s, err := d.ReadSegment()
			if err == io.EOF {
				break
			}
			check(err)
			if d.Kind() == Body {
				text.Reset(d.Interchange())
				_, plain := elementsOf(&text, s)
				got = append(got, plainSegment{string(s.Tag()), plain})
			}
		}
		if !reflect.DeepEqual(normal(got), normal(segments)) {
			t.Fatalf("%q\ngot  %v\nwant %v", written, got, segments)
		}
	})
}

// normal makes nil and empty the same.
func normal(segments []plainSegment) (out []plainSegment) {
	for _, s := range segments {
		n := plainSegment{tag: s.tag}
		for _, e := range s.values {
			var repeats [][]string
			for _, r := range e {
				repeats = append(repeats, append([]string{}, r...))
			}
			n.values = append(n.values, repeats)
		}
		out = append(out, n)
	}
	return out
}
