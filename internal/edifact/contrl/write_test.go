package contrl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
)

// file puts segments into one interchange with a message; head is what follows S003 in UNB.
func file(syntax, head string, body ...string) string {
	segments := append([]string{"UNB+" + syntax + "+LINE:ZZ:BACK+CUSTOMS::FWD+" + head, "UNH+M1+CUSCAR:D:95B:UN"}, body...)
	return strings.Join(append(segments, fmt.Sprintf("UNT+%d+M1", len(body)+2), "UNZ+1+REF7'"), "'")
}

const stamp = "261123:0915+REF7"

// goods is what a CUSCAR of D.95B needs at least, from BGM on.
var goods = []string{"BGM+85+MAN1+9", "CNI+1+B1", "RFF+BM:B1", "GID+1+10:CT"}

// said gives an answer without its own envelope, a segment a line.
func said(answer string) string {
	_, rest, _ := strings.Cut(answer, "'UNH+")
	_, rest, _ = strings.Cut(rest, "'")
	rest, _, _ = strings.Cut(rest, "'UNT+")
	return rest
}

func TestWrite(t *testing.T) {
	uci3, uci4 := "UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+", "UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+"
	ucm := "UCM+M1+CUSCAR:D:95B:UN+4"
	for _, c := range []struct{ name, in, want string }{
		{"all well", file("UNOC:3", stamp, goods...), uci3 + "7"},
		{"element missing", file("UNOC:3", stamp, "BGM+85+MAN1+9", "CNI+1+B1", "RFF", "GID+1+10:CT"), uci3 + "7'" + ucm + "'UCS+4'UCD+13+2"},
		{"component missing", file("UNOC:3", stamp, "BGM+85+MAN1+9", "CNI+1+B1", "RFF+:B1", "GID+1+10:CT"), uci3 + "7'" + ucm + "'UCS+4'UCD+13+2:1"},
		{"simple element too long", file("UNOC:3", stamp, "BGM+85+MAN1+9", "CNI+12345+B1", "RFF+BM:B1", "GID+1+10:CT"), uci3 + "7'" + ucm + "'UCS+3'UCD+39+2"},
		{"segment missing: the last before it", file("UNOC:3", stamp, goods[1:]...), uci3 + "7'" + ucm + "'UCS+1+13"},
		{"segment and elements at fault", file("UNOC:3", stamp, "BGM+85+MAN1+9", "CNI+1+B1", "RFF+BM:B1", "XXX+1", "GID+X+A:CT"),
			uci3 + "7'" + ucm + "'UCS+5+15'UCS+6'UCD+37+2'UCD+37+3:1"},
		{"group missing at the end", file("UNOC:3", stamp, goods[:3]...), uci3 + "7'" + ucm + "'UCS+4+13"},
		{"UNT count", strings.Replace(file("UNOC:3", stamp, goods...), "UNT+6", "UNT+7", 1), uci3 + "7'" + ucm + "+29+UNT+2"},
		{"UNT reference", strings.Replace(file("UNOC:3", stamp, goods...), "UNT+6+M1", "UNT+6+M2", 1), uci3 + "7'" + ucm + "+28+UNT+3"},
		{"UNT without count", strings.Replace(file("UNOC:3", stamp, goods...), "UNT+6+M1", "UNT++M1", 1), uci3 + "7'" + ucm + "+13+UNT+2"},
		{"no UNT", strings.Replace(file("UNOC:3", stamp, goods...), "UNT+6+M1'", "", 1), uci3 + "7'" + ucm + "+13+UNT"},
		{"UNH without type", strings.Replace(file("UNOC:3", stamp, goods...), "CUSCAR:D:95B:UN", ":D:95B:UN", 1), uci3 + "7'UCM+M1+-:D:95B:UN+4+13+UNH+3:1"},
		{"UNH without reference", strings.NewReplacer("UNH+M1", "UNH+", "+M1'", "+'").Replace(file("UNOC:3", stamp, goods...)), uci3 + "7'UCM+-+CUSCAR:D:95B:UN+4+13+UNH+2"},
		{"character outside the set", file("UNOC:3", stamp, "BGM+85+MAN\x001+9", "CNI+1+B1", "RFF+BM:B1\x00", "GID+1+10:CT"), uci3 + "7'" + ucm + "'UCS+2'UCD+21+3'UCS+4'UCD+21+2:2"},
		{"UNZ count", strings.Replace(file("UNOC:3", stamp, goods...), "UNZ+1", "UNZ+2", 1), uci3 + "4+29+UNZ+2"},
		{"UNZ reference", strings.Replace(file("UNOC:3", stamp, goods...), "UNZ+1+REF7", "UNZ+1+REF8", 1), uci3 + "4+28+UNZ+3"},
		{"no UNZ", strings.Replace(file("UNOC:3", stamp, goods...), "UNZ+1+REF7'", "", 1), uci3 + "4+13+UNZ"},
		{"UNB date", file("UNOC:3", "2611:0915+REF7", goods...), uci3 + "4+40+UNB+5:1"},
		{"UNB character", strings.Replace(file("UNOC:3", stamp+"++A\x00B", goods...), "", "", 1), uci3 + "4+21+UNB+8"},
		{"bad UNA", "UNA++++++" + file("UNOC:3", stamp, goods...), uci3 + "4+22+UNA"},
		{"empty", "UNB+UNOC:3+LINE:ZZ:BACK+CUSTOMS::FWD+" + stamp + "'UNZ+0+REF7'", uci3 + "4+32+UNZ"},
		{"stray segment", strings.Replace(file("UNOC:3", stamp, goods...), "UNZ+", "BGM+85'UNZ+", 1), uci3 + "4+33"},
		{"security segments", file("UNOC:4", "20261123:0915+REF7", append([]string{"USH+1"}, goods...)...), uci4 + "4+47'" + ucm + "'UCS+2+15"},
		{"an error in UNZ and one in the message", strings.Replace(file("UNOC:3", stamp, goods[1:]...), "UNZ+1", "UNZ+2", 1), uci3 + "4+29+UNZ+2'" + ucm + "'UCS+1+13"},
		{"version 4 has its own list", file("UNOC:4", "20261123:0915+REF7", "BGM+85+MAN1+9+AB*AC", "CNI+1+B1", "RFF+BM:B1", "GID+1+10:CT"), uci4 + "7'" + ucm + "'UCS+2'UCD+35+5::2"},
		{"business faults have no place", file("UNOC:3", stamp, append([]string{goods[0], "CNT+16:5"}, goods[1:]...)...), uci3 + "7"},
	} {
		subjects, findings := read(t, []byte(c.in))
		if len(subjects) != 1 {
			t.Errorf("%s: %d subjects", c.name, len(subjects))
			continue
		}
		if got := said(writeAnswer(t, subjects[0], findings, someOptions)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	ung := func(n int, reference string) string {
		return "UNG+CUSCAR+L" + reference + ":ZZ+C" + reference + "+261123:0915+" + reference + "+UN+D:95B'" +
			strings.Repeat("UNH+M"+reference+"+CUSCAR:D:95B:UN'"+strings.Join(goods, "'")+"'UNT+6+M"+reference+"'", n) + fmt.Sprintf("UNE+%d+%s'", n, reference)
	}
	whole := "UNB+UNOC:3+LINE+CUSTOMS+261123:0915+REF7'" + ung(1, "G1") + ung(1, "G2") + ung(1, "G3") + "UNZ+3+REF7'"
	uci := "UCI+REF7+LINE+CUSTOMS+"
	for _, c := range []struct{ name, in, want string }{
		{"all well", whole, uci + "7"},
		{"UNE", strings.Replace(whole, "UNE+1+G2", "UNE+2+G2", 1), uci + "7'UCF+G2+LG2:ZZ+CG2+4+29+UNE+2"},
		{"UNG", strings.Replace(whole, "UNG+CUSCAR+LG2:ZZ", "UNG++LG2:ZZ", 1), uci + "7'UCF+G2+LG2:ZZ+CG2+4+13+UNG+2"},
		{"no UNE", strings.Replace(whole, "UNE+1+G2'", "", 1), uci + "7'UCF+G2+LG2:ZZ+CG2+4+13+UNE"},
		{"another type", strings.Replace(whole, "UNH+MG2+CUSCAR", "UNH+MG2+CUSREP", 1), uci + "7'UCF+G2+LG2:ZZ+CG2+4+31"},
		{"a message of the second", strings.Replace(whole, "UNT+6+MG2", "UNT+7+MG2", 1), uci + "7'UCF+G2+LG2:ZZ+CG2+7'UCM+MG2+CUSCAR:D:95B:UN+4+29+UNT+2"},
		{"group reference missing", strings.NewReplacer("0915+G2", "0915+", "UNE+1+G2", "UNE+1+").Replace(whole), uci + "7'UCF+-+LG2:ZZ+CG2+4+13+UNG+6"},
		{"messages beside groups", strings.Replace(whole, "UNZ+", "UNH+M9+CUSCAR:D:95B:UN'"+strings.Join(goods, "'")+"'UNT+7+M9'UNZ+", 1),
			uci + "4+30'UCM+M9+CUSCAR:D:95B:UN+4+29+UNT+2"},
		{"an empty group", strings.Replace(whole, "UNZ+3", ung(0, "G4")+"UNZ+4", 1), uci + "4+32"},
	} {
		subjects, findings := read(t, []byte(c.in))
		got := said(writeAnswer(t, subjects[0], findings, someOptions))
		if c.name == "another type" {
			// What a CUSREP lacks is told as well, and depends on its table.
			got, _, _ = strings.Cut(got, "'UCM+")
		}
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestEnvelopeOfTheAnswer(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"version 3", file("UNOC:3", stamp, goods...),
			"UNB+UNOC:3+CUSTOMS::FWD+LINE:ZZ:BACK+261124:1016+ANSWER1'UNH+1+CONTRL:D:3:UN'UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+7'UNT+3+1'UNZ+1+ANSWER1'"},
		{"version 4, test", file("UNOW:4", "20261123:0915+REF7++++++1", goods...),
			"UNB+UNOW:4+CUSTOMS::FWD+LINE:ZZ:BACK+20261124:1016+ANSWER1++++++1'UNH+1+CONTRL:4:1:UN'UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+7'UNT+3+1'UNZ+1+ANSWER1'"},
		{"version 2 with UNA", "UNA:+.? '" + file("UNOA:2", stamp, goods...),
			"UNA:+.? 'UNB+UNOA:2+CUSTOMS::FWD+LINE:ZZ:BACK+261124:1016+ANSWER1'UNH+1+CONTRL:D:3:UN'UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+7'UNT+3+1'UNZ+1+ANSWER1'"},
		{"UNOB of version 1 needs an UNA", file("UNOB:1", stamp, goods...),
			"UNA:+.? 'UNB+UNOB:1+CUSTOMS::FWD+LINE:ZZ:BACK+261124:1016+ANSWER1'UNH+1+CONTRL:D:3:UN'UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+7'UNT+3+1'UNZ+1+ANSWER1'"},
		{"a name that UNOA does not hold", strings.ReplaceAll(file("UNOA:3", stamp, goods...), "LINE", "Linie"),
			"UNB+UNOB:3+CUSTOMS::FWD+Linie:ZZ:BACK+261124:1016+ANSWER1'UNH+1+CONTRL:D:3:UN'UCI+REF7+Linie:ZZ:BACK+CUSTOMS::FWD+7'UNT+3+1'UNZ+1+ANSWER1'"},
		{"UTF-8 under UNOA", strings.ReplaceAll(file("UNOA:3", stamp, goods...), "LINE", "ÅLAND"),
			"UNB+UNOC:3+CUSTOMS::FWD+\xc5LAND:ZZ:BACK+261124:1016+ANSWER1'UNH+1+CONTRL:D:3:UN'UCI+REF7+\xc5LAND:ZZ:BACK+CUSTOMS::FWD+7'UNT+3+1'UNZ+1+ANSWER1'"},
		{"service characters in a name", strings.ReplaceAll(file("UNOC:3", stamp, goods...), "LINE", "A?+B"),
			"UNB+UNOC:3+CUSTOMS::FWD+A?+B:ZZ:BACK+261124:1016+ANSWER1'UNH+1+CONTRL:D:3:UN'UCI+REF7+A?+B:ZZ:BACK+CUSTOMS::FWD+7'UNT+3+1'UNZ+1+ANSWER1'"},
		{"an identifier that is not held", file("UNOX:4", "20261123:0915+REF7", goods...),
			"UNB+UNOA:4+CUSTOMS::FWD+LINE:ZZ:BACK+20261124:1016+ANSWER1'UNH+1+CONTRL:4:1:UN'UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+4+46+UNB+2:1'UNT+3+1'UNZ+1+ANSWER1'"},
	} {
		subjects, findings := read(t, []byte(c.in))
		if got := writeAnswer(t, subjects[0], findings, someOptions); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestWanted(t *testing.T) {
	asked, unasked := Options{ControlReference: "1", Date: "261124", Time: "1016"}, someOptions
	for _, c := range []struct {
		name, in string
		o        Options
		want     error
	}{
		{"asked", file("UNOC:3", stamp+"++++1", goods...), asked, nil},
		{"not asked", file("UNOC:3", stamp, goods...), asked, ErrNotAskedFor},
		{"asked with no", file("UNOC:3", stamp+"++++0", goods...), asked, ErrNotAskedFor},
		{"receipt asked in version 3, which has none", file("UNOC:3", stamp+"++++2", goods...), asked, ErrNotAskedFor},
		{"receipt asked", file("UNOC:4", "20261123:0915+REF7++++2", goods...), asked, nil},
		{"not asked, by profile", file("UNOC:3", stamp, goods...), unasked, nil},
		{"a CONTRL", strings.Replace(file("UNOC:3", stamp+"++++1", goods...), "CUSCAR:D:95B", "CONTRL:D:3", 1), unasked, ErrCONTRL},
		{"no sender", strings.Replace(file("UNOC:3", stamp+"++++1", goods...), "LINE:ZZ:BACK", "", 1), unasked, ErrNoAddress},
		{"no recipient", strings.Replace(file("UNOC:3", stamp+"++++1", goods...), "CUSTOMS::FWD", "", 1), unasked, ErrNoAddress},
		{"no reference", strings.ReplaceAll(file("UNOC:3", stamp, goods...), "REF7", ""), unasked, ErrNoAddress},
		{"too long a reference", strings.ReplaceAll(file("UNOC:3", stamp, goods...), "REF7", "123456789012345"), unasked, ErrNoAddress},
		{"no UNB", "UNH+M1+CUSCAR:D:95B:UN'UNT+2+M1'", unasked, ErrNoAddress},
	} {
		subjects, findings := read(t, []byte(c.in))
		var out bytes.Buffer
		err := Write(&out, subjects[0], findings, c.o)
		if err != c.want || (err != nil) != (out.Len() == 0) {
			t.Errorf("%s: error %v, %d bytes, want %v", c.name, err, out.Len(), c.want)
		}
		if err := Wanted(subjects[0], c.o); err != c.want {
			t.Errorf("%s: Wanted says %v, want %v", c.name, err, c.want)
		}
	}
}

func TestReceiptOnly(t *testing.T) {
	for in, want := range map[string]string{
		file("UNOC:4", "20261123:0915+REF7++++2", goods[1:]...):                                       "UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+8",
		strings.Replace(file("UNOC:4", "20261123:0915+REF7++++2", goods[1:]...), "UNZ+1", "UNZ+2", 1): "UCI+REF7+LINE:ZZ:BACK+CUSTOMS::FWD+4+29+UNZ+2",
	} {
		subjects, findings := read(t, []byte(in))
		if got := said(writeAnswer(t, subjects[0], findings, someOptions)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestOnlyRefusedMessagesAreNamed(t *testing.T) {
	var in strings.Builder
	in.WriteString("UNB+UNOC:3+LINE+CUSTOMS+261123:0915+REF7'")
	for i := range 1000 {
		count := 6
		if i == 499 {
			count = 9
		}
		fmt.Fprintf(&in, "UNH+%d+CUSCAR:D:95B:UN'%s'UNT+%d+%d'", i+1, strings.Join(goods, "'"), count, i+1)
	}
	in.WriteString("UNZ+1000+REF7'")
	subjects, findings := read(t, []byte(in.String()))
	if got, want := said(writeAnswer(t, subjects[0], findings, someOptions)), "UCI+REF7+LINE+CUSTOMS+7'UCM+500+CUSCAR:D:95B:UN+4+29+UNT+2"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := len(subjects[0].Messages); n != 1 {
		t.Errorf("%d messages kept", n)
	}
}

// someSubject is a subject with one refused message.
func someSubject() *Subject {
	return &Subject{Interchange: &edifact.Interchange{Index: 1, HasHeader: true, SyntaxID: "UNOC", SyntaxVersion: 3, Sender: edifact.Address{ID: "LINE"}, Recipient: edifact.Address{ID: "CUSTOMS"}, ControlReference: "REF7"},
		Messages: []Message{{Header: edifact.Message{Index: 1, Reference: "M1", Type: "CUSCAR", Version: "D", Release: "95B", Agency: "UN"}, Rejected: true}}}
}

func TestLimits(t *testing.T) {
	in := func(segment, element int) diag.Finding {
		return diag.Finding{Code: diag.MissingElement, Interchange: 1, Message: 1, Pos: diag.Position{Segment: segment, Element: element}}
	}
	var segments, elements []diag.Finding
	for i := range 1200 {
		segments = append(segments, in(i+2, 1))
		elements = append(elements, in(2, i%900+1))
	}
	for _, c := range []struct {
		name     string
		findings []diag.Finding
		ucm      string
		ucs, ucd int
	}{
		{"segments", segments, "+4+18'", maxUCS, maxUCS},
		{"elements", elements, "+4'UCS+2+18'", 1, maxUCD},
		{"a position that has no room", []diag.Finding{in(1_000_000, 1)}, "+4+18", 0, 0},
		{"an element that has no room", []diag.Finding{in(2, 999)}, "+4'UCS+2+13", 1, 0},
		{"nothing listed", nil, "+4+18", 0, 0},
	} {
		got := said(writeAnswer(t, someSubject(), c.findings, someOptions))
		if !strings.HasPrefix(got+"'", "UCI+REF7+LINE+CUSTOMS+7'UCM+M1+CUSCAR:D:95B:UN"+c.ucm) || strings.Count(got, "UCS+") != c.ucs || strings.Count(got, "UCD+") != c.ucd {
			t.Errorf("%s: %d UCS, %d UCD in %.200s", c.name, strings.Count(got, "UCS+"), strings.Count(got, "UCD+"), got)
		}
	}
}

func TestSeverity(t *testing.T) {
	for severity, want := range map[diag.Severity]string{diag.Error: "4'UCS+2'UCD+13+2", diag.Warning: "4+18", diag.InvalidSeverity: "4'UCS+2'UCD+13+2"} {
		findings := []diag.Finding{{Code: diag.MissingElement, Severity: severity, Interchange: 1, Message: 1, Pos: diag.Position{Segment: 2, Element: 1}},
			{Code: diag.MissingElement, Interchange: 2, Message: 1, Pos: diag.Position{Segment: 3}}, {Code: diag.MasterBillCount, Interchange: 1, Message: 1, Pos: diag.Position{Segment: 4}}}
		if got := said(writeAnswer(t, someSubject(), findings, someOptions)); got != "UCI+REF7+LINE+CUSTOMS+7'UCM+M1+CUSCAR:D:95B:UN+"+want {
			t.Errorf("%s: got %s", severity, got)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	for _, o := range []Options{
		{}, {ControlReference: "123456789012345", Date: "261124", Time: "1016"}, {ControlReference: "ä", Date: "261124", Time: "1016"}, {ControlReference: "1", Date: "2611", Time: "1016"},
		{ControlReference: "1", Date: "261124", Time: "10:16"}, {ControlReference: "1", Date: "261124", Time: "1016", Line: "\t"},
		{ControlReference: "1", MessageReference: "lower", Date: "261124", Time: "1016"},
	} {
		o.Always = true
		var out bytes.Buffer
		if err := Write(&out, someSubject(), nil, o); err == nil || out.Len() > 0 {
			t.Errorf("%+v: error %v and %d bytes", o, err, out.Len())
		}
	}
	stranger := []diag.Finding{{Code: diag.MissingElement, Interchange: 1, Message: 2}}
	s := someSubject()
	if err := Write(io.Discard, s, stranger, someOptions); err == nil {
		t.Error("an error in a message that the subject does not hold is acknowledged")
	}
	s.Rejected = true
	if err := Write(io.Discard, s, stranger, someOptions); err != nil {
		t.Errorf("where all is refused: %v", err)
	}
	r, w := io.Pipe()
	_ = r.CloseWithError(io.ErrShortWrite)
	if err := Write(w, someSubject(), nil, someOptions); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v, want the writer's error", err)
	}
}
