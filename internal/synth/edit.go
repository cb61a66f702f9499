package synth

import (
	"cmp"
	"slices"
)

// An Edit is one change of the source: at byte Offset of the source, Deleted bytes make way for Inserted.
type Edit struct {
	Offset   int64
	Deleted  int
	Inserted string
}

// Apply gives src with the edits made. They must be sorted by Offset and must not overlap. src is not changed.
func Apply(src []byte, edits []Edit) []byte {
	n := len(src)
	for _, e := range edits {
		n += len(e.Inserted) - e.Deleted
	}
	out := make([]byte, 0, n)
	at := 0
	for _, e := range edits {
		out = append(out, src[at:e.Offset]...)
		out = append(out, e.Inserted...)
		at = int(e.Offset) + e.Deleted
	}
	return append(out, src[at:]...)
}

// A mark is a place in the source that is wanted in the faulty file.
type mark struct {
	off   int
	after bool // what stood at off in the source, after anything that was inserted there; else what stands there now
	delta int  // bytes added to the place in the faulty file
}

// moved gives the place of a mark in the faulty file. The edits are sorted.
func (m mark) moved(edits []Edit) int64 {
	shift := 0
	for _, e := range edits {
		if int(e.Offset) < m.off || m.after && int(e.Offset) == m.off {
			shift += len(e.Inserted) - e.Deleted
		}
	}
	return int64(m.off + shift + m.delta)
}

// sortEdits sorts by place.
func sortEdits(edits []Edit) {
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Offset, b.Offset) })
}
