package main

import (
	"os"
	"strings"

	"cargogate/internal/config"
	"cargogate/internal/node"
)

// A serveCommand runs the gateway until it is told to end (SIGTERM, SIGINT).
type serveCommand struct {
	settings
	Role []string `placeholder:"ROLE" help:"What this node does, over the configuration: receive, process, deliver, all; several by commas."`
}

// Run runs the command.
func (c *serveCommand) Run(a *app) error {
	env := os.Environ()
	if len(c.Role) > 0 {
		// As a variable it is checked like one, and told like one where it does not go together with the rest.
		env = append(env, config.EnvPrefix+"ROLES="+strings.Join(c.Role, ","))
	}
	cfg, err := config.Load(c.Config, env)
	if err != nil {
		return usageError{error: err}
	}
	log := node.NewLog(cfg, os.Stderr)
	n, err := node.Open(a.context(), cfg, node.Options{Log: log, Version: build().Version, Probe: true})
	if err != nil {
		return err
	}
	return n.Run(a.context())
}
