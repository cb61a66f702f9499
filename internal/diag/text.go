package diag

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// TextOptions change what a TextRenderer writes. The zero value is plain text, 100 columns, English.
type TextOptions struct {
	Colour  bool   // ANSI colours; see ColourWanted
	Columns int    // width of excerpts and of wrapped sentences, in display columns; 0 is 100, less than 40 is 40
	Texts   *Texts // language; nil is English
}

// maxRelated is how many related places of one finding are shown; the number of the others is given.
const maxRelated = 5

// A TextRenderer writes findings for people: what, where, the place in the bytes, why the rule exists, and how to
// put it right. A sentence of why or how that has been written for a file is not written again for it.
type TextRenderer struct {
	out     *bufio.Writer
	sink    *stickyWriter
	style   style
	columns int
	texts   *Texts
	files   int
	total   Counts
}

// NewText makes a Renderer of text for people.
func NewText(w io.Writer, o TextOptions) *TextRenderer {
	t := &TextRenderer{sink: &stickyWriter{w: w}, style: style(o.Colour), columns: o.Columns, texts: o.Texts}
	t.out = bufio.NewWriterSize(t.sink, 32<<10)
	if t.columns == 0 {
		t.columns = 100
	}
	t.columns = max(t.columns, 40)
	if t.texts == nil {
		t.texts = English()
	}
	return t
}

// Report writes the findings of one file. An error of reading the file's bytes ends it.
func (t *TextRenderer) Report(r *Report) error {
	t.files++
	t.total = t.total.Plus(r.Counts)
	helped := map[string]bool{}
	for i := range r.Findings {
		if err := t.finding(r, &r.Findings[i], helped); err != nil {
			return err
		}
		if t.sink.err != nil {
			return t.sink.err
		}
	}
	return t.sink.err
}

// Close writes the last line, which sums up.
func (t *TextRenderer) Close() error {
	t.out.WriteString(t.summary())
	t.out.WriteByte('\n')
	t.out.Flush()
	return t.sink.err
}

// summary gives "2 errors, 1 warning; 3 not listed".
func (t *TextRenderer) summary() string {
	var parts []string
	for _, p := range []struct {
		n    int
		noun string
	}{{t.total.Error, "error"}, {t.total.Warning, "warning"}, {t.total.Note, "note"}} {
		if p.n > 0 {
			parts = append(parts, plural(p.n, p.noun))
		}
	}
	s := strings.Join(parts, ", ")
	if s == "" {
		s = "no findings"
	}
	if t.total.Omitted > 0 {
		s += fmt.Sprintf("; %d not listed", t.total.Omitted)
	}
	if t.files != 1 {
		s = plural(t.files, "file") + ": " + s
	}
	return s
}

// finding writes one finding and an empty line. helped holds the sentences written for the file so far.
func (t *TextRenderer) finding(r *Report, f *Finding, helped map[string]bool) error {
	s := t.style
	fmt.Fprintf(t.out, "%s%s\n", s.severity(f.Severity, fmt.Sprintf("%s[%s]", f.Severity, printable(string(f.Code)))),
		s.bold(": "+t.texts.Text(f)))
	margin := len(strconv.Itoa(f.Pos.Line))
	for i := range min(len(f.Related), maxRelated) {
		margin = max(margin, len(strconv.Itoa(f.Related[i].Line)))
	}
	if err := t.place(r, f.Pos, margin, pointerText(f), '^', f.Severity); err != nil {
		return err
	}
	if r.Src == nil && f.Value != "" {
		t.note(margin, "value", printable(f.Value))
	}
	for i, p := range f.Related {
		if i == maxRelated {
			t.note(margin, "note", plural(len(f.Related)-maxRelated, "more related place"))
			break
		}
		t.note(margin, "note", t.texts.Related(f))
		if err := t.place(r, p, margin, "", '-', Note); err != nil {
			return err
		}
	}
	for _, n := range []struct{ label, text string }{{"why", t.texts.Why(f)}, {"help", t.texts.Hint(f)}} {
		if n.text != "" && !helped[n.text] {
			if len(helped) < 4*len(table) { // sentences with arguments in them must not gather without bound
				helped[n.text] = true
			}
			t.note(margin, n.label, n.text)
		}
	}
	t.out.WriteByte('\n')
	return nil
}

// place writes the line with file, line, column and byte, and the excerpt under it.
func (t *TextRenderer) place(r *Report, p Position, margin int, where string, mark byte, severity Severity) error {
	s := t.style
	fmt.Fprintf(t.out, "%*s%s %s", margin, "", s.frame("-->"), printable(r.File))
	if p.Line > 0 {
		fmt.Fprintf(t.out, ":%d:%d", p.Line, p.Col)
	}
	fmt.Fprintf(t.out, " (byte %d)", p.Offset)
	if where != "" {
		t.out.WriteString("  " + where)
	}
	t.out.WriteByte('\n')
	if r.Src == nil || r.Size == 0 {
		return nil
	}
	e, err := takeExcerpt(r.Src, r.Size, p, t.columns-margin-3)
	if err != nil {
		return fmt.Errorf("%s: %w", r.File, err)
	}
	line := ""
	if p.Line > e.linesBack {
		line = strconv.Itoa(p.Line - e.linesBack)
	}
	bar := s.frame("|")
	fmt.Fprintf(t.out, "%*s %s\n", margin, "", bar)
	fmt.Fprintf(t.out, "%s %s %s\n", s.frame(fmt.Sprintf("%*s", margin, line)), bar, e.text)
	fmt.Fprintf(t.out, "%*s %s %*s%s\n", margin, "", bar, e.caret, "",
		s.severity(severity, strings.Repeat(string(mark), e.carets)))
	return nil
}

// note writes "= label: text", wrapped.
func (t *TextRenderer) note(margin int, label, text string) {
	prefix := margin + len(" = ") + len(label) + len(": ")
	fmt.Fprintf(t.out, "%*s %s %s ", margin, "", t.style.frame("="), t.style.bold(label+":"))
	at := prefix
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > t.columns:
			fmt.Fprintf(t.out, "\n%*s", prefix, "")
			at = prefix
		default:
			t.out.WriteByte(' ')
			at++
		}
		t.out.WriteString(word)
		at += n
	}
	t.out.WriteByte('\n')
}

// pointerText gives the place in the structure as people read it, "UNH 2 > SG7 3 > NAD 1 > C082 > 3039"; where the
// finding has none, its message.
func pointerText(f *Finding) string {
	switch {
	case f.Pointer != "":
		r := strings.NewReplacer("/", " > ", "[", " ", "]", "")
		return printable(r.Replace(string(f.Pointer)))
	case f.Message > 0:
		return fmt.Sprintf("interchange %d, message %d", f.Interchange, f.Message)
	case f.Interchange > 0:
		return fmt.Sprintf("interchange %d", f.Interchange)
	}
	return ""
}
