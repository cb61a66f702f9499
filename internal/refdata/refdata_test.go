package refdata

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCountries(t *testing.T) {
	n := 0
	for a := byte('A'); a <= 'Z'; a++ {
		for b := byte('A'); b <= 'Z'; b++ {
			alpha2 := string([]byte{a, b})
			alpha3, ok := CountryAlpha3(alpha2)
			if ok != Country(alpha2) || ok != Country([]byte(alpha2)) {
				t.Errorf("%s: string and bytes disagree", alpha2)
			}
			if !ok {
				continue
			}
			n++
			if back, ok := CountryAlpha2(alpha3); !ok || back != alpha2 {
				t.Errorf("%s is %s, which is %q", alpha2, alpha3, back)
			}
		}
	}
	if n != 249 {
		t.Errorf("%d countries; ISO 3166-1 has 249 since 2011", n)
	}
	for code, want := range map[string]bool{
		"NL": true, "AX": true, "SS": true, "AN": false, "XK": false, "XX": false, "ZZ": false,
		"nl": false, "N": false, "NLD": false, "": false, "N1": false, "\x00\x00": false,
	} {
		if Country(code) != want {
			t.Errorf("Country(%q) is %t", code, !want)
		}
	}
	for alpha2, want := range map[string]string{"DE": "DEU", "CH": "CHE", "ZA": "ZAF", "CN": "CHN", "KR": "KOR", "KP": "PRK"} {
		if got, _ := CountryAlpha3(alpha2); got != want {
			t.Errorf("%s is %s, want %s", alpha2, got, want)
		}
	}
	if code, ok := CountryAlpha2("DE"); ok {
		t.Errorf("DE is taken for an alpha-3 code: %s", code)
	}
}

func TestCurrencies(t *testing.T) {
	for code, want := range map[string]struct{ inForce, withdrawn bool }{
		"EUR": {true, false}, "USD": {true, false}, "XCG": {true, false}, "ZWG": {true, false}, "XAU": {true, false},
		"HRK": {false, true}, "ANG": {false, true}, "ZWL": {false, true}, "BGN": {false, true},
		"DEM": {false, false}, "eur": {false, false}, "EU": {false, false}, "": {false, false}, "EUROS": {false, false},
		"withdraw": {false, false}, "WITHDRAWN": {false, false},
	} {
		if Currency(code) != want.inForce || CurrencyWithdrawn([]byte(code)) != want.withdrawn {
			t.Errorf("%q: in force %t, withdrawn %t", code, Currency(code), CurrencyWithdrawn(code))
		}
	}
	if len(currencies) < 175 {
		t.Errorf("only %d currencies", len(currencies))
	}
}

func TestPackageTypes(t *testing.T) {
	for code, want := range map[string]string{
		"CT": "carton", "PX": "pallet", "BX": "box", "1A": "drum, steel", "ZZ": "mutually defined", "43": "bag, super bulk",
		"VR": "bulk, solid, granular", "ct": "", "CTN": "", "": "", "QE": "", "alias": "",
	} {
		name, ok := PackageName(code)
		if name != want || ok != (want != "") || PackageType([]byte(code)) != ok {
			t.Errorf("%q: %q %t, want %q", code, name, ok, want)
		}
	}
	for text, want := range map[string]string{
		"CTN": "CT", "CTNS": "CT", "PCE": "PP", "PCS": "PP", "PKGS": "PK", "PLT": "PX", "XCT": "CT", "X1A": "1A",
		"CT": "", "XQE": "", "X": "", "FOO": "", "": "", "PC": "",
	} {
		code, ok := PackageAlias(text)
		if code != want || ok != (want != "") {
			t.Errorf("alias %q: %q %t, want %q", text, code, ok, want)
		}
	}
	for alias := range packageAliases {
		if _, ok := packageNames[alias]; ok {
			t.Errorf("alias %x is a code of the list", alias)
		}
	}
	if len(packageNames) != 406 {
		t.Errorf("%d package types, the pack has 406", len(packageNames))
	}
}

func TestPacks(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Packs() {
		if p.Edition == "" || p.Source == "" || strings.HasPrefix(p.Edition, "edition") {
			t.Errorf("%s: edition %q, source %q", p.Name, p.Edition, p.Source)
		}
		file, err := os.ReadFile(filepath.Join("data", p.Name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(file)
		if want := hex.EncodeToString(sum[:]); p.Digest != want {
			t.Errorf("%s: digest %s, the file has %s", p.Name, p.Digest, want)
		}
		seen[p.Name] = true
	}
	if len(seen) != 5 {
		t.Errorf("packs: %v", seen)
	}
	if v := Version(); !strings.HasPrefix(v, "refdata-") || len(v) != len("refdata-")+12 || v != Version() {
		t.Errorf("version %q", v)
	}
}

// TestLookupsAllocateNothing holds for string and bytes, found and not found.
func TestLookupsAllocateNothing(t *testing.T) {
	codes := []string{"NL", "NLD", "EUR", "KGM", "TON", "CT", "CTN", "XCT", "NLRTM", "NLZZZ", "CSQU3054383", "9074729", "1263",
		"a code that is far too long", ""}
	sink := 0
	count := func(ok bool) {
		if ok {
			sink++
		}
	}
	for _, code := range codes {
		raw := []byte(code)
		if n := testing.AllocsPerRun(50, func() {
			lookups(code, count)
			lookups(raw, count)
		}); n != 0 {
			t.Errorf("%q: %v allocations", code, n)
		}
	}
	if sink == 0 {
		t.Error("nothing was found")
	}
}

func lookups[T Text](code T, count func(bool)) {
	count(Country(code))
	_, ok := CountryAlpha2(code)
	count(ok)
	count(Currency(code))
	count(CurrencyWithdrawn(code))
	_, ok = LookupUnit(code)
	count(ok)
	_, _, ok = ResolveUnit(code, Mass)
	count(ok)
	count(PackageType(code))
	_, ok = PackageAlias(code)
	count(ok)
	count(Locode(code) == Known)
	count(ContainerValid(code))
	_, ok = ContainerCheckDigit(code)
	count(ok)
	_, ok = SplitContainer(code)
	count(ok)
	count(IMOValid(code))
	count(UNNumberForm(code))
}
