package render

import (
	"bufio"
	"io"

	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/intake"
)

// A Segment is one segment as Show gives it.
type Segment struct {
	Tag         string    `json:"tag"`
	Name        string    `json:"name"`              // "Name and address"; "" where no directory at hand has it
	Segment     int       `json:"segment"`           // 1-based in the message, UNH = 1; 0 in the envelope
	Offset      int64     `json:"offset"`            // bytes from the start of the file
	Interchange int       `json:"interchange"`       // 1-based in the file
	Message     int       `json:"message"`           // 1-based in the interchange; 0 outside messages
	Pointer     string    `json:"pointer,omitempty"` // place in the structure, as findings name it
	Elements    []Element `json:"elements"`          // those that hold a value

	depth int
}

// An Element is one data element with a value: a simple one, or a component of a composite.
type Element struct {
	Position  int    `json:"position"`            // 1-based after the tag: of the composite, where it stands in one
	Component int    `json:"component,omitempty"` // 1-based in the composite; left out for a simple element
	Repeat    int    `json:"repeat,omitempty"`    // 1-based occurrence; left out where there is but one
	Composite string `json:"composite,omitempty"` // "C082"
	Tag       string `json:"tag"`                 // "3039"; "" where the segment has no such element
	Name      string `json:"name"`
	Value     string `json:"value"`             // in UTF-8, release characters taken out
	Meaning   string `json:"meaning,omitempty"` // what a code stands for
}

// Show writes every segment of an EDIFACT original with its elements, their names, and what their codes stand for:
// format "json" is an array of Segment, any other is text for people, indented by segment group. The UNA is left out.
// Nothing is said of faults. Errors are those of reading the original and of writing to w.
func Show(w io.Writer, o intake.Original, format string) error {
	sets, err := charsets(o)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 32<<10)
	var p printer = &textPrinter{out: out}
	if format == "json" {
		p = newJSONPrinter(out)
	}
	d := edifact.NewDecoder(io.NewSectionReader(o, 0, o.Size), edifact.WithCharsets(func(i int) (edifact.Charset, bool) {
		if i < 1 || i > len(sets) {
			return 0, false
		}
		return sets[i-1], true
	}))
	v := viewer{d: d}
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := p.segment(v.view(s)); err != nil {
			return err
		}
	}
	if err := p.end(); err != nil {
		return err
	}
	return out.Flush()
}

// A printer writes segments in one format.
type printer interface {
	segment(*Segment) error
	end() error
}

// charsets goes over the envelopes and gives the character set of each interchange.
func charsets(o intake.Original) ([]edifact.Charset, error) {
	var sets []edifact.Charset
	d := edifact.NewDecoder(io.NewSectionReader(o, 0, o.Size), edifact.EnvelopeOnly(func(ic *edifact.Interchange) {
		if ic.Index <= intake.MaxInterchanges {
			sets = append(sets, ic.Charset)
		}
	}))
	for {
		if _, err := d.ReadSegment(); err == io.EOF {
			return sets, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// A viewer turns segments of a decoder into what is shown of them.
type viewer struct {
	d     *edifact.Decoder
	guide guide
	text  edifact.Text
	shown Segment

	meanings meanings
}

// view gives a segment, valid until the next call.
func (v *viewer) view(s *edi.Segment) *Segment {
	d, at := v.d, v.guide.step(v.d, s)
	v.text.Reset(d.Interchange())
	tag := s.Tag()
	v.shown = Segment{Tag: v.text.String(s, tag), Segment: d.SegmentNumber(), Offset: s.Offset, Interchange: d.Interchange().Index,
		Pointer: string(at.pointer), Elements: v.shown.Elements[:0], depth: at.depth}
	if m := d.Message(); m != nil {
		v.shown.Message = m.Index
	}
	if at.layout != nil {
		v.shown.Name = at.layout.Name
	}
	for e := 1; e <= s.NumElements(); e++ {
		repeats := s.NumRepeats(e)
		for r := 1; r <= repeats; r++ {
			n := s.RepeatComponents(e, r)
			for c := 1; c <= n; c++ {
				if raw := s.RepeatComponent(e, r, c); len(raw) > 0 {
					v.element(at, Element{Position: e, Component: c, Repeat: r, Value: v.text.String(s, raw)}, n, repeats)
				}
			}
		}
	}
	return &v.shown
}

// element adds an element with its names. components and repeats say how many of them stand in its place.
func (v *viewer) element(at spot, e Element, components, repeats int) {
	composite := components > 1
	if l := at.layout; l != nil && e.Position <= len(l.Elements) {
		def := &l.Elements[e.Position-1]
		composite = composite || def.Composite
		if def.Composite {
			e.Composite = def.Tag
		}
		if e.Component <= len(def.Components) {
			c := &def.Components[e.Component-1]
			e.Tag, e.Name, e.Meaning = c.Tag, c.Name, v.meanings.of(c, e.Value)
		}
	}
	if !composite {
		e.Component = 0
	}
	if repeats == 1 {
		e.Repeat = 0
	}
	v.shown.Elements = append(v.shown.Elements, e)
}
