package synth

import (
	"bufio"
	"io"
)

// A segmentWriter writes segments and counts what it wrote. Write errors stick in the bufio.Writer and come out of
// Flush.
type segmentWriter struct {
	*bufio.Writer
	stats Stats
	segs  int    // segments of the current message so far, UNH included (DE 0074)
	eol   string // what follows each terminator: nothing, or CR LF
}

func newSegmentWriter(w io.Writer, crlf bool) *segmentWriter {
	o := &segmentWriter{Writer: bufio.NewWriterSize(w, 1<<16)}
	if crlf {
		o.eol = "\r\n"
	}
	return o
}

// seg writes the pieces of one segment and its terminator. The pieces carry their separators and release
// characters already.
func (o *segmentWriter) seg(pieces ...string) {
	for _, s := range pieces {
		o.WriteString(s)
		o.stats.Bytes += int64(len(s))
	}
	o.WriteByte('\'')
	o.WriteString(o.eol)
	o.stats.Bytes += int64(1 + len(o.eol))
	o.segs++
}

// endMessage writes UNT with the count and the reference of UNH, and begins a new count.
func (o *segmentWriter) endMessage(reference string) {
	o.seg("UNT+", itoa(o.segs+1), "+", reference)
	o.stats.Segments += o.segs
	o.stats.Messages++
	o.segs = 0
}
