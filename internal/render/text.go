package render

import (
	"fmt"
	"io"

	"cargogate/internal/diag"
	"cargogate/internal/intake"
)

// TextOptions change what a Text writes.
type TextOptions struct {
	diag.TextOptions
	FindingsOnly bool // write nothing of a file without findings, and no line that sums up the run
}

// A Text writes for people: a line on what a file holds, its findings, their number; for several files a last line
// over all.
type Text struct {
	w       io.Writer
	options TextOptions
	err     error
	files   int
	name    string
	held    summary
	total   diag.Counts
}

// NewText gives a Sink that writes text to w.
func NewText(w io.Writer, options TextOptions) *Text { return &Text{w: w, options: options} }

// Begin starts a file.
func (t *Text) Begin(name string) intake.Handler {
	if name == "-" {
		name = "standard input" // as programs know it, and people do not
	}
	t.name, t.held = name, summary{}
	if t.options.FindingsOnly {
		return intake.Handler{}
	}
	return intake.Handler{File: t.held.file, Interchange: t.held.interchange, Message: t.held.message}
}

// End writes the file's lines. Of a file whose reading failed there is nothing to say here.
func (t *Text) End(o intake.Original, r *intake.Result, failure error) error {
	if t.err != nil || r == nil {
		return t.err
	}
	t.total = t.total.Plus(r.Counts)
	if t.options.FindingsOnly && r.Counts == (diag.Counts{}) {
		return nil
	}
	if t.files++; !t.options.FindingsOnly {
		if t.files > 1 {
			t.printf("\n")
		}
		t.printf("%s: %s\n", printable(t.name), &t.held)
		if len(r.Findings) > 0 {
			t.printf("\n")
		}
	}
	if t.err != nil {
		return t.err
	}
	// A renderer for each file: its last line counts the findings of this one.
	text := diag.NewText(t.w, t.options.TextOptions)
	reading := text.Report(report(t.name, o, r))
	if t.err = text.Close(); t.err != nil {
		return t.err
	}
	return reading // concerns this file alone
}

// Close writes the last line where there was more than one file.
func (t *Text) Close() error {
	if t.files > 1 && !t.options.FindingsOnly {
		t.printf("\n%d files: %s\n", t.files, counts(t.total))
	}
	return t.err
}

// counts gives "2 errors, 1 warning; 3 not listed".
func counts(c diag.Counts) string {
	text := ""
	for _, p := range []struct {
		n    int
		noun string
	}{{c.Error, "error"}, {c.Warning, "warning"}, {c.Note, "note"}} {
		if p.n == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += count(int64(p.n), p.noun)
	}
	if text == "" {
		text = "no findings"
	}
	if c.Omitted > 0 {
		text += fmt.Sprintf("; %d not listed", c.Omitted)
	}
	return text
}

func (t *Text) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}
