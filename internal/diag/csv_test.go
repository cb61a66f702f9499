package diag

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

func TestCSVGolden(t *testing.T) {
	got := render(t, sample(t), func(b *bytes.Buffer) Renderer { return NewCSV(b, nil) })
	golden(t, "findings.csv.golden", got)
	rows, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 9 || len(rows[0]) != len(csvColumns) {
		t.Errorf("%d rows of %d", len(rows), len(rows[0]))
	}
	if lines := strings.Count(got, "\n"); lines != 9 || strings.Count(got, "\r\n") != lines {
		t.Errorf("%d lines, %d end with CRLF", lines, strings.Count(got, "\r\n"))
	}
}

// TestCSVFormulas: whatever a partner sends, no cell begins like a formula.
func TestCSVFormulas(t *testing.T) {
	for _, evil := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "plain"} {
		report := &Report{File: evil, Findings: []Finding{{
			Code: Code(evil), Value: evil, Pointer: Pointer(evil), Standard: evil, Args: []Arg{A(evil, evil)},
		}}}
		rows, err := csv.NewReader(strings.NewReader(render(t, []*Report{report}, func(b *bytes.Buffer) Renderer { return NewCSV(b, nil) }))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q: %v %v", evil, rows, err)
		}
		for i, c := range rows[1] {
			if strings.ContainsAny(c[:min(1, len(c))], "=+-@\t\r\n") {
				t.Errorf("%q: column %s is %q", evil, csvColumns[i], c)
			}
		}
		if want := strings.TrimPrefix(rows[1][9], "'"); evil == "plain" && (rows[1][9] != evil || want != evil) {
			t.Errorf("a harmless cell becomes %q", rows[1][9])
		}
	}
}
