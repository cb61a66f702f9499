package edifact

import (
	"bytes"
	"hash/maphash"
	"strconv"

	"cargogate/internal/diag"
	"cargogate/internal/edi"
)

// service takes a service segment into account and checks it against what came before.
func (d *Decoder) service(s *edi.Segment, tag []byte) {
	switch string(tag) {
	case "UNB":
		d.unb(s)
	case "UNG":
		d.ung(s)
	case "UNH":
		d.unh(s)
	case "UNT":
		d.unt(s)
	case "UNE":
		d.une(s)
	case "UNZ":
		d.unz(s)
	case "UNA":
		d.body(s) // inside a message it is no service string advice any more
	default:
		d.body(s)
		d.envelopeFinding(diag.EnvelopeFunctionNotSupported, d.position(s, 0, 0), tag)
	}
}

func (d *Decoder) unb(s *edi.Segment) {
	at := tagPosition(s)
	if !d.advised() {
		del := d.lex.Delimiters()
		d.closeInterchange(at)
		d.open(s.Offset)
		d.ic.Delimiters = del
	}
	d.kind, d.segment = InterchangeHeader, 0
	d.headPos = at
	ic := d.ic
	ic.HasHeader = true
	ic.SyntaxID = d.value(s, 1, 1)
	version := d.value(s, 1, 2)
	rep, known := repertoireOf(ic.SyntaxID)
	n, err := strconv.Atoi(version)
	switch {
	case err == nil && n >= 1 && n <= 4:
		ic.SyntaxVersion = n
	case version != "":
		d.envelopeFinding(diag.SyntaxNotSupported, d.position(s, 1, 2), s.Component(1, 2))
	}
	switch {
	case !known && ic.SyntaxID != "":
		d.envelopeFinding(diag.SyntaxNotSupported, d.position(s, 1, 1), s.Component(1, 1))
	case known && !rep.held:
		d.envelopeFinding(diag.CharacterSetNotSupported, d.position(s, 1, 1), s.Component(1, 1))
	}
	d.charset = rep
	ic.Charset = rep.charset
	if d.known != nil {
		if c, ok := d.known(ic.Index); ok {
			ic.Charset = c
		}
	}
	// The repetition separator is one only in syntax version 4: before that an asterisk is text (ISO 9735-1, 8).
	del := ic.Delimiters
	if ic.SyntaxVersion >= 4 && !ic.HasUNA {
		del.Repetition = '*'
	}
	if ic.SyntaxVersion < 4 {
		del.Repetition = 0
	}
	ic.Delimiters = del
	ic.Sender = d.address(s, 2)
	ic.Recipient = d.address(s, 3)
	ic.Date, ic.Time = d.value(s, 4, 1), d.value(s, 4, 2)
	ic.ControlReference = d.value(s, 5, 1)
	ic.Application, ic.Priority, ic.AckRequest = d.value(s, 7, 1), d.value(s, 8, 1), d.value(s, 9, 1)
	ic.Agreement, ic.TestIndicator = d.value(s, 10, 1), d.value(s, 11, 1)
	if d.envelope {
		key := ic.Sender.ID + "\x00" + ic.Sender.Qualifier + "\x00" + ic.Recipient.ID + "\x00" + ic.Recipient.Qualifier + "\x00" + ic.ControlReference + "\x00" + ic.TestIndicator
		if ic.ControlReference != "" && !d.files.add(key) {
			d.envelopeFinding(diag.DuplicateInterchange, d.position(s, 5, 0), s.Component(5, 1))
		}
	}
	d.lex.SetDelimiters(del)
}

func (d *Decoder) ung(s *edi.Segment) {
	at := tagPosition(s)
	d.needInterchange(s)
	d.closeMessage(at)
	d.closeGroup(at)
	d.kind, d.segment = GroupHeader, 0
	d.groups++
	d.groupMsgs = 0
	d.groupPos = at
	d.group = &Group{Index: d.groups, Offset: s.Offset, Type: d.value(s, 1, 1), Sender: d.address(s, 2), Recipient: d.address(s, 3), Reference: d.value(s, 5, 1), Version: d.value(s, 7, 1), Release: d.value(s, 7, 2)}
	if d.direct > 0 {
		d.mixed(s)
	}
}

func (d *Decoder) unh(s *edi.Segment) {
	at := tagPosition(s)
	d.needInterchange(s)
	d.closeMessage(at)
	d.kind, d.segment = MessageHeader, 1
	d.messages++
	d.msgPos = at
	d.msgPos.Segment = 1
	m := &Message{Index: d.messages, Offset: s.Offset, Reference: d.value(s, 1, 1), Type: d.value(s, 2, 1), Version: d.value(s, 2, 2), Release: d.value(s, 2, 3), Agency: d.value(s, 2, 4), Association: d.value(s, 2, 5), Common: d.value(s, 3, 1), Group: d.group}
	d.msg = m
	if !d.envelope {
		return
	}
	switch {
	case d.group != nil:
		d.group.Messages++
		if d.group.firstType == "" {
			d.group.firstType = m.Type
			if d.group.Type != "" && d.ic.SyntaxVersion < 4 {
				d.group.firstType = d.group.Type
			}
		}
		if m.Type != d.group.firstType && m.Type != "" {
			d.envelopeFindingArgs(diag.SecondMessageTypeInGroup, d.position(s, 2, 1), s.Component(2, 1), []diag.Arg{diag.A("expected", d.group.firstType)}, d.groupPos)
		}
		if g := d.group; g.Release != "" && m.Release != "" && (g.Version != m.Version || g.Release != m.Release) {
			at := d.position(s, 2, 3)
			d.envelopeFindingArgs(diag.VersionDiffersFromGroup, at, s.Component(2, 3),
				[]diag.Arg{diag.A("found", m.Directory()), diag.A("expected", g.Version+"."+g.Release)}, d.groupPos)
		}
	case d.groups > 0:
		d.mixed(s)
		d.direct++
	default:
		d.direct++
	}
	if m.Reference != "" {
		if !d.refs.add(m.Reference) {
			d.envelopeFinding(diag.DuplicateReference, d.position(s, 1, 0), s.Component(1, 1))
		}
	}
	if v := s.Element(4); len(v) > 0 {
		d.envelopeFinding(diag.MessageSplit, d.position(s, 4, 1), v)
	}
}

// mixed reports that messages stand beside functional groups, once an interchange.
func (d *Decoder) mixed(s *edi.Segment) {
	if !d.mixTold {
		d.mixTold = true
		d.envelopeFinding(diag.GroupsAndMessagesMixed, d.position(s, 0, 0), s.Tag())
	}
}

func (d *Decoder) unt(s *edi.Segment) {
	if d.msg == nil || d.kind == MessageTrailer {
		d.body(s)
		return
	}
	d.kind = MessageTrailer
	d.count(s, d.segment, "segments", d.msgPos)
	d.reference(s, 2, d.msg.Reference, d.msgPos)
}

func (d *Decoder) une(s *edi.Segment) {
	d.closeMessage(tagPosition(s))
	d.kind, d.segment = GroupTrailer, 0
	if d.group == nil {
		d.envelopeFinding(diag.MissingGroupHeader, tagPosition(s), s.Tag())
		return
	}
	d.count(s, d.group.Messages, "messages", d.groupPos)
	d.reference(s, 2, d.group.Reference, d.groupPos)
	if d.group.Messages == 0 {
		d.envelopeFinding(diag.LowerLevelEmpty, tagPosition(s), s.Tag(), d.groupPos)
	}
}

func (d *Decoder) unz(s *edi.Segment) {
	at := tagPosition(s)
	if d.interchanges == 0 || d.closed {
		d.body(s)
		return
	}
	d.closeMessage(at)
	d.closeGroup(at)
	d.kind, d.segment = InterchangeTrailer, 0
	d.closed = true
	if !d.ic.HasHeader {
		return // its absence has been reported
	}
	if d.groups > 0 {
		d.count(s, d.groups, "groups", d.headPos)
	} else {
		d.count(s, d.messages, "messages", d.headPos)
	}
	d.reference(s, 2, d.ic.ControlReference, d.headPos)
	if d.groups == 0 && d.messages == 0 {
		d.envelopeFinding(diag.LowerLevelEmpty, at, s.Tag(), d.headPos)
	}
}

// needInterchange opens an interchange without header for what comes without one.
func (d *Decoder) needInterchange(s *edi.Segment) {
	if d.interchanges > 0 && !d.closed && d.ic.HasHeader {
		return
	}
	if d.interchanges == 0 || d.closed {
		d.closeInterchange(tagPosition(s))
		d.open(s.Offset)
	} else if d.messages > 0 || d.groups > 0 {
		return // reported at the first
	}
	d.envelopeFinding(diag.MissingInterchangeHeader, tagPosition(s), s.Tag())
}

// count compares the trailer's control count (element 1) with what was counted. Leading zeros do not matter
// (ISO 9735:1988, 10); what is no number at all is the element check's to report.
func (d *Decoder) count(s *edi.Segment, counted int, of string, header diag.Position) {
	v := bytes.TrimRight(s.Element(1), " ")
	if !d.envelope || d.report == nil || len(v) == 0 {
		return
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			return
		}
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && n == int64(counted) {
		return
	}
	d.trailerFinding(diag.ControlCountMismatch, s, 1, v, []diag.Arg{diag.N("expected", int64(counted)), diag.A("found", diag.Clip(v)), diag.A("of", of)}, header)
}

// reference compares the trailer's reference (element e) with the header's. An empty one is the element check's to
// report.
func (d *Decoder) reference(s *edi.Segment, e int, header string, at diag.Position) {
	if !d.envelope || d.report == nil {
		return
	}
	got := d.value(s, e, 1)
	if got == "" || header == "" || got == header {
		return
	}
	d.trailerFinding(diag.ReferenceMismatch, s, e, s.Component(e, 1), []diag.Arg{diag.A("header", header), diag.A("trailer", got)}, at)
}

// trailerFinding reports that element e of a trailer does not agree with its header.
func (d *Decoder) trailerFinding(code diag.Code, s *edi.Segment, e int, value []byte, args []diag.Arg, header diag.Position) {
	f := diag.Finding{Code: code, Standard: code.Standard(d.ic.SyntaxVersion), Interchange: d.ic.Index, Pos: d.position(s, e, 0),
		Value: diag.Clip(value), Args: args, Related: []diag.Position{header}}
	switch string(s.Tag()) {
	case "UNT":
		f.Message = d.messages
		f.Pointer = diag.Pointer("UNH[" + strconv.Itoa(d.messages) + "]/UNT[1]/" + [...]string{"0074", "0062"}[e-1])
	case "UNE":
		f.Group = d.groups
		f.Pointer = diag.Pointer("UNG[" + strconv.Itoa(d.groups) + "]/UNE[1]/" + [...]string{"0060", "0048"}[e-1])
	default:
		f.Pointer = diag.Pointer("UNZ[1]/" + [...]string{"0036", "0020"}[e-1])
	}
	d.report(f)
}

func (d *Decoder) address(s *edi.Segment, e int) Address {
	return Address{ID: d.value(s, e, 1), Qualifier: d.value(s, e, 2), Internal: d.value(s, e, 3), SubInternal: d.value(s, e, 4)}
}

// value gives a component of a service segment as text, without trailing spaces, which carry nothing.
func (d *Decoder) value(s *edi.Segment, e, c int) string {
	v := bytes.TrimRight(s.Component(e, c), " ")
	if len(v) == 0 {
		return ""
	}
	t := Text{ic: d.ic}
	return string(t.Append(nil, s, v))
}

// A set remembers strings by their hash, up to MaxReferences of them.
type set struct {
	seed maphash.Seed
	m    map[uint64]struct{}
}

func (t *set) reset() { clear(t.m) }

// add reports whether s is new. When the set is full, everything is.
func (t *set) add(s string) bool {
	if t.m == nil {
		t.m, t.seed = make(map[uint64]struct{}), maphash.MakeSeed()
	}
	h := maphash.String(t.seed, s)
	if _, ok := t.m[h]; ok {
		return false
	}
	if len(t.m) < MaxReferences {
		t.m[h] = struct{}{}
	}
	return true
}
