package diag

import "io"

// A Report is what a Renderer writes of one file.
type Report struct {
	File     string      // name as the user gave it
	Format   string      // edifact, cargo-imp, cargo-xml, wco-xml, asycuda-xml, x12 or unknown
	Src      io.ReaderAt // the bytes, for excerpts; may be nil, then there are none
	Size     int64       // bytes in Src
	Findings []Finding   // sorted as by List.All, lines and columns filled by Resolve
	Counts   Counts      // of all findings, listed or not
}

// A Renderer writes reports of several files one after the other, holding no report longer than it takes to write
// it. Close ends the output; it does not close the writer underneath. An error of writing stays: every later call
// gives it again and writes nothing. An error of reading Src concerns one report; the next can still be written.
type Renderer interface {
	Report(*Report) error
	Close() error
}

// ColourWanted reports whether text for people should be coloured: on a terminal that can, unless NO_COLOR is set
// to anything but the empty string. getenv is os.Getenv or a stand-in.
func ColourWanted(isTerminal bool, getenv func(string) string) bool {
	return isTerminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}

// A stickyWriter passes bytes on until the first error and keeps that error.
type stickyWriter struct {
	w   io.Writer
	err error
}

// Write never fails itself, so that callers look at err once.
func (s *stickyWriter) Write(p []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	return len(p), nil
}
