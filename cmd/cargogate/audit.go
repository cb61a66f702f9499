package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"cargogate/internal/audit"
	"cargogate/internal/config"
	"cargogate/internal/gateway"
)

// An auditCommand is about the log of acts.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Prove that the log is unbroken: exit status 0, or 1 and the first fault."`
	Export auditExport `cmd:"" help:"Write the log as NDJSON, with its signed heads."`
	Key    auditKey    `cmd:"" help:"Print the public key that verifies signatures, as PEM."`
}

type auditVerify struct {
	settings
	Export string   `type:"existingfile" placeholder:"FILE" help:"Verify an exported log instead of the database; needs --key."`
	Key    string   `type:"existingfile" placeholder:"FILE" help:"PEM file of the public key; by default that of the configured gateway."`
	Head   []string `type:"existingfile" placeholder:"FILE" help:"A head that was kept elsewhere, as JSON: it must be in the chain."`
	JSON   bool     `help:"Write the report as JSON."`
}

// Run runs the command.
func (c *auditVerify) Run(a *app) error {
	var kept []audit.Head
	for _, name := range c.Head {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		h, err := audit.ParseHead(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		kept = append(kept, h)
	}
	if c.Export != "" {
		if c.Key == "" {
			return usage("--export needs --key: an exported log is verified with the public key alone")
		}
		keys, err := keysOf(c.Key)
		if err != nil {
			return err
		}
		f, err := os.Open(c.Export)
		if err != nil {
			return err
		}
		defer f.Close() // it was only read
		report, err := audit.VerifyExport(bufio.NewReader(f), keys, kept...)
		return c.tell(a, report, err)
	}
	return c.beside(a.context(), func(store gateway.Store, cfg *config.Config) error {
		name := c.Key
		if name == "" {
			name = cfg.AuditKey()
		}
		keys, err := keysOf(name)
		if err != nil {
			return err
		}
		report, err := audit.Verify(a.context(), store, keys, kept...)
		return c.tell(a, report, err)
	})
}

// keysOf reads the public keys of a PEM file; of a private key the public half.
func keysOf(name string) (audit.Keys, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	keys, err := audit.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return keys, nil
}

func (c *auditVerify) tell(a *app, r audit.Report, err error) error {
	if err != nil {
		return err
	}
	if r.Fault != nil {
		a.worse(statusErrors)
	}
	if c.JSON {
		return a.json(r)
	}
	if r.Fault != nil {
		_, err = fmt.Fprintf(a.stdout, "broken at %s\n", r.Fault)
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "unbroken: %d rows, %d signed heads\n", r.Rows, r.Heads)
	return err
}

type auditExport struct {
	settings
	Out string `placeholder:"FILE" help:"Where to; by default the standard output."`
}

// Run runs the command.
func (c *auditExport) Run(a *app) error {
	return c.beside(a.context(), func(store gateway.Store, _ *config.Config) (err error) {
		var w io.Writer = a.stdout
		if c.Out != "" {
			f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
			w = f
		}
		b := bufio.NewWriter(w)
		head, err := audit.Export(a.context(), store, b)
		if err := errors.Join(err, b.Flush()); err != nil {
			return err
		}
		ask(fmt.Sprintf("exported up to row %d; keep its head elsewhere: it shows if the end of the log is ever cut off", head.Seq))
		return nil
	})
}

type auditKey struct{ settings }

// Run runs the command.
func (c *auditKey) Run(a *app) error {
	cfg, err := c.loadData()
	if err != nil {
		return err
	}
	if _, err := os.Stat(cfg.AuditKey()); err != nil {
		return err
	}
	signer, err := audit.LoadOrCreate(cfg.AuditKey())
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(signer.PublicPEM())
	return err
}
