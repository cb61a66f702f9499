package edi

// Delimiters are the service characters of one interchange. A zero byte means that there is none.
type Delimiters struct {
	Component  byte // between components: ':' in EDIFACT
	Element    byte // between elements: '+'
	Repetition byte // between repeats of one element: '*' in EDIFACT syntax version 4, '^' in X12 005010; 0 before
	Release    byte // takes its meaning from the next byte: '?'; 0 in X12
	Segment    byte // ends a segment: '\''
}

// Contains reports whether c is one of the service characters.
func (d Delimiters) Contains(c byte) bool {
	return c != 0 && (c == d.Component || c == d.Element || c == d.Repetition || c == d.Release || c == d.Segment)
}

// Distinct reports whether no two of the service characters are the same byte, so that text splits one way only.
func (d Delimiters) Distinct() bool {
	all := [...]byte{d.Component, d.Element, d.Repetition, d.Release, d.Segment}
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a != 0 && a == b {
				return false
			}
		}
	}
	return d.Component != 0 && d.Element != 0 && d.Segment != 0
}
