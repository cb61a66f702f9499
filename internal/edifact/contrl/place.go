package contrl

import (
	"strings"

	"cargogate/internal/diag"
)

// A fault is a finding as CONTRL counts: its DE 0085 value and its place.
type fault struct {
	code      int    // DE 0085
	tag       string // UNA, UNB, UNG, UNH, UNT, UNE, UNZ; "" in the body, or where no service segment is at fault
	segment   int    // DE 0096; 0 in the envelope
	element   int    // DE 0098, the tag being 1; 0 where the segment as a whole is at fault
	component int    // DE 0104; 0 for none
	repeat    int    // DE 0136; 0 for none
	missing   bool   // what is at fault is a segment that is not there, behind segment
}

// Greatest positions that the representations hold (DE 0096 and 0136: n..6, 0098 and 0104: n..3).
const (
	maxSegment = 999_999
	maxElement = 999
)

// faultOf brings a finding into the counting of CONTRL. ok is false for what does not belong there: a warning, a
// note, a finding about cargo.
func (s *Subject) faultOf(f *diag.Finding) (t fault, ok bool) {
	t.code, ok = f.Code.Contrl(s.Interchange.SyntaxVersion)
	if !ok || !isError(f) {
		return t, false
	}
	t.segment = f.Pos.Segment
	if f.Pos.Element > 0 && f.Pos.Element < maxElement {
		t.element = f.Pos.Element + 1
		t.component, t.repeat = f.Pos.Component, f.Pos.Repeat
		if t.component > maxElement {
			t.component = 0
		}
		if t.repeat > maxSegment {
			t.repeat = 0
		}
	}
	switch f.Code {
	case diag.RepetitionNotAllowed:
		t.component = 0 // the occurrence as a whole
	case diag.MissingSegment, diag.MissingGroup:
		t.missing = true
		// Where a message breaks off there is no segment at which the absence was noticed, and no value.
		if f.Value != "" {
			t.segment--
		}
		t.segment = max(t.segment, 1)
	}
	return t, true
}

// isError reports whether a finding has the severity error, its own or its code's.
func isError(f *diag.Finding) bool {
	return f.Severity == diag.Error || f.Severity == diag.InvalidSeverity && f.Code.Severity() == diag.Error
}

// inMessage completes the place of a fault in message m: faults of UNH and UNT have their tag.
func (t *fault) inMessage(f *diag.Finding, m *Message) {
	switch {
	case f.Code == diag.MissingMessageTrailer, t.missing && strings.Contains(string(f.Pointer.LastToken()), "UNT["):
		t.tag, t.element = "UNT", 0
	case t.missing:
	case f.Code == diag.ControlCountMismatch, f.Code == diag.ReferenceMismatch, m.Trailer > 0 && t.segment == m.Trailer:
		t.tag = "UNT"
	case t.segment <= 1:
		t.tag = "UNH"
	}
	t.simple(f)
}

// inEnvelope completes the place of a fault of the interchange's or a group's own segments. header and trailer are
// their tags, content and end the offsets where the first ends and the second begins.
func (t *fault) inEnvelope(f *diag.Finding, s *Subject, header, trailer string, content, end int64) {
	ic := s.Interchange
	t.segment = 0
	switch f.Code {
	case diag.MissingInterchangeTrailer, diag.MissingGroupTrailer:
		t.tag = trailer
	case diag.OutsideEnvelope, diag.DataAfterInterchange, diag.GroupsAndMessagesMixed, diag.SecondMessageTypeInGroup,
		diag.EnvelopeFunctionNotSupported, diag.MissingGroupHeader:
		// The interchange or group as a whole: what is at fault is none of its own segments.
	default:
		switch at := f.Pos.Offset; {
		case f.Message != 0:
		case header == "UNB" && ic.HasUNA && at >= ic.Offset && at < ic.Offset+lengthOfUNA:
			t.tag = "UNA"
		case end > 0 && at >= end:
			t.tag = trailer
		case content == 0 || at < content:
			t.tag = header
		}
	}
	if t.tag == "" || t.tag == "UNA" {
		t.element = 0
	}
	t.simple(f)
}

// lengthOfUNA is the length of a service string advice in bytes.
const lengthOfUNA = 9

// composites are the composite elements of service segments, as bits by element (DE 0098 less one).
var composites = map[string]uint{
	"UNB": 1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<6,
	"UNG": 1<<2 | 1<<3 | 1<<4 | 1<<7,
	"UNH": 1<<2 | 1<<4 | 1<<5 | 1<<6 | 1<<7,
}

// simple takes the component away where the element is a simple one, which has none. The decoder does not know
// elements and gives one all the same; a finding of the directory walker has a pointer and is right.
func (t *fault) simple(f *diag.Finding) {
	switch {
	case t.element == 0:
		t.component, t.repeat = 0, 0
	case t.tag != "" && composites[t.tag]>>(t.element-1)&1 == 0:
		t.component = 0
	case t.tag == "" && f.Pointer == "" && t.component == 1:
		t.component = 0
	}
}
