package render

import (
	"fmt"
	"slices"
	"strings"

	"cargogate/internal/cargo"
	"cargogate/internal/intake"
)

// maxKinds is how many message types a summary names.
const maxKinds = 4

// A summary is what a file holds, in numbers for one line of text.
type summary struct {
	format       string
	interchanges int64
	messages     int64
	refused      int64    // messages that are not accepted
	kinds        []string // "CUSCAR D.95B", as they come, without repeats
	otherKinds   bool     // there are more than maxKinds
	totals       intake.Totals
	massOverflow bool
}

func (s *summary) file(f *intake.File) error {
	s.format = f.Format
	return nil
}

func (s *summary) interchange(*intake.Interchange) error {
	s.interchanges++
	return nil
}

func (s *summary) message(m *intake.Message) error {
	s.messages++
	if !m.Accepted {
		s.refused++
	}
	if kind := strings.TrimSpace(m.Type + " " + m.Version); kind != "" && !slices.Contains(s.kinds, kind) {
		if len(s.kinds) < maxKinds {
			s.kinds = append(s.kinds, kind)
		} else {
			s.otherKinds = true
		}
	}
	t := &s.totals
	t.MasterBills += m.Totals.MasterBills
	t.Consignments += m.Totals.Consignments
	t.GoodsItems += m.Totals.GoodsItems
	t.Equipment += m.Totals.Equipment
	t.Packages += m.Totals.Packages
	sum, ok := t.GrossMass.Add(m.Totals.GrossMass)
	t.GrossMass, s.massOverflow = sum, s.massOverflow || !ok
	return nil
}

// String gives the line, without the file's name.
func (s *summary) String() string {
	if s.format == intake.FormatUnknown || s.format == "" {
		return "not read"
	}
	var b strings.Builder
	if s.interchanges > 1 {
		b.WriteString(count(s.interchanges, "interchange") + ", ")
	}
	b.WriteString(count(s.messages, "message"))
	if len(s.kinds) > 0 {
		b.WriteString(" (" + printable(strings.Join(s.kinds, ", ")))
		if s.otherKinds {
			b.WriteString(" and others")
		}
		b.WriteByte(')')
	}
	for _, p := range []struct {
		n    int64
		noun string
	}{
		{s.totals.MasterBills, "master bill"}, {s.totals.Consignments, "consignment"}, {s.totals.GoodsItems, "goods item"},
		{s.totals.Equipment, "container"}, {s.totals.Packages, "package"},
	} {
		if p.n > 0 {
			b.WriteString(", " + count(p.n, p.noun))
		}
	}
	if s.totals.GrossMass != (cargo.Decimal{}) && !s.massOverflow {
		b.WriteString(", " + s.totals.GrossMass.String() + " kg")
	}
	switch {
	case s.refused == 0:
	case s.messages == 1:
		b.WriteString("; refused")
	default:
		fmt.Fprintf(&b, "; %d refused", s.refused)
	}
	return b.String()
}

// count gives "1 message", "2 messages".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
