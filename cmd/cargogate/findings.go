package main

import (
	"fmt"
	"os"

	"cargogate/internal/intake"
	"cargogate/internal/render"
)

// A findingsFile is where commands that write something else put their findings: as text on standard error, or as the
// check object in a file.
type findingsFile struct {
	render.Sink
	file  *os.File
	first func() error // what must be written before the findings of a file
}

// findings opens the file of the flag --findings; "" is standard error.
func (a *app) findings(name string) (*findingsFile, error) {
	if name == "" {
		options := render.TextOptions{TextOptions: textOptions(os.Stderr), FindingsOnly: true}
		return &findingsFile{Sink: render.NewText(os.Stderr, options)}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("findings cannot be written: %w", err)
	}
	return &findingsFile{Sink: render.NewCheckObject(f, nil), file: f}, nil
}

// before sets what is to be written before the findings of the file at hand, so that a terminal shows them in order.
func (f *findingsFile) before(first func() error) { f.first = first }

// End ends a file.
func (f *findingsFile) End(o intake.Original, r *intake.Result, failure error) error {
	if f.first != nil {
		if err := f.first(); err != nil {
			return err
		}
	}
	return f.Sink.End(o, r, failure)
}

// close ends the findings and gives err, or else its own error.
func (f *findingsFile) close(err error) error {
	closing := f.Close()
	if f.file != nil {
		if e := f.file.Close(); closing == nil {
			closing = e
		}
	}
	if err != nil || closing == nil {
		return err
	}
	return fmt.Errorf("findings cannot be written: %w", closing)
}
