package gateway

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cargogate/internal/cargo"
)

func TestTerms(t *testing.T) {
	var c cargo.Consignment
	c.AddDocument(cargo.DocumentHouseBill, "hlcu bom-1", "")
	c.AddDocument(cargo.DocumentBooking, "BK/7", "")
	c.Parent = cargo.Document{Kind: cargo.DocumentMasterBill, Number: "MAST"}
	c.AddParty().Name = "Café Müller & Söhne, A.B. Müller"
	c.Equipment = append(c.Equipment, cargo.Equipment{ID: "hlxu 8204173"})
	c.Items = append(c.Items, cargo.Item{Description: "Steel PIPES\nØ 12 mm, pipes; x 7"})
	want := "d:HLCUBOM-1 d:BK/7 d:MAST e:HLXU8204173 p:café p:müller p:söhne w:hlcu w:bom w:bk w:café w:müller w:söhne w:steel w:pipes w:12 w:mm w:hlxu w:8204173"
	var g terms
	for range 2 { // the second time in used memory
		if got := strings.Join(g.of(&c), " "); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	first := g.of(&c)
	var other cargo.Consignment
	other.AddDocument(cargo.DocumentBill, "OTHER", "")
	if g.of(&other); strings.Join(first, " ") != want {
		t.Error("terms that were handed out have changed")
	}
}

// Whatever a consignment holds, its terms are few, short, distinct, of letters and digits, and its own number is among
// them.
func TestTermsBounds(t *testing.T) {
	text := rapid.StringOfN(rapid.Rune(), 0, 400, -1)
	rapid.Check(t, func(t *rapid.T) {
		var c cargo.Consignment
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			c.AddDocument(cargo.DocumentBill, text.Draw(t, "document"), "")
			c.AddParty().Name = text.Draw(t, "party")
			c.Equipment = append(c.Equipment, cargo.Equipment{ID: text.Draw(t, "equipment")})
			c.Items = append(c.Items, cargo.Item{Description: text.Draw(t, "description")})
		}
		var g terms
		got := g.of(&c)
		for i, term := range got {
			kind, word := term[:2], term[2:]
			if len(term) > maxText+2 || !utf8.ValidString(term) || slices.Contains(got[:i], term) || word == "" ||
				(kind == "p:" || kind == "w:") && (strings.ToLower(word) != word && strings.ToUpper(word) == word || strings.ContainsAny(word, " -,.;\n")) {
				t.Fatalf("term %q", term)
			}
		}
		if len(got) > maxTerms {
			t.Fatalf("%d terms", len(got))
		}
		if len(c.Documents) > 0 {
			if number := upperNumber(c.Documents[0].Number, maxText); number != "" && !slices.Contains(got, documentTerm(c.Documents[0].Number)) {
				t.Fatalf("%q is not in %q", number, got)
			}
		}
	})
}

func TestKeysOfBills(t *testing.T) {
	for in, want := range map[string]string{
		"HLCU 123-45": "HLCU12345", "hlcu12345": "HLCU12345", " - ": "", "": "", "A\x00B\n": "AB", "176-1234 5675": "17612345675", "ß-1": "ß1",
	} {
		if got := billKey(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	a, b := billKey(strings.Repeat("X", 500)+"1"), billKey(strings.Repeat("X", 500)+"2")
	if a == b || len(a) > 100 {
		t.Errorf("%q and %q", a, b)
	}
}

func TestTimeOf(t *testing.T) {
	at := func(p cargo.Precision, zone cargo.Zone) cargo.Time {
		v, err := cargo.TimeFromParts("x", p, cargo.Parts{Year: 2026, Month: 11, Day: 23, Hour: 22, Minute: 30}, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		in   cargo.Time
		want string
	}{
		{at(cargo.PrecisionMinute, cargo.OffsetZone(60)), "2026-11-23T21:30:00Z"},
		{at(cargo.PrecisionMinute, cargo.Zone{}), "2026-11-23T22:30:00Z"},
		{at(cargo.PrecisionHour, cargo.Zone{}), "2026-11-23T22:00:00Z"},
		{at(cargo.PrecisionDate, cargo.Zone{}), "2026-11-23T12:00:00Z"},
		{at(cargo.PrecisionMonth, cargo.Zone{}), "0001-01-01T00:00:00Z"},
		{at(cargo.PrecisionClock, cargo.Zone{}), "0001-01-01T00:00:00Z"},
		{cargo.Time{}, "0001-01-01T00:00:00Z"},
	} {
		if got := timeOf(&c.in).Format(time.RFC3339); got != c.want {
			t.Errorf("%+v: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestVesselOf(t *testing.T) {
	for _, c := range []struct {
		in   cargo.Conveyance
		want string
	}{
		{cargo.Conveyance{IMO: "9732149", Name: "X", Voyage: "1"}, "imo:9732149"},
		{cargo.Conveyance{CallSign: "d5ab2", Name: "X"}, "callsign:D5AB2"},
		{cargo.Conveyance{Name: "Nordic Heron", Voyage: "1"}, "name:NORDICHERON"},
		{cargo.Conveyance{Voyage: "047 W", Carrier: "nrdk"}, "voyage:NRDK/047W"},
		{cargo.Conveyance{}, ""},
	} {
		if got := vesselOf(&c.in); got != c.want {
			t.Errorf("%+v: %q", c.in, got)
		}
	}
	for in, want := range map[string]string{"NLRTM": "NLRTM", "nl rtm": "NLRTM", "NLRT": "", "NLRTMX": "", "": ""} {
		if got := portOf(in); got != want {
			t.Errorf("port %q: %q", in, got)
		}
	}
}

func TestPacker(t *testing.T) {
	for _, n := range []int{0, 1, packAtOnce - 1, packAtOnce, 5*packAtOnce + 7} {
		var p packer
		want := make([]byte, n)
		for i := range want {
			want[i] = byte(i * i >> 3)
		}
		for rest := want; len(rest) > 0; {
			k := min(len(rest), 1000)
			if _, err := p.Write(rest[:k]); err != nil {
				t.Fatal(err)
			}
			rest = rest[k:]
		}
		packed, err := p.finish()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpackJSON(packed); err != nil || !slices.Equal(got, want) {
			t.Errorf("%d bytes: %v, %d", n, err, len(got))
		}
	}
	if _, err := unpackJSON([]byte("no frame")); err == nil {
		t.Error("unpacked what is not packed")
	}
	// What the arena packed before stays as it is.
	var a arena
	var used []byte
	var all [][]byte
	for i := range 3000 {
		var packed []byte
		packed, used = a.pack([]byte(strings.Repeat("record ", i%700)), used)
		all = append(all, packed)
	}
	for i, packed := range all {
		if got, err := unpackJSON(packed); err != nil || string(got) != strings.Repeat("record ", i%700) {
			t.Fatalf("record %d: %v", i, err)
		}
	}
}
