package synth

import "bytes"

// A span is a piece of the source, from byte off up to but without byte end.
type span struct{ off, end int }

// A document is a source cut into segments by this package's own splitter. It knows UNA, the five service
// characters and the release character, and nothing of directories.
type document struct {
	src                                     []byte
	component, element, release, terminator byte
	segments                                []span // from the tag to the terminator, which is not included
}

// split cuts src. Bytes after the last terminator are no segment. Space, tab and line breaks between segments
// belong to none.
func split(src []byte) *document {
	d := &document{src: src, component: ':', element: '+', release: '?', terminator: '\''}
	at := 0
	if bytes.HasPrefix(src, []byte("UNA")) && len(src) >= 9 {
		d.component, d.element, d.release, d.terminator = src[3], src[4], src[6], src[8]
		at = 9
	}
	for {
		for at < len(src) && (src[at] == '\r' || src[at] == '\n' || src[at] == ' ' || src[at] == '\t') {
			at++
		}
		stop := d.next(at, len(src), d.terminator, d.terminator)
		if stop == len(src) {
			return d
		}
		d.segments = append(d.segments, span{at, stop})
		at = stop + 1
	}
}

// next gives the place of the first a or b from at on that no release character precedes, or end.
func (d *document) next(at, end int, a, b byte) int {
	for ; at < end; at++ {
		switch c := d.src[at]; {
		case c == d.release:
			at++
		case c == a || c == b:
			return at
		}
	}
	return end
}

// tag gives a segment's tag.
func (d *document) tag(seg int) string {
	s := d.segments[seg]
	return string(d.src[s.off:d.next(s.off, s.end, d.element, d.component)])
}

// is tells whether the segment's tag is the given one, without allocating. Out of range is false.
func (d *document) is(seg int, tag string) bool {
	if seg < 0 || seg >= len(d.segments) {
		return false
	}
	s := d.segments[seg]
	n := s.off + len(tag)
	return n <= s.end && string(d.src[s.off:n]) == tag && (n == s.end || d.src[n] == d.element)
}

// elementSpan gives the n-th element after the tag, 1-based.
func (d *document) elementSpan(seg, n int) (span, bool) {
	s := d.segments[seg]
	at := s.off
	for ; n > 0; n-- {
		at = d.next(at, s.end, d.element, d.element)
		if at == s.end {
			return span{}, false
		}
		at++
	}
	return span{at, d.next(at, s.end, d.element, d.element)}, true
}

// at gives the c-th component of the n-th element, both 1-based; false where the segment is cut short before it.
func (d *document) at(seg, n, c int) (span, bool) {
	e, ok := d.elementSpan(seg, n)
	if !ok {
		return e, false
	}
	off := e.off
	for ; c > 1; c-- {
		off = d.next(off, e.end, d.component, d.component)
		if off == e.end {
			return span{}, false
		}
		off++
	}
	return span{off, d.next(off, e.end, d.component, d.component)}, true
}

// value gives the text of a component as it stands, release characters included; "" where there is none.
func (d *document) value(seg, n, c int) string {
	s, ok := d.at(seg, n, c)
	if !ok {
		return ""
	}
	return string(d.src[s.off:s.end])
}

// after gives the place where the segment that follows begins, or the end of the source: the segment with its
// terminator and line break reaches to there.
func (d *document) after(seg int) int {
	if seg+1 < len(d.segments) {
		return d.segments[seg+1].off
	}
	return len(d.src)
}
