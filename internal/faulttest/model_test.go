//go:build linux

package faulttest_test

import (
	"fmt"
	"strings"
)

// A step is one message that a partner sends about one of its documents.
type step struct {
	name     string
	document string // DE 1004, without what makes it the group's own
	function string // DE 1225
	bills    []bill
}

// steps are the six messages whose orders are tried. The document has a master bill of its own, so that what becomes of
// its versions shows in the links of the house, and there is a master in another document beside.
func steps(group string) []step {
	m1, m2 := "M1"+group, "M2"+group
	b, c, e := bill{"BM", "B" + group, ""}, bill{"BM", "C" + group, ""}, bill{"BM", "E" + group, ""}
	return []step{
		{"original", "DOC", "9", []bill{{"MB", m1, ""}, b}},
		{"replace", "DOC", "5", []bill{{"MB", m1, ""}, c}},
		{"change", "DOC", "4", []bill{c, e}},
		{"cancel", "DOC", "1", nil},
		{"master", "MASTER", "9", []bill{{"MB", m2, ""}}},
		{"house", "HOUSES", "9", []bill{{"BH", "H1" + group, m1}, {"BH", "H2" + group, m2}}},
	}
}

// reference gives the number of a document of a group.
func (s *step) reference(group string) string { return s.document + group }

// A cell is one consignment in the model.
type cell struct {
	bill
	state string
	link  string
	up    int
	down  int
}

// late says of the messages which of them would be refused only because their document was cancelled by one that was
// accepted before. Where such a one is read before the cancellation is settled, it is taken and has no effect: its
// sender is told yes, and heads, links and all other consignments are the same.
func late(accepted []step) []bool {
	out := make([]bool, len(accepted))
	states := map[string]string{}
	for i, s := range accepted {
		switch state := states[s.document]; {
		case s.function == "9", s.function != "1" && state == "current":
			states[s.document] = "current"
		case s.function == "1" && state == "current":
			states[s.document] = "cancelled"
		default:
			out[i] = state == "cancelled"
		}
	}
	return out
}

// expected says what messages come to, given the order in which they were accepted: an original begins its document, a
// replacement takes its place, a change sets the bills that it names, a cancellation ends it, and what has no document
// to act on is refused. A house is matched where its master's bill is accepted, and a master with houses for all its
// packages is complete. It is written from the rules, and knows nothing of how the gateway comes to it.
func expected(accepted []step) string {
	type doc struct {
		state    string
		versions int
		current  int
	}
	docs := map[string]*doc{}
	cells := make([][]*cell, len(accepted))
	states := make([]string, len(accepted))
	of := map[string][]*cell{} // live cells by document
	for i, s := range accepted {
		d := docs[s.document]
		if d == nil {
			d = &doc{state: "none"}
			docs[s.document] = d
		}
		for _, b := range s.bills {
			cells[i] = append(cells[i], &cell{bill: b, state: "unaccepted"})
		}
		if s.function != "9" && d.state != "current" {
			states[i] = "rejected"
			continue
		}
		states[i] = "accepted"
		d.versions, d.current, d.state = d.versions+1, i+1, "current"
		live := of[s.document]
		switch s.function {
		case "9", "5":
			for _, c := range live {
				c.state = "superseded"
			}
			live = nil
		case "4":
			for _, c := range live {
				for _, b := range s.bills {
					if b.number == c.number {
						c.state = "superseded"
					}
				}
			}
		case "1":
			d.state = "cancelled"
			for _, c := range live { // the superseded of this document's run among them
				c.state = "cancelled"
			}
		}
		for _, c := range cells[i] {
			c.state = "accepted"
			live = append(live, c)
		}
		of[s.document] = live
	}
	var all []*cell
	for _, c := range cells {
		all = append(all, c...)
	}
	for _, c := range all {
		if c.state != "accepted" {
			continue
		}
		for _, o := range all {
			switch {
			case o.state != "accepted":
			case o.number == c.parent:
				c.up++
			case o.parent == c.number:
				c.down++
			}
		}
		switch {
		case c.kind == "BH" && c.up > 0:
			c.link = "matched"
		case c.kind == "BH":
			c.link = "not_matched"
		case c.kind == "MB" && c.down > 0:
			c.link = "complete" // each house has as many packages as its master
		case c.kind == "MB":
			c.link = "houses_missing"
		}
	}
	var b strings.Builder
	for i := range accepted {
		fmt.Fprintf(&b, "%d %s %s\n", i+1, accepted[i].name, states[i])
		for _, c := range cells[i] {
			writeCell(&b, c)
		}
	}
	for _, name := range []string{"DOC", "MASTER", "HOUSES"} {
		if d := docs[name]; d == nil || d.versions == 0 {
			fmt.Fprintf(&b, "%s none\n", name)
		} else {
			fmt.Fprintf(&b, "%s %s, %d versions, the last is %d\n", name, d.state, d.versions, d.current)
		}
	}
	return b.String()
}

// withoutLate makes what was taken late without effect what it would have been in its turn.
func withoutLate(got string, accepted []step) string {
	var b strings.Builder
	is := late(accepted)
	refuse := false
	for line := range strings.Lines(got) {
		var n int
		if _, err := fmt.Sscanf(line, "%d ", &n); err == nil && line[0] != ' ' {
			yes := fmt.Sprintf("%d %s accepted\n", n, accepted[n-1].name)
			if refuse = is[n-1] && line == yes; refuse {
				line = strings.Replace(line, " accepted\n", " rejected\n", 1)
			}
		}
		if refuse && strings.HasPrefix(line, "  ") {
			line = strings.Replace(line, ` cancelled "", 0 up, 0 down`, ` unaccepted "", 0 up, 0 down`, 1)
		}
		b.WriteString(line)
	}
	return b.String()
}

func writeCell(b *strings.Builder, c *cell) {
	fmt.Fprintf(b, "  %s %s %q, %d up, %d down\n", c.number, c.state, c.link, c.up, c.down)
}
