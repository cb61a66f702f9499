package voyage

import (
	"fmt"
	"slices"
	"time"
)

// Options say what traffic is made. The zero value gives 1,000 consignments of seed 0, with all typologies.
type Options struct {
	Seed         uint64 // the same options give the same bytes
	Consignments int    // bills in all first filings, masters and houses each counted; 0 is 1,000

	// Typologies names those to plant, as Typologies lists them; nil is all, and an empty list none, look-alikes
	// neither.
	Typologies []string

	// Rates of a million: consignments that show a typology, honest look-alikes, filings that are broken and filings
	// that come late. 0 is the default, 20,000 and 40,000, 20,000 and 40,000; a negative rate is none.
	TypologyRate, LookalikeRate, BrokenRate, LateRate int

	Start   time.Time // when the first filing may come, to the minute; zero is 1 November 2026, 00:00 UTC
	Days    int       // over which ships arrive; 0 gives about 4,000 consignments a day, and two days at least
	Formats []string  // FormatD95B, FormatD16A; nil is both. A filer uses one of them
}

const (
	mostConsignments = 2000000
	defaultStart     = "2026-11-01T00:00:00Z"
)

// fill puts defaults in the places that are empty and says what is out of range.
func (o *Options) fill() error {
	if o.Consignments == 0 {
		o.Consignments = 1000
	}
	if o.Consignments < 0 || o.Consignments > mostConsignments {
		return fmt.Errorf("voyage: %d consignments: want 1 to %d", o.Consignments, mostConsignments)
	}
	for _, rate := range []struct {
		name  string
		value *int
		usual int
	}{{"typology", &o.TypologyRate, 20000}, {"look-alike", &o.LookalikeRate, 40000}, {"broken", &o.BrokenRate, 20000}, {"late",
		&o.LateRate, 40000}} {
		switch v := rate.value; {
		case *v == 0:
			*v = rate.usual
		case *v < 0:
			*v = 0
		case *v > 300000:
			return fmt.Errorf("voyage: %s rate %d of a million: want at most 300000", rate.name, *v)
		}
	}
	if o.Days < 0 || o.Days > 3650 {
		return fmt.Errorf("voyage: %d days: want 1 to 3650", o.Days)
	}
	if o.Days == 0 {
		o.Days = max(2, o.Consignments/4000)
	}
	if o.Start.IsZero() {
		o.Start, _ = time.Parse(time.RFC3339, defaultStart) // a constant that a test parses
	}
	o.Start = o.Start.UTC().Truncate(time.Minute)
	if y := o.Start.Year(); y < 1980 || y > 2060 {
		return fmt.Errorf("voyage: start in the year %d: want 1980 to 2060, which two digits can tell", y)
	}
	if o.Formats == nil {
		o.Formats = []string{FormatD95B, FormatD16A}
	}
	for _, f := range o.Formats {
		if f != FormatD95B && f != FormatD16A {
			return fmt.Errorf("voyage: no format %q; there are %s and %s", f, FormatD95B, FormatD16A)
		}
	}
	if len(o.Formats) == 0 {
		return fmt.Errorf("voyage: no format; there are %s and %s", FormatD95B, FormatD16A)
	}
	return nil
}

// flavoursFor gives the flavours of the formats allowed.
func (o *Options) flavoursFor() []flavour {
	var l []flavour
	for _, f := range flavours {
		if slices.Contains(o.Formats, f.format()) {
			l = append(l, f)
		}
	}
	return l
}
