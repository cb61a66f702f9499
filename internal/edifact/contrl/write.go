package contrl

import (
	"errors"
	"fmt"
	"io"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
)

// Reasons why Write writes nothing. They are no faults.
var (
	ErrNotAskedFor = errors.New("contrl: the sender did not ask for an acknowledgement")             // DE 0031
	ErrCONTRL      = errors.New("contrl: the interchange holds a CONTRL, which is never answered")   // ISO 9735-4, 5
	ErrNoAddress   = errors.New("contrl: the interchange header lacks what an answer has to repeat") // UCI: 0020, S002, S003
)

// Options say how an answer is written.
type Options struct {
	ControlReference string // DE 0020 of the answer's own UNB: 1 to 14 characters of UNOA
	MessageReference string // DE 0062 of its UNH; "" is "1"
	Date             string // DE 0017, YYMMDD or CCYYMMDD; it is brought to what the syntax version has
	Time             string // DE 0019, HHMM
	Always           bool   // answer whether the sender asked or not
	Line             string // after each segment: "", "\n" or "\r\n"
}

// Wanted reports with nil that s is to be answered, else with one of ErrNotAskedFor, ErrCONTRL and ErrNoAddress.
func Wanted(s *Subject, o Options) error {
	ic := s.Interchange
	switch {
	case s.CONTRL:
		return ErrCONTRL
	case !o.Always && ic.AckRequest != "1" && !receiptOnly(ic):
		return ErrNotAskedFor
	case !ic.HasHeader || !copied(ic.ControlReference, 14) || !copied(ic.Sender.ID, 35) || !copied(ic.Recipient.ID, 35):
		return ErrNoAddress
	}
	return nil
}

// copied reports whether a mandatory value can be repeated: a part of it would be another interchange's.
func copied(v string, n int) bool { return v != "" && optional(v, n) == v }

// receiptOnly reports whether the sender asks for a sign of receipt and no more (DE 0031 value 2, version 4).
func receiptOnly(ic *edifact.Interchange) bool { return ic.SyntaxVersion >= 4 && ic.AckRequest == "2" }

// Write writes the answer to s, one interchange with one CONTRL. Of findings it takes those of s, in their order;
// those of other interchanges may be among them. The answer goes from the subject's recipient to its sender, in its
// syntax version and, where possible, its syntax identifier; it is a test where the subject is one (DE 0035), and
// asks for no acknowledgement itself.
//
// Where nothing is to be written the error is that of Wanted. Other errors are unusable options, a finding in a
// message that s does not hold, and the writer's.
func Write(w io.Writer, s *Subject, findings []diag.Finding, o Options) error {
	if err := Wanted(s, o); err != nil {
		return err
	}
	if o.MessageReference == "" {
		o.MessageReference = "1"
	}
	for _, reference := range []string{o.ControlReference, o.MessageReference} {
		if !copied(reference, 14) || !edifact.Holds("UNOA", reference) {
			return fmt.Errorf("contrl: %q cannot be the reference of an interchange or message", reference)
		}
	}
	if !digits(o.Date, 6, 8) || !digits(o.Time, 4, 4) {
		return fmt.Errorf("contrl: %q and %q are no date and time of preparation", o.Date, o.Time)
	}
	r, err := newReport(s, findings)
	if err != nil {
		return err
	}
	if receiptOnly(s.Interchange) {
		r.groups, r.messages = nil, nil
	}
	ic := s.Interchange
	a := &answer{version: ic.SyntaxVersion, subject: s}
	a.sender, a.recipient = edifact.AnswerAddress(ic.Sender, a.version), edifact.AnswerAddress(ic.Recipient, a.version)
	id := edifact.AnswerSyntax(ic, a.texts(r))
	a.e = edifact.NewEncoder(w, edifact.EncoderOptions{
		// The service characters are the standard ones, which only UNOB of versions 1 and 2 has to say.
		UNA:      a.version < 4 && (ic.HasUNA || a.version < 3 && id == "UNOB"),
		SyntaxID: id, SyntaxVersion: a.version, Line: o.Line,
	})
	return a.write(r, o)
}

// digits reports whether v is n or m digits.
func digits(v string, n, m int) bool {
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return len(v) == n || len(v) == m
}

// An answer is one CONTRL being written.
type answer struct {
	e                 *edifact.Encoder
	subject           *Subject
	version           int
	sender, recipient edifact.Address // of the subject
}

// texts gives every value that is copied from the subject.
func (a *answer) texts(r *report) []string {
	out := []string{a.subject.Interchange.ControlReference}
	for _, p := range []edifact.Address{a.sender, a.recipient} {
		out = append(out, p.ID, p.Qualifier, p.Internal, p.SubInternal)
	}
	add := func(m *messageReport) {
		out = append(append(out, m.message.Header.Reference), messageIdentifier(&m.message.Header, a.version)...)
	}
	for _, m := range r.messages {
		add(m)
	}
	for _, g := range r.groups {
		h := g.group.Header
		out = append(out, h.Reference, h.Sender.ID, h.Sender.Qualifier, h.Recipient.ID, h.Recipient.Qualifier)
		for _, m := range g.messages {
			add(m)
		}
	}
	return out
}
