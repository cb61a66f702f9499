package directory

import (
	"strconv"

	"cargogate/internal/diag"
	"cargogate/internal/edi"
)

// A Subject is what a Walker must know of the interchange around a message.
type Subject struct {
	Interchange   int  // 1-based in the file
	Message       int  // 1-based in the interchange
	Segment       int  // number of a segment that CheckService is given: UNH = 1; 0 in the envelope
	SyntaxVersion int  // DE 0002, for the standard's own value of a finding
	Release       byte // release character, 0 for none
	DecimalMark   byte // of the UNA: '.' or ','; versions 1 to 3 allow no other
	UTF8          bool // text is UTF-8: lengths count characters
}

// A Place says which row of the message's table a segment is.
type Place struct {
	Row       int  // index into Message.Nodes; -1 where the segment has no place in the message at all
	New       bool // the segment begins a new instance of its group
	Lost      bool // the group's trigger is missing and this segment begins it
	Misplaced bool // reported as out of place; Row tells where its content belongs all the same
}

// A Choice settles what a repeated trigger means that stands where its group still lacks a mandatory row.
type Choice func(row int, s *edi.Segment) (begins bool)

// A Walker gives every segment of one message its row in the message's table, in one pass, and reports what is
// missing, out of place or too many. After a fault it finds its way back as near as it can: a missing trigger is
// taken as read when the next segments need it, and a group that stands in a wrong place is read as what it is.
// Every segment gets exactly one Place.
type Walker struct {
	subject Subject
	report  func(diag.Finding)
	peek    func() []byte
	choose  Choice

	c       *compiled
	state   int     // the row met last
	counts  []int32 // by row: occurrences in the current instance of its parent
	saved   int     // while a group in a wrong place is read: the row to come back to; -1 otherwise
	island  int     // that group
	segment int
}

// NewWalker gives a Walker that reports to report (nil for none), looks ahead with peek, which gives the next
// segment's tag or nil, and asks choose, which may be nil, about doubtful repeats.
func NewWalker(report func(diag.Finding), peek func() []byte, choose Choice) *Walker {
	return &Walker{report: report, peek: peek, choose: choose, saved: -1}
}

// Begin starts a message. The next segment must be its UNH.
func (w *Walker) Begin(m *Message, subject Subject) {
	w.subject, w.c = subject, compile(m)
	w.state, w.saved, w.segment = 0, -1, 0
	if cap(w.counts) < len(m.Nodes) {
		w.counts = make([]int32, len(m.Nodes))
	}
	w.counts = w.counts[:len(m.Nodes)]
	clear(w.counts)
}

// Message gives the table that is walked.
func (w *Walker) Message() *Message { return w.c.m }

// Step takes the next segment, checks its elements against its definition where somebody is told of what is wrong, and
// gives its row.
func (w *Walker) Step(s *edi.Segment) Place {
	w.segment++
	m := w.place(s)
	if w.report != nil && m.Row >= 0 && s.Flags&edi.Oversized == 0 {
		w.check(s, w.c.checks[m.Row], m.Row)
	}
	return m
}

// Segment gives the number of the segment that Step took last, UNH = 1.
func (w *Walker) Segment() int { return w.segment }

func (w *Walker) place(s *edi.Segment) Place {
	tag := s.Tag()
	if w.segment == 1 {
		w.counts[0] = 1
		return Place{Row: 0}
	}
	if len(tag) != 3 {
		return w.unknown(s, tag)
	}
	t := w.c.tags.get(tagKey(tag))
	if t < 0 {
		return w.unknown(s, tag)
	}
	tr := &w.c.next[w.state*w.c.ntags+int(t)]
	if w.saved >= 0 && (tr.to < 0 || !w.c.m.within(int(tr.to), w.island)) {
		w.state, w.saved = w.saved, -1
		tr = &w.c.next[w.state*w.c.ntags+int(t)]
	}
	if tr.to < 0 {
		return w.astray(s)
	}
	if tr.alt != 0 && w.isRather(&w.c.alts[tr.alt], int(tr.to), s) {
		tr = &w.c.alts[tr.alt]
	}
	if tr.missed != 0 {
		if tr.repeat && w.ownRowMissing(tr) && !w.begins(int(tr.to), s) {
			w.find(diag.SegmentNotAllowedHere, w.tagAt(s), w.pointer(int(tr.to)), s.Tag(), diag.A("segment", string(tag)), diag.A("after", w.c.m.Nodes[w.state].Tag))
			return Place{Row: int(tr.to), Misplaced: true}
		}
		w.missing(s, w.c.misses[tr.missed])
	}
	if tr.group < 0 {
		to := int(tr.to)
		w.state = to
		if w.counts[to]++; w.counts[to] > w.c.max[to] {
			return w.tooMany(s, to, -1)
		}
		return Place{Row: to}
	}
	return w.enter(s, int(tr.to), int(tr.group))
}

// enter begins a new instance of group g with segment s.
func (w *Walker) enter(s *edi.Segment, to, g int) Place {
	nodes := w.c.m.Nodes
	clear(w.counts[g+1 : nodes[g].End])
	w.counts[to] = 1
	w.state = to
	if w.counts[g]++; w.counts[g] > w.c.max[g] {
		return w.tooMany(s, to, g)
	}
	return Place{Row: to, New: true}
}

// next gives the number of the next segment's tag, -1 where there is none that the message has.
func (w *Walker) next() int {
	if p := w.peek(); len(p) == 3 {
		return int(w.c.tags.get(tagKey(p)))
	}
	return -1
}

// isRather settles a segment that has a row of its own and could also begin an open group anew: a RFF behind a NAD is
// the party's, unless what follows can only follow a bill's RFF, and its qualifier says that it is one.
func (w *Walker) isRather(alt *transition, row int, s *edi.Segment) bool {
	next := w.next()
	if next < 0 || w.choose == nil || w.c.next[row*w.c.ntags+next].to >= 0 || w.c.next[int(alt.to)*w.c.ntags+next].to < 0 {
		return false
	}
	return w.choose(int(alt.to), s)
}

// ownRowMissing reports whether what lacks is a row of the repeated group itself, not of a group inside it.
func (w *Walker) ownRowMissing(tr *transition) bool {
	for _, r := range w.c.misses[tr.missed] {
		if w.c.m.Nodes[r].Parent == int(tr.group) {
			return true
		}
	}
	return false
}

// begins asks whether a trigger that comes too early begins a new instance.
func (w *Walker) begins(row int, s *edi.Segment) bool {
	return w.choose == nil || w.choose(row, s)
}

// tooMany reports the first occurrence over the table's maximum; those after it go unsaid.
func (w *Walker) tooMany(s *edi.Segment, to, g int) Place {
	row, code := to, diag.TooManySegmentRepeats
	if g >= 0 {
		row, code = g, diag.TooManyGroupRepeats
	}
	if n := &w.c.m.Nodes[row]; int(w.counts[row]) == n.Max+1 {
		w.find(code, w.tagAt(s), w.pointer(to), s.Tag(), diag.A("segment", n.Tag), diag.N("max", int64(n.Max)))
	}
	return Place{Row: to, New: g >= 0}
}

// missing reports mandatory rows that were passed over, at the segment where that was noticed.
func (w *Walker) missing(s *edi.Segment, rows []int16) {
	for _, r := range rows {
		w.lacks(s, int(r))
	}
}

func (w *Walker) lacks(s *edi.Segment, row int) {
	n := &w.c.m.Nodes[row]
	if n.Group > 0 {
		w.find(diag.MissingGroup, w.tagAt(s), w.pointer(row), s.Tag(), diag.N("group", int64(n.Group)), diag.A("segment", n.Tag))
	} else {
		w.find(diag.MissingSegment, w.tagAt(s), w.pointer(row), s.Tag(), diag.A("segment", n.Tag), diag.A("name", n.Name))
	}
}

// unknown reports a segment that the message does not have.
func (w *Walker) unknown(s *edi.Segment, tag []byte) Place {
	if s.Flags&edi.Oversized != 0 {
		return Place{Row: -1, Misplaced: true}
	}
	code := diag.UnknownSegment
	if !wellFormed(tag) {
		code = diag.MalformedTag
	}
	w.find(code, w.tagAt(s), w.here(), tag, diag.A("segment", diag.Clip(tag)), diag.A("message", w.c.m.Type))
	return Place{Row: -1, Misplaced: true}
}

// wellFormed reports whether tag can be a segment tag: three upper-case letters or digits, a letter first.
func wellFormed(tag []byte) bool {
	if len(tag) != 3 || tag[0] < 'A' || tag[0] > 'Z' {
		return false
	}
	for _, c := range tag[1:] {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// astray settles a segment that cannot come after the row met last. What comes next decides between three readings:
// the trigger of its group is missing; it begins a group in a wrong place; it stands alone in a wrong place.
func (w *Walker) astray(s *edi.Segment) Place {
	m := w.c.m
	tag := string(s.Tag())
	next := w.next()
	goesOn := func(row int) bool { return next >= 0 && w.c.next[row*w.c.ntags+next].to >= 0 }
	for g := m.Nodes[w.state].Parent; g >= 0; g = m.Nodes[g].Parent {
		if child := w.child(g, tag); child >= 0 && goesOn(child) && w.restarts(g, child, next) {
			return w.withoutTrigger(s, g, child)
		}
	}
	skip := goesOn(w.state) // what follows could do without this segment
	for g := range m.Nodes {
		if m.Nodes[g].Group == 0 || m.within(w.state, g) {
			continue
		}
		child := w.child(g, tag)
		if child < 0 || !goesOn(child) || skip && !w.goesInto(child, next) {
			continue
		}
		if found := m.candidates(w.state, m.Nodes[g].Tag); len(found) > 0 && found[0] == g+1 {
			return w.withoutTrigger(s, g, child)
		}
	}
	home, near := w.home(tag), w.state
	if home >= 0 {
		near = home
	}
	w.find(diag.SegmentNotAllowedHere, w.tagAt(s), w.pointer(near), s.Tag(), diag.A("segment", tag), diag.A("after", m.Nodes[w.state].Tag))
	if home < 0 {
		return Place{Row: -1, Misplaced: true}
	}
	if g := m.triggers(home); g >= 0 && next >= 0 {
		if to := w.c.next[home*w.c.ntags+next].to; to >= 0 && m.within(int(to), g) {
			w.saved, w.island = w.state, g
			p := w.enter(s, home, g)
			p.Misplaced = true
			return p
		}
	}
	return Place{Row: home, Misplaced: true}
}

// restarts reports whether the segments of an open group begin anew with row child: it was the first in this instance
// behind the trigger, and what follows has been there too. So a further instance has lost its trigger.
func (w *Walker) restarts(g, child, next int) bool {
	nodes := w.c.m.Nodes
	first, followed := -1, false
	for i := g + 2; i < nodes[g].End; i = nodes[i].End {
		if w.counts[i] == 0 {
			continue
		}
		row := i
		if nodes[i].Group > 0 {
			row = i + 1
		}
		if first < 0 {
			first = row
		}
		followed = followed || row != child && int(w.c.tags.get(tagKey([]byte(nodes[i].Tag)))) == next
	}
	return first == child && followed
}

// goesInto reports whether row begins a group and the next tag is of that group: it would be lost with its trigger.
func (w *Walker) goesInto(row, next int) bool {
	g := w.c.m.triggers(row)
	return g >= 0 && w.c.m.within(int(w.c.next[row*w.c.ntags+next].to), g)
}

// withoutTrigger begins an instance of group g whose trigger is missing, with its row child.
func (w *Walker) withoutTrigger(s *edi.Segment, g, child int) Place {
	m := w.c.m
	w.missing(s, m.passedOver(w.state, g+1))
	w.counts[g]++
	clear(w.counts[g+1 : m.Nodes[g].End])
	w.lacks(s, g+1)
	if sub := m.triggers(child); sub >= 0 {
		p := w.enter(s, child, sub)
		p.Lost = true
		return p
	}
	w.state = child
	w.counts[child] = 1
	return Place{Row: child, Lost: true}
}

// child gives the row of tag directly in group g: a segment row, the trigger of a group in it, -1 if there is none.
func (w *Walker) child(g int, tag string) int {
	nodes := w.c.m.Nodes
	for i := g + 2; i < nodes[g].End; i = nodes[i].End {
		if nodes[i].Tag == tag {
			if nodes[i].Group > 0 {
				return i + 1
			}
			return i
		}
	}
	return -1
}

// home gives the row that tag has in the innermost open group that knows it, wherever in that group; -1 for none. What
// stands inside a group is never taken for a plain segment of the message's header.
func (w *Walker) home(tag string) int {
	nodes := w.c.m.Nodes
	at := nodes[w.state].Parent
	for {
		from, end := 0, len(nodes)
		if at >= 0 {
			from, end = at+1, nodes[at].End
		}
		for i := from; i < end; i = nodes[i].End {
			if nodes[i].Tag != tag {
				continue
			}
			if nodes[i].Group > 0 {
				return i + 1
			}
			if at >= 0 || nodes[w.state].Parent < 0 {
				return i
			}
		}
		if at < 0 {
			return -1
		}
		at = nodes[at].Parent
	}
}

// End ends a message that came without UNT, which the envelope reports: it reports what else is missing, at the
// place where the message breaks off.
func (w *Walker) End(at diag.Position) {
	if w.segment == 0 {
		return
	}
	if w.saved >= 0 {
		w.state, w.saved = w.saved, -1
	}
	for _, r := range w.c.misses[w.c.end[w.state]] {
		n := &w.c.m.Nodes[r]
		code := diag.MissingSegment
		if n.Group > 0 {
			code = diag.MissingGroup
		}
		w.find(code, at, w.pointer(int(r)), nil, diag.A("segment", n.Tag), diag.A("name", n.Name), diag.N("group", int64(n.Group)))
	}
}

// tagAt is the position of a segment as a whole, marked at its tag.
func (w *Walker) tagAt(s *edi.Segment) diag.Position {
	_, n := s.ElementSpan(0)
	return diag.Position{Offset: s.Offset, Length: n, Segment: w.segment}
}

// Pointer gives the pointer of row as things stand: the current instances of the groups around it.
func (w *Walker) Pointer(row int) diag.Pointer {
	if row < 0 {
		return diag.Pointer("UNH[" + strconv.Itoa(w.subject.Message) + "]")
	}
	return diag.Pointer(w.appendPointer(nil, row))
}

func (w *Walker) here() diag.Pointer { return w.pointer(w.state) }

// pointer is Pointer for a finding, which costs nothing where nobody is told.
func (w *Walker) pointer(row int) diag.Pointer {
	if w.report == nil {
		return ""
	}
	return w.Pointer(row)
}

func (w *Walker) appendPointer(b []byte, row int) []byte {
	n := &w.c.m.Nodes[row]
	if n.Parent < 0 {
		b = append(b, "UNH["...)
		b = strconv.AppendInt(b, int64(w.subject.Message), 10)
		b = append(b, ']')
	} else {
		b = w.appendPointer(b, n.Parent)
	}
	if row == 0 {
		return b
	}
	b = append(b, '/')
	if n.Group > 0 {
		b = append(b, "SG"...)
		b = strconv.AppendInt(b, int64(n.Group), 10)
	} else {
		b = append(b, n.Tag...)
	}
	b = append(b, '[')
	b = strconv.AppendInt(b, int64(max(1, w.counts[row])), 10)
	return append(b, ']')
}

func (w *Walker) find(code diag.Code, at diag.Position, p diag.Pointer, value []byte, args ...diag.Arg) {
	if w.report == nil {
		return
	}
	w.report(diag.Finding{Code: code, Standard: code.Standard(w.subject.SyntaxVersion), Interchange: w.subject.Interchange,
		Message: w.subject.Message, Pos: at, Pointer: p, Value: diag.Clip(value), Args: args})
}
