package intake

import (
	"strconv"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/cuscar"
)

// A Judge adds findings that no file shows by itself: who may send it, what came before it. It is asked in the second
// pass, before a verdict is told, so that what it finds counts for verdicts, records and answers. An error ends the
// reading. What it is given is valid until the method returns.
type Judge interface {
	// Interchange is asked at the header of each interchange, also of one without UNB.
	Interchange(*Head) ([]diag.Finding, error)
	// Message is asked at the end of each message.
	Message(*Subject) ([]diag.Finding, error)
}

// A Head is the header of an interchange, for a Judge.
type Head struct {
	*edifact.Interchange
	Control string // see ControlKey; "" where the header names no control reference

	unb *edi.Segment // nil where there is none
}

// Elements of UNB that a finding may be about.
const (
	UNBSender    = 2
	UNBRecipient = 3
	UNBReference = 5
	UNBTest      = 11
)

// Finding makes a finding at an element of UNB, or where the interchange begins if that is not there.
func (h *Head) Finding(code diag.Code, element int, args ...diag.Arg) diag.Finding {
	f := diag.Finding{Code: code, Standard: code.Standard(h.SyntaxVersion), Interchange: h.Index, Args: args,
		Pos: diag.Position{Offset: h.Offset, Length: 3}, Pointer: "UNB"}
	if h.unb == nil {
		return f
	}
	f.Pos.Offset = h.unb.Offset
	names := map[int]string{UNBSender: "S002/0004", UNBRecipient: "S003/0010", UNBReference: "0020", UNBTest: "0035"}
	if len(h.unb.Element(element)) == 0 {
		return f
	}
	f.Pos.Element = element
	f.Pos.Offset, f.Pos.Length = h.unb.Span(element, 1, 1)
	if element == UNBSender || element == UNBRecipient {
		f.Pos.Component = 1
	}
	f.Pointer = diag.Pointer("UNB/" + names[element])
	return f
}

// A Subject is a message, for a Judge.
type Subject struct {
	Message                     // Accepted as it is without the judge
	Ordinal       int           // 1-based in the file, over all interchanges
	Filing        *cargo.Filing // nil where no records are made of this type
	SyntaxVersion int

	pass *pass
}

// Finding makes a finding at a place in the header of the message, or at its UNH.
func (s *Subject) Finding(code diag.Code, at cuscar.FilingPlace, args ...diag.Arg) diag.Finding {
	f := diag.Finding{Code: code, Standard: code.Standard(s.SyntaxVersion), Interchange: s.Interchange, Message: s.Index, Args: args,
		Pos: diag.Position{Offset: s.pass.head.Offset, Length: 3, Segment: 1}, Pointer: diag.Pointer("UNH[" + strconv.Itoa(s.Index) + "]")}
	if s.Filing != nil {
		if pos, pointer, ok := s.pass.mapper.Where(at); ok {
			f.Pos, f.Pointer = pos, pointer
		}
	}
	return f
}

func (p *pass) judgeInterchange(ic *edifact.Interchange, s *edi.Segment) {
	h := Head{Interchange: ic, Control: ControlKey(ic)}
	if ic.HasHeader && string(s.Tag()) == "UNB" {
		h.unb = s
	}
	found, err := p.opts.Judge.Interchange(&h)
	p.found(found, err)
}

func (p *pass) judgeMessage(m *Message) {
	p.judged++
	found, err := p.opts.Judge.Message(&Subject{Message: *m, Ordinal: p.judged, Filing: p.filing, SyntaxVersion: p.ic.SyntaxVersion, pass: p})
	p.found(found, err)
}

func (p *pass) found(found []diag.Finding, err error) {
	for _, f := range found {
		p.add(f)
	}
	p.err = err
}

// known gives the mapper its way to ask Options.Known, nil where there is none.
func (p *pass) known() func(string) bool {
	ask := p.opts.Known
	if ask == nil {
		return nil
	}
	return func(number string) bool {
		known, err := ask(number)
		if err != nil && p.err == nil {
			p.err = err
		}
		return known
	}
}
