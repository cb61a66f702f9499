package edifact

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"cargogate/internal/edi"
)

var someInterchange = &Interchange{Sender: Address{ID: "LINE", Qualifier: "ZZ"}, Recipient: Address{ID: "CUSTOMS"}, Date: "261123", Time: "0915", ControlReference: "7"}

// write gives what an Encoder writes for one message with the given segments.
func write(t *testing.T, o EncoderOptions, ic *Interchange, body func(e *Encoder)) string {
	t.Helper()
	var out bytes.Buffer
	e := NewEncoder(&out, o)
	for _, err := range []error{e.BeginInterchange(ic), e.BeginMessage(&Message{Reference: "M1", Type: "CUSCAR", Version: "D", Release: "95B", Agency: "UN"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	body(e)
	if err := e.EndMessage(); err != nil {
		t.Fatal(err)
	}
	if err := e.EndInterchange(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestEncoder(t *testing.T) {
	for _, c := range []struct {
		name string
		o    EncoderOptions
		body func(e *Encoder)
		want string
	}{
		{"plain", EncoderOptions{}, func(e *Encoder) { _ = e.Segment("BGM", Simple("85"), Simple("X"), Simple("9")) },
			"UNB+UNOC:3+LINE:ZZ+CUSTOMS+261123:0915+7'UNH+M1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+M1'UNZ+1+7'"},
		{"UNA and lines", EncoderOptions{UNA: true, Line: "\r\n", SyntaxID: "UNOA", DecimalMark: ','}, func(e *Encoder) { _ = e.Segment("BGM") },
			"UNA:+,? '\r\nUNB+UNOA:3+LINE:ZZ+CUSTOMS+261123:0915+7'\r\nUNH+M1+CUSCAR:D:95B:UN'\r\nBGM'\r\nUNT+3+M1'\r\nUNZ+1+7'\r\n"},
		{"version 4", EncoderOptions{UNA: true, SyntaxVersion: 4}, func(e *Encoder) {
			_ = e.Segment("FTX", Simple("AAA"), Repeated(Composite("A", ""), Element{}, Simple("B*"), Simple("")))
		}, "UNA:+.?*'UNB+UNOC:4+LINE:ZZ+CUSTOMS+20261123:0915+7'UNH+M1+CUSCAR:D:95B:UN'FTX+AAA+A**B?*'UNT+3+M1'UNZ+1+7'"},
		{"nothing trails", EncoderOptions{}, func(e *Encoder) {
			_ = e.Segment("NAD", Simple("CN"), Element{}, Composite("", "X", "", ""), Composite("", ""), Repeated(Simple(""), Element{}))
		}, "UNB+UNOC:3+LINE:ZZ+CUSTOMS+261123:0915+7'UNH+M1+CUSCAR:D:95B:UN'NAD+CN++:X'UNT+3+M1'UNZ+1+7'"},
		{"service characters", EncoderOptions{}, func(e *Encoder) { _ = e.Segment("FTX", Simple("A+B:C'D?E*F")) },
			"UNB+UNOC:3+LINE:ZZ+CUSTOMS+261123:0915+7'UNH+M1+CUSCAR:D:95B:UN'FTX+A?+B?:C?'D??E*F'UNT+3+M1'UNZ+1+7'"},
		{"other service characters", EncoderOptions{UNA: true, Delimiters: edi.Delimiters{Component: '|', Element: '^', Release: '\\', Segment: '~', Repetition: '#'}},
			func(e *Encoder) { _ = e.Segment("FTX", Composite("A+B", "C^D", "E\\F")) },
			"UNA|^.\\ ~UNB^UNOC|3^LINE|ZZ^CUSTOMS^261123|0915^7~UNH^M1^CUSCAR|D|95B|UN~FTX^A+B|C\\^D|E\\\\F~UNT^3^M1~UNZ^1^7~"},
		{"Latin-2", EncoderOptions{SyntaxID: "UNOD"}, func(e *Encoder) { _ = e.Segment("FTX", Simple("Łódź")) },
			"UNB+UNOD:3+LINE:ZZ+CUSTOMS+261123:0915+7'UNH+M1+CUSCAR:D:95B:UN'FTX+\xa3\xf3d\xbc'UNT+3+M1'UNZ+1+7'"},
		{"charset beside the identifier", EncoderOptions{SyntaxID: "UNOA", Charset: UTF8}, func(e *Encoder) { _ = e.Segment("FTX", Simple("ŁÓDŹ")) },
			"UNB+UNOA:3+LINE:ZZ+CUSTOMS+261123:0915+7'UNH+M1+CUSCAR:D:95B:UN'FTX+ŁÓDŹ'UNT+3+M1'UNZ+1+7'"},
	} {
		if got := write(t, c.o, someInterchange, c.body); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestEncoderKeepsCountsAndReferences(t *testing.T) {
	var out bytes.Buffer
	e := NewEncoder(&out, EncoderOptions{})
	m := &Message{Type: "CUSCAR", Version: "D", Release: "95B", Agency: "UN", Association: "LOT10", Common: "C1"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(e.BeginInterchange(&Interchange{Sender: Address{"A", "1", "B", "dropped"}, Recipient: Address{ID: "C"}, Date: "20261123", Time: "0915", ControlReference: "R",
		Application: "CUSCAR", Priority: "A", AckRequest: "1", Agreement: "EDI", TestIndicator: "1"}))
	for _, ref := range []string{"G1", "G2"} {
		must(e.BeginGroup(&Group{Type: "CUSCAR", Sender: Address{ID: "A"}, Recipient: Address{ID: "C", Qualifier: "ZZ"}, Reference: ref}, "261123", "0915", m))
		for range 2 {
			must(e.BeginMessage(m))
			must(e.Segment("BGM", Simple("85")))
			must(e.EndMessage())
		}
		must(e.EndGroup())
	}
	must(e.EndInterchange())
	must(e.BeginInterchange(someInterchange))
	must(e.EndInterchange())
	want := "UNB+UNOC:3+A:1:B+C+261123:0915+R++CUSCAR+A+1+EDI+1'" +
		"UNG+CUSCAR+A+C:ZZ+261123:0915+G1+UN+D:95B:LOT10'UNH+1+CUSCAR:D:95B:UN:LOT10+C1'BGM+85'UNT+3+1'UNH+2+CUSCAR:D:95B:UN:LOT10+C1'BGM+85'UNT+3+2'UNE+2+G1'" +
		"UNG+CUSCAR+A+C:ZZ+261123:0915+G2+UN+D:95B:LOT10'UNH+3+CUSCAR:D:95B:UN:LOT10+C1'BGM+85'UNT+3+3'UNH+4+CUSCAR:D:95B:UN:LOT10+C1'BGM+85'UNT+3+4'UNE+2+G2'UNZ+2+R'" +
		"UNB+UNOC:3+LINE:ZZ+CUSTOMS+261123:0915+7'UNZ+0+7'"
	if out.String() != want {
		t.Errorf("got  %s\nwant %s", &out, want)
	}
}

func TestEncoderCountsLostCharacters(t *testing.T) {
	var e *Encoder
	got := write(t, EncoderOptions{}, someInterchange, func(enc *Encoder) {
		e = enc
		_ = e.Segment("FTX", Simple("é Москва\x00\r\n\x7f"))
	})
	if !strings.Contains(got, "FTX+\xe9 ..........'") || e.Lost() != 10 {
		t.Errorf("lost %d in %q", e.Lost(), got)
	}
}

// The full stop that stands for a lost character may itself be a service character.
func TestEncoderReleasesWhatStandsForALostCharacter(t *testing.T) {
	o := EncoderOptions{UNA: true, Delimiters: edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '.'}}
	got := write(t, o, someInterchange, func(e *Encoder) { _ = e.Segment("FTX", Simple("\x13Ж")) })
	if !strings.Contains(got, ".FTX+?.?..") {
		t.Errorf("got %q", got)
	}
}

func TestEncoderRefusesMisuse(t *testing.T) {
	begun := func(e *Encoder) {
		_ = e.BeginInterchange(someInterchange)
		_ = e.BeginMessage(&Message{Type: "CUSCAR"})
	}
	for _, c := range []struct {
		name string
		o    EncoderOptions
		do   func(e *Encoder) error
		want error
	}{
		{"segment outside", EncoderOptions{}, func(e *Encoder) error { return e.Segment("BGM") }, ErrOrder},
		{"message outside", EncoderOptions{}, func(e *Encoder) error { return e.BeginMessage(&Message{}) }, ErrOrder},
		{"group outside", EncoderOptions{}, func(e *Encoder) error { return e.BeginGroup(&Group{}, "", "", nil) }, ErrOrder},
		{"two interchanges", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.BeginInterchange(someInterchange) }, ErrOrder},
		{"group in a message", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.BeginGroup(&Group{}, "", "", nil) }, ErrOrder},
		{"group in a group", EncoderOptions{}, func(e *Encoder) error {
			_ = e.BeginInterchange(someInterchange)
			_ = e.BeginGroup(&Group{}, "", "", nil)
			return e.BeginGroup(&Group{}, "", "", nil)
		}, ErrOrder},
		{"end of an open message's interchange", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.EndInterchange() }, ErrOrder},
		{"end of an open group's interchange", EncoderOptions{}, func(e *Encoder) error {
			_ = e.BeginInterchange(someInterchange)
			_ = e.BeginGroup(&Group{}, "", "", nil)
			return e.EndInterchange()
		}, ErrOrder},
		{"end of no message", EncoderOptions{}, func(e *Encoder) error { return e.EndMessage() }, ErrOrder},
		{"end of no group", EncoderOptions{}, func(e *Encoder) error { _ = e.BeginInterchange(someInterchange); return e.EndGroup() }, ErrOrder},
		{"UNT by hand", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.Segment("UNT", Simple("2")) }, ErrTag},
		{"lower case", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.Segment("bgm") }, ErrTag},
		{"short tag", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.Segment("BG") }, ErrTag},
		{"digit first", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.Segment("1GM") }, ErrTag},
		{"service of no service segment", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.Service("BGM") }, ErrTag},
		{"service UNH in a message", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.Service("UNH") }, ErrOrder},
		{"repeats in version 3", EncoderOptions{}, func(e *Encoder) error { begun(e); return e.Segment("FTX", Repeated(Simple("A"), Simple("B"))) }, ErrRepetition},
		{"no release character", EncoderOptions{UNA: true, Delimiters: edi.Delimiters{Component: ':', Element: '+', Segment: '\''}},
			func(e *Encoder) error { begun(e); return e.Segment("FTX", Simple("A+B")) }, ErrRelease},
		{"equal service characters", EncoderOptions{Delimiters: edi.Delimiters{Component: '+', Element: '+', Segment: '\''}},
			func(e *Encoder) error { return e.BeginInterchange(someInterchange) }, ErrDelimiters},
		{"letter as service character", EncoderOptions{Delimiters: edi.Delimiters{Component: 'A', Element: '+', Segment: '\''}},
			func(e *Encoder) error { return e.BeginInterchange(someInterchange) }, ErrDelimiters},
	} {
		e := NewEncoder(io.Discard, c.o)
		err := c.do(e)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
		if again := e.Flush(); again != err {
			t.Errorf("%s: the error did not stay: %v", c.name, again)
		}
	}
	for _, o := range []EncoderOptions{{SyntaxVersion: 5}, {Line: "\t"}, {DecimalMark: ';'}} {
		if err := NewEncoder(io.Discard, o).BeginInterchange(someInterchange); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestEncoderWriteError(t *testing.T) {
	r, w := io.Pipe()
	_ = r.CloseWithError(io.ErrClosedPipe)
	e := NewEncoder(w, EncoderOptions{})
	_ = e.BeginInterchange(someInterchange)
	_ = e.BeginMessage(&Message{})
	var err error
	for range 10_000 {
		if err = e.Segment("FTX", Simple("SOME TEXT")); err != nil {
			break
		}
	}
	if err != io.ErrClosedPipe || e.EndMessage() != err {
		t.Errorf("got %v, want the writer's error, and it to stay", err)
	}
}

func TestHolds(t *testing.T) {
	for _, c := range []struct {
		id, text string
		want     bool
	}{
		{"UNOA", "SHIP 12 (A+B)", true}, {"UNOA", "Ship", false}, {"UNOB", "Ship", true}, {"UNOB", "a@b", false}, {"UNOC", "a@b", true},
		{"UNOB", "é", false}, {"UNOC", "é", true}, {"UNOC", "Ł", false}, {"UNOD", "Ł", true}, {"UNOW", "漢", true}, {"UNOW", "\xff", false},
		{"UNOC", "A\nB", false}, {"UNOQ", "A", false}, {"UNOX", "A", false}, {"UNOA", "", true},
	} {
		if got := Holds(c.id, c.text); got != c.want {
			t.Errorf("Holds(%s, %q) = %v", c.id, c.text, got)
		}
	}
}

func TestEncoderAllocatesNothingASegment(t *testing.T) {
	e := NewEncoder(io.Discard, EncoderOptions{})
	_ = e.BeginInterchange(someInterchange)
	_ = e.BeginMessage(&Message{Reference: "1"})
	party := []string{"NL123", "", "ZZZ"}
	elements := []Element{Simple("CN"), Composite(party...), {}, Simple("O'BRIEN")}
	if n := testing.AllocsPerRun(2000, func() {
		if err := e.Segment("NAD", elements...); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a segment", n)
	}
}
