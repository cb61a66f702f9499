package cargo

// Unmapped is a segment, or some of its elements, that the mapper found no place for: nothing of a message vanishes.
type Unmapped struct {
	Origin
	Tag      string   `json:"tag,omitempty"`
	Segment  int      `json:"segment"`            // 1-based in the message, UNH = 1
	Pointer  string   `json:"pointer,omitempty"`  // place in the structure; see diag.Pointer
	Reason   string   `json:"reason,omitempty"`   // why, as a short word for programs: "no_field", "not_in_table" …
	Elements []string `json:"elements,omitempty"` // what was not mapped, as in the message; absent for the whole segment
	Source   Range    `json:"source,omitzero"`
}

// Reset empties the record and keeps its capacity.
func (u *Unmapped) Reset() { *u = Unmapped{Elements: u.Elements[:0]} }

// Clone makes a copy that shares nothing with u.
func (u *Unmapped) Clone() *Unmapped {
	c := *u
	c.Elements = copyOf(u.Elements)
	return &c
}

// AppendJSON appends the record as one JSON object, without a line end.
func (u *Unmapped) AppendJSON(dst []byte) []byte {
	o := openRecord(dst, RecordUnmapped, u.Origin)
	o.text("tag", u.Tag)
	o.number("segment", int64(u.Segment))
	o.text("pointer", u.Pointer)
	o.text("reason", u.Reason)
	o.texts("elements", u.Elements)
	o.span("source", u.Source)
	return o.end()
}

// MarshalJSON writes the record.
func (u Unmapped) MarshalJSON() ([]byte, error) { return u.AppendJSON(nil), nil }
