package contrl

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/directory"
)

// read reads a file as the gateway does, in two passes with the real decoder and walker, and gives its subjects and
// findings.
func read(t testing.TB, in []byte) (subjects []*Subject, findings []diag.Finding) {
	t.Helper()
	var recorder Recorder
	report := func(f diag.Finding) {
		findings = append(findings, f)
		recorder.Finding(&f)
	}
	charsets := map[int]edifact.Charset{}
	pass(t, edifact.NewDecoder(bytes.NewReader(in), edifact.Report(report), edifact.EnvelopeOnly(func(ic *edifact.Interchange) { charsets[ic.Index] = ic.Charset })), report, nil)
	pass(t, edifact.NewDecoder(bytes.NewReader(in), edifact.Report(report), edifact.WithCharsets(func(i int) (edifact.Charset, bool) {
		c, ok := charsets[i]
		return c, ok
	})), report, &recorder)
	slices.SortStableFunc(findings, func(a, b diag.Finding) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	return recorder.Subjects(), findings
}

// pass reads to the end: the first pass checks the envelope's segments, the second (with a recorder) the messages.
func pass(t testing.TB, d *edifact.Decoder, report func(diag.Finding), recorder *Recorder) {
	t.Helper()
	w := directory.NewWalker(report, d.PeekTag, nil)
	walking := false
	end := func(offset int64) {
		if walking {
			w.End(diag.Position{Offset: offset, Segment: w.Segment()})
		}
		walking = false
	}
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			end(d.InputOffset())
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		ic := d.Interchange()
		subject := directory.Subject{Interchange: ic.Index, SyntaxVersion: ic.SyntaxVersion, Release: ic.Delimiters.Release, DecimalMark: ic.DecimalMark, UTF8: ic.Charset == edifact.UTF8}
		if recorder == nil {
			switch d.Kind() {
			case edifact.InterchangeHeader, edifact.GroupHeader, edifact.GroupTrailer, edifact.InterchangeTrailer:
				directory.CheckService(s, subject, report)
			}
			continue
		}
		recorder.Segment(d, s)
		switch d.Kind() {
		case edifact.MessageHeader:
			end(s.Offset)
			m := d.Message()
			subject.Message = m.Index
			table, _ := directory.Lookup(m.Type, m.Version, m.Release, ic.Layout())
			if walking = table != nil; walking {
				w.Begin(table, subject)
				w.Step(s)
			} else {
				directory.CheckService(s, subject, report)
			}
		case edifact.Body, edifact.MessageTrailer:
			if walking {
				w.Step(s)
			}
			walking = walking && d.Kind() == edifact.Body
		case edifact.Stray:
		default:
			end(s.Offset)
		}
	}
}

// someOptions are those of an answer in tests.
var someOptions = Options{ControlReference: "ANSWER1", Date: "261124", Time: "1016", Always: true}

// answer gives the answer to s, and holds it against our own validator.
func writeAnswer(t testing.TB, s *Subject, findings []diag.Finding, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, s, findings, o); err != nil {
		t.Fatal(err)
	}
	validate(t, out.Bytes())
	return out.String()
}

// validate fails the test if reading an answer finds anything at all.
func validate(t testing.TB, in []byte) {
	t.Helper()
	subjects, findings := read(t, in)
	for i := range findings {
		f := &findings[i]
		if f.Code == diag.SpaceBetweenSegments || f.Code == diag.CharacterSetDiffers {
			continue // the line policy; Latin-1 that could be UTF-8 as well
		}
		t.Errorf("the answer has %s at %d (%s, %q):\n%s", f.Code, f.Pos.Offset, f.Pointer, f.Value, in)
	}
	if len(subjects) != 1 || !subjects[0].CONTRL || subjects[0].Interchange.AckRequest != "" {
		t.Errorf("no single CONTRL without request for another:\n%s", in)
	}
}
