package contrl

import (
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
)

// maxRefused is how many messages of a file with errors a Recorder remembers, as many as a diag.List, and how many
// faults of envelopes. One more refuses its whole interchange, which is the safe side.
const maxRefused = 65_536

// A Recorder makes the Subjects of a file while it is read. Give it every finding of both passes, as it is reported
// and with the severity that counts, and every segment of the second pass. It keeps the headers of messages with
// errors and of groups, and nothing of the others. What it has seen counts in an answer even where the list of
// findings has no room for it. The zero value is ready.
type Recorder struct {
	subjects  []*Subject
	last      [2]pending // the message being read, and the one before, whose end may be reported late
	refused   map[messageKey]struct{}
	envelopes map[int][]envelopeFault // by interchange
	faults    int                     // in envelopes
	overflow  map[int]struct{}        // interchanges with more than is remembered
	max       int                     // maxRefused, unless a test sets less
}

// An envelopeFault refuses an interchange or group: which one is known when all groups are.
type envelopeFault struct {
	offset int64
	scope  diag.Scope
}

type messageKey struct{ interchange, message int }

// A pending message may still turn out to have an error.
type pending struct {
	subject *Subject
	message Message
}

// Finding takes a finding into account.
func (r *Recorder) Finding(f *diag.Finding) {
	if _, ok := f.Code.Contrl(4); !ok || !isError(f) {
		return
	}
	if r.refused == nil {
		r.refused, r.envelopes, r.overflow = map[messageKey]struct{}{}, map[int][]envelopeFault{}, map[int]struct{}{}
	}
	limit := maxRefused
	if r.max > 0 {
		limit = r.max
	}
	if scope := f.Code.Scope(); f.Message == 0 || scope >= diag.ScopeGroup {
		if r.faults >= limit {
			r.overflow[f.Interchange] = struct{}{}
			return
		}
		r.faults++
		r.envelopes[f.Interchange] = append(r.envelopes[f.Interchange], envelopeFault{envelopeOffset(f), scope})
		return
	}
	key := messageKey{f.Interchange, f.Message}
	if _, known := r.refused[key]; !known && len(r.refused) >= limit {
		r.overflow[f.Interchange] = struct{}{}
		return
	}
	r.refused[key] = struct{}{}
}

// Segment takes the segment that d has just read into account.
func (r *Recorder) Segment(d *edifact.Decoder, s *edi.Segment) {
	kind := d.Kind()
	if kind == edifact.Body || kind == edifact.Stray {
		return
	}
	ic := d.Interchange()
	if ic.Index == 0 {
		return
	}
	if n := len(r.subjects); n == 0 || r.subjects[n-1].Interchange != ic {
		r.subjects = append(r.subjects, &Subject{Interchange: ic})
	}
	sub := r.subjects[len(r.subjects)-1]
	switch kind {
	case edifact.GroupHeader:
		sub.begin(s.Offset)
		sub.Groups = append(sub.Groups, Group{Header: d.Group()})
	case edifact.MessageHeader:
		sub.begin(s.Offset)
		m := d.Message()
		if n := len(sub.Groups); m.Group != nil && n > 0 && sub.Groups[n-1].Content == 0 {
			sub.Groups[n-1].Content = s.Offset
		}
		sub.CONTRL = sub.CONTRL || m.Type == "CONTRL"
		r.settle(&r.last[1])
		r.last[1], r.last[0] = r.last[0], pending{sub, Message{Header: *m}}
	case edifact.MessageTrailer:
		r.last[0].message.Trailer = d.SegmentNumber()
	case edifact.GroupTrailer:
		if n := len(sub.Groups); n > 0 && d.Group() != nil {
			sub.Groups[n-1].Trailer = s.Offset
		}
	case edifact.InterchangeTrailer:
		sub.Trailer = s.Offset
	}
}

// begin notes where the interchange's first message or group begins.
func (s *Subject) begin(offset int64) {
	if s.Content == 0 {
		s.Content = offset
	}
}

// settle keeps a message if it has an error.
func (r *Recorder) settle(p *pending) {
	if p.subject == nil {
		return
	}
	key := messageKey{p.subject.Interchange.Index, p.message.Header.Index}
	if _, ok := r.refused[key]; ok {
		p.message.Rejected = true
		p.subject.Messages = append(p.subject.Messages, p.message)
	}
	*p = pending{}
}

// Subjects gives the interchanges of the file, in order, once it has been read to its end.
func (r *Recorder) Subjects() []*Subject {
	r.settle(&r.last[1])
	r.settle(&r.last[0])
	for _, s := range r.subjects {
		_, over := r.overflow[s.Interchange.Index]
		s.Rejected = s.Rejected || over
		for _, f := range r.envelopes[s.Interchange.Index] {
			if g := s.groupOf(f.scope, f.offset); g != nil {
				g.Rejected = true
			} else {
				s.Rejected = true
			}
		}
	}
	return r.subjects
}
