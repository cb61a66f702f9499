package contrl

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
	"pgregory.net/rapid"
)

// drawSubject draws a subject with messages, with or without groups. Values are as short, long and odd as senders
// make them; what an answer cannot do without is there.
func drawSubject(t *rapid.T) *Subject {
	text := rapid.OneOf(rapid.StringMatching(`[A-Z0-9 +:'?*.-]{0,20}`), rapid.StringN(0, 8, 60))
	needed := rapid.StringMatching(`[A-Za-z0-9+:'?*é]{1,14}`)
	address := func(name string) edifact.Address {
		return edifact.Address{ID: needed.Draw(t, name), Qualifier: text.Draw(t, name), Internal: text.Draw(t, name), SubInternal: text.Draw(t, name)}
	}
	s := &Subject{Rejected: rapid.Bool().Draw(t, "rejected"), Content: 100, Trailer: 1_000_000, Interchange: &edifact.Interchange{
		Index: 1, HasHeader: true, HasUNA: rapid.Bool().Draw(t, "UNA"), SyntaxID: rapid.SampledFrom([]string{"UNOA", "UNOB", "UNOC", "UNOF", "UNOW", "UNOX", "", "ABCD"}).Draw(t, "id"),
		SyntaxVersion: rapid.IntRange(1, 4).Draw(t, "version"), Sender: address("sender"), Recipient: address("recipient"),
		ControlReference: needed.Draw(t, "reference"), TestIndicator: text.Draw(t, "test"), AckRequest: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "ack"),
	}}
	grouped := rapid.Bool().Draw(t, "grouped")
	var group *edifact.Group
	for i := range rapid.IntRange(0, 6).Draw(t, "messages") {
		offset := int64(1000 * (i + 1))
		if grouped && (group == nil || rapid.Bool().Draw(t, "group")) {
			group = &edifact.Group{Index: len(s.Groups) + 1, Offset: offset - 500, Reference: text.Draw(t, "group"), Sender: address("from"), Recipient: address("to")}
			s.Groups = append(s.Groups, Group{Header: group, Rejected: rapid.Bool().Draw(t, "refused"), Content: offset, Trailer: offset + 400})
		}
		s.Messages = append(s.Messages, Message{Rejected: rapid.Bool().Draw(t, "refused"), Trailer: rapid.IntRange(0, 40).Draw(t, "trailer"), Header: edifact.Message{
			Index: i + 1, Offset: offset, Group: group, Reference: text.Draw(t, "reference"), Type: text.Draw(t, "type"), Version: text.Draw(t, "version"), Release: text.Draw(t, "release"),
			Agency: text.Draw(t, "agency"), Association: text.Draw(t, "association")}})
	}
	return s
}

// drawFindings draws findings of every code, in the messages of s, around them and in other interchanges.
func drawFindings(t *rapid.T, s *Subject) (findings []diag.Finding) {
	codes := diag.AllCodes()
	small := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 50), rapid.IntRange(900, 2_000_000))
	for range rapid.IntRange(0, 30).Draw(t, "findings") {
		f := diag.Finding{
			Code: rapid.SampledFrom(codes).Draw(t, "code"), Interchange: rapid.IntRange(1, 2).Draw(t, "interchange"), Message: rapid.IntRange(0, len(s.Messages)).Draw(t, "message"),
			Severity: rapid.SampledFrom([]diag.Severity{diag.InvalidSeverity, diag.Note, diag.Warning, diag.Error}).Draw(t, "severity"),
			Pointer:  rapid.SampledFrom([]diag.Pointer{"", "UNH[1]", "UNH[1]/UNT[1]", "UNH[1]/SG4[1]/CNI[1]/1490"}).Draw(t, "pointer"),
			Value:    rapid.SampledFrom([]string{"", "X"}).Draw(t, "value"),
			Pos: diag.Position{Offset: int64(rapid.IntRange(0, 1_000_100).Draw(t, "offset")), Segment: small.Draw(t, "segment"), Element: small.Draw(t, "element"),
				Component: small.Draw(t, "component"), Repeat: small.Draw(t, "repeat")},
		}
		findings = append(findings, f)
	}
	return findings
}

// answersAreSound is the property: an answer to anything has no fault of its own, and each message is refused in it
// if and only if it has an error of syntax.
func answersAreSound(t *rapid.T) {
	s := drawSubject(t)
	findings := drawFindings(t, s)
	o := someOptions
	o.Line = rapid.SampledFrom([]string{"", "\n", "\r\n"}).Draw(t, "line")
	var out bytes.Buffer
	if err := Write(&out, s, findings, o); err != nil {
		t.Fatal(err)
	}
	tb := &quiet{}
	validate(tb, out.Bytes())
	if tb.said != "" {
		t.Fatal(tb.said)
	}

	// What is refused, by counting alone.
	interchange := s.Rejected
	refused := map[int]bool{}
	for _, m := range s.Messages {
		refused[m.Header.Index] = m.Rejected
	}
	for _, f := range findings {
		_, ok := f.Code.Contrl(s.Interchange.SyntaxVersion)
		if f.Interchange != 1 || !ok || !isError(&f) {
			continue
		}
		switch scope := f.Code.Scope(); {
		case scope == diag.ScopeInterchange, (f.Message == 0 || scope == diag.ScopeGroup) && s.group(f.Pos.Offset) == nil:
			interchange = true
		case f.Message != 0 && scope != diag.ScopeGroup:
			refused[f.Message] = true
		}
	}
	count := 0
	for _, is := range refused {
		if is {
			count++
		}
	}
	action, named := "7", count
	if s.Interchange.SyntaxVersion == 4 && s.Interchange.AckRequest == "2" {
		action, named = "8", 0
	}
	if interchange {
		action = "4"
	}
	var tags []string
	d := edifact.NewDecoder(&out)
	for {
		seg, err := d.ReadSegment()
		if err != nil {
			break
		}
		tag := string(seg.Tag())
		tags = append(tags, tag)
		if tag == "UCI" && string(seg.Element(4)) != action {
			t.Fatalf("UCI says %s, want %s", seg.Element(4), action)
		}
		if tag == "UCM" && string(seg.Element(3)) != "4" {
			t.Fatalf("UCM says %s", seg.Element(3))
		}
	}
	if got := len(slices.DeleteFunc(tags, func(tag string) bool { return tag != "UCM" })); got != named {
		t.Fatalf("%s messages named, want %d", strconv.Itoa(got), named)
	}
}

// quiet gathers what a check says, for a property to report in its own way.
type quiet struct {
	testing.TB
	said string
}

func (q *quiet) Helper()                      {}
func (q *quiet) Errorf(f string, args ...any) { q.said += fmt.Sprintf(f, args...) + "\n" }
func (q *quiet) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }

func TestAnswersAreSound(t *testing.T) { rapid.Check(t, answersAreSound) }

func FuzzWrite(f *testing.F) {
	// Seeds long enough that drawing does not run out of them: what runs out is skipped.
	random := rand.NewChaCha8([32]byte{})
	for range 8 {
		seed := make([]byte, 64<<10)
		if _, err := random.Read(seed); err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(rapid.MakeFuzz(answersAreSound))
}
