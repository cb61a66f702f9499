package edifact

import (
	"errors"
	"fmt"
	"io"

	"cargogate/internal/edi"
)

// Faults of the program that uses an Encoder. They come wrapped with what was asked for.
var (
	ErrOrder      = errors.New("wrong order of envelope and message")               // such as a segment outside a message
	ErrTag        = errors.New("no segment tag, or one that the encoder writes")    // see Encoder.Segment
	ErrRepetition = errors.New("no repetition in this syntax version")              // version 4 only
	ErrDelimiters = errors.New("service characters are not distinct or not usable") // see EncoderOptions
	ErrRelease    = errors.New("service character in a value, and no release character")
)

// EncoderOptions say how an Encoder writes. The zero value writes UNOC, version 3, with the standard service
// characters, without UNA and without line breaks.
type EncoderOptions struct {
	UNA           bool           // begin each interchange with an UNA
	Delimiters    edi.Delimiters // zero: the standard ones; without UNA no others can be told to the reader
	DecimalMark   byte           // '.' or ',' for the UNA; 0 is '.'. Values are written as they are given
	SyntaxID      string         // DE 0001; "" is UNOC
	SyntaxVersion int            // DE 0002, 1 to 4; 0 is 3
	Charset       Charset        // what text is written in; zero: that of SyntaxID
	Line          string         // after each segment: "", "\n" or "\r\n"
}

// An Encoder writes interchanges: it sets separators, releases service characters, leaves out what is empty at the
// end of segments and composites, encodes text, and keeps references and counts for the trailers.
//
// The first error stays: every later call returns it. Flush, or EndInterchange, must be called at the end. An Encoder
// is for one goroutine.
type Encoder struct {
	w       io.Writer
	err     error
	buf     []byte
	text    []byte // scratch: one value, encoded
	o       EncoderOptions
	d       edi.Delimiters
	special [256]bool // bytes that need the release character
	lost    int

	level    level
	segments int    // of the message, UNH counted
	messages int    // of the interchange, in groups and out of them
	groups   int    // of the interchange
	inGroup  int    // messages of the group
	grouped  bool   // a group is open
	icRef    string // DE 0020
	groupRef string // DE 0048
	msgRef   string // DE 0062
}

// A level is how deep in the envelope an Encoder stands.
type level uint8

const (
	outside level = iota
	inInterchange
	inMessage
)

// encoderBuffer is how many bytes an Encoder gathers before it writes.
const encoderBuffer = 32 << 10

// NewEncoder gives an Encoder on w. Options that no interchange can be written with are the error of the first call.
func NewEncoder(w io.Writer, o EncoderOptions) *Encoder {
	if o.SyntaxID == "" {
		o.SyntaxID = "UNOC"
	}
	if o.SyntaxVersion == 0 {
		o.SyntaxVersion = 3
	}
	if o.DecimalMark == 0 {
		o.DecimalMark = '.'
	}
	if o.Charset == ASCII {
		r, _ := repertoireOf(o.SyntaxID)
		o.Charset = r.charset
	}
	if o.Delimiters == (edi.Delimiters{}) {
		o.Delimiters = standard
		if o.SyntaxVersion >= 4 {
			o.Delimiters.Repetition = '*'
		}
	}
	if o.SyntaxVersion < 4 {
		o.Delimiters.Repetition = 0
	}
	e := &Encoder{w: w, o: o, d: o.Delimiters, buf: make([]byte, 0, encoderBuffer)}
	e.err = o.check()
	for _, c := range [...]byte{e.d.Component, e.d.Element, e.d.Repetition, e.d.Release, e.d.Segment} {
		e.special[c] = c != 0
	}
	return e
}

// check gives what makes the options unusable.
func (o *EncoderOptions) check() error {
	d := o.Delimiters
	ok := d.Distinct()
	for _, c := range [...]byte{d.Component, d.Element, d.Segment} {
		ok = ok && serviceByte(c)
	}
	for _, c := range [...]byte{d.Repetition, d.Release} {
		ok = ok && (c == 0 || serviceByte(c))
	}
	switch {
	case !ok:
		return fmt.Errorf("edifact: %q: %w", []byte{d.Component, d.Element, d.Release, d.Repetition, d.Segment}, ErrDelimiters)
	case o.SyntaxVersion < 1 || o.SyntaxVersion > 4:
		return fmt.Errorf("edifact: syntax version %d cannot be written", o.SyntaxVersion)
	case o.Line != "" && o.Line != "\n" && o.Line != "\r\n":
		return fmt.Errorf("edifact: %q is no line end", o.Line)
	case o.DecimalMark != '.' && o.DecimalMark != ',':
		return fmt.Errorf("edifact: %q is no decimal mark", o.DecimalMark)
	}
	return nil
}

// Lost gives the number of characters so far that the character set does not have, control characters among them.
// Each was written as a full stop.
func (e *Encoder) Lost() int { return e.lost }

// Segment writes one segment of a message. The tag is three characters, upper-case letters and digits, a letter
// first, and none of the envelope's own. Errors are ErrOrder outside a message, ErrTag, ErrRepetition, ErrRelease and
// the writer's.
func (e *Encoder) Segment(tag string, elements ...Element) error {
	switch {
	case e.err != nil:
	case !segmentTag(tag) || serviceTag([]byte(tag)):
		e.err = fmt.Errorf("edifact: segment %q: %w", tag, ErrTag)
	case e.level != inMessage:
		e.err = fmt.Errorf("edifact: segment %s outside a message: %w", tag, ErrOrder)
	default:
		e.put(tag, elements)
	}
	return e.err
}

// segmentTag reports whether tag has the form of a segment tag.
func segmentTag(tag string) bool {
	for i := range len(tag) {
		c := tag[i]
		if (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(tag) == 3
}

// Flush writes what is still held back.
func (e *Encoder) Flush() error {
	if e.err == nil && len(e.buf) > 0 {
		_, e.err = e.w.Write(e.buf)
		e.buf = e.buf[:0]
	}
	return e.err
}
