package main

import (
	"fmt"
	"os"

	"cargogate/internal/intake"
	"cargogate/internal/render"
)

// A fmtCommand lays a message out.
type fmtCommand struct {
	File   string `arg:"" optional:"" default:"-" help:"File to lay out."`
	Minify bool   `help:"Put nothing between segments."`
}

// Run runs the command.
func (c *fmtCommand) Run(a *app) error {
	return a.view(c.File, func(o intake.Original) error { return render.Format(a.stdout, o, c.Minify) })
}

// A showCommand names what is in a message.
type showCommand struct {
	File   string `arg:"" optional:"" default:"-" help:"File to show."`
	Format string `enum:"text,json" default:"text" help:"How to write it: text or json."`
}

// Run runs the command.
func (c *showCommand) Run(a *app) error {
	return a.view(c.File, func(o intake.Original) error { return render.Show(a.stdout, o, c.Format) })
}

// view writes a message in another form. Its findings are told of in number only, for they are what check is for;
// those of a file that is no message are all there is to say of it.
func (a *app) view(name string, write func(intake.Original) error) error {
	return a.each([]string{name}, func(s *source) error {
		r, err := intake.Read(s.Original, intake.Options{})
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if r.File.Format == intake.FormatUnknown {
			findings, err := a.findings("")
			if err != nil {
				return err
			}
			findings.Begin(s.Name)
			return findings.close(a.settle(s, findings, r, nil))
		}
		if err := write(s.Original); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if !r.Clean() {
			a.worse(statusErrors)
			fmt.Fprintf(os.Stderr, "cargogate: %s has findings of severity error; cargogate check tells them\n", s.Name)
		}
		return nil
	})
}
