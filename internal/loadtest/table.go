package loadtest

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// WriteTable writes figures as a table for a terminal.
func WriteTable(w io.Writer, figures []Figure) error {
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintln(t, "STORE\tWHAT\tFIGURE\tLIMIT\tRATIO\tTARGET\tNOTE")
	for _, f := range figures {
		ratio := ""
		if f.Ratio != 0 {
			ratio = fmt.Sprintf("%.2f", f.Ratio)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Store, f.What, quantity(f.Value, f.Unit), quantity(f.Limit, f.Unit), ratio, f.Target, f.Note)
	}
	return t.Flush()
}

// Markdown gives a figure as a row of a table.
func (f *Figure) Markdown() string {
	store := map[string]string{kindSQLite: "SQLite", kindPG: "PostgreSQL"}[f.Store]
	value, limit, ratio := quantity(f.Value, f.Unit), "", ""
	if f.Least != f.Most {
		value += fmt.Sprintf(" (%s to %s)", number(f.Least), number(f.Most))
	}
	if f.Limit != 0 {
		limit, ratio = quantity(f.Limit, f.Unit), fmt.Sprintf("**%.2f**", f.Ratio)
	} else {
		value = "**" + value + "**"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", f.What, store, value, limit, ratio, f.Target, f.Note)
}

// The marks between which ReplaceSection writes.
const (
	beginMark = "<!-- measured: gateway -->"
	endMark   = "<!-- /measured: gateway -->"
)

// preface stands before the figures where a file has no section on the gateway yet.
const preface = `
## The gateway

` + "`make bench-gateway`" + ` measures and writes the table. The other side of each ratio is the same work without the gateway, in
turns with it, on the same disk: the rows that the gateway wrote are read back from its database and written into an
empty one of the same schema and indexes, by the bare driver. A ratio is the median of the ratios of the turns.

`

// ReplaceSection puts text between the marks of a Markdown file; a section is added where there is none.
func ReplaceSection(file, text string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(b), beginMark)
	_, tail, end := strings.Cut(rest, endMark)
	switch {
	case !ok:
		head, tail = strings.TrimRight(head, "\n")+"\n"+preface, "\n"
	case !end:
		return fmt.Errorf("%s: the mark %s is missing", file, endMark)
	}
	return os.WriteFile(file, []byte(head+beginMark+"\n"+text+endMark+tail), 0o644)
}
