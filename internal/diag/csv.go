package diag

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// csvColumns are the columns: the file, then those of the finding in JSON, the position unfolded.
var csvColumns = []string{
	"file", "code", "severity", "standard", "interchange", "message", "text", "hint", "args", "value", "pointer",
	"offset", "length", "line", "column", "segment", "element", "component", "repeat", "related",
}

// A CSVRenderer writes findings as CSV (RFC 4180) with a header line. Args are "name=value" joined by " | ", related
// places their byte offsets joined by a space. A cell that a spreadsheet could take for a formula gets a leading '.
type CSVRenderer struct {
	out   *csv.Writer
	texts *Texts
	begun bool
}

// NewCSV makes a Renderer of CSV; nil texts are English.
func NewCSV(w io.Writer, t *Texts) *CSVRenderer {
	if t == nil {
		t = English()
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return &CSVRenderer{out: out, texts: t}
}

// Report writes one line for each finding.
func (c *CSVRenderer) Report(r *Report) error {
	c.header()
	n := strconv.Itoa
	for i := range r.Findings {
		f := &r.Findings[i]
		c.out.Write([]string{ // the error stays in the writer
			cellText(r.File), cellText(string(f.Code)), f.Severity.String(), cellText(f.Standard),
			n(f.Interchange), n(f.Message), cellText(c.texts.Text(f)), cellText(c.texts.Hint(f)),
			cellText(argsText(f.Args)), cellText(f.Value), cellText(string(f.Pointer)),
			strconv.FormatInt(f.Pos.Offset, 10), n(f.Pos.Length), n(f.Pos.Line), n(f.Pos.Col),
			n(f.Pos.Segment), n(f.Pos.Element), n(f.Pos.Component), n(f.Pos.Repeat), relatedText(f.Related),
		})
	}
	return c.out.Error()
}

// Close writes what is left; without any report it is the header alone.
func (c *CSVRenderer) Close() error {
	c.header()
	c.out.Flush()
	return c.out.Error()
}

func (c *CSVRenderer) header() {
	if !c.begun {
		c.begun = true
		c.out.Write(csvColumns)
	}
}

// cellText makes a text safe as a cell: nothing unprintable, and no start that spreadsheets take for a formula.
func cellText(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r\n", s[0]) >= 0 {
		return "'" + printable(s)
	}
	return printable(s)
}

func argsText(args []Arg) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(a.Name + "=" + a.Value)
	}
	return b.String()
}

func relatedText(places []Position) string {
	var b []byte
	for i, p := range places {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, p.Offset, 10)
	}
	return string(b)
}
