package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// The two files of the sample: one segment a line, and all in one line.
const (
	linesEDI = "UNB+UNOA:2+NORTHLINE+CUSTOMS+260301:0915+000417'\n" +
		"UNH+1+CUSCAR:D:95B:UN'\n" +
		"BGM+785+NL-0417+9'\n" +
		"NAD+CN+++Zürich Käse\tAG'\n" +
		"UNT+7+2'\n" +
		"UNZ+1+000417'\n"
	oneLineEDI = "UNB+UNOC:3+NORTHLINE+CUSTOMS+260301:0915+000418'UNH+1+CUSCAR:D:95B:UN'BGM+785+NL-0418+9'" +
		"EQD+CN+MSCU1234567+22G1:102:5++3+5'CNI+1'RFF+BM:NLRTM0001'NAD+CN++'GID+1+10:CT'=cmd"
)

// sample gives reports of the two files and one that has nothing to report.
func sample(t *testing.T) []*Report {
	t.Helper()
	at := func(text, what string, length int) Position {
		i := strings.Index(text, what)
		if i < 0 {
			t.Fatalf("%q is not in the sample", what)
		}
		return Position{Offset: int64(i), Length: length}
	}
	in := func(p Position, segment, element, component int) Position {
		p.Segment, p.Element, p.Component, p.Repeat = segment, element, component, min(element, 1)
		return p
	}
	lines, line := NewList(Limits{PerMessage: 4}), NewList(Limits{})
	lines.SetSyntaxVersion(2)
	unh := at(linesEDI, "UNH", 3)
	lines.Add(Finding{
		Code: ControlCountMismatch, Interchange: 1, Message: 1, Pos: in(at(linesEDI, "7+2'", 1), 4, 1, 0),
		Pointer: "UNH[1]/UNT/0074", Value: "7", Args: []Arg{N("expected", 4), N("found", 7), A("of", "segments")},
		Related: []Position{unh},
	})
	lines.Add(Finding{
		Code: ReferenceMismatch, Interchange: 1, Message: 1, Pos: in(at(linesEDI, "2'\nUNZ", 1), 4, 2, 0),
		Pointer: "UNH[1]/UNT/0062", Value: "2", Args: []Arg{A("header", "1"), A("trailer", "2"), A("of", "message")},
		Related: []Position{unh, unh, unh, unh, unh, unh, unh},
	})
	lines.Add(Finding{
		Code: LowerCaseInUNOA, Interchange: 1, Message: 1, Pos: in(at(linesEDI, "Zürich Käse\tAG", 16), 3, 4, 0),
		Pointer: "UNH[1]/SG7[1]/NAD/C080/3036", Value: Clip([]byte("Zürich Käse\tAG")),
	})
	lines.Add(Finding{Code: LowerCaseInUNOA, Interchange: 1, Message: 1, Pos: in(at(linesEDI, "Käse", 5), 3, 4, 0)})
	for range 3 {
		lines.Add(Finding{Code: TrailingSeparator, Interchange: 1, Message: 1, Pos: Position{Offset: 60}})
	}
	line.SetSyntaxVersion(3)
	line.Add(Finding{
		Code: ContainerCheckDigit, Interchange: 1, Message: 1, Pos: in(at(oneLineEDI, "MSCU1234567", 11), 3, 2, 1),
		Pointer: "UNH[1]/SG2[1]/EQD/C237/8260", Value: "MSCU1234567",
		Args: []Arg{A("container", "MSCU1234567"), A("expected", "6"), A("found", "7")},
	})
	line.Add(Finding{
		Code: MissingElement, Interchange: 1, Message: 1, Pos: in(at(oneLineEDI, "'GID", 0), 6, 4, 1),
		Pointer: "UNH[1]/SG4[1]/SG5[1]/SG7[1]/NAD/C080/3036",
		Args:    []Arg{A("element", "3036"), A("name", "Party name"), A("segment", "NAD")},
	})
	line.Add(Finding{
		Code: UnterminatedSegment, Interchange: 1, Pos: at(oneLineEDI, "=cmd", 4), Value: "=cmd",
		Args: []Arg{A("segment", "=cmd")},
	})
	line.Add(Finding{
		Code: MissingInterchangeTrailer, Interchange: 1, Pos: Position{Offset: int64(len(oneLineEDI))}, Pointer: "UNZ",
		Args: []Arg{A("reference", "000418")}, Related: []Position{at(oneLineEDI, "UNB", 3)},
	})
	reports := []*Report{
		{File: "in/lines.edi", Format: "edifact", Src: strings.NewReader(linesEDI), Size: int64(len(linesEDI)), Findings: lines.All(), Counts: lines.Counts()},
		{File: "in/clean.edi", Format: "edifact", Src: strings.NewReader("UNB"), Size: 3},
		{File: "in/one line.edi", Format: "edifact", Src: strings.NewReader(oneLineEDI), Size: int64(len(oneLineEDI)), Findings: line.All(), Counts: line.Counts()},
	}
	for _, r := range reports {
		if err := Resolve(r.Src, r.Size, r.Findings); err != nil {
			t.Fatal(err)
		}
	}
	return reports
}

// render writes the reports with the renderer made by open.
func render(t *testing.T, reports []*Report, open func(*bytes.Buffer) Renderer) string {
	t.Helper()
	var b bytes.Buffer
	r := open(&b)
	for _, report := range reports {
		if err := r.Report(report); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextGolden(t *testing.T) {
	for name, o := range map[string]TextOptions{
		"text.golden":        {},
		"text_colour.golden": {Colour: true},
		"text_narrow.golden": {Columns: 50},
	} {
		golden(t, name, render(t, sample(t), func(b *bytes.Buffer) Renderer { return NewText(b, o) }))
	}
}

// TestTextWithoutSource: no excerpt without the bytes; the value stands in.
func TestTextWithoutSource(t *testing.T) {
	reports := sample(t)[2:]
	reports[0].Src = nil
	golden(t, "text_nosource.golden", render(t, reports, func(b *bytes.Buffer) Renderer { return NewText(b, TextOptions{}) }))
}

func TestTextColourOnlyAddsSequences(t *testing.T) {
	plain := render(t, sample(t), func(b *bytes.Buffer) Renderer { return NewText(b, TextOptions{}) })
	coloured := render(t, sample(t), func(b *bytes.Buffer) Renderer { return NewText(b, TextOptions{Colour: true}) })
	if strings.Contains(plain, "\x1b") {
		t.Error("an escape sequence in plain text")
	}
	for _, s := range []string{"0", "1", "1;31", "1;33", "1;34", "1;36"} {
		coloured = strings.ReplaceAll(coloured, "\x1b["+s+"m", "")
	}
	if coloured != plain {
		t.Error("colour changes more than colour")
	}
}

func TestTextSummary(t *testing.T) {
	for _, c := range []struct {
		counts []Counts
		want   string
	}{
		{[]Counts{{}}, "no findings\n"},
		{nil, "0 files: no findings\n"},
		{[]Counts{{Error: 2, Warning: 1, Omitted: 3}}, "2 errors, 1 warning; 3 not listed\n"},
		{[]Counts{{Error: 1}, {Note: 2}}, "2 files: 1 error, 2 notes\n"},
	} {
		var reports []*Report
		for _, n := range c.counts {
			reports = append(reports, &Report{File: "a.edi", Counts: n})
		}
		if got := render(t, reports, func(b *bytes.Buffer) Renderer { return NewText(b, TextOptions{}) }); got != c.want {
			t.Errorf("%+v: %q, want %q", c.counts, got, c.want)
		}
	}
}

func TestColourWanted(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		env      map[string]string
		want     bool
	}{
		{true, nil, true},
		{false, nil, false},
		{true, map[string]string{"NO_COLOR": "1"}, false},
		{true, map[string]string{"NO_COLOR": ""}, true},
		{true, map[string]string{"TERM": "dumb"}, false},
		{true, map[string]string{"TERM": "xterm"}, true},
	} {
		if got := ColourWanted(c.terminal, func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestJSONShape holds the finding of the contract, with every field, in its order.
func TestJSONShape(t *testing.T) {
	f := Finding{
		Code: ControlCountMismatch, Severity: Error, Standard: "0085:29", Interchange: 1, Message: 1,
		Pos: Position{Offset: 9, Length: 3, Line: 1, Col: 10, Segment: 1},
	}
	want := `{"code":"EDI0029","severity":"error","standard":"0085:29","interchange":1,"message":1,` +
		`"text":"control count is wrong","hint":` + quote(English().Hint(&f)) + `,"args":[],"value":"","pointer":"",` +
		`"position":{"offset":9,"length":3,"line":1,"column":10,"segment":1,"element":0,"component":0,"repeat":0},"related":[]}`
	if got := string(AppendFindingJSON([]byte("x"), &f, nil)); got != "x"+want {
		t.Errorf("got  %s\nwant x%s", got, want)
	}
}

func quote(s string) string { return string(appendJSON(nil, s)) }

func TestJSONGolden(t *testing.T) {
	var b []byte
	for _, r := range sample(t) {
		line := AppendFindingsJSON(nil, r.Findings, English())
		if !json.Valid(line) || bytes.ContainsRune(line, '\n') {
			t.Errorf("not JSON in one line: %s", line)
		}
		b = append(append(b, line...), '\n')
	}
	golden(t, "findings.json.golden", strings.ReplaceAll(string(b), `},{"code"`, "},\n{\"code\""))
}

// TestWriteErrors: a full disk reaches the caller of every renderer, once and for all.
func TestWriteErrors(t *testing.T) {
	full := errors.New("disk full")
	many := &Report{File: "a.edi"}
	for range 2000 {
		many.Findings = append(many.Findings, Finding{Code: MissingElement, Severity: Error})
	}
	for name, r := range map[string]Renderer{
		"text":  NewText(failingWriter{full}, TextOptions{}),
		"sarif": NewSARIF(failingWriter{full}, "1", nil),
		"csv":   NewCSV(failingWriter{full}, nil),
	} {
		if err := r.Report(many); !errors.Is(err, full) {
			t.Errorf("%s: Report gives %v", name, err)
		}
		if err := r.Close(); !errors.Is(err, full) {
			t.Errorf("%s: Close gives %v", name, err)
		}
	}
	if err := ExplainList(failingWriter{full}); !errors.Is(err, full) {
		t.Errorf("ExplainList gives %v", err)
	}
	for _, format := range []string{"text", "json"} {
		if err := Explain(failingWriter{full}, "EDI0013", "", format); !errors.Is(err, full) {
			t.Errorf("Explain gives %v", err)
		}
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

// TestTextReadError: a file that cannot be read again spoils its own report, not the next.
func TestTextReadError(t *testing.T) {
	broken := errors.New("gone")
	var b bytes.Buffer
	r := NewText(&b, TextOptions{})
	f := []Finding{{Code: MissingElement, Severity: Error}}
	if err := r.Report(&Report{File: "a.edi", Src: brokenReader{broken}, Size: 9, Findings: f}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if err := r.Report(&Report{File: "b.edi", Src: strings.NewReader("UNB"), Size: 3, Findings: f}); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil || !strings.Contains(b.String(), "b.edi") {
		t.Errorf("%v: %s", err, b.String())
	}
}
