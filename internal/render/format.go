package render

import (
	"io"

	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/intake"
)

// Format writes an EDIFACT original with a segment on each line, indented by segment group, or, minified, without
// anything between segments. Nothing else changes, whatever is wrong with the content. Errors are those of reading the
// original and of writing to w.
func Format(w io.Writer, o intake.Original, minify bool) error {
	if minify {
		return edifact.Reformat(w, o, o.Size, edifact.Layout{})
	}
	var g guide
	return edifact.Reformat(w, o, o.Size, edifact.Layout{Line: "\n", Level: func(d *edifact.Decoder, s *edi.Segment) int {
		return g.step(d, s).depth
	}})
}
