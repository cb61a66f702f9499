package validate

import "cargogate/internal/cargo"

// A DateFault says what is wrong with a declared time.
type DateFault uint8

// Faults of a declared time.
const (
	DateRight      DateFault = iota
	DateForm                 // neither what the format code calls for nor any other form that is known
	DateOtherForm            // digits that fit another format code
	DateImpossible           // the right form, and no such day or time of day
)

// layout is the form of a format code (DE 2379): letters stand for digits of year (Y), month (M), day (D), hour (h),
// minute (m) and second (s), C for the century, Z for a zone in letters or as an offset, P for digits and hyphens of a
// period, a week or a part of a year, which the model keeps as text.
func layout(code []byte) string {
	if len(code) == 1 {
		switch code[0] {
		case '2':
			return "DDMMYY"
		case '3':
			return "MMDDYY"
		}
		return ""
	}
	if len(code) != 3 {
		return ""
	}
	switch int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0') {
	case 101:
		return "YYMMDD"
	case 102:
		return "CCYYMMDD"
	case 201:
		return "YYMMDDhhmm"
	case 202:
		return "YYMMDDhhmmss"
	case 203:
		return "CCYYMMDDhhmm"
	case 204:
		return "CCYYMMDDhhmmss"
	case 205: // zone as an offset, from D.96A on
		return "CCYYMMDDhhmmZ"
	case 301:
		return "YYMMDDhhmmZ"
	case 302:
		return "YYMMDDhhmmssZ"
	case 303:
		return "CCYYMMDDhhmmZ"
	case 304:
		return "CCYYMMDDhhmmssZ"
	case 401:
		return "hhmm"
	case 402:
		return "hhmmss"
	case 404:
		return "hhmmssZ"
	case 601:
		return "YY"
	case 602:
		return "CCYY"
	case 609:
		return "YYMM"
	case 610:
		return "CCYYMM"
	case 103, 105, 106, 107, 108, 109, 110, 305, 306, 405, 501, 502, 503, 600, 603, 604, 608, 613, 614, 615, 616,
		701, 702, 703, 704, 705, 706, 707, 708, 709, 710, 711, 713, 715, 716, 717, 718, 719, 720,
		801, 802, 803, 804, 805, 806, 807, 808, 809, 810, 811, 812, 813, 814:
		return "P"
	}
	return ""
}

// Layout gives the form of a format code (DE 2379) for people: "CCYYMMDD"; empty for one that is not known, or whose
// form is not that of a single day or time.
func Layout(code []byte) string {
	l := layout(code)
	if l == "P" {
		return ""
	}
	b := []byte(l)
	for i, c := range b {
		switch c {
		case 'h':
			b[i] = 'H'
		case 'm':
			b[i] = 'M'
		case 's':
			b[i] = 'S'
		}
	}
	return string(b)
}

// Date reads a declared time by its format code (DE 2379), or by its length where there is none. value is the same text
// twice: as the record keeps it and as bytes to look at. The time holds at least the value, whatever the fault. It
// allocates nothing.
func Date(text string, value, code []byte) (cargo.Time, DateFault) {
	bare := cargo.Time{Value: text}
	if len(value) == 0 {
		return cargo.Time{}, DateRight
	}
	var form string
	if len(code) == 0 {
		form = layoutOfLength(value)
	} else {
		form = layout(code)
	}
	switch {
	case form == "P":
		if !digitsOr(value, '-') {
			return bare, DateForm
		}
		return bare, DateRight
	case form == "":
		return bare, DateForm
	}
	t, ok, err := read(text, value, form)
	switch {
	case !ok && digitsOr(value, 0) && layoutOfLength(value) != "":
		return bare, DateOtherForm
	case !ok:
		return bare, DateForm
	case err != nil:
		return bare, DateImpossible
	}
	return t, DateRight
}

// layoutOfLength gives the commonest form of so many digits.
func layoutOfLength(value []byte) string {
	switch len(value) {
	case 4:
		return "hhmm"
	case 6:
		return "YYMMDD"
	case 8:
		return "CCYYMMDD"
	case 10:
		return "YYMMDDhhmm"
	case 12:
		return "CCYYMMDDhhmm"
	case 14:
		return "CCYYMMDDhhmmss"
	}
	return ""
}

func digitsOr(value []byte, other byte) bool {
	for _, c := range value {
		if (c < '0' || c > '9') && (other == 0 || c != other) {
			return false
		}
	}
	return true
}

// pivot is the first year of two digits that belongs to the last century: 70 is 1970, 69 is 2069.
const pivot = 70

// read takes value apart by form; ok is false where it does not have that form, err tells of no such day or time.
func read(text string, value []byte, form string) (t cargo.Time, ok bool, err error) {
	var p cargo.Parts
	zoned := form[len(form)-1] == 'Z'
	n := len(form)
	if zoned {
		n--
	}
	if len(value) < n || !zoned && len(value) > n || !digitsOr(value[:n], 0) {
		return t, false, nil
	}
	century, precision, clock := false, cargo.PrecisionYear, true
	for i := 0; i < n; i += 2 {
		d := int(value[i]-'0')*10 + int(value[i+1]-'0')
		switch form[i] {
		case 'C':
			p.Year, century = d*100, true
		case 'Y':
			clock = false
			switch {
			case century:
				p.Year += d
			case d < pivot:
				p.Year = 2000 + d
			default:
				p.Year = 1900 + d
			}
		case 'M':
			p.Month, precision = d, max(precision, cargo.PrecisionMonth)
		case 'D':
			p.Day, precision = d, cargo.PrecisionDate
		case 'h':
			p.Hour, precision = d, cargo.PrecisionHour
		case 'm':
			p.Minute, precision = d, cargo.PrecisionMinute
		case 's':
			p.Second, precision = d, cargo.PrecisionSecond
		}
	}
	if clock {
		precision = cargo.PrecisionClock
	}
	var zone cargo.Zone
	if zoned {
		if zone, ok = readZone(text[n:]); !ok {
			return t, false, nil
		}
	}
	t, err = cargo.TimeFromParts(text, precision, p, zone)
	return t, true, err
}

// readZone reads what stands behind the digits: letters, of which only those of universal time are understood, or an
// offset of hours and minutes.
func readZone(s string) (cargo.Zone, bool) {
	switch s {
	case "":
		return cargo.Zone{}, false
	case "UTC", "GMT", "Z", "ZZZ":
		if s == "ZZZ" {
			return cargo.Zone{Text: s}, true
		}
		return cargo.OffsetZone(0), true
	}
	if s[0] == '+' || s[0] == '-' {
		if len(s) != 3 && len(s) != 5 {
			return cargo.Zone{}, false
		}
		n := 0
		for _, c := range []byte(s[1:]) {
			if c < '0' || c > '9' {
				return cargo.Zone{}, false
			}
			n = n*10 + int(c-'0')
		}
		if len(s) == 3 {
			n *= 100
		}
		minutes := n/100*60 + n%100
		if s[0] == '-' {
			minutes = -minutes
		}
		return cargo.OffsetZone(minutes), true
	}
	if len(s) > 5 {
		return cargo.Zone{}, false
	}
	for _, c := range []byte(s) {
		if c < 'A' || c > 'Z' {
			return cargo.Zone{}, false
		}
	}
	return cargo.Zone{Text: s}, true
}
