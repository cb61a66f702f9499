package cargo

import "errors"

// Precision says how much of a time was declared.
type Precision uint8

// Precisions. The zero value belongs to a time that is absent or could not be read.
const (
	PrecisionNone   Precision = iota
	PrecisionYear             // 2026
	PrecisionMonth            // 2026-03
	PrecisionDate             // 2026-03-09
	PrecisionHour             // 2026-03-09T14
	PrecisionMinute           // 2026-03-09T14:05
	PrecisionSecond           // 2026-03-09T14:05:59
	PrecisionClock            // T14:05, a time of day without a date
)

// String gives the word that JSON uses; empty for PrecisionNone.
func (p Precision) String() string {
	return [...]string{"", "year", "month", "date", "hour", "minute", "second", "clock"}[min(p, PrecisionClock)]
}

// ZoneKind says how the zone of a time is known.
type ZoneKind uint8

// Zone kinds.
const (
	ZoneUnknown ZoneKind = iota // not declared; Text may hold what was said and not understood
	ZoneOffset                  // declared as an offset from UTC
	ZonePlace                   // local time of a place; Text names it
)

// Zone is the zone of a declared time.
type Zone struct {
	Kind     ZoneKind
	Text     string // place: UN/LOCODE or name of the zone; unknown: the text that was not understood; offset: empty
	Minutes  int16  // east of UTC; meaningful where OffsetOK
	OffsetOK bool   // always for ZoneOffset; for ZonePlace once somebody has looked the offset up
}

// OffsetZone makes a zone from an offset in minutes east of UTC.
func OffsetZone(minutes int) Zone {
	return Zone{Kind: ZoneOffset, Minutes: int16(minutes), OffsetOK: true}
}

// Time is a time as somebody declared it: the text, how precise it is, and its zone as far as known. It is deliberately
// not a point in time; Instant gives one where date, minute and offset are all known. The zero value is an absent time.
type Time struct {
	Value     string // as declared: "202603091405" (DE 2380)
	Precision Precision
	Year      int16 // 1 to 9999; what follows is meaningful as far as Precision reaches
	Month     uint8 // 1 to 12
	Day       uint8 // 1 to 31
	Hour      uint8 // 0 to 23
	Minute    uint8 // 0 to 59
	Second    uint8 // 0 to 59
	Zone      Zone
}

// Errors of TimeFromParts.
var (
	ErrDate  = errors.New("cargo: no such day in the calendar")
	ErrClock = errors.New("cargo: no such time of day")
	ErrZone  = errors.New("cargo: no such offset from UTC")
)

// Parts are the pieces of a time; those beyond the precision are not looked at.
type Parts struct{ Year, Month, Day, Hour, Minute, Second int }

// TimeFromParts makes a time from its pieces and the text that they were read from. The day must be in the (Gregorian)
// calendar, the clock between 00:00:00 and 23:59:59, an offset within 14 hours of UTC; the error is ErrDate, ErrClock or
// ErrZone, and then the result holds the value alone. It allocates nothing.
func TimeFromParts(value string, precision Precision, p Parts, zone Zone) (Time, error) {
	bare := Time{Value: value}
	t := Time{Value: value, Precision: precision, Zone: zone}
	if precision == PrecisionNone {
		return bare, nil
	}
	if precision != PrecisionClock {
		if precision < PrecisionMonth {
			p.Month = 1
		}
		if precision < PrecisionDate {
			p.Day = 1
		}
		if p.Year < 1 || p.Year > 9999 || p.Month < 1 || p.Month > 12 || p.Day < 1 || p.Day > daysIn(p.Year, p.Month) {
			return bare, ErrDate
		}
		t.Year = int16(p.Year)
		if precision >= PrecisionMonth {
			t.Month = uint8(p.Month)
		}
		if precision >= PrecisionDate {
			t.Day = uint8(p.Day)
		}
	}
	if precision >= PrecisionHour {
		if precision < PrecisionMinute {
			p.Minute = 0
		}
		if precision != PrecisionSecond {
			p.Second = 0
		}
		if p.Hour < 0 || p.Hour > 23 || p.Minute < 0 || p.Minute > 59 || p.Second < 0 || p.Second > 59 {
			return bare, ErrClock
		}
		t.Hour, t.Minute, t.Second = uint8(p.Hour), uint8(p.Minute), uint8(p.Second)
	}
	if zone.OffsetOK && (zone.Minutes < -14*60 || zone.Minutes > 14*60) {
		return bare, ErrZone
	}
	return t, nil
}

// IsZero reports whether the time is absent.
func (t Time) IsZero() bool { return t == Time{} }

// Unix gives the seconds since 1970-01-01T00:00:00Z; ok is false unless date, minute and offset are known.
func (t Time) Unix() (seconds int64, ok bool) {
	if t.Precision != PrecisionMinute && t.Precision != PrecisionSecond || !t.Zone.OffsetOK {
		return 0, false
	}
	days := daysFromCivil(int64(t.Year), int64(t.Month), int64(t.Day))
	clock := int64(t.Hour)*3600 + int64(t.Minute)*60 + int64(t.Second)
	return days*86400 + clock - int64(t.Zone.Minutes)*60, true
}

// Instant gives the point in time in UTC (RFC 3339), "" where it is not known; see Unix.
func (t Time) Instant() string {
	b, _ := t.AppendInstant(nil)
	return string(b)
}

// AppendInstant appends what Instant gives and reports whether there was something.
func (t Time) AppendInstant(dst []byte) ([]byte, bool) {
	seconds, ok := t.Unix()
	if !ok {
		return dst, false
	}
	days, clock := seconds/86400, seconds%86400
	if clock < 0 {
		days, clock = days-1, clock+86400
	}
	year, month, day := civilFromDays(days)
	if year > 9999 {
		return dst, false // an offset can carry the last hours of the calendar out of what RFC 3339 can write
	}
	dst = appendDate(dst, year, month, day)
	dst = append(dst, 'T')
	dst = appendClock(dst, int(clock/3600), int(clock/60%60))
	dst = append(dst, ':')
	return append(appendPadded(dst, int(clock%60), 2), 'Z'), true
}

// Local gives date and clock as declared, in the form of ISO 8601 and no longer than the precision: "2026-03-09T14:05".
func (t Time) Local() string { return string(t.AppendLocal(nil)) }

// AppendLocal appends what Local gives.
func (t Time) AppendLocal(dst []byte) []byte {
	switch t.Precision {
	case PrecisionNone:
		return dst
	case PrecisionClock:
		return appendClock(append(dst, 'T'), int(t.Hour), int(t.Minute))
	}
	dst = appendPadded(dst, int(t.Year), 4)
	if t.Precision >= PrecisionMonth {
		dst = appendPadded(append(dst, '-'), int(t.Month), 2)
	}
	if t.Precision >= PrecisionDate {
		dst = appendPadded(append(dst, '-'), int(t.Day), 2)
	}
	if t.Precision >= PrecisionHour {
		dst = appendPadded(append(dst, 'T'), int(t.Hour), 2)
	}
	if t.Precision >= PrecisionMinute {
		dst = appendPadded(append(dst, ':'), int(t.Minute), 2)
	}
	if t.Precision >= PrecisionSecond {
		dst = appendPadded(append(dst, ':'), int(t.Second), 2)
	}
	return dst
}
