package main

import (
	"fmt"
	"os"

	"cargogate/internal/backup"
	"cargogate/internal/node"
)

// A backupCommand writes a backup while the gateway works.
type backupCommand struct {
	settings
	Out string `required:"" type:"path" placeholder:"DIR" help:"Folder for the backup; it must not be there or be empty."`
}

// Run runs the command.
func (c *backupCommand) Run(a *app) error {
	cfg, err := c.loadData()
	if err != nil {
		return err
	}
	m, err := node.Backup(a.context(), cfg, c.Out, build().Version, operator().Principal.String())
	if err != nil {
		return err
	}
	return a.json(m)
}

// A restoreCommand brings a backup back.
type restoreCommand struct {
	settings
	From   string `type:"existingdir" placeholder:"DIR" help:"The backup. Without --verify it is restored into the configured gateway, whose database must be empty."`
	Verify bool   `help:"Only verify: with --from every digest of the backup, else every original of the configured gateway."`
}

// Run runs the command.
func (c *restoreCommand) Run(a *app) error {
	switch {
	case c.Verify && c.From != "":
		m, err := backup.Verify(a.context(), c.From)
		if err != nil {
			a.complain(err)
			a.worse(statusErrors)
			return nil
		}
		return a.json(m)
	case !c.Verify && c.From == "":
		return usage("--from names the backup; --verify alone looks at the configured gateway")
	}
	cfg, err := c.loadData()
	if err != nil {
		return err
	}
	var r node.Restored
	if c.Verify {
		r, err = node.VerifyRestore(a.context(), cfg)
	} else {
		r, err = node.Restore(a.context(), cfg, c.From, operator().Principal.String(), node.NewLog(cfg, os.Stderr))
	}
	if err != nil {
		return err
	}
	if len(r.Faults) > 0 {
		a.worse(statusErrors)
	}
	if !c.Verify {
		ask(fmt.Sprintf("deliveries are paused: look at what is here, then POST /v1/deliveries:resume (%d wait)", r.Deliveries))
	}
	return a.json(r)
}
