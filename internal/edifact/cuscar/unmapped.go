package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/edi"
)

// Reasons of cargo.Unmapped.
const (
	reasonNoField    = "no_field"     // the model has no field for it
	reasonNotInTable = "not_in_table" // the message has no place for the segment
	reasonNoGroup    = "no_group"     // the record that it belongs to has not begun, or is full
	reasonNoBill     = "no_bill"      // a CNI group without any bill
)

// notMapped hands on the segment at hand as a whole.
func (m *Mapper) notMapped(reason string) {
	m.strange++
	if !m.track {
		return
	}
	s := m.s
	u := m.openUnmapped(reason)
	for e := 1; e <= s.NumElements(); e++ {
		off, n := s.ElementSpan(e)
		u.Elements = append(u.Elements, m.verbatim(off, n))
	}
	u.Source = m.span()
	m.sink.Unmapped(u)
}

// leftovers hands on each element of the segment at hand that no field shows.
func (m *Mapper) leftovers() {
	s := m.s
	for e := 1; e <= s.NumElements(); e++ {
		repeats := s.NumRepeats(e)
		for r := 1; r <= repeats; r++ {
			n := s.RepeatComponents(e, r)
			for c := 1; c <= n; c++ {
				v := s.RepeatComponent(e, r, c)
				if len(v) == 0 || m.used.has(e, r, c) {
					continue
				}
				u := m.openUnmapped(reasonNoField)
				u.Pointer += m.elementName(m.rowAt, e, c)
				off, length := s.Span(e, r, c)
				u.Elements = append(u.Elements, m.text.String(s, v))
				u.Source = cargo.Range{Offset: off, Length: int64(length)}
				m.sink.Unmapped(u)
			}
		}
	}
}

func (m *Mapper) openUnmapped(reason string) *cargo.Unmapped {
	u := &m.unmapped
	u.Reset()
	u.Origin, u.Reason = m.origin(), reason
	u.Tag = m.text.String(m.s, m.s.Tag())
	u.Segment = m.walker.Segment()
	u.Pointer = string(m.walker.Pointer(m.rowAt))
	return u
}

// verbatim gives bytes of the segment at hand as sent, in UTF-8.
func (m *Mapper) verbatim(offset int64, n int) string {
	raw := m.s.Raw()
	from := offset - m.s.Offset
	if from < 0 || from+int64(n) > int64(len(raw)) {
		return ""
	}
	as := edi.Segment{Flags: m.s.Flags &^ edi.Escaped}
	return m.text.String(&as, raw[from:from+int64(n)])
}
