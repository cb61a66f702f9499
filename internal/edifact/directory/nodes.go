package directory

import (
	"strconv"
	"strings"
)

// buildNodes reads a segment table of the data set. A row is "0080 TDT M1", indented
// by one blank more than the groups around it; "0070 SG1 C9" is a group's heading.
func buildNodes(key messageKey) []Node {
	text := key.pack.table(key.typ, key.index)
	nodes := make([]Node, 0, strings.Count(text, "\n"))
	var open []int // indexes of the headings around the current row
	closeTo := func(depth int) {
		for len(open) > depth {
			nodes[open[len(open)-1]].End = len(nodes)
			open = open[:len(open)-1]
		}
	}
	service := servicePack()
	key.pack.mu.Lock()
	defer key.pack.mu.Unlock()
	if service != key.pack {
		service.mu.Lock()
		defer service.mu.Unlock()
	}
	for line := range strings.Lines(text) {
		row := strings.TrimLeft(line, " ")
		closeTo(len(line) - len(row) - 1)
		f := strings.Fields(row)
		n := Node{Position: f[0], Tag: f[1], Mandatory: f[2][0] == 'M', Parent: -1, End: len(nodes) + 1}
		if len(open) > 0 {
			n.Parent = open[len(open)-1]
		}
		n.Max = number(f[2][1:])
		// SGP is a segment: only a digit makes a group.
		if group, ok := strings.CutPrefix(n.Tag, "SG"); ok && group[0] <= '9' {
			n.Group, n.Tag = number(group), ""
			open = append(open, len(nodes))
			nodes = append(nodes, n)
			continue
		}
		if isServiceTag(n.Tag) {
			n.Segment = service.edition(key.layout-3).segment(n.Tag, key.layout)
		} else {
			n.Segment = key.pack.edition(key.index).segment(n.Tag, key.own)
		}
		if n.Segment == nil {
			panic("directory: embedded data lacks segment " + n.Tag)
		}
		n.Name = n.Segment.Name
		if n.Parent >= 0 && nodes[n.Parent].Tag == "" {
			nodes[n.Parent].Tag = n.Tag
		}
		nodes = append(nodes, n)
	}
	closeTo(0)
	return nodes
}

// number reads a number of the embedded data.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic("directory: embedded data has number " + text)
	}
	return n
}

// isServiceTag tells the segments inside a message that the syntax defines, not the
// directory: their layout is that of the interchange's syntax version.
func isServiceTag(tag string) bool { return tag == "UNH" || tag == "UNT" || tag == "UNS" }
