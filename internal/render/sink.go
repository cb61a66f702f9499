package render

import (
	"cargogate/internal/diag"
	"cargogate/internal/intake"
)

// A Sink takes what readings come to, file after file: Begin, the reading, End; at last Close. It writes as it is
// given and closes no writer underneath. An error of writing stays and comes again with every later call.
type Sink interface {
	// Begin starts a file and gives the functions that its reading calls: File, Interchange and Message. name is how
	// the output calls the file.
	Begin(name string) intake.Handler
	// End ends the file. r is what the reading came to; where it failed half-way, r is nil and failure says why.
	End(o intake.Original, r *intake.Result, failure error) error
	// Close ends the output.
	Close() error
}

// NewSink gives a Sink of findings alone, for the formats of package diag that know no messages: SARIF and CSV.
func NewSink(r diag.Renderer) Sink { return &findingSink{renderer: r} }

// A findingSink passes findings on to a renderer.
type findingSink struct {
	renderer diag.Renderer
	name     string
}

// Begin keeps the name: findings need no more.
func (s *findingSink) Begin(name string) intake.Handler {
	s.name = name
	return intake.Handler{}
}

// End writes the findings. A file whose reading failed has none to write.
func (s *findingSink) End(o intake.Original, r *intake.Result, _ error) error {
	if r == nil {
		return nil
	}
	return s.renderer.Report(report(s.name, o, r))
}

// Close ends the renderer's output.
func (s *findingSink) Close() error { return s.renderer.Close() }

// report gives a result in the form that package diag renders.
func report(name string, o intake.Original, r *intake.Result) *diag.Report {
	return &diag.Report{File: name, Format: r.File.Format, Src: o, Size: o.Size, Findings: r.Findings, Counts: r.Counts}
}
