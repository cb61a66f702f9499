package cusres_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/cusres"
	"cargogate/internal/intake"
)

var update = flag.Bool("update", false, "write the goldens")

func interchange(version int) *edifact.Interchange {
	return &edifact.Interchange{HasHeader: true, SyntaxID: "UNOC", SyntaxVersion: version, ControlReference: "HL1",
		Sender: edifact.Address{ID: "HLCU", Qualifier: "ZZZ"}, Recipient: edifact.Address{ID: "CUSTOMSGATE", Qualifier: "ZZZ"}}
}

func decision(release string, version int) cusres.Response {
	return cusres.Response{Interchange: interchange(version), ControlReference: "K0000000100002", Stamp: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC),
		Release: release, Filing: "HLCU26W47NLRTM", Document: "HLCUBOM261100417", DocumentKind: "master_bill", Registration: "26L0000000001-0001-00002-1",
		Status: cusres.Inspect, Reason: "documents", ReasonText: "documents do not agree", Equipment: []string{"HLXU8204173", "HLBU1352063"}}
}

// checked reads an answer as the gateway would, and gives what it finds.
func checked(t *testing.T, b []byte) []diag.Finding {
	t.Helper()
	var found []diag.Finding
	res, err := intake.Read(intake.Original{Name: "answer", ReaderAt: bytes.NewReader(b), Size: int64(len(b))}, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Findings {
		if f.Severity == diag.Error {
			found = append(found, f)
		}
	}
	return found
}

var releases = []string{"95B", "96A", "96B", "97B", "98B", "99A", "99B", "00B", "01B", "02B", "03A", "03B", "08A", "11B", "16A", "18A"}

// Answers of all releases, syntax versions and statuses follow the directories.
func TestFollowsTheDirectories(t *testing.T) {
	t.Parallel()
	for _, release := range releases {
		for version := 1; version <= 4; version++ {
			for _, status := range []cusres.Status{cusres.Released, cusres.Held, cusres.Inspect, cusres.DoNotLoad, cusres.Rejected} {
				r := decision(release, version)
				r.Status = status
				b, err := cusres.Append(nil, r)
				if err != nil {
					t.Fatalf("D.%s syntax %d %s: %v", release, version, status, err)
				}
				if found := checked(t, b); len(found) > 0 {
					t.Errorf("D.%s syntax %d %s: %v\n%s", release, version, status, found, b)
				}
				for _, want := range []string{"HLCUBOM261100417", "26L0000000001-0001-00002-1", "HLXU8204173", "HLBU1352063", "HLCU26W47NLRTM"} {
					if !bytes.Contains(b, []byte(want)) {
						t.Errorf("D.%s: %s is not in %s", release, want, b)
					}
				}
			}
		}
	}
}

// The check notices what does not follow them.
func TestCheckNotices(t *testing.T) {
	t.Parallel()
	b, err := cusres.Append(nil, decision("95B", 3))
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range [][2]string{{"GIS+5'", "GIS+599'"}, {"GIS+5'", "GEI+5+5'"}, {"RFF+MB:", "RFF+QQQ:"}, {"UNT+11+", "UNT+12+"}, {"EQD+CN", "EQD+C!"}} {
		if len(checked(t, bytes.Replace(b, []byte(edit[0]), []byte(edit[1]), 1))) == 0 {
			t.Errorf("%s instead of %s is not noticed", edit[1], edit[0])
		}
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"95B", "99B", "16A"} {
		b, err := cusres.Append(nil, decision(release, 3))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join("testdata", "inspect-d"+strings.ToLower(release)+".edi")
		if *update {
			if err := os.WriteFile(name, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(b, want) {
			t.Errorf("D.%s: %v\n%s\nwant\n%s", release, err, b, want)
		}
	}
}

// What cannot be said is an error, and nothing is written.
func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(*cusres.Response)
		want error
	}{
		{"no interchange", func(r *cusres.Response) { r.Interchange = nil }, cusres.ErrNoAddress},
		{"no sender", func(r *cusres.Response) { r.Interchange.Sender.ID = "" }, cusres.ErrNoAddress},
		{"no header", func(r *cusres.Response) { r.Interchange.HasHeader = false }, cusres.ErrNoAddress},
		{"odd release", func(r *cusres.Response) { r.Release = "9B" }, cusres.ErrRelease},
		{"no release", func(r *cusres.Response) { r.Release = "" }, cusres.ErrRelease},
		{"old release", func(r *cusres.Response) { r.Release = "93A" }, cusres.ErrRelease},
		{"long bill", func(r *cusres.Response) { r.Document = strings.Repeat("B", 36) }, cusres.ErrLong},
		{"no bill", func(r *cusres.Response) { r.Document = "" }, nil},
		{"no status", func(r *cusres.Response) { r.Status = "" }, nil},
		{"odd reference", func(r *cusres.Response) { r.ControlReference = "küste" }, nil},
		{"long reference", func(r *cusres.Response) { r.ControlReference = "123456789012345" }, nil},
	} {
		r := decision("95B", 3)
		tt.edit(&r)
		b, err := cusres.Append([]byte("kept"), r)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) || string(b) != "kept" {
			t.Errorf("%s: %v, %q", tt.name, err, b)
		}
	}
	r := decision("16A", 3)
	r.Document = strings.Repeat("B", 70)
	if _, err := cusres.Append(nil, r); err != nil {
		t.Errorf("70 characters in D.16A: %v", err)
	}
}

// Much equipment, long reasons and letters beyond ASCII are written within the bounds of the message.
func TestBounds(t *testing.T) {
	t.Parallel()
	r := decision("95B", 3)
	r.ReasonText = strings.Repeat("grün ", 200) + strings.Repeat("x", 200)
	r.Equipment = nil
	for range 150 {
		r.Equipment = append(r.Equipment, "HLXU8204173")
	}
	b, err := cusres.Append(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	if found := checked(t, b); len(found) > 0 {
		t.Errorf("%v\n%s", found, b)
	}
	if n := bytes.Count(b, []byte("EQD+")); n != 99 {
		t.Errorf("%d EQD", n)
	}
}

// Whatever the texts are, what is written is read again and says the same.
func FuzzAppend(f *testing.F) {
	for _, release := range releases {
		f.Add(release, "HLCUBOM261100417", "26L-1", "reason", "text of it", "HLXU8204173", "HLCU")
	}
	f.Add("16A", "A'B+C:D?E", "Ü", "?", "'+:?", "X", "Ж")
	f.Fuzz(func(t *testing.T, release, bill, registration, reason, text, equipment, sender string) {
		for _, s := range []string{bill, registration, reason, text, equipment, sender} {
			if !utf8.ValidString(s) {
				return
			}
		}
		r := decision("95B", 3)
		r.Release, r.Document, r.Registration, r.Reason, r.ReasonText, r.Equipment, r.Interchange.Sender.ID = release, bill, registration, reason, text, []string{equipment}, sender
		b, err := cusres.Append(nil, r)
		if err != nil {
			return
		}
		dec := edifact.NewDecoder(bytes.NewReader(b))
		tags := ""
		for {
			s, err := dec.ReadSegment()
			if err != nil {
				break
			}
			tags += string(s.Tag()) + " "
		}
		if !strings.Contains(tags, "UNH BGM DTM ") || !strings.Contains(tags, "RFF ") || !strings.HasSuffix(tags, "UNT UNZ ") {
			t.Errorf("tags %s of %q", tags, b)
		}
	})
}
