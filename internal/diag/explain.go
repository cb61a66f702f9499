package diag

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An UnknownCodeError says that a code does not exist, and which ones are like it.
type UnknownCodeError struct {
	Code string
	Near []Code // the most alike, at most five; may be empty
}

// Error names the code and those near it.
func (e *UnknownCodeError) Error() string {
	s := fmt.Sprintf("no finding code %q", e.Code)
	for i, c := range e.Near {
		switch {
		case i == 0:
			s += "; near it: "
		default:
			s += ", "
		}
		s += fmt.Sprintf("%s (%s)", c, c.Name())
	}
	return s
}

// FindCode gives the code that a person means by its number or name, in capitals or not: "edi0013",
// "MissingElement". The error is an UnknownCodeError.
func FindCode(word string) (Code, error) {
	for i := range table {
		if strings.EqualFold(string(table[i].Code), word) || strings.EqualFold(table[i].Name, word) {
			return table[i].Code, nil
		}
	}
	return "", &UnknownCodeError{Code: word, Near: near(word)}
}

// near gives the codes whose number or name differs least from the word, if little enough to be a slip.
func near(word string) []Code {
	type candidate struct {
		code Code
		cost int
	}
	word = strings.ToLower(word)
	if len(word) > 64 {
		return nil // no slip of the keyboard, and the comparison is quadratic
	}
	var found []candidate
	for i := range table {
		byCode := distance(word, strings.ToLower(string(table[i].Code)))
		byName := distance(word, strings.ToLower(table[i].Name))
		if byCode <= 2 || byName <= len(table[i].Name)/4 {
			found = append(found, candidate{table[i].Code, min(byCode, byName)})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.cost, b.cost) })
	var out []Code
	for _, c := range found[:min(len(found), 5)] {
		if c.cost == found[0].cost { // a worse guess beside a better one only distracts
			out = append(out, c.code)
		}
	}
	return out
}

// distance counts the bytes to insert, delete or replace to turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			keep := diagonal
			if a[i] != b[j] {
				keep++
			}
			diagonal = row[j+1]
			row[j+1] = min(keep, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// An explanation is a code as `explain --format json` gives it.
type explanation struct {
	Schema   int      `json:"schema"` // 1
	Code     Code     `json:"code"`
	Name     string   `json:"name"`
	Severity string   `json:"severity"`
	Scope    string   `json:"scope"`
	Standard struct { // "0085:13"; "" where there is none
		Syntax3 string `json:"syntax_3"` // syntax versions 1 to 3
		Syntax4 string `json:"syntax_4"`
	} `json:"standard"`
	Source string   `json:"source"`
	Text   string   `json:"text"`
	Why    string   `json:"why"`
	Hint   string   `json:"hint"`
	Args   []string `json:"args"`
}

// Explain writes what a code means, why the rule exists and how to put it right. code is a number or a name, lang a
// language of TextsFor, format "text" or "json". It fails with an UnknownCodeError for a code that does not exist.
func Explain(w io.Writer, code, lang, format string) error {
	c, err := FindCode(code)
	if err != nil {
		return err
	}
	t, err := TextsFor(lang)
	if err != nil {
		return err
	}
	entry, general := c.entry(), &Finding{Code: c}
	e := explanation{
		Schema: 1, Code: c, Name: entry.Name, Severity: entry.Severity.String(), Scope: entry.Scope.String(),
		Source: entry.Source, Text: t.Text(general), Why: t.Why(general), Hint: t.Hint(general),
		Args: append([]string{}, entry.Args...),
	}
	e.Standard.Syntax3, e.Standard.Syntax4 = c.Standard(3), c.Standard(4)
	switch format {
	case "json":
		_, err = w.Write(append(appendJSON(nil, e), '\n'))
		return err
	case "text":
		return e.write(w)
	}
	return fmt.Errorf("format %q is not text or json", format)
}

// write gives the explanation for people.
func (e *explanation) write(w io.Writer) error {
	sink := &stickyWriter{w: w}
	out := bufio.NewWriter(sink)
	fmt.Fprintf(out, "%s %s: %s\n\n", e.Code, e.Name, e.Text)
	t := &TextRenderer{out: out, sink: sink, columns: 100}
	t.note(0, "why", e.Why)
	t.note(0, "help", e.Hint)
	t.note(0, "severity", e.Severity+" by default; an error rejects the "+e.Scope)
	if e.Standard.Syntax3 != "" {
		value := e.Standard.Syntax3
		if e.Standard.Syntax4 != value {
			value += " (syntax 1 to 3), " + e.Standard.Syntax4 + " (syntax 4)"
		}
		t.note(0, "in CONTRL", value)
	}
	if e.Source != "" {
		t.note(0, "source", e.Source)
	}
	if len(e.Args) > 0 {
		t.note(0, "arguments", strings.Join(e.Args, ", "))
	}
	out.Flush()
	return sink.err
}

// ExplainList writes every code in one line: code, severity, scope, and the general text in English.
func ExplainList(w io.Writer) error {
	sink := &stickyWriter{w: w}
	out := bufio.NewWriter(sink)
	for i := range table {
		e := &table[i]
		fmt.Fprintf(out, "%s  %-7s  %-11s  %s\n", e.Code, e.Severity, e.Scope, English().Text(&Finding{Code: e.Code}))
	}
	out.Flush()
	return sink.err
}
