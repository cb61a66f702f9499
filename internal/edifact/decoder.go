package edifact

import (
	"bytes"
	"io"

	"cargogate/internal/diag"
	"cargogate/internal/edi"
)

// A Kind says what a segment is to the envelope.
type Kind uint8

// Kinds of segments. A Body segment stands between UNH and UNT; a Stray one outside any message.
const (
	Stray Kind = iota
	Body
	InterchangeHeader
	GroupHeader
	MessageHeader
	MessageTrailer
	GroupTrailer
	InterchangeTrailer
)

// MaxReferences is the most message references of one interchange, and the most interchanges of one file, that are
// remembered to find a second one with the same reference.
const MaxReferences = 1 << 18

// A Decoder reads the segments of a file of interchanges and knows where in the envelope it stands.
//
// Its methods Interchange, Group, Message, Kind and SegmentNumber speak of the segment that was read last.
type Decoder struct {
	lex      *edi.Lexer
	report   func(diag.Finding)
	onSwitch func(*Interchange)
	known    func(index int) (Charset, bool)
	envelope bool
	skim     bool // take only tags apart, while a message is passed over
	keep     bool
	started  bool

	ic      *Interchange
	group   *Group
	msg     *Message
	kind    Kind
	segment int // number in the message, UNH = 1; 0 in the envelope

	charset      repertoire
	seen         evidence
	interchanges int
	groups       int // in this interchange
	messages     int // in this interchange
	direct       int // messages outside groups
	groupMsgs    int
	closed       bool // UNZ has been read
	headPos      diag.Position
	msgPos       diag.Position
	groupPos     diag.Position
	gapTold      bool
	strayTold    bool
	mixTold      bool
	refs         set
	files        set
	wrapped      bool

	buf  []byte
	ends []uint32
}

// An Option of NewDecoder.
type Option func(*Decoder)

// Report sends findings to f. Without it they are not looked for any longer than the reading itself needs.
func Report(f func(diag.Finding)) Option { return func(d *Decoder) { d.report = f } }

// EnvelopeOnly makes the decoder the first pass: it reports what is wrong with the envelopes, takes only service
// segments apart (all others have their tag and nothing else), and finds the character set of each interchange,
// which it gives at the interchange's end.
//
// Without it the decoder is the second pass: it reports only what is wrong with the text of segments inside messages.
func EnvelopeOnly(end func(*Interchange)) Option {
	return func(d *Decoder) { d.envelope, d.onSwitch = true, end }
}

// WithCharsets tells the second pass what the first found, by the interchange's index. Without it, or where it
// reports false, the declared character set is used.
func WithCharsets(f func(index int) (Charset, bool)) Option { return func(d *Decoder) { d.known = f } }

// WithMaxSegment sets the longest segment that is taken apart, in bytes.
func WithMaxSegment(n int) Option {
	return func(d *Decoder) { d.lex = edi.NewLexer(nil, standard, n) }
}

// KeepWindows makes every value of a segment outlive it: the bytes that it lies in are never written to again. Text
// needs not copy then; see Alias. It does not hold for what a line break was taken out of (edi.Control).
func KeepWindows() Option { return func(d *Decoder) { d.keep = true } }

// standard are the service characters of ISO 9735 where no UNA says otherwise.
var standard = edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''}

// NewDecoder gives a Decoder on r, which must begin with the file's first byte.
func NewDecoder(r io.Reader, opts ...Option) *Decoder {
	d := &Decoder{}
	for _, o := range opts {
		o(d)
	}
	if d.lex == nil {
		d.lex = edi.NewLexer(nil, standard, 0)
	}
	d.lex.Reset(r, standard)
	if d.keep {
		d.lex.KeepWindows()
	}
	d.ic = &Interchange{Delimiters: standard, DecimalMark: '.', SyntaxVersion: 3}
	d.charset = repertoire{ASCII, 3, true}
	d.seen.first = -1
	return d
}

// Interchange gives the interchange that the last segment belongs to. Before the first UNB it is one without header.
func (d *Decoder) Interchange() *Interchange { return d.ic }

// Group gives the functional group, nil outside one.
func (d *Decoder) Group() *Group { return d.group }

// Message gives the message, nil outside one. At its UNT it is still there.
func (d *Decoder) Message() *Message { return d.msg }

// Kind gives what the last segment is to the envelope.
func (d *Decoder) Kind() Kind { return d.kind }

// SegmentNumber gives the last segment's number in its message, UNH = 1 (DE 0096); 0 outside messages.
func (d *Decoder) SegmentNumber() int { return d.segment }

// InputOffset gives the offset of the first byte not yet read.
func (d *Decoder) InputOffset() int64 { return d.lex.InputOffset() }

// PeekTag gives the tag of the next segment, nil at the end of the input. The segment read last stays valid.
func (d *Decoder) PeekTag() []byte { return d.lex.PeekTag() }

// Messages gives the number of messages of the interchange so far.
func (d *Decoder) Messages() int { return d.messages }

// ReadSegment reads the next segment, valid until the next read; io.EOF is the end of the file. What is wrong with
// the input is a finding, never an error: an error is the reader's own.
func (d *Decoder) ReadSegment() (*edi.Segment, error) {
	if !d.started {
		d.started = true
		if err := d.start(); err != nil {
			return nil, err
		}
	}
	if d.kind == MessageTrailer {
		d.msg = nil
	}
	if d.kind == GroupTrailer {
		d.group = nil
	}
	mayServe := d.lex.MayBegin('U')
	if mayServe {
		if err := d.serviceAdvice(); err != nil {
			return nil, err
		}
	}
	var s *edi.Segment
	var err error
	if (d.envelope || d.skim) && !(mayServe && d.peekService()) {
		s, err = d.lex.ReadTag()
	} else {
		s, err = d.lex.ReadSegment()
	}
	if err != nil {
		if err == io.EOF {
			d.atEnd()
		}
		return nil, err
	}
	if s.Flags&(edi.Control|edi.Oversized|edi.Unended|edi.Dangling) != 0 {
		d.clean(s)
	}
	tag := s.Tag()
	d.segment++
	if len(tag) == 3 && tag[0] == 'U' && serviceTag(tag) {
		d.service(s, tag)
	} else {
		d.body(s)
	}
	if d.envelope {
		if s.Flags&edi.High != 0 {
			d.seen.add(s.Offset, s.Raw())
		}
		if s.Gap > 0 && !d.gapTold && d.report != nil {
			d.gapTold = true
			d.add(diag.SpaceBetweenSegments, diag.Position{Offset: s.Offset - int64(s.Gap), Length: s.Gap}, "")
		}
	}
	if d.report != nil && d.envelope != (d.segment > 0) {
		d.text(s)
	}
	return s, nil
}

// SkipMessage passes over the rest of the message that the last segment belongs to, with its UNT, and takes nothing of
// it apart; where it has no UNT, up to whatever ends it, which the next ReadSegment gives. Outside a message it does
// nothing. The error is io.EOF where the input ends, or the reader's own.
func (d *Decoder) SkipMessage() error {
	d.skim = true
	defer func() { d.skim = false }()
	for d.msg != nil && d.kind != MessageTrailer {
		switch string(d.PeekTag()) {
		case "UNA", "UNB", "UNG", "UNH", "UNE", "UNZ":
			return nil
		}
		if _, err := d.ReadSegment(); err != nil {
			return err
		}
	}
	return nil
}

// serviceTag reports whether tag is reserved for the envelope: UN. and the security and interactive segments.
func serviceTag(tag []byte) bool {
	switch string(tag) {
	case "UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNO", "UNP", "UIB", "UIH", "UIT", "UIZ", "UIR", "USH", "UST", "USR", "USU", "USD", "USA", "USC", "USE", "USF", "USL", "USX", "USY", "USB":
		return true
	}
	return false
}

// peekService reports whether the next segment may matter to the envelope, which a tag cut by a line break may.
func (d *Decoder) peekService() bool {
	tag := d.lex.PeekTag()
	return len(tag) != 3 || tag[0] == 'U' || tag[0] < ' ' || tag[1] < ' ' || tag[2] < ' '
}

// start looks at the first bytes: byte order mark, lines of one length.
func (d *Decoder) start() error {
	head, err := d.lex.Peek(8 << 10)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		if d.envelope {
			d.add(diag.ByteOrderMark, diag.Position{Length: 3}, "")
		}
		d.lex.Discard(3)
		head = head[3:]
	}
	d.wrapped = wrapped(head)
	d.ic.Wrapped = d.wrapped
	return nil
}

// wrapped reports whether the text is cut into lines of one length regardless of its segments, as mail gateways and
// mainframes do. Such line breaks carry nothing, wherever they stand.
func wrapped(head []byte) bool {
	lines := bytes.Split(bytes.TrimRight(head, "\r\n"), []byte("\n"))
	if len(lines) < 3 {
		return false
	}
	terminator := byte('\'')
	if text := bytes.TrimLeft(head, " \t\r\n"); bytes.HasPrefix(text, []byte("UNA")) && len(text) > 8 {
		terminator = text[8]
	}
	inside := false
	width := len(lines[0])
	for _, l := range lines[:len(lines)-1] {
		if len(l) != width {
			return false
		}
		l = bytes.TrimRight(l, "\r")
		inside = inside || len(l) > 0 && l[len(l)-1] != terminator
	}
	return inside && width > 20
}

// serviceAdvice reads an UNA where one stands, and finds the service characters of an UNB that has none: its first
// separator tells. ISO 9735 gives UNOB of versions 1 and 2 the control characters IS1, IS3 and IS4, and nearly
// everybody sends the printable ones all the same.
func (d *Decoder) serviceAdvice() error {
	tag := d.lex.PeekTag()
	if len(tag) < 3 || tag[0] != 'U' || tag[1] != 'N' || tag[2] != 'A' && tag[2] != 'B' {
		return nil
	}
	advice := tag[2] == 'A'
	if !advice && d.advised() {
		return nil
	}
	head, err := d.lex.Peek(64)
	if err != nil {
		return err
	}
	// White space before it is passed over here, as there may be more of it than one look ahead shows.
	gap := 0
	for {
		skip := 0
		for skip < len(head) && (head[skip] == ' ' || head[skip] == '\t' || head[skip] == '\r' || head[skip] == '\n') {
			skip++
		}
		if skip == 0 || !advice {
			break
		}
		gap += skip
		d.lex.Discard(skip)
		if head, err = d.lex.Peek(64); err != nil {
			return err
		}
	}
	skip := 0
	for skip < len(head) && (head[skip] == ' ' || head[skip] == '\t' || head[skip] == '\r' || head[skip] == '\n') {
		skip++
	}
	if !advice {
		del := standard
		if len(head) > skip+3 {
			switch c := head[skip+3]; {
			case c == 0x1d:
				del = edi.Delimiters{Component: 0x1f, Element: 0x1d, Segment: 0x1c}
			case c != '+' && serviceByte(c) && !standard.Contains(c):
				del.Element = c
			}
		}
		d.lex.SetDelimiters(del)
		return nil
	}
	offset := d.lex.InputOffset()
	d.closeInterchange(diag.Position{Offset: offset, Length: 3})
	d.open(offset)
	if gap > 0 && d.envelope && !d.gapTold {
		d.gapTold = true
		d.add(diag.SpaceBetweenSegments, diag.Position{Offset: offset - int64(gap), Length: gap}, "")
	}
	d.ic.HasUNA = true
	if len(head) < 9 {
		d.lex.Discard(len(head))
		d.envelopeFinding(diag.InvalidServiceCharacter, diag.Position{Offset: offset, Length: len(head)}, head)
		return nil
	}
	del := edi.Delimiters{Component: head[3], Element: head[4], Release: head[6], Segment: head[8]}
	if del.Release == ' ' {
		del.Release = 0
	}
	rep := del
	if head[7] != ' ' {
		rep.Repetition = head[7]
	}
	d.lex.Discard(9)
	if !del.Distinct() || !serviceByte(del.Component) || !serviceByte(del.Element) || !serviceByte(del.Segment) || del.Release != 0 && !serviceByte(del.Release) {
		d.envelopeFinding(diag.InvalidServiceCharacter, diag.Position{Offset: offset, Length: 9}, head[:9])
		return nil
	}
	d.ic.Delimiters = del
	if rep.Repetition != 0 && rep.Distinct() && serviceByte(rep.Repetition) {
		d.ic.Delimiters.Repetition = rep.Repetition // in force from the UNB on, if that says version 4
	}
	d.ic.DecimalMark = head[5]
	if d.ic.DecimalMark != ',' {
		d.ic.DecimalMark = '.'
	}
	d.lex.SetDelimiters(del)
	return nil
}

// advised reports whether an UNA has been read whose UNB is still to come.
func (d *Decoder) advised() bool {
	return d.interchanges > 0 && d.ic.HasUNA && !d.ic.HasHeader && d.messages == 0
}

// serviceByte reports whether a service character can be c: no letter, digit, space or line break.
func serviceByte(c byte) bool {
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') || c >= 0x1c && c <= 0x1f
}

// open begins a new interchange at offset.
func (d *Decoder) open(offset int64) {
	d.interchanges++
	d.ic = &Interchange{Index: d.interchanges, Offset: offset, Delimiters: standard, DecimalMark: '.', SyntaxVersion: 3, Wrapped: d.wrapped}
	d.group, d.msg, d.kind, d.segment = nil, nil, Stray, 0
	d.groups, d.messages, d.direct, d.groupMsgs = 0, 0, 0, 0
	d.closed, d.gapTold, d.strayTold, d.mixTold = false, false, false, false
	d.refs.reset()
	d.seen = evidence{first: -1}
	d.charset = repertoire{ASCII, 3, true}
	d.lex.SetDelimiters(standard)
}

// closeInterchange ends the current interchange at a place where the next begins or the file ends.
func (d *Decoder) closeInterchange(at diag.Position) {
	if d.interchanges == 0 {
		return
	}
	if !d.closed {
		d.closeMessage(at)
		d.closeGroup(at)
		if d.ic.HasHeader {
			d.envelopeFinding(diag.MissingInterchangeTrailer, at, nil, d.headPos)
		} else if d.messages == 0 && d.groups == 0 && !d.strayTold {
			d.envelopeFinding(diag.MissingInterchangeHeader, at, nil) // an UNA and nothing behind it
		}
	}
	if d.envelope {
		c, differs := d.seen.decide(d.charset)
		d.ic.Charset = c
		if differs {
			d.envelopeFinding(diag.CharacterSetDiffers, diag.Position{Offset: d.seen.first, Length: d.seen.length}, nil)
		}
		if d.onSwitch != nil {
			d.onSwitch(d.ic)
		}
	}
	d.closed = true
}

func (d *Decoder) closeMessage(at diag.Position) {
	if d.msg != nil && d.kind != MessageTrailer {
		at.Segment = d.segment
		d.envelopeFinding(diag.MissingMessageTrailer, at, nil, d.msgPos)
	}
	d.msg = nil
}

func (d *Decoder) closeGroup(at diag.Position) {
	if d.group != nil && d.kind != GroupTrailer {
		at.Segment = 0
		d.envelopeFinding(diag.MissingGroupTrailer, at, nil, d.groupPos)
	}
	d.group = nil
}

func (d *Decoder) atEnd() {
	at := diag.Position{Offset: d.lex.InputOffset()}
	d.closeInterchange(at)
	d.kind, d.msg, d.segment, d.interchanges = Stray, nil, 0, 0
}

// body counts a segment that is not the envelope's.
func (d *Decoder) body(s *edi.Segment) {
	if d.msg != nil {
		d.kind = Body
		return
	}
	d.kind, d.segment = Stray, 0
	if !d.strayTold {
		d.strayTold = true
		code := diag.OutsideEnvelope
		if d.closed && d.interchanges > 0 {
			code = diag.DataAfterInterchange
		}
		d.envelopeFinding(code, tagPosition(s), s.Tag())
	}
}

// tagPosition is the place of a segment as a whole, marked at its tag.
func tagPosition(s *edi.Segment) diag.Position {
	_, n := s.ElementSpan(0)
	return diag.Position{Offset: s.Offset, Length: n}
}

// position is the place of component c (0: the whole element) of element e.
func (d *Decoder) position(s *edi.Segment, e, c int) diag.Position {
	p := diag.Position{Segment: d.segment, Element: e, Component: c}
	if c == 0 {
		p.Offset, p.Length = s.ElementSpan(e)
	} else {
		p.Offset, p.Length = s.Span(e, 1, c)
	}
	return p
}

// add reports a finding at p with the text that is at fault.
func (d *Decoder) add(code diag.Code, p diag.Position, value string, args ...diag.Arg) {
	if d.report == nil {
		return
	}
	f := diag.Finding{Code: code, Standard: code.Standard(d.ic.SyntaxVersion), Interchange: d.ic.Index, Pos: p, Value: value, Args: args}
	if d.msg != nil && code.Scope() != diag.ScopeInterchange {
		f.Message = d.messages
	}
	d.report(f)
}

// envelopeFinding reports a fault of the envelope, in the first pass only.
func (d *Decoder) envelopeFinding(code diag.Code, p diag.Position, value []byte, related ...diag.Position) {
	d.envelopeFindingArgs(code, p, value, nil, related...)
}

func (d *Decoder) envelopeFindingArgs(code diag.Code, p diag.Position, value []byte, args []diag.Arg, related ...diag.Position) {
	if d.report == nil || !d.envelope {
		return
	}
	f := diag.Finding{Code: code, Standard: code.Standard(d.ic.SyntaxVersion), Interchange: d.ic.Index, Pos: p, Value: diag.Clip(value), Args: args, Related: related}
	if d.group != nil {
		f.Group = d.group.Index
	}
	if d.msg != nil {
		f.Message = d.messages
	}
	d.report(f)
}
