package cargo

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t, rapid.Bool().Draw(t, "full"))
		line := r.AppendJSON(nil)
		back, err := DecodeRecord(line)
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if diff := cmp.Diff(r, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("written -, read +\n%s\n%s", diff, line)
		}
		if again := back.AppendJSON(nil); string(again) != string(line) {
			t.Fatalf("second writing differs:\n%s\n%s", line, again)
		}
		viaStd, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		// encoding/json compacts and escapes < > & in what a MarshalJSON gives; the values stay.
		if diff := cmp.Diff(decodeAny(t, line), decodeAny(t, viaStd)); diff != "" {
			t.Fatalf("json.Marshal differs:\n%s", diff)
		}
	})
}

// TestInvalidUTF8 writes every byte sequence as valid JSON, whatever it holds.
func TestInvalidUTF8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes"))
		c := Consignment{FlowReason: raw, SpecialHandling: []string{raw}}
		line := c.AppendJSON(nil)
		if !utf8.Valid(line) {
			t.Fatalf("%q is written as %q", raw, line)
		}
		back, err := DecodeRecord(line)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		// strings.ToValidUTF8 joins what stands together; each bad byte is one mark here, as in encoding/json.
		want := string([]rune(raw))
		if got := back.(*Consignment).SpecialHandling[0]; got != want {
			t.Fatalf("%q comes back as %q, want %q", raw, got, want)
		}
	})
}

func TestEscapes(t *testing.T) {
	got := string(appendString(nil, "a\"b\\c\n\r\t\b\x01\x7f/é"+"\u2028"))
	want := `"a\"b\\c\n\r\t\u0008\u0001` + "\x7f/é\u2028\""
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAbsentIsLeftOut(t *testing.T) {
	for _, tt := range []struct {
		in   Record
		want string
	}{
		{&Consignment{}, `{"record":"consignment","schema":1,"file":"","interchange":0,"message":0,"source":{"offset":0,"length":0}}`},
		{&Filing{}, `{"record":"filing","schema":1,"file":"","interchange":0,"message":0}`},
		{&Call{}, `{"record":"call","schema":1,"file":"","interchange":0,"message":0}`},
		{&TransportEquipment{}, `{"record":"equipment","schema":1,"file":"","interchange":0,"message":0,"valid":false}`},
		{&EquipmentEvent{}, `{"record":"equipment_event","schema":1,"file":"","interchange":0,"message":0,"valid":false}`},
		{&Unmapped{}, `{"record":"unmapped","schema":1,"file":"","interchange":0,"message":0,"segment":0}`},
		{&Consignment{Totals: Totals{Declared: Total{Packages: CountOf(0), GrossMass: DecimalOf(Decimal{})}}},
			`{"record":"consignment","schema":1,"file":"","interchange":0,"message":0,"totals":{"declared":{"packages":0,"gross_mass_kg":"0"}},"source":{"offset":0,"length":0}}`},
	} {
		if got := string(tt.in.AppendJSON(nil)); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestDecodeRecordRefuses(t *testing.T) {
	for _, tt := range []struct {
		line string
		err  error
	}{
		{`{"record":"voyage","schema":1}`, ErrRecordKind},
		{`{"schema":1}`, ErrRecordKind},
		{`{"record":"consignment","schema":2}`, ErrSchema},
		{`{"record":"consignment"}`, ErrSchema},
	} {
		if _, err := DecodeRecord([]byte(tt.line)); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.line, err, tt.err)
		}
	}
	for _, line := range []string{
		``, `[]`, `{"record":"consignment","schema":1,"items":5}`,
		`{"record":"consignment","schema":1,"items":[{"sequence":"one"}]}`,
		`{"record":"consignment","schema":1,"items":[{"gross_mass":{"kg":5}}]}`,
		`{"record":"consignment","schema":1,"items":[{"gross_mass":{"kg":"heavy"}}]}`,
		`{"record":"consignment","schema":1,"items":[{"value":7}]}`,
	} {
		if r, err := DecodeRecord([]byte(line)); err == nil {
			t.Errorf("%s is taken as %+v", line, r)
		}
	}
	r, err := DecodeRecord([]byte(`{"record":"call","schema":1,"port":"NLRTM","of_the_future":[1]}`))
	if err != nil || r.(*Call).Port != "NLRTM" {
		t.Errorf("an unknown member: %+v, %v", r, err)
	}
	var c Count
	var d OptDecimal
	if err := errors.Join(json.Unmarshal([]byte("null"), &c), json.Unmarshal([]byte("null"), &d)); err != nil || c.OK || d.OK {
		t.Errorf("null: %v %v %v", c, d, err)
	}
	for v, want := range map[any]string{c: "null", CountOf(0): "0", d: "null", DecimalOf(NewDecimal(15, 1)): `"1.5"`} {
		if b, err := json.Marshal(v); err != nil || string(b) != want {
			t.Errorf("%v is written %s (%v), want %s", v, b, err, want)
		}
	}
}

func TestAppendJSONAllocatesNothing(t *testing.T) {
	for _, r := range sampleRecords(t) {
		buf := r.AppendJSON(nil)
		if n := testing.AllocsPerRun(100, func() { buf = r.AppendJSON(buf[:0]) }); n != 0 {
			t.Errorf("%T: %v allocations", r, n)
		}
		if strings.ContainsAny(string(buf), "\n\r") {
			t.Errorf("%T: a record must stand on one line", r)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	r := sampleRecords(b)[0]
	buf := r.AppendJSON(nil)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = r.AppendJSON(buf[:0])
	}
}
