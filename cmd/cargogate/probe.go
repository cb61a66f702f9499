package main

import (
	"os"

	"cargogate/internal/probe"
)

// A probeCommand is the child that a gateway starts to try a message apart; see package probe.
type probeCommand struct{}

// Run runs the command.
func (c *probeCommand) Run(a *app) error { return probe.Serve(a.context(), os.Stdin, os.Stdout) }
