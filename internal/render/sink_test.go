package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/intake"
)

// original gives text as a file.
func original(name, text string) intake.Original {
	return intake.Original{Name: name, ReaderAt: strings.NewReader(text), Size: int64(len(text))}
}

// example gives a shipped example.
func example(t testing.TB, name string) intake.Original {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "example", name))
	if err != nil {
		t.Fatal(err)
	}
	return intake.Original{Name: name, ReaderAt: bytes.NewReader(b), Size: int64(len(b))}
}

// check reads files into a sink.
func check(t *testing.T, s Sink, files ...intake.Original) {
	t.Helper()
	for _, o := range files {
		r, err := intake.Read(o, intake.Options{Handler: s.Begin(o.Name)})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.End(o, r, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCheckObjectWithoutFiles(t *testing.T) {
	var b strings.Builder
	check(t, NewCheckObject(&b, nil))
	if b.String() != "{\"schema\":1,\"files\":[]}\n" {
		t.Errorf("%q", &b)
	}
}

// TestCheckObjectFailure breaks a reading off at each stage: the object stays whole, and says that it is not all.
func TestCheckObjectFailure(t *testing.T) {
	failure := errors.New("disk \"gone\"")
	for stop := range 5 {
		var b strings.Builder
		c := NewCheckObject(&b, nil)
		h := c.Begin("a.edi")
		steps := []func() error{
			func() error { return h.File(&intake.File{Name: "a.edi", Format: intake.FormatEDIFACT, Bytes: 9}) },
			func() error { return h.Interchange(&intake.Interchange{Sender: "<A & B>"}) },
			func() error { return h.Message(&intake.Message{Type: "CUSCAR"}) },
			func() error { return h.Interchange(&intake.Interchange{Sender: "C"}) },
		}
		for _, step := range steps[:stop] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(c.End(original("a.edi", "x"), nil, failure), c.Close()); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Files []struct {
				File         string
				Error        string
				Interchanges []struct {
					Sender   string
					Messages []struct{ Type string }
				}
			}
		}
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Fatalf("after %d steps: %v in %s", stop, err, &b)
		}
		f := got.Files[0]
		if f.File != "a.edi" || f.Error != failure.Error() {
			t.Errorf("after %d steps: %+v", stop, f)
		}
		if want := max(0, min(stop-1, 1)) + max(0, stop-3); len(f.Interchanges) != want {
			t.Errorf("after %d steps: %d interchanges, want %d", stop, len(f.Interchanges), want)
		}
		if stop > 1 && !strings.Contains(b.String(), `"<A & B>"`) {
			t.Errorf("escaped for HTML: %s", &b)
		}
	}
}

// A broken is a writer that fails after some bytes.
type broken struct{ left int }

var errBroken = errors.New("no more")

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

// TestSinksKeepErrors sees that an error of writing is not lost, wherever it happens.
func TestSinksKeepErrors(t *testing.T) {
	for name, sink := range map[string]func(w *broken) Sink{
		"check object": func(w *broken) Sink { return NewCheckObject(w, nil) },
		"text":         func(w *broken) Sink { return NewText(w, TextOptions{}) },
		"findings":     func(w *broken) Sink { return NewText(w, TextOptions{FindingsOnly: true}) },
		"csv":          func(w *broken) Sink { return NewSink(diag.NewCSV(w, nil)) },
		"sarif":        func(w *broken) Sink { return NewSink(diag.NewSARIF(w, "1", nil)) },
	} {
		for _, left := range []int{0, 10, 1000} {
			s := sink(&broken{left})
			o := example(t, "broken.edi")
			r, err := intake.Read(o, intake.Options{Handler: s.Begin(o.Name)})
			if err == nil {
				err = s.End(o, r, nil)
			}
			if err = errors.Join(err, s.Close()); !errors.Is(err, errBroken) {
				t.Errorf("%s after %d bytes: %v", name, left, err)
			}
		}
	}
}

func TestTextFindingsOnly(t *testing.T) {
	var b strings.Builder
	check(t, NewText(&b, TextOptions{FindingsOnly: true}), example(t, "manifest.edi"), example(t, "manifest.edi"))
	if b.Len() > 0 {
		t.Errorf("files without findings: %q", &b)
	}
	check(t, NewText(&b, TextOptions{FindingsOnly: true}), example(t, "broken.edi"))
	if !strings.HasPrefix(b.String(), "error[CAR0015]") || !strings.HasSuffix(b.String(), "\n5 errors, 2 warnings\n") {
		t.Errorf("%s", &b)
	}
}

func TestSummary(t *testing.T) {
	for _, tt := range []struct {
		format       string
		interchanges int
		messages     []intake.Message
		want         string
	}{
		{"unknown", 0, nil, "not read"},
		{"edifact", 1, nil, "0 messages"},
		{"edifact", 1, []intake.Message{{Type: "CUSCAR", Version: "D.95B", Accepted: true, Totals: intake.Totals{Consignments: 1, GoodsItems: 2}}},
			"1 message (CUSCAR D.95B), 1 consignment, 2 goods items"},
		{"edifact", 1, []intake.Message{{Type: "CUSCAR\x1b[31m"}}, `1 message (CUSCAR\x1b[31m); refused`},
		{"edifact", 2, []intake.Message{
			{Type: "A", Version: "1", Accepted: true, Totals: intake.Totals{GrossMass: cargo.NewDecimal(15, 1)}},
			{Type: "A", Version: "1", Totals: intake.Totals{GrossMass: cargo.NewDecimal(25, 1), Packages: 3}},
			{Type: "B"}, {Type: "C"}, {Type: "D"}, {Type: "E"},
		}, "2 interchanges, 6 messages (A 1, B, C, D and others), 3 packages, 4 kg; 5 refused"},
	} {
		var s summary
		err := s.file(&intake.File{Format: tt.format})
		for range tt.interchanges {
			err = errors.Join(err, s.interchange(&intake.Interchange{}))
		}
		for i := range tt.messages {
			err = errors.Join(err, s.message(&tt.messages[i]))
		}
		if got := s.String(); got != tt.want || err != nil {
			t.Errorf("%q, error %v, want %q", got, err, tt.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "",
		"MÜLLER & SÖHNE":    "MÜLLER & SÖHNE",
		"a\x1b[31mb\tc\x7f": `a\x1b[31mb\x09c\x7f`,
		"a\u202eb":          `a\u{202e}b`,
		"a\xffb":            `a\xffb`,
	} {
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %q, want %q", in, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bills", 1: "1 bill", 2: "2 bills"} {
		if got := count(n, "bill"); got != want {
			t.Errorf("%q", got)
		}
	}
	if got := fmt.Sprint(counts(diag.Counts{Error: 1, Note: 2, Omitted: 3})); got != "1 error, 2 notes; 3 not listed" {
		t.Errorf("%q", got)
	}
}
