package contrl

import (
	"strconv"

	"cargogate/internal/edifact"
)

// DE 0083, action, coded.
const (
	actionRejected     = "4" // this level and all below
	actionAcknowledged = "7" // this level, and all below that is not named
	actionReceived     = "8" // receipt of the interchange, no more
)

// DE 0085 value for what has no better one.
const unspecified = 18

// Most occurrences in the message table of CONTRL.
const (
	maxUCS = 999 // in a message
	maxUCD = 99  // in a segment
)

// write writes the interchange.
func (a *answer) write(r *report, o Options) error {
	ic := a.subject.Interchange
	test := ""
	if ic.Test() {
		test = "1"
	}
	message := edifact.Message{Reference: o.MessageReference, Type: "CONTRL", Version: "D", Release: "3", Agency: "UN"}
	if a.version >= 4 {
		message.Version, message.Release = "4", "1"
	}
	// Errors of the encoder stay, so that the last call tells of the first.
	_ = a.e.BeginInterchange(&edifact.Interchange{Sender: a.recipient, Recipient: a.sender, Date: o.Date, Time: o.Time,
		ControlReference: o.ControlReference, TestIndicator: test})
	_ = a.e.BeginMessage(&message)
	a.uci(r)
	for _, m := range r.messages {
		a.ucm(m)
	}
	for _, g := range r.groups {
		a.ucf(g)
		for _, m := range g.messages {
			a.ucm(m)
		}
	}
	_ = a.e.EndMessage()
	return a.e.EndInterchange()
}

func (a *answer) put(tag string, elements ...edifact.Element) { _ = a.e.Segment(tag, elements...) }

func (a *answer) uci(r *report) {
	action := actionAcknowledged
	switch {
	case r.rejected:
		action = actionRejected
		if r.fault == nil {
			r.fault = &fault{code: unspecified}
		}
	case receiptOnly(a.subject.Interchange):
		action = actionReceived
	}
	s, d := a.sender, a.recipient
	a.put("UCI", append([]edifact.Element{
		edifact.Simple(a.subject.Interchange.ControlReference),
		edifact.Composite(s.ID, s.Qualifier, s.Internal, s.SubInternal),
		edifact.Composite(d.ID, d.Qualifier, d.Internal, d.SubInternal),
	}, a.verdict(action, r.fault)...)...)
}

func (a *answer) ucf(g *groupReport) {
	action, h := actionAcknowledged, g.group.Header
	if g.rejected {
		action = actionRejected
	}
	a.put("UCF", append([]edifact.Element{
		edifact.Simple(clip(h.Reference, 14)),
		edifact.Composite(groupAddress(h.Sender)...), edifact.Composite(groupAddress(h.Recipient)...),
	}, a.verdict(action, g.fault)...)...)
}

// ucm writes a message with what is below it. Only refused messages have one.
func (a *answer) ucm(m *messageReport) {
	lines := m.lines()
	if len(lines) > maxUCS {
		lines, m.cut = lines[:maxUCS], true
	}
	if m.cut && m.fault == nil {
		m.fault = &fault{code: unspecified}
	}
	a.put("UCM", append([]edifact.Element{
		edifact.Simple(clip(m.message.Header.Reference, 14)),
		edifact.Composite(messageIdentifier(&m.message.Header, a.version)...),
	}, a.verdict(actionRejected, m.fault)...)...)
	for i := range lines {
		a.ucs(&lines[i])
	}
}

// A line is one UCS with its UCDs.
type line struct {
	segment  int // DE 0096
	code     int // DE 0085 of the segment as a whole, 0 for none
	elements []fault
}

// lines gathers the faults by segment. A segment comes first with its own fault and those of its elements; then,
// each on its own, further faults of the whole, and the segments that are missing behind it.
func (m *messageReport) lines() []line {
	var out []line
	for from := 0; from < len(m.segments); {
		to := from
		own, missing := line{segment: m.segments[from].segment}, []line(nil)
		for ; to < len(m.segments) && m.segments[to].segment == own.segment; to++ {
			switch t := &m.segments[to]; {
			case t.missing || t.element == 0 && own.code > 0:
				missing = append(missing, line{segment: t.segment, code: t.code})
			case t.element == 0:
				own.code = t.code
			default:
				own.elements = append(own.elements, *t)
			}
		}
		if own.code > 0 || len(own.elements) > 0 {
			out = append(out, own)
		}
		out = append(out, missing...)
		from = to
	}
	return out
}

func (a *answer) ucs(l *line) {
	if len(l.elements) > maxUCD {
		l.elements = l.elements[:maxUCD]
		if l.code == 0 {
			l.code = unspecified
		}
	}
	a.put("UCS", edifact.Simple(strconv.Itoa(l.segment)), number(l.code))
	for i := range l.elements {
		t := &l.elements[i]
		a.put("UCD", number(t.code), a.element(t))
	}
}

// verdict gives action, code, service segment tag and data element identification, as UCI, UCF and UCM end.
func (a *answer) verdict(action string, t *fault) []edifact.Element {
	if t == nil {
		return []edifact.Element{edifact.Simple(action)}
	}
	return []edifact.Element{edifact.Simple(action), number(t.code), edifact.Simple(t.tag), a.element(t)}
}

// element gives S011, empty where the fault is of no element. The occurrence exists in version 4 only.
func (a *answer) element(t *fault) edifact.Element {
	if t.element == 0 {
		return edifact.Element{}
	}
	repeat := t.repeat
	if a.version < 4 {
		repeat = 0
	}
	text := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return edifact.Composite(text(t.element), text(t.component), text(repeat))
}

func number(n int) edifact.Element {
	if n == 0 {
		return edifact.Element{}
	}
	return edifact.Simple(strconv.Itoa(n))
}
