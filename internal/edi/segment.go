package edi

import "bytes"

// Flags say what the lexer met inside a segment, so that the common clean segment costs its readers nothing.
type Flags uint8

// Flags of a Segment. They are exact: a flag is set if and only if a byte of the segment asks for it.
const (
	Escaped    Flags = 1 << iota // a release character stands in it: values need Unescape
	Control                      // a byte below 0x20 (a line break, mostly) or 0x7f stands in it
	High                         // a byte of 0x80 or above stands in it
	Unended                      // the input ended before the segment terminator
	Dangling                     // the input ended right after a release character
	Oversized                    // longer than the lexer's limit: only the tag is there, the rest was skipped
	Repetition                   // a repetition separator stands in it
	TagOnly                      // read by ReadTag: only the tag is there, the rest was passed over
)

// A Segment is one segment of an interchange. Its bytes lie in the lexer's window and are valid until the next Read;
// Clone keeps them.
//
// Counting is 1-based: Element(1) is the first after the tag, which is element 0.
type Segment struct {
	Offset int64 // of the tag's first byte, from the start of the input
	Length int64 // in bytes, the terminator not counted
	Gap    int   // bytes of white space (CR, LF, tab, space) skipped before the tag
	Flags  Flags

	win   []byte   // the window; ends and elems index into it
	base  int64    // offset of win[0] in the input
	ends  []uint32 // ends[k]+1 .. ends[k+1] is component k, counted through the segment; component 0 is the tag
	elems []uint32 // elems[e] is the first component of element e; one more entry than elements and tag
	nk    int      // entries of ends in use
	ne    int      // entries of elems in use
	reps  []uint32 // components that begin a further repeat, ascending; empty without repetition

	vals  []byte   // what the accessors read: win, unless Rewrite put cleaned text there
	vends []uint32 // the same for ends
	other bool     // vals is not win
}

// Tag gives the segment tag as it stands, "NAD". Explicit nesting components of the tag are not part of it.
func (s *Segment) Tag() []byte { return s.vals[s.vends[0]+1 : s.vends[1]] }

// NumElements gives the number of elements after the tag, empty ones counted.
func (s *Segment) NumElements() int { return s.ne - 2 }

// NumComponents gives the number of components of element e, all its repeats together; 0 when e is not there.
func (s *Segment) NumComponents(e int) int {
	if e+1 >= s.ne {
		return 0
	}
	return int(s.elems[e+1] - s.elems[e])
}

// Component gives component c of the first repeat of element e, still escaped; nil when it is not there, which is
// not told apart from empty.
func (s *Segment) Component(e, c int) []byte {
	if e+1 >= s.ne {
		return nil
	}
	k := int(s.elems[e]) + c - 1
	if k >= int(s.elems[e+1]) {
		return nil
	}
	if s.Flags&Repetition != 0 && k >= s.repEnd(e, 1) {
		return nil
	}
	return s.vals[s.vends[k]+1 : s.vends[k+1]]
}

// Element gives the first component of element e: the value of a simple element.
func (s *Segment) Element(e int) []byte { return s.Component(e, 1) }

// NumRepeats gives the number of occurrences of element e: 0 when it is not there, else 1 or more.
func (s *Segment) NumRepeats(e int) int {
	if e+1 >= s.ne {
		return 0
	}
	n := 1
	if s.Flags&Repetition != 0 {
		for _, k := range s.reps {
			if k > s.elems[e] && k < s.elems[e+1] {
				n++
			}
		}
	}
	return n
}

// RepeatComponents gives the number of components of repeat r of element e.
func (s *Segment) RepeatComponents(e, r int) int {
	if e+1 >= s.ne {
		return 0
	}
	from, to := s.repStart(e, r), s.repEnd(e, r)
	return max(0, to-from)
}

// RepeatComponent gives component c of repeat r of element e, still escaped; nil when it is not there.
func (s *Segment) RepeatComponent(e, r, c int) []byte {
	if e+1 >= s.ne {
		return nil
	}
	k := s.repStart(e, r) + c - 1
	if k >= s.repEnd(e, r) {
		return nil
	}
	return s.vals[s.vends[k]+1 : s.vends[k+1]]
}

// repStart gives the first component of repeat r of element e, repEnd one past its last.
func (s *Segment) repStart(e, r int) int {
	if r <= 1 {
		return int(s.elems[e])
	}
	for _, k := range s.reps {
		if k > s.elems[e] && k < s.elems[e+1] {
			if r--; r == 1 {
				return int(k)
			}
		}
	}
	return int(s.elems[e+1])
}

func (s *Segment) repEnd(e, r int) int {
	for _, k := range s.reps {
		if k > s.elems[e] && k < s.elems[e+1] {
			if r--; r == 0 {
				return int(k)
			}
		}
	}
	return int(s.elems[e+1])
}

// Span gives where component c of repeat r of element e stands in the input: its offset and its length in bytes as
// sent. For a component or element that is not there it gives the place where it would have to be added, with length 0.
func (s *Segment) Span(e, r, c int) (offset int64, length int) {
	if e+1 >= s.ne {
		return s.Offset + s.Length, 0
	}
	from, to := s.repStart(e, r), s.repEnd(e, r)
	if from >= to {
		return s.base + int64(s.ends[to]), 0
	}
	k := from + max(c, 1) - 1
	if k >= to {
		return s.base + int64(s.ends[to]), 0
	}
	return s.base + int64(s.ends[k]+1), int(s.ends[k+1] - s.ends[k] - 1)
}

// ElementSpan gives where the whole of element e stands, all its components and repeats; element 0 is the tag.
func (s *Segment) ElementSpan(e int) (offset int64, length int) {
	if e+1 >= s.ne {
		return s.Offset + s.Length, 0
	}
	from, to := s.elems[e], s.elems[e+1]
	return s.base + int64(s.ends[from]+1), int(s.ends[to] - s.ends[from] - 1)
}

// Flat gives what the accessors read as it lies in memory, for a reader that goes over every component of every
// segment and cannot afford a call for each: component k, counted through the segment with the tag as 0, is
// text[ends[k]+1:ends[k+1]], and element e has the components elems[e] to elems[e+1]-1. Repeats are not told apart.
func (s *Segment) Flat() (text []byte, ends, elems []uint32) { return s.vals, s.vends, s.elems[:s.ne] }

// Raw gives the bytes of the segment as sent, without the terminator; what stands in them may have been rewritten
// for the accessors. An oversized segment has only its first bytes here.
func (s *Segment) Raw() []byte {
	from := s.Offset - s.base
	to := min(from+s.Length, int64(len(s.win)))
	return s.win[from:to]
}

// Clone copies the segment with its bytes, so that it can be kept.
func (s *Segment) Clone() *Segment {
	c := *s
	raw := bytes.Clone(s.Raw())
	shift := uint32(s.Offset - s.base)
	c.win, c.base = raw, s.Offset
	c.ends = make([]uint32, s.nk)
	for i, e := range s.ends[:s.nk] {
		c.ends[i] = e - shift // the first is one before the tag: it wraps and comes right again with the +1
	}
	c.elems = append([]uint32(nil), s.elems[:s.ne]...)
	c.reps = append([]uint32(nil), s.reps...)
	if s.other {
		c.vals, c.vends = bytes.Clone(s.vals), append([]uint32(nil), s.vends...)
	} else {
		c.vals, c.vends = c.win, c.ends
	}
	return &c
}

// Rewrite gives the accessors other text than was sent, component by component, while Span and Raw keep telling
// where the original stands. The function appends to dst what the component's bytes become. It is how line breaks
// are taken out of a segment without losing a position. buf and ends are scratch space, given back for reuse.
func (s *Segment) Rewrite(buf []byte, ends []uint32, f func(dst, component []byte, element int) []byte) ([]byte, []uint32) {
	buf, ends = append(buf[:0], 0), append(ends[:0], 0) // a byte before the tag, as in ends
	for e := 0; e+1 < s.ne; e++ {
		for k := s.elems[e]; k < s.elems[e+1]; k++ {
			buf = f(buf, s.win[s.ends[k]+1:s.ends[k+1]], e)
			ends = append(ends, uint32(len(buf)))
			buf = append(buf, 0) // where the separator stood
		}
	}
	s.vals, s.vends, s.other = buf, ends, true
	return buf, ends
}

// AppendUnescaped appends v to dst with every release character taken out and the byte after it kept.
func AppendUnescaped(dst, v []byte, release byte) []byte {
	for i := 0; i < len(v); i++ {
		if v[i] == release && release != 0 && i+1 < len(v) {
			i++
		}
		dst = append(dst, v[i])
	}
	return dst
}
