package main

import "regexp"

// code is one value of a code list with its short name.
type code struct {
	value, name string
}

// codeList is an entry of the code list (UNCL).
type codeList struct {
	dataElement
	codes []code
}

// A code list is laid out in one of two ways: to D.99A the value ends or begins
// left of column 9 and its name begins in column 10, from D.99B on the value
// begins in column 5 and its name in column 11, or later after a long value.
// Names go on in the name's column; descriptions are indented deeper.
var (
	reCodeOld = regexp.MustCompile(`^([+*#|X-]{0,3}) *(\S+) +(\S.*)$`)
	reCodeNew = regexp.MustCompile(`^([+*#|X-]{0,4}) *(\S+) +(\S.*)$`)
)

type codeLayout struct {
	re                        *regexp.Regexp
	valueFirst, valueLast     int // columns that a value may begin in
	nameColumn, valueEndLimit int // the name's column; a value ends left of it unless it is long
}

var (
	layoutOld = codeLayout{reCodeOld, 3, 8, 10, 9}
	layoutNew = codeLayout{reCodeNew, 5, 5, 11, 10}
)

// misplaced holds descriptions that a release prints in the column of names, where
// they would be read as the rest of one: 5305 I in D.16A and D.18A.
var misplaced = map[string]bool{
	"           Margin scheme — Works of art": true,
}

// readCodes reads a code list file into out.
func readCodes(s *source, out map[string]*codeList) error {
	for _, ls := range s.entries() {
		ls = skipBlank(ls)
		if len(ls) == 0 {
			continue
		}
		head, rest, err := s.readElementHead(ls)
		if err != nil {
			return err
		}
		if out[head.tag] != nil {
			return s.errorf(ls[0], "code list twice")
		}
		layout := layoutOld
		if indent(string(" "+ls[0].text[1:])) >= 5 || reElementHead.FindStringSubmatchIndex(ls[0].text)[2] == 5 {
			layout = layoutNew
		}
		list := &codeList{dataElement: head}
		if err := s.readCodeRows(layout, list, rest); err != nil {
			return err
		}
		out[head.tag] = list
	}
	return nil
}

// readCodeRows reads the values of one list.
func (s *source) readCodeRows(layout codeLayout, list *codeList, ls []line) error {
	const (
		none = iota // nothing read yet, or the last value was left out
		name        // inside a name
		text        // inside a description
	)
	state, dropped := none, false
	seen := map[string]bool{}
	for _, l := range ls {
		column := indent(l.text)
		switch {
		case l.text == "":
		case column == layout.nameColumn && state != none && (isNoteHead(l.text) || misplaced[l.text]):
			state = text
		case column == layout.nameColumn && state == name:
			if !dropped {
				c := &list.codes[len(list.codes)-1]
				c.name = join(c.name, l.text)
			}
		case column > layout.nameColumn && state != none:
			state = text
		default:
			m := layout.re.FindStringSubmatchIndex(l.text)
			if m == nil || m[4] < layout.valueFirst || m[4] > layout.valueLast ||
				m[6] < layout.nameColumn || (m[6] > layout.nameColumn && m[5] < layout.valueEndLimit) {
				return s.errorf(l, "line not understood in code list %s", list.tag)
			}
			state = name
			// '-' marks a value that this release takes out.
			dropped = m[3] > m[2] && l.text[m[2]] == '-'
			if dropped {
				continue
			}
			c := code{value: l.text[m[4]:m[5]], name: join("", l.text[m[6]:m[7]])}
			if seen[c.value] {
				return s.errorf(l, "value twice in code list %s", list.tag)
			}
			seen[c.value] = true
			list.codes = append(list.codes, c)
		}
	}
	if len(list.codes) == 0 {
		return s.errorf(line{}, "code list %s without values", list.tag)
	}
	return nil
}
