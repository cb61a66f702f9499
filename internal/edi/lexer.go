package edi

import (
	"encoding/binary"
	"io"
	"math/bits"
)

// Sizes of the lexer's window in bytes.
const (
	// DefaultWindow is what a Lexer reads at a time: large enough that a read costs nothing beside the scan, small
	// enough to stay in the processor's cache.
	DefaultWindow = 32 << 10
	// DefaultMaxSegment is the longest segment that is taken apart; real ones stay below 10 KB.
	DefaultMaxSegment = 512 << 10
)

// A Lexer reads segments. Make one with NewLexer or NewBytesLexer.
type Lexer struct {
	r   io.Reader
	buf []byte // the window; buf[pos:end] is unread
	pos int
	end int
	// base is the offset of buf[0] in the input.
	base int64
	eof  bool
	err  error // a read error other than io.EOF, given once all segments before it are read

	d      Delimiters
	m      masks
	max    int
	shared bool // buf is the caller's: never written to
	fresh  bool // a window is never written to again: see KeepWindows

	ends  []uint32
	elems []uint32
	seg   Segment
	moved bool // window or scratch space are not what seg points to
	live  bool // seg holds a segment that has been handed out and not been followed by another read
}

// masks are the delimiters spread over eight bytes, for comparing eight bytes of input at once.
type masks struct{ seg, elem, comp, rel uint64 }

// NewLexer gives a Lexer on r with a window of DefaultWindow bytes that grows to maxSegment for long segments;
// 0 means DefaultMaxSegment.
func NewLexer(r io.Reader, d Delimiters, maxSegment int) *Lexer {
	if maxSegment <= 0 {
		maxSegment = DefaultMaxSegment
	}
	l := &Lexer{r: r, buf: make([]byte, min(DefaultWindow, maxSegment+16)), max: maxSegment}
	l.init(d)
	return l
}

// NewBytesLexer gives a Lexer on b, which is neither copied nor changed and must not exceed 4 GiB.
func NewBytesLexer(b []byte, d Delimiters) *Lexer {
	l := &Lexer{buf: b, end: len(b), eof: true, max: len(b) + 1, shared: true}
	l.init(d)
	return l
}

func (l *Lexer) init(d Delimiters) {
	l.moved = true
	l.ends = make([]uint32, 128)
	l.elems = make([]uint32, 128)
	l.SetDelimiters(d)
}

// Reset makes the lexer read r from its beginning, as if new, and keeps its memory.
func (l *Lexer) Reset(r io.Reader, d Delimiters) {
	if l.shared {
		l.buf, l.shared, l.max = make([]byte, DefaultWindow), false, DefaultMaxSegment
	}
	l.r, l.pos, l.end, l.base, l.eof, l.err, l.live, l.moved = r, 0, 0, 0, false, nil, false, true
	l.SetDelimiters(d)
}

// SetDelimiters changes the service characters from the next segment on, as an UNA or ISA segment asks for.
func (l *Lexer) SetDelimiters(d Delimiters) {
	l.d = d
	l.m = masks{seg: uint64(d.Segment) * ones, elem: uint64(d.Element) * ones, comp: uint64(d.Component) * ones, rel: uint64(d.Release) * ones}
	if d.Release == 0 {
		l.m.rel = l.m.seg // one comparison more than needed, one path fewer
	}
}

// KeepWindows makes the lexer read into new memory whenever it moves on, and never write where it has read before, so
// that who holds on to a part of a window may do so for as long as it likes. Each window is then garbage by itself.
func (l *Lexer) KeepWindows() { l.fresh = true }

// Delimiters gives the service characters in force.
func (l *Lexer) Delimiters() Delimiters { return l.d }

// InputOffset gives the offset of the first byte that has not been read as part of a segment.
func (l *Lexer) InputOffset() int64 { return l.base + int64(l.pos) }

// Peek gives up to n unread bytes without reading them, fewer only at the end of the input. n must not exceed
// DefaultWindow. It ends the life of the segment read last.
func (l *Lexer) Peek(n int) ([]byte, error) {
	for l.end-l.pos < n && !l.eof {
		l.live = false
		l.fill(l.pos)
	}
	return l.buf[l.pos:min(l.pos+n, l.end)], l.err
}

// Discard reads n bytes past, as far as they are in what Peek gave.
func (l *Lexer) Discard(n int) { l.pos = min(l.pos+n, l.end); l.live = false }

// fill moves what begins at keep to the front of the window, makes the window larger if it is full, and reads until
// it is full or the input ends, so that a segment is scanned a second time once in a window at most.
func (l *Lexer) fill(keep int) {
	if l.shared {
		l.eof = true
		return
	}
	l.moved = true
	to := l.buf
	switch {
	case keep > 0 && l.fresh:
		to = make([]byte, len(l.buf))
	case keep == 0 && l.end == len(l.buf):
		to = make([]byte, min(2*len(l.buf), l.max+16))
	}
	l.end = copy(to, l.buf[keep:l.end])
	l.buf = to
	l.base += int64(keep)
	l.pos -= keep
	for idle := 0; l.end < len(l.buf) && !l.eof; {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		if idle++; n > 0 {
			idle = 0
		} else if idle == 100 && err == nil {
			err = io.ErrNoProgress
		}
		if err != nil {
			l.eof = true
			if err != io.EOF {
				l.err = err
			}
		}
	}
}

// skipGap passes over the white space before a segment and tells how much there was.
func (l *Lexer) skipGap() int {
	gap := 0
	for {
		for l.pos < l.end {
			if c := l.buf[l.pos]; !isSpace(c) || l.d.Contains(c) {
				return gap
			}
			l.pos++
			gap++
		}
		if l.eof {
			return gap
		}
		l.fill(l.pos)
	}
}

// MayBegin reports whether the next segment may begin with c: false is certain, true is not. It is cheap enough to ask
// before every segment.
func (l *Lexer) MayBegin(c byte) bool {
	return l.pos >= l.end || l.buf[l.pos] == c || l.buf[l.pos] <= ' '
}

// PeekTag gives the tag of the next segment without reading it: up to three bytes, fewer where a delimiter or the
// end of the input comes first; nil at the end. The segment read last stays valid.
func (l *Lexer) PeekTag() []byte {
	i := l.pos
	for {
		for i < l.end && isSpace(l.buf[i]) && !l.d.Contains(l.buf[i]) {
			i++
		}
		if i+4 <= l.end || l.eof {
			break
		}
		unread := l.end - i
		i -= l.refillLive()
		if l.end-i == unread {
			break // the window is as large as it may get
		}
	}
	j := i
	for j < l.end && j < i+3 && !l.d.Contains(l.buf[j]) {
		j++
	}
	if i == j {
		return nil
	}
	return l.buf[i:j]
}

// refillLive reads on while the segment handed out last stays where its holder finds it, and tells by how much the
// window moved.
func (l *Lexer) refillLive() int {
	keep := l.pos
	if l.live {
		keep = int(l.seg.Offset - l.seg.base)
	}
	l.fill(keep)
	if !l.live {
		return keep
	}
	s := &l.seg
	for i := range s.ends[:s.nk] {
		s.ends[i] -= uint32(keep)
	}
	s.win, s.base = l.buf[:l.end], l.base
	if !s.other {
		s.vals = s.win
	}
	return keep
}

// ReadSegment reads the next segment. It gives io.EOF at the end of the input, and the reader's own error once all
// segments before it have been given. The segment is valid until the next Read, Peek or Discard.
func (l *Lexer) ReadSegment() (*Segment, error) {
	gap := 0
	if l.pos >= l.end || l.buf[l.pos] <= ' ' {
		if gap = l.skipGap(); l.pos >= l.end {
			return nil, l.atEnd()
		}
	}
	if l.d.Repetition != 0 {
		return l.readOn(gap)
	}
	// The whole segment, and eight bytes more, in the window is the common case. It is taken apart eight bytes at a time;
	// what that costs is the handling of each delimiter, so that stays a store and two compares, and there is no call.
	b := l.buf[:l.end]
	start := l.pos
	ends, elems := l.ends, l.elems
	ends[0] = uint32(start) - 1
	elems[0] = 0
	n, ne := 1, 1
	dElem, dComp, dSeg, dRel := l.d.Element, l.d.Component, l.d.Segment, l.d.Release
	m := l.m
	var flags Flags
	var odd uint64 // gathers the bytes that are below 0x20 or above 0x7e
	i := start
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		hit := (maybe(x^m.seg) | maybe(x^m.elem) | maybe(x^m.comp) | maybe(x^m.rel)) & high
		if hit == 0 {
			odd |= (x - sp) | (x + ones)
			i += 8
			continue
		}
		if n+9 > len(ends) { // there are never more elements than components
			l.ends = append(l.ends, make([]uint32, len(l.ends))...)
			l.elems = append(l.elems, make([]uint32, len(l.elems))...)
			ends, elems = l.ends, l.elems
			l.moved = true
		}
		next := i + 8
		for {
			bit := uint(bits.TrailingZeros64(hit)) &^ 7
			p := i + int(bit>>3)
			c := byte(x >> bit)
			if c == dComp {
				ends[n] = uint32(p)
				n++
			} else if c == dElem {
				ends[n] = uint32(p)
				elems[ne] = uint32(n)
				n++
				ne++
			} else if c == dSeg || c == dRel && dRel != 0 {
				// Only the bytes up to here belong to what has been read; blanks stand for the rest.
				mask := uint64(1)<<bit - 1
				x = x&mask | sp&^mask
				if c != dSeg { // release: go on behind the byte that it covers
					if p+1 >= len(b) {
						return l.readOn(gap)
					}
					flags |= Escaped | l.oddFlags(b[p+1:p+2], true)
					next = p + 2
					break
				}
				odd |= (x - sp) | (x + ones)
				ends[n] = uint32(p)
				elems[ne] = uint32(n)
				if odd&high != 0 {
					flags |= l.oddFlags(b[start:p], false)
				}
				s := &l.seg
				s.Offset, s.Length, s.Flags = l.base+int64(start), int64(p-start), flags
				s.nk, s.ne, s.Gap = n+1, ne+1, gap
				if l.moved || s.other {
					l.point(b, ends, elems)
				}
				l.pos, l.live = p+1, true
				return s, nil
			}
			hit &= hit - 1
			if hit == 0 {
				break
			}
		}
		odd |= (x - sp) | (x + ones)
		i = next
	}
	return l.readOn(gap)
}

// readOn takes apart the segment at pos that is not in the window as a whole, lies too near its end, or may have
// repetitions.
func (l *Lexer) readOn(gap int) (*Segment, error) {
	for !l.scanTable(l.eof) {
		if l.end-l.pos > l.max {
			return l.skipOversized(gap), nil
		}
		l.fill(l.pos)
	}
	l.seg.Gap, l.live = gap, true
	return &l.seg, nil
}

func (l *Lexer) atEnd() error {
	l.live = false
	if l.err != nil {
		return l.err
	}
	return io.EOF
}

const (
	low7 = 0x7f7f7f7f7f7f7f7f
	high = 0x8080808080808080
	sp   = 0x2020202020202020
	ones = 0x0101010101010101
)

// maybe has 0x80 in every byte of x that is zero; other bits mean nothing, and a byte of 1 above a zero one shows too.
// Whoever looks at the byte itself afterwards gets by with it for less than zero costs.
func maybe(x uint64) uint64 { return (x - ones) &^ x }

// zero has 0x80 in every byte of x that is zero, and nowhere else.
func zero(x uint64) uint64 { return ^(((x & low7) + low7) | x | low7) }

// point makes the segment point to the window and the scratch space. They stay where they are for hundreds of
// segments, and writing a pointer costs more than a number.
func (l *Lexer) point(win []byte, ends, elems []uint32) {
	s := &l.seg
	s.win, s.base, s.ends, s.elems, s.reps = win, l.base, ends, elems, s.reps[:0]
	s.vals, s.vends, s.other = win, ends, false
	l.moved = false
}

// oddFlags tells which bytes outside 0x20 to 0x7e stand in b: the eight-byte test only suspects them, as its borrow
// can flag the byte above one. Service characters do not count, unless a release character covers them.
func (l *Lexer) oddFlags(b []byte, covered bool) Flags {
	var f Flags
	for _, c := range b {
		switch {
		case !covered && l.d.Contains(c):
		case c < 0x20 || c == 0x7f:
			f |= Control
		case c >= 0x80:
			f |= High
		}
	}
	return f
}

// scanTable takes the segment at pos apart byte by byte, if all of it is in the window. It also knows repetition, and at
// the end of the input takes what is there as an unended segment; without that it reports false.
func (l *Lexer) scanTable(atEnd bool) bool {
	b := l.buf[:l.end]
	start := l.pos
	d := l.d
	ends, elems, reps := append(l.ends[:0], uint32(start)-1), append(l.elems[:0], 0), l.seg.reps[:0]
	var flags Flags
	i, next := start, -1
	for ; i < len(b); i++ {
		c := b[i]
		if c-0x20 > 0x7e-0x20 && !d.Contains(c) {
			flags |= l.oddFlags(b[i:i+1], true)
		}
		switch {
		case c == d.Segment:
			next = i + 1
		case c == d.Release && d.Release != 0:
			flags |= Escaped
			if i++; i < len(b) {
				flags |= l.oddFlags(b[i:i+1], true)
			} else {
				flags |= Dangling
			}
		case c == d.Element:
			ends = append(ends, uint32(i))
			elems = append(elems, uint32(len(ends)-1))
		case c == d.Component:
			ends = append(ends, uint32(i))
		case c == d.Repetition && d.Repetition != 0:
			flags |= Repetition
			ends = append(ends, uint32(i))
			reps = append(reps, uint32(len(ends)-1))
		}
		if next >= 0 {
			break
		}
	}
	l.seg.reps = reps
	if next < 0 {
		if !atEnd {
			l.keep(ends, elems)
			return false
		}
		flags |= Unended
		i = len(b)
		for i > start && isSpace(b[i-1]) && !d.Contains(b[i-1]) && flags&Dangling == 0 && !covered(b[start:i-1], d.Release) {
			i-- // white space at the end of the input belongs to no segment
		}
		if i < len(b) && flags&Control != 0 { // perhaps only in the white space
			flags &^= Control
			for j := start; j < i; j++ {
				if b[j] == d.Release && d.Release != 0 {
					flags |= l.oddFlags(b[j+1:min(j+2, i)], true)
					j++
				} else {
					flags |= l.oddFlags(b[j:j+1], false)
				}
			}
		}
		next = len(b)
	}
	ends = append(ends, uint32(i))
	elems = append(elems, uint32(len(ends)-1))
	s := &l.seg
	s.Offset, s.Length, s.Flags = l.base+int64(start), int64(i-start), flags
	s.nk, s.ne = len(ends), len(elems)
	l.point(b, ends, elems)
	s.reps = reps
	l.keep(ends, elems)
	l.pos = next
	return true
}

func isSpace(c byte) bool { return c == '\r' || c == '\n' || c == '\t' || c == ' ' }

// covered reports whether a release character at the end of b covers the byte after it.
func covered(b []byte, release byte) bool {
	n := 0
	for n < len(b) && release != 0 && b[len(b)-1-n] == release {
		n++
	}
	return n%2 == 1
}

// keep remembers the grown scratch space at its full length, as scan wants it.
func (l *Lexer) keep(ends, elems []uint32) {
	l.ends, l.elems = ends[:cap(ends)], elems[:cap(elems)]
	if n := len(l.ends) - len(l.elems); n > 0 { // scan looks at the length of one of them only
		l.elems = append(l.elems, make([]uint32, n)...)
	}
	l.moved = true
}
