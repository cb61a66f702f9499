package main

import "regexp"

// composite is an entry of the composite directory (TRCD, EDCD).
type composite struct {
	tag, name  string
	components []row
}

var reCompositeHead = regexp.MustCompile(`^[ +*#|X-]{6,7}([CE]\d{3}) {1,}(\S.*)$`)

// readComposites reads a composite directory.
func readComposites(s *source) (map[string]*composite, error) {
	out := map[string]*composite{}
	for _, ls := range s.entries() {
		ls = skipBlank(ls)
		if len(ls) == 0 {
			continue
		}
		m := reCompositeHead.FindStringSubmatch(ls[0].text)
		if m == nil {
			return nil, s.errorf(ls[0], "heading of a composite expected")
		}
		c := &composite{tag: m[1], name: m[2]}
		for ls = ls[1:]; len(ls) > 0 && ls[0].text != ""; ls = ls[1:] {
			c.name = join(c.name, ls[0].text)
		}
		text := true
		for len(ls) > 0 {
			l := ls[0]
			m := reHead.FindStringSubmatch(l.text)
			switch {
			case m != nil:
				r, rest, err := s.readRow(m[2], m[3], ls)
				if err != nil {
					return nil, err
				}
				if r.repr == "" || m[1] != position(len(c.components)+1) {
					return nil, s.errorf(l, "component without representation, or position out of order")
				}
				c.components, ls, text = append(c.components, r), rest, false
				continue
			case isNoteHead(l.text):
				text = true
			case l.text != "" && (!text || indent(l.text) == 0):
				return nil, s.errorf(l, "line not understood in a composite's table")
			}
			ls = ls[1:]
		}
		if out[c.tag] != nil || len(c.components) == 0 {
			return nil, s.errorf(line{}, "composite %s twice, or without components", c.tag)
		}
		out[c.tag] = c
	}
	return out, nil
}
