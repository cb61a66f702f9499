package gateway

import (
	"time"

	"cargogate/internal/cargo"
)

// callRow gives a call as the store merges it; ok is false where it cannot be told from others: a port, and a vessel or
// a voyage, are the least.
func (x *reader) callRow(c *cargo.Call) (row CallRow, ok bool) {
	v := &c.Conveyance
	row = CallRow{ID: newID(), Mode: x.r.Mode, Vessel: vesselOf(v), Name: plain(v.Name, maxText), Port: portOf(c.Port), Voyage: plain(v.Voyage, maxText),
		Carrier: plain(v.Carrier, maxText), Partner: x.r.Partner, ETA: timeOf(&c.ETA), ATA: timeOf(&c.ATA), Receipt: x.r.ID}
	if row.Carrier == "" {
		row.Carrier = plain(v.CarrierName, maxText)
	}
	return row, row.Port != "" && row.Vessel != ""
}

// vesselOf gives the best identity that was declared. A number that is not valid is an identity all the same, as every
// message that repeats it means the same ship.
func vesselOf(v *cargo.Conveyance) string {
	for _, id := range [...]struct{ kind, text string }{
		{"imo:", v.IMO}, {"callsign:", v.CallSign}, {"id:", v.ID}, {"name:", v.Name}, {"voyage:", v.Voyage},
	} {
		text := upperNumber(id.text, maxText)
		if text == "" {
			continue
		}
		if id.kind == "voyage:" && v.Carrier != "" { // a number that every carrier may use
			text = upperNumber(v.Carrier, maxText) + "/" + text
		}
		return id.kind + text
	}
	return ""
}

// portOf gives a UN/LOCODE in capital letters; "" for what has not the form of one.
func portOf(code string) string {
	code = upperNumber(code, 6)
	if len(code) != 5 {
		return ""
	}
	return code
}

// timeOf gives the point in time of a declared one, to place calls and to search by. Where the zone is not known, as in
// most messages, the local time stands for UTC: at most 14 hours beside it, which the window of a call spans. A day
// alone is its noon. The record keeps what was declared.
func timeOf(t *cargo.Time) time.Time {
	if s, ok := t.Unix(); ok {
		return time.Unix(s, 0).UTC()
	}
	switch t.Precision {
	case cargo.PrecisionDate:
		return time.Date(int(t.Year), time.Month(t.Month), int(t.Day), 12, 0, 0, 0, time.UTC)
	case cargo.PrecisionHour, cargo.PrecisionMinute, cargo.PrecisionSecond:
		return time.Date(int(t.Year), time.Month(t.Month), int(t.Day), int(t.Hour), int(t.Minute), int(t.Second), 0, time.UTC)
	}
	return time.Time{}
}
