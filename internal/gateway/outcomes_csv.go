package gateway

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxOutcomes bounds one import.
const maxOutcomes = 10_000

// outcomeColumns are those of an import of outcomes, in any order. result must be there, and bill or equipment.
var outcomeColumns = []string{"bill", "equipment", "on", "result", "family", "note"}

// ReadOutcomes reads outcomes as CSV: a line with the names of the columns, then one for each outcome, parted by commas or
// semicolons. A byte order mark is passed over. The error wraps ErrInput and names line and column; then nothing is given.
// What a line says is not judged here.
func ReadOutcomes(r io.Reader) ([]OutcomeLine, error) {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = b.Discard(3)
	}
	in := csv.NewReader(b)
	in.TrimLeadingSpace, in.ReuseRecord = true, true
	if head, _ := b.Peek(4096); strings.Count(firstLine(head), ";") > strings.Count(firstLine(head), ",") {
		in.Comma = ';'
	}
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: line 1: there is nothing; the first line names the columns %s", ErrInput, strings.Join(outcomeColumns, ", "))
	}
	if err != nil {
		return nil, csvError(err)
	}
	columns := make([]int, len(outcomeColumns))
	for i := range columns {
		columns[i] = -1
	}
	for i, name := range head {
		n := slices.Index(outcomeColumns, strings.ToLower(strings.TrimSpace(name)))
		switch {
		case n < 0:
			line, column := in.FieldPos(i)
			return nil, fmt.Errorf("%w: line %d, column %d: there is no column %q; there are %s", ErrInput, line, column, clip(name, 40), strings.Join(outcomeColumns, ", "))
		case columns[n] >= 0:
			line, column := in.FieldPos(i)
			return nil, fmt.Errorf("%w: line %d, column %d: the column %s is there twice", ErrInput, line, column, outcomeColumns[n])
		}
		columns[n] = i
	}
	if columns[3] < 0 || columns[0] < 0 && columns[1] < 0 {
		return nil, fmt.Errorf("%w: line 1: the column result must be there, and bill or equipment", ErrInput)
	}
	var out []OutcomeLine
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		line, _ := in.FieldPos(0)
		if len(out) == maxOutcomes {
			return nil, fmt.Errorf("%w: line %d: more than %d outcomes; import the rest by another file", ErrInput, line, maxOutcomes)
		}
		at := func(n int) string {
			if columns[n] < 0 {
				return ""
			}
			return strings.TrimSpace(strings.Clone(record[columns[n]]))
		}
		out = append(out, OutcomeLine{Line: line, Bill: at(0), Equipment: at(1), On: at(2), Result: at(3), Family: at(4), Note: at(5)})
	}
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

func csvError(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("%w: line %d, column %d: %w", ErrInput, e.Line, e.Column, e.Err)
	}
	return err
}
