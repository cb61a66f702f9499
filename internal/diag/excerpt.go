package diag

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// An excerpt is one line of a file, cut to fit around an offending place.
type excerpt struct {
	text      string // printable, valid UTF-8, at most the columns asked for
	caret     int    // display column of the first caret, 0-based
	carets    int    // display columns under carets, at least 1
	linesBack int    // lines before that of the position: at the end of a file its last line with text is shown
}

// cut marks where an excerpt leaves something out.
const cut = "…"

// takeExcerpt reads the surroundings of a position. It shows at most columns display columns, reads a few hundred
// bytes whatever the length of the line, and shows line breaks only inside the offending text.
func takeExcerpt(src io.ReaderAt, size int64, p Position, columns int) (excerpt, error) {
	columns = max(columns, 20)
	w, err := readWindow(src, size, p, int64(columns)*utf8.UTFMax)
	if err != nil {
		return excerpt{}, err
	}
	e := excerpt{linesBack: w.stepBack()}
	w.trimToLine()
	cells := w.cells()
	// caretFrom is the first cell that reaches beyond the place's start, caretTo the first that begins at its end.
	caretFrom, caretTo := len(cells), len(cells)
	for i := len(cells) - 1; i >= 0; i-- {
		if cells[i].end > w.from {
			caretFrom = i
		}
		if cells[i].start >= w.to {
			caretTo = i
		}
	}
	lo, hi := choose(cells, caretFrom, caretTo, columns-2)

	var b strings.Builder
	if lo > 0 || w.cutLeft {
		b.WriteString(cut)
		e.caret++
	}
	for i, c := range cells[lo:hi] {
		b.WriteString(c.text)
		switch i += lo; {
		case i < caretFrom:
			e.caret += c.width
		case i < caretTo:
			e.carets += c.width
		}
	}
	if hi < len(cells) || w.cutRight {
		b.WriteString(cut)
	}
	e.text = b.String()
	e.carets = max(e.carets, 1)
	return e, nil
}

// choose picks the cells to show, first those under carets and then neighbours left and right in turn.
func choose(cells []cell, caretFrom, caretTo, columns int) (lo, hi int) {
	lo, hi = caretFrom, caretFrom
	for hi < max(caretTo, caretFrom) && cells[hi].width <= columns {
		columns -= cells[hi].width
		hi++
	}
	if hi < caretTo {
		return lo, hi
	}
	for {
		grown := false
		if lo > 0 && cells[lo-1].width <= columns {
			lo--
			columns -= cells[lo].width
			grown = true
		}
		if hi < len(cells) && cells[hi].width <= columns {
			columns -= cells[hi].width
			hi++
			grown = true
		}
		if !grown {
			return lo, hi
		}
	}
}

// A window is a piece of the file with the offending place in it. Offsets are into bytes.
type window struct {
	bytes             []byte
	from, to          int  // the offending bytes; to == from for a place between bytes
	start, stop       int  // what will be shown
	cutLeft, cutRight bool // the line goes on beyond what was read
	atEnd             bool // the place is the end of the file
}

// readWindow reads reach bytes on both sides of the place and at most reach bytes of it.
func readWindow(src io.ReaderAt, size int64, p Position, reach int64) (*window, error) {
	from := min(max(p.Offset, 0), size)
	to := min(from+min(max(int64(p.Length), 0), reach), size)
	lo, hi := max(from-reach, 0), min(to+reach, size)
	w := &window{
		bytes:    make([]byte, hi-lo),
		cutLeft:  lo > 0,
		cutRight: hi < size,
		atEnd:    from == size,
	}
	n, err := src.ReadAt(w.bytes, lo)
	if err != nil && (err != io.EOF || n < len(w.bytes)) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // shorter than size says
		}
		return nil, err
	}
	w.from, w.to = int(from-lo), int(to-lo)
	w.stop = len(w.bytes)
	return w, nil
}

// stepBack moves a place at the end of the file to the end of the last line with text, and gives the number of lines
// passed: what is missing at the end is missed after that text.
func (w *window) stepBack() (lines int) {
	if !w.atEnd {
		return 0
	}
	end := w.from
	for end > 0 && (w.bytes[end-1] == '\n' || w.bytes[end-1] == '\r') {
		end--
		if w.bytes[end] == '\n' {
			lines++
		}
	}
	if end == 0 {
		return 0 // nothing but line breaks in reach
	}
	w.from, w.to, w.stop = end, end, end
	return lines
}

// trimToLine narrows start and stop to the line or lines of the offending bytes, and to whole characters where the
// window begins or ends in the middle of a line.
func (w *window) trimToLine() {
	if i := bytes.LastIndexByte(w.bytes[:w.from], '\n'); i >= 0 {
		w.start, w.cutLeft = i+1, false
	} else if w.cutLeft {
		for w.start < min(utf8.UTFMax-1, w.from) && !utf8.RuneStart(w.bytes[w.start]) {
			w.start++
		}
	}
	switch {
	case w.to > w.from && w.bytes[w.to-1] == '\n':
		w.stop, w.cutRight = w.to, false
	default:
		if i := bytes.IndexByte(w.bytes[w.to:w.stop], '\n'); i >= 0 {
			w.stop, w.cutRight = w.to+i, false
			if w.stop > w.to && w.bytes[w.stop-1] == '\r' {
				w.stop-- // half of a line end
			}
		}
	}
}
