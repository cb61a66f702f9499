package directory

import (
	"fmt"
	"strings"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edi"
)

// walk walks over the segments of one message, given without separators between them but a space ("UNH BGM RFF+BM:1"),
// and gives each one's place and what was found.
func walk(t testing.TB, m *Message, in string, choose Choice) (places, findings []string) {
	t.Helper()
	lex := edi.NewBytesLexer([]byte(in), edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''})
	w := NewWalker(func(f diag.Finding) {
		findings = append(findings, fmt.Sprintf("%s@%d %s", f.Code, f.Pos.Segment, f.Pointer))
	}, lex.PeekTag, choose)
	w.Begin(m, Subject{Interchange: 1, Message: 1, SyntaxVersion: m.Syntax, Release: '?', DecimalMark: '.'})
	for {
		s, err := lex.ReadSegment()
		if err != nil {
			break
		}
		p := w.place2(s)
		switch {
		case p.Row < 0:
			places = append(places, "-")
		case p.Misplaced:
			places = append(places, "("+m.Path(p.Row)+")")
		case p.New:
			places = append(places, "*"+m.Path(p.Row))
		default:
			places = append(places, m.Path(p.Row))
		}
	}
	return places, findings
}

// place2 is Step without the element checks, so that bare tags can be walked.
func (w *Walker) place2(s *edi.Segment) Place {
	w.segment++
	return w.place(s)
}

var walks = []struct {
	name, release, in, places, findings string
}{
	{"three levels of CNT", "95B", "UNH BGM CNT CNI CNT RFF CNT GID UNT", "UNH BGM CNT *CNI CNI/CNT *CNI/RFF CNI/RFF/CNT *CNI/RFF/GID UNT", ""},
	{"RFF after an onward TDT is its own", "95B", "UNH BGM CNI RFF TDT LOC DTM RFF GID RFF GID UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/TDT CNI/RFF/TDT/LOC CNI/RFF/TDT/DTM CNI/RFF/TDT/RFF *CNI/RFF/GID *CNI/RFF *CNI/RFF/GID UNT", ""},
	{"RFF after NAD is the party's", "95B", "UNH BGM CNI RFF NAD RFF NAD CTA COM GID UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/NAD CNI/RFF/NAD/RFF *CNI/RFF/NAD *CNI/RFF/NAD/CTA CNI/RFF/NAD/CTA/COM *CNI/RFF/GID UNT", ""},
	{"NAD after SEL is the equipment's", "95B", "UNH BGM NAD TDT EQD SEL NAD EQD NAD UNT", "UNH BGM NAD *TDT *EQD EQD/SEL EQD/NAD *EQD EQD/NAD UNT", ""},
	{"header groups of later releases have the same paths", "16A", "UNH BGM RFF DTM NAD TDT EQD NAD CNI RFF NAD RFF GID LOC UNT", "UNH BGM *RFF RFF/DTM *NAD *TDT *EQD EQD/NAD *CNI *CNI/RFF *CNI/RFF/NAD CNI/RFF/NAD/RFF *CNI/RFF/GID CNI/RFF/GID/LOC UNT", ""},
	{"mandatory segment missing", "95B", "UNH DTM UNT", "UNH DTM UNT", "EDI1005@2 UNH[1]/BGM[1]"},
	{"mandatory group missing", "95B", "UNH BGM CNI RFF NAD CNI RFF GID UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/NAD *CNI *CNI/RFF *CNI/RFF/GID UNT", "EDI1006@6 UNH[1]/SG4[1]/SG5[1]/SG10[1]"},
	{"trigger missing: EQD", "95B", "UNH BGM GIS MEA SEL EQD UNT", "UNH BGM GIS EQD/MEA EQD/SEL *EQD UNT", "EDI1005@4 UNH[1]/SG2[1]/EQD[1]"},
	{"trigger missing: EQD between others", "95B", "UNH BGM EQD MEA SEL MEA SEL EQD MEA SEL UNT", "UNH BGM *EQD EQD/MEA EQD/SEL EQD/MEA EQD/SEL *EQD EQD/MEA EQD/SEL UNT", "EDI1005@6 UNH[1]/SG2[2]/EQD[1]"},
	{"trigger missing: TDT", "95B", "UNH BGM NAD LOC LOC DTM GIS UNT", "UNH BGM NAD TDT/LOC TDT/LOC TDT/DTM GIS UNT", "EDI1005@4 UNH[1]/SG1[1]/TDT[1]"},
	{"trigger missing: RFF", "95B", "UNH BGM CNI CNT LOC LOC NAD GID UNT", "UNH BGM *CNI CNI/CNT CNI/RFF/LOC CNI/RFF/LOC *CNI/RFF/NAD *CNI/RFF/GID UNT", "EDI1005@5 UNH[1]/SG4[1]/SG5[1]/RFF[1]"},
	{"trigger missing: CNI", "95B", "UNH BGM CNT CNT RFF CNT LOC GID CNI RFF GID UNT", "UNH BGM CNT CNT *CNI/RFF CNI/RFF/CNT CNI/RFF/LOC *CNI/RFF/GID *CNI *CNI/RFF *CNI/RFF/GID UNT", "EDI1005@5 UNH[1]/SG4[1]/CNI[1]"},
	{"trigger missing: GID", "95B", "UNH BGM CNI RFF NAD PAC FTX MEA GID PAC FTX UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/NAD CNI/RFF/GID/PAC CNI/RFF/GID/FTX CNI/RFF/GID/MEA *CNI/RFF/GID CNI/RFF/GID/PAC CNI/RFF/GID/FTX UNT", "EDI1005@6 UNH[1]/SG4[1]/SG5[1]/SG10[1]/GID[1]"},
	{"trigger missing: second GID", "95B", "UNH BGM CNI RFF GID PAC FTX MEA CST PAC FTX UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/GID CNI/RFF/GID/PAC CNI/RFF/GID/FTX CNI/RFF/GID/MEA CNI/RFF/GID/CST CNI/RFF/GID/PAC CNI/RFF/GID/FTX UNT", "EDI1005@10 UNH[1]/SG4[1]/SG5[1]/SG10[2]/GID[1]"},
	{"out of order keeps its item", "95B", "UNH BGM CNI RFF GID MEA FTX FTX SGP UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/GID CNI/RFF/GID/MEA (CNI/RFF/GID/FTX) (CNI/RFF/GID/FTX) CNI/RFF/GID/SGP UNT", "EDI0015@7 UNH[1]/SG4[1]/SG5[1]/SG10[1]/FTX[1]|EDI0015@8 UNH[1]/SG4[1]/SG5[1]/SG10[1]/FTX[1]"},
	{"a group in a wrong place is read and left again", "95B", "UNH BGM CNI RFF GID PAC EQD MEA SEL FTX MEA CNI RFF GID UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/GID CNI/RFF/GID/PAC (EQD) EQD/MEA EQD/SEL CNI/RFF/GID/FTX CNI/RFF/GID/MEA *CNI *CNI/RFF *CNI/RFF/GID UNT", "EDI0015@7 UNH[1]/SG2[1]/EQD[1]"},
	{"a segment inserted costs one finding", "95B", "UNH BGM CNI RFF FTX CNT LOC GID UNT", "UNH BGM *CNI *CNI/RFF - CNI/RFF/CNT CNI/RFF/LOC *CNI/RFF/GID UNT", "EDI0015@5 UNH[1]/SG4[1]/SG5[1]/RFF[1]"},
	{"a misplaced party is still the bill's", "95B", "UNH BGM CNI RFF GID NAD PAC FTX UNT", "UNH BGM *CNI *CNI/RFF *CNI/RFF/GID (CNI/RFF/NAD) CNI/RFF/GID/PAC CNI/RFF/GID/FTX UNT", "EDI0015@6 UNH[1]/SG4[1]/SG5[1]/SG7[1]/NAD[1]"},
	{"unknown and malformed tags", "95B", "UNH BGM XXX B-M UNT", "UNH BGM - - UNT", "EDI1007@3 UNH[1]/BGM[1]|EDI1008@4 UNH[1]/BGM[1]"},
	{"too many of a segment, told once", "95B", "UNH BGM DTM DTM DTM DTM DTM DTM DTM DTM DTM DTM DTM UNT", "UNH BGM DTM DTM DTM DTM DTM DTM DTM DTM DTM DTM DTM UNT", "EDI0035@12 UNH[1]/DTM[10]"},
	{"too many of a group", "95B", "UNH BGM TDT TDT TDT TDT TDT TDT TDT TDT TDT TDT TDT UNT", "UNH BGM *TDT *TDT *TDT *TDT *TDT *TDT *TDT *TDT *TDT *TDT *TDT UNT", "EDI0036@12 UNH[1]/SG1[10]/TDT[1]"},
}

func TestWalk(t *testing.T) {
	for _, c := range walks {
		m := lookup(t, "CUSCAR", c.release, 3)
		places, findings := walk(t, m, strings.ReplaceAll(c.in, " ", "'")+"'", nil)
		if got := strings.Join(places, " "); got != c.places {
			t.Errorf("%s: places\ngot  %s\nwant %s", c.name, got, c.places)
		}
		if got := strings.Join(findings, "|"); got != c.findings {
			t.Errorf("%s: findings\ngot  %s\nwant %s", c.name, got, c.findings)
		}
	}
}

// The same trigger again before the group's mandatory goods item: the caller decides, by the reference qualifier.
func TestChoice(t *testing.T) {
	m := lookup(t, "CUSCAR", "95B", 3)
	in := "UNH'BGM'CNI'RFF+BM:1'RFF+ABO:2'LOC'GID'RFF+BM:3'GID'UNT'"
	choose := func(row int, s *edi.Segment) bool { return string(s.Element(1)) == "BM" }
	places, findings := walk(t, m, in, choose)
	if got, want := strings.Join(places, " "), "UNH BGM *CNI *CNI/RFF (CNI/RFF) CNI/RFF/LOC *CNI/RFF/GID *CNI/RFF *CNI/RFF/GID UNT"; got != want {
		t.Errorf("places\ngot  %s\nwant %s", got, want)
	}
	if got, want := strings.Join(findings, "|"), "EDI0015@5 UNH[1]/SG4[1]/SG5[1]/RFF[1]"; got != want {
		t.Errorf("findings\ngot  %s\nwant %s", got, want)
	}
	places, findings = walk(t, m, "UNH'BGM'CNI'RFF+BM:1'LOC'RFF+BM:2'GID'UNT'", choose)
	if got, want := strings.Join(places, " "), "UNH BGM *CNI *CNI/RFF CNI/RFF/LOC *CNI/RFF *CNI/RFF/GID UNT"; got != want {
		t.Errorf("places\ngot  %s\nwant %s", got, want)
	}
	if got, want := strings.Join(findings, "|"), "EDI1006@6 UNH[1]/SG4[1]/SG5[1]/SG10[1]"; got != want {
		t.Errorf("findings\ngot  %s\nwant %s", got, want)
	}
	// Behind a party it is the party's reference, unless a bill's CNT follows and its qualifier is a bill's.
	for in, want := range map[string]string{
		"UNH'BGM'CNI'RFF+BM:1'NAD'RFF+BM:2'CNT'GID'UNT'":  "UNH BGM *CNI *CNI/RFF *CNI/RFF/NAD *CNI/RFF CNI/RFF/CNT *CNI/RFF/GID UNT",
		"UNH'BGM'CNI'RFF+BM:1'NAD'RFF+ABO:2'CNT'GID'UNT'": "UNH BGM *CNI *CNI/RFF *CNI/RFF/NAD CNI/RFF/NAD/RFF (CNI/RFF/CNT) *CNI/RFF/GID UNT",
		"UNH'BGM'CNI'RFF+BM:1'NAD'RFF+BM:2'GID'UNT'":      "UNH BGM *CNI *CNI/RFF *CNI/RFF/NAD CNI/RFF/NAD/RFF *CNI/RFF/GID UNT",
	} {
		if places, _ = walk(t, m, in, choose); strings.Join(places, " ") != want {
			t.Errorf("%s: places\ngot  %s\nwant %s", in, strings.Join(places, " "), want)
		}
	}
}

// On any sequence of segments every segment is accounted for exactly once: it has a row that bears its tag, or it has
// none and a finding says so; and what lies beyond a group's or segment's maximum has been reported.
func FuzzWalk(f *testing.F) {
	for _, c := range walks {
		f.Add(c.in, c.release == "16A")
	}
	f.Fuzz(func(t *testing.T, in string, late bool) {
		release := "95B"
		if late {
			release = "16A"
		}
		m := lookup(t, "CUSCAR", release, 3)
		lex := edi.NewBytesLexer([]byte(strings.ReplaceAll(in, " ", "'")+"'"), edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''})
		var at []int
		w := NewWalker(func(f diag.Finding) { at = append(at, f.Pos.Segment) }, lex.PeekTag, nil)
		w.Begin(m, Subject{Message: 1, SyntaxVersion: 3, Release: '?', DecimalMark: '.'})
		for n := 1; ; n++ {
			s, err := lex.ReadSegment()
			if err != nil {
				break
			}
			told := len(at)
			p := w.place2(s)
			for _, seg := range at[told:] {
				if seg != n {
					t.Fatalf("segment %d: a finding names segment %d", n, seg)
				}
			}
			switch {
			case n == 1:
			case p.Row < 0 || p.Misplaced || p.Lost:
				if len(at) == told {
					t.Fatalf("segment %d %q: place %+v and no finding", n, s.Tag(), p)
				}
			case m.Nodes[p.Row].Group > 0 || m.Nodes[p.Row].Tag != string(s.Tag()):
				t.Fatalf("segment %d %q: row %d bears %q", n, s.Tag(), p.Row, m.Nodes[p.Row].Tag)
			case p.New != (m.triggers(p.Row) >= 0):
				t.Fatalf("segment %d %q: new instance %t at row %d", n, s.Tag(), p.New, p.Row)
			}
			for row, c := range w.counts {
				if int(c) > m.Nodes[row].Max && len(at) == 0 {
					t.Fatalf("row %d %s came %d times of %d, unreported", row, m.Nodes[row].Tag, c, m.Nodes[row].Max)
				}
			}
		}
		w.End(diag.Position{Segment: w.segment})
	})
}
