package cargo

import (
	"errors"
	"testing"
)

func TestParseIdentities(t *testing.T) {
	container := func(s string) (string, error) { v, err := ParseContainerNumber(s); return string(v), err }
	imo := func(s string) (string, error) { v, err := ParseIMONumber(s); return string(v), err }
	awb := func(s string) (string, error) { v, err := ParseAirWaybill(s); return string(v), err }
	locode := func(s string) (string, error) { v, err := ParseLocode(s); return string(v), err }
	for _, tt := range []struct {
		name  string
		parse func(string) (string, error)
		in    string
		want  string
		err   error
	}{
		{"container", container, "CSQU3054383", "CSQU3054383", nil},
		{"container", container, "csqu 305438-3", "CSQU3054383", nil},
		{"container", container, "CSQU3054384", "", ErrCheckDigit},
		{"container", container, "CSQX3054383", "", ErrForm},
		{"container", container, "CSQU305438", "", ErrForm},
		{"container", container, "", "", ErrForm},
		{"imo", imo, "9074729", "9074729", nil},
		{"imo", imo, "IMO 9074729", "9074729", nil},
		{"imo", imo, "9074728", "", ErrCheckDigit},
		{"imo", imo, "907472", "", ErrForm},
		{"awb", awb, "020-12345675", "020-12345675", nil},
		{"awb", awb, "02012345675", "020-12345675", nil},
		{"awb", awb, "020 1234 5675", "020-12345675", nil},
		{"awb", awb, "020-12345674", "", ErrCheckDigit},
		{"awb", awb, "02A-12345675", "", ErrForm},
		{"awb", awb, "020-1234567", "", ErrForm},
		{"locode", locode, "NLRTM", "NLRTM", nil},
		{"locode", locode, "nl rtm", "NLRTM", nil},
		{"locode", locode, "XXRTM", "", ErrCountry},
		{"locode", locode, "NLRT1", "", ErrForm},
	} {
		if got, err := tt.parse(tt.in); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s %q: %q, %v; want %q, %v", tt.name, tt.in, got, err, tt.want, tt.err)
		}
	}
	if got := ContainerNumber("CSQU3054383").Owner(); got != "CSQ" {
		t.Errorf("owner %q", got)
	}
	if got := AirWaybill("020-12345675").Prefix(); got != "020" {
		t.Errorf("prefix %q", got)
	}
	if got := Locode("NLRTM").Country(); got != "NL" {
		t.Errorf("country %q", got)
	}
	if ContainerNumber("").Owner()+AirWaybill("").Prefix()+Locode("").Country() != "" {
		t.Error("an empty identity has parts")
	}
}

func TestSetIdentities(t *testing.T) {
	for _, tt := range []struct {
		kind  EquipmentKind
		id    string
		valid bool
	}{
		{KindContainer, "CSQU3054383", true},
		{KindContainer, "CSQU3054380", false},
		{"", "CSQU3054380", false},
		{KindTrailer, "B-XY 1234", true},
		{KindTrailer, "", false},
	} {
		e := Equipment{Kind: tt.kind}
		e.SetID(tt.id)
		if e.ID != tt.id || e.Valid != tt.valid {
			t.Errorf("%s %q: %q valid %t", tt.kind, tt.id, e.ID, e.Valid)
		}
	}
	var c Conveyance
	c.SetIMO("9074729")
	if c.IMO != "9074729" || !c.IMOValid {
		t.Errorf("%+v", c)
	}
	c.SetIMO("9074720")
	if c.IMO != "9074720" || c.IMOValid {
		t.Errorf("%+v", c)
	}
}

func TestOtherWords(t *testing.T) {
	if code, ok := OtherRole("CF").Other(); code != "CF" || !ok {
		t.Errorf("role %q %t", code, ok)
	}
	if code, ok := OtherPlaceRole("61").Other(); code != "61" || !ok {
		t.Errorf("place role %q %t", code, ok)
	}
	if _, ok := RoleCarrier.Other(); ok {
		t.Error("carrier is taken for an other role")
	}
	if _, ok := PlaceLoading.Other(); ok {
		t.Error("loading is taken for an other role")
	}
	if OtherKind("EFP") != "other:EFP" || OtherFunction("27") != "other:27" {
		t.Error("other kind or function is written wrongly")
	}
}
