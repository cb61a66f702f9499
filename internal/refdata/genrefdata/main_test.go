package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cargogate/internal/refdata"
)

// release has the shape of a UNECE release: rows of countries, a place, a second name for a place, one that is to be
// removed, one that was, a place in international waters.
const release = `,"NL",,".NETHERLANDS",,,,,,,,
,"NL","RTM","Rotterdam","Rotterdam","ZH","AF","1234----","9501",,"5155N 00430E",
"=","NL",,"Hoek = Rotterdam","Hoek = Rotterdam",,,,,,,
,"NL","OLD","Oude Haven","Oude Haven",,"XX","1-------","9501",,,
"X","NL","GON","Gone","Gone",,"AF","1-------","9501",,,
"+","NL","2AB","Nieuw ""Dok""","Nieuw",,"RL","--3-----","2401",,,
,"DE","HAM","Hamburg","Hamburg",,"AF","1234----","9501",,,
,"XZ","PLT","Platform","Platform",,"RQ","1-------","0901",,,
`

func write(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRelease(t *testing.T) {
	part1 := write(t, "part1.csv", "\ufeff"+release)
	part2 := write(t, "part2.csv", "Change,Country,Location,Name,Plain,Sub,Status,Function,Date,IATA,Coordinates,Remarks\n"+
		",CN,SHA,Shanghai,Shanghai,,AI,1-------,9501,,,\n")
	var out bytes.Buffer
	if err := run([]string{"-edition", "2099-1", "-source", "a test", part1, part2}, &out); err != nil {
		t.Fatal(err)
	}
	want := "edition 2099-1\nsource a test\ncoverage complete\nCN SHA\nDE HAM\nNL 2ABRTM\nXZ PLT\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	l, err := refdata.ParseLocodes(out.String())
	if err != nil {
		t.Fatal(err)
	}
	for code, status := range map[string]refdata.PlaceStatus{
		"NLRTM": refdata.Known, "NL2AB": refdata.Known, "XZPLT": refdata.Known, "NLOLD": refdata.UnknownPlace,
		"NLGON": refdata.UnknownPlace,
	} {
		if got := refdata.LookupLocode(l, code); got != status {
			t.Errorf("%s is %s, want %s", code, got, status)
		}
	}
}

func TestPorts(t *testing.T) {
	ports := write(t, "ports.json", `{"NLRTM":{"name":"Rotterdam","unlocs":["NLRTM","NLEUR"]},"ANCUR":{"unlocs":["ANCUR"]}}`)
	countries := write(t, "countries.txt", "edition 1\nsource a test\nDEDEU NLNLD\n")
	file := filepath.Join(t.TempDir(), "out.txt")
	args := []string{"-ports", ports, "-countries", countries, "-edition", "1", "-source", "a test", "-out", file}
	if err := run(args, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "edition 1\nsource a test\ncoverage partial\nNL EURRTM\n"; err != nil || string(got) != want {
		t.Errorf("got\n%s (%v)\nwant\n%s", got, err, want)
	}
}

// TestCommittedPack writes the committed pack again from what is in it: it must be in the form of this generator.
func TestCommittedPack(t *testing.T) {
	file := filepath.Join("..", "data", "locodes.txt")
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l := list{}
	for i, row := range strings.Split(strings.TrimSpace(string(committed)), "\n") {
		if i < 3 {
			continue
		}
		country, places, _ := strings.Cut(row, " ")
		for ; places != ""; places = places[3:] {
			if !l.add(country, places[:3]) {
				t.Errorf("%s%s is no UN/LOCODE", country, places[:3])
			}
		}
	}
	pack := refdata.BuiltinLocodes()
	var out bytes.Buffer
	l.write(&out, pack.Pack().Edition, pack.Pack().Source, pack.Complete())
	if !bytes.Equal(out.Bytes(), committed) {
		t.Errorf("%s is not what the generator writes", file)
	}
}

func TestRefuses(t *testing.T) {
	good := write(t, "good.csv", release)
	short := write(t, "short.csv", release+",\"NL\",\"ABC\"\n")
	wrong := write(t, "wrong.csv", release+",nl,abc,x,x,,AF,1,9501,,,\n")
	empty := write(t, "empty.csv", "")
	ports := write(t, "ports.json", `{"ROTTERDAM":{}}`)
	broken := write(t, "broken.json", `{`)
	named := []string{"-edition", "1", "-source", "a test"}
	out := filepath.Join(t.TempDir(), "out.txt")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{good}, "-edition and -source"},
		{named, "either -ports"},
		{append(named, "-ports", ports, good), "either -ports"},
		{append(named, short), "3 columns"},
		{append(named, wrong), `"nl" "abc" is no UN/LOCODE`},
		{append(named, empty), "no places"},
		{append(named, good+".missing"), "good.csv.missing"},
		{append(named, "-ports", ports), `"ROTTERDAM" is no UN/LOCODE`},
		{append(named, "-ports", broken), "broken.json"},
		{append(named, "-countries", good+".missing", good), "good.csv.missing"},
		{append(named, "-unknown"), "-unknown"},
	} {
		err := run(append([]string{"-out", out}, tt.args...), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.args, err, tt.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatalf("%q: wrote in spite of the fault", tt.args)
		}
	}
}
