package main

import (
	"cargogate/internal/intake"
	"cargogate/internal/render"
)

// A convertCommand writes the canonical model.
type convertCommand struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files to convert."`
	Records  string   `enum:"consignment,all" default:"consignment" help:"Which records: consignment, or all (filing, call and equipment too)."`
	Unmapped bool     `help:"Also write what has no place in the model."`
	Profile  profile  `placeholder:"FILE" help:"What was agreed, as for check."`
	Findings string   `placeholder:"FILE" help:"Write the findings to FILE as JSON, as check does, and not to standard error."`
	To       string   `hidden:"" help:"Another format than the canonical one."`
}

// Run runs the command.
func (c *convertCommand) Run(a *app) error {
	if c.To != "" {
		return usage("--to %s: no format but the canonical one can be written yet", c.To)
	}
	findings, err := a.findings(c.Findings)
	if err != nil {
		return err
	}
	records := render.NewRecords(a.stdout)
	err = a.each(c.Files, func(s *source) error {
		return a.read(s, findings, c.Profile.options(), func(h *intake.Handler) {
			records.Consignments(h)
			if c.Records == "all" {
				records.Others(h)
			}
			if c.Unmapped {
				records.Unmapped(h)
			}
			findings.before(records.Flush)
		})
	})
	if err == nil {
		err = records.Flush()
	}
	return findings.close(err)
}
