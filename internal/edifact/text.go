package edifact

import (
	"unsafe"

	"cargogate/internal/edi"
)

// Text turns values of segments into UTF-8 strings. The strings of one Text share blocks of memory, so that a value
// costs a copy and no allocation of its own; a block lives as long as one of its strings.
type Text struct {
	ic    *Interchange
	block []byte
}

// Blocks double from firstBlock, as most files are small, to textBlock bytes: some 70 consignments.
const (
	firstBlock = 4 << 10
	textBlock  = 64 << 10
)

// Reset makes the next values those of ic.
func (t *Text) Reset(ic *Interchange) { t.ic = ic }

// String gives the raw value v of segment s as text: release characters taken out, in UTF-8. It is "" for an empty
// value.
func (t *Text) String(s *edi.Segment, v []byte) string {
	if len(v) == 0 {
		return ""
	}
	if cap(t.block)-len(t.block) < 3*len(v) {
		t.block = make([]byte, 0, max(min(textBlock, max(firstBlock, 2*cap(t.block))), 3*len(v)))
	}
	from := len(t.block)
	t.block = t.Append(t.block, s, v)
	got := t.block[from:len(t.block):len(t.block)]
	if len(got) == 0 {
		return ""
	}
	return unsafe.String(&got[0], len(got)) // these bytes are never written again
}

// Append appends the raw value v of segment s to dst as text.
func (t *Text) Append(dst []byte, s *edi.Segment, v []byte) []byte {
	if s.Flags&(edi.Escaped|edi.High) == 0 {
		return append(dst, v...)
	}
	release := t.ic.Delimiters.Release
	if s.Flags&edi.High == 0 {
		return edi.AppendUnescaped(dst, v, release)
	}
	if s.Flags&edi.Escaped != 0 {
		v = edi.AppendUnescaped(make([]byte, 0, len(v)), v, release)
	}
	return t.ic.Charset.Append(dst, v)
}

// Alias gives b as a string without copying it. It is only for bytes that are never written to again: values of a
// decoder with KeepWindows, in segments without edi.Control.
func Alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
