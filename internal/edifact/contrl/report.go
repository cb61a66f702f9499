package contrl

import (
	"fmt"
	"slices"

	"cargogate/internal/diag"
)

// A report is what a CONTRL says, sorted out by level.
type report struct {
	rejected bool // of the interchange: UCI says 4
	fault    *fault
	groups   []*groupReport   // in order; only those with something to say
	messages []*messageReport // outside groups, in order
}

type groupReport struct {
	group    *Group
	rejected bool
	fault    *fault
	messages []*messageReport
}

type messageReport struct {
	message  *Message
	fault    *fault  // of UNH, UNT or the message as a whole
	segments []fault // in the body
	cut      bool    // not all of them fit
}

// newReport sorts the findings of s. A finding in a message that s does not hold is an error, unless the interchange
// is refused as a whole: leaving it out would acknowledge the message.
func newReport(s *Subject, findings []diag.Finding) (*report, error) {
	r := &report{rejected: s.Rejected}
	groups := map[*Group]*groupReport{}
	inGroup := func(g *Group) *groupReport {
		if groups[g] == nil {
			groups[g] = &groupReport{group: g}
		}
		return groups[g]
	}
	messages := map[int]*messageReport{}
	unknown := 0
	for i := range findings {
		f := &findings[i]
		if f.Interchange != s.Interchange.Index {
			continue
		}
		t, ok := s.faultOf(f)
		if !ok {
			continue
		}
		scope := f.Code.Scope()
		group := s.groupOf(scope, envelopeOffset(f))
		switch {
		case f.Message != 0 && scope < diag.ScopeGroup:
			m := messages[f.Message]
			if m == nil {
				found := s.message(f.Message)
				if found == nil {
					unknown = f.Message
					continue
				}
				m = &messageReport{message: found}
				messages[f.Message] = m
			}
			t.inMessage(f, m.message)
			m.add(t)
		case group == nil:
			t.inEnvelope(f, s, "UNB", "UNZ", s.Content, s.Trailer)
			r.rejected = true
			first(&r.fault, t)
		default:
			t.inEnvelope(f, s, "UNG", "UNE", group.Content, group.Trailer)
			g := inGroup(group)
			g.rejected = true
			first(&g.fault, t)
		}
	}
	if unknown > 0 && !r.rejected {
		return nil, fmt.Errorf("contrl: interchange %d: the subject does not hold message %d, which has an error", s.Interchange.Index, unknown)
	}
	r.arrange(s, messages, groups, inGroup)
	return r, nil
}

// first keeps the fault that was found first: UCI, UCF and UCM have room for one.
func first(kept **fault, t fault) {
	if *kept == nil {
		*kept = &t
	}
}

// add files a fault under UCM or among the segments.
func (m *messageReport) add(t fault) {
	switch {
	case t.tag != "":
		first(&m.fault, t)
	case t.segment > maxSegment:
		m.cut = true
	default:
		m.segments = append(m.segments, t)
	}
}

// arrange puts messages and groups in the order of the interchange.
func (r *report) arrange(s *Subject, messages map[int]*messageReport, groups map[*Group]*groupReport, inGroup func(*Group) *groupReport) {
	for i := range s.Messages {
		m := &s.Messages[i]
		mr := messages[m.Header.Index]
		if mr == nil {
			if !m.Rejected {
				continue
			}
			mr = &messageReport{message: m, cut: true}
		}
		slices.SortStableFunc(mr.segments, func(a, b fault) int { return a.segment - b.segment })
		group := (*Group)(nil)
		if m.Header.Group != nil {
			group = s.group(m.Header.Offset)
		}
		if group == nil {
			r.messages = append(r.messages, mr)
		} else {
			g := inGroup(group)
			g.messages = append(g.messages, mr)
		}
	}
	for i := range s.Groups {
		if s.Groups[i].Rejected {
			g := inGroup(&s.Groups[i])
			g.rejected = true
			first(&g.fault, fault{code: unspecified})
		}
		if g := groups[&s.Groups[i]]; g != nil {
			r.groups = append(r.groups, g)
		}
	}
}
