package directory

import (
	"fmt"
	"strings"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edi"
)

// checks holds segments of CUSCAR with a § before every place where a finding is expected, in the order of the
// findings.
var checks = []struct {
	name, path, in string
	syntax         int
	want           string
}{
	{"clean", "CNI/RFF/NAD", "NAD+CN+NL001::ZZZ++NAME+STREET+CITY++12345+NL", 3, ""},
	{"mandatory element cut off", "CNI/RFF/NAD", "NAD§", 3, "EDI0013 1.0 NAD[1]/3035"},
	{"mandatory element empty", "CNI/RFF/NAD", "NAD+§+NL001", 3, "EDI0013 1.0 NAD[1]/3035"},
	{"mandatory composite cut off", "CNI/RFF", "RFF§", 3, "EDI0013 1.0 RFF[1]/C506"},
	{"mandatory component empty", "CNI/RFF", "RFF+§:X", 3, "EDI0013 1.1 RFF[1]/C506/1153"},
	{"mandatory component of a used composite cut off", "CNI/RFF/NAD", "NAD+CN+§:160", 3, "EDI0013 2.1 NAD[1]/C082/3039"},
	{"value not in the list", "CNI/RFF/NAD", "NAD+§QX", 3, "EDI0012 1.0 NAD[1]/3035"},
	{"lower case is another code", "CNI/RFF/NAD", "NAD+§cn", 3, "EDI0012 1.0 NAD[1]/3035"},
	{"a code of another list", "EQD", "EQD+CN+MSKU1234565+22G1:102:5++3+5", 3, ""},
	{"the same code as of the directory's", "EQD", "EQD+CN+MSKU1234565+§22G1", 3, "EDI0012 3.1 EQD[1]/C224/8155"},
	{"too long", "CNI/RFF/NAD", "NAD+CN+++++++§1234567890", 3, "EDI0039 8.0 NAD[1]/3251"},
	{"release characters do not count", "CNI/RFF", "RFF+BM:" + strings.Repeat("?+", 35), 3, ""},
	{"nor do trailing spaces", "CNI/RFF/NAD", "NAD+CN++++++123456789  +", 3, "EDI0045 8.0 NAD[1]"},
	{"too many elements", "GIS", "GIS+23+§24", 3, "EDI0016 2.0 GIS[1]"},
	{"too many components", "CNI/RFF", "RFF+BM:1:2:3:§4", 3, "EDI0016 1.5 RFF[1]/C506"},
	{"trailing element separators", "CNI/RFF/NAD", "NAD+CN+§+", 3, "EDI0045 2.0 NAD[1]"},
	{"trailing component separators", "CNI/RFF", "RFF+BM:1:§:", 3, "EDI0045 1.3 RFF[1]/C506"},
	{"an empty composite with separators", "CNI/RFF/NAD", "NAD+CN+:§:+NAME", 3, "EDI0045 2.2 NAD[1]/C082"},
	{"separators beyond the last element", "GIS", "GIS+23+§+", 3, "EDI0045 2.0 GIS[1]"},
	{"letters in a number", "CNI/RFF/CNT", "CNT+7:§12A", 3, "EDI0037 1.2 CNT[1]/C270/6066"},
	{"two marks", "CNI/RFF/CNT", "CNT+7:§1.234.5", 3, "EDI1021 1.2 CNT[1]/C270/6066"},
	{"no digit before the mark", "CNI/RFF/CNT", "CNT+7:§.5", 3, "EDI0038 1.2 CNT[1]/C270/6066"},
	{"no digit behind the mark", "CNI/RFF/CNT", "CNT+7:§5.", 3, "EDI0038 1.2 CNT[1]/C270/6066"},
	{"the other mark", "CNI/RFF/CNT", "CNT+7:§1,5", 3, "EDI0019 1.2 CNT[1]/C270/6066"},
	{"the other mark in version 4", "CNI/RFF/CNT", "CNT+7:1,5", 4, ""},
	{"sign and mark are no length", "CNI/RFF/CNT", "CNT+7:-123456789012345678.5", 3, "EDI0039 1.2 CNT[1]/C270/6066"},
	{"eighteen digits with sign and mark", "CNI/RFF/CNT", "CNT+7:-12345678901234567.8", 3, ""},
	{"a lone sign", "CNI/RFF/CNT", "CNT+7:§-", 3, "EDI1021 1.2 CNT[1]/C270/6066"},
	{"trailing spaces of a number", "CNI/RFF/CNT", "CNT+7:12 ", 3, ""},
	{"repetition of what may not repeat", "CNI/RFF", "RFF+BM:1*§BM:2", 4, "EDI1023 1.1 RFF[1]/C506"},
	{"explicit nesting", "CNI/RFF/NAD", "§NAD:1+CN", 3, "EDI0034 0.0 NAD[1]"},
	{"nothing but a tag", "CNI/RFF/GID/CST", "§CST", 3, "EDI1025 0.0 CST[1]"},
	{"nothing but a tag where one must stand", "CNI/RFF/GID", "GID", 3, ""},
	{"two faults in one segment", "CNI/RFF/NAD", "NAD+§QX+++++++§1234567890", 3, "EDI0012 1.0 NAD[1]/3035|EDI0039 8.0 NAD[1]/3251"},
}

func TestCheck(t *testing.T) {
	for _, c := range checks {
		m := lookup(t, "CUSCAR", "95B", c.syntax)
		row := -1
		for i := range m.Nodes {
			if m.Nodes[i].Group == 0 && m.Path(i) == c.path {
				row = i
			}
		}
		if row < 0 {
			t.Fatalf("%s: no row %s", c.name, c.path)
		}
		var marks []int64
		in := c.in
		for i := strings.Index(in, "§"); i >= 0; i = strings.Index(in, "§") {
			marks = append(marks, int64(i))
			in = in[:i] + in[i+len("§"):]
		}
		d := edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''}
		if c.syntax == 4 {
			d.Repetition = '*'
		}
		s, err := edi.NewBytesLexer([]byte(in+"'"), d).ReadSegment()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var at []int64
		w := NewWalker(func(f diag.Finding) {
			got = append(got, fmt.Sprintf("%s %d.%d %s", f.Code, f.Pos.Element, f.Pos.Component, f.Pointer[strings.Index(string(f.Pointer), m.Nodes[row].Tag+"["):]))
			at = append(at, f.Pos.Offset)
			if f.Value != "" && f.Value != in[f.Pos.Offset:f.Pos.Offset+int64(f.Pos.Length)] && f.Pos.Component > 0 {
				t.Errorf("%s: value %q is not what stands at %d+%d", c.name, f.Value, f.Pos.Offset, f.Pos.Length)
			}
		}, nil, nil)
		w.Begin(m, Subject{Message: 1, SyntaxVersion: c.syntax, Release: '?', DecimalMark: '.'})
		w.check(s, w.c.checks[row], row)
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q\ngot  %s\nwant %s", c.name, in, strings.Join(got, "|"), c.want)
		}
		if len(marks) > 0 && fmt.Sprint(at) != fmt.Sprint(marks) {
			t.Errorf("%s: %q: found at %v, marked %v", c.name, in, at, marks)
		}
	}
}

func TestCheckCountsCharactersOfUTF8(t *testing.T) {
	m := lookup(t, "CUSCAR", "95B", 3)
	s, err := edi.NewBytesLexer([]byte("NAD+CN++++"+strings.Repeat("ö", 35)+"+"+strings.Repeat("ö", 18)+"'"), edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''}).ReadSegment()
	if err != nil {
		t.Fatal(err)
	}
	for utf8, want := range map[bool]int{true: 0, false: 2} {
		found := 0
		w := NewWalker(func(f diag.Finding) {
			found++
			if f.Code != diag.ElementTooLong {
				t.Errorf("found %s", f.Code)
			}
		}, nil, nil)
		w.Begin(m, Subject{SyntaxVersion: 3, DecimalMark: '.', UTF8: utf8})
		for i := range m.Nodes {
			if m.Nodes[i].Tag == "NAD" && m.Nodes[i].Group == 0 {
				w.check(s, w.c.checks[i], i)
				break
			}
		}
		if utf8 && found != want || !utf8 && found == 0 {
			t.Errorf("UTF-8 %t: %d findings", utf8, found)
		}
	}
}

func TestCheckService(t *testing.T) {
	d := edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''}
	for in, want := range map[string]string{
		"UNB+UNOC:3+A+B+261123:0915+7'":       "",
		"UNB+UNOC+A+B+261123:0915+7'":         "EDI0013@8",
		"UNB+UNOC:3+A++261123:0915+7'":        "EDI0013@13",
		"UNB+UNOC:3+A+B+20261123:0915+7'":     "EDI0039@15",
		"UNB+UNOC:3+A+B+26112:0915+7'":        "EDI0040@15",
		"UNZ+1X+7'":                           "EDI0037@4",
		"UNE+1+1'":                            "",
		"UNB+UNOC:3+A+B+261123:0915+7++++++'": "EDI0045@29",
	} {
		s, err := edi.NewBytesLexer([]byte(in), d).ReadSegment()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		CheckService(s, Subject{Interchange: 1, SyntaxVersion: 3, DecimalMark: '.'}, func(f diag.Finding) {
			got = append(got, fmt.Sprintf("%s@%d", f.Code, f.Pos.Offset))
			if f.Message != 0 || f.Pos.Segment != 0 {
				t.Errorf("%q: message %d, segment %d", in, f.Message, f.Pos.Segment)
			}
		})
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", in, got, want)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	in := []byte("UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'" + strings.Repeat("CNI+1+MAEU0123456789'RFF+BM:MAEU0123456789'CNT+7:12345:KGM'LOC+9+CNSHA:139:6'NAD+CN+NL123456789::ZZZ++GLOBAL TRADING+12 HARBOUR ROAD:FLOOR 3+ROTTERDAM++12345+NL'GID+1+100:CT'FTX+AAA+++COTTON T-SHIRTS:PO NO 1'MEA+AAE+G+KGM:1234.50'SGP+MSKU1234565+100'", 1000))
	m := lookup(b, "CUSCAR", "95B", 3)
	lex := edi.NewBytesLexer(in, edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''})
	w := NewWalker(func(f diag.Finding) { b.Errorf("%s at segment %d", f.Code, f.Pos.Segment) }, lex.PeekTag, nil)
	var segments []*edi.Segment
	for {
		s, err := lex.ReadSegment()
		if err != nil {
			break
		}
		segments = append(segments, s.Clone())
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		w.Begin(m, Subject{SyntaxVersion: 3, Release: '?', DecimalMark: '.'})
		for _, s := range segments {
			w.Step(s)
		}
	}
}
