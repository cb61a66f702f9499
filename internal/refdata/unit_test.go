package refdata

import (
	"math/big"
	"testing"
)

// TestUnitFactors checks every factor against the definitions of its kin: a wrong digit anywhere breaks one of them.
func TestUnitFactors(t *testing.T) {
	checked := map[string]bool{}
	for _, tt := range []struct {
		many string
		n    string // as a fraction
		one  string
	}{
		// Mass: the international pound and what is made of it.
		{"KGM", "1", ""}, {"LBR", "0.45359237", ""}, {"GRM", "1/1000", "KGM"}, {"MGM", "1/1000", "GRM"}, {"MC", "1/1000", "MGM"},
		{"HGM", "100", "GRM"}, {"DJ", "10", "GRM"}, {"DG", "1/10", "GRM"}, {"CGM", "1/100", "GRM"}, {"TNE", "1000", "KGM"},
		{"2U", "1", "TNE"}, {"KTN", "1000", "TNE"}, {"DTN", "1/10", "TNE"}, {"HKM", "100", "KGM"}, {"E4", "1", "KGM"},
		{"58", "1", "KGM"}, {"ONZ", "1/16", "LBR"}, {"DRI", "1/16", "ONZ"}, {"GRN", "1/7000", "LBR"}, {"APZ", "480", "GRN"},
		{"DWT", "24", "GRN"}, {"STN", "2000", "LBR"}, {"LTN", "2240", "LBR"}, {"CWA", "100", "LBR"}, {"CWI", "112", "LBR"},
		{"STI", "14", "LBR"}, {"QTR", "28", "LBR"}, {"CTM", "1/5", "GRM"},
		// Length: the international inch.
		{"MTR", "1", ""}, {"INH", "0.0254", ""}, {"DMT", "1/10", "MTR"}, {"CMT", "1/100", "MTR"}, {"MMT", "1/1000", "MTR"},
		{"KMT", "1000", "MTR"}, {"FOT", "12", "INH"}, {"YRD", "3", "FOT"}, {"SMI", "5280", "FOT"}, {"NMI", "1852", "MTR"},
		// Volume: cubes, the US gallon of 231 cubic inches, the imperial gallon of 4.54609 litres.
		{"MTQ", "1", ""}, {"DMQ", "1/1000", "MTQ"}, {"CMQ", "1/1000", "DMQ"}, {"MMQ", "1/1000", "CMQ"}, {"DMA", "1000", "MTQ"},
		{"LTR", "1", "DMQ"}, {"HLT", "100", "LTR"}, {"A44", "10", "LTR"}, {"K6", "1000", "LTR"}, {"MAL", "1000", "K6"},
		{"DLT", "1/10", "LTR"}, {"CLT", "1/100", "LTR"}, {"MLT", "1/1000", "LTR"}, {"4G", "1/1000", "MLT"},
		{"INQ", "0.000016387064", ""}, {"FTQ", "1728", "INQ"}, {"YDQ", "27", "FTQ"}, {"BFT", "144", "INQ"},
		{"GLL", "231", "INQ"}, {"QTL", "1/4", "GLL"}, {"PTL", "1/8", "GLL"}, {"OZA", "1/128", "GLL"}, {"BLL", "42", "GLL"},
		{"BUA", "2150.42", "INQ"}, {"GLD", "1/8", "BUA"}, {"QTD", "1/4", "GLD"}, {"PTD", "1/8", "GLD"},
		{"GLI", "4.54609", "LTR"}, {"QTI", "1/4", "GLI"}, {"PTI", "1/8", "GLI"}, {"OZI", "1/160", "GLI"}, {"BUI", "8", "GLI"},
		// Number.
		{"C62", "1", ""}, {"EA", "1", "C62"}, {"H87", "1", "C62"}, {"NAR", "1", "C62"}, {"PR", "2", "C62"}, {"NPR", "2", "C62"},
		{"DZN", "12", "C62"}, {"CEN", "100", "C62"}, {"GRO", "12", "DZN"}, {"MIL", "1000", "C62"}, {"GGR", "12", "GRO"},
	} {
		n, ok := new(big.Rat).SetString(tt.n)
		if !ok {
			t.Fatal(tt.n)
		}
		many, dim := factor(t, tt.many)
		if tt.one != "" {
			one, dim2 := factor(t, tt.one)
			if dim != dim2 {
				t.Errorf("%s is %s, %s is %s", tt.many, dim, tt.one, dim2)
			}
			n.Mul(n, one)
		}
		if many.Cmp(n) != 0 {
			t.Errorf("%s is %s, want %s", tt.many, many.FloatString(25), n.FloatString(25))
		}
		checked[tt.many] = true
	}
	inch, _ := factor(t, "INH")
	cube := new(big.Rat).Mul(inch, new(big.Rat).Mul(inch, inch))
	if cubic, _ := factor(t, "INQ"); cubic.Cmp(cube) != 0 {
		t.Errorf("a cubic inch is %s, want %s", cubic.FloatString(20), cube.FloatString(20))
	}
	for _, u := range units {
		if u.HasFactor && !checked[u.Code] {
			t.Errorf("the factor of %s is not checked", u.Code)
		}
		if u.Name == "" {
			t.Errorf("%s has no name", u.Code)
		}
	}
}

func factor(t *testing.T, code string) (*big.Rat, Dimension) {
	u, ok := LookupUnit(code)
	if !ok || !u.HasFactor || u.Code != code {
		t.Fatalf("%s: %+v %t", code, u, ok)
	}
	den := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(u.Scale)), nil)
	return new(big.Rat).SetFrac(big.NewInt(u.Coefficient), den), u.Dimension
}

func TestResolveUnit(t *testing.T) {
	for _, tt := range []struct {
		code  string
		dim   Dimension
		want  string
		alias bool
	}{
		{"KGM", Mass, "KGM", false},
		{"KGM", AnyDimension, "KGM", false},
		{"KGM", Volume, "", false},
		{"K", Mass, "KGM", true},
		{"KGS", Mass, "KGM", true},
		{"TON", Mass, "TNE", true},
		{"TO", Mass, "TNE", true},
		{"T", Mass, "TNE", true},
		{"LB", Mass, "LBR", true},
		{"LBS", Mass, "LBR", true},
		{"L", Mass, "LBR", true},
		{"L", Volume, "LTR", true},
		{"L", AnyDimension, "", false},
		{"CBM", Volume, "MTQ", true},
		{"M3", Volume, "MTQ", true},
		{"MC", Volume, "MTQ", true},
		{"MC", Mass, "MC", false},
		{"K", Temperature, "KEL", true},
		{"CEL", Temperature, "CEL", false},
		{"C", Temperature, "CEL", true},
		{"kgm", Mass, "", false},
		{"", Mass, "", false},
		{"XYZ", Mass, "", false},
		{"KILOGRAMMES", Mass, "", false},
	} {
		u, alias, ok := ResolveUnit(tt.code, tt.dim)
		if u.Code != tt.want || alias != tt.alias || ok != (tt.want != "") {
			t.Errorf("%q as %s: %q alias %t ok %t, want %q alias %t", tt.code, tt.dim, u.Code, alias, ok, tt.want, tt.alias)
		}
	}
	for k, u := range unitAliases {
		if other := units[k.text]; other != nil && other.Dimension == k.dim {
			t.Errorf("an alias of %s is the code %s", u.Code, other.Code)
		}
	}
	if u, ok := LookupUnit("CEL"); !ok || u.HasFactor {
		t.Errorf("%+v: a scale with its own zero has no factor", u)
	}
}

func BenchmarkResolveUnit(b *testing.B) {
	code := []byte("KGM")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := ResolveUnit(code, Mass); !ok {
			b.Fatal("KGM")
		}
	}
}
