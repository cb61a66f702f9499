package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"cargogate/internal/diag"
	"cargogate/internal/intake"
	"cargogate/internal/render"
)

// Exit statuses.
const (
	statusClean      = 0 // or warnings and notes only
	statusErrors     = 1 // findings of severity error
	statusUsage      = 2
	statusUnreadable = 3 // a file could not be read; the others were still done
)

// An app is what the commands share: the standard streams and the exit status so far.
type app struct {
	stdout *output
	status int
	ctx    context.Context // of a command that ends in order; see context
}

func newApp() *app { return &app{stdout: &output{w: os.Stdout}} }

// context gives a context that ends when the process is told to: SIGTERM, or SIGINT from a terminal. A second signal ends
// the process at once. Commands that do not ask for it are ended by the first.
func (a *app) context() context.Context {
	if a.ctx == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
		context.AfterFunc(ctx, stop)
		a.ctx = ctx
	}
	return a.ctx
}

// An output remembers that writing failed, so that this is told apart from a file that cannot be read.
type output struct {
	w   io.Writer
	err error
}

// Write passes bytes on until the first error.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}

// A usageError is a command line that means nothing.
type usageError struct {
	error
	help string // the command line that tells more; "" where the error says it all
}

// usage gives a usageError.
func usage(format string, args ...any) error { return usageError{error: fmt.Errorf(format, args...)} }

// complain writes an error to standard error.
func (a *app) complain(err error) { fmt.Fprintf(os.Stderr, "cargogate: %v\n", err) }

// worse raises the exit status.
func (a *app) worse(status int) { a.status = max(a.status, status) }

// each opens the files in turn, standard input where none is named, and calls f for each. A file that cannot be read
// is complained of, and the others are still done. An error of writing ends it.
func (a *app) each(files []string, f func(*source) error) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		if err := a.one(name, f); err != nil {
			if a.stdout.err != nil {
				return a.stdout.err
			}
			a.complain(err)
			a.worse(statusUnreadable)
		}
	}
	return nil
}

func (a *app) one(name string, f func(*source) error) error {
	s, err := open(name)
	if err != nil {
		return err
	}
	defer s.Close() // it was only read
	return f(s)
}

// read reads a source, with what is found going to sink. records, where it is not nil, adds what else is wanted.
func (a *app) read(s *source, sink render.Sink, options intake.Options, records func(*intake.Handler)) error {
	options.Handler = sink.Begin(s.Name)
	if records != nil {
		records(&options.Handler)
	}
	r, err := intake.Read(s.Original, options)
	return a.settle(s, sink, r, err)
}

// settle ends a file: its findings go to sink, and its errors into the exit status.
func (a *app) settle(s *source, sink render.Sink, r *intake.Result, failure error) error {
	if failure != nil {
		failure = fmt.Errorf("%s: %w", s.Name, failure)
	} else if !r.Clean() {
		a.worse(statusErrors)
	}
	if err := sink.End(s.Original, r, failure); err != nil {
		return err
	}
	return failure
}

// textOptions gives how text is written to a file: colours and the whole width where it is a terminal.
func textOptions(f *os.File) diag.TextOptions {
	fd := int(f.Fd())
	o := diag.TextOptions{Colour: diag.ColourWanted(term.IsTerminal(fd), os.Getenv)}
	if columns, _, err := term.GetSize(fd); err == nil && columns > 0 {
		o.Columns = min(columns, 160) // longer lines are hard to read
	}
	return o
}
