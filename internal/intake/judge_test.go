package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edifact/contrl"
	"cargogate/internal/edifact/cuscar"
)

// judge is a Judge made of functions.
type judge struct {
	interchange func(*Head) ([]diag.Finding, error)
	message     func(*Subject) ([]diag.Finding, error)
}

func (j judge) Interchange(h *Head) ([]diag.Finding, error) {
	if j.interchange == nil {
		return nil, nil
	}
	return j.interchange(h)
}

func (j judge) Message(s *Subject) ([]diag.Finding, error) {
	if j.message == nil {
		return nil, nil
	}
	return j.message(s)
}

type closing struct{ *bytes.Buffer }

func (closing) Close() error { return nil }

// judged reads in with a judge, for findings, verdicts, records and answers in one reading.
func judged(t *testing.T, in string, j Judge) (told, codes, answer string, res *Result) {
	t.Helper()
	var tell []string
	var out bytes.Buffer
	now := time.Date(2026, 11, 23, 9, 15, 0, 0, time.UTC)
	res, err := Read(Original{Name: "x", ReaderAt: strings.NewReader(in), Size: int64(len(in))}, Options{
		Judge: j,
		Handler: Handler{
			Interchange: func(ic *Interchange) error {
				tell = append(tell, fmt.Sprintf("interchange %t", ic.Accepted))
				return nil
			},
			Message: func(m *Message) error {
				tell = append(tell, fmt.Sprintf("message %s %t", m.Reference, m.Accepted))
				return nil
			},
			Consignment: func(c *cargo.Consignment) error { tell = append(tell, "bill "+string(c.Status)); return nil },
		},
		Answers: &Answers{Now: func() time.Time { return now }, Always: true, Reference: func(i int) string { return fmt.Sprintf("ANSWER%d", i) },
			Out: func(int, string) (io.WriteCloser, error) { return closing{&out}, nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range res.Findings {
		all = append(all, fmt.Sprintf("%s %s @%d+%d %s %q", f.Severity, f.Code, f.Pos.Offset, f.Pos.Length, f.Pointer, f.Value))
	}
	return strings.Join(tell, ", "), strings.Join(all, "; "), out.String(), res
}

// What a judge finds counts for verdicts, records and answers, and stands where it says.
func TestJudge(t *testing.T) {
	in := "UNB+UNOC:3+AAA+BBB+261123:0915+77++++1'" + bill("1", "100") + bill("2", "100") + "UNZ+2+77'"
	at := func(s string) string { return fmt.Sprintf("@%d+%d", strings.Index(in, s), len(s)) }
	second := strings.Index(in, "UNH+2")
	for _, c := range []struct {
		name                string
		judge               judge
		told, codes, answer string
	}{
		{"nothing", judge{}, "interchange true, message 1 true, message 2 true, bill accepted, bill accepted", "", "UCI+77+AAA+BBB+7'"},
		{"an error of the interchange", judge{interchange: func(h *Head) ([]diag.Finding, error) {
			return []diag.Finding{h.Finding(diag.DuplicateReference, UNBReference)}, nil
		}}, "interchange false, message 1 false, message 2 false, bill unaccepted, bill unaccepted", "error EDI0026 " + at("77") + ` UNB/0020 "77"`, "UCI+77+AAA+BBB+4+26+UNB+6'"},
		{"a warning about the sender", judge{interchange: func(h *Head) ([]diag.Finding, error) {
			return []diag.Finding{h.Finding(diag.SenderNotTransmitter, UNBSender, diag.A("partner", "CCC"))}, nil
		}}, "interchange true, message 1 true, message 2 true, bill accepted, bill accepted", "warning GTW0001 " + at("AAA") + ` UNB/S002/0004 "AAA"`, "UCI+77+AAA+BBB+7'"},
		{"an element that is not there", judge{interchange: func(h *Head) ([]diag.Finding, error) {
			return []diag.Finding{h.Finding(diag.ModeDiffers, UNBTest)}, nil
		}}, "interchange false, message 1 false, message 2 false, bill unaccepted, bill unaccepted", `error GTW0008 @0+3 UNB "UNB"`, "UCI+77+AAA+BBB+7'"},
		{"an error of a message", judge{message: func(s *Subject) ([]diag.Finding, error) {
			if s.Ordinal != 2 || s.Filing.Reference != "M2" || s.Filing.FunctionCode != "9" || !s.Accepted || s.Totals.Consignments != 1 {
				return nil, nil
			}
			return []diag.Finding{s.Finding(diag.DocumentNotOnFile, cuscar.AtFunction), s.Finding(diag.DocumentReplaced, cuscar.AtReference)}, nil
		}}, "interchange true, message 1 true, message 2 false, bill accepted, bill unaccepted",
			fmt.Sprintf(`note GTW0004 @%d+2 UNH[2]/BGM[1]/1004 "M2"; error GTW0003 @%d+1 UNH[2]/BGM[1]/1225 "9"`, second+strings.Index(in[second:], "M2"), second+strings.Index(in[second:], "9'CNI")), "UCI+77+AAA+BBB+7'"},
	} {
		told, codes, answer, _ := judged(t, in, c.judge)
		if told != c.told || codes != c.codes || !strings.Contains(answer, c.answer) || !strings.Contains(answer, "+261123:0915+ANSWER1'") {
			t.Errorf("%s:\n%s\n%s\n%s\nwant\n%s\n%s\n%s", c.name, told, codes, answer, c.told, c.codes, c.answer)
		}
	}
}

// A judge is asked once for each interchange and message, of those without header or mapper too, and where there is no
// BGM its findings stand at the UNH.
func TestJudgeIsAsked(t *testing.T) {
	in := "UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNB+UNOC:3+A:ZZ+B:1+261123:0915+8'UNH+1+XYZABC:D:95B:UN'BGM+1'UNT+3+1'UNZ+1+8'"
	var got []string
	_, codes, _, _ := judged(t, in, judge{
		interchange: func(h *Head) ([]diag.Finding, error) {
			got = append(got, fmt.Sprintf("%d %t %s", h.Index, h.HasHeader, h.Control))
			return []diag.Finding{h.Finding(diag.SenderNotTransmitter, UNBSender)}, nil
		},
		message: func(s *Subject) ([]diag.Finding, error) {
			got = append(got, fmt.Sprintf("%d.%d #%d %t", s.Interchange, s.Index, s.Ordinal, s.Filing != nil))
			return []diag.Finding{s.Finding(diag.DocumentReplaced, cuscar.AtReference)}, nil
		},
	})
	if want := "1 false |1.1 #1 true|2 true A|ZZ|B|1|8|2.1 #2 false"; strings.Join(got, "|") != want {
		t.Errorf("%s", strings.Join(got, "|"))
	}
	for _, want := range []string{"warning GTW0001 @0+3 UNB", "note GTW0004 @0+3 UNH[1]", fmt.Sprintf("note GTW0004 @%d+3 UNH[1]", strings.Index(in, "UNH+1+XYZ"))} {
		if !strings.Contains(codes, want) {
			t.Errorf("%s is not in %s", want, codes)
		}
	}
}

// A judge's error, one of the question whether a bill is known, and the interruption end the reading.
func TestJudgeErrors(t *testing.T) {
	enough := errors.New("enough")
	in := "UNB+UNOC:3+A+B+261123:0915+7'" + strings.Replace(bill("1", "100"), "RFF+BM", "RFF+BH", 1) + bill("2", "100") + "UNZ+2+7'"
	in = strings.Replace(in, "CNI+1+B1", "CNI+1+PARENT", 1)
	asked := 0
	for name, o := range map[string]Options{
		"interchange": {Judge: judge{interchange: func(*Head) ([]diag.Finding, error) { return nil, enough }}},
		"message":     {Judge: judge{message: func(*Subject) ([]diag.Finding, error) { return nil, enough }}},
		"known":       {Known: func(string) (bool, error) { asked++; return false, enough }},
	} {
		if _, err := Read(Original{ReaderAt: strings.NewReader(in), Size: int64(len(in))}, o); !errors.Is(err, enough) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	many := "UNB+UNOC:3+A+B+261123:0915+7'" + strings.Repeat(bill("1", "100"), 1000) + "UNZ+1000+7'"
	for after := range 3 {
		n := 0
		o := Options{Interrupted: func() error {
			if n++; n > after {
				return enough
			}
			return nil
		}}
		if _, err := Read(Original{ReaderAt: strings.NewReader(many), Size: int64(len(many))}, o); !errors.Is(err, enough) {
			t.Errorf("error %v after %d questions", err, n)
		}
	}
	if _, err := Read(Original{ReaderAt: strings.NewReader(in), Size: int64(len(in))}, Options{Answers: &Answers{Kind: "aperak"}}); err == nil {
		t.Error("an answer of another kind")
	}
}

// CAR0028 is not given for a parent that was reported before.
func TestKnownParent(t *testing.T) {
	in := "UNB+UNOC:3+A+B+261123:0915+7'" + strings.Replace(strings.Replace(bill("1", "100"), "RFF+BM", "RFF+BH", 1), "CNI+1+B1", "CNI+1+PARENT", 1) + "UNZ+1+7'"
	for _, known := range []bool{false, true} {
		asked := ""
		res, err := Read(Original{ReaderAt: strings.NewReader(in), Size: int64(len(in))}, Options{Known: func(number string) (bool, error) { asked = number; return known, nil }})
		if err != nil || asked != "PARENT" {
			t.Fatal(err, asked)
		}
		if given := len(res.Findings) == 1 && res.Findings[0].Code == diag.ParentBillUnknown; given == known {
			t.Errorf("known %t: %v", known, res.Findings)
		}
	}
}

// One reading for everything reads the bytes no more often than one for records alone, and gives the answers that
// Answer gives.
func TestOneReading(t *testing.T) {
	in := "UNB+UNOC:3+A+B+261123:0915+7++++1'" + bill("1", "100") + strings.Replace(bill("2", "100"), "BGM+85", "BGM+QQQ", 1) + "UNZ+2+7'"
	now := func() time.Time { return time.Date(2026, 11, 23, 9, 15, 0, 0, time.UTC) }
	records := Handler{Consignment: func(*cargo.Consignment) error { return nil }}
	read := func(o Options) (int64, *Result) {
		c := &counting{ReaderAt: strings.NewReader(in)}
		res, err := Read(Original{Name: "x", ReaderAt: c, Size: int64(len(in))}, o)
		if err != nil {
			t.Fatal(err)
		}
		return c.n, res
	}
	var one, two bytes.Buffer
	plain, _ := read(Options{Handler: records})
	full, res := read(Options{Handler: records, Judge: judge{}, Known: func(string) (bool, error) { return false, nil },
		Answers: &Answers{Now: now, Out: func(int, string) (io.WriteCloser, error) { return closing{&one}, nil }}})
	if full > plain || res.Answered.Written != 1 || len(res.Answered.Unanswered) != 0 {
		t.Errorf("%d bytes read, %d without the answer; %+v", full, plain, res.Answered)
	}
	if _, err := Answer(Original{Name: "x", ReaderAt: strings.NewReader(in), Size: int64(len(in))}, AnswerOptions{Now: now},
		func(int, string) (io.WriteCloser, error) { return closing{&two}, nil }); err != nil {
		t.Fatal(err)
	}
	if one.String() != two.String() || one.Len() == 0 {
		t.Errorf("%s\n%s", one.String(), two.String())
	}
	_, err := Read(Original{ReaderAt: strings.NewReader(in), Size: int64(len(in))}, Options{Answers: &Answers{Out: func(int, string) (io.WriteCloser, error) { return nil, io.ErrShortWrite }}})
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("error %v", err)
	}
	silent := "UNB+UNOC:3+A+B+261123:0915+7'" + bill("1", "100") + "UNZ+1+7'"
	res, err = Read(Original{ReaderAt: strings.NewReader(silent), Size: int64(len(silent))}, Options{Answers: &Answers{}})
	if err != nil || len(res.Answered.Unanswered) != 1 || !errors.Is(res.Answered.Unanswered[0].Reason, contrl.ErrNotAskedFor) {
		t.Errorf("%v, %+v", err, res)
	}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	n int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.n += int64(n)
	return n, err
}
