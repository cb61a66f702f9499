package refdata

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const smallPack = "edition 2099-1\nsource a test\ncoverage complete\nDE BRVHAM\nNL RTMVLI\nXZ AAA\n"

func TestLocode(t *testing.T) {
	complete, err := ParseLocodes(smallPack)
	if err != nil {
		t.Fatal(err)
	}
	if complete.Len() != 5 || !complete.Complete() || complete.Pack().Edition != "2099-1" || complete.Pack().Source != "a test" {
		t.Errorf("%d %t %+v", complete.Len(), complete.Complete(), complete.Pack())
	}
	for code, want := range map[string][2]PlaceStatus{ // complete, built in
		"NLRTM":  {Known, Known},
		"NLVLI":  {Known, Known},
		"DEHAM":  {Known, Known},
		"DEBRV":  {Known, Known},
		"XZAAA":  {Known, Unchecked},
		"NLAAA":  {UnknownPlace, Unchecked},
		"NLZZZ":  {UnknownPlace, Unchecked},
		"FRLEH":  {UnknownPlace, Known},
		"XXAAA":  {UnknownCountry, UnknownCountry},
		"ANCUR":  {UnknownCountry, UnknownCountry},
		"NLRT":   {Malformed, Malformed},
		"NLRTMX": {Malformed, Malformed},
		"NLRT1":  {Malformed, Malformed},
		"nlrtm":  {Malformed, Malformed},
		"NL RTM": {Malformed, Malformed},
		"":       {Malformed, Malformed},
	} {
		if got := LookupLocode(complete, code); got != want[0] {
			t.Errorf("%q is %s in the complete list, want %s", code, got, want[0])
		}
		if got := Locode([]byte(code)); got != want[1] {
			t.Errorf("%q is %s in the built-in list, want %s", code, got, want[1])
		}
	}
	if b := BuiltinLocodes(); b.Complete() || b.Len() != 1627 {
		t.Errorf("built in: complete %t, %d places", b.Complete(), b.Len())
	}
}

// TestEveryPlaceIsFound looks up each place of the built-in list, and random codes against a plain set.
func TestEveryPlaceIsFound(t *testing.T) {
	set := map[string]bool{}
	for i, row := range strings.Split(strings.TrimSpace(locodesPack), "\n") {
		if i < 3 {
			continue
		}
		country, places, _ := strings.Cut(row, " ")
		for ; places != ""; places = places[3:] {
			set[country+places[:3]] = true
		}
	}
	if len(set) != BuiltinLocodes().Len() {
		t.Errorf("%d codes in the pack, Len is %d", len(set), BuiltinLocodes().Len())
	}
	for code := range set {
		if Locode(code) != Known {
			t.Errorf("%s is %s", code, Locode(code))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`(NL|DE|CN|US|GB)[A-Z2-9]{3}`).Draw(t, "code")
		if got := Locode(code); (got == Known) != set[code] || got != Known && got != Unchecked {
			t.Fatalf("%s is %s", code, got)
		}
	})
}

func TestParseLocodesRefuses(t *testing.T) {
	if _, err := ParseLocodes(strings.ReplaceAll(smallPack, "\n", "\r\n")); err != nil {
		t.Errorf("line ends of DOS: %v", err)
	}
	for _, tt := range []struct{ from, to string }{
		{"edition 2099-1\n", ""},
		{"edition 2099-1", "edition "},
		{"source a test", "origin a test"},
		{"coverage complete", "coverage some"},
		{"DE BRVHAM", "DE HAMBRV"},
		{"DE BRVHAM", "DE HAMHAM"},
		{"DE BRVHAM", "DE BRVHA"},
		{"DE BRVHAM", "DE BRVHA1"},
		{"DE BRVHAM", "DE"},
		{"DE BRVHAM", "D BRVHAM"},
		{"DE BRVHAM", "de BRVHAM"},
		{"NL RTMVLI", "DE RTMVLI"},
	} {
		text := strings.Replace(smallPack, tt.from, tt.to, 1)
		if _, err := ParseLocodes(text); !errors.Is(err, ErrLocodePack) {
			t.Errorf("%q for %q: %v", tt.to, tt.from, err)
		}
	}
	if _, err := ParseLocodes(""); !errors.Is(err, ErrLocodePack) {
		t.Errorf("nothing: %v", err)
	}
}

func BenchmarkLocode(b *testing.B) {
	code := []byte("NLRTM")
	b.ReportAllocs()
	for b.Loop() {
		if Locode(code) != Known {
			b.Fatal("NLRTM")
		}
	}
}
