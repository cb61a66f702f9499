package cargo

import (
	"math/big"
	"strings"
	"testing"
)

func TestParseDecimal(t *testing.T) {
	for _, tt := range []struct {
		in    string
		mark  byte
		want  string
		fault NumberFault
	}{
		{"0", '.', "0", 0},
		{"-0", '.', "0", 0},
		{"12", '.', "12", 0},
		{"0012", '.', "12", 0},
		{"100", '.', "100", 0},
		{"81230.5", '.', "81230.5", 0},
		{"81230,50", ',', "81230.5", 0},
		{"1250.500", 0, "1250.5", 0},
		{"1250,500", 0, "1250.5", 0},
		{"-18.0", '.', "-18", 0},
		{"0.001", '.', "0.001", 0},
		{"00000000000000000000001", '.', "1", 0},
		{"1.00000000000000000000000", '.', "1", 0},
		{"999999999999999999", '.', "999999999999999999", 0},
		{"0.000000000000000001", '.', "0.000000000000000001", 0},
		{"12,5", '.', "12.5", NumberOtherMark},
		{".5", '.', "0.5", NumberNoInteger},
		{".000", '.', "0", NumberNoInteger},
		{"5.", '.', "5", NumberNoFraction},
		{",5", '.', "0.5", NumberOtherMark | NumberNoInteger},
		{"-.5", '.', "-0.5", NumberNoInteger},
		{"", '.', "0", NumberEmpty},
		{"-", '.', "0", NumberNotNumeric},
		{".", '.', "0", NumberNotNumeric},
		{"-.", '.', "0", NumberNotNumeric},
		{"1,234.5", 0, "0", NumberNotNumeric},
		{"1 234", '.', "0", NumberNotNumeric},
		{"+5", '.', "0", NumberNotNumeric},
		{"5-", '.', "0", NumberNotNumeric},
		{"1E3", '.', "0", NumberNotNumeric},
		{"1000000000000000000", '.', "0", NumberTooLong},
		{"1.000000000000000001", '.', "0", NumberTooLong},
		{"0.0000000000000000001", '.', "0", NumberTooLong},
		{"12345678901234567.89", '.', "0", NumberTooLong},
	} {
		for name, parse := range map[string]func() (Decimal, NumberFault){
			"string": func() (Decimal, NumberFault) { return ParseDecimal(tt.in, tt.mark) },
			"bytes":  func() (Decimal, NumberFault) { return ParseDecimal([]byte(tt.in), tt.mark) },
		} {
			if d, fault := parse(); d.String() != tt.want || fault != tt.fault {
				t.Errorf("%s %q: %s, fault %b; want %s, fault %b", name, tt.in, d, fault, tt.want, tt.fault)
			}
		}
		if _, fault := ParseDecimal(tt.in, tt.mark); fault.Readable() != (tt.fault&NumberUnreadable == 0) {
			t.Errorf("%q: Readable is %t", tt.in, fault.Readable())
		}
	}
}

func TestParseCount(t *testing.T) {
	for _, tt := range []struct {
		in    string
		want  Count
		fault NumberFault
	}{
		{"0", CountOf(0), 0},
		{"012", CountOf(12), 0},
		{"12.000", CountOf(12), 0},
		{"12.5", Count{}, NumberNotNumeric},
		{"-1", Count{}, NumberNotNumeric},
		{"", Count{}, NumberEmpty},
		{"12,", CountOf(12), NumberOtherMark | NumberNoFraction},
	} {
		if c, fault := ParseCount(tt.in, '.'); c != tt.want || fault != tt.fault {
			t.Errorf("%q: %v fault %b, want %v fault %b", tt.in, c, fault, tt.want, tt.fault)
		}
	}
}

func BenchmarkParseDecimal(b *testing.B) {
	in := []byte("23456.789")
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, fault := ParseDecimal(in, '.'); fault != 0 {
			b.Fatal(fault)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-1.50", ",5", "5.", "1,234.5", "000000000000000000000", "999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, fault := ParseDecimal(s, 0)
		if !fault.Readable() {
			if d != (Decimal{}) {
				t.Fatalf("%q: %s with fault %b", s, d, fault)
			}
			return
		}
		text := strings.Replace(s, ",", ".", 1)
		if strings.HasSuffix(text, ".") {
			text += "0"
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok || rat(d).Cmp(want) != 0 {
			t.Fatalf("%q reads as %s", s, d)
		}
		if again := reduce(d.Coefficient(), d.Scale()); again != d {
			t.Fatalf("%q: %v is not in lowest terms", s, d)
		}
	})
}
