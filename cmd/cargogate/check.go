package main

import (
	"os"

	"cargogate/internal/diag"
	"cargogate/internal/render"
)

// A checkCommand says what is wrong.
type checkCommand struct {
	Files   []string `arg:"" optional:"" name:"file" help:"Files to check."`
	Format  string   `enum:"text,json,sarif,csv" default:"text" help:"How to write the findings: text, json, sarif or csv."`
	Profile profile  `placeholder:"FILE" help:"What was agreed, as JSON: {\"severities\":{\"CAR0006\":\"warning\"},\"mass_tolerance\":\"1.5\"}."`
}

// Run runs the command.
func (c *checkCommand) Run(a *app) error {
	sink := c.sink(a)
	err := a.each(c.Files, func(s *source) error { return a.read(s, sink, c.Profile.options(), nil) })
	if err != nil {
		return err
	}
	return sink.Close()
}

func (c *checkCommand) sink(a *app) render.Sink {
	switch c.Format {
	case "json":
		return render.NewCheckObject(a.stdout, nil)
	case "sarif":
		return render.NewSink(diag.NewSARIF(a.stdout, build().Version, nil))
	case "csv":
		return render.NewSink(diag.NewCSV(a.stdout, nil))
	}
	return render.NewText(a.stdout, render.TextOptions{TextOptions: textOptions(os.Stdout)})
}
