package directory

import "strconv"

// Message is one message type as one directory release lays it out.
//
// A Message and all that hangs from it is shared between callers and never
// changes: two calls of Lookup with equal arguments give the same pointer.
type Message struct {
	Type    string // message type, DE 0065: "CUSCAR"
	Release string // the directory that the table is from: "D.95B"; for CONTRL the service version: "D.3", "4.1"
	Syntax  int    // element layout: 3 (syntax versions 1 to 3) or 4
	Nodes   []Node // the segment table in position order
}

// Node is one row of a message's segment table: a segment, or the heading of a
// segment group.
type Node struct {
	Position  string   // as the directory prints it: "0270", in later releases "00270"
	Group     int      // n of segment group n on a group's heading; 0 on a segment row
	Tag       string   // segment tag; on a group's heading the tag of its trigger segment
	Name      string   // "Reference"; empty on a group's heading
	Mandatory bool     // status M
	Max       int      // greatest number of occurrences, 1 or more
	Parent    int      // index in Nodes of the enclosing group's heading; -1 at the top level
	End       int      // index one past the row: on a group's heading, past the last row inside it
	Segment   *Segment // layout of the segment; nil on a group's heading
}

// Segment is the layout of one segment.
type Segment struct {
	Tag      string    // three upper-case letters: "NAD"
	Name     string    // "Name and address"
	Elements []Element // in order after the tag
}

// Element is one place of a segment between two element separators: a composite
// or a simple (stand-alone) data element.
type Element struct {
	Tag        string      // "C082" or "3035"
	Name       string      // of a composite in capitals, as the directory prints it
	Composite  bool        // whether component separators may occur
	Mandatory  bool        // status M
	Repeats    int         // greatest number of repetitions; always 1 in the layout of syntax version 3
	Components []Component // a simple element has exactly one, with the element's own tag
}

// Component is one data element inside an Element.
type Component struct {
	Tag       string    // data element tag: "3039"
	Name      string    // "Party id. identification"
	Mandatory bool      // status M, which binds where the composite is used; true in a simple element
	Repr      Repr      // permitted characters and length
	Codes     *CodeList // the values that the release lists; nil where no list is held
}

// Class is the character class of a data element's representation.
type Class uint8

// The classes of ISO 9735: the letters before the length.
const (
	Alpha        Class = iota + 1 // a: letters
	Numeric                       // n: digits, with at most one decimal mark and a leading minus sign
	Alphanumeric                  // an: any character of the interchange's repertoire
)

// String returns the letters that a directory prints: "a", "n" or "an".
func (c Class) String() string {
	switch c {
	case Alpha:
		return "a"
	case Numeric:
		return "n"
	case Alphanumeric:
		return "an"
	}
	return "?"
}

// Repr is a data element's representation.
type Repr struct {
	Class Class
	Min   int // characters; equal to Max for a fixed length ("n6"), 0 for a variable one
	Max   int // characters; a decimal mark and a minus sign do not count (ISO 9735, numeric values)
}

// String returns the representation as a directory prints it: "an..35", "n6".
func (r Repr) String() string {
	dots := ".."
	if r.Min == r.Max {
		dots = ""
	}
	return r.Class.String() + dots + strconv.Itoa(r.Max)
}

// Match says how well the table that Lookup found fits what was asked.
type Match int

const (
	NotHeld Match = iota // no table: the type is unknown, or the release is older than all that are held
	Nearest              // the newest table that is not newer than the release asked for
	Exact                // the release asked for
)
