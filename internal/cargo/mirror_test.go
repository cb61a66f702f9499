package cargo

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"cargogate/internal/refdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// mirror builds what a record's JSON should hold from its Go fields and their tags, knowing nothing of AppendJSON.
func mirror(r Record) map[string]any {
	kinds := map[reflect.Type]RecordKind{
		reflect.TypeFor[*Consignment](): "consignment", reflect.TypeFor[*Filing](): "filing",
		reflect.TypeFor[*Call](): "call", reflect.TypeFor[*TransportEquipment](): "equipment",
		reflect.TypeFor[*EquipmentEvent](): "equipment_event", reflect.TypeFor[*Unmapped](): "unmapped",
	}
	m := mirrorValue(reflect.ValueOf(r).Elem()).(map[string]any)
	m["record"], m["schema"] = string(kinds[reflect.TypeOf(r)]), 1
	return m
}

func mirrorValue(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case OptDecimal:
		return mirrorDecimal(x.D)
	case Count:
		return x.N
	case Measure:
		return mirrorMeasure(x)
	case Time:
		return mirrorTime(x)
	}
	switch v.Kind() {
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Anonymous {
				for name, value := range mirrorValue(v.Field(i)).(map[string]any) {
					m[name] = value
				}
				continue
			}
			name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "-" || option != "" && absent(v.Field(i)) {
				continue
			}
			m[name] = mirrorValue(v.Field(i))
		}
		extras(v.Interface(), m)
		return m
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, mirrorValue(v.Index(i)))
		}
		return list
	case reflect.Pointer:
		m := mirrorValue(v.Elem()).(map[string]any)
		delete(m, "file") // a call within another record has no origin
		delete(m, "interchange")
		delete(m, "message")
		return m
	}
	return v.Interface()
}

// extras adds the members that follow from others.
func extras(v any, m map[string]any) {
	switch x := v.(type) {
	case Equipment:
		if x.Tare.Normalised.OK {
			m["tare_kg"] = mirrorDecimal(x.Tare.Normalised.D)
		}
		if x.Gross.Normalised.OK {
			m["gross_kg"] = mirrorDecimal(x.Gross.Normalised.D)
		}
	case Conveyance:
		if x.IMO != "" {
			m["imo_valid"] = x.IMOValid
		}
	}
}

func absent(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok && v.Kind() != reflect.Pointer {
		return z.IsZero()
	}
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}

func mirrorDecimal(d Decimal) string {
	s := rat(d).FloatString(30)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func mirrorMeasure(m Measure) any {
	out := map[string]any{}
	put := func(name string, value any) {
		if value != "" && value != false && value != (Range{}) {
			out[name] = value
		}
	}
	put("value", m.Value)
	put("unit", m.Unit)
	put("read_as", m.ReadAs)
	put("rounded", m.Rounded)
	if m.Source != (Range{}) {
		out["source"] = mirrorValue(reflect.ValueOf(m.Source))
	}
	name := map[refdata.Dimension]string{refdata.Mass: "kg", refdata.Volume: "m3", refdata.Length: "m"}[m.Dimension]
	if m.Normalised.OK && name != "" {
		put(name, mirrorDecimal(m.Normalised.D))
	} else if m.Dimension != refdata.AnyDimension {
		put("kind", m.Dimension.String())
	}
	return out
}

func mirrorTime(v Time) any {
	out := map[string]any{}
	if v.Value != "" {
		out["value"] = v.Value
	}
	layout := [...]string{"", "2006", "2006-01", "2006-01-02", "2006-01-02T15", "2006-01-02T15:04",
		"2006-01-02T15:04:05", "T15:04"}[v.Precision]
	if layout == "" {
		return out
	}
	zone := time.FixedZone("", int(v.Zone.Minutes)*60)
	at := time.Date(int(v.Year), time.Month(max(v.Month, 1)), int(max(v.Day, 1)), int(v.Hour), int(v.Minute),
		int(v.Second), 0, zone)
	out["local"] = at.Format(layout)
	out["precision"] = v.Precision.String()
	if v.Zone.OffsetOK && (v.Precision == PrecisionMinute || v.Precision == PrecisionSecond) && at.UTC().Year() < 10000 {
		out["instant"] = at.UTC().Format(time.RFC3339)
	}
	switch {
	case v.Zone.Kind == ZoneOffset:
		out["zone"] = at.Format("Z07:00")
	case v.Zone.Kind == ZonePlace:
		out["zone"] = v.Zone.Text
		if v.Zone.OffsetOK {
			out["utc_offset"] = at.Format("Z07:00")
		}
	case v.Zone.Text != "":
		out["zone"] = "unknown:" + v.Zone.Text
	default:
		out["zone"] = "unknown"
	}
	return out
}

// TestAppendJSONEqualsMirror compares AppendJSON with encoding/json over the mirror.
func TestAppendJSONEqualsMirror(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t, rapid.Bool().Draw(t, "full"))
		want, err := json.Marshal(mirror(r))
		if err != nil {
			t.Fatal(err)
		}
		line := r.AppendJSON(nil)
		if diff := cmp.Diff(decodeAny(t, want), decodeAny(t, line)); diff != "" {
			t.Fatalf("want -, got +\n%s\n%s", diff, line)
		}
	})
}

func decodeAny(t *rapid.T, b []byte) any {
	var v any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}

func TestMirrorDecimal(t *testing.T) {
	for s, want := range map[string]string{"1.50": "1.5", "100": "100", "-0.001": "-0.001", "0": "0"} {
		d, _ := ParseDecimal(s, '.')
		if got := mirrorDecimal(d); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
		if r, _ := new(big.Rat).SetString(s); r.Cmp(rat(d)) != 0 {
			t.Errorf("%s: %s", s, rat(d))
		}
	}
}
