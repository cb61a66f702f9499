package refdata

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestContainer(t *testing.T) {
	for _, tt := range []struct {
		id          string
		form, valid bool
	}{
		{"CSQU3054383", true, true}, // the example that is in every description of the standard
		{"CSQU3054384", true, false},
		{"CSQJ3054383", true, false},
		{"csqu3054383", false, false},
		{"CSQR3054383", false, false},
		{"CSQU305438", false, false},
		{"CSQU30543833", false, false},
		{"CSQU305438X", false, false},
		{"CS1U3054383", false, false},
		{"CSQU3O54383", false, false},
		{"", false, false},
	} {
		if ContainerForm(tt.id) != tt.form || ContainerValid([]byte(tt.id)) != tt.valid {
			t.Errorf("%q: form %t, valid %t", tt.id, ContainerForm(tt.id), ContainerValid(tt.id))
		}
	}
	p, ok := SplitContainer("CSQU3054384")
	if !ok || string(p.Owner[:]) != "CSQ" || p.Category != 'U' || string(p.Serial[:]) != "305438" || p.Check != '4' {
		t.Errorf("%+v %t", p, ok)
	}
	if _, ok := SplitContainer("CSQU305438"); ok {
		t.Error("ten characters are split")
	}
	if _, ok := ContainerCheckDigit("CSQU30543"); ok {
		t.Error("nine characters have a check digit")
	}
}

// containers draws the first ten characters of container numbers.
var containers = rapid.StringMatching(`[A-Z]{3}[UJZ][0-9]{6}`)

// slowCheckDigit is the standard's arithmetic done another way: the value of a character is its place in a row that has
// holes at the multiples of 11.
func slowCheckDigit(id string) (digit, remainder int) {
	const row = "0123456789A?BCDEFGHIJK?LMNOPQRSTU?VWXYZ"
	sum, weight := 0, 1
	for _, c := range id {
		sum += strings.IndexRune(row, c) * weight
		weight *= 2
	}
	return sum % 11 % 10, sum % 11
}

func TestContainerCheckDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := containers.Draw(t, "id")
		want, remainder := slowCheckDigit(id)
		got, ok := ContainerCheckDigit(id + "rest")
		if !ok || int(got-'0') != want {
			t.Fatalf("%s: %c, want %d", id, got, want)
		}
		full := fmt.Sprintf("%s%d", id, want)
		if !ContainerValid(full) {
			t.Fatalf("%s is not valid", full)
		}
		// A wrong digit in the serial changes the remainder; only 10 and 0 are written alike.
		at := rapid.IntRange(4, 9).Draw(t, "at")
		other := byte('0' + rapid.IntRange(0, 9).Draw(t, "other"))
		changed := full[:at] + string(other) + full[at+1:]
		if _, r := slowCheckDigit(changed[:10]); changed != full && r+remainder != 10 && ContainerValid(changed) {
			t.Fatalf("%s and %s are both valid", full, changed)
		}
	})
}

func TestIMO(t *testing.T) {
	for id, want := range map[string]bool{
		"9074729": true, "9176187": true, "9074728": false, "0000000": true, "907472": false, "90747299": false,
		"907472A": false, "A074729": false, "": false, "IMO9074": false,
	} {
		if IMOValid(id) != want || IMOValid([]byte(id)) != want {
			t.Errorf("%q: %t", id, !want)
		}
	}
	if !IMOForm("9074728") || IMOForm("907472") {
		t.Error("IMOForm")
	}
	rapid.Check(t, func(t *rapid.T) {
		stem := rapid.StringMatching(`[0-9]{6}`).Draw(t, "stem")
		valid := 0
		for d := '0'; d <= '9'; d++ {
			if IMOValid(stem + string(d)) {
				valid++
			}
		}
		if valid != 1 {
			t.Fatalf("%s: %d check digits are valid", stem, valid)
		}
	})
}

func TestAirWaybillCheckDigit(t *testing.T) {
	for serial, want := range map[string]byte{"1234567": '5', "0000000": '0', "9999999": '2', "12345675": '5'} {
		if got, ok := AirWaybillCheckDigit(serial); !ok || got != want {
			t.Errorf("%s: %c %t, want %c", serial, got, ok, want)
		}
	}
	for _, serial := range []string{"123456", "12345A7", ""} {
		if _, ok := AirWaybillCheckDigit(serial); ok {
			t.Errorf("%q has a check digit", serial)
		}
	}
}

func TestUNNumberForm(t *testing.T) {
	for code, want := range map[string]bool{"1263": true, "0004": true, "126": false, "12634": false, "UN12": false, "": false} {
		if UNNumberForm(code) != want {
			t.Errorf("%q: %t", code, !want)
		}
	}
}
