package main

import (
	"regexp"
	"strconv"
	"strings"
)

// row is one line of a segment's or composite's table after its tag: name, status
// and, where printed, repetition and representation.
type row struct {
	tag       string
	name      string
	mandatory bool
	repeats   int    // 1 where the release prints no repetition
	repr      string // "an..35"; empty on a composite's row
}

var (
	// position, change marks, tag of an element of a segment or a component of a composite
	reHead = regexp.MustCompile(`^(\d{3}) [ +*#|X-]{1,4} ?([CE]?\d{3,4}) +(\S.*)$`)
	// change marks and tag of a component under its composite in a segment
	reComponent = regexp.MustCompile(`^   [ +*#|X-]{3,4}(\d{4}) +(\S.*)$`)
	// status, repetition, representation at the end of a row
	reTail = regexp.MustCompile(`^(.*\S) +([MC])(?: +(\d+))?(?: +((?:an?|n)(?:\.\.)?\d+))?$`)
)

// The columns that a status may stand in: 51 with repetitions (from D.99B on), 53
// to 59 without.
const (
	statusColumnFirst = 51
	statusColumnLast  = 59
)

// readRow reads the row whose name begins in rest, which is the end of the first
// of ls, and returns it with the lines after it. A name too long for its column
// goes on in the next line, indented, with the status on the first or the last line.
func (s *source) readRow(tag, rest string, ls []line) (row, []line, error) {
	first := ls[0]
	name := ""
	for n := 0; len(ls) > 0 && n < 4; n++ {
		l := ls[0]
		if n > 0 {
			if indent(l.text) < 10 {
				break
			}
			rest = strings.TrimSpace(l.text)
		}
		ls = ls[1:]
		m := reTail.FindStringSubmatchIndex(rest)
		if m == nil {
			name = join(name, rest)
			continue
		}
		column := len(l.text) - len(rest) + m[4]
		if column < statusColumnFirst || column > statusColumnLast {
			// a word that looks like a status inside a name
			name = join(name, rest)
			continue
		}
		r := row{tag: tag, name: join(name, rest[:m[3]]), mandatory: rest[m[4]] == 'M', repeats: 1}
		if m[6] >= 0 {
			r.repeats, _ = strconv.Atoi(rest[m[6]:m[7]])
		}
		if m[8] >= 0 {
			r.repr = rest[m[8]:m[9]]
		}
		for len(ls) > 0 && indent(ls[0].text) >= 10 && !isNoteHead(ls[0].text) && !reTail.MatchString(ls[0].text) {
			r.name, ls = join(r.name, ls[0].text), ls[1:]
		}
		return r, ls, nil
	}
	return row{}, nil, s.errorf(first, "no status found in row %s", tag)
}

// join puts the parts of a wrapped name together with single spaces. A word that was
// divided at its hyphen ("night-" and "time") is put together without one.
func join(a, b string) string {
	b = strings.Join(strings.Fields(b), " ")
	if a == "" {
		return b
	}
	if n := len(a); n > 1 && a[n-1] == '-' && a[n-2] != ' ' && b != "" && b[0] >= 'a' && b[0] <= 'z' {
		return a + b
	}
	return a + " " + b
}
