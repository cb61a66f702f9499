package main

import (
	"fmt"
	"strings"

	"cargogate/internal/synth/voyage"
)

// A generateCommand writes synthetic traffic.
type generateCommand struct {
	Seed         uint64   `default:"1" help:"The same seed and options give the same bytes."`
	Format       []string `placeholder:"FORMAT,..." help:"cuscar-d95b, cuscar-d16a; several by commas. All of them, each filer with its own."`
	Consignments int      `default:"1000" help:"Bills in first filings, masters and houses each counted."`
	Typologies   string   `default:"all" help:"Those that are planted: all, none, or names by commas (docs/typologies.md)."`
	Out          string   `required:"" placeholder:"DIR" help:"Folder for the messages, a file each, and for truth.ndjson, which says what was planted."`
}

// Run runs the command.
func (c *generateCommand) Run(a *app) error {
	if c.Consignments < 1 {
		return usage("--consignments %d: at least 1", c.Consignments)
	}
	typologies, err := voyage.ParseTypologies(c.Typologies)
	if err != nil {
		return usage("--typologies: %w", err)
	}
	for _, f := range c.Format {
		if f != voyage.FormatD95B && f != voyage.FormatD16A {
			return usage("--format %s: there is %s", f, strings.Join([]string{voyage.FormatD95B, voyage.FormatD16A}, ", "))
		}
	}
	t, err := voyage.WriteDir(c.Out, voyage.Options{Seed: c.Seed, Consignments: c.Consignments, Typologies: typologies, Formats: c.Format})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%d messages with %d consignments in %s; of these %d show a typology and %d look like one (%s)\n",
		t.Files, t.Consignments, c.Out, t.Typologies, t.Lookalikes, voyage.TruthFile)
	return err
}
