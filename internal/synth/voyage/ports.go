package voyage

import (
	_ "embed" // for the tables below
	"fmt"
	"strconv"
	"strings"
)

//go:embed data/ports.txt
var portTable string

// A port is a sea port of the world.
type port struct {
	code  string // UN/LOCODE
	name  string // short enough for DE 3224 in D.95B
	area  string // the range of ports that services are made of
	miles int    // by sea to Rotterdam
}

func (p *port) country() string { return p.code[:2] }

var ports, portByCode = func() ([]*port, map[string]*port) {
	var list []*port
	byCode := map[string]*port{}
	for f := range rows(portTable, 4) {
		p := &port{code: f[0], name: f[1], area: f[2], miles: number(f[3])}
		list = append(list, p)
		byCode[p.code] = p
	}
	return list, byCode
}()

// portsOf gives the ports with the UN/LOCODEs, separated by spaces.
func portsOf(codes string) []*port {
	var list []*port
	for _, c := range strings.Fields(codes) {
		p := portByCode[c]
		if p == nil {
			panic("voyage: no port " + c)
		}
		list = append(list, p)
	}
	return list
}

// rows gives the lines of a table that are no comments, cut at the bar. A table is part of the program, and a test
// reads it: a wrong line is a fault of the build.
func rows(table string, fields int) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(table) {
			line = strings.TrimRight(line, "\r\n")
			if line == "" || line[0] == '#' {
				continue
			}
			f := strings.Split(line, "|")
			if len(f) != fields {
				panic(fmt.Sprintf("voyage: %d fields instead of %d: %s", len(f), fields, line))
			}
			if !yield(f) {
				return
			}
		}
	}
}

// number reads a number of a table.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("voyage: " + err.Error())
	}
	return n
}

// list cuts a field at its commas; an empty field gives none.
func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
