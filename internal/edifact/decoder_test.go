package edifact

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"cargogate/internal/diag"
)

// pass reads in with both passes and gives what they found, in the order of the passes, and the tags read.
func pass(t testing.TB, in string, wrap func(io.Reader) io.Reader) (findings []string, tags []string, last *Interchange) {
	t.Helper()
	report := func(f diag.Finding) {
		findings = append(findings, fmt.Sprintf("%s@%d+%d i%d m%d s%d e%d c%d %q", f.Code, f.Pos.Offset, f.Pos.Length, f.Interchange, f.Message, f.Pos.Segment, f.Pos.Element, f.Pos.Component, f.Value))
	}
	sets := map[int]Charset{}
	first := NewDecoder(wrap(strings.NewReader(in)), Report(report), EnvelopeOnly(func(ic *Interchange) { sets[ic.Index] = ic.Charset; last = ic }))
	for {
		if _, err := first.ReadSegment(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	second := NewDecoder(wrap(strings.NewReader(in)), Report(report), WithCharsets(func(i int) (Charset, bool) { c, ok := sets[i]; return c, ok }))
	for {
		s, err := second.ReadSegment()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		tags = append(tags, string(s.Tag()))
	}
	return findings, tags, last
}

func plain(r io.Reader) io.Reader { return r }

var envelopes = []struct {
	name, in string
	want     []string
}{
	{"clean", "UNA:+.? 'UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+1'UNZ+1+7'", nil},
	{"version 4", "UNB+UNOC:4+A+B+20261123:0915+7'UNH+1+CUSCAR:D:16A:UN'BGM+85+X*Y+9'UNT+3+1'UNZ+1+7'", nil},
	{"leading zeros of counts", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+0000003+1'UNZ+001+7'", nil},
	{"UNT count", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+4+1'UNZ+1+7'", []string{`EDI0029@66+1 i1 m1 s3 e1 c0 "4"`}},
	{"UNT reference", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+2'UNZ+1+7'", []string{`EDI0028@68+1 i1 m1 s3 e2 c0 "2"`}},
	{"UNZ count and reference", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+2+8'", []string{`EDI0029@63+1 i1 m0 s0 e1 c0 "2"`, `EDI0028@65+1 i1 m0 s0 e2 c0 "8"`}},
	{"no UNT", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNH+2+CUSCAR:D:95B:UN'UNT+2+2'UNZ+2+7'", []string{`EDI1003@51+3 i1 m1 s2 e0 c0 ""`}},
	{"no UNZ", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'", []string{`EDI1002@59+0 i1 m0 s0 e0 c0 ""`}},
	{"no UNB", "UNH+1+CUSCAR:D:95B:UN'UNT+2+1'", []string{`EDI1001@0+3 i1 m0 s0 e0 c0 "UNH"`}},
	{"nothing but text", "HELLO WORLD", []string{`EDI0033@0+11 i0 m0 s0 e0 c0 "HELLO WORLD"`, `EDI1010@11+0 i0 m0 s0 e0 c0 "HELLO WORLD"`}},
	{"data after UNZ", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'XXX+1'", []string{`EDI1024@67+3 i1 m0 s0 e0 c0 "XXX"`}},
	{"empty interchange", "UNB+UNOC:3+A+B+261123:0915+7'UNZ+0+7'", []string{`EDI0032@29+3 i1 m0 s0 e0 c0 "UNZ"`}},
	{"duplicate message", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+2+7'", []string{`EDI0026@63+1 i1 m2 s1 e1 c0 "1"`}},
	{"duplicate interchange", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'\nUNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'", []string{`EDI1020@95+1 i2 m0 s0 e5 c0 "7"`, `EDI1014@67+1 i2 m0 s0 e0 c0 ""`}},
	{"groups", "UNB+UNOC:3+A+B+261123:0915+7'UNG+CUSCAR+A+B+261123:0915+1+UN+D:95B'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNE+1+1'UNZ+1+7'", nil},
	{"group count, reference, type", "UNB+UNOC:3+A+B+261123:0915+7'UNG+CUSCAR+A+B+261123:0915+1+UN+D:95B'UNH+1+CUSREP:D:95B:UN'UNT+2+1'UNE+2+9'UNZ+1+7'", []string{`EDI0031@73+6 i1 m1 s1 e2 c1 "CUSREP"`, `EDI0029@101+1 i1 m0 s0 e1 c0 "2"`, `EDI0028@103+1 i1 m0 s0 e2 c0 "9"`}},
	{"group of another release", "UNB+UNOC:3+A+B+261123:0915+7'UNG+CUSCAR+A+B+261123:0915+1+UN+D:96A'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNE+1+1'UNZ+1+7'", []string{`EDI1027@82+3 i1 m1 s1 e2 c3 "95B"`}},
	{"empty group, no UNE", "UNB+UNOC:3+A+B+261123:0915+7'UNG+CUSCAR+A+B+261123:0915+1+UN+D:95B'UNE+0+1'UNG+CUSCAR+A+B+261123:0915+2+UN+D:95B'UNZ+2+7'", []string{`EDI0032@67+3 i1 m0 s0 e0 c0 "UNE"`, `EDI1004@113+3 i1 m0 s0 e0 c0 ""`}},
	{"mixed", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNG+CUSCAR+A+B+261123:0915+1+UN+D:95B'UNH+2+CUSCAR:D:95B:UN'UNT+2+2'UNE+1+1'UNZ+1+7'", []string{`EDI0030@59+3 i1 m0 s0 e0 c0 "UNG"`}},
	{"UNE alone", "UNB+UNOC:3+A+B+261123:0915+7'UNE+0+1'UNZ+0+7'", []string{`EDI1026@29+3 i1 m0 s0 e0 c0 "UNE"`, `EDI0032@37+3 i1 m0 s0 e0 c0 "UNZ"`}},
	{"syntax", "UNB+UNOQ:9+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'", []string{`EDI0002@9+1 i1 m0 s0 e1 c2 "9"`, `EDI0002@4+4 i1 m0 s0 e1 c1 "UNOQ"`}},
	{"UNOX parked", "UNB+UNOX:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'", []string{`EDI0046@4+4 i1 m0 s0 e1 c1 "UNOX"`}},
	{"interactive", "UIB+UNOA:1+1'UIH+X'UIT+1'UIZ'", []string{`EDI0033@0+3 i0 m0 s0 e0 c0 "UIB"`, `EDI0047@0+3 i0 m0 s0 e0 c0 "UIB"`, `EDI0047@13+3 i0 m0 s0 e0 c0 "UIH"`, `EDI0047@19+3 i0 m0 s0 e0 c0 "UIT"`, `EDI0047@25+3 i0 m0 s0 e0 c0 "UIZ"`}},
	{"security", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'USH+1'UNT+3+1'UNZ+1+7'", []string{`EDI0047@51+3 i1 m1 s2 e0 c0 "USH"`}},
	{"split message", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN++1:C'UNT+2+1'UNZ+1+7'", []string{`EDI1019@52+1 i1 m1 s1 e4 c1 "1"`}},
	{"BOM and line breaks", "\xef\xbb\xbfUNB+UNOC:3+A+B+261123:0915+7'\r\nUNH+1+CUSCAR:D:95B:UN'\r\nUNT+2+1'\r\nUNZ+1+7'\r\n", []string{`EDI1015@0+3 i0 m0 s0 e0 c0 ""`, `EDI1014@32+2 i1 m0 s0 e0 c0 ""`}},
	{"lower case", "UNB+UNOA:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'FTX+AAA+++Hello @ you'UNT+3+1'UNZ+1+7'", []string{`EDI1016@62+4 i1 m1 s2 e4 c1 "ello"`, `EDI0021@67+1 i1 m1 s2 e4 c1 "@"`}},
	{"UTF-8 under UNOA", "UNB+UNOA:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'FTX+AAA+++\xc3\x84'UNT+3+1'UNZ+1+7'", []string{`EDI1017@51+12 i1 m0 s0 e0 c0 ""`}},
	{"needless release", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'FTX+AAA+++?X?+'UNT+3+1'UNZ+1+7'", []string{`EDI1012@61+2 i1 m1 s2 e4 c1 "?X"`}},
	{"line break in a code", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'RFF+B\r\nM:1'UNT+3+1'UNZ+1+7'", []string{`EDI1013@56+2 i1 m1 s2 e1 c1 "\\x0d\\x0a"`}},
	{"control", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'RFF+BM:1\x002'UNT+3+1'UNZ+1+7'", []string{`EDI0021@59+1 i1 m1 s2 e1 c2 "\\x00"`}},
	{"delete", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'FTX+AAA+++X\x7fY'UNT+3+1'UNZ+1+7'", []string{`EDI0021@62+1 i1 m1 s2 e4 c1 "\\x7f"`}},
	{"cut at a release character", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'FTX+AAA+++X?", []string{`EDI1003@63+0 i1 m1 s2 e0 c0 ""`, `EDI1002@63+0 i1 m0 s0 e0 c0 ""`, `EDI1011@62+1 i1 m1 s2 e0 c0 ""`, `EDI1010@63+0 i1 m1 s2 e0 c0 "FTX"`}},
	{"bad UNA", "UNA++++++UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'", []string{`EDI0022@0+9 i1 m0 s0 e0 c0 "UNA++++++"`}},
	{"UNA behind much white space", strings.Repeat(" ", 200) + "UNA:+.? 'UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'", []string{`EDI1014@0+200 i1 m0 s0 e0 c0 ""`}},
	{"UNA alone", "UNA:+.? '", []string{`EDI1001@9+0 i1 m0 s0 e0 c0 ""`}},
	{"second UNA with other characters", "UNA:+.? 'UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'UNA|^.\\ ~UNB^UNOC|3^A^B^261123|0915^8~UNH^1^CUSCAR|D|95B|UN~UNT^2^1~UNZ^1^8~", nil},
	{"second without UNA goes back to the standard", "UNA|^.\\ ~UNB^UNOC|3^A^B^261123|0915^8~UNH^1^CUSCAR|D|95B|UN~UNT^2^1~UNZ^1^8~UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'", nil},
	{"information separators", "UNB\x1dUNOB\x1f1\x1dA\x1dB\x1d261123\x1f0915\x1d7\x1cUNH\x1d1\x1dCUSCAR\x1fD\x1f95B\x1fUN\x1cUNT\x1d2\x1d1\x1cUNZ\x1d1\x1d7\x1c", nil},
	{"a broken message costs one", "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85'UNB+UNOC:3+A+B+261123:0915+8'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+8'", []string{`EDI1003@58+3 i1 m1 s3 e0 c0 ""`, `EDI1002@58+3 i1 m0 s0 e0 c0 ""`}},
}

func TestEnvelope(t *testing.T) {
	for _, c := range envelopes {
		for mode, wrap := range map[string]func(io.Reader) io.Reader{"whole": plain, "one byte": iotest.OneByteReader} {
			got, _, _ := pass(t, c.in, wrap)
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%s, %s:\ngot  %s\nwant %s", c.name, mode, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
			}
		}
	}
}

func TestCharset(t *testing.T) {
	for _, c := range []struct {
		id, text, want string
		charset        Charset
	}{
		{"UNOA", "PLAIN", "PLAIN", ASCII},
		{"UNOC", "M\xfcNCHEN", "MüNCHEN", ISO8859_1},
		{"UNOC", "M\xc3\xbcNCHEN", "MüNCHEN", UTF8},
		{"UNOC", "\x80 100", "€ 100", Windows1252},
		{"UNOB", "M\xfcNCHEN", "MüNCHEN", Windows1252},
		{"UNOD", "\xa3\xf3d\xbc", "Łódź", ISO8859_2},
		{"UNOE", "\xbc\xde\xe1\xda\xd2\xd0", "Москва", ISO8859_5},
		{"UNOF", "\xc1\xe8\xde\xed\xe1", "Αθήνα", ISO8859_7},
		{"UNOG", "\xd5", "Ġ", ISO8859_3},
		{"UNOH", "\xa6", "Ļ", ISO8859_4},
		{"UNOI", "\xd3\xe4\xc7\xe5", "سلام", ISO8859_6},
		{"UNOJ", "\xf9\xec\xe5\xed", "שלום", ISO8859_8},
		{"UNOK", "\xddstanbul", "İstanbul", ISO8859_9},
		{"UNOL", "\xa4", "€", ISO8859_15},
		{"UNOW", "K\xc3\xb6ln", "Köln", UTF8},
		{"UNOW", "K\xf6ln", "Köln", Windows1252},
	} {
		in := "UNB+" + c.id + ":4+A+B+20261123:0915+7'UNH+1+CUSCAR:D:16A:UN'FTX+AAA+++" + c.text + "'UNT+3+1'UNZ+1+7'"
		_, _, ic := pass(t, in, plain)
		if ic.Charset != c.charset {
			t.Errorf("%s with %q: read in %s, want %s", c.id, c.text, ic.Charset, c.charset)
			continue
		}
		d := NewDecoder(strings.NewReader(in), WithCharsets(func(int) (Charset, bool) { return ic.Charset, true }))
		var text Text
		for {
			s, err := d.ReadSegment()
			if err != nil {
				break
			}
			text.Reset(d.Interchange())
			if string(s.Tag()) == "FTX" {
				if got := text.String(s, s.Element(4)); got != c.want {
					t.Errorf("%s: %q, want %q", c.id, got, c.want)
				}
			}
		}
		if back, lost := c.charset.AppendEncoded(nil, c.want); lost != 0 || string(back) != c.text {
			t.Errorf("%s: back to %q, lost %d", c.id, back, lost)
		}
	}
}

func TestWrappedFileIsReadWithoutItsLineBreaks(t *testing.T) {
	whole := "UNB+UNOC:3+SENDER+RECIPIENT+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+MANIFEST1+9'FTX+AAA+++COTTON SHIRTS AND TROUSERS'UNT+4+1'UNZ+1+7'"
	var cut strings.Builder
	for i := 0; i < len(whole); i += 30 {
		cut.WriteString(whole[i:min(i+30, len(whole))] + "\n")
	}
	d := NewDecoder(strings.NewReader(cut.String()))
	var got []string
	var text Text
	for {
		s, err := d.ReadSegment()
		if err != nil {
			break
		}
		text.Reset(d.Interchange())
		line := string(s.Tag())
		for e := 1; e <= s.NumElements(); e++ {
			for c := 1; c <= s.NumComponents(e); c++ {
				line += " " + text.String(s, s.Component(e, c))
			}
		}
		got = append(got, line)
	}
	want := "UNB UNOC 3 SENDER RECIPIENT 261123 0915 7|UNH 1 CUSCAR D 95B UN|BGM 85 MANIFEST1 9|FTX AAA   COTTON SHIRTS AND TROUSERS|UNT 4 1|UNZ 1 7"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestReaderErrorIsNoFinding(t *testing.T) {
	d := NewDecoder(iotest.ErrReader(os.ErrClosed))
	if _, err := d.ReadSegment(); err != os.ErrClosed {
		t.Errorf("got %v, want the reader's error", err)
	}
}

// Skipping passes over the rest of a message and over no more, whether its UNT is there or not, and counts as reading
// does.
func TestSkipMessage(t *testing.T) {
	in := "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X?'UNT+9'FTX+AAA'UNT+4+1'UNH+2+CUSCAR:D:95B:UN'BGM+85'" +
		"UNH+3+CUSCAR:D:95B:UN'BGM+85'UNT+3+3'UNZ+3+7'"
	for mode, wrap := range map[string]func(io.Reader) io.Reader{"whole": plain, "one byte": iotest.OneByteReader} {
		d := NewDecoder(wrap(strings.NewReader(in)))
		var got []string
		for {
			s, err := d.ReadSegment()
			if err != nil {
				break
			}
			got = append(got, fmt.Sprintf("%s %d", s.Raw()[:min(5, len(s.Raw()))], d.SegmentNumber()))
			if d.Kind() == MessageHeader && d.Message().Reference != "3" {
				if err := d.SkipMessage(); err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprintf("skipped to %d", d.SegmentNumber()))
			}
		}
		want := "UNB+U 0|UNH+1 1|skipped to 4|UNH+2 1|skipped to 2|UNH+3 1|BGM+8 2|UNT+3 3|UNZ+3 0"
		if strings.Join(got, "|") != want {
			t.Errorf("%s: got %s, want %s", mode, strings.Join(got, "|"), want)
		}
	}
	d := NewDecoder(strings.NewReader("UNH+1+CUSCAR:D:95B:UN'BGM+85"))
	if _, err := d.ReadSegment(); err != nil {
		t.Fatal(err)
	}
	if err := d.SkipMessage(); err != io.EOF {
		t.Errorf("at the end of the input: %v, want EOF", err)
	}
	if err := d.SkipMessage(); err != nil {
		t.Errorf("outside a message: %v", err)
	}
}
