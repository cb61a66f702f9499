package intake

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edifact/contrl"
)

// bill is a message of one bill whose total says mass; its only item weighs 100 kg.
func bill(reference, mass string) string {
	return "UNH+" + reference + "+CUSCAR:D:95B:UN'BGM+85+M" + reference + "+9'CNI+1+B" + reference + "'RFF+BM:B" + reference + "'CNT+7:" + mass +
		":KGM'NAD+CN+++NAME:STREET'GID+1+1:CT'MEA+AAE+G+KGM:100'UNT+9+" + reference + "'"
}

// statuses gives the status of each consignment, in order.
func statuses(t *testing.T, in string, severities map[diag.Code]diag.Severity) string {
	t.Helper()
	var got []string
	readBytes(t, []byte(in), Options{Severities: severities, Handler: Handler{Consignment: func(c *cargo.Consignment) error {
		got = append(got, string(c.Status))
		return nil
	}}})
	return strings.Join(got, " ")
}

// A fault of a bill costs the bill, one of the syntax its message, one of the envelope the interchange; and a profile
// may take a code more lightly.
func TestStatuses(t *testing.T) {
	const head, tail = "UNB+UNOC:3+A+B+261123:0915+7'", "UNZ+2+7'"
	for _, c := range []struct {
		name, in, want string
		severities     map[diag.Code]diag.Severity
	}{
		{"clean", head + bill("1", "100") + bill("2", "100") + tail, "accepted accepted", nil},
		{"a bill's total", head + bill("1", "900") + bill("2", "100") + tail, "unaccepted accepted", nil},
		{"the same, softened", head + bill("1", "900") + bill("2", "100") + tail, "accepted accepted", map[diag.Code]diag.Severity{diag.GrossMassTotal: diag.Warning}},
		{"the same, off", head + bill("1", "900") + bill("2", "100") + tail, "accepted accepted", map[diag.Code]diag.Severity{diag.GrossMassTotal: diag.Off}},
		{"a fault of syntax behind the bill", head + strings.Replace(bill("1", "100"), "UNT+9", "UNT+8", 1) + bill("2", "100") + tail, "unaccepted accepted", nil},
		{"a fault of the envelope at its end", head + bill("1", "100") + bill("2", "100") + "UNZ+3+7'", "unaccepted unaccepted", nil},
		{"a fault of a group", head + "UNG+CUSCAR+A+B+261123:0915+1+UN+D:95B'" + bill("1", "100") + "UNE+2+1'UNG+CUSCAR+A+B+261123:0915+2+UN+D:95B'" + bill("2", "100") + "UNE+1+2'" + tail, "unaccepted accepted", nil},
		{"a group's header", head + "UNG++A+B+261123:0915+1+UN+D:95B'" + bill("1", "100") + "UNE+1+1'UNG+CUSCAR+A+B+261123:0915+2+UN+D:95B'" + bill("2", "100") + "UNE+1+2'" + tail, "unaccepted accepted", nil},
	} {
		if got := statuses(t, c.in, c.severities); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What the handlers are told agrees with the findings.
func TestVerdicts(t *testing.T) {
	in := "UNB+UNOC:3+A+B+261123:0915+7'" + bill("1", "100") + strings.Replace(bill("2", "100"), "BGM+85", "BGM+QQQ", 1) + "UNZ+2+7'" +
		"UNB+UNOC:3+C+D+261123:0915+8++++1++1'" + bill("1", "100") + "UNZ+2+8'"
	var got []string
	tell := func(s string, accepted bool) {
		if accepted {
			s += " accepted"
		}
		got = append(got, s)
	}
	readBytes(t, []byte(in), Options{Handler: Handler{
		File: func(f *File) error { tell(f.Format+" "+f.Charset, false); return nil },
		Interchange: func(i *Interchange) error {
			s := "interchange " + i.Sender + ">" + i.Recipient + " " + i.ControlReference
			if i.Test {
				s += " test"
			}
			tell(s, i.Accepted)
			return nil
		},
		Message: func(m *Message) error {
			if m.Segments != 9 || m.Totals.Consignments != 1 || m.Totals.GrossMass.String() != "100" || m.Function != "9" {
				t.Errorf("message %+v", m)
			}
			tell("message "+m.Type+" "+m.Version+" "+m.Reference, m.Accepted)
			return nil
		},
	}})
	want := "edifact ISO-8859-1|interchange A>B 7 accepted|message CUSCAR D.95B 1 accepted|message CUSCAR D.95B 2|interchange C>D 8 test|message CUSCAR D.95B 1"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestHandlerErrorEndsTheReading(t *testing.T) {
	enough := errors.New("enough")
	in := []byte("UNB+UNOC:3+A+B+261123:0915+7'" + bill("1", "100") + bill("2", "100") + "UNZ+2+7'")
	n := 0
	for name, h := range map[string]Handler{
		"message":     {Message: func(*Message) error { n++; return enough }},
		"consignment": {Consignment: func(*cargo.Consignment) error { n++; return enough }},
		"interchange": {Interchange: func(*Interchange) error { n++; return enough }},
		"file":        {File: func(*File) error { n++; return enough }},
	} {
		n = 0
		_, err := Read(Original{Name: "x", ReaderAt: bytes.NewReader(in), Size: int64(len(in))}, Options{Handler: h})
		if err != enough || n != 1 {
			t.Errorf("%s: error %v after %d calls", name, err, n)
		}
	}
}

// broken fails to read behind its first bytes.
type broken struct{ b []byte }

func (r broken) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(r.b)) {
		return 0, os.ErrClosed
	}
	return copy(p, r.b[off:]), nil
}

func TestReadErrorIsNoFinding(t *testing.T) {
	in := []byte("UNB+UNOC:3+A+B+261123:0915+7'" + bill("1", "100"))
	if _, err := Read(Original{Name: "x", ReaderAt: broken{in}, Size: 1 << 20}, Options{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v, want the reader's own", err)
	}
}

type closer struct{ *strings.Builder }

func (closer) Close() error { return nil }

// An interchange is answered when it asked for that or when something in it is refused; a CONTRL never is.
func TestAnswer(t *testing.T) {
	head := func(reference, ask string) string {
		return "UNB+UNOC:3+A+B+261123:0915+" + reference + "++++" + ask + "'"
	}
	bad := strings.Replace(bill("1", "100"), "BGM+85", "BGM+QQQ", 1)
	control := "UNH+1+CONTRL:D:3:UN'UCI+5+A+B+7'UNT+3+1'"
	in := head("1", "") + bill("1", "100") + "UNZ+1+1'" + // clean, did not ask
		head("2", "1") + bill("1", "100") + "UNZ+1+2'" + // clean, asked
		head("3", "") + bad + "UNZ+1+3'" + // refused in part
		head("4", "") + bill("1", "900") + "UNZ+1+4'" + // refused for its cargo alone, which is no matter of syntax
		head("5", "1") + control + "UNZ+1+5'"
	for always, want := range map[bool]string{false: "2 3", true: "1 2 3 4"} {
		var answered []string
		texts := map[int]*strings.Builder{}
		res, err := Answer(Original{Name: "x", ReaderAt: strings.NewReader(in), Size: int64(len(in))},
			AnswerOptions{Always: always, Now: func() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) }},
			func(interchange int, kind string) (io.WriteCloser, error) {
				answered = append(answered, string(rune('0'+interchange)))
				texts[interchange] = &strings.Builder{}
				return closer{texts[interchange]}, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(answered, " "); got != want {
			t.Errorf("always %t: answered %s, want %s", always, got, want)
		}
		if last := res.Unanswered[len(res.Unanswered)-1]; last.Interchange != 5 || last.Reason != contrl.ErrCONTRL {
			t.Errorf("the CONTRL: %+v", last)
		}
		if got := texts[3].String(); !strings.Contains(got, "UCI+3+A+B+7'UCM+1+CUSCAR:D:95B:UN+4'UCS+2'UCD+12+2:1'") {
			t.Errorf("answer to the refused message: %s", got)
		}
		if got := texts[2].String(); !strings.Contains(got, "UCI+2+A+B+7'UNT") || !strings.Contains(got, "UNB+UNOC:3+B+A+261123:0930+26112309300002'") {
			t.Errorf("answer to the clean one: %s", got)
		}
	}
	if _, err := Answer(Original{ReaderAt: strings.NewReader(in), Size: int64(len(in))}, AnswerOptions{Kind: "aperak"}, nil); err == nil {
		t.Error("a kind that is not written is no error")
	}
}

// What has no field is handed on with its full place in the structure.
func TestUnmappedNamesItsPlace(t *testing.T) {
	in := "UNB+UNOC:3+A+B+261123:0915+7'" + strings.Replace(bill("1", "100"), "RFF+BM:B1", "RFF+BM:B1:LINE9", 1) + "UNZ+1+7'"
	var got []string
	readBytes(t, []byte(in), Options{Handler: Handler{Unmapped: func(u *cargo.Unmapped) error {
		got = append(got, u.Pointer+" "+strings.Join(u.Elements, ","))
		return nil
	}}})
	if want := "UNH[1]/SG4[1]/SG5[1]/RFF[1]/C506/1156 LINE9"; strings.Join(got, "|") != want {
		t.Errorf("unmapped %q, want %q", got, want)
	}
}

// Messages that are checked and not mapped have their dates held against their format codes too.
func TestDatesOfOtherMessages(t *testing.T) {
	in := "UNB+UNOC:3+A+B+261123:0915+7'UNH+1+APERAK:D:95B:UN'BGM+12+1+9'DTM+137:20261123:203'DTM+137:20261331:102'DTM+137:20261123:102'UNT+6+1'UNZ+1+7'"
	var got []string
	for _, f := range readBytes(t, []byte(in), Options{}).Findings {
		got = append(got, at(string(f.Code), f.Pos.Offset)+" "+string(f.Pointer)+" "+f.Value)
	}
	want := "CAR0014@70 UNH[1]/DTM[1]/C507/2380 20261123|CAR0015@91 UNH[1]/DTM[2]/C507/2380 20261331"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}
