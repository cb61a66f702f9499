package edifact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"cargogate/internal/edi"
)

// envelopeLevel indents by the envelope alone, as far as a test needs it.
func envelopeLevel(d *Decoder, s *edi.Segment) int {
	switch d.Kind() {
	case GroupHeader, GroupTrailer:
		return 1
	case MessageHeader, MessageTrailer:
		return 2
	case Body:
		return 3
	}
	return 0
}

func reformat(t testing.TB, in string, layout Layout) string {
	t.Helper()
	var out bytes.Buffer
	if err := Reformat(&out, strings.NewReader(in), int64(len(in)), layout); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReformat(t *testing.T) {
	lines := Layout{Line: "\n", Level: envelopeLevel}
	for _, c := range []struct {
		name, in string
		layout   Layout
		want     string
	}{
		{"a segment a line", "UNA:+.? 'UNB+UNOC:3+A+B+261123:0915+7'UNG+CUSCAR'UNH+1+CUSCAR'BGM+85'UNT+3+1'UNE+1'UNZ+1+7'", lines,
			"UNA:+.? '\nUNB+UNOC:3+A+B+261123:0915+7'\n  UNG+CUSCAR'\n    UNH+1+CUSCAR'\n      BGM+85'\n    UNT+3+1'\n  UNE+1'\nUNZ+1+7'\n"},
		{"minified", "\xef\xbb\xbf UNA:+.? '\r\nUNB+UNOC:3+A+B+261123:0915+7'\r\n\tUNH+1+CUSCAR'\r\n  BGM+85'\r\n\r\nUNT+3+1'UNZ+1+7'  \r\n", Layout{},
			"\xef\xbb\xbfUNA:+.? 'UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR'BGM+85'UNT+3+1'UNZ+1+7'"},
		{"text keeps its breaks", "UNB+UNOC:3+A+B'\nUNH+1+CUSCAR'FTX+AAA+++ TWO\r\nLINES ?\n'UNT+3+1'UNZ+1'", lines,
			"UNB+UNOC:3+A+B'\n    UNH+1+CUSCAR'\n      FTX+AAA+++ TWO\r\nLINES ?\n'\n    UNT+3+1'\nUNZ+1'\n"},
		{"a terminator that is missing stays so", "UNB+UNOC:3+A+B'UNH+1+CUSCAR'BGM+85 \n", lines, "UNB+UNOC:3+A+B'\n    UNH+1+CUSCAR'\n      BGM+85"},
		{"a covered break at the end is text", "UNB+UNOC:3+A+B'UNH+1+CUSCAR'BGM+85?\n", Layout{}, "UNB+UNOC:3+A+B'UNH+1+CUSCAR'BGM+85?\n"},
		{"other service characters in turn", "UNA|^.\\ ~UNB^UNOC|3^A~ UNZ^0~ UNB+UNOC:3+A'UNZ+0' UNA|^.\\ ~ UNB^UNOC|3^A~UNZ^0~UNH+1'", Layout{Line: "\n"},
			"UNA|^.\\ ~\nUNB^UNOC|3^A~\nUNZ^0~\nUNB+UNOC:3+A'\nUNZ+0'\nUNA|^.\\ ~\nUNB^UNOC|3^A~\nUNZ^0~\nUNH+1'"},
		{"nothing but UNA", "  UNA:+.? '  ", Layout{Line: "\n"}, "UNA:+.? '\n"},
		{"UNA cut short", "UNA:+.", Layout{}, "UNA:+."},
		{"bad UNA", "UNA++++++UNB+UNOC:3'", Layout{Line: "\n"}, "UNA++++++\nUNB+UNOC:3'\n"},
		{"no EDIFACT", "HELLO WORLD\n", Layout{Line: "\n"}, "HELLO WORLD"},
		{"empty", "", Layout{Line: "\n"}, ""},
	} {
		if got := reformat(t, c.in, c.layout); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestReformatPutsACutFileTogether(t *testing.T) {
	whole := "UNB+UNOC:3+SENDER+RECIPIENT+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+MANIFEST1+9'FTX+AAA+++COTTON SHIRTS AND TROUSERS'UNT+4+1'UNZ+1+7'"
	var cut strings.Builder
	for i := 0; i < len(whole); i += 30 {
		cut.WriteString(whole[i:min(i+30, len(whole))] + "\r\n")
	}
	if got := reformat(t, cut.String(), Layout{}); got != whole {
		t.Errorf("got  %q\nwant %q", got, whole)
	}
}

func TestReformatKeepsSegmentsOfAnyLength(t *testing.T) {
	long := strings.Repeat("X?'\n", 3<<18)
	for _, end := range []string{"'UNT+3+1'UNZ+1'", ""} {
		in := "UNB+UNOC:3+A+B'UNH+1+CUSCAR'FTX+AAA+++" + long + end
		if got := reformat(t, in, Layout{}); got != in {
			t.Errorf("%d bytes came back as %d", len(in), len(got))
		}
	}
}

func TestReformatErrors(t *testing.T) {
	in := "UNB+UNOC:3+A+B'UNZ+0'"
	r, w := io.Pipe()
	_ = r.CloseWithError(io.ErrShortWrite)
	if err := Reformat(w, strings.NewReader(in), int64(len(in)), Layout{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v, want the writer's error", err)
	}
	if err := Reformat(io.Discard, brokenFile{}, 100, Layout{}); err != io.ErrNoProgress {
		t.Errorf("got %v, want the source's error", err)
	}
}

type brokenFile struct{}

func (brokenFile) ReadAt([]byte, int64) (int, error) { return 0, io.ErrNoProgress }

// lexed lists what a decoder reads: each segment's bytes, its place in the envelope and what is odd about it. wrapped
// says that the line breaks of the source are those of its cutting.
func lexed(t testing.TB, in string) (segments []string, wrapped, tagCut bool) {
	d := NewDecoder(strings.NewReader(in))
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		ic := d.Interchange()
		raw := in[s.Offset : s.Offset+s.Length]
		wrapped = ic.Wrapped
		tagCut = tagCut || strings.ContainsAny(raw[:min(len(raw), 5)], "\r\n")
		segments = append(segments, fmt.Sprintf("%q kind %d number %d interchange %d una %t %+v odd %b", raw, d.Kind(), d.SegmentNumber(),
			ic.Index, ic.HasUNA, ic.Delimiters, s.Flags&(edi.Unended|edi.Dangling|edi.Oversized)))
	}
	return segments, wrapped, tagCut
}

// FuzzReformat: the decoder reads the same segments, byte for byte, before and after; a second time changes nothing;
// and what was set out in lines is minified to the same bytes as the source.
func FuzzReformat(f *testing.F) {
	seeds(f)
	f.Add([]byte("\xef\xbb\xbfUNA:+.? '\r\n\tUNB+UNOC:3+A+B'\r\n UNH+1+X'FTX+A\r\nB'"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := string(b)
		want, wrapped, tagCut := lexed(t, in)
		if strings.Contains(strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(in), strings.Repeat(" ", 50)) {
			return // the decoder does not see an UNA behind so much
		}
		if wrapped {
			if tagCut {
				return // a tag that is cut is another one when it is put together
			}
			_ = reformat(t, in, Layout{})
			return
		}
		minified := reformat(t, in, Layout{})
		for _, layout := range []Layout{{}, {Line: "\n"}, {Line: "\r\n", Level: envelopeLevel}} {
			out := reformat(t, in, layout)
			got, wraps, _ := lexed(t, out)
			if !slices.Equal(got, want) {
				t.Fatalf("%q became %q\ngot  %s\nwant %s", in, out, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
			if wraps {
				continue // by chance all lines are of one length
			}
			if again := reformat(t, out, layout); again != out {
				t.Fatalf("%q\nthen  %q\nagain %q", in, out, again)
			}
			if back := reformat(t, out, Layout{}); back != minified {
				t.Fatalf("%q\nminified         %q\nover lines it is %q", in, minified, back)
			}
		}
	})
}

func BenchmarkReformat(b *testing.B) {
	in := strings.NewReader(strings.Repeat("NAD+CN+NL123456789::ZZZ++GLOBAL TRADING B.V.+12 HARBOUR ROAD:FLOOR 3+ROTTERDAM++12345+NL'", 20_000))
	b.SetBytes(in.Size())
	for b.Loop() {
		if err := Reformat(io.Discard, in, in.Size(), Layout{Line: "\n"}); err != nil {
			b.Fatal(err)
		}
	}
}
