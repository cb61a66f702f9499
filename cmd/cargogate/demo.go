package main

import (
	"encoding/json"

	"cargogate/internal/demo"
)

// A demoCommand runs a gateway with invented traffic.
type demoCommand struct {
	Dir          string `default:"cargogate-demo" help:"Folder for everything; made if it is not there."`
	Port         int    `placeholder:"PORT" help:"Port of the API and the console; 8443, or another one where that is busy."`
	Consignments int    `default:"2000" help:"Consignments of the traffic; -1 is none. It stays what it was at the first start."`
	Seed         uint64 `default:"1" help:"Of the traffic, at the first start."`
	JSON         bool   `help:"Write one line of JSON when it is ready."`
}

// Run runs the command.
func (c *demoCommand) Run(a *app) error {
	ctx := a.context()
	d, err := demo.Open(ctx, demo.Options{Dir: c.Dir, Port: c.Port, Seed: c.Seed, Consignments: c.Consignments, Version: build().Version})
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(a.stdout).Encode(d.Ready()) // one line: who waits for it reads a line
	} else {
		err = d.Tell(a.stdout)
	}
	if err != nil {
		return err
	}
	return d.Run(ctx)
}
