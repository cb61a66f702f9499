package main

import (
	"fmt"

	"cargogate/internal/node"
)

// A configCommand is about the configuration file.
type configCommand struct {
	Check configCheck `cmd:"" help:"Say what is wrong with a configuration, with line and column."`
}

type configCheck struct{ settings }

// Run runs the command.
func (c *configCheck) Run(a *app) error {
	if _, err := c.load(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.stdout, "the configuration is in order")
	return err
}

// A migrateCommand brings databases to the schema of this release.
type migrateCommand struct {
	Plan migratePlan `cmd:"" help:"List what migrate up would do."`
	Up   migrateUp   `cmd:"" help:"Bring the database to the schema of this release."`
}

type migratePlan struct{ settings }

// Run runs the command.
func (c *migratePlan) Run(a *app) error {
	cfg, err := c.loadData()
	if err != nil {
		return err
	}
	names, err := node.MigrationPlan(a.context(), cfg)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		ask("the database is up to date")
	}
	for _, n := range names {
		if _, err := fmt.Fprintln(a.stdout, n); err != nil {
			return err
		}
	}
	return nil
}

type migrateUp struct{ settings }

// Run runs the command.
func (c *migrateUp) Run(a *app) error {
	cfg, err := c.loadData()
	if err != nil {
		return err
	}
	return node.Migrate(a.context(), cfg)
}
