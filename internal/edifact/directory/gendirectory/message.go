package main

import (
	"regexp"
	"strconv"
	"strings"
)

// tableRow is one row of a message's segment table.
type tableRow struct {
	position  string // as printed, four or five digits
	depth     int    // number of groups around the row
	group     int    // group number on a group's heading, otherwise 0
	tag, name string // of a segment
	mandatory bool
	max       int
}

var (
	reSegmentRow = regexp.MustCompile(`^(\d{4,5}) [ +*#|X]{1,3}([A-Z][A-Z0-9]{2}) (\S.*\S) +([MC]) {3}(\d+) *([-+| ]*)$`)
	reGroupRow   = regexp.MustCompile(`^(\d{4,5}) [ +*#|X]{1,3} +-{4,5} Segment group (\d+) *-+ ([MC]) {3}(\d+)(-+\+\|*)$`)
	reDeletedRow = regexp.MustCompile(`^ {4,7}- +(?:[A-Z][A-Z0-9]{2}|-{4,5}) .* [MC] {3}\d+`)
	reTreeOnly   = regexp.MustCompile(`^ *\|+$`)
	reTableHead  = regexp.MustCompile(`^4\.3\.1 +[+*#|X ]{0,3}Segment table$`)
	reSection    = regexp.MustCompile(`^ +(?:HEADER|DETAIL|SUMMARY) SECTION$`)
	reColumns    = regexp.MustCompile(`^Pos +Tag Name +S +R$`)
)

// readMessage reads the segment table of a message, section 4.3.1 of its text.
// An informative annex may print more tables after UNT; they are not read.
func readMessage(s *source) ([]tableRow, error) {
	i := 0
	for i < len(s.lines) && !reTableHead.MatchString(s.lines[i].text) {
		i++
	}
	if i == len(s.lines) {
		return nil, s.errorf(line{}, "no segment table")
	}
	var rows []tableRow
	var open []int // group numbers around the current row
	for _, l := range s.lines[i+1:] {
		switch text := l.text; {
		case text == "" || reColumns.MatchString(text) || reSection.MatchString(text) || reTreeOnly.MatchString(text):
		case reGroupRow.MatchString(text):
			m := reGroupRow.FindStringSubmatch(text)
			if strings.Count(m[5], "|") != len(open) {
				return nil, s.errorf(l, "tree does not show the %d groups that are open", len(open))
			}
			r := tableRow{position: m[1], depth: len(open), mandatory: m[3] == "M"}
			r.group, _ = strconv.Atoi(m[2])
			r.max, _ = strconv.Atoi(m[4])
			rows, open = append(rows, r), append(open, r.group)
		case reSegmentRow.MatchString(text):
			m := reSegmentRow.FindStringSubmatch(text)
			closes := strings.Count(m[6], "+")
			if closes+strings.Count(m[6], "|") != len(open) {
				return nil, s.errorf(l, "tree does not show the %d groups that are open", len(open))
			}
			r := tableRow{position: m[1], depth: len(open), tag: m[2], name: m[3], mandatory: m[4] == "M"}
			r.max, _ = strconv.Atoi(m[5])
			rows, open = append(rows, r), open[:len(open)-closes]
			if r.tag == "UNT" {
				if err := s.checkTable(l, rows); err != nil {
					return nil, err
				}
				return rows, s.checkGroups(rows)
			}
		case reDeletedRow.MatchString(text):
			// A row of the release before, without a position: no part of this one.
		default:
			return nil, s.errorf(l, "line not understood in the segment table")
		}
	}
	return nil, s.errorf(line{}, "segment table without UNT")
}

// checkTable checks what holds for every message: the service segments at both
// ends, positions and group numbers in order, a mandatory trigger that occurs once.
func (s *source) checkTable(end line, rows []tableRow) error {
	position, group := 0, 0
	for i, r := range rows {
		n, _ := strconv.Atoi(r.position)
		if n <= position || r.max < 1 {
			return s.errorf(end, "position %s out of order", r.position)
		}
		position = n
		if r.group == 0 {
			continue
		}
		if group++; r.group != group {
			return s.errorf(end, "group %d out of order", r.group)
		}
		if t := rows[i+1]; t.depth != r.depth+1 || t.group != 0 || !t.mandatory || t.max != 1 {
			return s.errorf(end, "trigger of group %d is not a mandatory segment that occurs once", r.group)
		}
	}
	if rows[0].tag != "UNH" || rows[len(rows)-1].depth != 0 {
		return s.errorf(end, "no UNH at the beginning, or groups open at the end")
	}
	return nil
}
