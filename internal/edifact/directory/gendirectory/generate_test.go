package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// invented returns two invented releases in the form that UNECE publishes, one in
// the layout to D.99A and one in the later layout.
func invented(t *testing.T) fstest.MapFS {
	t.Helper()
	archive, err := os.ReadFile("testdata/release.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range strings.Split("\n"+string(archive), "\n-- ")[1:] {
		name, text, ok := strings.Cut(f, " --\n")
		if !ok {
			t.Fatalf("file head %q", f)
		}
		fsys[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, "\n", "\r\n"))}
	}
	return fsys
}

func TestGenerate(t *testing.T) {
	want := map[string]string{
		"releases.txt": "98A\n16A\n",
		"messages.txt": "TSTMSG 98A-98A\n 0010 UNH M1\n 0020 SG1 C9\n  0030 AAA M1\n  0040 BBB C99\n  0050 SG2 M5\n   0060 BBB M1\n 0070 UNT M1\n" +
			"TSTMSG 16A-16A\n 00010 UNH M1\n 00020 AAA C9\n 00030 UNT M1\n",
		"segments.txt": "AAA 98A-98A 7001M C701C\tFirst thing\nAAA 16A-16A 7001M C701C3\tFirst thing\n" +
			"BBB 98A-98A 7003M\tSecond thing\n",
		"composites.txt": "C701 98A-98A 7002M 7002C\tNAME OF THING\nC701 16A-16A 7002M\tNAME OF THING\n",
		"elements.txt": "7001 98A-98A an..3\tKind of thing, coded\n7001 16A-16A an..3\tKind of thing code that has a name too long for its column\n" +
			"7002 98A-98A an..35\tName of a thing\n7002 16A-16A an..70\tName of a thing\n7003 98A-98A n..4\tNumber of things\n",
		"codes.txt": "7001 98A-98A 100 ZZZ\n7001 98A-16A 1 ABC\n",
		"names.txt": "7001 1 98A-98A\tRound thing\n7001 1 16A-16A\tRound object\n7001 100\tLong name of a thing that goes on in a second line\n" +
			"7001 ABC\tFlat thing\n7001 ZZZ\tMutually defined\n",
	}
	files, counts, err := generate(invented(t), []string{"TSTMSG"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range files {
		got[f.name] = string(f.data)
	}
	if lines := strings.Count(got[manifestName], "\n"); lines != 1+10+7 {
		t.Errorf("the manifest has %d lines:\n%s", lines, got[manifestName])
	}
	delete(got, manifestName)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("data files (-want +got):\n%s", diff)
	}
	if !strings.Contains(counts, "D.98A          1        2          1        3     1      4") {
		t.Errorf("counts:\n%s", counts)
	}
	again, _, err := generate(invented(t), []string{"TSTMSG"})
	if err != nil || !cmp.Equal(files, again, cmp.AllowUnexported(file{})) {
		t.Errorf("a second run differs, error %v", err)
	}
}

// TestFaults breaks one line of the invented releases at a time: each fault must
// stop the generator and name the place.
func TestFaults(t *testing.T) {
	tests := []struct {
		name, file, old, new string
		want                 string // part of the error
	}{
		{"unknown row", "D98A/EDSD.98A", "020   C701", "020 ? C701", "not understood"},
		{"position skipped", "D98A/EDSD.98A", "020   C701", "030   C701", "position out of order"},
		{"no status", "D98A/EDSD.98A", "CODED                           M", "CODED                            ", "no status"},
		{"composite with representation", "D98A/EDSD.98A", "THING                                  C  ", "THING                                  C  an..3", "composite with"},
		{"representation differs", "D98A/EDSD.98A", "M  n..4", "M  n..5", "n..5, element directory n..4"},
		{"name differs", "D98A/EDSD.98A", "NUMBER OF THINGS ", "NUMBER OF THING  ", `name "NUMBER OF THING"`},
		{"segment twice", "D98A/EDSD.98A", "BBB    SECOND", "AAA    SECOND", "segment AAA twice"},
		{"segment missing", "D98A/EDSD.98A", "BBB    SECOND", "CCC    SECOND", "no segment BBB"},
		{"component lost", "D98A/EDSD.98A", "      7002   Name of a thing                               C  an..35\r\n", "", "composite directory"},
		{"composite missing", "D98A/EDSD.98A", "C701  NAME OF THING", "C702  NAME OF THING", "not in the composite directory"},
		{"bad composite row", "D98A/EDCD.98A", "020   7002 ", "02    7002 ", "not understood"},
		{"element missing", "D98A/EDED.98A", "*  7003", "*  7004", "7003: not in the element directory"},
		{"bad representation", "D98A/EDED.98A", "Repr: n..4", "Repr: n...4", "representation not understood"},
		{"element twice", "D98A/EDED.98A", "*  7003", "*  7002", "element twice"},
		{"unknown code line", "D98A/UNCL.98A", "   ABC    Flat", "  ABC     Flat", "not understood in code list 7001"},
		{"code twice", "D98A/UNCL.98A", "   ABC    Flat", "   ZZZ    Flat", "value twice"},
		{"code too long", "D98A/UNCL.98A", "   ABC    Flat", "   ABCD   Flat", "does not fit an..3"},
		{"code list renamed", "D98A/UNCL.98A", "Kind of thing, coded", "Sort of thing, coded", "code list 7001"},
		{"unknown table row", "D98A/TSTMSG_D.98A", "0040 * BBB", "0040 * Bbb", "not understood in the segment table"},
		{"tree broken", "D98A/TSTMSG_D.98A", "C   99          |", "C   99           ", "tree"},
		{"group tree broken", "D98A/TSTMSG_D.98A", "M   5----------+|", "M   5----------+ ", "tree"},
		{"group closed too early", "D98A/TSTMSG_D.98A", "C   99          |", "C   99----------+", "tree"},
		{"group out of order", "D98A/TSTMSG_D.98A", "----- Segment group 2", "----- Segment group 3", "group 3 out of order"},
		{"group not as described", "D98A/TSTMSG_D.98A", "1:  AAA-BBB-", "1:  AAA-CCC-", "section 4.1"},
		{"conditional trigger", "D98A/TSTMSG_D.98A", "M   1----------++", "C   1----------++", "trigger of group 2"},
		{"position twice", "D98A/TSTMSG_D.98A", "0040 * BBB", "0030 * BBB", "position 0030 out of order"},
		{"no UNT", "D98A/TSTMSG_D.98A", "0070   UNT Message trailer                           M   1", "", "not understood"},
		{"no table", "D98A/TSTMSG_D.98A", "4.3.1  Segment table", "4.3.2  Segment table", "no segment table"},
		{"segment named otherwise", "D98A/TSTMSG_D.98A", "BBB Second thing", "BBB Other thing ", "Other thing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := invented(t)
			text := string(fsys[tt.file].Data)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the text has no %q", tt.old)
			}
			fsys[tt.file].Data = []byte(strings.Replace(text, tt.old, tt.new, 1))
			_, _, err := generate(fsys, []string{"TSTMSG"})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	for _, name := range []string{"D98A/EDSD.98A", "D98A/EDCD.98A", "D98A/EDED.98A", "D98A/UNCL.98A"} {
		fsys := invented(t)
		delete(fsys, name)
		if _, _, err := generate(fsys, []string{"TSTMSG"}); err == nil {
			t.Errorf("without %s: no error", name)
		}
	}
	if _, _, err := generate(invented(t), []string{"TSTMSG", "OTHER"}); err == nil {
		t.Error("a message that no release holds: no error")
	}
}

// TestDecodeLine checks the two character sets of the directories.
func TestDecodeLine(t *testing.T) {
	tests := map[string]string{
		"plain":                     "plain",
		"\xc4\xc4\xc4\xbf\xb3":      "---+|",
		"9\xc4\xc4\xc1\xd9\xb3":     "9--++|",
		"Banco de Espa\xf1a":        "Banco de España",
		"Forwarder\x92s credit":     "Forwarder’s credit",
		"DE, f\xfcr, \xc4mter":      "DE, für, Ämter",
		"margin scheme \x97 of art": "margin scheme — of art",
	}
	for in, want := range tests {
		if got, err := decodeLine([]byte(in)); err != nil || got != want {
			t.Errorf("decodeLine(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestJoin(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"", " Kind  of thing ", "Kind of thing"},
		{"Kind of", "  thing", "Kind of thing"},
		{"Arrival at night-", "time", "Arrival at night-time"},
		{"Kind -", "thing", "Kind - thing"},
		{"Heim-", "Und Garten", "Heim- Und Garten"},
	}
	for _, tt := range tests {
		if got := join(tt.a, tt.b); got != tt.want {
			t.Errorf("join(%q, %q) = %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestSpans(t *testing.T) {
	tests := []struct {
		values string // one letter a release, a blank where the fact is not there
		want   []span
	}{
		{"", nil},
		{"   ", nil},
		{"aaa", []span{{0, 2}}},
		{"aab", []span{{0, 1}, {2, 2}}},
		{"a a", []span{{0, 0}, {2, 2}}},
		{" ab ", []span{{1, 1}, {2, 2}}},
	}
	for _, tt := range tests {
		var values []string
		for _, v := range tt.values {
			values = append(values, strings.TrimSpace(string(v)))
		}
		if diff := cmp.Diff(tt.want, spans(values), cmp.AllowUnexported(span{})); diff != "" {
			t.Errorf("spans(%q): %s", tt.values, diff)
		}
	}
}
