package render

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"cargogate/internal/intake"
	"cargogate/internal/synth"
)

// samples are files of every kind that Show and Format may meet.
func samples(t testing.TB) map[string]intake.Original {
	t.Helper()
	var made bytes.Buffer
	if _, err := synth.WriteCUSCAR(&made, synth.CUSCAROptions{Seed: 5, Size: 20_000, MinBills: 1, MaxBills: 4, MasterHouse: true, Release: synth.ReleaseD16A, CRLF: true}); err != nil {
		t.Fatal(err)
	}
	return map[string]intake.Original{
		"manifest": example(t, "manifest.edi"),
		"broken":   example(t, "broken.edi"),
		"made":     {Name: "made", ReaderAt: bytes.NewReader(made.Bytes()), Size: int64(made.Len())},
		"empty":    original("empty", ""),
		"text":     original("text", "nothing like a message"),
		"no UNB":   original("no UNB", "UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+1'"),
		"astray":   original("astray", "UNB+UNOA:1+A+B+1+1'UNH+1+CUSCAR:D:95B:UN'GID+1'SEL'UNT'NAD+CN'XX'''UNH+2+APERAK:D:16A:UN'BGM'UNZ+1'UNT+1"),
	}
}

// TestShowAgrees sees that both formats show the same segments and elements, and that nothing that holds a value is
// left out.
func TestShowAgrees(t *testing.T) {
	for name, o := range samples(t) {
		var text, js bytes.Buffer
		if err := Show(&text, o, "text"); err != nil {
			t.Fatal(err)
		}
		if err := Show(&js, o, "json"); err != nil {
			t.Fatal(err)
		}
		var segments []Segment
		if err := json.Unmarshal(js.Bytes(), &segments); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lines, elements := bytes.Count(text.Bytes(), []byte("\n")), 0
		for _, s := range segments {
			elements += len(s.Elements)
		}
		if lines != len(segments)+elements {
			t.Errorf("%s: %d lines of text, %d segments and %d elements", name, lines, len(segments), elements)
		}
		if name == "made" && elements < 400 {
			t.Errorf("only %d elements", elements)
		}
		if name == "made" {
			for _, s := range segments {
				for _, e := range s.Elements {
					if s.Name == "" || e.Tag == "" || e.Name == "" {
						t.Errorf("no name: %+v in %+v", e, s)
					}
				}
			}
		}
	}
}

// TestTruncated cuts a file at every byte: showing it must go on to its end, and laying it out must lose nothing.
func TestTruncated(t *testing.T) {
	whole, err := io.ReadAll(io.NewSectionReader(example(t, "broken.edi"), 0, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		o := intake.Original{Name: "cut", ReaderAt: bytes.NewReader(whole[:n]), Size: int64(n)}
		var js, pretty, back, plain bytes.Buffer
		if err := Show(&js, o, "json"); err != nil || !json.Valid(js.Bytes()) {
			t.Fatalf("%d bytes: %v, %s", n, err, &js)
		}
		if err := Format(&pretty, o, false); err != nil {
			t.Fatal(err)
		}
		again := intake.Original{Name: "pretty", ReaderAt: bytes.NewReader(pretty.Bytes()), Size: int64(pretty.Len())}
		if err := Format(&back, again, true); err != nil {
			t.Fatal(err)
		}
		if err := Format(&plain, o, true); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Bytes(), plain.Bytes()) {
			t.Fatalf("%d bytes: %q became %q", n, &plain, &back)
		}
	}
}

// TestFormatKeepsContent sees that laying out and minifying comes back to the minified file, and indents.
func TestFormatKeepsContent(t *testing.T) {
	for name, o := range samples(t) {
		var pretty, back, plain bytes.Buffer
		if err := Format(&pretty, o, false); err != nil {
			t.Fatal(err)
		}
		again := intake.Original{Name: name, ReaderAt: bytes.NewReader(pretty.Bytes()), Size: int64(pretty.Len())}
		if err := Format(&back, again, true); err != nil {
			t.Fatal(err)
		}
		if err := Format(&plain, o, true); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Bytes(), plain.Bytes()) {
			t.Errorf("%s: %q became %q", name, &plain, &back)
		}
		if name == "made" && (!strings.Contains(pretty.String(), "\n    GID+") || !strings.Contains(pretty.String(), "\n      SGP+") || !strings.Contains(pretty.String(), "\nCNI+")) {
			t.Errorf("not indented by group: %s", &pretty)
		}
	}
}

// TestShowMeaning looks at what codes of three lists stand for.
func TestShowMeaning(t *testing.T) {
	var js bytes.Buffer
	if err := Show(&js, example(t, "manifest.edi"), "json"); err != nil {
		t.Fatal(err)
	}
	var segments []Segment
	if err := json.Unmarshal(js.Bytes(), &segments); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"1001 85": "Customs manifest", "6411 KGM": "kilogram", "7065 DR": "drum", "3035 CN": "Consignee", "3036 NORTH QUAY AGENCIES": ""}
	for _, s := range segments {
		for _, e := range s.Elements {
			if m, ok := want[e.Tag+" "+e.Value]; ok {
				if e.Meaning != m {
					t.Errorf("%s %s means %q, want %q", e.Tag, e.Value, e.Meaning, m)
				}
				delete(want, e.Tag+" "+e.Value)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not shown: %v", want)
	}
}
