package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var reGroupText = regexp.MustCompile(`^[\d +*#|X-]* Segment group +(\d+): *([A-Z0-9-]+)$`)

// checkGroups compares the segment table with section 4.1 of the message's text,
// where each group's heading lists what it holds: "Segment group 4: CNI-CNT-SG5".
// The two are written independently of each other.
func (s *source) checkGroups(rows []tableRow) error {
	stated := map[int]string{}
	for i := 0; i < len(s.lines); i++ {
		l := s.lines[i]
		if reTableHead.MatchString(l.text) {
			break
		}
		m := reGroupText.FindStringSubmatch(l.text)
		if m == nil {
			continue
		}
		text := m[2]
		for i+1 < len(s.lines) {
			next := strings.TrimSpace(strings.TrimLeft(s.lines[i+1].text, "+*#|X "))
			if next == "" || strings.Trim(next, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || strings.Contains(next, "--") {
				break
			}
			text += next
			i++
		}
		n, _ := strconv.Atoi(m[1])
		stated[n] = text
	}
	var faults []string
	for i, r := range rows {
		if r.group == 0 {
			continue
		}
		var parts []string
		for _, c := range rows[i+1:] {
			if c.depth <= r.depth {
				break
			}
			if c.depth > r.depth+1 {
				continue
			}
			if c.group > 0 {
				parts = append(parts, "SG"+strconv.Itoa(c.group))
			} else {
				parts = append(parts, c.tag)
			}
		}
		if got := strings.Join(parts, "-"); got != stated[r.group] {
			faults = append(faults, fmt.Sprintf("%s: segment group %d: table %s, section 4.1 %s", s.name, r.group, got, stated[r.group]))
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s", strings.Join(faults, "\n"))
	}
	return nil
}
