package cargo

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimeFromParts(t *testing.T) {
	for _, tt := range []struct {
		name      string
		precision Precision
		parts     Parts
		zone      Zone
		err       error
		local     string
		instant   string
	}{
		{"second with offset", PrecisionSecond, Parts{2026, 3, 9, 14, 5, 59}, OffsetZone(120), nil,
			"2026-03-09T14:05:59", "2026-03-09T12:05:59Z"},
		{"minute in UTC", PrecisionMinute, Parts{2026, 3, 9, 14, 5, 99}, OffsetZone(0), nil,
			"2026-03-09T14:05", "2026-03-09T14:05:00Z"},
		{"west of UTC, over midnight", PrecisionMinute, Parts{2025, 12, 31, 23, 30, 0}, OffsetZone(-210), nil,
			"2025-12-31T23:30", "2026-01-01T03:00:00Z"},
		{"hour", PrecisionHour, Parts{2026, 3, 9, 14, 77, 77}, OffsetZone(0), nil, "2026-03-09T14", ""},
		{"date", PrecisionDate, Parts{2024, 2, 29, 99, 0, 0}, OffsetZone(0), nil, "2024-02-29", ""},
		{"month", PrecisionMonth, Parts{2024, 2, 31, 0, 0, 0}, Zone{}, nil, "2024-02", ""},
		{"year", PrecisionYear, Parts{24, 13, 31, 0, 0, 0}, Zone{}, nil, "0024", ""},
		{"clock", PrecisionClock, Parts{0, 0, 0, 7, 5, 0}, OffsetZone(0), nil, "T07:05", ""},
		{"no zone", PrecisionMinute, Parts{2026, 3, 9, 14, 5, 0}, Zone{}, nil, "2026-03-09T14:05", ""},
		{"place without offset", PrecisionMinute, Parts{2026, 3, 9, 14, 5, 0}, Zone{Kind: ZonePlace, Text: "DEHAM"}, nil,
			"2026-03-09T14:05", ""},
		{"place with offset", PrecisionMinute, Parts{2026, 7, 9, 14, 5, 0},
			Zone{Kind: ZonePlace, Text: "DEHAM", Minutes: 120, OffsetOK: true}, nil,
			"2026-07-09T14:05", "2026-07-09T12:05:00Z"},
		{"out of RFC 3339", PrecisionMinute, Parts{9999, 12, 31, 23, 59, 0}, OffsetZone(-60), nil, "9999-12-31T23:59", ""},
		{"nothing", PrecisionNone, Parts{}, Zone{}, nil, "", ""},
		{"no leap year", PrecisionDate, Parts{2025, 2, 29, 0, 0, 0}, Zone{}, ErrDate, "", ""},
		{"no leap century", PrecisionDate, Parts{1900, 2, 29, 0, 0, 0}, Zone{}, ErrDate, "", ""},
		{"day 31 of 30", PrecisionDate, Parts{2025, 4, 31, 0, 0, 0}, Zone{}, ErrDate, "", ""},
		{"month 13", PrecisionMonth, Parts{2025, 13, 1, 0, 0, 0}, Zone{}, ErrDate, "", ""},
		{"year 0", PrecisionDate, Parts{0, 1, 1, 0, 0, 0}, Zone{}, ErrDate, "", ""},
		{"hour 24", PrecisionMinute, Parts{2025, 4, 30, 24, 0, 0}, Zone{}, ErrClock, "", ""},
		{"second 60", PrecisionSecond, Parts{2025, 4, 30, 23, 59, 60}, Zone{}, ErrClock, "", ""},
		{"minute 60 of a clock", PrecisionClock, Parts{0, 0, 0, 7, 60, 0}, Zone{}, ErrClock, "", ""},
		{"offset of 15 hours", PrecisionMinute, Parts{2025, 4, 30, 0, 0, 0}, OffsetZone(900), ErrZone, "", ""},
	} {
		got, err := TimeFromParts("as declared", tt.precision, tt.parts, tt.zone)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
		if got.Value != "as declared" {
			t.Errorf("%s: value %q is lost", tt.name, got.Value)
		}
		if got.Local() != tt.local || got.Instant() != tt.instant {
			t.Errorf("%s: local %q instant %q, want %q and %q", tt.name, got.Local(), got.Instant(), tt.local, tt.instant)
		}
		if tt.err != nil && got != (Time{Value: "as declared"}) {
			t.Errorf("%s: %+v holds more than its value", tt.name, got)
		}
	}
}

// TestCalendar compares our calendar with that of the standard library, over all days and random moments.
func TestCalendar(t *testing.T) {
	day := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for day.Year() < 10000 {
		y, m, d := day.Date()
		days := daysFromCivil(int64(y), int64(m), int64(d))
		if days != day.Unix()/86400 {
			t.Fatalf("%s: %d days", day, days)
		}
		if y2, m2, d2 := civilFromDays(days); int(y2) != y || m2 != int(m) || d2 != d {
			t.Fatalf("%s comes back as %d-%d-%d", day, y2, m2, d2)
		}
		next := day.AddDate(0, 0, 1)
		if last := daysIn(y, int(m)) == d; last != (next.Day() == 1) {
			t.Fatalf("%s: daysIn is %d", day, daysIn(y, int(m)))
		}
		day = next
	}
	rapid.Check(t, func(t *rapid.T) {
		p := Parts{
			Year: rapid.IntRange(2, 9998).Draw(t, "year"), Month: rapid.IntRange(-1, 14).Draw(t, "month"),
			Day: rapid.IntRange(-1, 33).Draw(t, "day"), Hour: rapid.IntRange(-1, 25).Draw(t, "hour"),
			Minute: rapid.IntRange(-1, 61).Draw(t, "minute"), Second: rapid.IntRange(-1, 61).Draw(t, "second"),
		}
		offset := rapid.IntRange(-840, 840).Draw(t, "offset")
		got, err := TimeFromParts("v", PrecisionSecond, p, OffsetZone(offset))
		want := time.Date(p.Year, time.Month(p.Month), p.Day, p.Hour, p.Minute, p.Second, 0,
			time.FixedZone("", offset*60))
		y, m, d := want.Date()
		real := y == p.Year && int(m) == p.Month && d == p.Day &&
			want.Hour() == p.Hour && want.Minute() == p.Minute && want.Second() == p.Second
		if (err == nil) != real {
			t.Fatalf("%+v: %v", p, err)
		}
		if !real {
			return
		}
		if got.Instant() != want.UTC().Format(time.RFC3339) || got.Local() != want.Format("2006-01-02T15:04:05") {
			t.Fatalf("%+v: %s, %s; want %s", p, got.Local(), got.Instant(), want)
		}
		if seconds, ok := got.Unix(); !ok || seconds != want.Unix() {
			t.Fatalf("%+v: %d", p, seconds)
		}
	})
}

func TestTimeJSON(t *testing.T) {
	minute := func(zone Zone) Time {
		v, err := TimeFromParts("202603091405", PrecisionMinute, Parts{2026, 3, 9, 14, 5, 0}, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		in   Time
		want string
	}{
		{minute(OffsetZone(0)), `{"value":"202603091405","zone":"Z","instant":"2026-03-09T14:05:00Z","precision":"minute","local":"2026-03-09T14:05"}`},
		{minute(OffsetZone(-330)), `{"value":"202603091405","zone":"-05:30","instant":"2026-03-09T19:35:00Z","precision":"minute","local":"2026-03-09T14:05"}`},
		{minute(Zone{}), `{"value":"202603091405","zone":"unknown","precision":"minute","local":"2026-03-09T14:05"}`},
		{minute(Zone{Text: `E"ST`}), `{"value":"202603091405","zone":"unknown:E\"ST","precision":"minute","local":"2026-03-09T14:05"}`},
		{minute(Zone{Kind: ZonePlace, Text: "DEHAM"}), `{"value":"202603091405","zone":"DEHAM","precision":"minute","local":"2026-03-09T14:05"}`},
		{minute(Zone{Kind: ZonePlace, Text: "DEHAM", Minutes: 60, OffsetOK: true}), `{"value":"202603091405","zone":"DEHAM","instant":"2026-03-09T13:05:00Z","precision":"minute","local":"2026-03-09T14:05","utc_offset":"+01:00"}`},
		{Time{Value: "20269999"}, `{"value":"20269999"}`},
	} {
		b, err := json.Marshal(tt.in)
		if err != nil || string(b) != tt.want {
			t.Errorf("got  %s (%v)\nwant %s", b, err, tt.want)
		}
		var back Time
		if err := json.Unmarshal(b, &back); err != nil || back != tt.in {
			t.Errorf("%s comes back as %+v (%v)", b, back, err)
		}
		if got := tt.in.Zone.String(); tt.in.Precision != PrecisionNone && got != parseZone(got).String() {
			t.Errorf("zone %q comes back as %q", got, parseZone(got))
		}
	}
	for _, bad := range []string{
		`5`, `{"precision":"week","local":"2026"}`, `{"precision":"date","local":"2026-3-9"}`,
		`{"precision":"date","local":"2026-02-30"}`, `{"precision":"date","local":"2026/02/03"}`,
		`{"precision":"year","local":"20x6"}`, `{"precision":"year","local":"2026","utc_offset":"1h"}`,
	} {
		var v Time
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("%s is taken as %+v", bad, v)
		}
	}
}
