package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
)

// usedElements remembers which components of a segment went into a record: bit c of used[e] for component c of the
// first repeat of element e, bit 0 for all of its repeats. Only the elements that a directory has are kept; more are
// never used.
type usedElements struct {
	bits [maxElements]uint32
	high int // the highest element that was marked
}

const (
	maxElements   = 16
	maxComponents = 31
)

func (u *usedElements) clear() {
	for i := 0; i <= u.high; i++ {
		u.bits[i] = 0
	}
	u.high = 0
}

func (u *usedElements) set(e, c int) {
	u.bits[e] |= 1 << c
	if e > u.high {
		u.high = e
	}
}

func (u *usedElements) has(e, repeat, c int) bool {
	if e >= maxElements || c > maxComponents {
		return false
	}
	b := u.bits[e]
	return b&1 != 0 || repeat == 1 && b&(1<<c) != 0
}

// raw gives a value that the record does not show, to decide by; see mark.
func (m *Mapper) raw(e, c int) []byte {
	if e+1 >= len(m.elems) {
		return nil
	}
	k := m.elems[e] + uint32(c) - 1
	if k >= m.elems[e+1] {
		return nil
	}
	if !m.simple {
		return m.s.Component(e, c)
	}
	return m.vals[m.ends[k]+1 : m.ends[k+1]]
}

// has reports whether element e is there.
func (m *Mapper) has(e int) bool { return e+1 < len(m.elems) }

// components gives the number of components of element e, as far as most.
func (m *Mapper) components(e, most int) int {
	if e+1 >= len(m.elems) {
		return 0
	}
	return min(int(m.elems[e+1]-m.elems[e]), most)
}

// mark says that a value is in the record, in whatever form.
func (m *Mapper) mark(e, c int) {
	if m.track {
		m.used.set(e, c)
	}
}

// markRepeats says that all repeats of an element are in the record.
func (m *Mapper) markRepeats(e int) {
	if m.track {
		m.used.set(e, 0)
	}
}

// str gives a value for the record, and marks it. Values of a segment share one copy of its text.
func (m *Mapper) str(e, c int) string {
	if e+1 >= len(m.elems) {
		return ""
	}
	k := m.elems[e] + uint32(c) - 1
	if k >= m.elems[e+1] {
		return ""
	}
	from, to := m.ends[k]+1, m.ends[k+1]
	if from == to {
		return ""
	}
	if m.track {
		m.used.set(e, c)
	}
	if !m.simple {
		return m.text.String(m.s, m.s.Component(e, c))
	}
	if m.lasting {
		return edifact.Alias(m.vals[from:to])
	}
	if m.whole == "" {
		m.from = m.ends[m.elems[1]] // the tag is not copied
		m.whole = m.text.String(&plain, m.vals[m.from:m.ends[m.elems[len(m.elems)-1]]])
	}
	return m.whole[from-m.from : to-m.from]
}

// markIf marks a value where it is the one that the record takes for granted, so that any other shows as unmapped.
func (m *Mapper) markIf(e, c int, usual string) {
	if m.track && string(m.raw(e, c)) == usual {
		m.used.set(e, c)
	}
}

// join gives components from to to of an element joined by sep, empty ones left out, and marks them.
func (m *Mapper) join(e, from, to int, sep byte) string {
	first := 0
	to = m.components(e, to)
	for c := from; c <= to; c++ {
		if len(m.raw(e, c)) == 0 {
			continue
		}
		if first != 0 {
			return m.joinMore(e, first, to, sep)
		}
		first = c
	}
	if first == 0 {
		return ""
	}
	return m.str(e, first)
}

func (m *Mapper) joinMore(e, from, to int, sep byte) string {
	b := m.buf[:0]
	for c := from; c <= to; c++ {
		v := m.raw(e, c)
		if len(v) == 0 {
			continue
		}
		m.mark(e, c)
		if len(b) > 0 {
			b = append(b, sep)
		}
		b = m.text.Append(b, m.s, v)
	}
	m.buf = b
	return m.keep(b)
}

// list gives list and agency (DE 1131, DE 3055) as declared, "172:20", and marks them.
func (m *Mapper) list(e, c int) string {
	list, agency := m.raw(e, c), m.raw(e, c+1)
	if len(agency) == 0 {
		return m.str(e, c)
	}
	m.mark(e, c)
	m.mark(e, c+1)
	if s := m.words.last; s != "" && len(s) == len(list)+1+len(agency) && s[:len(list)] == string(list) &&
		s[len(list)] == ':' && s[len(list)+1:] == string(agency) && m.simple {
		return s // nearly every list of a message is the same one
	}
	b := append(m.text.Append(m.buf[:0], m.s, list), ':')
	m.buf = m.text.Append(b, m.s, agency)
	m.words.last = m.keep(m.buf)
	return m.words.last
}

// plain is a segment without release characters and foreign letters: text of its kind is copied as it is.
var plain edi.Segment

// keep makes a string of text that is ready.
func (m *Mapper) keep(b []byte) string { return m.text.String(&plain, b) }

// count reads a count and marks it; where it cannot be read it stays unmarked, and so shows as unmapped.
func (m *Mapper) count(e, c int) cargo.Count {
	v := m.raw(e, c)
	if len(v) == 0 {
		return cargo.Count{}
	}
	n, _ := cargo.ParseCount(v, 0)
	if n.OK {
		m.mark(e, c)
	}
	return n
}

// extend makes a range that began before end with the segment at hand.
func (m *Mapper) extend(r *cargo.Range) {
	if end := m.s.Offset + m.s.Length; end > r.End() {
		r.Length = end - r.Offset
	}
}

// span gives the bytes of the segment at hand.
func (m *Mapper) span() cargo.Range { return cargo.Range{Offset: m.s.Offset, Length: m.s.Length} }

// A words keeps strings that are made of codes, so that each is made once.
type words struct {
	last   string // list and agency
	reason string // of the last flow

	packageType string     // the last one that is in the list
	ports       [64]uint64 // places that were found in the list, by a hash of their code
	other       map[[4]byte]string
}

// known reports whether a place was found in the list before; slot is where to remember it.
func (w *words) known(locode string) (slot *uint64, code uint64, ok bool) {
	if len(locode) != 5 {
		return nil, 0, false
	}
	for i := range 5 {
		code = code<<8 | uint64(locode[i])
	}
	slot = &w.ports[code*0x9E3779B97F4A7C15>>58]
	return slot, code, *slot == code
}

// maxWords is how many codes are kept; there are fewer in any code list, and those beyond cost an allocation.
const maxWords = 1024

// get gives what make makes of a code, made once for each code.
func (w *words) get(kind byte, code []byte, make_ func(string) string) string {
	if len(code) > 3 {
		return make_(string(code))
	}
	var k [4]byte
	k[0] = kind
	copy(k[1:], code)
	if s, ok := w.other[k]; ok {
		return s
	}
	s := make_(string(code))
	if w.other == nil {
		w.other = map[[4]byte]string{}
	}
	if len(w.other) < maxWords {
		w.other[k] = s
	}
	return s
}
