package render

import (
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/directory"
)

// A guide goes along with a decoder and says of each segment where in its message it stands and how it is built. It
// reports nothing: what is wrong with a message is for `check` to say.
type guide struct {
	d      *edifact.Decoder
	walker *directory.Walker
	table  *directory.Message // of the open message; nil where its type is not held
	depth  int                // of the segment before
	other  release
}

// A spot is what a guide knows of a segment.
type spot struct {
	layout  *directory.Segment // nil where no directory at hand has it
	depth   int                // groups that it is inside of; the trigger of a group stands beside it
	pointer diag.Pointer       // as findings name places; "" outside messages
}

// step takes the segment that d has just read.
func (g *guide) step(d *edifact.Decoder, s *edi.Segment) spot {
	if g.d != d {
		g.d = d
		// The walker gives whole pointers only to those who want findings.
		g.walker = directory.NewWalker(func(diag.Finding) {}, d.PeekTag, nil)
	}
	switch ic := d.Interchange(); d.Kind() {
	case edifact.MessageHeader:
		m := d.Message()
		g.other.find(m, ic.Layout())
		if g.table, _ = directory.Lookup(m.Type, m.Version, m.Release, ic.Layout()); g.table != nil {
			g.walker.Begin(g.table, directory.Subject{Interchange: ic.Index, Message: m.Index, SyntaxVersion: ic.SyntaxVersion,
				Release: ic.Delimiters.Release, DecimalMark: ic.DecimalMark, UTF8: ic.Charset == edifact.UTF8})
			return g.place(s)
		}
	case edifact.Body, edifact.MessageTrailer:
		if g.table != nil {
			return g.place(s)
		}
	}
	g.depth = 0
	return spot{layout: g.layout(s)}
}

// place asks the walker.
func (g *guide) place(s *edi.Segment) spot {
	p := g.walker.Step(s)
	if p.Row < 0 {
		return spot{layout: g.layout(s), depth: g.depth}
	}
	nodes := g.table.Nodes
	g.depth = 0
	for at := p.Row; nodes[at].Parent >= 0; at = nodes[at].Parent {
		if at != nodes[at].Parent+1 { // the trigger is the row behind the group's heading
			g.depth++
		}
	}
	return spot{layout: nodes[p.Row].Segment, depth: g.depth, pointer: g.walker.Pointer(p.Row)}
}

// layout finds a segment that no message table gives: those of the envelope, and those that a message should not have.
func (g *guide) layout(s *edi.Segment) *directory.Segment {
	tag := string(s.Tag())
	if l := directory.Service(tag, g.d.Interchange().Layout()); l != nil {
		return l
	}
	return g.other.segment(tag)
}

// A release is the segments of all messages held of one directory: they name what stands in messages that are not.
type release struct {
	version, name string
	syntax        int
	segments      map[string]*directory.Segment
}

// find makes the release that of a message. The segments are gathered when one is asked for.
func (r *release) find(m *edifact.Message, syntax int) {
	if r.version != m.Version || r.name != m.Release || r.syntax != syntax {
		*r = release{version: m.Version, name: m.Release, syntax: syntax}
	}
}

// segment gives the layout for a tag, nil where no message held of the release has it.
func (r *release) segment(tag string) *directory.Segment {
	if r.segments == nil {
		r.segments = map[string]*directory.Segment{}
		for _, t := range directory.Types() {
			m, _ := directory.Lookup(t, r.version, r.name, r.syntax)
			if m == nil {
				continue
			}
			for i := range m.Nodes {
				if s := m.Nodes[i].Segment; s != nil && r.segments[s.Tag] == nil {
					r.segments[s.Tag] = s
				}
			}
		}
	}
	return r.segments[tag]
}
