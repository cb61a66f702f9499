package main

import "slices"

// The segment ARR is the one place where a directory states repetitions in notes
// only, not in its tables: C770 in ARR, and 9424 in C770. ARR is for messages in
// syntax version 3, where each repetition is an element or component of its own.
const (
	arrayCellsOld  = 100  // C770 in ARR up to D.99A (note to ARR in EDSD)
	arrayCellsNew  = 9999 // C770 in ARR from D.99B on
	arrayCellParts = 100  // 9424 in C770 (note to C770 in EDCD)
)

// repeatArrays writes the repetitions of the notes into the tables.
func (r *release) repeatArrays() {
	c, s := r.composites["C770"], r.segments["ARR"]
	if c == nil || s == nil {
		return
	}
	if len(c.components) == 1 {
		c.components = slices.Repeat(c.components, arrayCellParts)
	}
	for i := range s.elements {
		e := &s.elements[i]
		if e.tag != "C770" {
			continue
		}
		e.components = c.components
		if e.repeats == 1 {
			e.repeats = arrayCellsNew
			if century("D"+r.name) < century("D99B") {
				e.repeats = arrayCellsOld
			}
		}
	}
}
