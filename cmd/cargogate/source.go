package main

import (
	"fmt"
	"io"
	"os"

	"cargogate/internal/intake"
)

// A source is an original that has been opened. A file is read twice and more, so what can be read only once, such as
// a pipe, is copied into a temporary file first.
type source struct {
	intake.Original
	file *os.File
	temp string // name of the temporary file, where one is left to remove
}

// open opens a file by name; "-" is the standard input. The error names the file.
func open(name string) (*source, error) {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return nil, err
		}
	}
	s, err := openFile(name, f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// openFile makes a source of an open file, which it takes over unless it fails.
func openFile(name string, f *os.File) (*source, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	s := &source{file: f}
	size := info.Size()
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("is a directory; name the files in it")
	case name == "-" || !info.Mode().IsRegular():
		if size, err = s.spool(); err != nil {
			return nil, err
		}
	}
	s.Original = intake.Original{Name: name, ReaderAt: s.file, Size: size}
	return s, nil
}

// spool copies the file into a temporary one, which takes its place.
func (s *source) spool() (size int64, err error) {
	t, err := os.CreateTemp("", "cargogate-*")
	if err != nil {
		return 0, err
	}
	if os.Remove(t.Name()) != nil {
		s.temp = t.Name() // this system removes no open file
	}
	from := s.file
	s.file = t
	if size, err = io.Copy(t, from); err != nil {
		s.Close()
		return 0, err
	}
	return size, from.Close()
}

// Close closes the file and removes what is left of it.
func (s *source) Close() error {
	err := s.file.Close()
	if s.temp != "" {
		err = os.Remove(s.temp)
	}
	return err
}
