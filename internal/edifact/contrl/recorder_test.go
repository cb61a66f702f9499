package contrl

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
)

// record reads in once and gives its subjects; before each message's header, and at the end, late is called with the
// number of the message before.
func record(t *testing.T, in string, r *Recorder, late func(message int)) []*Subject {
	t.Helper()
	d := edifact.NewDecoder(strings.NewReader(in))
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			late(d.Messages())
			return r.Subjects()
		}
		if err != nil {
			t.Fatal(err)
		}
		r.Segment(d, s)
		if d.Kind() == edifact.MessageHeader {
			late(d.Message().Index - 1)
		}
	}
}

// manyMessages is an interchange of n messages in groups of the given size.
func manyMessages(n, size int) string {
	var in strings.Builder
	in.WriteString("UNB+UNOC:3+LINE+CUSTOMS+261123:0915+REF7'")
	for i := range n {
		if size > 0 && i%size == 0 {
			fmt.Fprintf(&in, "UNG+CUSCAR+L+C+261123:0915+G%d+UN+D:95B'", i/size+1)
		}
		fmt.Fprintf(&in, "UNH+M%d+CUSCAR:D:95B:UN'UNT+2+M%d'", i+1, i+1)
		if size > 0 && i%size == size-1 {
			fmt.Fprintf(&in, "UNE+%d+G%d'", size, i/size+1)
		}
	}
	in.WriteString("UNZ+1+REF7'")
	return in.String()
}

func TestRecorderKeepsRefusedMessagesAlone(t *testing.T) {
	var r Recorder
	r.Finding(&diag.Finding{Code: diag.DuplicateReference, Interchange: 1, Message: 3}) // of the first pass
	r.Finding(&diag.Finding{Code: diag.TrailingSeparator, Interchange: 1, Message: 4})
	r.Finding(&diag.Finding{Code: diag.MissingElement, Severity: diag.Warning, Interchange: 1, Message: 4})
	r.Finding(&diag.Finding{Code: diag.EquipmentCount, Interchange: 1, Message: 4})
	subjects := record(t, manyMessages(6, 0), &r, func(message int) {
		if message == 5 || message == 6 { // told when the next has begun
			r.Finding(&diag.Finding{Code: diag.MissingSegment, Interchange: 1, Message: message})
		}
	})
	var kept []string
	for _, m := range subjects[0].Messages {
		kept = append(kept, fmt.Sprintf("%s refused %t UNT %d", m.Header.Reference, m.Rejected, m.Trailer))
	}
	if got := strings.Join(kept, ", "); got != "M3 refused true UNT 2, M5 refused true UNT 2, M6 refused true UNT 2" {
		t.Errorf("kept %s", got)
	}
	if subjects[0].Rejected {
		t.Error("the interchange is refused")
	}
}

// A refusal counts even if its finding is not among those that are listed.
func TestRecorderRemembersWhatIsNotListed(t *testing.T) {
	in := manyMessages(6, 2)
	offset := func(what string) int64 { return int64(strings.Index(in, what)) }
	var r Recorder
	r.Finding(&diag.Finding{Code: diag.ControlCountMismatch, Interchange: 1, Pos: diag.Position{Offset: offset("UNE+2+G2") + 4}})
	r.Finding(&diag.Finding{Code: diag.MissingElement, Interchange: 1, Message: 6, Pos: diag.Position{Offset: offset("UNH+M6"), Segment: 1}})
	subjects := record(t, in, &r, func(int) {})
	want := "UCI+REF7+LINE+CUSTOMS+7'UCF+G2+L+C+4+18'UCF+G3+L+C+7'UCM+M6+CUSCAR:D:95B:UN+4+18"
	if got := said(writeAnswer(t, subjects[0], nil, someOptions)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	r = Recorder{}
	r.Finding(&diag.Finding{Code: diag.ControlCountMismatch, Interchange: 1, Pos: diag.Position{Offset: offset("UNZ") + 4}})
	subjects = record(t, in, &r, func(int) {})
	if got := said(writeAnswer(t, subjects[0], nil, someOptions)); got != "UCI+REF7+LINE+CUSTOMS+4+18" {
		t.Errorf("got %s", got)
	}
}

func TestRecorderIsBounded(t *testing.T) {
	for name, f := range map[string]func(i int) *diag.Finding{
		"messages":  func(i int) *diag.Finding { return &diag.Finding{Code: diag.MissingElement, Interchange: 1, Message: i} },
		"envelopes": func(i int) *diag.Finding { return &diag.Finding{Code: diag.DuplicateInterchange, Interchange: 1} },
	} {
		r := Recorder{max: 3}
		for i := range 5 {
			r.Finding(f(i + 1))
		}
		subjects := record(t, manyMessages(5, 0), &r, func(int) {})
		s := subjects[0]
		if !s.Rejected || len(s.Messages) > 3 || len(r.refused)+r.faults > 3 {
			t.Errorf("%s: rejected %t, %d messages kept, %d and %d remembered", name, s.Rejected, len(s.Messages), len(r.refused), r.faults)
		}
		var findings []diag.Finding
		for i := range 5 {
			findings = append(findings, *f(i + 1))
		}
		var out bytes.Buffer
		if err := Write(&out, s, findings, someOptions); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		validate(t, out.Bytes())
	}
}
