package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"cargogate/internal/diag"
)

// A tally adds up what the readings came to.
type tally struct {
	files, bytes, records int64
	took                  time.Duration
	clean                 int64 // files without an error
	formats               map[string]int64
	counts                diag.Counts
	codes                 map[diag.Code]*codeTally
	slowest               []timing
	faults                []string
	places                bool     // list findings one by one
	lines                 []string // those findings
}

// A codeTally is how often a code was listed, and in how many files.
type codeTally struct{ findings, files int64 }

// A timing is how long one file took.
type timing struct {
	name  string
	bytes int64
	took  time.Duration
}

// maxSlowest is how many of the slowest files are reported.
const maxSlowest = 5

func newTally() *tally {
	return &tally{formats: map[string]int64{}, codes: map[diag.Code]*codeTally{}}
}

// add takes the reading of one file.
func (t *tally) add(name string, r reading) {
	t.files++
	t.bytes += r.bytes
	t.records += r.records
	t.took += r.took
	t.slowest = append(t.slowest, timing{name, r.bytes, r.took})
	slices.SortStableFunc(t.slowest, func(a, b timing) int { return cmp.Compare(b.took, a.took) })
	t.slowest = t.slowest[:min(len(t.slowest), maxSlowest)]
	if r.fault != "" {
		t.faults = append(t.faults, name+": "+r.fault)
	}
	if r.result == nil {
		return
	}
	t.formats[r.result.File.Format]++
	t.counts = t.counts.Plus(r.result.Counts)
	if r.result.Clean() {
		t.clean++
	}
	seen := map[diag.Code]bool{}
	for i := range r.result.Findings {
		code := r.result.Findings[i].Code
		c := t.codes[code]
		if c == nil {
			c = &codeTally{}
			t.codes[code] = c
		}
		c.findings++
		if t.places {
			t.lines = append(t.lines, place(name, &r.result.Findings[i]))
		}
		if !seen[code] {
			seen[code] = true
			c.files++
		}
	}
}

// place gives the line of one finding: where it stands in the file and in the structure, and what it says.
func place(name string, f *diag.Finding) string {
	at := fmt.Sprintf("%s:%d:%d", name, f.Pos.Line, f.Pos.Col)
	if f.Pointer != "" {
		at += " " + string(f.Pointer)
	}
	return fmt.Sprintf("%s %s %s: %s", at, f.Code, f.Severity, diag.English().Text(f))
}

// write writes the report and says whether nothing crashed or hung.
func (t *tally) write(w io.Writer) (ok bool, err error) {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "files      %d, %d bytes, %d without an error\n", t.files, t.bytes, t.clean)
	for _, f := range slices.Sorted(maps.Keys(t.formats)) {
		fmt.Fprintf(out, "format     %s: %d\n", f, t.formats[f])
	}
	fmt.Fprintf(out, "records    %d\n", t.records)
	fmt.Fprintf(out, "time       %v for check and convert", t.took.Round(time.Millisecond))
	if s := t.took.Seconds(); s > 0 {
		fmt.Fprintf(out, ", %.1f MB/s", float64(t.bytes)/1e6/s)
	}
	fmt.Fprintln(out)
	for _, s := range t.slowest {
		fmt.Fprintf(out, "  %8v  %9d bytes  %s\n", s.took.Round(10*time.Microsecond), s.bytes, s.name)
	}
	fmt.Fprintf(out, "findings   %d errors, %d warnings, %d notes, %d of them not listed\n", t.counts.Error, t.counts.Warning, t.counts.Note, t.counts.Omitted)
	codes := slices.SortedFunc(maps.Keys(t.codes), func(a, b diag.Code) int {
		return cmp.Or(cmp.Compare(t.codes[b].findings, t.codes[a].findings), cmp.Compare(a, b))
	})
	for _, code := range codes {
		c := t.codes[code]
		fmt.Fprintf(out, "  %s %-7s %6d in %4d files  %s\n", code, code.Severity(), c.findings, c.files, code.Name())
	}
	for _, line := range t.lines {
		fmt.Fprintf(out, "  %s\n", line)
	}
	for _, f := range t.faults {
		fmt.Fprintf(out, "FAULT      %s\n", f)
	}
	fmt.Fprintf(out, "faults     %d\n", len(t.faults))
	return len(t.faults) == 0, out.Flush()
}
