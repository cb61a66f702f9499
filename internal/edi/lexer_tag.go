package edi

import (
	"encoding/binary"
	"math/bits"
)

// ReadTag reads the next segment like ReadSegment, but takes only its tag apart and passes over the rest, several
// times faster. The segment's Flags tell High and Escaped as far as they were seen, never Control.
func (l *Lexer) ReadTag() (*Segment, error) {
	gap := l.skipGap()
	if l.pos >= l.end {
		return nil, l.atEnd()
	}
	var p int
	var flags Flags
	for {
		if p, flags = l.terminator(); p >= 0 {
			break
		}
		if l.eof {
			return l.readOn(gap)
		}
		if l.end-l.pos > l.max {
			return l.skipOversized(gap), nil
		}
		l.fill(l.pos)
	}
	s := &l.seg
	start := l.pos
	s.Offset, s.Length, s.Gap, s.Flags = l.base+int64(start), int64(p-start), gap, flags|TagOnly
	l.tagOnly(start, p)
	l.pos = p + 1
	l.live = true
	return s, nil
}

// tagOnly makes the segment at start one that has its tag and nothing else.
func (l *Lexer) tagOnly(start, limit int) {
	e := l.tagEnd(l.buf, start, limit)
	l.ends[0], l.ends[1], l.elems[0], l.elems[1] = uint32(start)-1, uint32(e), 0, 1
	l.seg.nk, l.seg.ne = 2, 2
	if l.moved || l.seg.other {
		l.point(l.buf[:l.end], l.ends, l.elems)
	}
}

// tagEnd gives where the tag that begins at i ends.
func (l *Lexer) tagEnd(b []byte, i, limit int) int {
	for ; i < limit; i++ {
		if c := b[i]; l.d.Contains(c) {
			if c != l.d.Release {
				return i
			}
			i++
		}
	}
	return limit
}

// terminator finds the end of the segment at pos, -1 when it is not in the window.
func (l *Lexer) terminator() (int, Flags) {
	b := l.buf[:l.end]
	m := l.m
	dSeg := l.d.Segment
	var flags Flags
	var all uint64
	i := l.pos
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		hit := zero(x^m.seg) | zero(x^m.rel)
		if hit == 0 {
			all |= x
			i += 8
			continue
		}
		at := bits.TrailingZeros64(hit) >> 3
		p := i + at
		all |= x & (uint64(1)<<(8*at) - 1)
		if b[p] == dSeg {
			if all&high != 0 {
				flags |= High
			}
			return p, flags
		}
		flags |= Escaped
		if p+1 < len(b) && b[p+1] >= 0x80 {
			flags |= High
		}
		i = p + 2
	}
	if all&high != 0 {
		flags |= High
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == dSeg:
			return i, flags
		case c == l.d.Release && c != 0:
			flags |= Escaped
			i++
			if i < len(b) && b[i] >= 0x80 {
				flags |= High
			}
		case c >= 0x80:
			flags |= High
		}
	}
	return -1, 0
}

// skipOversized passes over a segment that is longer than the limit, in constant memory, and gives it with its tag
// and its full length.
func (l *Lexer) skipOversized(gap int) *Segment {
	s := &l.seg
	start := l.pos
	offset := l.base + int64(start)
	head := append(make([]byte, 0, 64), l.buf[start:min(start+64, l.end)]...)
	flags := Oversized | Unended
	i, released := start, false
	for {
		for i < l.end && flags&Unended != 0 {
			c := l.buf[i]
			switch {
			case released:
				released = false
			case c == l.d.Release && c != 0:
				released = true
			case c == l.d.Segment:
				flags &^= Unended
			}
			i++
		}
		l.pos = i
		if flags&Unended == 0 || l.eof {
			break
		}
		l.fill(i)
		i = l.pos
	}
	if released {
		flags |= Dangling
	}
	s.Offset, s.Gap, s.Flags = offset, gap, flags
	s.Length = l.base + int64(l.pos) - offset
	if flags&Unended == 0 {
		s.Length--
	}
	// The window has moved on: the segment gets its first bytes in memory of its own.
	e := l.tagEnd(head, 0, len(head))
	l.ends[0], l.ends[1], l.elems[0], l.elems[1] = ^uint32(0), uint32(e), 0, 1
	s.nk, s.ne = 2, 2
	l.point(head, l.ends, l.elems)
	s.base = offset
	l.moved, l.live = true, false
	if len(l.buf) > DefaultWindow && l.end-l.pos <= DefaultWindow {
		n := copy(l.buf, l.buf[l.pos:l.end]) // give the large window back
		l.base += int64(l.pos)
		l.buf, l.pos, l.end = append(make([]byte, 0, DefaultWindow), l.buf[:n]...)[:DefaultWindow], 0, n
	}
	return s
}
