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
	cfg, err := c.load()
	if err != nil {
		return err
	}
	// What partners name is in the database. There need not be one yet, and it may be out of reach from here.
	gone, there, err := node.UnretainedPartners(a.context(), cfg)
	if err != nil {
		ask(fmt.Sprintf("what partners name was not compared with the configuration: %v", err))
	}
	for _, p := range gone {
		a.worse(statusErrors)
		if _, err := fmt.Fprintf(a.stdout, "partner %s names the retention class %q, which retention.classes does not have: it is kept like that of partners without a class\n", p.ID, p.Retention); err != nil {
			return err
		}
	}
	if len(gone) > 0 {
		return nil
	}
	text := "the configuration is in order"
	if there && err == nil {
		text += ", and has what partners name"
	}
	_, err = fmt.Fprintln(a.stdout, text)
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
