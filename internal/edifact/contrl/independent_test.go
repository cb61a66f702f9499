package contrl

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
	"cargogate/internal/synth"
	"github.com/rogpeppe/go-internal/txtar"
)

// ourselves reads an answer with our own decoder.
func ourselves(t *testing.T, answer string) (out []segment) {
	t.Helper()
	d := edifact.NewDecoder(strings.NewReader(answer))
	var text edifact.Text
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		text.Reset(d.Interchange())
		one := segment{tag: string(s.Tag())}
		for e := 1; e <= s.NumElements(); e++ {
			var components []string
			for c := 1; c <= s.NumComponents(e); c++ {
				components = append(components, text.String(s, s.Component(e, c)))
			}
			one.elements = append(one.elements, components)
		}
		out = append(out, one)
	}
}

// injected gives clean and faulty files of the generator with their subjects and findings.
func injected(t *testing.T, seeds uint64, each func(seed uint64, fault synth.Fault, s *Subject, findings []diag.Finding)) {
	t.Helper()
	for _, release := range []string{synth.ReleaseD95B, synth.ReleaseD16A} {
		var src bytes.Buffer
		if _, err := synth.WriteCUSCAR(&src, synth.CUSCAROptions{Seed: 7, Size: 40_000, MinBills: 2, MaxBills: 5, Balanced: true, Release: release}); err != nil {
			t.Fatal(err)
		}
		inj := synth.NewInjector(src.Bytes())
		for seed := range seeds {
			faulty, fault := inj.Inject(seed)
			subjects, findings := read(t, faulty)
			for _, s := range subjects {
				each(seed, fault, s, findings)
			}
		}
	}
}

// TestAnswersToInjectedFaults: whatever is wrong with a file, its answer has nothing wrong; it refuses something if
// and only if there is an error of syntax.
func TestAnswersToInjectedFaults(t *testing.T) {
	refused := 0
	injected(t, 120, func(seed uint64, fault synth.Fault, s *Subject, findings []diag.Finding) {
		if err := Wanted(s, someOptions); err != nil {
			if err != ErrNoAddress {
				t.Errorf("seed %d, %s: %v", seed, fault.Kind, err)
			}
			return
		}
		answer := writeAnswer(t, s, findings, someOptions)
		want := slices.ContainsFunc(findings, func(f diag.Finding) bool {
			_, ok := f.Code.Contrl(3)
			return ok && isError(&f)
		})
		got := slices.ContainsFunc(ourselves(t, answer), func(s segment) bool {
			return s.tag == "UCI" && s.at(4, 1) == "4" || s.tag == "UCM" && s.at(3, 1) == "4"
		})
		if got != want {
			t.Errorf("seed %d, %s: refused %v, want %v:\n%s", seed, fault.Kind, got, want, answer)
		}
		if got {
			refused++
		}
	})
	if refused < 50 {
		t.Errorf("%d files refused: too few to mean anything", refused)
	}
}

// TestIndependentReaderAgrees: another author's reader, with its own checks of counts, lengths and characters, reads
// every answer, and reads the same in it.
func TestIndependentReaderAgrees(t *testing.T) {
	var answers []given
	add := func(s *Subject, findings []diag.Finding) {
		if Wanted(s, someOptions) == nil {
			answers = append(answers, given{s.Interchange.SyntaxVersion, writeAnswer(t, s, findings, someOptions)})
		}
	}
	addFile := func(b []byte) {
		subjects, findings := read(t, b)
		for _, s := range subjects {
			add(s, findings)
		}
	}
	for _, file := range goldens(t) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		addFile(archive.Files[0].Data)
	}
	examples, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "*", "*.edi"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range examples {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		addFile(b)
	}
	addFile([]byte(strings.ReplaceAll(file("UNOC:3", stamp, goods[1:]...), "LINE", "O?'NEIL ?+ S?:N??")))
	addFile([]byte(strings.ReplaceAll(file("UNOA:4", "20261123:0915+REF7", goods[1:]...), "LINE", "A?*B")))
	injected(t, 60, func(_ uint64, _ synth.Fault, s *Subject, findings []diag.Finding) { add(s, findings) })
	for i, theirs := range independently(t, answers) {
		ours := ourselves(t, answers[i].Text)
		if theirs == nil {
			continue // reported
		}
		if len(ours) != len(theirs) {
			t.Errorf("%d segments, the independent reader has %d:\n%s", len(ours), len(theirs), answers[i].Text)
			continue
		}
		for j := range ours {
			if ours[j].String() != theirs[j].String() {
				t.Errorf("ours   %s\ntheirs %s", ours[j], theirs[j])
			}
		}
	}
}

// TestIndependentReaderFindsWhatIsMeant: the places of faults arrive as they were meant, read by the other reader.
func TestIndependentReaderFindsWhatIsMeant(t *testing.T) {
	at := func(code diag.Code, segment, element, component, repeat int) diag.Finding {
		return diag.Finding{Code: code, Interchange: 1, Message: 1, Pos: diag.Position{Segment: segment, Element: element, Component: component, Repeat: repeat},
			Pointer: "UNH[1]/NAD[1]", Value: "X"}
	}
	findings := []diag.Finding{
		at(diag.ElementTooLong, 12, 3, 2, 0), at(diag.MissingElement, 12, 4, 0, 0), at(diag.TooManySegmentRepeats, 14, 0, 0, 0),
		at(diag.MissingSegment, 17, 0, 0, 0), at(diag.InvalidCharacter, 20, 1, 1, 3),
	}
	want := map[int][]string{
		3: {"12 -", "39 4.2.", "13 5..", "14 35", "16 13", "20 -", "21 2.1."},
		4: {"12 -", "39 4.2.", "13 5..", "14 35", "16 13", "20 -", "21 2.1.3"},
	}
	var answers []given
	for version := range 2 {
		s := someSubject()
		s.Interchange.SyntaxVersion = version + 3
		answers = append(answers, given{version + 3, writeAnswer(t, s, findings, someOptions)})
	}
	for i, segments := range independently(t, answers) {
		var got []string
		for _, s := range segments {
			switch s.tag {
			case "UCS":
				code := s.at(2, 1)
				if code == "" {
					code = "-"
				}
				got = append(got, s.at(1, 1)+" "+code)
			case "UCD":
				got = append(got, s.at(1, 1)+" "+s.at(2, 1)+"."+s.at(2, 2)+"."+s.at(2, 3))
			case "UNT":
				if n, err := strconv.Atoi(s.at(1, 1)); err != nil || n != len(segments)-2 {
					t.Errorf("UNT counts %s of %d segments", s.at(1, 1), len(segments)-2)
				}
			}
		}
		if !slices.Equal(got, want[answers[i].Version]) {
			t.Errorf("version %d:\ngot  %q\nwant %q", answers[i].Version, got, want[answers[i].Version])
		}
	}
}
