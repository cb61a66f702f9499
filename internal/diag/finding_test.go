package diag

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClip(t *testing.T) {
	long := strings.Repeat("x", MaxValue)
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"NAD+CN", "NAD+CN"},
		{"a\x00b\x1f\x7f", `a\x00b\x1f\x7f`},
		{"caf\xe9", `caf\xe9`},
		{"café", "café"},
		{long, long},
		{long + "y", long + "…"},
		{long[1:] + "é", long[1:] + "…"},        // 81 bytes, the cut goes through é
		{long[2:] + "é", long[2:] + "é"},        // 80 bytes
		{long[1:] + "\xe9\xe9", long[1:] + `…`}, // a lone lead byte at the cut
		{long[3:] + "\x80\x80\x80y", long[3:] + `\x80\x80\x80…`}, // no lead byte at all
		{"\xff\xfe", `\xff\xfe`},
	} {
		got := Clip([]byte(c.in))
		if got != c.want {
			t.Errorf("Clip(%q) = %q, want %q", c.in, got, c.want)
		}
		if !utf8.ValidString(got) {
			t.Errorf("Clip(%q) is not UTF-8", c.in)
		}
	}
}

func TestClipDoesNotTouchItsInput(t *testing.T) {
	in := []byte("a\x00" + strings.Repeat("é", MaxValue))
	before := string(in)
	Clip(in)
	if string(in) != before {
		t.Error("input changed")
	}
}

func TestPointer(t *testing.T) {
	for _, c := range []struct{ p, parent, last string }{
		{"UNH[2]/SG7[3]/NAD[1]/C082/3039", "UNH[2]/SG7[3]/NAD[1]/C082", "3039"},
		{"UNH[1]/BGM", "UNH[1]", "BGM"},
		{"UNB", "", "UNB"},
		{"", "", ""},
	} {
		p := Pointer(c.p)
		if string(p.Parent()) != c.parent || p.LastToken() != c.last {
			t.Errorf("%q: parent %q, last %q", c.p, p.Parent(), p.LastToken())
		}
	}
}

func TestFindingIsAnError(t *testing.T) {
	var err error = &Finding{Code: UnterminatedSegment, Pos: Position{Offset: 811, Length: 3}, Err: io.ErrUnexpectedEOF,
		Args: []Arg{A("segment", "NAD"), N("max", 9)}}
	if err.Error() != "EDI1010 at byte 811" {
		t.Error(err)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	f, ok := errors.AsType[*Finding](err)
	if !ok || f.Arg("segment") != "NAD" || f.Arg("max") != "9" || f.Arg("other") != "" || f.Pos.End() != 814 {
		t.Errorf("%+v", f)
	}
}
