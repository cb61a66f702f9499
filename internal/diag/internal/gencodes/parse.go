package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// A row is one line of codes.json.
type row struct {
	Code     string   `json:"code"`      // three letters and four digits, never reused
	Name     string   `json:"name"`      // Go identifier of the constant
	Severity string   `json:"severity"`  // error, warning or note: the default
	Scope    string   `json:"scope"`     // interchange, group, message, consignment or item: what an error rejects
	ContrlV3 int      `json:"contrl_v3"` // DE 0085 by the list of syntax 1 to 3; 0 or absent: not a syntax fault
	ContrlV4 int      `json:"contrl_v4"` // DE 0085 by the list of syntax 4; 0 or absent: not a syntax fault
	Source   string   `json:"source"`    // the clause or element that the rule comes from; may be empty
	Args     []string `json:"args"`      // the arguments that the texts may use, in reading order
}

var (
	codeForm = regexp.MustCompile(`^[A-Z]{3}[0-9]{4}$`)
	nameForm = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	argForm  = regexp.MustCompile(`^[a-z][a-z_]*$`)
)

// severities and scopes give the Go constant for each word of codes.json.
var (
	severities = map[string]string{"error": "Error", "warning": "Warning", "note": "Note"}
	scopes     = map[string]string{
		"interchange": "ScopeInterchange", "group": "ScopeGroup", "message": "ScopeMessage",
		"consignment": "ScopeConsignment", "item": "ScopeItem",
	}
)

// contrlV3 and contrlV4 are the values that DE 0085 has in the lists of syntax 1 to 3 and of syntax 4.
var (
	contrlV3 = valueSet(2, 7, span(12, 43))
	contrlV4 = valueSet(2, 7, span(12, 18), span(20, 26), span(28, 30), span(32, 33), span(35, 37), span(39, 40), span(45, 48))
)

// span gives the whole numbers from first to last.
func span(first, last int) []int {
	var out []int
	for i := first; i <= last; i++ {
		out = append(out, i)
	}
	return out
}

// valueSet collects ints and slices of ints.
func valueSet(parts ...any) map[int]bool {
	set := map[int]bool{}
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			set[p] = true
		case []int:
			for _, v := range p {
				set[v] = true
			}
		}
	}
	return set
}

// parse reads codes.json, checks every row, and gives the rows sorted by code.
func parse(src []byte) ([]row, error) {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	var rows []row
	if err := dec.Decode(&rows); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("more after the list")
	}
	codes, names := map[string]bool{}, map[string]bool{}
	for i, r := range rows {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("row %d (%s): %w", i+1, r.Code, err)
		}
		if codes[r.Code] || names[r.Name] {
			return nil, fmt.Errorf("row %d (%s, %s): code or name given twice", i+1, r.Code, r.Name)
		}
		codes[r.Code], names[r.Name] = true, true
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.Code, b.Code) })
	return rows, nil
}

// check reports what is wrong with a row taken alone.
func (r row) check() error {
	switch {
	case !codeForm.MatchString(r.Code):
		return errors.New("a code is three capital letters and four digits")
	case !nameForm.MatchString(r.Name):
		return fmt.Errorf("name %q is not an exported Go identifier", r.Name)
	case severities[r.Severity] == "":
		return fmt.Errorf("severity %q is not error, warning or note", r.Severity)
	case scopes[r.Scope] == "":
		return fmt.Errorf("scope %q is not interchange, group, message, consignment or item", r.Scope)
	case (r.ContrlV3 == 0) != (r.ContrlV4 == 0):
		return errors.New("contrl_v3 and contrl_v4 go together: 18 where one list has no value")
	case r.ContrlV3 != 0 && !contrlV3[r.ContrlV3]:
		return fmt.Errorf("contrl_v3 %d is not in the list of syntax 1 to 3", r.ContrlV3)
	case r.ContrlV4 != 0 && !contrlV4[r.ContrlV4]:
		return fmt.Errorf("contrl_v4 %d is not in the list of syntax 4", r.ContrlV4)
	}
	for i, a := range r.Args {
		if !argForm.MatchString(a) || slices.Contains(r.Args[:i], a) {
			return fmt.Errorf("argument %q is malformed or given twice", a)
		}
	}
	return nil
}
