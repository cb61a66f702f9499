package main

import (
	"errors"

	"cargogate/internal/diag"
)

// An explainCommand says what a finding code means.
type explainCommand struct {
	Code   string `arg:"" optional:"" help:"Code or name of a finding: EDI0029, ControlCountMismatch."`
	Format string `enum:"text,json" default:"text" help:"How to write it: text or json."`
	List   bool   `help:"List all codes, one a line."`
}

// Run runs the command.
func (c *explainCommand) Run(a *app) error {
	switch {
	case c.List && c.Code != "":
		return usage("explain takes a code or --list, not both")
	case c.List && c.Format == "json":
		for _, code := range diag.AllCodes() {
			if err := diag.Explain(a.stdout, string(code), "", "json"); err != nil {
				return err
			}
		}
		return nil
	case c.List:
		return diag.ExplainList(a.stdout)
	case c.Code == "":
		return usage("explain needs a code; cargogate explain --list lists them")
	}
	err := diag.Explain(a.stdout, c.Code, "", c.Format)
	if _, ok := errors.AsType[*diag.UnknownCodeError](err); ok {
		return usageError{error: err}
	}
	return err
}
