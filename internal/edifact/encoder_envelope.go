package edifact

import (
	"fmt"
	"strconv"
)

// BeginInterchange writes UNA, where the options ask for it, and UNB. Of ic it takes the values from Sender on;
// service characters and syntax are the Encoder's own. A date of six digits becomes one of eight in syntax version 4
// (20 before the year), and the other way round before; anything else is written as it is given.
func (e *Encoder) BeginInterchange(ic *Interchange) error {
	if e.err == nil && e.level != outside {
		e.err = fmt.Errorf("edifact: UNB in an interchange: %w", ErrOrder)
	}
	if e.err != nil {
		return e.err
	}
	e.advice()
	e.level, e.icRef, e.messages, e.groups, e.inGroup = inInterchange, ic.ControlReference, 0, 0, 0
	e.put("UNB", []Element{
		Composite(e.o.SyntaxID, strconv.Itoa(e.o.SyntaxVersion)), e.address(ic.Sender), e.address(ic.Recipient),
		Composite(e.date(ic.Date), ic.Time), Simple(ic.ControlReference), {}, Simple(ic.Application), Simple(ic.Priority),
		Simple(ic.AckRequest), Simple(ic.Agreement), Simple(ic.TestIndicator),
	})
	return e.err
}

// advice writes the UNA: its reserved place holds the repetition separator from version 4 on, a space before or where
// there is none.
func (e *Encoder) advice() {
	if !e.o.UNA {
		return
	}
	orSpace := func(c byte) byte {
		if c == 0 {
			return ' '
		}
		return c
	}
	e.buf = append(e.buf, 'U', 'N', 'A', e.d.Component, e.d.Element, e.o.DecimalMark, orSpace(e.d.Release), orSpace(e.d.Repetition), e.d.Segment)
	e.buf = append(e.buf, e.o.Line...)
}

// address lays out one side; the fourth component exists in version 4 only.
func (e *Encoder) address(a Address) Element {
	if e.o.SyntaxVersion < 4 {
		a.SubInternal = ""
	}
	return Composite(a.ID, a.Qualifier, a.Internal, a.SubInternal)
}

// date brings a date to the length that the syntax version has: n8 in version 4, n6 before.
func (e *Encoder) date(d string) string {
	switch {
	case e.o.SyntaxVersion >= 4 && len(d) == 6:
		return "20" + d
	case e.o.SyntaxVersion < 4 && len(d) == 8:
		return d[2:]
	}
	return d
}

// BeginGroup writes UNG. Of g it takes type, addresses and reference; agency and version (DE 0051, S008) are those of
// the messages that it will hold, given by of, which may be nil in version 4. The date is treated as in
// BeginInterchange.
func (e *Encoder) BeginGroup(g *Group, date, time string, of *Message) error {
	if e.err == nil && (e.level != inInterchange || e.grouped) {
		e.err = fmt.Errorf("edifact: UNG not right below an interchange: %w", ErrOrder)
	}
	if e.err != nil {
		return e.err
	}
	if of == nil {
		of = &Message{}
	}
	e.grouped, e.groupRef, e.inGroup = true, g.Reference, 0
	e.groups++
	party := func(a Address) Element { return Composite(a.ID, a.Qualifier) }
	e.put("UNG", []Element{
		Simple(g.Type), party(g.Sender), party(g.Recipient), Composite(e.date(date), time), Simple(g.Reference),
		Simple(of.Agency), Composite(of.Version, of.Release, of.Association),
	})
	return e.err
}

// BeginMessage writes UNH from the header values of m. An empty reference becomes the message's number in the
// interchange.
func (e *Encoder) BeginMessage(m *Message) error {
	if e.err == nil && e.level != inInterchange {
		e.err = fmt.Errorf("edifact: UNH not right below an interchange or group: %w", ErrOrder)
	}
	if e.err != nil {
		return e.err
	}
	e.openMessage(m.Reference)
	if e.msgRef == "" {
		e.msgRef = strconv.Itoa(e.messages)
	}
	e.put("UNH", []Element{Simple(e.msgRef), Composite(m.Type, m.Version, m.Release, m.Agency, m.Association), Simple(m.Common)})
	return e.err
}

func (e *Encoder) openMessage(reference string) {
	e.level, e.segments, e.msgRef = inMessage, 0, reference
	e.messages++
	e.inGroup++
}

// EndMessage writes UNT with the number of segments and the message's reference.
func (e *Encoder) EndMessage() error {
	return e.end("UNT", e.level == inMessage, e.segments+1, e.msgRef, func() { e.level = inInterchange })
}

// EndGroup writes UNE with the number of messages and the group's reference.
func (e *Encoder) EndGroup() error {
	return e.end("UNE", e.level == inInterchange && e.grouped, e.inGroup, e.groupRef, func() { e.grouped = false })
}

// EndInterchange writes UNZ with the number of groups, or of messages where there is no group, and the control
// reference, and hands all of it to the writer.
func (e *Encoder) EndInterchange() error {
	n := e.messages
	if e.groups > 0 {
		n = e.groups
	}
	if err := e.end("UNZ", e.level == inInterchange && !e.grouped, n, e.icRef, func() { e.level = outside }); err != nil {
		return err
	}
	return e.Flush()
}

func (e *Encoder) end(tag string, inOrder bool, count int, reference string, leave func()) error {
	if e.err == nil && !inOrder {
		e.err = fmt.Errorf("edifact: %s without what it closes: %w", tag, ErrOrder)
	}
	if e.err != nil {
		return e.err
	}
	leave()
	e.put(tag, []Element{Simple(strconv.Itoa(count)), Simple(reference)})
	return e.err
}

// Service writes a service segment of the envelope (UNB, UNG, UNH, UNT, UNE, UNZ) with the caller's own elements, for
// what the methods above have no place for: passwords (S005), split messages (S010), an interchange written again as
// it was read. Its place is checked, its counts and references are the caller's. UNB brings the UNA with it.
func (e *Encoder) Service(tag string, elements ...Element) error {
	ok := false
	switch tag {
	case "UNB":
		ok = e.level == outside
	case "UNG":
		ok = e.level == inInterchange && !e.grouped
	case "UNH":
		ok = e.level == inInterchange
	case "UNT":
		ok = e.level == inMessage
	case "UNE":
		ok = e.level == inInterchange && e.grouped
	case "UNZ":
		ok = e.level == inInterchange && !e.grouped
	default:
		if e.err == nil {
			e.err = fmt.Errorf("edifact: service segment %q: %w", tag, ErrTag)
		}
	}
	if e.err == nil && !ok {
		e.err = fmt.Errorf("edifact: %s in the wrong place: %w", tag, ErrOrder)
	}
	if e.err != nil {
		return e.err
	}
	first := func() string {
		if len(elements) < 1 {
			return ""
		}
		return elements[0].first()
	}
	switch tag {
	case "UNB":
		e.advice()
		e.level, e.messages, e.groups, e.inGroup, e.icRef = inInterchange, 0, 0, 0, ""
		if len(elements) > 4 {
			e.icRef = elements[4].first()
		}
	case "UNG":
		e.grouped, e.inGroup, e.groupRef = true, 0, ""
		e.groups++
		if len(elements) > 4 {
			e.groupRef = elements[4].first()
		}
	case "UNH":
		e.openMessage(first())
	case "UNT":
		e.level = inInterchange
	case "UNE":
		e.grouped = false
	case "UNZ":
		e.level = outside
	}
	e.put(tag, elements)
	return e.err
}
