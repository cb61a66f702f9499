package edifact

import (
	"bufio"
	"io"
	"strings"

	"cargogate/internal/edi"
)

// A Layout says where Reformat puts line breaks. The zero value puts none: every segment follows the one before.
type Layout struct {
	Line string // after each segment and UNA: "" or a line end of CR and LF

	// Level gives how deep a segment is indented, in steps of two spaces; nil indents nothing. It is called for every
	// segment once, in order. The Decoder stands at the segment and may be asked for its place and the next tag.
	// Without Line it is not called.
	Level func(d *Decoder, s *edi.Segment) int
}

// Reformat writes the interchanges of src, size bytes long, to w with other white space between segments and nothing
// else changed: segments, their order, values, release characters, service characters, UNA and every byte of text
// stay, broken or not. A line break inside a segment stays too, except in a file that is cut into lines of one length,
// where it belongs to the cutting. Memory is bounded. Errors are those of src and w.
func Reformat(w io.Writer, src io.ReaderAt, size int64, layout Layout) error {
	r := &reformatter{w: bufio.NewWriterSize(w, encoderBuffer), src: src, size: size, layout: layout}
	d := NewDecoder(io.NewSectionReader(src, 0, size))
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := r.between(d.Interchange(), s.Offset); err != nil {
			return err
		}
		if err := r.segment(d, s); err != nil {
			return err
		}
	}
	if err := r.between(d.Interchange(), size); err != nil {
		return err
	}
	return r.w.Flush()
}

// A reformatter knows how far the source has been written.
type reformatter struct {
	w      *bufio.Writer
	src    io.ReaderAt
	size   int64
	layout Layout
	done   int64 // everything before this offset is written, or white space between segments
	ic     *Interchange
}

// lengthOfUNA is what an UNA has: the tag and six characters, white space among them at times.
const lengthOfUNA = 9

// between writes what stands before offset and is no segment: a byte order mark, and the UNA of a new interchange.
func (r *reformatter) between(ic *Interchange, offset int64) error {
	if r.done == 0 {
		var mark [3]byte
		if n, err := r.src.ReadAt(mark[:], 0); err != nil && err != io.EOF {
			return err
		} else if string(mark[:n]) == "\xef\xbb\xbf" {
			r.done = 3
			if _, err := r.w.Write(mark[:]); err != nil {
				return err
			}
		}
	}
	if ic == r.ic {
		return nil
	}
	r.ic = ic
	if !ic.HasUNA || ic.Offset < r.done {
		return nil
	}
	end := min(ic.Offset+lengthOfUNA, offset)
	if err := r.copy(ic.Offset, end, r.w); err != nil || end < ic.Offset+lengthOfUNA {
		return err // cut short, it takes in whatever comes behind it
	}
	_, err := r.w.WriteString(r.layout.Line)
	return err
}

// segment writes a segment in its layout.
func (r *reformatter) segment(d *Decoder, s *edi.Segment) error {
	if r.layout.Line != "" && r.layout.Level != nil {
		if _, err := io.WriteString(r.w, indentation(r.layout.Level(d, s))); err != nil {
			return err
		}
	}
	ic := d.Interchange()
	var w io.Writer = r.w
	if ic.Wrapped {
		w = &unwrapper{w: r.w, release: ic.Delimiters.Release}
	}
	switch {
	case s.Flags&edi.Oversized != 0:
		end := s.Offset + s.Length
		if err := r.copy(s.Offset, end, w); err != nil {
			return err
		}
		if s.Flags&edi.Unended == 0 {
			if err := r.copy(end, end+1, r.w); err != nil {
				return err
			}
		}
	case s.Flags&edi.Unended != 0:
		if _, err := w.Write(s.Raw()); err != nil {
			return err
		}
	default:
		// The terminator is the byte behind the segment in the lexer's window. The service characters of the
		// interchange may be others by now: a segment can end one interchange and begin the next.
		raw := s.Raw()
		raw = raw[:len(raw)+1]
		if _, err := w.Write(raw[:len(raw)-1]); err != nil {
			return err
		}
		if err := r.w.WriteByte(raw[len(raw)-1]); err != nil {
			return err
		}
	}
	r.done = s.Offset + s.Length
	if s.Flags&edi.Unended != 0 {
		r.done = r.size // what follows is white space, and a break here might become text
		return nil
	}
	_, err := r.w.WriteString(r.layout.Line)
	return err
}

// copy writes a range of the source.
func (r *reformatter) copy(from, to int64, w io.Writer) error {
	r.done = to
	_, err := io.Copy(w, io.NewSectionReader(r.src, from, to-from))
	return err
}

// indentation gives two spaces a level.
func indentation(level int) string {
	const spaces = "                                                                "
	n := 2 * max(0, level)
	if n <= len(spaces) {
		return spaces[:n]
	}
	return strings.Repeat(" ", n)
}

// An unwrapper leaves out the line breaks that it is given. One that a release character covers stays: without it the
// release character would cover what comes next.
type unwrapper struct {
	w       io.Writer
	release byte
	covered bool
}

func (u *unwrapper) Write(p []byte) (int, error) {
	from := 0
	for i, c := range p {
		switch {
		case u.covered:
			u.covered = false
		case c == u.release && c != 0:
			u.covered = true
		case c == '\r' || c == '\n':
			if _, err := u.w.Write(p[from:i]); err != nil {
				return from, err
			}
			from = i + 1
		}
	}
	if _, err := u.w.Write(p[from:]); err != nil {
		return from, err
	}
	return len(p), nil
}
