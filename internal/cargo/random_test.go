package cargo

import (
	"reflect"
	"strings"

	"cargogate/internal/refdata"

	"pgregory.net/rapid"
)

// words are the values of the types that have a fixed set; the schema holds the same sets.
var words = map[reflect.Type][]string{
	reflect.TypeFor[Level]():        {"simple", "master", "house", "sub_house"},
	reflect.TypeFor[Mode]():         {"maritime", "rail", "road", "air", "mail", "multimodal", "fixed", "inland_waterway", "unknown"},
	reflect.TypeFor[Flow]():         {"import", "export", "transit", "transhipment", "remaining_aboard", "unknown"},
	reflect.TypeFor[Status]():       {"accepted", "unaccepted", "superseded", "cancelled"},
	reflect.TypeFor[BillType]():     {"straight", "to_order", "sea_waybill"},
	reflect.TypeFor[Fullness]():     {"empty", "full", "partial"},
	reflect.TypeFor[Load]():         {"fcl", "lcl"},
	reflect.TypeFor[Movement]():     {"continental", "export", "import", "remaining_aboard", "shifter", "transhipment"},
	reflect.TypeFor[Traffic]():      {"live", "test"},
	reflect.TypeFor[PackageLevel](): {"inner", "intermediate", "outer"},
	reflect.TypeFor[Role]():         {"consignor", "consignee", "notify", "agent", "forwarder", "carrier", "declarant", "consolidator", "buyer", "seller", "other:CF"},
	reflect.TypeFor[PlaceRole]():    {"origin", "receipt", "loading", "transhipment", "discharge", "delivery", "destination", "last_port", "first_arrival", "customs_office", "other:61"},
	reflect.TypeFor[DocumentKind](): {"master_bill", "house_bill", "bill", "master_awb", "house_awb", "awb", "booking", "manifest", "previous", "ucr"},
	reflect.TypeFor[EquipmentKind](): {"container", "uld", "trailer", "chassis", "swap_body", "rail_wagon", "pallet",
		"break_bulk", "other:EFP"},
	reflect.TypeFor[Function](): {"original", "replace", "change", "cancellation", "addition", "deletion", "duplicate",
		"final", "other:27"},
	reflect.TypeFor[EventKind](): {"loaded", "discharged", "gate_in", "gate_out", "stuffed", "stripped", "shifted", "other:9"},
}

// fill draws a value for every field, however deep. full makes every slice and pointer hold something and every text
// non-empty, so that every member is written.
func fill(t *rapid.T, v reflect.Value, full bool) {
	if list, ok := words[v.Type()]; ok {
		v.SetString(rapid.SampledFrom(list).Draw(t, "word"))
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *OptDecimal:
		if full || rapid.Bool().Draw(t, "ok") {
			d, _ := ParseDecimal(numberText().Draw(t, "number"), 0)
			*p = DecimalOf(d)
		}
		return
	case *Count:
		if full || rapid.Bool().Draw(t, "ok") {
			*p = CountOf(rapid.Int64().Draw(t, "count"))
		}
		return
	case *Measure:
		*p = drawMeasure(t, full)
		return
	case *Money:
		*p, _ = MakeMoney(text(t, full), rapid.OneOf(numberText(), rapid.String()).Draw(t, "amount"), text(t, full), 0)
		fill(t, reflect.ValueOf(&p.Source).Elem(), full)
		return
	case *Time:
		*p = drawTime(t, full)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), full)
		}
		if c, ok := v.Addr().Interface().(*Conveyance); ok && c.IMO == "" {
			c.IMOValid = false // the flag belongs to a number
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "length")
		if full {
			n = max(n, 1)
		}
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), full)
		}
	case reflect.Pointer: // *Call: within another record it has no origin
		if full || rapid.Bool().Draw(t, "there") {
			call := new(Call)
			fill(t, reflect.ValueOf(call).Elem(), full)
			call.Origin = Origin{}
			v.Set(reflect.ValueOf(call))
		}
	case reflect.String:
		v.SetString(text(t, full))
	case reflect.Bool:
		v.SetBool(full || rapid.Bool().Draw(t, "flag"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(1, 1<<40).Draw(t, "number"))
	default:
		t.Fatalf("no generator for %s", v.Type())
	}
}

func text(t *rapid.T, full bool) string {
	s := rapid.OneOf(rapid.StringN(0, 12, -1), rapid.SampledFrom([]string{"", "ROTTERDAM", "\"\\/\b\f\n\r\t\x00\x1f\x7f",
		"Zürich 東京 \U0001F6A2", "\u2028<&>"})).Draw(t, "text")
	s = strings.ToValidUTF8(s, "?")
	if full {
		s += "x"
	}
	return s
}

func numberText() *rapid.Generator[string] {
	return rapid.StringMatching(`-?[0-9]{1,9}([.,][0-9]{1,4})?|[.,][0-9]{3}`)
}

func drawMeasure(t *rapid.T, full bool) Measure {
	if !full && rapid.Bool().Draw(t, "absent") {
		return Measure{}
	}
	value := rapid.OneOf(numberText(), rapid.StringN(0, 4, -1)).Draw(t, "value")
	dim := refdata.Dimension(rapid.IntRange(0, int(refdata.Number)).Draw(t, "dimension"))
	unit := rapid.SampledFrom([]string{"KGM", "TON", "LBR", "OZA", "MTQ", "CBM", "FTQ", "CEL", "F", "MTR", "C62", "XYZ", ""}).
		Draw(t, "unit")
	if full {
		value, unit, dim = rapid.StringMatching(`[0-9]{1,9}\.[0-9]{1,4}`).Draw(t, "value"), "KGS", refdata.Mass
	}
	m, _, _ := MakeMeasure(value, unit, 0, dim)
	if !m.IsZero() {
		m.Source = Range{Offset: rapid.Int64Range(0, 1<<40).Draw(t, "offset"), Length: 1}
	}
	return m
}

func drawTime(t *rapid.T, full bool) Time {
	p := Parts{
		Year: rapid.IntRange(1, 9999).Draw(t, "year"), Month: rapid.IntRange(1, 12).Draw(t, "month"),
		Day: rapid.IntRange(1, 31).Draw(t, "day"), Hour: rapid.IntRange(0, 23).Draw(t, "hour"),
		Minute: rapid.IntRange(0, 59).Draw(t, "minute"), Second: rapid.IntRange(0, 59).Draw(t, "second"),
	}
	place := Zone{Kind: ZonePlace, Text: "Europe/Berlin", Minutes: 60, OffsetOK: true}
	zone := rapid.SampledFrom([]Zone{{}, {Text: "EST"}, OffsetZone(0), OffsetZone(-570), {Kind: ZonePlace, Text: "DEHAM"}, place}).
		Draw(t, "zone")
	precision := Precision(rapid.IntRange(0, int(PrecisionClock)).Draw(t, "precision"))
	if full {
		p.Year, p.Day, precision, zone = min(p.Year, 9998), min(p.Day, 28), PrecisionSecond, place
	}
	v, err := TimeFromParts(text(t, full), precision, p, zone)
	if err != nil {
		return Time{}
	}
	return v
}

// records draws a record of any kind.
func drawRecord(t *rapid.T, full bool) Record {
	r := newRecords()[rapid.IntRange(0, len(newRecords())-1).Draw(t, "kind")]
	fill(t, reflect.ValueOf(r).Elem(), full)
	return r
}

// newRecords makes an empty record of each kind.
func newRecords() []Record {
	return []Record{new(Consignment), new(Filing), new(Call), new(TransportEquipment), new(EquipmentEvent), new(Unmapped)}
}
