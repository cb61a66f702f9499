package cargo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const unknownZone = "unknown"

// String gives the zone as JSON has it: "Z" or "+02:00" for an offset, the name for a place, "unknown" or "unknown:" and
// the text for the rest.
func (z Zone) String() string {
	switch {
	case z.Kind == ZoneOffset:
		return string(appendOffset(nil, int(z.Minutes)))
	case z.Kind == ZonePlace:
		return z.Text
	case z.Text == "":
		return unknownZone
	}
	return unknownZone + ":" + z.Text
}

// zone writes what Zone.String gives, without making a string of it.
func (o *object) zone(z Zone) {
	switch {
	case z.Kind == ZoneOffset:
		var buf [8]byte
		o.ascii("zone", appendOffset(buf[:0], int(z.Minutes)))
	case z.Kind == ZonePlace:
		o.text("zone", z.Text)
	case z.Text == "":
		o.text("zone", unknownZone)
	default:
		o.key("zone")
		o.b = append(append(o.b, '"'), unknownZone...)
		o.b = append(appendEscaped(append(o.b, ':'), z.Text), '"')
	}
}

func appendOffset(dst []byte, minutes int) []byte {
	switch {
	case minutes == 0:
		return append(dst, 'Z')
	case minutes < 0:
		dst, minutes = append(dst, '-'), -minutes
	default:
		dst = append(dst, '+')
	}
	return appendClock(dst, minutes/60, minutes%60)
}

// appendJSON writes {"value":…,"zone":…,"instant":…,"precision":…,"local":…,"utc_offset":…}; the last only where the
// zone is that of a place.
func (t *Time) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("value", t.Value)
	if t.Precision != PrecisionNone {
		var buf [24]byte
		o.zone(t.Zone)
		if b, ok := t.AppendInstant(buf[:0]); ok {
			o.ascii("instant", b)
		}
		o.text("precision", t.Precision.String())
		o.ascii("local", t.AppendLocal(buf[:0]))
		if t.Zone.Kind == ZonePlace && t.Zone.OffsetOK {
			o.ascii("utc_offset", appendOffset(buf[:0], int(t.Zone.Minutes)))
		}
	}
	return o.end()
}

// MarshalJSON writes the time as it stands in a record.
func (t Time) MarshalJSON() ([]byte, error) { return t.appendJSON(nil), nil }

// UnmarshalJSON reads a time. The instant is not read: it follows from the rest.
func (t *Time) UnmarshalJSON(b []byte) error {
	var j struct {
		Value     string `json:"value"`
		Zone      string `json:"zone"`
		Precision string `json:"precision"`
		Local     string `json:"local"`
		UTCOffset string `json:"utc_offset"`
	}
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("cargo: time: %w", err)
	}
	*t = Time{Value: j.Value}
	if j.Precision == "" {
		return nil
	}
	precision, ok := precisionOf(j.Precision)
	if !ok {
		return fmt.Errorf("cargo: time: unknown precision %q", j.Precision)
	}
	parts, ok := parseLocal(j.Local, precision)
	if !ok {
		return fmt.Errorf("cargo: time: %q has not the precision %s", j.Local, precision)
	}
	zone := parseZone(j.Zone)
	if j.UTCOffset != "" {
		if zone.Minutes, zone.OffsetOK = parseOffset(j.UTCOffset); !zone.OffsetOK {
			return errors.New("cargo: time: utc_offset is no offset")
		}
	}
	var err error
	*t, err = TimeFromParts(j.Value, precision, parts, zone)
	return err
}

func precisionOf(word string) (Precision, bool) {
	for p := PrecisionYear; p <= PrecisionClock; p++ {
		if p.String() == word {
			return p, true
		}
	}
	return PrecisionNone, false
}

// localShapes are the forms of Time.Local, a digit written 0.
var localShapes = [...]string{
	PrecisionYear: "0000", PrecisionMonth: "0000-00", PrecisionDate: "0000-00-00", PrecisionHour: "0000-00-00T00",
	PrecisionMinute: "0000-00-00T00:00", PrecisionSecond: "0000-00-00T00:00:00", PrecisionClock: "T00:00",
}

func parseLocal(s string, precision Precision) (p Parts, ok bool) {
	shape := localShapes[precision]
	if len(s) != len(shape) {
		return p, false
	}
	fields := [...]*int{&p.Year, &p.Month, &p.Day, &p.Hour, &p.Minute, &p.Second}
	next := 0
	if precision == PrecisionClock {
		next = 3 // the T moves on to Hour
		s, shape = s[1:], shape[1:]
	}
	for i := range len(s) {
		c := s[i]
		if shape[i] != '0' {
			if c != shape[i] {
				return p, false
			}
			next++
			continue
		}
		if c < '0' || c > '9' {
			return p, false
		}
		*fields[next] = *fields[next]*10 + int(c-'0')
	}
	return p, true
}

func parseZone(s string) Zone {
	if minutes, ok := parseOffset(s); ok {
		return Zone{Kind: ZoneOffset, Minutes: minutes, OffsetOK: true}
	}
	if s == unknownZone || s == "" {
		return Zone{}
	}
	if text, ok := strings.CutPrefix(s, unknownZone+":"); ok {
		return Zone{Text: text}
	}
	return Zone{Kind: ZonePlace, Text: s}
}

func parseOffset(s string) (minutes int16, ok bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) != len("+00:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	for _, i := range [...]int{1, 2, 4, 5} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	hours, mins := int16(s[1]-'0')*10+int16(s[2]-'0'), int16(s[4]-'0')*10+int16(s[5]-'0')
	if mins > 59 {
		return 0, false
	}
	minutes = hours*60 + mins
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}
