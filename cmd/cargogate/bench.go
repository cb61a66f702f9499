package main

import (
	"io"
	"os"
	"runtime/pprof"
	"time"

	"cargogate/internal/config"
	"cargogate/internal/loadtest"
)

// A benchCommand measures the gateway beside the limits of this machine.
type benchCommand struct {
	Store   string      `enum:"sqlite,postgres" default:"sqlite" help:"sqlite or postgres."`
	DSN     string      `placeholder:"DSN" env:"CARGOGATE_BENCH_DSN" help:"postgres: a server on which databases may be made; they are removed again."`
	Dir     string      `type:"existingdir" placeholder:"DIR" help:"Folder on the disk that is to be measured; the system's for temporary files."`
	Seconds float64     `default:"5" help:"How long the gateway's side of a turn is."`
	Turns   int         `default:"5" help:"Turns of each ratio; the median counts."`
	Senders int         `default:"64" help:"Senders over HTTP."`
	Rows    []string    `placeholder:"ROW" help:"accept, http, settle, latency, cases, nodes (postgres), large; several by commas. All."`
	Large   config.Size `default:"1GB" help:"Size of the large message."`
	JSON    bool        `help:"Write the figures as JSON, one a line."`
	Quiet   bool        `short:"q" help:"Do not tell on standard error what is being done."`
	Profile string      `type:"path" placeholder:"FILE" help:"Write a CPU profile of both sides."`
}

// Run runs the command.
func (c *benchCommand) Run(a *app) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	var out io.Writer = os.Stderr
	if c.Quiet {
		out = io.Discard
	}
	if c.Profile != "" {
		f, err := os.Create(c.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	figures, err := loadtest.Run(a.context(), loadtest.Options{Store: c.Store, DSN: c.DSN, Dir: c.Dir, Rows: c.Rows, Turns: c.Turns,
		Span: time.Duration(c.Seconds * float64(time.Second)), Senders: c.Senders, Large: int64(c.Large), Program: program, Out: out})
	if err != nil {
		return err
	}
	if !c.JSON {
		return loadtest.WriteTable(a.stdout, figures)
	}
	return lines(a, figures)
}
