package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// printTable prints a segment table: a row a line, indented by one space more than
// the groups around it, "0070 SG1 C9" or "0080 TDT M1".
func printTable(rows []tableRow) string {
	var b strings.Builder
	for _, r := range rows {
		tag := r.tag
		if r.group > 0 {
			tag = "SG" + strconv.Itoa(r.group)
		}
		fmt.Fprintf(&b, "%*s%s %s %s%d\n", r.depth+1, "", r.position, tag, status(r.mandatory), r.max)
	}
	return b.String()
}

func status(mandatory bool) string {
	if mandatory {
		return "M"
	}
	return "C"
}

// printElements prints a segment's elements: "C002C 1004C C517C5", each a tag, a
// status and, where greater than 1, a number of repetitions.
func printElements(s *segment) string {
	var parts []string
	for _, e := range s.elements {
		p := e.tag + status(e.mandatory)
		if e.repeats > 1 {
			p += strconv.Itoa(e.repeats)
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, " ")
}

// printComponents prints a composite's components: "1001C 1131C".
func printComponents(c *composite) string {
	var parts []string
	for _, r := range c.components {
		parts = append(parts, r.tag+status(r.mandatory))
	}
	return strings.Join(parts, " ")
}

// files prints the data set. Rows are in the order of their keys and, under one
// key, of their releases, so that a reader can search them.
func (d *dataset) files() []file {
	lines := func(t *table) []byte {
		var b bytes.Buffer
		for _, key := range slices.Sorted(maps.Keys(t.facts)) {
			for _, s := range spans(t.facts[key]) {
				fmt.Fprintf(&b, "%s %s %s\n", key, t.print(s), t.facts[key][s.from])
			}
		}
		return b.Bytes()
	}
	var messages bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(d.messages.facts)) {
		for _, s := range spans(d.messages.facts[key]) {
			fmt.Fprintf(&messages, "%s %s\n%s", key, d.messages.print(s), d.messages.facts[key][s.from])
		}
	}
	return []file{
		{"releases.txt", []byte(strings.Join(d.releases, "\n") + "\n")},
		{"messages.txt", messages.Bytes()},
		{"segments.txt", lines(d.segments)},
		{"composites.txt", lines(d.composites)},
		{"elements.txt", lines(d.elements)},
		{"codes.txt", d.codes()},
		{"names.txt", d.codeNames()},
	}
}

// codes prints the code lists: a line for all values of a list that came and went
// together, "3035 95B-08A N1".
func (d *dataset) codes() []byte {
	lists := map[string]map[span][]string{}
	for key, held := range d.values.facts {
		tag, value, _ := strings.Cut(key, " ")
		if lists[tag] == nil {
			lists[tag] = map[span][]string{}
		}
		for _, s := range spans(held) {
			lists[tag][s] = append(lists[tag][s], value)
		}
	}
	var b bytes.Buffer
	for _, tag := range slices.Sorted(maps.Keys(lists)) {
		bySpan := slices.SortedFunc(maps.Keys(lists[tag]), func(a, b span) int {
			return cmp.Or(a.from-b.from, a.to-b.to)
		})
		for _, s := range bySpan {
			values := lists[tag][s]
			slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
			fmt.Fprintf(&b, "%s %s %s\n", tag, d.values.print(s), strings.Join(values, " "))
		}
	}
	return b.Bytes()
}

// codeNames prints the names of code values: "1001 85\tCustoms manifest", with the
// releases before the tab where one value has had several names.
func (d *dataset) codeNames() []byte {
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(d.names.facts)) {
		names := d.names.facts[key]
		distinct := map[string]bool{}
		for _, n := range names {
			if n != "" {
				distinct[n] = true
			}
		}
		if len(distinct) == 1 {
			for n := range distinct {
				fmt.Fprintf(&b, "%s\t%s\n", key, n)
			}
			continue
		}
		for _, s := range spans(names) {
			fmt.Fprintf(&b, "%s %s\t%s\n", key, d.names.print(s), names[s.from])
		}
	}
	return b.Bytes()
}

// count prints how much of everything each release holds.
func (d *dataset) count(w io.Writer) {
	in := func(t *table, i int) (n int) {
		for _, f := range t.facts {
			if f[i] != "" {
				n++
			}
		}
		return n
	}
	fmt.Fprintln(w, "release messages segments composites elements lists values")
	for i, r := range d.releases {
		lists := map[string]bool{}
		for key, f := range d.values.facts {
			if f[i] != "" {
				lists[key[:4]] = true
			}
		}
		fmt.Fprintf(w, "D.%-5s %8d %8d %10d %8d %5d %6d\n", r, in(d.messages, i), in(d.segments, i),
			in(d.composites, i), in(d.elements, i), len(lists), in(d.values, i))
	}
	fmt.Fprintf(w, "all     %8d %8d %10d %8d       %6d\n", len(d.messages.facts), len(d.segments.facts),
		len(d.composites.facts), len(d.elements.facts), len(d.values.facts))
}
